//! The Analyzer: measurements in, decision and output out.

use serde::{Deserialize, Serialize};

use super::publisher::Publication;
use crate::{measurement::Measurement, outcome::Outcome, plan::Plan, power::Power};

/// What the Analyzer is given.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// The plan.
    pub plan: Plan,
    /// What was published, and how often the Publisher was called for it.
    pub publication: Publication,
    /// One for each power value.
    pub measurements: Vec<Measurement>,
    /// How often the state machine has tried this call before.
    pub retries: u32,
}

/// What the Analyzer gives back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// What the state machine does next.
    pub next: Next,
    /// The winner; none after a dry run.
    pub winner: Option<Power>,
    /// The output of the run.
    pub outcome: Outcome,
}

/// What the state machine does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Next {
    /// Put the winner in place, then clean up.
    Optimize,
    /// Clean up.
    Clean,
}
