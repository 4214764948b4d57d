//! The objective of a caller: which memory size is best, what it must meet, and how sure the answer is to be.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::units::{milliseconds::Milliseconds, usd::Usd};

/// The meaning of "best", by the rules of the reference tool, and beyond them by a [`Tolerance`].
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

/// Differences below this fraction do not matter: of the memory sizes whose cost is within it of the cheapest the
/// fastest wins; for `speed`, of those whose duration is within it of the fastest, the cheapest. `balanced` weighs cost
/// and duration against each other already, so that it changes nothing there.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
#[serde(transparent)]
pub struct Tolerance(pub f64);

impl Tolerance {
    /// Every difference matters: the rule of the reference tool.
    pub const NONE: Self = Self(0.0);
    /// The tolerance of a search, unless the caller says otherwise.
    pub const OF_A_SEARCH: Self = Self(0.02);

    /// Returns true if a value is no further above the least one than this allows. Means of equal samples differ by how
    /// they are rounded: that is no difference.
    #[must_use]
    pub fn covers(self, value: f64, least: f64) -> bool {
        const ROUNDING: f64 = 1e-12;
        value <= least * (1.0 + self.0 + ROUNDING)
    }
}

impl fmt::Display for Tolerance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // At most four decimals of a percentage, and none that says nothing.
        let percent = format!("{:.4}", self.0 * 100.0);
        write!(f, "{} %", percent.trim_end_matches('0').trim_end_matches('.'))
    }
}

impl Strategy {
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
}

/// The limits that a memory size must meet to win.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// `maxDuration`.
    pub max_duration: Option<Milliseconds>,
    /// `maxCost`: per invocation.
    pub max_cost: Option<Usd>,
    /// `memoryHeadroom`: at least so much more memory than was used, as a fraction.
    pub memory_headroom: f64,
    /// `tolerance`: differences below it do not matter. It softens no limit: only what keeps to them is compared.
    #[serde(default)]
    pub tolerance: Tolerance,
}

/// The certainty that the answer is to have, against what finding it costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "camelCase")]
pub enum Effort {
    /// Fewer rounds, and fewer environments to verify the answer.
    Quick,
    /// About as much as the reference tool's six sizes with ten invocations each.
    #[default]
    Normal,
    /// More environments for each size.
    Thorough,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tolerance_is_shown_in_percent() {
        let shown = [0.02, 0.005, 0.5, 0.000_12].map(|tolerance| Tolerance(tolerance).to_string());
        assert_eq!(shown, ["2 %", "0.5 %", "50 %", "0.012 %"]);
    }
}
