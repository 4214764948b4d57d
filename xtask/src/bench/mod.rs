//! Measuring.

pub mod run;
pub mod search;
mod size;

pub use self::size::size;
