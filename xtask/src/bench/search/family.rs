//! Kinds of functions, as they are met in practice.

use std::{collections::BTreeMap, fmt, path::Path};

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde::Deserialize;

use super::{
    cpu_quota::wall_time,
    function::{Draft, Function, Noise, VCPU, powers},
};

/// A kind of functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Family {
    /// Nothing to do.
    Noop,
    /// Computing in one thread.
    #[value(name = "cpu1")]
    OneThread,
    /// Computing in 2 to 6 threads.
    #[value(name = "cpuN")]
    Threads,
    /// Waiting for another service.
    Api,
    /// Three queries: waiting, and short bursts of CPU.
    Ddb,
    /// A download whose bandwidth grows with memory, up to one virtual CPU or so.
    #[value(name = "s3one")]
    Download,
    /// The same with several connections.
    #[value(name = "s3multi")]
    Downloads,
    /// Needs memory: fails below a size, and is slow just above it.
    #[value(name = "memfloor")]
    MemoryFloor,
    /// Runs into its timeout at small sizes.
    Timeout,
    /// Short bursts of CPU under a quota.
    Burst,
    /// Slower with more memory somewhere.
    #[value(name = "nonmono")]
    NonMonotonic,
    /// Interpolated from real charts.
    Real,
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.to_possible_value().as_ref().map_or("", |value| value.get_name()))
    }
}

/// Durations measured by others.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct RealCurves(BTreeMap<String, RealCurve>);

#[derive(Debug, Deserialize)]
struct RealCurve {
    /// Memory sizes in MB.
    m: Vec<f64>,
    /// Durations in ms.
    t: Vec<f64>,
}

impl RealCurves {
    /// Reads a file: `{"name": {"m": [MB, …], "t": [ms, …]}, …}`.
    pub fn read(file: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(file).with_context(|| format!("failed to read {}", file.display()))?;
        let curves: Self =
            serde_json::from_str(&text).with_context(|| format!("{} is no list of curves", file.display()))?;
        let is_sound = |curve: &RealCurve| curve.m.len() == curve.t.len() && curve.m.len() > 1;
        ensure!(!curves.0.is_empty() && curves.0.values().all(is_sound), "{} has an incomplete curve", file.display());
        Ok(curves)
    }
}

/// Chooses numbers.
struct Dice(StdRng);

impl Dice {
    fn between(&mut self, low: f64, high: f64) -> f64 {
        self.0.random_range(low..high)
    }

    /// Equally likely in the logarithm.
    fn log_between(&mut self, low: f64, high: f64) -> f64 {
        self.between(low.ln(), high.ln()).exp()
    }

    fn coin(&mut self) -> bool {
        self.0.random()
    }

    fn noise(&mut self) -> Noise {
        Noise {
            within: self.between(0.02, 0.10),
            outliers: self.between(0.01, 0.05),
            between: self.between(0.015, 0.04),
            slow: 0.03,
            warm_up: 0.0,
        }
    }

    fn draft(&mut self, duration: impl Fn(f64) -> f64) -> Draft {
        Draft {
            base: powers().map(|power| duration(f64::from(power.megabytes()))).collect(),
            noise: self.noise(),
            floor: 0,
            timeout: 900e3,
            init: self.between(80.0, 800.0),
            used: self.whole(35.0, 100.0),
            strictness: self.between(0.15, 0.9),
        }
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small positive numbers")]
    fn whole(&mut self, low: f64, high: f64) -> u32 {
        self.between(low, high) as u32
    }
}

impl Draft {
    /// Runs from this size on.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a memory size")]
    fn with_floor(self, floor: u32) -> Self {
        Self { floor, used: (0.93 * f64::from(floor)).max(40.0) as u32, ..self }
    }

