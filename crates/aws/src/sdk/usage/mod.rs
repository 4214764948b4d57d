//! The record of what the functions of an account have done: lists, and the reports in their logs.

mod functions;
mod query;
mod reports;

use std::time::{SystemTime, UNIX_EPOCH};

fn seconds(time: SystemTime) -> i64 {
    time.duration_since(UNIX_EPOCH).ok().and_then(|since| i64::try_from(since.as_secs()).ok()).unwrap_or(0)
}
