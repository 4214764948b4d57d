//! Which power value wins.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{milliseconds::Milliseconds, power::Power, usd::Usd};

/// What "best" means, by the rules of the reference tool, and beyond them by a [`Tolerance`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Strategy {
    /// The cheapest; of equally cheap ones the faster.
    Cost,
    /// The fastest; of equally fast ones the cheaper.
    Speed,
    /// The least weight x cost / highest cost + (1 - weight) x duration / longest duration.
    Balanced {
        /// The weight of cost against duration.
        weight: Weight,
    },
}

/// The weight of cost in the balanced strategy: 0 is speed alone, 1 cost alone.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
#[serde(transparent)]
pub struct Weight(f64);

impl Weight {
    /// Cost and speed count alike.
    pub const DEFAULT: Self = Self(0.5);

    /// A weight, brought into 0..=1 as the reference tool does it.
    #[must_use]
    pub fn clamped(weight: f64) -> Self {
        Self(weight.clamp(0.0, 1.0))
    }

    /// The share of cost, 0..=1.
    #[must_use]
    pub fn of_cost(self) -> f64 {
        self.0
    }
}

/// Differences below this fraction do not matter: of the power values whose cost is within it of the cheapest the
/// fastest wins; for `speed`, of those whose duration is within it of the fastest, the cheapest. `balanced` weighs cost
/// and duration against each other already, so that it changes nothing there.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
#[serde(transparent)]
pub struct Tolerance(pub f64);

impl Tolerance {
    /// Every difference matters: the rule of the reference tool.
    pub const NONE: Self = Self(0.0);
    /// What a search allows, unless the caller says otherwise.
    pub const OF_A_SEARCH: Self = Self(0.02);

    /// Whether a value is no further above the least one than this allows. Means of equal samples differ by how they
    /// are rounded: that is no difference.
    #[must_use]
    pub fn covers(self, value: f64, least: f64) -> bool {
        const ROUNDING: f64 = 1e-12;
        value <= least * (1.0 + self.0 + ROUNDING)
    }
}

impl fmt::Display for Tolerance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // At most four decimals of a percentage, and none that says nothing.
        let percent = format!("{:.4}", self.0 * 100.0);
        write!(f, "{} %", percent.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// The rule behind every choice: of the items whose first value is within the tolerance of the least one, that with the
/// least second value; of several, that with the least first value, and then the first item.
#[must_use]
pub fn nearly_least<T: Copy>(
    items: &[T],
    tolerance: Tolerance,
    first: impl Fn(&T) -> f64,
    second: impl Fn(&T) -> f64,
) -> Option<T> {
    let least = items.iter().map(&first).min_by(f64::total_cmp)?;
    let near = items.iter().filter(|item| tolerance.covers(first(item), least));
    near.min_by(|a, b| second(a).total_cmp(&second(b)).then(first(a).total_cmp(&first(b)))).copied()
}

/// A power value that can win: what an average invocation costs and how long it takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// The memory size.
    pub power: Power,
    /// Cost of an average invocation.
    pub cost: Usd,
    /// Average duration.
    pub duration: Milliseconds,
}

impl Strategy {
    /// The winner by the rule of the reference tool; `None` when nothing can win.
    #[must_use]
    pub fn winner(self, candidates: &[Candidate]) -> Option<Candidate> {
        self.winner_within(candidates, Tolerance::NONE)
    }

    /// The winner where differences below a tolerance do not matter; `None` when nothing can win. Of candidates that
    /// are equal in everything the first one wins.
    #[must_use]
    pub fn winner_within(self, candidates: &[Candidate], tolerance: Tolerance) -> Option<Candidate> {
        let cost = |candidate: &Candidate| candidate.cost.0;
        let duration = |candidate: &Candidate| candidate.duration.0;
        match self {
            Self::Cost => nearly_least(candidates, tolerance, cost, duration),
            Self::Speed => nearly_least(candidates, tolerance, duration, cost),
            Self::Balanced { weight } => {
                let balance = Balance::of(weight, candidates);
                nearly_least(candidates, Tolerance::NONE, |candidate| balance.score(candidate), |_| 0.0)
            }
        }
    }

    /// The weight of cost; only the balanced strategy has one.
    #[must_use]
    pub fn weight(self) -> Option<Weight> {
        match self {
            Self::Cost | Self::Speed => None,
            Self::Balanced { weight } => Some(weight),
        }
    }

    /// The name that the input gives it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cost => "cost",
            Self::Speed => "speed",
            Self::Balanced { .. } => "balanced",
        }
    }
}

/// How the balanced strategy rates candidates: by their shares of the highest cost and of the longest duration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Balance {
    weight: f64,
    highest_cost: f64,
    longest: f64,
}

impl Balance {
    /// How these candidates are rated among each other.
    #[must_use]
    pub fn of(weight: Weight, candidates: &[Candidate]) -> Self {
        let largest = |value: fn(&Candidate) -> f64| candidates.iter().map(value).fold(f64::MIN_POSITIVE, f64::max);
        Self {
            weight: weight.of_cost(),
            highest_cost: largest(|candidate| candidate.cost.0),
            longest: largest(|candidate| candidate.duration.0),
        }
    }

