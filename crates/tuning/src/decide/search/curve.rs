//! The modelled curve: what duration and cost are believed to be at every size.

use serde::{Deserialize, Serialize};

use super::{belief::Belief, goal::Goal};
use crate::units::{milliseconds::Milliseconds, power::Power, usd::Usd};

/// A point of the modelled curve. Nothing of it was measured as it stands here, not even at a measured size.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CurvePoint {
    /// The memory size, in MB.
    pub power: Power,
    /// The expected duration, in ms.
    pub duration: Milliseconds,
    /// With 95 % probability the duration is not below, in ms.
    pub low: Milliseconds,
    /// With 95 % probability the duration is not above, in ms.
    pub high: Milliseconds,
    /// What an average invocation of the expected duration costs.
    pub cost: Usd,
}

/// The probability that a size keeps to each of the limits of the goal.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LimitsMet {
    /// The probability that the average duration is not above `maxDuration`; null without that limit.
    pub max_duration: Option<f64>,
    /// The probability that the average cost is not above `maxCost`; null without that limit.
    pub max_cost: Option<f64>,
}

impl Belief {
    /// The curve from the smallest size that may win to the largest one, in at most so many points.
    #[must_use]
    pub fn curve(&self, goal: &Goal, points: usize) -> Vec<CurvePoint> {
        let positions = self.may_win();
        let last = positions.len().saturating_sub(1);
        let steps = points.saturating_sub(1).min(last);
        let mut shown: Vec<usize> = (0..=steps).map(|i| (i * last).checked_div(steps).unwrap_or(0)).collect();
        shown.truncate(points);
        shown.into_iter().filter_map(|i| self.point(*positions.get(i)?, goal)).collect()
    }

    fn point(&self, position: usize, goal: &Goal) -> Option<CurvePoint> {
        let power = *self.sizes.get(position)?;
        let band = self.band(power)?;
        Some(CurvePoint {
            power,
            duration: Milliseconds(band.mean),
            low: Milliseconds(band.low),
            high: Milliseconds(band.high),
            cost: goal.cost(power, band.mean),
        })
    }

    /// Computes the probability that a size, such as the winner, keeps to each of the limits of the goal.
    #[must_use]
    pub fn limits_met(&self, power: Power, goal: &Goal) -> LimitsMet {
        let durations = self.durations(power);
        let share = |is_met: &dyn Fn(f64) -> bool| {
            durations.iter().filter(|&&duration| is_met(duration)).count() as f64 / durations.len() as f64
        };
        LimitsMet {
            max_duration: goal.max_duration.map(|limit| share(&|duration| duration <= limit.0)),
            max_cost: goal.max_cost.map(|limit| share(&|duration| goal.cost(power, duration) <= limit)),
        }
    }
}
