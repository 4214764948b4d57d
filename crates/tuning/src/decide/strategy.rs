//! Which memory size wins.

use crate::{
    run::objective::{Strategy, Tolerance, Weight},
    units::{milliseconds::Milliseconds, power::Power, usd::Usd},
};

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

/// A memory size that can win: what an average invocation costs and how long it takes.
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
}

/// The rating of candidates by the balanced strategy: by their shares of the highest cost and of the longest duration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Balance {
    weight: f64,
    highest_cost: f64,
    longest: f64,
}

impl Balance {
    /// The rating of these candidates among each other.
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
