//! The choice: the strategy among those memory sizes that meet the limits.

use crate::{
    decide::{footing::Footing, strategy::Candidate},
    measure::measurement::Measurement,
    price::{Currency, GbSecondPrice},
    run::objective::{Limits, Strategy},
    units::{milliseconds::Milliseconds, power::Power, usd::Usd},
};

/// A memory size that was measured, and may win.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contender {
    /// Its average cost and duration.
    pub average: Candidate,
    /// The duration that the strategy and `maxDuration` look at.
    pub metric: Milliseconds,
    /// The most memory that an invocation used, in MB; unknown without reports.
    pub max_memory_used: Option<u32>,
    /// The footing of its averages: what they speak of.
    pub footing: Footing,
}

impl Contender {
    /// The memory size.
    #[must_use]
    pub fn power(&self) -> Power {
        self.average.power
    }

    /// As the strategy looks at it: with the duration that `metric` names.
    #[must_use]
    pub fn rated(&self) -> Candidate {
        Candidate { duration: self.metric, ..self.average }
    }
}

impl Measurement {
    /// Average cost and duration, if there are samples.
    #[must_use]
    pub fn average(&self, price: GbSecondPrice) -> Option<Candidate> {
        self.statistics().map(|statistics| Candidate {
            power: self.value,
            cost: price.average_cost(self.value, statistics.average_billed),
            duration: statistics.average_duration,
        })
    }

    /// The memory size as one that can win, if there are enough samples.
    #[must_use]
    pub fn contender(&self, price: GbSecondPrice) -> Option<Contender> {
        let metric = self.statistics()?.metric?;
        let footing = Footing::of(self.statistics()?);
        Some(Contender { average: self.average(price)?, metric, max_memory_used: self.max_memory_used, footing })
    }
}

/// The result of choosing a winner.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// The winner.
    pub winner: Contender,
    /// Those among which the strategy chose: all that keep to the limits; the nearest one alone, where none does.
    pub eligible: Vec<Contender>,
    /// The limits that the winner does not keep to.
    pub missed: Vec<MissedLimit>,
}

/// One of the [`Limits`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    /// `memoryHeadroom`.
    Headroom(f64),
    /// `maxDuration`.
    Duration(Milliseconds),
    /// `maxCost`.
    Cost(Usd),
}

/// A limit that the winner does not keep to.
#[derive(Debug, Clone, PartialEq)]
pub struct MissedLimit {
    /// The limit.
    pub limit: Limit,
    /// The winner.
    pub winner: Contender,
    /// The scope of the miss, which says if another one would keep to the limit.
    pub scope: Scope,
}

/// Which memory sizes do not keep to a limit.
#[derive(Debug, Clone, PartialEq)]
pub enum Scope {
    /// Not one of those that keep to these other limits does, which are none where it is not one at all. The winner
    /// comes nearest.
    NoneOfThoseThatMeet(Vec<Limit>),
    /// The winner does not; it won for other reasons.
    Winner,
}

impl Limits {
    /// Those that are set, in the order in which they are applied.
    #[must_use]
    pub fn set(&self) -> Vec<Limit> {
        let headroom = Some(Limit::Headroom(self.memory_headroom)).filter(|_| self.memory_headroom > 0.0);
        [headroom, self.max_duration.map(Limit::Duration), self.max_cost.map(Limit::Cost)]
            .into_iter()
            .flatten()
            .collect()
    }
}

impl Limit {
    /// The field of the input.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Headroom(_) => "memoryHeadroom",
            Self::Duration(_) => "maxDuration",
            Self::Cost(_) => "maxCost",
        }
    }

    /// Returns true if a memory size keeps to it; without reports nobody knows the memory used.
    #[must_use]
    pub fn is_met_by(self, contender: &Contender) -> bool {
        match self {
            Self::Headroom(_) => self.excess(contender) <= 0.0,
            Self::Duration(limit) => contender.metric <= limit,
            Self::Cost(limit) => contender.average.cost <= limit,
        }
    }

    /// By how much a memory size exceeds it, as a fraction of the limit; of memory, what it lacks as a fraction of its
    /// own.
    fn excess(self, contender: &Contender) -> f64 {
        match self {
            Self::Headroom(headroom) => contender.max_memory_used.map_or(0.0, |used| {
                let memory = f64::from(contender.power().megabytes());
                (f64::from(used) * (1.0 + headroom) - memory) / memory
            }),
            Self::Duration(limit) => contender.metric.0 / limit.0 - 1.0,
            Self::Cost(limit) => contender.average.cost.0 / limit.0 - 1.0,
        }
    }
}

