//! The Executor: measures one memory size.

use serde::{Deserialize, Serialize};

use super::publisher::Target;
use crate::{
    measure::{
        lane::is_suspected_start,
        measurement::{Measurement, Spent},
        sample::{Sample, Start, Strata},
    },
    run::{plan::Plan, round::Round},
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

/// How far the measuring of a memory size is.
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
    /// How often the Executor was called for samples that are still being taken, retries included.
    #[must_use]
    pub fn calls(&self) -> u32 {
        match self {
            Self::Unfinished(taken) => taken.calls + taken.retries,
            Self::Measured(_) => 0,
        }
    }

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
    /// The sample of the first one, with its payload, if its report does not say that it was cold: the others will
    /// tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<(u32, Sample)>,
    /// Their samples.
    #[serde(skip_serializing_if = "Strata::is_empty")]
    pub samples: Strata,
    /// Invocations without a report, as the client timed them: they count only if there are no reports at all.
    #[serde(skip_serializing_if = "Strata::is_empty")]
    pub timed: Strata,
}

impl Lane {
    /// Adds the sample of an invocation; `is_first`: of the first one on the lane's environment.
    pub fn push(&mut self, stratum: u32, sample: Sample, is_first: bool) {
        if is_first && !sample.is_cold() {
            self.first = Some((stratum, sample));
        } else {
            self.samples.push(stratum, sample);
        }
    }

    /// Puts the first sample to the others, now that they are known. Returns whether it is taken for a cold one.
    pub fn settle(&mut self) -> bool {
        let Some((stratum, first)) = self.first.take() else { return false };
        let is_suspected = is_suspected_start(&first, self.samples.of(stratum));
        let start = if is_suspected { Start::ColdUnmeasured } else { first.start };
        self.samples.put_first(stratum, Sample { start, ..first });
        is_suspected
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_sample_is_cold_if_the_others_say_so_and_keeps_its_place() {
        let lane = |durations: &[f64]| {
            let mut lane = Lane::default();
            for (n, ms) in durations.iter().enumerate() {
                lane.push(3, Sample::warm(*ms), n == 0);
            }
            let is_suspected = lane.settle();
            assert!(!lane.settle() && lane.first.is_none());
            (
                is_suspected,
                lane.samples.of(3).iter().map(|sample| (sample.duration.0, sample.is_cold())).collect::<Vec<_>>(),
            )
        };
        assert_eq!(lane(&[700.0, 14.0, 15.0]), (true, vec![(700.0, true), (14.0, false), (15.0, false)]));
        assert_eq!(lane(&[16.0, 14.0]), (false, vec![(16.0, false), (14.0, false)]));
        assert_eq!(lane(&[16.0]), (false, vec![(16.0, false)]));
    }
}
