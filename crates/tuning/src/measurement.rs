//! What was measured at one power value.

use std::{collections::BTreeMap, ops::AddAssign};

use serde::{Deserialize, Serialize};

use crate::{
    milliseconds::{BilledMilliseconds, Milliseconds},
    power::Power,
    price::GbSecondPrice,
    sample::Sample,
    statistics::{Summary, Trim, trimmed_mean},
    strategy::Candidate,
    usd::Usd,
};

/// With fewer warm samples, `duration` and `cost` speak of all samples, and the output says so.
pub const FEWEST_WARM_SAMPLES: usize = 3;

/// One power value, measured or not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Measurement {
    /// The memory size.
    pub value: Power,
    /// What came of it.
    pub result: Measured,
    /// All invocations that were made and what they were billed.
    pub spent: Spent,
    /// The most memory that an invocation used, in MB.
    pub max_memory_used: Option<u32>,
    /// How often the Executor was called for this power value.
    pub executor_calls: u32,
}

/// What came of measuring a power value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Measured {
    /// There are samples.
    Samples(Statistics),
    /// The function cannot run at this memory size.
    Infeasible(Infeasible),
    /// Not one invocation left a REPORT line.
    NoReports,
}

/// Why a function cannot run at a memory size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Infeasible {
    /// It ran out of memory.
    OutOfMemory,
    /// It ran into its own time limit.
    Timeout,
    /// Its runtime crashed.
    RuntimeCrash,
}

/// Statistics of the samples of one power value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Statistics {
    /// Trimmed mean of the durations, in ms.
    pub average_duration: Milliseconds,
    /// Trimmed mean of the billed durations, in ms.
    pub average_billed: f64,
    /// Which samples the two averages speak of.
    pub basis: Basis,
    /// Durations of the warm invocations.
    pub warm: Option<Summary>,
    /// Durations of the cold invocations, without their cold start.
    pub cold: Option<Summary>,
    /// Cold starts themselves: initialisation or restore.
    pub init_duration: Option<Summary>,
}

/// Which samples an average speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Basis {
    /// Warm invocations only.
    Warm,
    /// Warm and cold ones: too few were warm.
    All,
}

/// All invocations of one power value, samples or not.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Spent {
    /// Invocations that Lambda answered.
    pub invocations: u32,
    /// Milliseconds that they were billed, as far as REPORT lines say.
    pub billed: BilledMilliseconds,
    /// Invocations without a REPORT line: what they cost is not known.
    pub unreported: u32,
    /// Requests that broke off and were made again: they may have run, and cost, without an answer.
    pub unconfirmed: u32,
    /// Errors of the function that count as normal samples or made the value infeasible, by type.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub errors: BTreeMap<String, u32>,
}

impl AddAssign for Spent {
    fn add_assign(&mut self, other: Self) {
        self.invocations += other.invocations;
        self.billed.0 += other.billed.0;
        self.unreported += other.unreported;
        self.unconfirmed += other.unconfirmed;
        for (error_type, count) in other.errors {
            *self.errors.entry(error_type).or_default() += count;
        }
    }
}

impl Statistics {
    /// Statistics of samples; `None` of nothing.
    #[must_use]
    pub fn of(samples: &[Sample], trim: Trim) -> Option<Self> {
        let (cold, warm): (Vec<&Sample>, Vec<&Sample>) = samples.iter().partition(|sample| sample.cold_start.is_some());
        let durations = |samples: &[&Sample]| samples.iter().map(|s| s.duration.0).collect::<Vec<_>>();
        let (basis, counted) = if warm.len() >= FEWEST_WARM_SAMPLES.min(samples.len()) {
            (Basis::Warm, warm.clone())
        } else {
            (Basis::All, samples.iter().collect())
        };
        let billed: Vec<f64> = counted.iter().map(|s| s.billed.0 as f64).collect();
        let cold_starts: Vec<f64> = cold.iter().filter_map(|s| s.cold_start).map(|ms| ms.0).collect();
        Some(Self {
            average_duration: Milliseconds(trimmed_mean(&durations(&counted), trim)?),
            average_billed: trimmed_mean(&billed, trim)?,
            basis,
            warm: Summary::of(&durations(&warm)),
            cold: Summary::of(&durations(&cold)),
            init_duration: Summary::of(&cold_starts),
        })
    }

    /// How many samples there are.
    #[must_use]
    pub fn samples(&self) -> usize {
        [&self.warm, &self.cold].into_iter().flatten().map(|summary| summary.n).sum()
    }
}

impl Measurement {
    /// The statistics, if there are samples.
    #[must_use]
    pub fn statistics(&self) -> Option<&Statistics> {
        match &self.result {
            Measured::Samples(statistics) => Some(statistics),
            Measured::Infeasible(_) | Measured::NoReports => None,
        }
    }

    /// What can win, if there are samples.
    #[must_use]
    pub fn candidate(&self, price: GbSecondPrice) -> Option<Candidate> {
        self.statistics().map(|statistics| Candidate {
            power: self.value,
            cost: price.average_cost(self.value, statistics.average_billed),
            duration: statistics.average_duration,
        })
    }

    /// The cost of all invocations of this power value.
    #[must_use]
    pub fn total_cost(&self, price: GbSecondPrice) -> Usd {
        price.cost(self.value, self.spent.billed)
    }

    /// Why this value was left out, if it was.
    #[must_use]
    pub fn exclusion(&self) -> Option<&'static str> {
        match &self.result {
            Measured::Samples(_) => None,
            Measured::Infeasible(Infeasible::OutOfMemory) => Some("the function ran out of memory"),
            Measured::Infeasible(Infeasible::Timeout) => Some("the function ran into its own timeout"),
            Measured::Infeasible(Infeasible::RuntimeCrash) => Some("the function's runtime crashed"),
            Measured::NoReports => Some("no invocation left a REPORT line in the log tail, so nothing was measured"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(duration: f64, cold_start: Option<f64>) -> Sample {
        let billed = BilledMilliseconds(1);
        Sample { duration: Milliseconds(duration), billed, cold_start: cold_start.map(Milliseconds) }
    }

    #[test]
    fn cold_samples_do_not_enter_the_averages_of_warm_ones() {
        let samples = [sample(900.0, Some(300.0)), sample(10.0, None), sample(11.0, None), sample(12.0, None)];
        let statistics = Statistics::of(&samples, Trim::DEFAULT).unwrap();
        assert_eq!((statistics.basis, statistics.average_duration), (Basis::Warm, Milliseconds(11.0)));
        assert_eq!(statistics.cold.unwrap().mean, 900.0);
        assert_eq!(statistics.init_duration.unwrap().mean, 300.0);
        assert_eq!(statistics.samples(), 4);
    }

    #[test]
    fn with_too_few_warm_samples_the_averages_speak_of_all() {
        let samples = [sample(30.0, Some(1.0)), sample(10.0, None), sample(20.0, None)];
        let statistics = Statistics::of(&samples, Trim::clamped(0.0)).unwrap();
        assert_eq!((statistics.basis, statistics.average_duration), (Basis::All, Milliseconds(20.0)));
        assert_eq!(Statistics::of(&[sample(5.0, None)], Trim::DEFAULT).unwrap().basis, Basis::Warm);
        assert_eq!(Statistics::of(&[], Trim::DEFAULT), None);
    }
}
