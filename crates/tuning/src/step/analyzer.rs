//! The Analyzer: measurements in, decision and output out.

use serde::{Deserialize, Serialize};

use super::publisher::Publication;
use crate::{
    measurement::Measurement,
    outcome::{Expected, Outcome},
    plan::Plan,
    power::Power,
    round::Round,
    search::Stop,
};

/// What the Analyzer is given.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// The plan.
    pub plan: Plan,
    /// What was published, and how often the Publisher was called for it.
    pub publication: Publication,
    /// What the Analyzer gave back after the round before.
    pub analysis: Analysis,
    /// One for each power value of this round.
    pub measurements: Vec<Measurement>,
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
    /// What the rounds before have measured.
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
            next: Next::Measure,
            round,
            expected: None,
            verifies: None,
            measured: Vec::new(),
            retries: 0,
            winner: None,
            outcome: None,
        }
    }
}
