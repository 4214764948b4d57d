//! The measurement of one memory size.

use std::{fmt, ops::AddAssign};

use serde::{Deserialize, Serialize};

use crate::{
    measure::{
        error_rate::Failed,
        errors::ErrorsByType,
        interval::{Interval, interval},
        lane::{Environments, LaneSummary, MOST_KEPT},
        memory_growth::MemoryGrowth,
        metric::Metric,
        sample::{Sample, Strata},
        statistics::{Summary, Trim, quantile, trimmed_mean},
    },
    price::GbSecondPrice,
    units::{
        counted::counted,
        milliseconds::{BilledMilliseconds, Milliseconds},
        power::Power,
        usd::Usd,
    },
};

/// With fewer warm samples, `duration` and `cost` speak of all samples, and the output says so.
pub const FEWEST_WARM_SAMPLES: usize = 3;

/// Of so many weighted payloads at most it is said what each needs: what travels between steps is bounded.
const MOST_PAYLOADS: usize = 20;

/// One memory size, measured or not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Measurement {
    /// The memory size, in MB.
    pub value: Power,
    /// What came of it.
    pub result: Measured,
    /// All invocations that were made and what they were billed.
    pub spent: Spent,
    /// The most memory that an invocation used, in MB.
    pub max_memory_used: Option<u32>,
    /// How often the Executor was called for this memory size.
    pub executor_calls: u32,
    /// How often the state machine tried one of these calls again.
    #[serde(default)]
    pub retries: u32,
    /// The samples of each lane: only of a search, which measures some memory sizes more than once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(skip))]
    pub series: Vec<Strata>,
}

/// What came of measuring a memory size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Measured {
    /// There are samples.
    Samples(Box<Statistics>),
    /// The function cannot run at this memory size.
    Infeasible(Infeasible),
    /// Not one invocation could be measured.
    NoSamples,
    /// It could not be published: this is what AWS said.
    Refused(String),
}

/// Why a function cannot run at a memory size, or not as it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Infeasible {
    /// It ran out of memory.
    OutOfMemory,
    /// It ran into its own time limit.
    Timeout,
    /// It did not answer as long as the Executor could wait.
    TooSlow,
    /// Its runtime, or an extension, crashed.
    RuntimeCrash,
    /// Its initialisation failed.
    InitFailure,
    /// Its own code raised errors in more invocations than may fail.
    FunctionError,
    /// Errors that are allowed ended clearly more of its invocations than at other memory sizes.
    ErrorProne,
}

impl fmt::Display for Infeasible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OutOfMemory => "the function ran out of memory",
            Self::Timeout => "the function ran into its own timeout",
            Self::TooSlow => "the function took longer than totalExecutionTimeout allows",
            Self::RuntimeCrash => "the function's runtime crashed",
            Self::InitFailure => "the function's initialisation failed",
            Self::FunctionError => "the function raised errors",
            Self::ErrorProne => "the function raised errors clearly more often than at other memory sizes",
        })
    }
}

/// Where durations come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// The REPORT lines of the log tails.
    #[default]
    Report,
    /// At least some of them from CloudWatch Logs, because the log tail held none.
    Logs,
    /// The clock of whoever invoked, because there were no reports: they include the way to the function and back.
    Client,
}

/// Statistics of the samples of one memory size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Statistics {
    /// Trimmed mean of the durations, in ms.
    pub average_duration: Milliseconds,
    /// Trimmed mean of the billed durations, in ms.
    pub average_billed: f64,
    /// The duration that the strategy looks at; null if that takes more samples.
    pub metric: Option<Milliseconds>,
    /// Which samples the averages speak of.
    pub basis: Basis,
    /// Where the durations come from.
    pub source: Source,
    /// Payloads of a weighted list of which there is no sample.
    #[serde(default)]
    pub payloads_without_samples: usize,
    /// Durations of the warm invocations, in ms.
    pub warm: Option<Summary>,
    /// Durations of the cold invocations, in ms, without their cold start.
    pub cold: Option<Summary>,
    /// The cold starts themselves, initialisation or restore, in ms.
    pub init_duration: Option<Summary>,
    /// 95 % confidence interval of the average duration.
    #[serde(default)]
    pub interval: Option<Interval>,
    /// Execution environments that the samples come from.
    #[serde(default)]
    pub environments: usize,
    /// What some of these say, for comparing memory sizes.
    #[serde(default)]
    pub lanes: Vec<LaneSummary>,
    /// The least memory that an environment had used after one of the invocations that the averages speak of, in MB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub least_memory_used: Option<u32>,
    /// The most memory that an environment had used after an invocation with each payload of a weighted list of at most
    /// 20, in MB.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub memory_by_payload: Vec<Option<u32>>,
    /// How the memory used went on in environments with at least 20 invocations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_growth: Option<MemoryGrowth>,
    /// Samples for the output, evenly thinned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sample_list: Vec<Sample>,
}

