//! Schedules that went wrong once, with all guards of the protocol or without one of them, as small as they could be
//! made.

use serde::Deserialize;

use crate::schedule::Schedule;

const FILE: &str = include_str!("found.jsonl");

/// A schedule that went wrong once.
#[derive(Debug, Clone, Deserialize)]
pub struct Found {
    /// A description of what went wrong.
    pub what: String,
    /// The schedule.
    pub schedule: Schedule,
}

/// All of them.
///
/// # Errors
///
/// If the file is not what it should be.
pub fn all() -> serde_json::Result<Vec<Found>> {
    FILE.lines().map(serde_json::from_str).collect()
}
