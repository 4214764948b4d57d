//! Lanes: what the samples of one execution environment say together.
//!
//! Invocations of the same environment share what makes it fast or slow, so that the environment, and not the
//! invocation, is the unit of every interval and every comparison.

use serde::{Deserialize, Serialize};

use crate::{
    measure::{
        sample::{Sample, Strata},
        statistics::{Trim, quantile, trimmed_mean},
    },
    units::milliseconds::Milliseconds,
};

/// The most lanes of a memory size that are kept for comparing it with others.
pub const MOST_KEPT: usize = 10;
/// So many times as long as the next ones of its environment takes an invocation that is suspected to have started it.
pub const MANY_TIMES: f64 = 5.0;

/// The way in which invocations share environments, or do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Environments {
    /// All invocations of a memory size go to one version, whose environments are warm from the second invocation on.
    #[default]
    Reused,
    /// `onlyColdStarts`: each invocation goes to a version of its own, so that each starts an environment.
    Fresh,
}

/// A series of invocations on one execution environment, summarised. In JSON `[samples, duration, deviation, drift]`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(from = "Compact", into = "Compact")]
pub struct LaneSummary {
    /// The number of samples that it holds.
    pub samples: u32,
    /// Their trimmed mean, of a weighted list the weighted mean of the payloads' trimmed means.
    pub duration: Milliseconds,
    /// The distance of the logarithms of the durations from their median: the median of the distances, made larger by
    /// sqrt(n / (n - 1)), because the median is of the same n samples. Nothing can be said of single samples.
    pub deviation: Option<f64>,
    /// The drift of the durations: ln of the mean of the later half over the mean of the earlier half, without the
    /// middle one. Of functions that warm up it is negative. Nothing can be said of single samples, nor of several
    /// payloads.
    pub drift: Option<f64>,
}

type Compact = (u32, Milliseconds, Option<f64>, Option<f64>);

impl From<Compact> for LaneSummary {
    fn from((samples, duration, deviation, drift): Compact) -> Self {
        Self { samples, duration, deviation, drift }
    }
}

impl From<LaneSummary> for Compact {
    fn from(lane: LaneSummary) -> Self {
        let rounded = |value: f64, digits: f64| (value * digits).round() / digits;
        // A nanosecond and a millionth: what comes behind only takes room in the state of the execution.
        let duration = Milliseconds(rounded(lane.duration.0, 1e6));
        let rounded_off = |value: Option<f64>| value.map(|value| rounded(value, 1e6));
        (lane.samples, duration, rounded_off(lane.deviation), rounded_off(lane.drift))
    }
}

impl LaneSummary {
    /// Summarises the durations of a lane's warm invocations in their order, in ms; `None` of nothing.
    #[must_use]
    pub fn of(durations: &[f64]) -> Option<Self> {
        Some(Self {
            samples: u32::try_from(durations.len()).ok()?,
            duration: Milliseconds(trimmed_mean(durations, Trim::DEFAULT)?),
            deviation: quantile(&distances(durations), 0.5),
            drift: drift(durations),
        })
    }

    /// Summarises the warm samples of a lane. `weights` has one for each payload; a lane that lacks one of them cannot
    /// be compared with others, and has no summary.
    #[must_use]
    pub fn of_warm(samples: &Strata, weights: &[u32]) -> Option<Self> {
        let warm: Vec<(u32, Vec<f64>)> = samples
            .iter()
            .map(|(stratum, samples)| (stratum, durations(samples)))
            .filter(|(_, durations)| !durations.is_empty())
            .collect();
        match warm.as_slice() {
            [(_, durations)] if weights.len() <= 1 => Self::of(durations),
            several if several.len() < weights.len() => None,
            several => Self::of_payloads(several, weights),
        }
    }

    fn of_payloads(warm: &[(u32, Vec<f64>)], weights: &[u32]) -> Option<Self> {
        let (mut sum, mut total) = (0.0, 0.0);
        for (stratum, durations) in warm {
            let weight = f64::from(weights.get(*stratum as usize).copied().unwrap_or(1));
            sum += weight * trimmed_mean(durations, Trim::DEFAULT)?;
            total += weight;
        }
        let distances: Vec<f64> = warm.iter().flat_map(|(_, durations)| distances(durations)).collect();
        Some(Self {
            samples: u32::try_from(warm.iter().map(|(_, durations)| durations.len()).sum::<usize>()).ok()?,
            duration: Some(Milliseconds(sum / total)).filter(|_| total > 0.0)?,
            deviation: quantile(&distances, 0.5),
            drift: None,
        })
    }

