//! The budget of a search, and the forecast for a round.

use serde::{Deserialize, Serialize};

use super::{belief::Belief, goal::Goal, step::Series};
use crate::units::{milliseconds::Milliseconds, usd::Usd};

/// The time that an invocation takes, as long as nothing was measured, in ms: a guess on the safe side.
const UNKNOWN: f64 = 3000.0;
/// The time that a cold start adds to the first invocation, in ms: initialisation is billed.
const COLD_START: f64 = 1000.0;

/// The budget of a search: what it may spend, and what it has spent.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Budget {
    /// The most invocations.
    pub max_invocations: Option<u32>,
    /// Invocations made.
    pub spent_invocations: u32,
    /// The most money.
    pub max_spend: Option<Usd>,
    /// Money spent.
    pub spent: Usd,
}

/// The forecast of what a round is going to take.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Forecast {
    /// Invocations, with the cold ones.
    pub invocations: u32,
    /// The time that it takes when sizes and lanes run side by side; publishing comes on top.
    pub duration: Milliseconds,
    /// The cost of the invocations.
    pub cost: Usd,
    /// Their cost if every duration is at the upper end of its 95 % band.
    pub cost_at_most: Usd,
}

impl Forecast {
    /// The forecast for a round. With nothing known an invocation is taken to last 3 seconds (or the function's
    /// timeout), and a cold start always adds 1 second.
    #[must_use]
    pub fn of(round: &[Series], belief: Option<&Belief>, goal: &Goal) -> Self {
        round.iter().fold(Self::default(), |sum, series| {
            let (expected, high) = belief
                .and_then(|belief| belief.band(series.power))
                .map_or((UNKNOWN, UNKNOWN), |band| (band.mean, band.high));
            let lane = |duration: f64| duration.min(goal.timeout.0) * f64::from(1 + series.lanes.warm) + COLD_START;
            let cost = |duration: f64| goal.cost(series.power, lane(duration) * f64::from(series.lanes.count));
            Self {
                invocations: sum.invocations + series.invocations(),
                duration: Milliseconds(sum.duration.0.max(lane(expected))),
                cost: sum.cost + cost(expected),
                cost_at_most: sum.cost_at_most + cost(high),
            }
        })
    }
}

impl Budget {
    /// Returns true if there is enough left for the round.
    #[must_use]
    pub fn allows(&self, round: &Forecast) -> bool {
        self.max_invocations.is_none_or(|max| self.spent_invocations.saturating_add(round.invocations) <= max)
            && self.max_spend.is_none_or(|max| self.spent + round.cost_at_most <= max)
    }
}
