//! The choice: the strategy among those power values that meet the limits.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    milliseconds::Milliseconds,
    power::Power,
    strategy::{Candidate, Strategy},
    usd::Usd,
};

/// What a power value must meet to win, and how much better it must be.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// `maxDuration`.
    pub max_duration: Option<Milliseconds>,
    /// `maxCost`: per invocation.
    pub max_cost: Option<Usd>,
    /// `memoryHeadroom`: at least so much more memory than was used, as a fraction.
    pub memory_headroom: f64,
    /// `tolerance`: differences below this fraction do not matter.
    #[serde(default)]
    pub tolerance: f64,
}

/// A power value that was measured, and may win.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contender {
    /// Its average cost and duration.
    pub average: Candidate,
    /// The duration that the strategy and `maxDuration` look at.
    pub metric: Milliseconds,
    /// The most memory that an invocation used, in MB; unknown without reports.
    pub max_memory_used: Option<u32>,
}

/// What was chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// The winner.
    pub winner: Contender,
    /// The limits that no power value meets.
    pub missed: Vec<MissedLimit>,
}

/// A limit that no power value meets, and what comes nearest to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MissedLimit {
    /// All are slower.
    Duration {
        /// What was allowed.
        limit: Milliseconds,
        /// The fastest.
        power: Power,
        /// How long it takes.
        least: Milliseconds,
    },
    /// All are dearer.
    Cost {
        /// What was allowed.
        limit: Usd,
        /// The cheapest.
        power: Power,
        /// What it costs.
        least: Usd,
    },
    /// The winner of a search is slower by its own average, though not all are.
    WinnersDuration {
        /// What was allowed.
        limit: Milliseconds,
        /// The winner.
        power: Power,
        /// How long it takes.
        duration: Milliseconds,
    },
    /// The winner of a search is dearer by its own average, though not all are.
    WinnersCost {
        /// What was allowed.
        limit: Usd,
        /// The winner.
        power: Power,
        /// What it costs.
        cost: Usd,
    },
    /// All are too small.
    Headroom {
        /// The one that lacks least.
        power: Power,
        /// The share of its memory that it lacks.
        lacking: f64,
    },
}

impl Limits {
    /// Whether a power value meets all of them.
    #[must_use]
    pub fn are_met_by(&self, contender: &Contender) -> bool {
        self.max_duration.is_none_or(|limit| contender.metric <= limit)
            && self.max_cost.is_none_or(|limit| contender.average.cost <= limit)
            && (self.memory_headroom <= 0.0 || self.spare_memory(contender).is_none_or(|spare| spare >= 0.0))
    }

    /// The names of those that are set, as the input gives them.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        let names = [
            ("maxDuration", self.max_duration.is_some()),
            ("maxCost", self.max_cost.is_some()),
            ("memoryHeadroom", self.memory_headroom > 0.0),
        ];
        names.into_iter().filter_map(|(name, is_set)| is_set.then_some(name)).collect()
    }

    /// The share of its memory that a power value has beyond what was used and the headroom; unknown without reports.
    fn spare_memory(&self, contender: &Contender) -> Option<f64> {
        let needed = f64::from(contender.max_memory_used?) * (1.0 + self.memory_headroom);
        let memory = f64::from(contender.average.power.megabytes());
        Some((memory - needed) / memory)
    }
}