    /// Returns true if it says something about the duration.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.samples > 0 && self.duration.0.is_normal() && self.duration.0 > 0.0
    }

    /// A cold start is a lane of its own: no two share an environment.
    #[must_use]
    pub fn of_cold(sample: &Sample) -> Self {
        Self { samples: 1, duration: sample.total(), deviation: None, drift: None }
    }
}

/// Returns true if the first invocation of an environment took so much longer than the next ones with the same payload
/// that it must have started the environment, although its report does not say so: Lambda does not say it where it has
/// given up the initialisation and repeated it within the invocation.
#[must_use]
pub fn is_suspected_start(first: &Sample, next: &[Sample]) -> bool {
    quantile(&durations(next), 0.5).is_some_and(|usual| !first.is_cold() && first.duration.0 > MANY_TIMES * usual)
}

fn durations(samples: &[Sample]) -> Vec<f64> {
    samples.iter().filter(|sample| !sample.is_cold()).map(|sample| sample.duration.0).collect()
}

fn drift(durations: &[f64]) -> Option<f64> {
    let half = durations.len() / 2;
    let mean = |durations: &[f64]| durations.iter().sum::<f64>() / durations.len() as f64;
    let (earlier, later) = (durations.get(..half)?, durations.get(durations.len() - half..)?);
    (half > 0).then(|| (mean(later) / mean(earlier)).ln())
}

/// The distances of the logarithms from their median; none of a single value, nor of one that has no logarithm.
fn distances(durations: &[f64]) -> Vec<f64> {
    let n = durations.len() as f64;
    let logarithms: Vec<f64> = durations.iter().map(|duration| duration.ln()).filter(|ln| ln.is_finite()).collect();
    let Some(median) = quantile(&logarithms, 0.5).filter(|_| logarithms.len() > 1) else { return Vec::new() };
    logarithms.iter().map(|ln| (ln - median).abs() * (n / (n - 1.0)).sqrt()).collect()
}

/// The deviation within environments: the pooled median distance, as a standard deviation of the logarithm. 1.4826 is
/// what makes it one for a normal distribution (Rousseeuw and Croux 1993, Journal of the American Statistical
/// Association 88).
///
/// It is kept in 0.01..=0.4, and 0.06 stands in where there are fewer than 4 samples to pool.
#[must_use]
pub fn pooled_deviation<'a>(lanes: impl IntoIterator<Item = &'a LaneSummary>) -> f64 {
    const NORMAL: f64 = 1.4826;
    let mut pooled: Vec<(f64, u32)> =
        lanes.into_iter().filter_map(|lane| Some((lane.deviation?, lane.samples))).collect();
    let total: u32 = pooled.iter().map(|(_, samples)| *samples).fold(0, u32::saturating_add);
    if total < 4 {
        return 0.06;
    }
    pooled.sort_by(|a, b| a.0.total_cmp(&b.0));
    (NORMAL * weighted_median(&pooled, total)).clamp(0.01, 0.4)
}

/// The median of values that each stand for several samples.
fn weighted_median(sorted: &[(f64, u32)], total: u32) -> f64 {
    let at = |rank: u32| {
        let mut before = 0;
        let holding = sorted.iter().find(|(_, samples)| {
            before += samples;
            rank < before
        });
        holding.or(sorted.last()).map_or(0.0, |(value, _)| *value)
    };
    f64::midpoint(at((total - 1) / 2), at(total / 2))
}

