//! What each step is given and gives back: one module per step of `statemachine.asl.json`.

use serde::{Deserialize, Serialize};

use self::{analyzer::Analysis, publisher::Publication};
use crate::plan::Plan;

pub mod analyzer;
pub mod cleaner;
pub mod executor;
pub mod initializer;
pub mod optimizer;
pub mod publisher;

/// The state of an execution between steps: the Initializer and the Analyzer give it back as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunState {
    /// The plan.
    pub plan: Plan,
    /// What is published.
    pub publication: Publication,
    /// What is known, and what comes next.
    pub analysis: Analysis,
}

/// The most that the state of an execution may hold, in bytes of JSON (256 KiB).
pub const STATE_LIMIT: usize = 262_144;
