//! The measurements as they travel between rounds.

use serde::{Deserialize, Serialize};

pub use crate::measure::lane::LaneSummary;
use crate::units::power::Power;

/// The measurements of one memory size in all rounds up to now.
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
    /// Adds what a later round measured at the same memory size.
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
    fn a_later_round_adds_lanes_and_a_failure_stays() {
        let lane = LaneSummary::of(&[100.0, 110.0]).unwrap();
        let round =
            |failed, max_memory_used| Observation { power: Power::MIN, lanes: vec![lane], failed, max_memory_used };
        let mut observation = round(true, Some(70));
        observation.absorb(round(false, None));
        assert_eq!(observation, Observation { lanes: vec![lane; 2], ..round(true, Some(70)) });
    }
}