/// Chooses. The limits are applied one after the other: headroom, duration, cost. Of those that no remaining value meets,
/// what comes nearest stays; so something always wins, if anything was measured.
#[must_use]
pub fn choose(contenders: &[Contender], strategy: Strategy, limits: &Limits) -> Option<Choice> {
    let mut missed = Vec::new();
    let mut left = contenders.to_vec();
    if limits.memory_headroom > 0.0 {
        let enough = |contender: &Contender| limits.spare_memory(contender).is_none_or(|spare| spare >= 0.0);
        let nearest = |a: &Contender, b: &Contender| {
            let spare = |contender| limits.spare_memory(contender).unwrap_or_default();
            spare(b).total_cmp(&spare(a))
        };
        apply(&mut left, enough, nearest, |best| {
            let lacking = -limits.spare_memory(best).unwrap_or_default();
            missed.push(MissedLimit::Headroom { power: best.average.power, lacking });
        });
    }
    if let Some(limit) = limits.max_duration {
        let nearest = |a: &Contender, b: &Contender| a.metric.0.total_cmp(&b.metric.0);
        apply(
            &mut left,
            |contender| contender.metric <= limit,
            nearest,
            |best| {
                missed.push(MissedLimit::Duration { limit, power: best.average.power, least: best.metric });
            },
        );
    }
    if let Some(limit) = limits.max_cost {
        let nearest = |a: &Contender, b: &Contender| a.average.cost.0.total_cmp(&b.average.cost.0);
        apply(
            &mut left,
            |contender| contender.average.cost <= limit,
            nearest,
            |best| {
                missed.push(MissedLimit::Cost { limit, power: best.average.power, least: best.average.cost });
            },
        );
    }
    let rated: Vec<Candidate> =
        left.iter().map(|contender| Candidate { duration: contender.metric, ..contender.average }).collect();
    let best = strategy.winner_within(&rated, limits.tolerance)?;
    let winner = left.into_iter().find(|contender| contender.average.power == best.power)?;
    Some(Choice { winner, missed })
}

/// Keeps those that meet a limit, or the nearest one if none does.
fn apply(
    left: &mut Vec<Contender>,
    meets: impl Fn(&Contender) -> bool,
    nearest: impl Fn(&Contender, &Contender) -> std::cmp::Ordering,
    miss: impl FnOnce(&Contender),
) {
    let kept: Vec<Contender> = left.iter().filter(|contender| meets(contender)).copied().collect();
    if !kept.is_empty() {
        *left = kept;
    } else if let Some(best) = left.iter().copied().min_by(|a, b| nearest(a, b)) {
        miss(&best);
        *left = vec![best];
    }
}

