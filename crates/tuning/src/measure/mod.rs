//! The measurements, from the log tail of an invocation to the statistics of a memory size.

pub mod comparison;
pub mod error_rate;
pub mod errors;
pub mod interval;
pub mod lane;
pub mod log_tail;
pub mod measurement;
pub mod memory_growth;
pub mod metric;
pub mod out_of_memory;
pub mod rejection;
pub mod sample;
pub mod statistics;