/// Which samples an average speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Basis {
    /// Warm invocations only.
    Warm,
    /// Warm and cold ones: too few were warm.
    All,
    /// Cold ones only (`onlyColdStarts`): their durations then include the cold start.
    Cold,
}

/// All invocations of one memory size, samples or not.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Spent {
    /// Invocations that Lambda answered.
    pub invocations: u32,
    /// Milliseconds that they were billed, as far as reports say.
    pub billed: BilledMilliseconds,
    /// Invocations without a report in the log tail.
    pub unreported: u32,
    /// How many of those had one in CloudWatch Logs.
    pub found_in_logs: u32,
    /// What the others took by the clock of whoever invoked, rounded up: stands in for what they were billed.
    pub timed: BilledMilliseconds,
    /// Invocations that ended with an error of the function's code whose type is not allowed.
    pub raised: u32,
    /// Invocations before which Lambda gave up an initialisation, to repeat it within them.
    pub inits_given_up: u32,
    /// Invocations that are taken for cold only because they took many times as long as the next ones of their
    /// environment.
    pub suspected_starts: u32,
    /// Requests without an answer: they may have run, and cost.
    pub unconfirmed: u32,
    /// Requests that Lambda did not let through, and that were made again.
    pub throttled: u32,
    /// Errors that the invocations ended with, by type.
    #[serde(skip_serializing_if = "ErrorsByType::is_empty")]
    pub errors: ErrorsByType,
    /// Answers of at most 4 KB that say without an error that the function could not use its payload, by what says so:
    /// a `statusCode` of 400 or more, or `batchItemFailures`. They count as samples.
    #[serde(skip_serializing_if = "ErrorsByType::is_empty")]
    pub rejections: ErrorsByType,
}

impl Spent {
    /// With which errors the invocations ended, in the function's own words.
    #[must_use]
    pub fn endings(&self) -> String {
        let errors = self.errors.iter().map(|(error_type, seen)| {
            let message = seen.message.as_deref().map(|message| format!(": {message}")).unwrap_or_default();
            format!("{} x {error_type}{message}", seen.count)
        });
        let errors = errors.collect::<Vec<_>>().join(", ");
        let invocations = counted(self.invocations, "invocation");
        match (self.invocations, errors.is_empty()) {
            (0, _) => "no invocation was answered".to_owned(),
            (1, true) => format!("{invocations} was made"),
            (_, true) => format!("{invocations} were made"),
            (_, false) => format!("of {invocations}, {errors}"),
        }
    }

    /// Invocations of which Lambda reported what they took.
    #[must_use]
    pub fn reported(&self) -> u32 {
        self.invocations - self.unreported + self.found_in_logs
    }

    /// Invocations that ended with any error.
    #[must_use]
    pub fn failed(&self) -> Failed {
        Failed { errors: self.errors.count(), of: self.invocations }
    }

    /// Invocations that ended with an error of the function's code whose type is not allowed.
    #[must_use]
    pub fn raised(&self) -> Failed {
        Failed { errors: self.raised, of: self.invocations }
    }
}

impl AddAssign for Spent {
    fn add_assign(&mut self, other: Self) {
        self.invocations += other.invocations;
        self.billed.0 += other.billed.0;
        self.unreported += other.unreported;
        self.found_in_logs += other.found_in_logs;
        self.timed.0 += other.timed.0;
        self.raised += other.raised;
        self.inits_given_up += other.inits_given_up;
        self.suspected_starts += other.suspected_starts;
        self.unconfirmed += other.unconfirmed;
        self.throttled += other.throttled;
        self.errors += other.errors;
        self.rejections += other.rejections;
    }
}

