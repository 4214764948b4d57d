//! Samples: measured invocations.

use serde::{Deserialize, Serialize};

use crate::{
    log_tail::Report,
    milliseconds::{BilledMilliseconds, Milliseconds},
};

/// One measured invocation. In JSON `[duration, billed]`, and a third number, the cold start, if there was one: many of
/// them travel in the state of the state machine, which has 256 KiB.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "Compact", into = "Compact")]
pub struct Sample {
    /// Time that the handler ran.
    pub duration: Milliseconds,
    /// What was billed, cold start included.
    pub billed: BilledMilliseconds,
    /// Initialisation or restore of the environment, if this invocation had to wait for one.
    pub cold_start: Option<Milliseconds>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(untagged)]
enum Compact {
    Cold(Milliseconds, BilledMilliseconds, Milliseconds),
    Warm(Milliseconds, BilledMilliseconds),
}

impl From<Compact> for Sample {
    fn from(compact: Compact) -> Self {
        let (duration, billed, cold_start) = match compact {
            Compact::Cold(duration, billed, cold_start) => (duration, billed, Some(cold_start)),
            Compact::Warm(duration, billed) => (duration, billed, None),
        };
        Self { duration, billed, cold_start }
    }
}

impl From<Sample> for Compact {
    fn from(sample: Sample) -> Self {
        match sample.cold_start {
            Some(cold_start) => Self::Cold(sample.duration, sample.billed, cold_start),
            None => Self::Warm(sample.duration, sample.billed),
        }
    }
}

impl From<&Report> for Sample {
    fn from(report: &Report) -> Self {
        Self { duration: report.duration, billed: report.billed, cold_start: report.cold_start() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_two_numbers_and_a_cold_one_three() {
        let warm = Sample { duration: Milliseconds(12.34), billed: BilledMilliseconds(13), cold_start: None };
        let cold = Sample { cold_start: Some(Milliseconds(101.2)), ..warm };
        assert_eq!(serde_json::to_string(&[warm, cold]).unwrap(), "[[12.34,13],[12.34,13,101.2]]");
        assert_eq!(serde_json::from_str::<[Sample; 2]>("[[12.34,13],[12.34,13,101.2]]").unwrap(), [warm, cold]);
    }
}
