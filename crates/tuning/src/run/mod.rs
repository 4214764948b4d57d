//! The course of a run: its plan and rounds, the payload, what becomes of failures, and the journal on the function.

pub mod failure;
pub mod journal;
pub mod objective;
pub mod payload;
pub mod plan;
pub mod round;