/// Chooses. The limits are applied one after the other: headroom, duration, cost. Of those that no remaining value
/// meets, what comes nearest stays; so something always wins, if anything was measured.
#[must_use]
pub fn choose(contenders: &[Contender], strategy: Strategy, limits: &Limits) -> Option<Choice> {
    let mut eligible = contenders.to_vec();
    let mut met = Vec::new();
    let mut missed = Vec::new();
    for limit in limits.set() {
        let kept: Vec<Contender> = eligible.iter().filter(|contender| limit.is_met_by(contender)).copied().collect();
        if !kept.is_empty() {
            eligible = kept;
            met.push(limit);
        } else if let Some(nearest) =
            eligible.iter().min_by(|a, b| limit.excess(a).total_cmp(&limit.excess(b))).copied()
        {
            let scope = if missed.is_empty() { Scope::NoneOfThoseThatMeet(met.clone()) } else { Scope::Winner };
            missed.push(MissedLimit { limit, winner: nearest, scope });
            eligible = vec![nearest];
        }
    }
    let rated: Vec<Candidate> = eligible.iter().map(Contender::rated).collect();
    let best = strategy.winner_within(&rated, limits.tolerance)?;
    let winner = eligible.iter().find(|contender| contender.power() == best.power).copied()?;
    Some(Choice { winner, eligible, missed })
}

impl MissedLimit {
    /// The sentence, with costs in the currency of the region.
    #[must_use]
    pub fn said_in(&self, currency: Currency) -> String {
        let Self { limit, winner, scope } = self;
        let power = winner.power();
        let name = limit.name();
        let (given, has) = match limit {
            Limit::Headroom(_) => (String::new(), "lacks".to_owned()),
            Limit::Duration(limit) => (format!(" ({limit})"), format!("takes {},", winner.metric)),
            Limit::Cost(limit) => {
                (format!(" ({limit} {currency})"), format!("costs {} {currency},", winner.average.cost))
            }
        };
        let percent = limit.excess(winner) * 100.0;
        let by = match limit {
            Limit::Headroom(_) => format!("{percent:.1} % of its memory"),
            Limit::Duration(_) => format!("{percent:.1} % too long"),
            Limit::Cost(_) => format!("{percent:.1} % too much"),
        };
        match scope {
            Scope::NoneOfThoseThatMeet(others) if others.is_empty() => {
                format!("no memory size meets {name}{given}: {power} comes nearest; it {has} {by}")
            }
            Scope::NoneOfThoseThatMeet(others) => {
                let others = names(others);
                format!("no memory size that meets {others} meets {name}{given}: {power} comes nearest; it {has} {by}")
            }
            Scope::Winner => format!("{power} does not meet {name}{given}: it {has} {by}"),
        }
    }
}

