//! Measuring.

mod http;
pub mod lambdas;
mod process;
pub mod run;
pub mod search;
mod size;
pub mod start;

pub use self::size::size;
