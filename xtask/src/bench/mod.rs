//! Measuring.

pub mod analysis;
pub mod executor;
pub mod lambdas;
pub mod run;
pub mod scale;
pub mod search;
mod size;
pub mod start;

pub use self::size::size;
