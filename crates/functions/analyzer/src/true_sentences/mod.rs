//! For tests of whatever shows a result: runs drawn at random, and what they say held against their numbers. Not in the
//! Lambda.
#![allow(clippy::unwrap_used, clippy::panic, clippy::missing_panics_doc, reason = "for tests")]

mod claims;
mod memory;
mod numbers;
mod runs;

pub use claims::{contradictions, untrue};
pub use numbers::Asked;
pub use runs::{DrawnRun, lists, searches};

#[cfg(test)]
pub(crate) use runs::plan_with;
