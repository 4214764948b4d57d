//! The goals that policies are compared by, and how far from the optimum a choice is.

use std::fmt;

use clap::ValueEnum;
use tuning::{
    milliseconds::Milliseconds,
    power::Power,
    search::Goal,
    strategy::{Strategy, Weight},
    usd::Usd,
};

use super::function::{Function, PRICE, least, position, powers};

/// A limit counts as missed beyond this fraction.
const MISSED: f64 = 0.02;

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Objective {
    /// The cheapest size.
    Cost,
    /// The best half-and-half balance.
    Balanced,
    /// The fastest size that costs at most 25 % more than the cheapest.
    #[value(name = "speedcap")]
    SpeedUnderCap,
    /// The cheapest size within a limit of the duration.
    Latency,
}

/// How far from the optimum a choice is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Regret {
    /// As a fraction, at most 1; 1 also where the function does not run.
    pub fraction: f64,
    /// Whether it exceeds the limit by more than 2 %, or there is no choice.
    pub missed: bool,
}

impl fmt::Display for Objective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cost => "cost",
            Self::Balanced => "balanced",
            Self::SpeedUnderCap => "speed under cap",
            Self::Latency => "latency limit",
        })
    }
}

impl Objective {
    /// Whether there is a limit that can be missed.
    pub fn has_limit(self) -> bool {
        matches!(self, Self::SpeedUnderCap | Self::Latency)
    }

    /// The goal of the search.
    pub fn goal(self, function: &Function, near_tie: f64) -> Goal {
        let (strategy, max_cost, max_duration) = match self {
            Self::Cost => (Strategy::Cost, None, None),
            Self::Balanced => (Strategy::Balanced { weight: Weight::DEFAULT }, None, None),
            Self::SpeedUnderCap => (Strategy::Speed, Some(Usd(function.max_cost)), None),
            Self::Latency => (Strategy::Cost, None, Some(Milliseconds(function.max_duration))),
        };
        Goal {
            strategy,
            max_duration,
            max_cost,
            memory_headroom: 0.0,
            price: PRICE,
            timeout: Milliseconds(function.timeout),
            present: None,
            smallest: Power::MIN,
            largest: Power::MAX,
            tolerance: Goal::TOLERANCE,
            near_tie,
        }
    }

    /// How far a choice is from the best one.
    pub fn regret(self, function: &Function, choice: Option<Power>) -> Regret {
        let nothing = Regret { fraction: 1.0, missed: self.has_limit() };
        let Some(at) = choice.map(position) else { return nothing };
        let (Some(&cost), Some(&duration)) = (function.cost.get(at), function.duration.get(at)) else { return nothing };
        if cost.is_infinite() {
            return nothing;
        }
        let Function { max_cost, max_duration, .. } = *function;
        let sizes = || function.cost.iter().zip(&function.duration);
        let over = |value: f64, limit: f64| (value / limit - 1.0).max(0.0);
        let (fraction, missed) = match self {
            Self::Cost => (cost / least(&function.cost) - 1.0, false),
            Self::Balanced => {
                let (cheapest, fastest) = (least(&function.cost), least(&function.duration));
                let value = |cost: f64, duration: f64| 0.5 * cost / cheapest + 0.5 * duration / fastest;
                let best = sizes().map(|(&c, &d)| value(c, d)).fold(f64::INFINITY, f64::min);
                (value(cost, duration) / best - 1.0, false)
            }
            Self::SpeedUnderCap => {
                let best = sizes().filter(|(c, _)| **c <= max_cost).map(|(_, &d)| d).fold(f64::INFINITY, f64::min);
                (over(duration, best) + over(cost, max_cost), over(cost, max_cost) > MISSED)
            }
            Self::Latency => {
                let best = sizes().filter(|(_, d)| **d <= max_duration).map(|(&c, _)| c).fold(f64::INFINITY, f64::min);
                (over(cost, best) + over(duration, max_duration), over(duration, max_duration) > MISSED)
            }
        };
        Regret { fraction: fraction.min(1.0), missed }
    }

    /// The true optimum.
    pub fn optimum(self, function: &Function) -> Option<Power> {
        let fraction = |power: Power| self.regret(function, Some(power)).fraction;
        powers().min_by(|&a, &b| fraction(a).total_cmp(&fraction(b)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::search::family::{Family, RealCurves};

    #[test]
    fn the_optimum_has_no_regret_and_nothing_else_has_less() {
        for family in [Family::Noop, Family::Burst, Family::Timeout, Family::MemoryFloor, Family::NonMonotonic] {
            let function = family.function(1, &RealCurves::default());
            for objective in Objective::value_variants() {
                let optimum = objective.optimum(&function);
                let regret = objective.regret(&function, optimum);
                assert!(regret.fraction.abs() < 1e-12 && !regret.missed, "{family} {objective} {regret:?}");
            }
        }
    }

    #[test]
    fn where_a_function_does_not_run_the_regret_is_whole() {
        let function = Family::Timeout.function(1, &RealCurves::default());
        let regret = |choice| Objective::Latency.regret(&function, choice);
        assert_eq!(regret(Some(Power::MIN)), Regret { fraction: 1.0, missed: true });
        assert_eq!(regret(None), Regret { fraction: 1.0, missed: true });
    }
}
