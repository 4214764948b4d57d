//! The Publisher: makes a version of every power value.

use serde::{Deserialize, Serialize};

use crate::{
    plan::Plan,
    power::Power,
    round::{Refusal, Round},
    version::VersionNumber,
};

/// What the Publisher is given.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Input {
    /// The plan.
    pub plan: Plan,
    /// What is to be published.
    pub round: Round,
    /// What the Publisher gave back when it was last called.
    pub publication: Publication,
    /// How often the state machine has tried this call before.
    pub retries: u32,
}

/// What is published.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Publication {
    /// What the state machine does next.
    pub next: Next,
    /// How often the Publisher was called.
    pub calls: u32,
    /// How often the state machine waited for versions to become active.
    pub waits: u32,
    /// How often the state machine tried a step again so far.
    pub retries: u32,
    /// The round that the targets are of.
    #[serde(default)]
    pub round: u32,
    /// One for each power value that is begun.
    pub targets: Vec<Target>,
    /// Power values that could not be published.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<Refusal>,
}

impl Publication {
    /// The same for the round that is to be published now: what was published for an earlier one is done with.
    #[must_use]
    pub fn of_round(mut self, round: u32) -> Self {
        if self.round != round {
            self = Self { round, next: Next::Publish, targets: Vec::new(), refused: Vec::new(), ..self };
        }
        self
    }
}

/// What the state machine does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Next {
    /// Versions are left: call the Publisher again.
    #[default]
    Publish,
    /// Versions are not active yet, because their snapshot is being made: wait, then call the Publisher again.
    Wait,
    /// Everything can be invoked.
    Measure,
}

/// What is invoked to measure a power value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The memory size.
    pub power: Power,
    /// Its versions: one, or one for each invocation (`onlyColdStarts`). A single one may be one that the user had published
    /// before: then it is measured, but never deleted.
    pub versions: Vec<VersionNumber>,
}

impl Target {
    /// The version that gets invocation number `index`, counted from 0; `None` when nothing is published.
    #[must_use]
    pub fn version(&self, index: u32) -> Option<VersionNumber> {
        self.versions.get(index as usize).or(self.versions.first()).copied()
    }
}
