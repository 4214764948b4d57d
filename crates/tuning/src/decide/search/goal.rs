//! The goal of a search.

use super::settings::LimitRule;
use crate::{
    price::GbSecondPrice,
    run::objective::{Strategy, Tolerance},
    units::{milliseconds::Milliseconds, power::Power, usd::Usd},
};

/// Lambda bills whole milliseconds, rounded up: half a millisecond in the mean.
const ROUNDING: f64 = 0.5;

/// The goal of a search, and what it must keep to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Goal {
    /// The strategy, which says what is best.
    pub strategy: Strategy,
    /// The average duration must not be longer.
    pub max_duration: Option<Milliseconds>,
    /// An average invocation must not cost more.
    pub max_cost: Option<Usd>,
    /// The winner must have this much more memory than the function used, as a fraction.
    pub memory_headroom: f64,
    /// The price of a GB-second: an invocation costs this, and nothing for the request, as `cost` in the output.
    pub price: GbSecondPrice,
    /// The function's own timeout.
    pub timeout: Milliseconds,
    /// The function's memory, if the winner is to be compared with it. It is measured only if it lies within the
    /// bounds.
    pub present: Option<Power>,
    /// The smallest size that may be measured.
    pub smallest: Power,
    /// The largest size that may be measured.
    pub largest: Power,
    /// Differences below this fraction do not matter: of the sizes within it of the cheapest the fastest wins, for
    /// `speed` of those within it of the fastest the cheapest, and nothing is measured that promises to gain less.
    pub tolerance: f64,
}

impl Goal {
    /// The fraction below which differences do not matter, unless the caller says otherwise.
    pub const TOLERANCE: f64 = Tolerance::OF_A_SEARCH.0;

    /// The cost of an average invocation that takes so long, in ms.
    #[must_use]
    pub fn cost(&self, power: Power, duration: f64) -> Usd {
        Usd((duration + ROUNDING) * self.price.per_millisecond(power))
    }

    /// The loss of each size of a curve: the lower the better. Nothing but the cost is left in dollars, everything else
    /// is relative to the best of the curve.
    ///
    /// `second` is how much a difference in what counts in the second place weighs, against one in the first: duration
    /// for the cheapest, cost for the fastest.
    pub(super) fn loss(&self, sizes: &[Power], durations: &[f64], rule: LimitRule, second: f64) -> Vec<f64> {
        let costs: Vec<f64> = sizes.iter().zip(durations).map(|(&power, &d)| self.cost(power, d).0).collect();
        let values = self.values(&costs, durations, second);
        if self.max_cost.is_none() && self.max_duration.is_none() {
            return values;
        }
        let over = |value: f64, limit: f64| (value * (1.0 + rule.margin) / limit - 1.0).max(0.0);
        let excess = costs.iter().zip(durations).map(|(&cost, &duration)| {
            self.max_cost.map_or(0.0, |limit| over(cost, limit.0))
                + self.max_duration.map_or(0.0, |limit| over(duration, limit.0))
        });
        let excess: Vec<f64> = excess.collect();
        let least_excess = least(&excess);
        let counts = |excess: f64| !rule.within || excess <= least_excess;
        let best = least_of(values.iter().zip(&excess).filter(|(_, excess)| counts(**excess)).map(|(value, _)| *value));
        let relative = |value: f64| if rule.within { (value / best).max(1.0) } else { value / best };
        values.iter().zip(&excess).map(|(&value, excess)| relative(value) + rule.weight * excess).collect()
    }

    fn values(&self, costs: &[f64], durations: &[f64], second: f64) -> Vec<f64> {
        let weighed = |first: &[f64], other: &[f64]| first.iter().zip(other).map(|(a, b)| a * b.powf(second)).collect();
        match self.strategy {
            Strategy::Cost => weighed(costs, durations),
            Strategy::Speed => weighed(durations, costs),
            Strategy::Balanced { weight } => {
                let (cheapest, fastest) = (least(costs), least(durations));
                let balance = |cost: f64, duration: f64| {
                    weight.of_cost() * cost / cheapest + (1.0 - weight.of_cost()) * duration / fastest
                };
                costs.iter().zip(durations).map(|(&cost, &duration)| balance(cost, duration)).collect()
            }
        }
    }
}

fn least(values: &[f64]) -> f64 {
    least_of(values.iter().copied())
}

fn least_of(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(f64::INFINITY, f64::min)
}
