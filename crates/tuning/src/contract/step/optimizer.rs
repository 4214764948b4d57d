//! The Optimizer: puts the winner in place.

use serde::{Deserialize, Serialize};

use crate::{contract::outcome::Applied, run::plan::Plan, units::power::Power};

/// What the Optimizer is given.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Input {
    /// The plan.
    pub plan: Plan,
    /// The winner.
    pub winner: Power,
    /// How often the state machine has tried this call before.
    pub retries: u32,
}

/// What the Optimizer did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// What it has changed, if it was to.
    #[serde(default)]
    pub applied: Option<Applied>,
    /// How often the state machine has tried it again.
    #[serde(default)]
    pub retries: u32,
}
