//! Percentages that somebody has set.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A percentage: 0 or more.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Percent(f64);

/// It is no percentage.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("expected a percentage of 0 or more, got {0}")]
pub struct BadPercent(f64);

impl Percent {
    /// A percentage that is known to be one.
    pub(super) const fn of(percent: f64) -> Self {
        Self(percent)
    }

    /// As a fraction.
    #[must_use]
    pub fn fraction(self) -> f64 {
        self.0 / 100.0
    }
}

impl TryFrom<f64> for Percent {
    type Error = BadPercent;

    fn try_from(percent: f64) -> Result<Self, BadPercent> {
        if percent.is_finite() && percent >= 0.0 { Ok(Self(percent)) } else { Err(BadPercent(percent)) }
    }
}

impl From<Percent> for f64 {
    fn from(percent: Percent) -> Self {
        percent.0
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_is_a_number_from_0_on() {
        assert_eq!(serde_json::from_str::<Percent>("10").unwrap().fraction(), 0.1);
        assert_eq!(Percent::try_from(250.0).unwrap().to_string(), "250 %");
        let refused = serde_json::from_str::<Percent>("-1").unwrap_err().to_string();
        assert!(refused.starts_with("expected a percentage of 0 or more, got -1"), "{refused}");
        assert!(Percent::try_from(f64::NAN).is_err());
    }
}
