//! The goals that policies are compared by, and how far from the optimum a choice is.

use std::fmt;

use clap::ValueEnum;
use tuning::{
    decide::search::Goal,
    run::objective::{Strategy, Weight},
    units::{milliseconds::Milliseconds, power::Power, usd::Usd},
};

use super::function::{Function, PRICE, least, position, powers};

/// A limit counts as missed beyond this fraction.
const MISSED: f64 = 0.02;

/// The objective of a search.
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

/// The distance of a choice from the optimum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Regret {
    /// As a fraction, at most 1; 1 also where the function does not run.
    pub fraction: f64,
    /// True if it exceeds the limit by more than 2 %, or there is no choice.
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
    /// True if there is a limit that can be missed.
    pub fn has_limit(self) -> bool {
        matches!(self, Self::SpeedUnderCap | Self::Latency)
    }

    /// The goal of the search.
    pub fn goal(self, function: &Function, tolerance: f64) -> Goal {
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
            smallest: function.sizes.0,
            largest: function.sizes.1,
            tolerance,
        }
    }

    /// The yardstick that measures choices for a function.
    pub fn yardstick(self, function: &Function) -> Yardstick<'_> {
        let (cheapest, fastest) = (least(&function.cost), least(&function.duration));
        let mut yardstick = Yardstick { objective: self, function, cheapest, fastest, best: 1.0 };
        let allowed = yardstick.sizes().filter(|&(cost, duration)| yardstick.excess(cost, duration) <= 0.0);
        yardstick.best = allowed.map(|(cost, duration)| yardstick.value(cost, duration)).fold(f64::INFINITY, f64::min);
        yardstick
    }
}

/// The yardstick that measures choices for a function.
pub struct Yardstick<'a> {
    objective: Objective,
    function: &'a Function,
    cheapest: f64,
    fastest: f64,
    /// The value of the true optimum.
    best: f64,
}

impl Yardstick<'_> {
    /// The distance of a choice from the best one.
    pub fn regret(&self, choice: Option<Power>) -> Regret {
        let at = choice.and_then(|power| self.sizes().nth(position(power)));
        let Some((cost, duration)) = at.filter(|(cost, _)| cost.is_finite()) else {
            return Regret { fraction: 1.0, missed: self.objective.has_limit() };
        };
        let excess = self.excess(cost, duration);
        let fraction = (self.value(cost, duration) / self.best - 1.0).max(0.0) + excess;
        Regret { fraction: fraction.min(1.0), missed: excess > MISSED }
    }

    /// The duration of a choice as a multiple of that of the fastest size that costs no more, but for the tolerance:
    /// what was given away where only the cost counts.
    pub fn slowdown(&self, choice: Option<Power>) -> Option<f64> {
        let (own_cost, own_duration) = self.sizes().nth(position(choice?)).filter(|(cost, _)| cost.is_finite())?;
        let alike = self.sizes().filter(|(cost, _)| *cost <= own_cost * (1.0 + Goal::TOLERANCE));
        let fastest = alike.map(|(_, duration)| duration).fold(f64::INFINITY, f64::min);
        (self.objective == Objective::Cost).then_some(own_duration / fastest)
    }

    /// The true optimum.
    pub fn optimum(&self) -> Option<Power> {
        self.best_of(&powers().collect::<Vec<Power>>(), 0.0)
    }

    /// The true best of some sizes: with a tolerance, the one that is best in the second place of those that are as
    /// good in the first. Where none keeps to the limit, the one that comes nearest to it.
    pub fn best_of(&self, sizes: &[Power], tolerance: f64) -> Option<Power> {
        let truth = |&power: &Power| {
            let (cost, duration) = self.sizes().nth(position(power))?;
            cost.is_finite().then_some((power, cost, duration))
        };
        let known: Vec<(Power, f64, f64)> = sizes.iter().filter_map(truth).collect();
        let least_excess = known.iter().map(|(_, cost, duration)| self.excess(*cost, *duration)).fold(1.0, f64::min);
        let allowed = || known.iter().filter(|(_, cost, duration)| self.excess(*cost, *duration) <= least_excess);
        let best = allowed().map(|(_, cost, duration)| self.value(*cost, *duration)).fold(f64::INFINITY, f64::min);
        let alike = allowed().filter(|(_, cost, duration)| self.value(*cost, *duration) <= best * (1.0 + tolerance));
        let second = |(_, cost, duration): &(Power, f64, f64)| match self.objective {
            Objective::Cost | Objective::Latency => *duration,
            Objective::SpeedUnderCap => *cost,
            Objective::Balanced => self.value(*cost, *duration),
        };
        alike.min_by(|a, b| second(a).total_cmp(&second(b))).map(|(power, ..)| *power)
    }

    fn sizes(&self) -> impl Iterator<Item = (f64, f64)> {
        self.function.cost.iter().copied().zip(self.function.duration.iter().copied())
    }

    fn value(&self, cost: f64, duration: f64) -> f64 {
        match self.objective {
            Objective::Cost | Objective::Latency => cost,
            Objective::SpeedUnderCap => duration,
            Objective::Balanced => 0.5 * cost / self.cheapest + 0.5 * duration / self.fastest,
        }
    }

    /// By which fraction a limit is exceeded.
    fn excess(&self, cost: f64, duration: f64) -> f64 {
        match self.objective {
            Objective::Cost | Objective::Balanced => 0.0,
            Objective::SpeedUnderCap => (cost / self.function.max_cost - 1.0).max(0.0),
            Objective::Latency => (duration / self.function.max_duration - 1.0).max(0.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::{Family, Simulation};

    #[test]
    fn the_optimum_has_no_regret_and_nothing_else_has_less() {
        for family in [Family::Noop, Family::Burst, Family::Timeout, Family::MemoryFloor, Family::NonMonotonic] {
            let function = family.function(1, &Simulation::default());
            for objective in Objective::value_variants() {
                let yardstick = objective.yardstick(&function);
                let regret = yardstick.regret(yardstick.optimum());
                assert!(regret.fraction.abs() < 1e-12 && !regret.missed, "{family} {objective} {regret:?}");
            }
        }
    }

    #[test]
    fn where_a_function_does_not_run_the_regret_is_whole() {
        let function = Family::Timeout.function(1, &Simulation::default());
        let regret = |choice| Objective::Latency.yardstick(&function).regret(choice);
        assert_eq!(regret(Some(Power::MIN)), Regret { fraction: 1.0, missed: true });
        assert_eq!(regret(None), Regret { fraction: 1.0, missed: true });
    }
}
