//! Findings, and the sentences that say them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    measure::comparison::Ratio,
    units::{milliseconds::Milliseconds, power::Power, usd::Usd},
};

/// A difference between two runs that somebody should know of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "camelCase")]
pub enum Finding {
    /// Another memory size is the best one now.
    OptimumMoved {
        /// The winner of the last run.
        from: Power,
        /// The winner of this run.
        to: Power,
        /// What is wrong with the old one now.
        because: Moved,
    },
    /// An average invocation costs more, or less.
    CostDrifted {
        /// At this memory size.
        at: Power,
        /// In the last run.
        last: Usd,
        /// In this run.
        now: Usd,
        /// This run by the last one.
        ratio: Ratio,
    },
    /// An average invocation takes more time, or less.
    DurationDrifted {
        /// At this memory size.
        at: Power,
        /// In the last run.
        last: Milliseconds,
        /// In this run.
        now: Milliseconds,
        /// This run by the last one.
        ratio: Ratio,
    },
    /// Memory use came close to the memory size.
    MemoryNearLimit {
        /// The memory size.
        at: Power,
        /// The most that an invocation used in the last run, in MB.
        last: u32,
        /// In this run.
        now: u32,
    },
}

/// A finding, and the sentence that says it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// The finding.
    #[serde(flatten)]
    pub finding: Finding,
    /// In words.
    pub sentence: String,
}

impl From<Finding> for Told {
    fn from(finding: Finding) -> Self {
        Self { sentence: finding.to_string(), finding }
    }
}

/// What is wrong with the memory size that won the last run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "camelCase")]
pub enum Moved {
    /// An average invocation costs more than at the new one.
    CostsMore {
        /// The old one by the new one, in this run.
        ratio: Ratio,
    },
    /// An average invocation takes longer than at the new one.
    TakesLonger {
        /// The old one by the new one, in this run.
        ratio: Ratio,
    },
    /// Its weighted sum of cost and duration is higher than that of the new one.
    WorseBalance {
        /// The old one by the new one, in this run.
        ratio: Ratio,
    },
    /// It does not meet `maxDuration`.
    #[serde(rename_all = "camelCase")]
    TooSlow {
        /// How long an average invocation takes.
        duration: Milliseconds,
        /// The limit.
        max_duration: Milliseconds,
    },
    /// It does not meet `maxCost`.
    #[serde(rename_all = "camelCase")]
    TooExpensive {
        /// What an average invocation costs.
        cost: Usd,
        /// The limit.
        max_cost: Usd,
    },
    /// It was left out.
    LeftOut {
        /// Why, as the run's output says it.
        reason: String,
    },
}

impl Finding {
    /// In a word or two, for a table.
    #[must_use]
    pub fn brief(&self) -> &'static str {
        match self {
            Self::OptimumMoved { .. } => "optimum moved",
            Self::CostDrifted { ratio, .. } if ratio.ratio > 1.0 => "costs more",
            Self::CostDrifted { .. } => "costs less",
            Self::DurationDrifted { ratio, .. } if ratio.ratio > 1.0 => "slower",
            Self::DurationDrifted { .. } => "faster",
            Self::MemoryNearLimit { .. } => "memory near limit",
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OptimumMoved { from, to, because } => {
                write!(f, "The best memory size has moved from {from} to {to}: ")?;
                match because {
                    Moved::CostsMore { ratio } => {
                        write!(f, "at {from} an average invocation costs {} as much as at {to}", Times(*ratio))
                    }
                    Moved::TakesLonger { ratio } => {
                        write!(f, "at {from} an average invocation takes {} as long as at {to}", Times(*ratio))
                    }
                    Moved::WorseBalance { ratio } => {
                        write!(f, "the weighted sum of cost and duration at {from} is {} that at {to}", Times(*ratio))
                    }
                    Moved::TooSlow { duration, max_duration } => {
                        write!(f, "at {from} an average invocation takes {duration}, and maxDuration is {max_duration}")
                    }
                    Moved::TooExpensive { cost, max_cost } => {
                        write!(f, "at {from} an average invocation costs {cost}, and maxCost is {max_cost}")
                    }
                    Moved::LeftOut { reason } => write!(f, "{from} was left out: {reason}"),
                }?;
                f.write_str(".")
            }
            Self::CostDrifted { at, ratio, .. } => {
                write!(f, "At {at} an average invocation costs {} as much as in the last run.", Times(*ratio))
            }
            Self::DurationDrifted { at, last, now, ratio } => write!(
                f,
                "At {at} an average invocation takes {} as long as in the last run: {now}, after {last}.",
                Times(*ratio)
            ),
            Self::MemoryNearLimit { at, last, now } => {
                let share = f64::from(*now) / f64::from(at.megabytes()) * 100.0;
                write!(f, "Memory use reached {now} MB, {share:.0} % of {at}; in the last run it was {last} MB.")
            }
        }
    }
}

/// "1.30 times (95 % confidence interval 1.18 to 1.43)".
struct Times(Ratio);

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ratio { ratio, low, high, .. } = self.0;
        write!(f, "{ratio:.2} times (95 % confidence interval {low:.2} to {high:.2})")
    }
}
