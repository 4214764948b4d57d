//! The kind of work that a function does, judged by how its duration falls with memory.

use serde::{Deserialize, Serialize};

use super::{
    belief::Belief,
    cell::{Cell, Scaling, VCPU},
};
use crate::units::power::Power;

/// A function that takes less than this at its fastest does nothing to speak of, in ms.
const NOTHING: f64 = 5.0;
/// Where the fall of a curve is judged, in MB: from here to one virtual CPU.
const JUDGED_FROM: f64 = 256.0;
/// A curve that falls at least like m^-0.7 is CPU-bound: half of the time at one virtual CPU is CPU time.
const CPU_BOUND: f64 = 0.7;
/// A curve that falls less than m^-0.15 is I/O-bound: at one virtual CPU 5 % of the time is CPU time.
const IO_BOUND: f64 = 0.15;
/// Where a duration falls faster than m^-1.3, more CPU does not explain it.
const STARVED: f64 = 1.3;
/// Below this duration, in ms, the fall may be that of CPU quotas, which come in periods of 20 ms.
const QUOTAS: f64 = 50.0;
/// Over which ratio of sizes a fall is judged to be too fast.
const STEP: f64 = 1.4;

/// The activity that a function spends its time with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Pattern {
    /// Nothing: it takes less than 5 ms.
    NoOp,
    /// Computing, which gets faster up to this many cores.
    CpuBound {
        /// The number of cores that it uses.
        cores: u32,
    },
    /// Waiting: memory hardly changes its duration.
    IoBound,
    /// Computing and waiting.
    Mixed,
}

/// The kind of work that a function does.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Workload {
    /// The most probable pattern.
    pub pattern: Pattern,
    /// The probability of the pattern.
    pub probability: f64,
    /// The lack of memory at small sizes, if there is one beside that.
    pub memory_starved: Option<MemoryStarved>,
}

/// A function lacks memory at small sizes: there it gets slower than less CPU would make it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct MemoryStarved {
    /// Up to this memory size, in MB.
    pub up_to: Power,
    /// How probable it is; 1 where it failed.
    pub probability: f64,
}

impl Belief {
    /// The most probable kind of work.
    #[must_use]
    pub fn workload(&self) -> Workload {
        let curves = &self.posterior.curves;
        let fastest = |curve: &Vec<f64>| curve.iter().copied().fold(f64::INFINITY, f64::min);
        let nothing =
            curves.iter().filter(|curve| fastest(curve) < NOTHING).count() as f64 / curves.len().max(1) as f64;
        let mut patterns = vec![(Pattern::NoOp, nothing)];
        for (cell, weight) in &self.posterior.cells {
            let (pattern, weight) = (Pattern::of(cell), weight * (1.0 - nothing));
            match patterns.iter_mut().find(|(known, _)| *known == pattern) {
                Some((_, sum)) => *sum += weight,
                None => patterns.push((pattern, weight)),
            }
        }
        let most = patterns.into_iter().max_by(|a, b| a.1.total_cmp(&b.1));
        let (pattern, probability) = most.unwrap_or((Pattern::Mixed, 0.0));
        Workload { pattern, probability, memory_starved: self.memory_starved() }
    }

    fn memory_starved(&self) -> Option<MemoryStarved> {
        if let Some(up_to) = self.out_of_memory {
            return Some(MemoryStarved { up_to, probability: 1.0 });
        }
        let larger = |j: usize| {
            let far = f64::from(self.sizes[j].megabytes()) * STEP;
            (j..self.sizes.len()).find(|&k| f64::from(self.sizes[k].megabytes()) >= far)
        };
        let too_fast = |curve: &[f64], j: usize| {
            larger(j).is_some_and(|k| {
                let ratio = f64::from(self.sizes[k].megabytes()) / f64::from(self.sizes[j].megabytes());
                curve[k] > QUOTAS && (curve[j] / curve[k]).ln() > STARVED * ratio.ln()
            })
        };
        let j = self.may_win().into_iter().rfind(|&j| too_fast(&self.mean_duration, j))?;
        let curves = &self.posterior.curves;
        let probability = curves.iter().filter(|curve| too_fast(curve, j)).count() as f64 / curves.len() as f64;
        Some(MemoryStarved { up_to: self.sizes[j], probability })
    }
}

impl Pattern {
    fn of(cell: &Cell) -> Self {
        let fall = (cell.at(JUDGED_FROM) - cell.at(VCPU)) / (VCPU / JUDGED_FROM).ln();
        if fall >= CPU_BOUND {
            Self::CpuBound { cores: cores(cell.scaling) }
        } else if fall < IO_BOUND {
            Self::IoBound
        } else {
            Self::Mixed
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 6")]
fn cores(scaling: Scaling) -> u32 {
    match scaling {
        Scaling::Knee(knee) => (knee / VCPU).round().max(1.0) as u32,
        Scaling::Bursts(_) => 1,
    }
}
