//! The model's estimates of the sizes that were measured: these decide.

use super::{belief::Belief, goal::Goal};
use crate::units::{milliseconds::Milliseconds, power::Power, usd::Usd};

/// The estimate of a measured size, all measurements pooled: those of other sizes say something of it, too, as
/// durations follow a curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The memory size.
    pub power: Power,
    /// The duration of an average invocation, in ms.
    pub duration: Milliseconds,
    /// Its cost, without the request.
    pub cost: Usd,
}

impl Belief {
    /// One for each size that was measured and at which the function ran, by size.
    #[must_use]
    pub fn estimates(&self, goal: &Goal) -> Vec<Estimate> {
        let measured = (0..self.sizes.len()).filter(|&j| self.measured[j].is_some());
        measured
            .map(|j| {
                let (power, duration) = (self.sizes[j], self.estimated_duration(j));
                Estimate { power, duration: Milliseconds(duration), cost: goal.cost(power, duration) }
            })
            .collect()
    }
}