    fn with_noise(self, change: impl FnOnce(&mut Noise)) -> Self {
        let mut noise = self.noise;
        change(&mut noise);
        Self { noise, ..self }
    }
}

/// Virtual CPUs, at most one.
fn one_cpu(mb: f64) -> f64 {
    (mb / VCPU).min(1.0)
}

/// Virtual CPUs as threads were measured to get them, with the steps at which their number changes.
const MEASURED_CPUS: [(f64, f64); 11] = [
    (128.0, 128.0 / VCPU),
    (1769.0, 1.0),
    (3008.0, 1.67),
    (3009.0, 1.70),
    (5307.0, 2.39),
    (5308.0, 2.67),
    (7076.0, 3.4),
    (7077.0, 3.86),
    (8845.0, 4.23),
    (8846.0, 4.48),
    (10_240.0, 4.72),
];

fn interpolated(x: f64, points: impl IntoIterator<Item = (f64, f64)>) -> f64 {
    let mut last: Option<(f64, f64)> = None;
    for (px, py) in points {
        if x <= px {
            return last.map_or(py, |(lx, ly)| ly + (py - ly) * (x - lx) / (px - lx));
        }
        last = Some((px, py));
    }
    last.map_or(0.0, |(_, y)| y)
}

impl Family {
    /// A function of this kind: the same for the same seed.
    pub fn function(self, seed: u64, real: &RealCurves) -> Function {
        let kind = self.to_string().bytes().map(u64::from).sum::<u64>();
        let mut dice = Dice(StdRng::seed_from_u64(seed.wrapping_mul(1_000_003) ^ kind));
        self.draft(&mut dice, seed, real).into()
    }

