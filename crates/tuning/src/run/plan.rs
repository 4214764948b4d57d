//! The plan of a run: what the Initializer decided, and every later step follows.

use serde::{Deserialize, Serialize};

use crate::{
    measure::{lane::Environments, log_tail::Report, metric::Metric, sample::Sample, statistics::Trim},
    price::Architecture,
    run::objective::{Effort, Limits, Strategy},
    run::{
        failure::FailurePolicy,
        journal::{Journal, Mark, OptimumMark, Phase},
        payload::PayloadSource,
    },
    units::{
        alias_name::AliasName,
        arn::{ExecutionArn, FunctionArn, FunctionReference, RoleArn},
        milliseconds::Milliseconds,
        moment::Moment,
        power::Power,
        usd::Usd,
        version::VersionNumber,
    },
};

/// The plan of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// The run.
    pub execution: ExecutionArn,
    /// How often the state machine had tried the Initializer before the call that made this plan: its lock says so,
    /// too.
    #[serde(default)]
    pub retries: u32,
    /// The function to tune.
    pub function: FunctionArn,
    /// The function as it was found.
    pub before: FunctionBefore,
    /// The request of the caller.
    pub request: Request,
    /// When the run must be over; then it is cleaned up and fails.
    pub ends: Moment,
    /// Where the visualization link points to.
    pub visualization_url: String,
}

/// The request of the caller, checked and with the defaults filled in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// The memory sizes, ascending, each once; of a search, those of all rounds so far.
    pub power_values: Vec<Power>,
    /// The number of memory sizes that are measured at a time; 0: all.
    pub power_concurrency: u32,
    /// The number of memory sizes that go through the Map at a time: the samples of so many, while they are taken, fit
    /// the state of an execution beside everything else.
    pub values_at_a_time: u32,
    /// The mode: the run measures, or only tries whether measuring would work.
    pub mode: Mode,
    /// Invocations per memory size, and how they are made; of a search, what all its rounds have in common.
    pub sampling: Sampling,
    /// The same as a run would do it that is not a dry one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub real_sampling: Option<Sampling>,
    /// The search for the memory sizes that are measured; none of a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<SearchRequest>,
    /// The most that the invocations of the run may cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_spend: Option<Usd>,
    /// The source of the payload that the function is invoked with.
    pub payload: PayloadSource,
    /// The functions that are invoked around each invocation.
    pub processors: Processors,
    /// Which failures of the function the run survives.
    pub failures: FailurePolicy,
    /// The strategy, which says what "best" means.
    pub strategy: Strategy,
    /// The duration that the strategy and the limits look at.
    pub metric: Metric,
    /// The limits that a winner must meet.
    pub limits: Limits,
    /// The share of samples dropped at both ends.
    pub trim: Trim,
    /// True if the current memory is measured, too.
    pub compare_with_current: bool,
    /// For what the function costs a month.
    pub invocations_per_month: Option<u32>,
    /// The action to take with the winner.
    pub auto_optimize: AutoOptimize,
    /// True if the output has `stats`.
    pub include_output_results: bool,
    /// The role to assume for every call on the function.
    pub assume_role: Option<RoleArn>,
    /// The warnings: what the caller should know of the input.
    pub warnings: Vec<String>,
}

/// The functions that are invoked around each invocation. Neither counts in cost or duration.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Processors {
    /// Before: what it returns, if anything, replaces the payload.
    pub pre: Option<FunctionReference>,
    /// After: gets what the function returned.
    pub post: Option<FunctionReference>,
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
    /// Ephemeral storage, in MB.
    pub ephemeral_storage_mb: u32,
    /// True if a snapshot is made of each published version (SnapStart), which takes time and costs.
    pub snap_start: bool,
    /// Where its logs go.
    pub logs: Logs,
}

/// Where a function's logs go, and whether they say what an invocation took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Logs {
    /// The log group.
    pub group: String,
    /// True if Lambda writes a report at the end of each invocation: in JSON format, not above the system log level
    /// INFO.
    pub reports: bool,
}

/// A hash of a function's code and of its whole configuration except for its memory. When it differs, somebody else has
/// changed the function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(pub String);

/// The mode of a run, which says if it measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    /// Measure and decide.
    Tune,
    /// `dryRun`: one invocation per memory size, no analysis, no change.
    DryRun,
}

/// The way in which samples are taken at each memory size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sampling {
    /// Invocations per memory size.
    pub invocations: u32,
    /// Series that run at the same time, each on an environment of its own.
    pub lanes: u32,
    /// The way in which invocations share environments, or do not.
    pub environments: Environments,
    /// Pause between the invocations of a lane.
    pub pause_ms: u32,
    /// True if the function's own words must not appear in logs and errors.
    pub hide_payloads: bool,
    /// The number of samples of each memory size that are kept for the output.
    pub keep_samples: u32,
    /// True if these have the ids of their traces.
    #[serde(default)]
    pub keep_trace_ids: bool,
    /// Which payload of a weighted list an invocation gets.
    #[serde(default)]
    pub payloads: PayloadOrder,
}

/// Which payload of a weighted list an invocation gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PayloadOrder {
    /// The first payload gets the first invocations of the memory size, then the second one: each its share.
    #[default]
    Shares,
    /// The warm invocations of each lane go through all payloads in turn, so that lanes can be compared; the weights
    /// count when the mean is taken.
    InTurn,
}

