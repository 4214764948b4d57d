//! Comparing two memory sizes: by how much one is cheaper or faster, and whether the samples tell them apart at all.

use serde::{Deserialize, Serialize};

use crate::{
    measure::{
        interval::{NORMAL, log_variance},
        lane::{LaneSummary, pooled_deviation, variance},
    },
    units::{milliseconds::Milliseconds, power::Power},
};

/// A ratio of two averages. The two can not be told apart where the interval holds 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Ratio {
    /// The estimate.
    pub ratio: f64,
    /// Lower end of its 95 % confidence interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Whether the interval leaves out 1.
    pub distinguishable: bool,
}

impl Ratio {
    /// A ratio with its interval.
    #[must_use]
    pub fn of(ratio: f64, low: f64, high: f64) -> Self {
        Self { ratio, low, high, distinguishable: low > 1.0 || high < 1.0 }
    }
}

/// A memory size as it is compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Compared<'a> {
    /// The memory size.
    pub power: Power,
    /// The summaries of its environments.
    pub lanes: &'a [LaneSummary],
    /// Its average duration.
    pub duration: Milliseconds,
    /// The time that an invocation is billed, in ms, in the mean.
    pub billed: f64,
}

impl Compared<'_> {
    /// Billed milliseconds x MB of an average invocation if its duration were another by this factor: whole
    /// milliseconds, as
    /// `cost` in the output has them.
    fn cost(self, factor: f64) -> f64 {
        let added = (self.duration.0 * factor).ceil() - self.duration.0.ceil();
        (self.billed + added).ceil().max(1.0) * f64::from(self.power.megabytes())
    }
}

/// The 80 % quantile of the normal distribution: a real difference is to be found four times out of five.
const POWER_OF_TEST: f64 = 0.841_621;
/// More invocations than that are not worth it.
const MOST_INVOCATIONS: f64 = 10_000.0;

/// Duration of the first by that of the second; `None` where one has no lanes.
#[must_use]
pub fn duration_ratio(one: Compared<'_>, other: Compared<'_>) -> Option<Ratio> {
    ratio(one.lanes, other.lanes)
}

/// Cost of the first by that of the second: of what an average invocation is billed, as `cost` in the output; `None`
/// where one has no lanes. The interval is that of the durations, half of the way from the averages on either side,
/// brought up to whole milliseconds: of a function of a few milliseconds, a little more time may cost much more or
/// nothing more. It holds the ratio.
#[must_use]
pub fn cost_ratio(one: Compared<'_>, other: Compared<'_>) -> Option<Ratio> {
    let durations = duration_ratio(one, other)?;
    let averages = one.duration.0 / other.duration.0;
    let at = |ratio: f64| {
        let half = (ratio / averages).sqrt();
        one.cost(half) / other.cost(1.0 / half)
    };
    let ratio = one.cost(1.0) / other.cost(1.0);
    Some(Ratio::of(ratio, at(durations.low).min(ratio), at(durations.high).max(ratio)))
}

/// The number of invocations of each of the two that would tell apart a difference of this size with a probability of
/// 80 %; `None` where that is hopeless.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 0 and 10,000")]
pub fn invocations_to_tell_apart(ratio: Ratio, one: &[LaneSummary], other: &[LaneSummary]) -> Option<u32> {
    let difference = Some(ratio.ratio.ln().abs()).filter(|difference| *difference > f64::EPSILON)?;
    let per_lane = [one, other].into_iter().flatten().map(|lane| f64::from(lane.samples)).sum::<f64>()
        / (one.len() + other.len()) as f64;
    let of_a_lane = |lanes: &[LaneSummary]| match log_variance(lanes) {
        Some(measured) if lanes.len() >= FEWEST_TO_RANK => measured,
        _ => variance(lanes, pooled_deviation(lanes)) * lanes.len() as f64,
    };
    let lanes = (NORMAL + POWER_OF_TEST).powi(2) * (of_a_lane(one) + of_a_lane(other)) / difference.powi(2);
    // The first invocation of each lane is cold, and counts for nothing.
    let invocations = (lanes.ceil().max(FEWEST_TO_RANK as f64 + 1.0)) * (per_lane + 1.0);
    (invocations <= MOST_INVOCATIONS).then_some(invocations.ceil() as u32)
}

/// With fewer lanes on one side, no ranking of theirs is surprising enough.
const FEWEST_TO_RANK: usize = 4;

