//! Which power value wins.

use serde::{Deserialize, Serialize};

use crate::{milliseconds::Milliseconds, power::Power, usd::Usd};

/// What "best" means, by the rules of the reference tool.
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
    /// The winner; `None` when nothing can win. Of candidates that are equal in everything the first one wins.
    #[must_use]
    pub fn winner(self, candidates: &[Candidate]) -> Option<Candidate> {
        let by = |key: &dyn Fn(&Candidate) -> (f64, f64)| {
            let smaller = |a: &&Candidate, b: &&Candidate| {
                let ((a1, a2), (b1, b2)) = (key(a), key(b));
                a1.total_cmp(&b1).then(a2.total_cmp(&b2))
            };
            candidates.iter().min_by(smaller).copied()
        };
        match self {
            Self::Cost => by(&|c| (c.cost.0, c.duration.0)),
            Self::Speed => by(&|c| (c.duration.0, c.cost.0)),
            Self::Balanced { weight } => {
                let largest = |value: fn(&Candidate) -> f64| candidates.iter().map(value).fold(0.0, f64::max);
                let (cost, duration) = (largest(|c| c.cost.0), largest(|c| c.duration.0));
                by(&|c| (weight.0 * c.cost.0 / cost + (1.0 - weight.0) * c.duration.0 / duration, 0.0))
            }
        }
    }

    /// The winner where differences within the tolerance, a fraction, do not matter: of those whose cost is within it of the
    /// cheapest the fastest, with `speed` of those within it of the fastest the cheapest. A balance weighs both already, so
    /// that no difference is left to it.
    #[must_use]
    pub fn winner_within(self, candidates: &[Candidate], tolerance: f64) -> Option<Candidate> {
        let (first, second): (fn(&Candidate) -> f64, Self) = match self {
            Self::Cost => (|candidate| candidate.cost.0, Self::Speed),
            Self::Speed => (|candidate| candidate.duration.0, Self::Cost),
            Self::Balanced { .. } => return self.winner(candidates),
        };
        let best = self.winner(candidates).filter(|_| tolerance > 0.0).as_ref().map(first);
        let Some(best) = best else { return self.winner(candidates) };
        let near = |candidate: &&Candidate| first(candidate) <= best * (1.0 + tolerance);
        second.winner(&candidates.iter().filter(near).copied().collect::<Vec<Candidate>>())
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

    /// What the winner is, in a sentence: "the cheapest".
    #[must_use]
    pub fn superlative(self) -> &'static str {
        match self {
            Self::Cost => "the cheapest",
            Self::Speed => "the fastest",
            Self::Balanced { .. } => "the best balance of cost and speed",
        }
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
    fn differences_within_the_tolerance_do_not_matter_and_without_one_they_do() {
        let candidates = [candidate(128, 1.0, 130.0), candidate(512, 1.01, 20.0), candidate(1024, 1.5, 19.9)];
        let within =
            |strategy: Strategy, tolerance| strategy.winner_within(&candidates, tolerance).unwrap().power.megabytes();
        assert_eq!((within(Strategy::Cost, 0.0), within(Strategy::Cost, 0.02)), (128, 512));
        assert_eq!((within(Strategy::Speed, 0.0), within(Strategy::Speed, 0.02)), (1024, 512));
        let balanced = Strategy::Balanced { weight: Weight::DEFAULT };
        assert_eq!(within(balanced, 0.5), within(balanced, 0.0));
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
            tolerance in 0.0..0.5,
        ) {
            let candidates: Vec<Candidate> =
                measured.iter().zip(128..).map(|(&(cost, duration), mb)| candidate(mb, cost, duration)).collect();
            let cheapest = Strategy::Cost.winner(&candidates).unwrap();
            let fastest = Strategy::Speed.winner(&candidates).unwrap();
            let balanced = Strategy::Balanced { weight: Weight::clamped(weight) }.winner(&candidates).unwrap();
            let max_cost = measured.iter().map(|m| m.0).fold(0.0, f64::max);
            let max_duration = measured.iter().map(|m| m.1).fold(0.0, f64::max);
            let score = |c: &Candidate| weight * c.cost.0 / max_cost + (1.0 - weight) * c.duration.0 / max_duration;
            let near = Strategy::Cost.winner_within(&candidates, tolerance).unwrap();
            prop_assert!(near.cost.0 <= cheapest.cost.0 * (1.0 + tolerance) && near.duration <= cheapest.duration);
            for c in &candidates {
                prop_assert!(c.cost.0 > cheapest.cost.0 * (1.0 + tolerance) || near.duration <= c.duration);
                prop_assert!(cheapest.cost <= c.cost);
                prop_assert!(fastest.duration <= c.duration);
                prop_assert!(score(&balanced) <= score(c) + 1e-12);
            }
        }
    }
}