/// `powerValues: "AUTO"`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SearchRequest {
    /// The smallest memory size that may win.
    pub min: Power,
    /// The largest one; less, once the account turns out not to allow it.
    pub max: Power,
    /// The effort, which decides how many samples are taken.
    pub effort: Effort,
    /// The most invocations of the run.
    pub max_invocations: u32,
    /// The most invocations of a memory size.
    pub most_per_value: Option<u32>,
    /// The weight of each payload.
    pub payload_weights: Vec<u32>,
}

/// The action to take with the winner.
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
        Self {
            invocations,
            lanes: 1,
            environments: Environments::Reused,
            pause_ms: 0,
            hide_payloads: false,
            keep_samples: 0,
            keep_trace_ids: false,
            payloads: PayloadOrder::Shares,
        }
    }

    /// As many lanes as are allowed, but at least two invocations in each: the first one of a lane starts an
    /// environment cold, so a lane of one would measure no warm invocation at all.
    #[must_use]
    pub fn parallel(invocations: u32, max_concurrency: u32) -> Self {
        Self { lanes: max_concurrency.min(invocations / 2).max(1), ..Self::serial(invocations) }
    }

    /// A sample, as far as it is kept.
    #[must_use]
    pub fn sample(self, report: &Report) -> Sample {
        let sample = Sample::from(report);
        Sample { trace_id: sample.trace_id.filter(|_| self.keep_trace_ids), ..sample }
    }

    /// The number of versions that a memory size takes.
    #[must_use]
    pub fn versions(self) -> u32 {
        match self.environments {
            Environments::Reused => 1,
            Environments::Fresh => self.invocations,
        }
    }

    /// The largest number of warm samples that a memory size has.
    #[must_use]
    pub fn most_warm_samples(self) -> u32 {
        match self.environments {
            Environments::Reused => self.invocations.saturating_sub(self.lanes),
            Environments::Fresh => 0,
        }
    }

    /// Which of `payloads` invocation number `index` gets, counted from 0; `None`: its share decides.
    #[must_use]
    pub fn payload_in_turn(self, index: u32, payloads: u32) -> Option<u32> {
        let position = index / self.lanes.max(1);
        // The first invocation of a lane is cold, and counts for no payload.
        (self.payloads == PayloadOrder::InTurn).then(|| position.saturating_sub(1) % payloads.max(1))
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

    /// The mark of the version that is published for the user's alias.
    #[must_use]
    pub fn optimum_mark(&self) -> OptimumMark {
        OptimumMark(self.execution.clone())
    }

    /// The journal that the lock's description holds, when $LATEST is to end with a memory size.
    #[must_use]
    pub fn journal(&self, memory: Power) -> Journal {
        Journal {
            execution: self.execution.clone(),
            memory,
            highest_version: self.before.highest_version,
            phase: Phase::Open,
            retries: self.retries,
        }
    }

    /// Returns true if a step has written this into the lock since the plan was made; the Optimizer writes the
    /// `winner`, if there is one. Another call of the Initializer, which came late, may have taken a lock that was
    /// lost, with the memory that $LATEST happened to have then.
    #[must_use]
    pub fn has_written(&self, journal: &Journal, winner: Option<Power>) -> bool {
        let optimum = winner.filter(|_| self.request.auto_optimize == AutoOptimize::Latest);
        let is_known = journal.memory == self.before.memory || Some(journal.memory) == optimum;
        journal.phase != Phase::Taking && journal.retries == self.retries && is_known
    }

    /// Returns true if a memory size of $LATEST can be this run's work: anything else was set by somebody else.
    #[must_use]
    pub fn may_have_set(&self, memory: Power) -> bool {
        memory == self.before.memory
            || self.request.power_values.iter().any(|&p| p == memory || self.spacer(p) == memory)
    }

    /// The memory size to publish between two versions of the same one: without a change in between, Lambda hands the
    /// first version back instead of publishing a second one.
    #[must_use]
    pub fn spacer(&self, memory: Power) -> Power {
        let mut others = self.request.power_values.iter().chain([&self.before.memory]);
        others.find(|power| **power != memory).copied().unwrap_or_else(|| memory.neighbour())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::measure::log_tail;

    #[test]
    fn parallel_lanes_make_at_least_two_invocations() {
        let lanes = |num, max| Sampling::parallel(num, max).lanes;
        assert_eq!((lanes(10, 10), lanes(50, 10), lanes(5, 10), lanes(100, 1)), (5, 10, 2, 1));
    }

    #[test]
    fn trace_ids_are_kept_only_where_they_are_wanted() {
        let tail = "REPORT RequestId: r\tDuration: 1 ms\tBilled Duration: 1 ms\tMemory Size: 128 MB\tMax Memory Used: 55 MB\t\n\
                    XRAY TraceId: 1-5e34a614-10bdabcdf1fb44f07bc535a1\tSampled: true\t\n";
        let report = log_tail::report(tail, "r").unwrap();
        let kept = |keep_trace_ids| Sampling { keep_trace_ids, ..Sampling::serial(5) }.sample(&report);
        assert!(kept(true).trace_id.is_some() && kept(false).trace_id.is_none());
        assert_eq!(kept(false).memory_used, Some(55));
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
