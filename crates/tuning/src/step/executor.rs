//! The Executor: measures one power value.

use serde::{Deserialize, Serialize};

use super::publisher::Target;
use crate::{
    measurement::{Measurement, Spent},
    plan::Plan,
    round::Round,
    sample::Strata,
};

/// What the Executor is given.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Input {
    /// The plan.
    pub plan: Plan,
    /// The round.
    pub round: Round,
    /// What to invoke, and how far it is. The Executor gives it back, further on.
    pub target: Target,
    /// How often the state machine has tried this call before.
    pub retries: u32,
}

/// How far the measuring of a power value is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Progress {
    /// Samples are left to take: the Executor is to be called again.
    Unfinished(Taken),
    /// The result.
    Measured(Box<Measurement>),
}

impl Default for Progress {
    fn default() -> Self {
        Self::Unfinished(Taken::default())
    }
}

impl Progress {
    /// Whether nothing was done yet.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// The samples that were taken so far.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Taken {
    /// How often the Executor was called.
    pub calls: u32,
    /// How often the state machine tried one of these calls again.
    pub retries: u32,
    /// The lanes; they are summarised at the end.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lanes: Vec<Lane>,
    /// All invocations so far.
    pub spent: Spent,
    /// The most memory that an invocation used, in MB.
    pub max_memory_used: Option<u32>,
}

/// A series of invocations on one environment.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Lane {
    /// Invocations of this lane's share that were answered.
    pub done: u32,
    /// Their samples.
    #[serde(skip_serializing_if = "Strata::is_empty")]
    pub samples: Strata,
    /// Invocations without a report, as the client timed them: they count only if there are no reports at all.
    #[serde(skip_serializing_if = "Strata::is_empty")]
    pub timed: Strata,
}