/// Variance of the logarithm of a memory size's duration: 3.5 % between environments, and what is left of the deviation
/// within them. 1.3 is what a trimmed mean loses against a mean of normal samples.
#[must_use]
pub fn variance(lanes: &[LaneSummary], deviation: f64) -> f64 {
    const BETWEEN_ENVIRONMENTS: f64 = 0.035;
    const TRIMMED: f64 = 1.3;
    let samples: u32 = lanes.iter().map(|lane| lane.samples).sum();
    let (lanes, samples) = (lanes.len().max(1) as f64, f64::from(samples.max(1)));
    BETWEEN_ENVIRONMENTS.powi(2) / lanes + TRIMMED * deviation.powi(2) / samples
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::sample::Start;

    fn lane(samples: u32, ms: f64, deviation: Option<f64>) -> LaneSummary {
        LaneSummary { samples, duration: Milliseconds(ms), deviation, drift: None }
    }

    fn strata(samples: &[(u32, f64)]) -> Strata {
        samples.iter().map(|(stratum, ms)| (*stratum, Sample::warm(*ms))).collect()
    }

    #[test]
    fn a_lane_is_its_trimmed_mean_and_its_scatter() {
        let summary = LaneSummary::of_warm(&strata(&[(0, 100.0), (0, 110.0)]), &[10]).unwrap();
        assert_eq!((summary.samples, summary.duration), (2, Milliseconds(105.0)));
        let expected = (1.1_f64.ln() / 2.0) * 2.0_f64.sqrt();
        assert!((summary.deviation.unwrap() - expected).abs() < 1e-12);
        assert!((summary.drift.unwrap() - 1.1_f64.ln()).abs() < 1e-12);
        assert_eq!(LaneSummary::of_warm(&strata(&[(0, 100.0)]), &[10]).unwrap().deviation, None);
        assert_eq!(LaneSummary::of_warm(&Strata::default(), &[10]), None);
    }

    #[test]
    fn payloads_count_by_their_weight_and_all_of_them_must_be_there() {
        let both = strata(&[(0, 100.0), (1, 400.0)]);
        assert_eq!(LaneSummary::of_warm(&both, &[1, 2]).unwrap().duration, Milliseconds(300.0));
        assert_eq!(LaneSummary::of_warm(&strata(&[(0, 100.0)]), &[1, 2]), None);
    }

    #[test]
    fn a_first_invocation_that_is_many_times_slower_than_the_next_ones_is_suspected() {
        let suspected = |first, next: &[f64]| {
            is_suspected_start(&Sample::warm(first), &next.iter().map(|ms| Sample::warm(*ms)).collect::<Vec<_>>())
        };
        assert!(suspected(7140.0, &[140.0, 141.0, 139.0]) && suspected(7140.0, &[140.0]));
        assert!(!suspected(400.0, &[140.0, 141.0, 139.0]) && !suspected(7140.0, &[]));
        // One slow invocation among the next ones, or a few fast ones, do not decide.
        assert!(suspected(7140.0, &[140.0, 9000.0, 139.0]) && !suspected(600.0, &[140.0, 140.0, 1.0]));
        let cold = Sample { start: Start::Cold(Milliseconds(10.0)), ..Sample::warm(7140.0) };
        assert!(!is_suspected_start(&cold, &[Sample::warm(140.0)]));
    }

    #[test]
    fn the_scatter_is_pooled_by_samples_and_kept_in_its_range() {
        let pooled = |lanes: &[LaneSummary]| pooled_deviation(lanes);
        assert_eq!(pooled(&[lane(3, 1.0, Some(0.1))]), 0.06);
        assert_eq!(pooled(&[lane(10, 1.0, Some(0.1)), lane(2, 1.0, Some(0.3))]), 0.148_26);
        assert_eq!((pooled(&[lane(10, 1.0, Some(0.0))]), pooled(&[lane(10, 1.0, Some(3.0))])), (0.01, 0.4));
    }

    #[test]
    fn more_environments_say_more_than_more_invocations() {
        let one = variance(&[lane(50, 1.0, None)], 0.05);
        let five = variance(&[lane(10, 1.0, None); 5], 0.05);
        assert!(five < one / 4.0, "{five} {one}");
    }

    #[test]
    fn a_lane_is_four_numbers() {
        let json = serde_json::to_string(&[lane(2, 105.5, Some(0.25)), lane(1, 7.0, None)]).unwrap();
        assert_eq!(json, "[[2,105.5,0.25,null],[1,7.0,null,null]]");
        assert_eq!(serde_json::from_str::<Vec<LaneSummary>>(&json).unwrap()[1], lane(1, 7.0, None));
    }
}
