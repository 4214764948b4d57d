//! The warnings about a function: what should be known of it, whatever memory size is best.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Counts, History, Subject};
use crate::units::milliseconds::Milliseconds;

/// More of its memory than this, and an invocation that needs a little more fails.
const NEARLY_ALL_MEMORY: f64 = 0.9;
/// Where the slowest 1 % takes more of the timeout than this, a slow day is enough to reach it.
const NEARLY_TIMEOUT: f64 = 0.8;
/// With more cold starts than this, memory should be judged by cold starts, too.
const MANY_STARTS: f64 = 0.1;
/// A larger part of the bill than this is worth saving by itself.
const MUCH_INIT: f64 = 0.1;

/// With more failures than this, averages are those of invocations that did not do their work.
const MANY_ERRORS: f64 = 0.01;

/// A warning: what should be known of a function.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "camelCase")]
pub enum Warning {
    /// It uses more than 90 % of its memory.
    #[serde(rename_all = "camelCase")]
    MemoryNearlyFull {
        /// The most that was used, in MB.
        used: u32,
        /// As a share of its memory.
        share: f64,
    },
    /// Invocations were ended by the timeout, or as good as.
    #[serde(rename_all = "camelCase")]
    TimedOut {
        /// The timeout.
        timeout: Milliseconds,
    },
    /// The slowest 1 % takes more than 80 % of the timeout.
    #[serde(rename_all = "camelCase")]
    NearTimeout {
        /// The 99th percentile.
        p99: Milliseconds,
        /// The timeout.
        timeout: Milliseconds,
    },
    /// More than 10 % of the invocations are cold starts.
    #[serde(rename_all = "camelCase")]
    ColdStarts {
        /// The share.
        share: f64,
    },
    /// Initialisations are more than 10 % of what is billed.
    #[serde(rename_all = "camelCase")]
    InitCost {
        /// The share of the billed duration.
        share: f64,
    },
    /// More than 1 % of the invocations failed.
    #[serde(rename_all = "camelCase")]
    Errors {
        /// The share.
        share: f64,
    },
    /// Some attempts to invoke it did not run.
    #[serde(rename_all = "camelCase")]
    Throttles {
        /// As a share of all attempts.
        share: f64,
    },
}

impl Warning {
    /// Those of a function, by what was reported at its present memory size.
    #[must_use]
    pub fn all(subject: &Subject, history: &History) -> Vec<Self> {
        let Subject { timeout, .. } = *subject;
        let (cold, init) = (history.cold_share(), history.billed_init() / history.billed.max(f64::MIN_POSITIVE));
        let share = history.memory_share();
        let time = if history.duration.max >= timeout.0 {
            Some(Self::TimedOut { timeout })
        } else {
            let p99 = Milliseconds(history.duration.p99);
            (p99.0 > NEARLY_TIMEOUT * timeout.0).then_some(Self::NearTimeout { p99, timeout })
        };
        let used = history.max_memory_used;
        let Counts { invocations, errors, throttles } = subject.counts.unwrap_or_default();
        let (failed, throttled) = (errors / invocations.max(1.0), throttles / (invocations + throttles).max(1.0));
        [
            (share > NEARLY_ALL_MEMORY).then_some(Self::MemoryNearlyFull { used, share }),
            time,
            (cold > MANY_STARTS).then_some(Self::ColdStarts { share: cold }),
            (init > MUCH_INIT).then_some(Self::InitCost { share: init }),
            (failed > MANY_ERRORS).then_some(Self::Errors { share: failed.min(1.0) }),
            (throttled > 0.0).then_some(Self::Throttles { share: throttled }),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// A few words for a cell of a table.
    #[must_use]
    pub fn brief(&self) -> String {
        match self {
            Self::MemoryNearlyFull { share, .. } => format!("memory {} used", percent(*share)),
            Self::TimedOut { .. } => "timeouts".to_owned(),
            Self::NearTimeout { .. } => "near timeout".to_owned(),
            Self::ColdStarts { share } => format!("{} cold", percent(*share)),
            Self::InitCost { share } => format!("INIT {} of cost", percent(*share)),
            Self::Errors { share } => format!("{} failed", percent(*share)),
            Self::Throttles { share } => format!("{} throttled", percent(*share)),
        }
    }
}

impl fmt::Display for Warning {
    /// A predicate: "uses 95 % of its memory (122 MB)".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MemoryNearlyFull { used, share } => {
                write!(f, "used {} of its memory ({used} MB): give it more before it fails", percent(*share))
            }
            Self::TimedOut { timeout } => {
                write!(f, "had an invocation that took its whole timeout of {:.0} s", timeout.0 / 1000.0)
            }
            Self::NearTimeout { p99, timeout } => write!(
                f,
                "takes more than {:.1} s in 1 % of its invocations: its timeout is {:.0} s",
                p99.0 / 1000.0,
                timeout.0 / 1000.0
            ),
            Self::ColdStarts { share } => {
                write!(f, "starts cold in {} of its invocations: tune it with onlyColdStarts, too", percent(*share))
            }
            Self::InitCost { share } => {
                write!(f, "is billed {} of its duration for initialisation (INIT)", percent(*share))
            }
            Self::Errors { share } => write!(
                f,
                "failed in {} of its invocations: what is known of its duration is of those, too",
                percent(*share)
            ),
            Self::Throttles { share } => {
                write!(f, "was throttled in {} of the attempts to invoke it", percent(*share))
            }
        }
    }
}

/// "12 %", "0.4 %" below 1 %, and "less than 0.1 %".
fn percent(share: f64) -> String {
    if share < 0.001 {
        return "less than 0.1 %".to_owned();
    }
    let decimals = usize::from(share < 0.01);
    format!("{:.decimals$} %", share * 100.0)
}