/// A ratio with its 95 % interval. From 4 lanes each on by ranks, else by the usual deviation between environments.
fn ratio(one: &[LaneSummary], other: &[LaneSummary]) -> Option<Ratio> {
    let logarithms = |lanes: &[LaneSummary]| lanes.iter().map(|lane| lane.duration.0.ln()).collect::<Vec<f64>>();
    let (a, b) = (logarithms(one), logarithms(other));
    let mut differences: Vec<f64> = a.iter().flat_map(|a| b.iter().map(move |b| a - b)).collect();
    if differences.is_empty() || differences.iter().any(|difference| !difference.is_finite()) {
        return None;
    }
    differences.sort_by(f64::total_cmp);
    let estimate = median(&differences);
    let (low, high) = if one.len().min(other.len()) >= FEWEST_TO_RANK {
        let outside = ranks_outside(one.len(), other.len());
        (differences[outside], differences[differences.len() - 1 - outside])
    } else {
        let deviation = pooled_deviation(one.iter().chain(other));
        let width = NORMAL * (variance(one, deviation) + variance(other, deviation)).sqrt();
        (estimate - width, estimate + width)
    };
    let [ratio, low, high] = [estimate, low, high].map(f64::exp);
    Some(Ratio::of(ratio, low, high))
}

fn median(sorted: &[f64]) -> f64 {
    f64::midpoint(sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2])
}

/// The number of the smallest, and of the largest, differences that lie outside of a 95 % interval of the shift between
/// two sets: the largest k with P(U <= k) <= 2.5 %, where U is the Mann-Whitney statistic under the null hypothesis.
/// The interval then leaves out 0 exactly when the two-sided test rejects.
///
/// Hodges, J. L., and Lehmann, E. L. (1963). Estimates of location based on rank tests. Annals of Mathematical
/// Statistics 34. The exact distribution: Mann, H. B., and Whitney, D. R. (1947). Annals of Mathematical Statistics 18.
fn ranks_outside(n: usize, m: usize) -> usize {
    let counts = mann_whitney_counts(n, m);
    let total: f64 = counts.iter().sum();
    let mut cumulated = 0.0;
    let unlikely = counts.iter().take_while(|count| {
        cumulated += **count;
        cumulated / total <= 0.025
    });
    unlikely.count().saturating_sub(1)
}

