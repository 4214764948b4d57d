//! Durations as Lambda reports them.

use std::{fmt, ops::Add};

use serde::{Deserialize, Serialize};

/// A duration in milliseconds; Lambda reports two decimals.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
#[serde(transparent)]
pub struct Milliseconds(pub f64);

impl Milliseconds {
    /// The number of milliseconds of whole seconds, as a function's `Timeout` is given.
    #[must_use]
    pub fn from_seconds(seconds: u32) -> Self {
        Self(f64::from(seconds) * 1000.0)
    }
}

impl Add for Milliseconds {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl fmt::Display for Milliseconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} ms", self.0)
    }
}

/// A billed duration: whole milliseconds, rounded up by Lambda.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
#[serde(transparent)]
pub struct BilledMilliseconds(pub u64);
