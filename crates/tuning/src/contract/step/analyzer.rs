//! The Analyzer: measurements in, decision and output out.

use serde::{Deserialize, Serialize};

use super::publisher::Publication;
use crate::{
    contract::outcome::Outcome,
    decide::{expectation::Expected, search::Stop},
    measure::measurement::Measurement,
    run::{plan::Plan, round::Round},
    units::power::Power,
};

/// What the Analyzer is given.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// The plan.
    pub plan: Plan,
    /// What was published, and how far each memory size is measured.
    pub publication: Publication,
    /// What the Analyzer gave back when it was last called.
    pub analysis: Analysis,
    /// How often the state machine has tried this call before.
    pub retries: u32,
}

/// What is known so far, and what comes next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Analysis {
    /// What the state machine does next.
    pub next: Next,
    /// The round that is to be measured, or was measured last.
    pub round: Round,
    /// What the run is expected to cost, before it has measured anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Expected>,
    /// Why exploring ended, if this round verifies what the search has found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verifies: Option<Stop>,
    /// How often the state machine has been through the Map.
    #[serde(default)]
    pub passes: u32,
    /// What is measured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measured: Vec<Measurement>,
    /// How often the state machine tried the Analyzer again so far.
    #[serde(default)]
    pub retries: u32,
    /// The winner; none while there is more to measure, and none after a dry run.
    pub winner: Option<Power>,
    /// The output of the run, once it is decided.
    pub outcome: Option<Outcome>,
}

/// What the state machine does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Next {
    /// Publish and measure the round.
    Publish,
    /// Go on measuring the round: samples are left.
    Measure,
    /// Put the winner in place, then clean up.
    Optimize,
    /// Clean up.
    Clean,
}

impl Analysis {
    /// Nothing is known yet.
    #[must_use]
    pub fn before(round: Round) -> Self {
        Self {
            next: Next::Publish,
            round,
            expected: None,
            verifies: None,
            passes: 0,
            measured: Vec::new(),
            retries: 0,
            winner: None,
            outcome: None,
        }
    }
}
