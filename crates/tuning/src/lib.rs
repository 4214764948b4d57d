//! The domain of power-tuner: everything that is decided without asking AWS.
//!
//! Input and its validation, the plan, samples read from log tails, statistics, prices, the choice of the winner
//! and the output. Nothing here does I/O, reads a clock or looks at the environment, so that every rule of
//! the contract can be tested by calling a function.

pub mod alias_name;
pub mod arn;
pub mod auto;
pub mod choice;
pub mod comparison;
pub mod deployment;
pub mod error_name;
pub mod error_rate;
pub mod expectation;
pub mod failure;
pub mod footing;
pub mod input;
pub mod interval;
pub mod journal;
pub mod lane;
pub mod log_tail;
pub mod measurement;
pub mod metric;
pub mod milliseconds;
pub mod moment;
pub mod out_of_memory;
pub mod outcome;
pub mod payload;
pub mod plan;
pub mod power;
pub mod price;
pub mod printable;
pub mod revision;
pub mod round;
pub mod s3_uri;
pub mod sample;
#[cfg(feature = "schema")]
pub mod schema;
pub mod search;
pub mod started;
pub mod statistics;
pub mod step;
pub mod strategy;
pub mod unproven_lock;
pub mod usd;
pub mod version;
pub mod visualization;