/// In how many of the orders of n + m values the Mann-Whitney statistic is 0, 1, 2, …: the coefficients of the Gaussian
/// binomial coefficient (n + m over n).
fn mann_whitney_counts(n: usize, m: usize) -> Vec<f64> {
    // counts[j] are those of i values against j; a value more of the first set is either the largest of all, above j
    // others, or it is not.
    let mut counts: Vec<Vec<f64>> = vec![vec![1.0]; m + 1];
    for i in 1..=n {
        let mut next: Vec<Vec<f64>> = vec![vec![1.0]];
        for j in 1..=m {
            let mut sum = vec![0.0; i * j + 1];
            for (u, count) in counts[j].iter().enumerate() {
                sum[u + j] += count;
            }
            for (u, count) in next[j - 1].iter().enumerate() {
                sum[u] += count;
            }
            next.push(sum);
        }
        counts = next;
    }
    counts.pop().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::units::milliseconds::Milliseconds;

    fn lanes(durations: &[f64]) -> Vec<LaneSummary> {
        let lane =
            |&ms: &f64| LaneSummary { samples: 2, duration: Milliseconds(ms), deviation: Some(0.05), drift: None };
        durations.iter().map(lane).collect()
    }

    fn compared(mb: u32, lanes: &[LaneSummary]) -> Compared<'_> {
        let duration = lanes.iter().map(|lane| lane.duration.0).sum::<f64>() / lanes.len().max(1) as f64;
        Compared { power: Power::new(mb).unwrap(), lanes, duration: Milliseconds(duration), billed: duration.ceil() }
    }

    #[test]
    fn costs_are_compared_as_they_are_billed() {
        // 1 ms is billed for 0.6 ms, 2 ms for 1.3 ms, as long as the samples are that sure.
        let (short, long) = (lanes(&[0.6, 0.61, 0.59, 0.6, 0.6]), lanes(&[1.3, 1.31, 1.29, 1.3, 1.3]));
        let ratio = cost_ratio(compared(512, &short), compared(512, &long)).unwrap();
        assert_eq!((ratio.ratio, ratio.low, ratio.high, ratio.distinguishable), (0.5, 0.5, 0.5, true));
        // 1.98 and 2.02 ms are billed 2 and 3 ms, and nobody knows which is which.
        let (one, other) = (lanes(&[1.98, 2.05, 1.9, 2.0, 1.97]), lanes(&[2.02, 2.1, 1.95, 2.0, 2.03]));
        let ratio = cost_ratio(compared(512, &one), compared(512, &other)).unwrap();
        assert!(ratio.ratio < 0.7 && !ratio.distinguishable, "{ratio:?}");
    }

    #[test]
    fn the_exact_distribution_is_that_of_the_tables() {
        // Of 252 orders of 5 + 5 values, U is 0, 1, 2 in 1, 1, 2: 1.6 %; with 3 (3 more) it is 2.8 %.
        assert_eq!(mann_whitney_counts(5, 5)[..4], [1.0, 1.0, 2.0, 3.0]);
        assert_eq!(mann_whitney_counts(5, 5).iter().sum::<f64>(), 252.0);
        // Critical values of Mann and Whitney, two-sided 5 %: U <= 2 for 5 and 5, 0 for 4 and 4, 23 for 10 and 10.
        assert_eq!((ranks_outside(5, 5), ranks_outside(4, 4), ranks_outside(10, 10)), (2, 0, 23));
    }

    #[test]
    fn clearly_different_values_are_told_apart() {
        let (fast, slow) = (lanes(&[50.0, 51.0, 52.0, 51.5, 50.5]), lanes(&[100.0, 101.0, 99.0, 102.0, 98.0]));
        let ratio = duration_ratio(compared(1024, &fast), compared(512, &slow)).unwrap();
        assert!(ratio.distinguishable && (ratio.ratio - 0.51).abs() < 0.01, "{ratio:?}");
        let cost = cost_ratio(compared(1024, &fast), compared(512, &slow)).unwrap();
        assert!((cost.ratio - 1.02).abs() < 0.02 && cost.low < cost.ratio && cost.ratio < cost.high, "{cost:?}");
    }

    #[test]
    fn two_lanes_do_not_tell_a_few_percent_apart() {
        let (one, other) = (lanes(&[100.0]), lanes(&[104.0]));
        let ratio = duration_ratio(compared(512, &one), compared(512, &other)).unwrap();
        assert!(!ratio.distinguishable, "{ratio:?}");
        let more = invocations_to_tell_apart(ratio, &one, &other).unwrap();
        assert!((20..200).contains(&more), "{more}");
        assert_eq!(duration_ratio(compared(512, &one), compared(512, &[])), None);
    }

    #[test]
    fn equal_values_are_hopeless_to_tell_apart() {
        let same = lanes(&[100.0, 100.0, 100.0, 100.0]);
        let ratio = duration_ratio(compared(512, &same), compared(512, &same)).unwrap();
        assert_eq!((ratio.distinguishable, invocations_to_tell_apart(ratio, &same, &same)), (false, None));
    }

    proptest! {
        #[test]
        fn the_interval_holds_the_estimate_and_turns_round_with_the_sides(
            one in prop::collection::vec(0.1..1e4, 1..12), other in prop::collection::vec(0.1..1e4, 1..12)
        ) {
            let (one, other) = (lanes(&one), lanes(&other));
            let ratio = duration_ratio(compared(512, &one), compared(512, &other)).unwrap();
            let turned = duration_ratio(compared(512, &other), compared(512, &one)).unwrap();
            prop_assert!(ratio.low <= ratio.ratio && ratio.ratio <= ratio.high);
            prop_assert!((ratio.ratio * turned.ratio - 1.0).abs() < 1e-9);
            prop_assert!((ratio.low * turned.high - 1.0).abs() < 1e-9);
            prop_assert_eq!(ratio.distinguishable, turned.distinguishable);
            let cost = cost_ratio(compared(512, &one), compared(1024, &other)).unwrap();
            let turned = cost_ratio(compared(1024, &other), compared(512, &one)).unwrap();
            prop_assert!(cost.low <= cost.ratio && cost.ratio <= cost.high);
            prop_assert!((cost.ratio * turned.ratio - 1.0).abs() < 1e-9);
            prop_assert_eq!(cost.distinguishable, turned.distinguishable);
        }
    }
}
