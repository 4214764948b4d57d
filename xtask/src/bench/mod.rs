//! Measuring.

pub mod analysis;
pub mod executor;
mod http;
pub mod lambdas;
mod process;
pub mod run;
pub mod scale;
pub mod search;
mod size;
pub mod start;

pub use self::size::size;
