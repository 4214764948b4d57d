//! What the functions of the fleet's state machine take and return.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    contract::step::cleaner::CaughtError,
    fleet::{FleetName, Totals},
    units::s3_uri::S3Uri,
};

/// What the Finder takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FinderInput {
    /// The name of the execution.
    pub execution: String,
    /// The input of the execution, as it was sent.
    pub input: Value,
}

/// What the Finder returns: the state of the execution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Found {
    /// The name of the fleet.
    pub fleet: FleetName,
    /// The fleet's bucket.
    pub bucket: String,
    /// The key of the plan.
    pub plan: String,
    /// Where AWS Step Functions puts what the groups return.
    pub map_results: String,
    /// How many groups are tuned at a time.
    pub max_concurrency: u32,
    /// The fleet stops when the runs of more groups than this have failed, in percent.
    pub tolerated_failure_percentage: f64,
    /// True to tune nothing.
    pub plan_only: bool,
    /// How many groups there are to tune.
    pub groups: usize,
    /// How many functions there are to tune.
    pub functions: usize,
    /// How many have a result already.
    pub done: usize,
    /// How many are not tuned.
    pub skipped: usize,
}

/// What the Reporter takes: the state of the execution, as far as it needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReporterInput {
    /// The name of the fleet.
    pub fleet: FleetName,
    /// Why the fleet stopped early, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<CaughtError>,
}

/// What the Reporter returns: the output of the execution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reported {
    /// The figures.
    #[serde(flatten)]
    pub totals: Totals,
    /// Where the summary lies.
    pub summary: S3Uri,
    /// Where the page lies.
    pub report: S3Uri,
}
