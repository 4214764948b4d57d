//! The work of one invocation, and how long that takes on AWS.

use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde::Deserialize;

/// Memory at which Lambda gives a function one vCPU, in MB.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>
pub const MB_PER_VCPU: f64 = 1769.0;

/// Memory of the function itself, in MB.
pub const OWN_MEMORY_MB: u32 = 30;

/// The work of one invocation. Each field comes from the payload, else from the environment variable of the same name
/// in capitals (`CPU_MS`), else it is nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Work {
    /// CPU time, in ms at one vCPU.
    pub cpu_ms: f64,
    /// Threads among which the CPU time is divided.
    pub threads: u32,
    /// Time spent waiting, in ms.
    pub io_ms: f64,
    /// Memory that it holds beside its own, in MB.
    pub memory_mb: u32,
    /// The scatter of durations: each is drawn evenly from 1 - jitter to 1 + jitter times the true one.
    pub jitter: f64,
    /// Seed of that draw.
    pub seed: u64,
}

/// The part of the payload that sets the work.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Settings {
    cpu_ms: Option<f64>,
    threads: Option<u32>,
    io_ms: Option<f64>,
    memory_mb: Option<u32>,
    jitter: Option<f64>,
    seed: Option<u64>,
}

impl Work {
    /// The work that a payload and the environment, looked up by `variable`, ask for.
    pub fn new(payload: &serde_json::Value, variable: impl Fn(&str) -> Option<String>) -> Self {
        let settings: Settings = serde_json::from_value(payload.clone()).unwrap_or_default();
        let from_environment = |name: &str| variable(name).and_then(|value| value.parse::<f64>().ok());
        let number = |set: Option<f64>, name: &str| set.or_else(|| from_environment(name)).unwrap_or_default().max(0.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "settings are small and not negative"
        )]
        let whole = |set: Option<u32>, name: &str| number(set.map(f64::from), name) as u32;
        Self {
            cpu_ms: number(settings.cpu_ms, "CPU_MS"),
            threads: whole(settings.threads, "THREADS").max(1),
            io_ms: number(settings.io_ms, "IO_MS"),
            memory_mb: whole(settings.memory_mb, "MEMORY_MB"),
            jitter: number(settings.jitter, "JITTER").min(1.0),
            seed: settings.seed.unwrap_or(0),
        }
    }

    /// True if a memory size is enough.
    #[must_use]
    pub fn fits(&self, memory_mb: u32) -> bool {
        self.used_mb() <= memory_mb
    }

    /// The memory that it uses, in MB.
    #[must_use]
    pub fn used_mb(&self) -> u32 {
        OWN_MEMORY_MB + self.memory_mb
    }

    /// The duration at a memory size, in ms: waiting does not get faster, computing does until every thread has a whole
    /// vCPU.
    #[must_use]
    pub fn duration_ms(&self, memory_mb: u32) -> f64 {
        let vcpus = f64::from(memory_mb) / MB_PER_VCPU;
        self.io_ms + self.cpu_ms / vcpus.min(f64::from(self.threads))
    }

    /// The duration of invocation number `count`, in ms, scatter included.
    #[must_use]
    pub fn scattered_duration_ms(&self, memory_mb: u32, count: u64) -> f64 {
        let mut random = StdRng::seed_from_u64(self.seed ^ count.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        self.duration_ms(memory_mb) * (1.0 + self.jitter * random.random_range(-1.0..=1.0))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_payload_goes_before_the_environment() {
        let variable = |name: &str| (name == "CPU_MS" || name == "IO_MS").then(|| "7".to_owned());
        let work = Work::new(&json!({"cpuMs": 5, "threads": 2}), variable);
        assert_eq!((work.cpu_ms, work.io_ms, work.threads, work.memory_mb), (5.0, 7.0, 2, 0));
        assert_eq!(Work::new(&json!("text"), variable).cpu_ms, 7.0);
    }

    #[test]
    fn computing_gets_faster_until_every_thread_has_a_vcpu_and_waiting_never() {
        let work = |threads| Work::new(&json!({"cpuMs": 100, "ioMs": 10, "threads": threads}), |_| None);
        assert!((work(1).duration_ms(1769) - 110.0).abs() < 1e-9);
        assert!((work(1).duration_ms(3538) - 110.0).abs() < 1e-9);
        assert!((work(2).duration_ms(3538) - 60.0).abs() < 1e-9);
        assert!((work(1).duration_ms(128) - (10.0 + 100.0 * 1769.0 / 128.0)).abs() < 1e-9);
    }

    #[test]
    fn scatter_is_seeded_and_bounded() {
        let work = Work::new(&json!({"cpuMs": 100, "jitter": 0.1, "seed": 3}), |_| None);
        for count in 0..100 {
            let duration = work.scattered_duration_ms(1769, count);
            assert!((90.0..=110.0).contains(&duration), "{duration}");
            assert_eq!(duration, work.scattered_duration_ms(1769, count));
        }
    }
}
