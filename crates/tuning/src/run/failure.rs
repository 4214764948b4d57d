//! Which errors of the tuned function a run survives.

use serde::{Deserialize, Serialize};

use crate::measure::error_rate::ErrorRate;

/// The treatment of a memory size at which the function cannot run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OnFailure {
    /// It is left out.
    #[default]
    Skip,
    /// The run fails.
    Fail,
}

/// Which failures a run survives.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FailurePolicy {
    /// The treatment of a memory size at which the function cannot run.
    pub on_failure: OnFailure,
    /// Error types that count as normal samples.
    pub allowed: Vec<String>,
    /// The share of invocations that may end with another error of the code.
    #[serde(default)]
    pub allowed_rate: ErrorRate,
}