impl fmt::Display for MissedLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = |value: f64, limit: f64| (value / limit - 1.0) * 100.0;
        match self {
            Self::Duration { limit, power, least } => write!(
                f,
                "no power value meets maxDuration ({limit}): {power}, the fastest, takes {least}, {:.1} % too long",
                by(least.0, limit.0)
            ),
            Self::Cost { limit, power, least } => write!(
                f,
                "no power value meets maxCost ({limit} USD): {power}, the cheapest, costs {least} USD, {:.1} % too much",
                by(least.0, limit.0)
            ),
            Self::WinnersDuration { limit, power, duration } => write!(
                f,
                "{power} takes {duration} by its own average, {:.1} % longer than maxDuration ({limit})",
                by(duration.0, limit.0)
            ),
            Self::WinnersCost { limit, power, cost } => write!(
                f,
                "{power} costs {cost} USD by its own average, {:.1} % more than maxCost ({limit} USD)",
                by(cost.0, limit.0)
            ),
            Self::Headroom { power, lacking } => write!(
                f,
                "no power value has the memoryHeadroom beyond what the function uses: {power}, which comes nearest, lacks {:.1} %",
                lacking * 100.0
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Strategy, *};

    /// Half the time at twice the memory; each uses 100 MB.
    fn contenders() -> Vec<Contender> {
        [(128, 1.0, 80.0), (256, 1.1, 40.0), (512, 1.3, 20.0), (1024, 2.5, 18.0)]
            .map(|(mb, cost, ms)| contender(mb, cost, ms))
            .to_vec()
    }

    fn contender(mb: u32, cost: f64, ms: f64) -> Contender {
        let average = Candidate { power: Power::new(mb).unwrap(), cost: Usd(cost), duration: Milliseconds(ms) };
        Contender { average, metric: Milliseconds(ms), max_memory_used: Some(100) }
    }

    fn chosen(strategy: Strategy, limits: Limits) -> (u32, Vec<String>) {
        let choice = choose(&contenders(), strategy, &limits).unwrap();
        let missed = choice.missed.iter().map(ToString::to_string).collect();
        (choice.winner.average.power.megabytes(), missed)
    }

    #[test]
    fn only_values_within_the_limits_win() {
        let limit = |ms| Limits { max_duration: Some(Milliseconds(ms)), ..Limits::default() };
        assert_eq!(chosen(Strategy::Cost, limit(40.0)), (256, vec![]));
        assert_eq!(chosen(Strategy::Cost, limit(100.0)), (128, vec![]));
        let cap = Limits { max_cost: Some(Usd(1.5)), ..Limits::default() };
        assert_eq!(chosen(Strategy::Speed, cap), (512, vec![]));
        let headroom = Limits { memory_headroom: 0.5, ..Limits::default() };
        assert_eq!(chosen(Strategy::Cost, headroom), (256, vec![]));
    }

    #[test]
    fn where_none_meets_a_limit_the_nearest_wins_and_the_output_says_by_how_much() {
        let duration = Limits { max_duration: Some(Milliseconds(10.0)), ..Limits::default() };
        let cost = Limits { max_cost: Some(Usd(0.5)), ..Limits::default() };
        let headroom = Limits { memory_headroom: 10.0, ..Limits::default() };
        let all = [duration, cost, headroom].map(|limits| chosen(Strategy::Speed, limits));
        insta::assert_debug_snapshot!(all, @r#"
        [
            (
                1024,
                [
                    "no power value meets maxDuration (10.00 ms): 1024 MB, the fastest, takes 18.00 ms, 80.0 % too long",
                ],
            ),
            (
                128,
                [
                    "no power value meets maxCost (0.5000000000 USD): 128 MB, the cheapest, costs 1.0000000000 USD, 100.0 % too much",
                ],
            ),
            (
                1024,
                [
                    "no power value has the memoryHeadroom beyond what the function uses: 1024 MB, which comes nearest, lacks 7.4 %",
                ],
            ),
        ]
        "#);
    }

    #[test]
    fn the_strategy_looks_at_the_metric_and_the_winner_keeps_its_average() {
        let mut slow_tail = contenders();
        slow_tail[3].metric = Milliseconds(500.0);
        let choice = choose(&slow_tail, Strategy::Speed, &Limits::default()).unwrap();
        assert_eq!(choice.winner.average.power.megabytes(), 512);
        let choice = choose(&slow_tail, Strategy::Cost, &Limits::default()).unwrap();
        assert_eq!(choice.winner.average.duration, Milliseconds(80.0));
    }

    #[test]
    fn without_a_contender_nothing_is_chosen() {
        let limits = Limits { max_duration: Some(Milliseconds(1.0)), ..Limits::default() };
        assert_eq!(choose(&[], Strategy::Cost, &limits), None);
    }

    proptest! {
        #[test]
        fn a_winner_meets_every_limit_that_is_not_called_missed(
            measured in prop::collection::vec((1e-9..1e-3, 0.1..1e5, prop::option::of(1u32..5000)), 1..30),
            max_duration in prop::option::of(0.1..1e5),
            max_cost in prop::option::of(1e-9..1e-3),
            memory_headroom in 0.0..3.0,
            tolerance in 0.0..0.1,
        ) {
            let contenders: Vec<Contender> = measured.iter().zip((128u32..).step_by(100)).map(|(&(cost, ms, used), mb)| {
                Contender { max_memory_used: used, ..contender(mb, cost, ms) }
            }).collect();
            let limits = Limits { max_duration: max_duration.map(Milliseconds), max_cost: max_cost.map(Usd), memory_headroom, tolerance };
            let choice = choose(&contenders, Strategy::Cost, &limits).unwrap();
            let missed = |which: fn(&MissedLimit) -> bool| choice.missed.iter().any(which);
            let winner = choice.winner;
            let (slow, dear) = (missed(|m| matches!(m, MissedLimit::Duration { .. })), missed(|m| matches!(m, MissedLimit::Cost { .. })));
            prop_assert!(slow || limits.max_duration.is_none_or(|limit| winner.metric <= limit));
            prop_assert!(dear || limits.max_cost.is_none_or(|limit| winner.average.cost <= limit));
            let needed = winner.max_memory_used.map_or(0.0, |used| f64::from(used) * (1.0 + memory_headroom));
            let enough = f64::from(winner.average.power.megabytes()) >= needed - 1e-6;
            let tight = missed(|m| matches!(m, MissedLimit::Headroom { .. }));
            prop_assert!(tight || enough || memory_headroom == 0.0);
            prop_assert!(contenders.contains(&winner));
        }
    }
}
