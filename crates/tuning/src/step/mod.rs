//! What each step is given and gives back: one module per step of `statemachine.asl.json`.

pub mod analyzer;
pub mod cleaner;
pub mod executor;
pub mod initializer;
pub mod optimizer;
pub mod publisher;

/// The most that the state of an execution may hold, in bytes of JSON (256 KiB).
pub const STATE_LIMIT: usize = 262_144;
