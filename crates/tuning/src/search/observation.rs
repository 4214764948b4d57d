//! What was measured, as it travels between rounds.

use serde::{Deserialize, Serialize};

use crate::{
    milliseconds::Milliseconds,
    power::Power,
    statistics::{Trim, quantile, trimmed_mean},
};

/// A lane, summarised: a series of invocations on one execution environment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LaneSummary {
    /// How many warm samples it has.
    pub samples: u32,
    /// The mean of their durations without the lowest and the highest 20 %.
    pub duration: Milliseconds,
    /// How much the durations scatter: the median of |ln d - median ln d| x sqrt(n / (n - 1)). One sample says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scatter: Option<f64>,
    /// How the durations went on: ln of the mean of the later half over the mean of the earlier half, without the middle one.
    /// Of functions that warm up it is negative. One sample says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drift: Option<f64>,
}

impl LaneSummary {
    /// Summarises the durations of a lane's warm invocations in their order, in ms; `None` of nothing.
    #[must_use]
    pub fn of(durations: &[f64]) -> Option<Self> {
        let samples = u32::try_from(durations.len()).ok()?;
        let duration = Milliseconds(trimmed_mean(durations, Trim::DEFAULT)?);
        let logarithms: Vec<f64> = durations.iter().map(|duration| duration.ln()).collect();
        let center = quantile(&logarithms, 0.5)?;
        let deviations: Vec<f64> = logarithms.iter().map(|logarithm| (logarithm - center).abs()).collect();
        let scatter = (samples > 1).then(|| {
            let correction = (f64::from(samples) / f64::from(samples - 1)).sqrt();
            quantile(&deviations, 0.5).map(|deviation| deviation * correction)
        });
        let half = durations.len() / 2;
        let mean = |durations: &[f64]| durations.iter().sum::<f64>() / durations.len() as f64;
        let drift = || Some((mean(durations.get(durations.len() - half..)?) / mean(durations.get(..half)?)).ln());
        let drift = if half > 0 { drift() } else { None };
        Some(Self { samples, duration, scatter: scatter.flatten(), drift })
    }

    /// Whether it says something about the duration.
    pub(super) fn is_usable(&self) -> bool {
        self.samples > 0 && self.duration.0.is_normal() && self.duration.0 > 0.0
    }
}

/// What was measured at one power value in all rounds up to now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Observation {
    /// The memory size.
    pub power: Power,
    /// Its lanes, of all rounds.
    pub lanes: Vec<LaneSummary>,
    /// The function does not run at this memory size: most of its invocations failed.
    pub failed: bool,
    /// The most memory that an invocation used, in MB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_memory_used: Option<u32>,
}

impl Observation {
    /// Adds what a later round measured at the same power value.
    pub fn absorb(&mut self, later: Self) {
        self.lanes.extend(later.lanes);
        self.failed |= later.failed;
        self.max_memory_used = self.max_memory_used.max(later.max_memory_used);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scatter_of_two_samples_is_their_distance_over_the_root_of_2() {
        let lane = LaneSummary::of(&[100.0, 110.0]).unwrap();
        assert!((lane.scatter.unwrap() - 1.1_f64.ln() / 2.0_f64.sqrt()).abs() < 1e-12);
        assert_eq!((lane.samples, lane.duration), (2, Milliseconds(105.0)));
        assert!((lane.drift.unwrap() - 1.1_f64.ln()).abs() < 1e-12);
        let single = LaneSummary::of(&[100.0]).unwrap();
        assert_eq!((single.scatter, single.drift), (None, None));
        assert_eq!(LaneSummary::of(&[]), None);
    }

    #[test]
    fn a_later_round_adds_lanes_and_a_failure_stays() {
        let lane = LaneSummary::of(&[100.0, 110.0]).unwrap();
        let round =
            |failed, max_memory_used| Observation { power: Power::MIN, lanes: vec![lane], failed, max_memory_used };
        let mut observation = round(true, Some(70));
        observation.absorb(round(false, None));
        assert_eq!(observation, Observation { lanes: vec![lane; 2], ..round(true, Some(70)) });
    }
}
