//! The Publisher: makes a version of every memory size.

use serde::{Deserialize, Serialize};

use super::executor::Progress;
use crate::{
    measure::measurement::Measurement,
    run::{
        plan::Plan,
        round::{Refusals, Round},
    },
    units::{power::Power, revision::Revision, version::VersionNumber},
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
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Publication {
    /// What the state machine does next.
    pub next: Next,
    /// How often the Publisher was called.
    pub calls: u32,
    /// How often the state machine waited for versions to become active.
    pub waits: u32,
    /// How often the state machine tried a step again so far.
    pub retries: u32,
    /// $LATEST; nothing, if only a look tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest: Option<KnownLatest>,
    /// The round that the targets are of.
    #[serde(default)]
    pub round: u32,
    /// What is measured next, or being published: one for each memory size.
    pub targets: Vec<Target>,
    /// What is measured after that: the samples of only so many memory sizes at a time fit the state of an execution.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<Target>,
    /// What is measured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measured: Vec<Target>,
    /// Memory sizes that could not be published.
    #[serde(default, skip_serializing_if = "Refusals::is_empty")]
    pub refused: Refusals,
}

impl Publication {
    /// The same for the round that is to be published now: what was published for an earlier one is done with.
    #[must_use]
    pub fn of_round(mut self, round: u32) -> Self {
        if self.round != round {
            let Self { calls, waits, retries, latest, .. } = self;
            self = Self { calls, waits, retries, latest, round, ..Self::default() };
        }
        self
    }

    /// Leaves only so many memory sizes to be measured next; the others wait.
    pub fn measure_at_most(&mut self, power_values: u32) {
        let mut all = [std::mem::take(&mut self.targets), std::mem::take(&mut self.waiting)].concat();
        self.waiting = all.split_off(all.len().min(power_values.max(1) as usize));
        self.targets = all;
    }

    /// Takes out what is measured by now.
    pub fn take_measured(&mut self) -> Vec<Measurement> {
        let mut measurements = Vec::new();
        for mut target in std::mem::take(&mut self.targets) {
            match std::mem::take(&mut target.progress) {
                Progress::Measured(measurement) => {
                    measurements.push(*measurement);
                    self.measured.push(target);
                }
                unfinished @ Progress::Unfinished(_) => self.targets.push(Target { progress: unfinished, ..target }),
            }
        }
        measurements
    }

    /// Everything that was published in this round.
    pub fn published(&self) -> impl Iterator<Item = &Target> {
        self.targets.iter().chain(&self.waiting).chain(&self.measured)
    }
}

/// $LATEST, as a step of the run left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownLatest {
    /// Its memory.
    pub memory: Power,
    /// Its revision. As long as nobody else changes the function, the next change needs no look before it.
    pub revision: Revision,
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

/// What is invoked to measure a memory size, and how far that is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// The memory size.
    pub power: Power,
    /// Its versions: one, or one for each invocation (`onlyColdStarts`). A single one may be one that the user had
    /// published before: then it is measured, but never deleted.
    pub versions: Vec<VersionNumber>,
    /// How far its measuring is.
    #[serde(default, skip_serializing_if = "Progress::is_none")]
    pub progress: Progress,
}

impl Target {
    /// Nothing was invoked yet.
    #[must_use]
    pub fn new(power: Power, versions: Vec<VersionNumber>) -> Self {
        Self { power, versions, progress: Progress::default() }
    }

    /// The version that gets invocation number `index`, counted from 0; `None` when nothing is published.
    #[must_use]
    pub fn version(&self, index: u32) -> Option<VersionNumber> {
        self.versions.get(index as usize).or(self.versions.first()).copied()
    }
}
