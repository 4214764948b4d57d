//! The history of a function: what is known of it without invoking it.

use crate::{
    decide::search::{LaneSummary, Observation},
    price::Architecture,
    units::{milliseconds::Milliseconds, power::Power},
};

/// A function as it is now, and how it is used.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// The region that it is billed in.
    pub region: String,
    /// Its architecture.
    pub architecture: Architecture,
    /// Its memory size.
    pub memory: Power,
    /// Its timeout.
    pub timeout: Milliseconds,
    /// The size of `/tmp`, in MB.
    pub ephemeral_storage_mb: u32,
    /// Invocations a month.
    pub invocations: u64,
    /// What CloudWatch has counted, if that is known.
    pub counts: Option<Counts>,
}

/// Counts of invocations, over some time.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Counts {
    /// Those that ran.
    pub invocations: f64,
    /// Those of them that ended with an error.
    pub errors: f64,
    /// Attempts that did not run, because too many ran at the same time.
    pub throttles: f64,
}

/// The summary of the reports of past invocations at one memory size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct History {
    /// The memory size that they ran with.
    pub memory: Power,
    /// The number of reports.
    pub invocations: u64,
    /// Time that the handler ran.
    pub duration: Durations,
    /// The mean billed duration in ms, with the initialisation of cold starts.
    pub billed: f64,
    /// The cold starts among them; nothing if there was none.
    pub starts: Option<Starts>,
    /// The most memory that an environment used, in MB.
    pub max_memory_used: u32,
}

/// The durations of invocations, in ms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Durations {
    /// The mean.
    pub mean: f64,
    /// The median.
    pub p50: f64,
    /// 5 % took longer.
    pub p95: f64,
    /// 1 % took longer.
    pub p99: f64,
    /// The longest.
    pub max: f64,
}

/// Cold starts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Starts {
    /// The number of cold starts.
    pub count: u64,
    /// The mean duration of their initialisation, in ms.
    pub init: f64,
}

impl History {
    /// As the search sees it. All invocations together count as one lane: how environments differ is not reported, and
    /// what was a year ago at another size may have been other code with other traffic.
    #[must_use]
    pub fn observation(&self) -> Observation {
        let samples = u32::try_from(self.invocations).unwrap_or(u32::MAX);
        let duration = Milliseconds(self.duration.mean);
        Observation {
            power: self.memory,
            lanes: vec![LaneSummary { samples, duration, deviation: None, drift: None }],
            failed: false,
            max_memory_used: Some(self.max_memory_used),
        }
    }

    /// The share of the invocations that waited for a cold start.
    #[must_use]
    pub fn cold_share(&self) -> f64 {
        self.starts.map_or(0.0, |starts| starts.count as f64 / self.invocations.max(1) as f64)
    }

    /// The time that an average invocation is billed for initialisations, in ms.
    #[must_use]
    pub fn billed_init(&self) -> f64 {
        self.starts.map_or(0.0, |starts| starts.init * self.cold_share())
    }

    /// The share of its memory that the function used.
    #[must_use]
    pub fn memory_share(&self) -> f64 {
        f64::from(self.max_memory_used) / f64::from(self.memory.megabytes())
    }
}
