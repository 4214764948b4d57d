//! What callers, and the steps among each other, read and write: input, output, names of errors, and the state of a
//! run.

pub mod deployment;
pub mod error_name;
pub mod input;
pub mod link;
pub mod metrics;
pub mod outcome;
#[cfg(feature = "schema")]
pub mod schema;
pub mod started;
pub mod step;
pub mod unproven_lock;
