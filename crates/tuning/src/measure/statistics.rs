//! Statistics of a set of numbers.

use serde::{Deserialize, Serialize};

use crate::measure::metric::Metric;

/// The share of samples that a trimmed mean drops at each end.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Trim(f64);

impl Trim {
    /// As the reference tool: a fifth at each end.
    pub const DEFAULT: Self = Self(0.2);
    /// Nothing is dropped.
    pub const NONE: Self = Self(0.0);
    /// The most that can be dropped at each end.
    pub const MAX: f64 = 0.4;

    /// A share, brought into 0..=0.4 as the reference tool does it.
    #[must_use]
    pub fn clamped(share: f64) -> Self {
        Self(share.clamp(0.0, Self::MAX))
    }

    /// The number of samples out of `n` that are dropped at each end: the integer part of `n` x share.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 <= n x share < n")]
    fn dropped(self, n: usize) -> usize {
        (n as f64 * self.0) as usize
    }
}

/// The mean of what is left when the smallest and the largest values are dropped; `None` of nothing.
///
/// Tukey, J. W. (1962). The future of data analysis. Annals of Mathematical Statistics 33, section 14.
#[must_use]
pub fn trimmed_mean(values: &[f64], trim: Trim) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let dropped = trim.dropped(sorted.len());
    mean(sorted.get(dropped..sorted.len() - dropped)?)
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// What describes a set of durations, in ms.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// How many there are.
    pub n: usize,
    /// Arithmetic mean.
    pub mean: f64,
    /// Half of them are below.
    pub median: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// Standard deviation of the sample (n - 1); nothing can be said of it from a single value.
    pub standard_deviation: Option<f64>,
    /// What 90 % do not exceed, from 30 values on.
    pub p90: Option<f64>,
    /// What 95 % do not exceed, from 60 values on.
    pub p95: Option<f64>,
    /// What 99 % do not exceed, from 300 values on.
    pub p99: Option<f64>,
}

/// The value that a share `p` of the values does not exceed, linear between the two nearest ones; `None` of nothing.
///
/// Hyndman, R. J., and Fan, Y. (1996). Sample quantiles in statistical packages. The American Statistician 50,
/// definition 7.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 <= p x (n - 1) < n")]
pub fn quantile(values: &[f64], p: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let position = p.clamp(0.0, 1.0) * (sorted.len().checked_sub(1)?) as f64;
    let (below, above) = (*sorted.get(position.floor() as usize)?, *sorted.get(position.ceil() as usize)?);
    Some(below + (above - below) * position.fract())
}

impl Summary {
    /// Describes values; `None` of nothing.
    #[must_use]
    pub fn of(values: &[f64]) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (&min, &max) = (sorted.first()?, sorted.last()?);
        let mean = mean(&sorted)?;
        let median = quantile(&sorted, 0.5)?;
        let tail = |metric: Metric| {
            let enough = sorted.len() >= metric.fewest_samples();
            quantile(&sorted, metric.quantile()?).filter(|_| enough)
        };
        let squares: f64 = sorted.iter().map(|value| (value - mean).powi(2)).sum();
        let standard_deviation = (sorted.len() > 1).then(|| (squares / (sorted.len() - 1) as f64).sqrt());
        let (p90, p95, p99) = (tail(Metric::P90), tail(Metric::P95), tail(Metric::P99));
        Some(Self { n: sorted.len(), mean, median, min, max, standard_deviation, p90, p95, p99 })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_integer_part_of_the_share_is_dropped_at_both_ends() {
        let values = [100.0, 1.0, 2.0, 3.0, 4.0, 0.0, 5.0];
        assert_eq!(trimmed_mean(&values, Trim::clamped(0.2)), Some(3.0));
        assert_eq!(trimmed_mean(&values, Trim::clamped(0.1)), Some(115.0 / 7.0));
        assert_eq!(trimmed_mean(&values, Trim::clamped(9.0)), Some(3.0));
        assert_eq!(trimmed_mean(&[], Trim::DEFAULT), None);
    }

    #[test]
    fn a_summary_describes_its_values() {
        let summary = Summary::of(&[4.0, 1.0, 3.0, 2.0]).unwrap();
        assert_eq!((summary.n, summary.mean, summary.median, summary.min, summary.max), (4, 2.5, 2.5, 1.0, 4.0));
        assert!((summary.standard_deviation.unwrap() - (5.0_f64 / 3.0).sqrt()).abs() < 1e-12);
        assert_eq!(Summary::of(&[7.0]).unwrap().standard_deviation, None);
        assert_eq!(Summary::of(&[]), None);
    }

    #[test]
    fn a_quantile_of_the_tail_takes_enough_values() {
        let summary = |n: u32| Summary::of(&(0..n).map(f64::from).collect::<Vec<_>>()).unwrap();
        assert_eq!((summary(29).p90, summary(31).p90, summary(31).p95), (None, Some(27.0), None));
        assert_eq!((summary(61).p95, summary(61).p99, summary(301).p99), (Some(57.0), None, Some(297.0)));
    }

    #[test]
    fn a_quantile_lies_between_the_nearest_values() {
        assert_eq!(quantile(&[4.0, 1.0, 3.0, 2.0], 0.5), Some(2.5));
        assert_eq!((quantile(&[7.0], 0.9), quantile(&[], 0.5)), (Some(7.0), None));
    }

    proptest! {
        #[test]
        fn a_trimmed_mean_holds_its_definition(mut values in prop::collection::vec(0.0..1e6, 1..200), share in -1.0..2.0) {
            let trimmed = trimmed_mean(&values, Trim::clamped(share)).unwrap();
            values.sort_by(f64::total_cmp);
            let mut n = 0;
            while (n + 1) as f64 <= values.len() as f64 * share.clamp(0.0, 0.4) { n += 1; }
            let kept: Vec<f64> = values.iter().copied().skip(n).take(values.len() - 2 * n).collect();
            let expected = kept.iter().sum::<f64>() / kept.len() as f64;
            prop_assert!((trimmed - expected).abs() <= 1e-9 * expected.max(1.0));
            prop_assert!(trimmed >= values[0] - 1e-6 && trimmed <= values[values.len() - 1] + 1e-6);
        }

        #[test]
        fn the_order_of_samples_does_not_matter(mut values in prop::collection::vec(0.0..1e6, 1..50), share in 0.0..0.4) {
            let one = trimmed_mean(&values, Trim::clamped(share));
            let summary = Summary::of(&values);
            values.reverse();
            prop_assert_eq!(one, trimmed_mean(&values, Trim::clamped(share)));
            prop_assert_eq!(summary, Summary::of(&values));
        }
    }
}
