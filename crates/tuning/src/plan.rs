//! The plan of a run: what the Initializer decided, and every later step follows.

use serde::{Deserialize, Serialize};

use crate::{
    alias_name::AliasName,
    arn::{ExecutionArn, FunctionArn},
    journal::{Journal, Mark},
    milliseconds::Milliseconds,
    payload::Payload,
    power::Power,
    price::Architecture,
    statistics::Trim,
    strategy::Strategy,
    version::VersionNumber,
};

/// The plan of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// The run.
    pub execution: ExecutionArn,
    /// The function to tune.
    pub function: FunctionArn,
    /// The function as it was found.
    pub before: FunctionBefore,
    /// What the caller asked for.
    pub request: Request,
    /// Where the visualization link points to.
    pub visualization_url: String,
}

/// What the caller asked for, checked and with the defaults filled in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// The power values, ascending, each once.
    pub power_values: Vec<Power>,
    /// Whether the run measures, or only tries whether measuring would work.
    pub mode: Mode,
    /// Invocations per power value, and how many of them at a time.
    pub sampling: Sampling,
    /// What the function is invoked with.
    pub payload: Payload,
    /// What "best" means.
    pub strategy: Strategy,
    /// The share of samples dropped at both ends.
    pub trim: Trim,
    /// What to do with the winner.
    pub auto_optimize: AutoOptimize,
    /// Whether the output has `stats`.
    pub include_output_results: bool,
    /// What the caller should know of the input.
    pub warnings: Vec<String>,
}

/// The function as the run found it, and is to leave it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FunctionBefore {
    /// Memory of $LATEST.
    pub memory: Power,
    /// The architecture, which decides the price.
    pub architecture: Architecture,
    /// The function's own time limit.
    pub timeout: Milliseconds,
    /// The code and everything that is configured, except for the memory.
    pub fingerprint: Fingerprint,
    /// The highest version number: what has a higher one was published during the run.
    pub highest_version: VersionNumber,
}

/// A hash of a function's code and of its whole configuration except for its memory. When it differs, somebody else has
/// changed the function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(pub String);

/// Whether the run measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    /// Measure and decide.
    Tune,
    /// `dryRun`: one invocation per power value, no analysis, no change.
    DryRun,
}

/// How samples are taken at each power value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sampling {
    /// Invocations per power value.
    pub invocations: u32,
    /// Series that run at the same time, each on an environment of its own.
    pub lanes: u32,
    /// Pause between the invocations of a lane.
    pub pause_ms: u32,
    /// Whether the function's own words may appear in logs and errors.
    pub hide_payloads: bool,
}

/// What to do with the winner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AutoOptimize {
    /// Nothing.
    Off,
    /// Set the memory of $LATEST.
    Latest,
    /// Publish the winner and point this alias at it; $LATEST keeps its memory.
    Alias(AliasName),
}

impl Sampling {
    /// One invocation at a time.
    #[must_use]
    pub fn serial(invocations: u32) -> Self {
        Self { invocations, lanes: 1, pause_ms: 0, hide_payloads: false }
    }

    /// As many lanes as are allowed, but at least two invocations in each: the first one of a lane starts an environment
    /// cold, so a lane of one would measure no warm invocation at all.
    #[must_use]
    pub fn parallel(invocations: u32, max_concurrency: u32) -> Self {
        Self { lanes: max_concurrency.min(invocations / 2).max(1), ..Self::serial(invocations) }
    }

    /// The numbers of the invocations that a lane makes, in order. Lanes take turns, so that each gets the same mix of
    /// weighted payloads.
    pub fn share_of(self, lane: usize) -> impl Iterator<Item = u32> {
        (0..self.invocations).skip(lane).step_by(self.lanes.max(1) as usize)
    }
}

impl Plan {
    /// The mark of this run.
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark(self.execution.clone())
    }

    /// What the lock's description says, when $LATEST is to end with a memory size.
    #[must_use]
    pub fn journal(&self, memory: Power) -> Journal {
        Journal { execution: self.execution.clone(), memory, highest_version: self.before.highest_version }
    }

    /// Whether a memory size of $LATEST can be this run's work: anything else was set by somebody else.
    #[must_use]
    pub fn may_have_set(&self, memory: Power) -> bool {
        memory == self.before.memory || self.request.power_values.contains(&memory)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parallel_lanes_make_at_least_two_invocations() {
        let lanes = |num, max| Sampling::parallel(num, max).lanes;
        assert_eq!((lanes(10, 10), lanes(50, 10), lanes(5, 10), lanes(100, 1)), (5, 10, 2, 1));
    }

    proptest! {
        #[test]
        fn lanes_share_all_invocations_and_none_twice(num in 1u32..500, max in 1u32..100) {
            let sampling = Sampling::parallel(num, max);
            let mut all: Vec<u32> = (0..sampling.lanes as usize).flat_map(|lane| sampling.share_of(lane)).collect();
            all.sort_unstable();
            prop_assert_eq!(all, (0..num).collect::<Vec<_>>());
        }
    }
}