/// The rules by which samples become statistics: the same for all memory sizes of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimator {
    /// The number of invocations that each payload of a weighted list gets: the weight of its stratum.
    pub shares: Vec<u32>,
    /// The way in which invocations share environments: if they do not, only cold starts count.
    pub environments: Environments,
    /// The share of samples dropped at both ends, in each stratum; none of cold starts.
    pub trim: Trim,
    /// The duration that the strategy looks at.
    pub metric: Metric,
    /// The number of samples that are kept for the output.
    pub keep: usize,
}

impl Estimator {
    /// Statistics of the samples of all lanes; `None` of nothing, or if none of them counts.
    #[must_use]
    pub fn estimate(&self, lanes: &[Strata], source: Source) -> Option<Statistics> {
        let mut strata = Strata::default();
        for lane in lanes {
            strata.append(lane.clone());
        }
        let strata = &strata;
        let basis = self.basis(strata);
        let counts = |sample: &&Sample| match basis {
            Basis::Warm => !sample.is_cold(),
            Basis::Cold => sample.is_cold(),
            Basis::All => true,
        };
        let duration = |sample: &Sample| match basis {
            Basis::Cold => sample.total().0,
            Basis::Warm | Basis::All => sample.duration.0,
        };
        let average =
            |value: &dyn Fn(&Sample) -> f64| {
                self.stratified_mean(strata.iter().map(|(stratum, samples)| {
                    (stratum, samples.iter().filter(counts).map(value).collect::<Vec<f64>>())
                }))
            };
        let durations: Vec<f64> = strata.samples().filter(counts).map(duration).collect();
        let apart = |cold: bool| -> Vec<f64> {
            strata.samples().filter(|sample| sample.is_cold() == cold).map(|sample| sample.duration.0).collect()
        };
        let average_duration = Milliseconds(average(&duration)?);
        let grown: Vec<MemoryGrowth> = lanes.iter().filter_map(MemoryGrowth::of).collect();
        let mut lanes = self.summaries(lanes, basis);
        let with_samples = strata.iter().filter(|(_, samples)| samples.iter().any(|sample| counts(&sample))).count();
        Some(Statistics {
            average_duration,
            average_billed: average(&|sample| sample.billed.0 as f64)?,
            metric: self.metric(average_duration, &durations),
            basis,
            source,
            payloads_without_samples: self.shares.len().saturating_sub(with_samples),
            warm: Summary::of(&apart(false)),
            cold: Summary::of(&apart(true)),
            init_duration: Summary::of(
                &strata.samples().filter_map(Sample::cold_start).map(|ms| ms.0).collect::<Vec<_>>(),
            ),
            least_memory_used: strata.samples().filter(counts).filter_map(|sample| sample.memory_used).min(),
            memory_by_payload: self.memory_by_payload(strata),
            memory_growth: (!grown.is_empty()).then(|| grown.into_iter().sum()),
            sample_list: thinned(strata, self.keep),
            interval: interval(average_duration, &lanes),
            environments: lanes.len(),
            lanes: {
                lanes.truncate(MOST_KEPT);
                lanes
            },
        })
    }

    /// The summaries of the execution environments: none where the average speaks of cold and warm invocations alike.
    fn summaries(&self, lanes: &[Strata], basis: Basis) -> Vec<LaneSummary> {
        match basis {
            Basis::Warm => lanes.iter().filter_map(|lane| LaneSummary::of_warm(lane, &self.shares)).collect(),
            Basis::Cold => {
                lanes.iter().flat_map(Strata::samples).filter(|s| s.is_cold()).map(LaneSummary::of_cold).collect()
            }
            Basis::All => Vec::new(),
        }
    }

    fn memory_by_payload(&self, strata: &Strata) -> Vec<Option<u32>> {
        let payloads = (0..).take(self.shares.len()).filter(|_| (2..=MOST_PAYLOADS).contains(&self.shares.len()));
        payloads.map(|stratum| strata.of(stratum).iter().filter_map(|sample| sample.memory_used).max()).collect()
    }

