//! Which memory size wins, and which ones are measured for that.

pub mod auto;
pub mod choice;
pub mod expectation;
pub mod footing;
pub mod search;
pub mod strategy;