    /// The rating: the lower the better.
    #[must_use]
    pub fn score(self, candidate: &Candidate) -> f64 {
        self.weight * candidate.cost.0 / self.highest_cost + (1.0 - self.weight) * candidate.duration.0 / self.longest
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Strategy, *};

    fn candidate(mb: u32, cost: f64, duration: f64) -> Candidate {
        Candidate { power: Power::new(mb).unwrap(), cost: Usd(cost), duration: Milliseconds(duration) }
    }

    fn winner(strategy: Strategy, candidates: &[Candidate]) -> u32 {
        strategy.winner(candidates).unwrap().power.megabytes()
    }

    #[test]
    fn ties_on_cost_go_to_the_faster_and_ties_on_duration_to_the_cheaper() {
        let candidates = [candidate(128, 1.0, 30.0), candidate(256, 1.0, 20.0), candidate(512, 2.0, 20.0)];
        assert_eq!(winner(Strategy::Cost, &candidates), 256);
        assert_eq!(winner(Strategy::Speed, &candidates), 256);
    }

    #[test]
    fn the_weight_leads_from_the_fastest_to_the_cheapest() {
        let candidates = [candidate(128, 1.0, 100.0), candidate(512, 1.2, 25.0), candidate(1024, 4.0, 20.0)];
        let balanced = |weight| winner(Strategy::Balanced { weight: Weight::clamped(weight) }, &candidates);
        assert_eq!((balanced(0.0), balanced(0.5), balanced(1.0)), (1024, 512, 128));
        assert_eq!((balanced(-3.0), balanced(7.0)), (1024, 128));
    }

    #[test]
    fn differences_within_the_tolerance_do_not_matter() {
        let candidates = [candidate(128, 1.0, 130.0), candidate(1769, 1.015, 10.0), candidate(10_240, 5.3, 9.9)];
        let within = |strategy: Strategy, tolerance| {
            strategy.winner_within(&candidates, Tolerance(tolerance)).unwrap().power.megabytes()
        };
        assert_eq!([0.0, 0.01, 0.02].map(|tolerance| within(Strategy::Cost, tolerance)), [128, 128, 1769]);
        assert_eq!([0.0, 0.02].map(|tolerance| within(Strategy::Speed, tolerance)), [10_240, 1769]);
        let balanced = Strategy::Balanced { weight: Weight::DEFAULT };
        assert_eq!(within(balanced, 0.5), winner(balanced, &candidates));
    }

    #[test]
    fn what_differs_by_rounding_alone_is_equal() {
        let mean = |n: u32| vec![57.1; n as usize].iter().sum::<f64>() / f64::from(n);
        let candidates: Vec<Candidate> =
            (3..40).map(|n| candidate(9000 - 100 * n, 40.0 - f64::from(n), mean(n))).collect();
        assert!(candidates.iter().any(|candidate| candidate.duration != candidates[0].duration));
        assert_eq!(winner(Strategy::Speed, &candidates), candidates.last().unwrap().power.megabytes());
    }

    #[test]
    fn equally_fast_ones_go_to_the_cheaper_and_equal_ones_to_the_smaller() {
        let candidates = [candidate(1769, 1.0, 57.0), candidate(3538, 1.0, 57.0), candidate(9372, 5.3, 57.0)];
        for tolerance in [Tolerance::NONE, Tolerance::OF_A_SEARCH] {
            let winner = Strategy::Speed.winner_within(&candidates, tolerance).unwrap();
            assert_eq!(winner.power.megabytes(), 1769);
        }
    }

    #[test]
    fn a_tolerance_is_shown_in_percent() {
        let shown = [0.02, 0.005, 0.5, 0.000_12].map(|tolerance| Tolerance(tolerance).to_string());
        assert_eq!(shown, ["2 %", "0.5 %", "50 %", "0.012 %"]);
    }

    #[test]
    fn of_nothing_nothing_wins() {
        assert_eq!(Strategy::Cost.winner(&[]), None);
    }

    proptest! {
        #[test]
        fn no_candidate_beats_the_winner(
            measured in prop::collection::vec((1e-9..1e-3, 0.1..1e5), 1..50),
            weight in 0.0..1.0,
        ) {
            let candidates: Vec<Candidate> =
                measured.iter().zip(128..).map(|(&(cost, duration), mb)| candidate(mb, cost, duration)).collect();
            let cheapest = Strategy::Cost.winner(&candidates).unwrap();
            let fastest = Strategy::Speed.winner(&candidates).unwrap();
            let balanced = Strategy::Balanced { weight: Weight::clamped(weight) }.winner(&candidates).unwrap();
            let max_cost = measured.iter().map(|m| m.0).fold(0.0, f64::max);
            let max_duration = measured.iter().map(|m| m.1).fold(0.0, f64::max);
            let score = |c: &Candidate| weight * c.cost.0 / max_cost + (1.0 - weight) * c.duration.0 / max_duration;
            for c in &candidates {
                prop_assert!(cheapest.cost <= c.cost);
                prop_assert!(fastest.duration <= c.duration);
                prop_assert!(score(&balanced) <= score(c) + 1e-12);
            }
        }
    }
}