    /// Warm samples, if there are enough, and some of every payload that has any: otherwise trimming or a cold start
    /// would decide which payloads the average speaks of.
    fn basis(&self, strata: &Strata) -> Basis {
        if self.environments == Environments::Fresh {
            return Basis::Cold;
        }
        let warm = strata.samples().filter(|sample| !sample.is_cold()).count();
        let everywhere = strata.iter().all(|(_, samples)| samples.iter().any(|sample| !sample.is_cold()));
        let enough = warm >= FEWEST_WARM_SAMPLES.min(strata.samples().count());
        if enough && everywhere { Basis::Warm } else { Basis::All }
    }

    /// The mean of the strata's trimmed means, weighted by their shares. Trimming each stratum for itself keeps the
    /// slowest payload of a weighted list from being dropped as an outlier.
    ///
    /// Cochran, W. G. (1977). Sampling Techniques, 3rd edition, section 5.3.
    fn stratified_mean(&self, strata: impl Iterator<Item = (u32, Vec<f64>)>) -> Option<f64> {
        let trim = if self.environments == Environments::Fresh { Trim::NONE } else { self.trim };
        let (mut sum, mut weights) = (0.0, 0.0);
        for (stratum, values) in strata {
            let Some(mean) = trimmed_mean(&values, trim) else { continue };
            let weight = f64::from(self.shares.get(stratum as usize).copied().unwrap_or(1));
            sum += weight * mean;
            weights += weight;
        }
        (weights > 0.0).then(|| sum / weights)
    }

    fn metric(&self, average: Milliseconds, durations: &[f64]) -> Option<Milliseconds> {
        match self.metric.quantile() {
            None => Some(average),
            Some(p) => {
                quantile(durations, p).filter(|_| durations.len() >= self.metric.fewest_samples()).map(Milliseconds)
            }
        }
    }
}

/// At most so many samples, evenly spread.
fn thinned(strata: &Strata, keep: usize) -> Vec<Sample> {
    let all: Vec<Sample> = strata.samples().copied().collect();
    let kept = keep.min(all.len());
    (0..kept).filter_map(|number| all.get(number * all.len() / kept)).copied().collect()
}

impl Statistics {
    /// The number of samples.
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
            Measured::Infeasible(_) | Measured::NoSamples | Measured::Refused(_) => None,
        }
    }

    /// The same with what a later round of a search has measured at this memory size. Durations that the client timed
    /// are not mixed with reported ones.
    #[must_use]
    pub fn and_later(self, later: Self, estimator: &Estimator) -> Self {
        let source = |m: &Self| m.statistics().map(|statistics| statistics.source);
        let (series, source) = match (source(&self), source(&later)) {
            (Some(Source::Client), Some(other)) if other != Source::Client => (later.series, other),
            (Some(one), Some(Source::Client)) if one != Source::Client => (self.series, one),
            (one, other) => {
                let either = [one, other].into_iter().flatten();
                let source = either.reduce(|one, other| if one == Source::Report { other } else { one });
                ([self.series, later.series].concat(), source.unwrap_or_default())
            }
        };
        let failed = [self.result, later.result].into_iter().find(|result| !matches!(result, Measured::Samples(_)));
        let measured = || estimator.estimate(&series, source).map(|statistics| Measured::Samples(Box::new(statistics)));
        let mut spent = self.spent;
        spent += later.spent;
        Self {
            value: self.value,
            result: failed.or_else(measured).unwrap_or(Measured::NoSamples),
            spent,
            max_memory_used: self.max_memory_used.max(later.max_memory_used),
            executor_calls: self.executor_calls + later.executor_calls,
            retries: self.retries + later.retries,
            series,
        }
    }

    /// The cost of all invocations of this memory size.
    #[must_use]
    pub fn total_cost(&self, price: GbSecondPrice) -> Usd {
        price.cost(self.value, BilledMilliseconds(self.spent.billed.0 + self.spent.timed.0))
    }

    /// Why this value was left out, if it was: what happened, how often, and in the function's own words.
    #[must_use]
    pub fn exclusion(&self) -> Option<String> {
        match &self.result {
            Measured::Samples(statistics) if statistics.metric.is_some() => None,
            Measured::Samples(_) => Some("there are too few samples for the metric".to_owned()),
            Measured::Infeasible(why) => {
                let share = match why {
                    Infeasible::FunctionError => share(self.spent.raised()),
                    Infeasible::ErrorProne => share(self.spent.failed()),
                    _ => String::new(),
                };
                Some(format!("{why}{share} ({})", self.spent.endings()))
            }
            // Any other sample counts.
            Measured::NoSamples if self.spent.reported() > self.spent.failed().errors => {
                Some("no invocation reported a cold start".to_owned())
            }
            Measured::NoSamples => Some("no invocation could be measured".to_owned()),
            Measured::Refused(reason) => Some(format!("it could not be set ({reason})")),
        }
    }
}