/// "memoryHeadroom and maxDuration".
#[must_use]
pub fn names(limits: &[Limit]) -> String {
    limits.iter().map(|limit| limit.name()).collect::<Vec<_>>().join(" and ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Strategy, *};
    use crate::run::objective::Tolerance;

    /// Half the time at twice the memory; each uses 100 MB.
    fn contenders() -> Vec<Contender> {
        [(128, 1.0, 80.0), (256, 1.1, 40.0), (512, 1.3, 20.0), (1024, 2.5, 18.0)]
            .map(|(mb, cost, ms)| contender(mb, cost, ms))
            .to_vec()
    }

    fn contender(mb: u32, cost: f64, ms: f64) -> Contender {
        let average = Candidate { power: Power::new(mb).unwrap(), cost: Usd(cost), duration: Milliseconds(ms) };
        Contender { average, metric: Milliseconds(ms), max_memory_used: Some(100), footing: Footing::default() }
    }

    fn chosen(strategy: Strategy, limits: Limits) -> (u32, Vec<String>) {
        let choice = choose(&contenders(), strategy, &limits).unwrap();
        let missed = choice.missed.iter().map(|missed| missed.said_in(Currency::Usd)).collect();
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
                    "no memory size meets maxDuration (10.00 ms): 1024 MB comes nearest; it takes 18.00 ms, 80.0 % too long",
                ],
            ),
            (
                128,
                [
                    "no memory size meets maxCost (0.5000000000 USD): 128 MB comes nearest; it costs 1.0000000000 USD, 100.0 % too much",
                ],
            ),
            (
                1024,
                [
                    "no memory size meets memoryHeadroom: 1024 MB comes nearest; it lacks 7.4 % of its memory",
                ],
            ),
        ]
        "#);
    }

    #[test]
    fn a_limit_that_others_meet_is_not_said_to_be_met_by_none() {
        // The large ones have the headroom, the small ones are cheap: none has both.
        let limits = Limits { memory_headroom: 4.0, max_cost: Some(Usd(1.0)), max_duration: None, ..Limits::default() };
        let (winner, missed) = chosen(Strategy::Cost, limits);
        assert_eq!(winner, 512);
        insta::assert_snapshot!(missed.join("\n"), @"no memory size that meets memoryHeadroom meets maxCost (1.0000000000 USD): 512 MB comes nearest; it costs 1.3000000000 USD, 30.0 % too much");
        let limits =
            Limits { memory_headroom: 20.0, max_cost: Some(Usd(1.0)), max_duration: None, ..Limits::default() };
        insta::assert_snapshot!(chosen(Strategy::Cost, limits).1.join("\n"), @r"
        no memory size meets memoryHeadroom: 1024 MB comes nearest; it lacks 105.1 % of its memory
        1024 MB does not meet maxCost (1.0000000000 USD): it costs 2.5000000000 USD, 150.0 % too much
        ");
    }

    #[test]
    fn the_tolerance_holds_among_those_that_keep_to_the_limits() {
        let limits = Limits { max_cost: Some(Usd(1.2)), ..Limits::default() };
        let within = |tolerance| {
            let limits = Limits { tolerance: Tolerance(tolerance), ..limits };
            choose(&contenders(), Strategy::Cost, &limits).unwrap().winner.power().megabytes()
        };
        // 512 MB is the fastest within 50 % of the cheapest, and above the limit.
        assert_eq!((within(0.0), within(0.5)), (128, 256));
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
            let limits = Limits {
                max_duration: max_duration.map(Milliseconds),
                max_cost: max_cost.map(Usd),
                memory_headroom,
                tolerance: Tolerance(tolerance),
            };
            let choice = choose(&contenders, Strategy::Cost, &limits).unwrap();
            let missed = |which: fn(&MissedLimit) -> bool| choice.missed.iter().any(which);
            let winner = choice.winner;
            let slow = missed(|m| matches!(m.limit, Limit::Duration(_)));
            let dear = missed(|m| matches!(m.limit, Limit::Cost(_)));
            prop_assert!(slow || limits.max_duration.is_none_or(|limit| winner.metric <= limit));
            prop_assert!(dear || limits.max_cost.is_none_or(|limit| winner.average.cost <= limit));
            let needed = winner.max_memory_used.map_or(0.0, |used| f64::from(used) * (1.0 + memory_headroom));
            let enough = f64::from(winner.average.power.megabytes()) >= needed - 1e-6;
            let tight = missed(|m| matches!(m.limit, Limit::Headroom(_)));
            prop_assert!(tight || enough || memory_headroom == 0.0);
            prop_assert!(contenders.contains(&winner));
            for missed in &choice.missed {
                let (Scope::NoneOfThoseThatMeet(met), limit) = (&missed.scope, missed.limit) else { continue };
                let meets_others = |c: &&Contender| met.iter().all(|other| other.is_met_by(c));
                prop_assert!(!contenders.iter().filter(meets_others).any(|c| limit.is_met_by(c)), "{missed:?}");
            }
        }
    }
}
