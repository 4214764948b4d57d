//! Drift: how the result of a run differs from the last one of the same function, as far as the measurements tell.

mod comparing;
mod finding;
mod measured;
mod percent;
#[cfg(test)]
mod true_sentences;

use serde::{Deserialize, Serialize};

pub use self::{
    comparing::{Compared, compare},
    finding::{Finding, Moved, Told},
    percent::{BadPercent, Percent},
};

/// From where on a difference is worth telling.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Thresholds {
    /// The last winner is surely so much worse than the new one: the optimum has moved.
    pub tolerance: Percent,
    /// Cost or duration has surely changed by more than this.
    pub drift: Percent,
    /// An invocation used memory up to so close to the limit, as a share of the memory size.
    pub memory: Percent,
}

impl Thresholds {
    /// The defaults of the schedule's template.
    pub const USUAL: Self = Self { tolerance: Percent::of(5.0), drift: Percent::of(10.0), memory: Percent::of(10.0) };
}
