//! The record that AWS has of what the functions of an account have done: nothing is invoked, and nothing changed.
//!
//! [`crate::Aws`] has the calls.

use std::time::SystemTime;

use tuning::{suggest::History, units::counted::counted};

/// A span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Its beginning.
    pub from: SystemTime,
    /// Its end.
    pub to: SystemTime,
}

/// A tag that a function must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Its key.
    pub key: String,
    /// Its value.
    pub value: String,
}

/// The class of a log group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogClass {
    /// Everything can be done with it.
    Standard,
    /// A cheaper one, of which CloudWatch Logs makes no metrics.
    Other,
}

/// The reports in some log groups, added up.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reports {
    /// One for each log group and memory size.
    pub histories: Vec<(String, History)>,
    /// The amount of data that CloudWatch Logs Insights has read for that, in bytes. It is billed by it.
    pub scanned: f64,
}

/// Why reports could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReportsError {
    /// A call failed.
    #[error(transparent)]
    Api(#[from] crate::ApiError),
    /// A query took too long, or failed.
    #[error("the query of {} ended as {status}", counted(*groups, "log group"))]
    Query {
        /// The number of log groups that it was about.
        groups: usize,
        /// The status that CloudWatch Logs gives it; "Running" of one that took too long.
        status: String,
    },
}
