//! The next step of a search, as a plan says it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::settings::Lanes;
use crate::units::power::Power;

/// The next step of a search.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Measure these sizes, and plan again.
    Measure(Vec<Series>),
    /// Measure these sizes once more to be sure, and plan again, with the reason why exploring ended.
    Verify(Vec<Series>, Stop),
    /// Nothing more: this measured size wins.
    Done {
        /// The winner.
        winner: Power,
        /// Why exploring ended.
        stop: Stop,
    },
    /// Nothing can win.
    Failed(Hopeless),
}

/// One size to be measured in a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Series {
    /// The memory size.
    pub power: Power,
    /// True if it was measured before: it then takes a version of its own, so that the environments are others.
    pub again: bool,
    /// The number of environments, and of warm samples of each after its cold start.
    pub lanes: Lanes,
}

impl Series {
    /// The number of invocations that this takes, with the cold ones.
    #[must_use]
    pub fn invocations(&self) -> u32 {
        self.lanes.invocations()
    }
}

/// Why exploring ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "camelCase")]
pub enum Stop {
    /// No other size promises a gain that is worth measuring.
    Converged,
    /// The most rounds were made.
    Rounds,
    /// The most sizes were measured.
    Sizes,
    /// Another round could have exceeded `num`, `maxInvocations` or the budget.
    Budget,
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Converged => "no other size promises a gain that is worth measuring",
            Self::Rounds => "the most rounds were made",
            Self::Sizes => "the most sizes were measured",
            Self::Budget => "another round could have exceeded num or the budget",
        })
    }
}

/// Why nothing can win.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "camelCase")]
pub enum Hopeless {
    /// It failed at the largest size that is allowed.
    #[error("the function does not run at any memory size up to {largest}, the largest one allowed")]
    NothingRuns {
        /// The largest size allowed.
        largest: Power,
    },
    /// Too much memory is in use.
    #[error(
        "the function uses {used} MB, which leaves too little headroom at {largest}, the largest memory size allowed: \
         lower \"memoryHeadroom\" or raise \"maxPower\""
    )]
    NoHeadroom {
        /// The memory that it was seen to use, in MB.
        used: u32,
        /// The largest size allowed.
        largest: Power,
    },
    /// The budget ended before anything that can win was measured.
    #[error("the budget ended before a memory size that can win was measured: raise \"maxInvocations\" or the budget")]
    Budget,
}
