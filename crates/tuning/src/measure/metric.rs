//! The duration that a strategy and a limit look at.

use serde::{Deserialize, Serialize};

/// The duration that `strategy` and `maxDuration` look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Metric {
    /// The trimmed mean, as the reference tool has it.
    #[default]
    Average,
    /// The median.
    P50,
    /// The duration that 90 % of invocations do not exceed.
    P90,
    /// The duration that 95 % do not exceed.
    P95,
    /// The duration that 99 % do not exceed.
    P99,
}

impl Metric {
    /// The metric that the input names so.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Average, Self::P50, Self::P90, Self::P95, Self::P99].into_iter().find(|metric| metric.name() == name)
    }

    /// The name that the input gives it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Average => "average",
            Self::P50 => "p50",
            Self::P90 => "p90",
            Self::P95 => "p95",
            Self::P99 => "p99",
        }
    }

    /// The quantile that it is; the average is none.
    #[must_use]
    pub fn quantile(self) -> Option<f64> {
        match self {
            Self::Average => None,
            Self::P50 => Some(0.5),
            Self::P90 => Some(0.9),
            Self::P95 => Some(0.95),
            Self::P99 => Some(0.99),
        }
    }

    /// The number of samples that it takes: below, the quantile would be little more than the slowest sample.
    #[must_use]
    pub fn fewest_samples(self) -> usize {
        match self {
            Self::Average | Self::P50 => 1,
            Self::P90 => 30,
            Self::P95 => 60,
            Self::P99 => 300,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::input::{Field, Kind};

    #[test]
    fn every_word_of_the_input_names_a_metric() {
        let Some(Field { kind: Kind::Word(words), .. }) = Field::named("metric") else { panic!("no words") };
        for word in *words {
            assert_eq!(Metric::named(word).unwrap().name(), *word);
        }
        assert_eq!(Metric::named("p42"), None);
    }
}