/// The share of the invocations that failed, as the end of a sentence.
fn share(failed: Failed) -> String {
    format!(", in {:.0} % of its invocations", failed.share() * 100.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::measure::sample::Start;

    fn sample(duration: f64, cold_start: Option<f64>) -> Sample {
        let start = cold_start.map_or(Start::Warm, |ms| Start::Cold(Milliseconds(ms)));
        Sample { start, ..Sample::warm(duration) }
    }

    fn one(samples: &[Sample]) -> Strata {
        samples.iter().map(|sample| (0, *sample)).collect()
    }

    fn estimator() -> Estimator {
        Estimator {
            shares: vec![10],
            environments: Environments::Reused,
            trim: Trim::DEFAULT,
            metric: Metric::Average,
            keep: 0,
        }
    }

    fn estimate(estimator: &Estimator, samples: &[Sample]) -> Statistics {
        estimator.estimate(&[one(samples)], Source::Report).unwrap()
    }

    #[test]
    fn cold_samples_do_not_enter_the_averages_of_warm_ones() {
        let samples = [sample(900.0, Some(300.0)), sample(10.0, None), sample(11.0, None), sample(12.0, None)];
        let statistics = estimate(&estimator(), &samples);
        assert_eq!((statistics.basis, statistics.average_duration), (Basis::Warm, Milliseconds(11.0)));
        assert_eq!(statistics.cold.unwrap().mean, 900.0);
        assert_eq!(statistics.init_duration.unwrap().mean, 300.0);
        assert_eq!(statistics.samples(), 4);
    }

    #[test]
    fn with_too_few_warm_samples_the_averages_speak_of_all() {
        let samples = [sample(30.0, Some(1.0)), sample(10.0, None), sample(20.0, None)];
        let statistics = estimate(&Estimator { trim: Trim::NONE, ..estimator() }, &samples);
        assert_eq!((statistics.basis, statistics.average_duration), (Basis::All, Milliseconds(20.0)));
        assert_eq!(estimate(&estimator(), &[sample(5.0, None)]).basis, Basis::Warm);
        assert_eq!(estimator().estimate(&[], Source::Report), None);
    }

    #[test]
    fn of_cold_starts_the_durations_include_the_start_and_nothing_is_dropped() {
        let fresh = Estimator { environments: Environments::Fresh, ..estimator() };
        let samples: Vec<Sample> = (1..=5).map(|i| sample(f64::from(i), Some(100.0))).collect();
        let statistics = estimate(&fresh, &[samples, vec![sample(9999.0, None)]].concat());
        assert_eq!((statistics.basis, statistics.average_duration), (Basis::Cold, Milliseconds(103.0)));
        assert_eq!(fresh.estimate(&[one(&[sample(1.0, None)])], Source::Report), None);
    }

    #[test]
    fn trimming_does_not_throw_away_a_whole_payload() {
        // One invocation in five gets the slow payload: over all samples a trim of 0.2 would drop it.
        let strata: Strata =
            [(0, 10.0); 8].into_iter().chain([(1, 1000.0); 2]).map(|(s, ms)| (s, sample(ms, None))).collect();
        let weighted = Estimator { shares: vec![8, 2], ..estimator() };
        let statistics = weighted.estimate(&[strata], Source::Report).unwrap();
        assert_eq!(statistics.average_duration, Milliseconds(208.0));
    }

    #[test]
    fn a_payload_whose_samples_are_missing_does_not_change_the_weights_of_the_others() {
        let strata: Strata =
            [(0, 10.0), (0, 10.0), (1, 100.0)].map(|(s, ms)| (s, sample(ms, None))).into_iter().collect();
        let weighted = Estimator { shares: vec![5, 5, 5], ..estimator() };
        let statistics = weighted.estimate(&[strata], Source::Report).unwrap();
        assert_eq!((statistics.average_duration, statistics.payloads_without_samples), (Milliseconds(55.0), 1));
    }

    #[test]
    fn a_payload_without_warm_samples_makes_cold_ones_count_too() {
        let strata: Strata =
            [(0, sample(500.0, Some(100.0)))].into_iter().chain([(1, sample(10.0, None)); 9]).collect();
        let weighted = Estimator { shares: vec![1, 9], ..estimator() };
        assert_eq!(weighted.estimate(&[strata], Source::Report).unwrap().basis, Basis::All);
    }

    #[test]
    fn the_memory_used_is_known_of_the_samples_that_count_and_of_each_payload() {
        let used = |mb, sample: Sample| Sample { memory_used: Some(mb), ..sample };
        let cold = (0, used(40, sample(30.0, Some(1.0))));
        let warm = [(0, 55), (0, 55), (1, 90), (1, 90)].map(|(stratum, mb)| (stratum, used(mb, sample(10.0, None))));
        let strata: Strata = [cold].into_iter().chain(warm).collect();
        let weighted = Estimator { shares: vec![3, 2], ..estimator() };
        let statistics = weighted.estimate(&[strata], Source::Report).unwrap();
        assert_eq!(statistics.least_memory_used, Some(55));
        assert_eq!(statistics.memory_by_payload, [Some(55), Some(90)]);
        let one = estimate(&estimator(), &[sample(10.0, None)]);
        assert_eq!((one.least_memory_used, one.memory_by_payload.len()), (None, 0));
    }

    #[test]
    fn a_quantile_is_the_metric_only_of_enough_samples() {
        let samples: Vec<Sample> = (0..=30).map(|i| sample(f64::from(i), None)).collect();
        let p90 = Estimator { metric: Metric::P90, ..estimator() };
        assert_eq!(estimate(&p90, &samples).metric, Some(Milliseconds(27.0)));
        assert_eq!(estimate(&p90, &samples[..29]).metric, None);
        assert_eq!(estimate(&estimator(), &samples).metric, Some(Milliseconds(15.0)));
    }

    #[test]
    fn a_value_that_was_left_out_says_what_happened_how_often_and_in_whose_words() {
        let mut spent = Spent { invocations: 4, ..Spent::default() };
        spent.errors.record("Runtime.OutOfMemory", Some("signal: killed"));
        let measurement = Measurement {
            value: Power::MIN,
            result: Measured::Infeasible(Infeasible::OutOfMemory),
            spent,
            max_memory_used: None,
            executor_calls: 1,
            retries: 0,
            series: Vec::new(),
        };
        let expected = "the function ran out of memory (of 4 invocations, 1 x Runtime.OutOfMemory: signal: killed)";
        assert_eq!(measurement.exclusion().unwrap(), expected);
        let excluded = |why, raised| {
            let mut spent = Spent { invocations: 8, raised, ..Spent::default() };
            spent.errors.record("ValueError", None);
            spent.errors.record("ValueError", None);
            Measurement { result: Measured::Infeasible(why), spent, ..measurement.clone() }.exclusion().unwrap()
        };
        assert_eq!(
            [excluded(Infeasible::FunctionError, 1), excluded(Infeasible::ErrorProne, 0)],
            [
                "the function raised errors, in 12 % of its invocations (of 8 invocations, 2 x ValueError)",
                "the function raised errors clearly more often than at other memory sizes, in 25 % of its invocations \
                 (of 8 invocations, 2 x ValueError)"
            ]
        );
    }

    proptest! {
        #[test]
        fn kept_samples_are_evenly_spread_and_never_more_than_allowed(n in 1usize..500, keep in 0usize..100) {
            let samples: Vec<Sample> = (0..n).map(|i| sample(i as f64, None)).collect();
            let kept = thinned(&one(&samples), keep);
            prop_assert_eq!(kept.len(), keep.min(n));
            for pair in kept.windows(2) {
                let gap = pair[1].duration.0 - pair[0].duration.0;
                prop_assert!(gap >= (n / keep.max(1)).max(1) as f64 && gap <= (n / keep.max(1)) as f64 + 1.0, "{}", gap);
            }
        }
    }
}