    fn draft(self, dice: &mut Dice, seed: u64, real: &RealCurves) -> Draft {
        match self {
            Self::Noop => {
                let (fixed, falling) = (dice.between(0.7, 1.8), dice.between(0.05, 0.5));
                let within = dice.between(0.08, 0.25);
                dice.draft(|mb| fixed + falling / (mb / VCPU * 6.0).min(1.0)).with_noise(|noise| noise.within = within)
            }
            Self::OneThread => {
                let (penalty, fixed, cpu) =
                    (dice.between(0.0, 0.25), dice.between(0.0, 0.05), dice.log_between(300.0, 4000.0));
                dice.draft(|mb| cpu * (fixed + (1.0 + penalty * 128.0 / mb) / one_cpu(mb)))
            }
            Self::Threads => {
                let threads = f64::from(dice.0.random_range(2..7_u32));
                let (parallel, fixed) = (dice.between(0.8, 0.99), dice.between(0.0, 0.03));
                let (cpu, is_measured) = (dice.log_between(800.0, 10_000.0), dice.coin());
                let cpus = |mb: f64| if is_measured { interpolated(mb, MEASURED_CPUS) } else { mb / VCPU };
                dice.draft(|mb| cpu * (fixed + (1.0 - parallel) / cpus(mb).min(1.0) + parallel / cpus(mb).min(threads)))
            }
            Self::Api => {
                let (fixed, cpu) = (dice.between(80.0, 900.0), dice.between(2.0, 20.0));
                let (within, outliers) = (dice.between(0.05, 0.18), dice.between(0.02, 0.06));
                dice.draft(|mb| fixed + cpu / one_cpu(mb)).with_noise(|noise| {
                    (noise.within, noise.outliers) = (within, outliers);
                })
            }
            Self::Ddb => {
                let (burst, fixed, cpu) = (dice.between(1.5, 9.0), dice.between(8.0, 25.0), dice.between(0.0, 4.0));
                let (within, outliers) = (dice.between(0.05, 0.15), dice.between(0.02, 0.05));
                let warm_up = dice.between(0.0, 0.5);
                dice.draft(|mb| fixed + 3.0 * wall_time(burst, mb) + cpu / one_cpu(mb)).with_noise(|noise| {
                    (noise.within, noise.outliers, noise.warm_up) = (within, outliers, warm_up);
                })
            }
            Self::Download => {
                let (floor, knee, exponent) =
                    (dice.whole(140.0, 420.0), dice.between(700.0, 2000.0), dice.between(0.8, 1.0));
                let (scale, fixed, within) =
                    (dice.between(800.0, 6000.0), dice.between(0.05, 0.2), dice.between(0.04, 0.12));
                download(dice, knee, exponent, scale, fixed).with_floor(floor).with_noise(|noise| noise.within = within)
            }
            Self::Downloads => {
                let (floor, knee, exponent) =
                    (dice.whole(140.0, 420.0), dice.between(2000.0, 4500.0), dice.between(0.75, 1.0));
                let (scale, fixed, within) =
                    (dice.between(500.0, 2500.0), dice.between(0.02, 0.15), dice.between(0.04, 0.12));
                download(dice, knee, exponent, scale, fixed).with_floor(floor).with_noise(|noise| noise.within = within)
            }
            Self::MemoryFloor => {
                let floor = dice.log_between(300.0, 2200.0).floor();
                let (collection, scale, fixed) =
                    (dice.between(0.1, 0.8), dice.log_between(300.0, 5000.0), dice.between(0.0, 0.6));
                let slow = |mb: f64| 1.0 + collection * (-(mb - floor).max(0.0) / (0.12 * floor)).exp();
                let draft = dice.draft(|mb| scale * (fixed + slow(mb) / one_cpu(mb)));
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a memory size")]
                draft.with_floor(floor as u32)
            }
            Self::Timeout => {
                let cpu = dice.between(3500.0, 12_000.0);
                Draft { timeout: 30e3, ..dice.draft(|mb| cpu / one_cpu(mb)) }
            }
            Self::Burst => {
                let (bursts, burst, fixed) =
                    (f64::from(dice.0.random_range(1..8_u32)), dice.between(1.0, 8.0), dice.between(1.0, 30.0));
                let (within, warm_up) = (dice.between(0.04, 0.15), dice.between(0.0, 1.0));
                dice.draft(|mb| fixed + bursts * wall_time(burst, mb)).with_noise(|noise| {
                    (noise.within, noise.warm_up) = (within, warm_up);
                })
            }
            Self::NonMonotonic => {
                let (scale, cpus, fixed) =
                    (dice.log_between(200.0, 5000.0), dice.between(1.0, 3.0), dice.between(0.0, 0.3));
                let (is_bump, at, height) = (dice.coin(), dice.between(500.0, 1500.0).ln(), dice.between(0.12, 0.35));
                let (width, step, cut) =
                    (dice.between(0.12, 0.3), dice.between(0.1, 0.3), if dice.coin() { 3009.0 } else { 5308.0 });
                let surprise = |mb: f64| {
                    let is_above = mb >= cut;
                    match (is_bump, is_above) {
                        (true, _) => 1.0 + height * (-0.5 * ((mb.ln() - at) / width).powi(2)).exp(),
                        (false, true) => 1.0 + step,
                        (false, false) => 1.0,
                    }
                };
                dice.draft(|mb| scale * (fixed + 1.0 / (mb / VCPU).min(cpus)) * surprise(mb))
            }
            Self::Real => real.draft(dice, seed),
        }
    }
}

fn download(dice: &mut Dice, knee: f64, exponent: f64, scale: f64, fixed: f64) -> Draft {
    dice.draft(|mb| scale * (fixed + 1.0 / (mb / knee).min(1.0).powf(exponent)))
}

impl RealCurves {
    /// Whether there are any.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Between the measured sizes straight lines, of logarithms.
    fn draft(&self, dice: &mut Dice, seed: u64) -> Draft {
        let position = usize::try_from(seed).unwrap_or(0) % self.0.len().max(1);
        let mut points: Vec<(f64, f64)> = self
            .0
            .values()
            .nth(position)
            .map(|c| c.m.iter().copied().zip(c.t.iter().copied()).collect())
            .unwrap_or_default();
        if points.last().is_some_and(|(_, duration)| *duration > 20.0) {
            let mut least = f64::INFINITY;
            for (_, duration) in &mut points {
                least = least.min(*duration);
                *duration = least;
            }
        }
        let points: Vec<(f64, f64)> = points.iter().map(|(m, t)| (m.ln(), t.ln())).collect();
        let [(m0, t0), (m1, t1), ..] = points[..] else { return dice.draft(|_| 1.0) };
        let slope = ((t1 - t0) / (m1 - m0)).max(-1.1);
        dice.draft(|mb| {
            let x = mb.ln();
            let y = if x < m0 { t0 + slope * (x - m0) } else { interpolated(x, points.iter().copied()) };
            y.exp()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::search::function::least;

    #[test]
    fn the_same_seed_makes_the_same_function() {
        let real = RealCurves::default();
        for family in Family::value_variants().iter().filter(|family| **family != Family::Real) {
            let (one, same, other) = (family.function(1, &real), family.function(1, &real), family.function(2, &real));
            assert_eq!(one.base, same.base, "{family}");
            assert_ne!(one.base, other.base, "{family}");
            assert!(least(&one.cost).is_finite() && one.max_duration > least(&one.duration), "{family}");
        }
    }

    #[test]
    fn a_real_curve_passes_through_its_points() {
        let curves = r#"{"one": {"m": [128, 512, 1024], "t": [4000, 1000, 1100]}}"#;
        let function = Family::Real.function(0, &serde_json::from_str(curves).unwrap());
        let at = |mb: usize| function.base[mb - 128].round();
        assert_eq!((at(128), at(256), at(512), at(1024), at(10_240)), (4000.0, 2000.0, 1000.0, 1000.0, 1000.0));
    }
}
