//! Kinds of functions, as they are met in practice.

use std::fmt;

use clap::ValueEnum;
use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::{
    cpu_quota::wall_time,
    function::{Draft, Function, Noise, Odd, VCPU, powers},
    measured::{Curves, Samples},
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

/// The ingredients of functions, beside chance.
#[derive(Debug, Default)]
pub struct Simulation {
    pub real: Real,
    pub noise: Scatter,
}

/// Functions that others measured.
#[derive(Debug)]
pub enum Real {
    /// Their mean durations: how invocations vary is simulated.
    Curves(Curves),
    /// Their invocations.
    Samples(Samples),
}

impl Default for Real {
    fn default() -> Self {
        Self::Curves(Curves::default())
    }
}

/// The kind of variation of durations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Scatter {
    /// As others measured it: computing varies by 0.7 to 2 % in an environment, waiting for others by 10 to 42 %.
    #[default]
    Measured,
    /// By 2 to 10 %, whatever a function does: what tables of earlier versions were made with.
    Uniform,
}

/// Chooses numbers.
struct Dice {
    random: StdRng,
    scatter: Scatter,
}

impl Dice {
    fn between(&mut self, low: f64, high: f64) -> f64 {
        self.random.random_range(low..high)
    }

    /// Equally likely in the logarithm.
    fn log_between(&mut self, low: f64, high: f64) -> f64 {
        self.between(low.ln(), high.ln()).exp()
    }

    fn coin(&mut self) -> bool {
        self.random.random()
    }

    /// The noise of a function that waits for others for this share of its time.
    fn noise(&mut self, waiting: f64) -> Noise {
        match self.scatter {
            Scatter::Measured => {
                // One computing function in four is like image recognition and graph search, the others like plain
                // loops.
                let computing =
                    if self.between(0.0, 1.0) < 0.25 { self.between(0.05, 0.08) } else { self.between(0.007, 0.02) };
                // With its outliers, a function that only waits varies by some 20 %, as a standard deviation.
                Noise {
                    within: computing + waiting * self.between(0.05, 0.16),
                    outliers: waiting * self.between(0.06, 0.13),
                    between: self.between(0.01, 0.04),
                    odd: [Odd { share: 0.023, factor: (1.1, 1.3) }, Odd { share: 0.026, factor: (0.75, 0.9) }],
                    warm_up: 0.0,
                }
            }
            Scatter::Uniform => Noise {
                within: self.between(0.02, 0.10),
                outliers: self.between(0.01, 0.05),
                between: self.between(0.015, 0.04),
                odd: [Odd { share: 0.03, factor: (1.15, 1.6) }, Odd { share: 0.0, factor: (1.0, 1.0) }],
                warm_up: 0.0,
            },
        }
    }

    fn draft(&mut self, duration: impl Fn(f64) -> f64) -> Draft {
        Draft {
            base: powers().map(|power| duration(f64::from(power.megabytes()))).collect(),
            noise: self.noise(waiting(&duration)),
            floor: 0,
            timeout: 900e3,
            init: self.between(80.0, 800.0),
            used: self.whole(35.0, 100.0),
            strictness: self.between(0.15, 0.9),
            source: None,
            recorded: vec![],
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

    /// It waits for others, however its duration falls with memory.
    fn on_the_network(self, dice: &mut Dice, within: f64, outliers: Option<f64>) -> Self {
        match dice.scatter {
            Scatter::Measured => Self { noise: dice.noise(1.0), ..self },
            Scatter::Uniform => self.with_noise(|noise| {
                noise.within = within;
                noise.outliers = outliers.unwrap_or(noise.outliers);
            }),
        }
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

/// The share of the time that goes by at any memory size, judged by how much less one virtual CPU takes than a seventh.
fn waiting(duration: impl Fn(f64) -> f64) -> f64 {
    let few = VCPU / 7.0;
    let fall = (duration(few) / duration(VCPU)).ln() / 7.0_f64.ln();
    (1.0 - fall).clamp(0.0, 1.0)
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
    pub fn function(self, seed: u64, simulation: &Simulation) -> Function {
        let kind = self.to_string().bytes().map(u64::from).sum::<u64>();
        let random = StdRng::seed_from_u64(seed.wrapping_mul(1_000_003) ^ kind);
        self.draft(&mut Dice { random, scatter: simulation.noise }, seed, &simulation.real).into()
    }

    fn draft(self, dice: &mut Dice, seed: u64, real: &Real) -> Draft {
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
                let threads = f64::from(dice.random.random_range(2..7_u32));
                let (parallel, fixed) = (dice.between(0.8, 0.99), dice.between(0.0, 0.03));
                let (cpu, is_measured) = (dice.log_between(800.0, 10_000.0), dice.coin());
                let cpus = |mb: f64| if is_measured { interpolated(mb, MEASURED_CPUS) } else { mb / VCPU };
                dice.draft(|mb| cpu * (fixed + (1.0 - parallel) / cpus(mb).min(1.0) + parallel / cpus(mb).min(threads)))
            }
            Self::Api => {
                let (fixed, cpu) = (dice.between(80.0, 900.0), dice.between(2.0, 20.0));
                let (within, outliers) = (dice.between(0.05, 0.18), dice.between(0.02, 0.06));
                dice.draft(|mb| fixed + cpu / one_cpu(mb)).on_the_network(dice, within, Some(outliers))
            }
            Self::Ddb => {
                let (burst, fixed, cpu) = (dice.between(1.5, 9.0), dice.between(8.0, 25.0), dice.between(0.0, 4.0));
                let (within, outliers) = (dice.between(0.05, 0.15), dice.between(0.02, 0.05));
                let warm_up = dice.between(0.0, 0.5);
                let draft = dice.draft(|mb| fixed + 3.0 * wall_time(burst, mb) + cpu / one_cpu(mb));
                draft.on_the_network(dice, within, Some(outliers)).with_noise(|noise| noise.warm_up = warm_up)
            }
            Self::Download => {
                let (floor, knee, exponent) =
                    (dice.whole(140.0, 420.0), dice.between(700.0, 2000.0), dice.between(0.8, 1.0));
                let (scale, fixed, within) =
                    (dice.between(800.0, 6000.0), dice.between(0.05, 0.2), dice.between(0.04, 0.12));
                download(dice, knee, exponent, scale, fixed).with_floor(floor).on_the_network(dice, within, None)
            }
            Self::Downloads => {
                let (floor, knee, exponent) =
                    (dice.whole(140.0, 420.0), dice.between(2000.0, 4500.0), dice.between(0.75, 1.0));
                let (scale, fixed, within) =
                    (dice.between(500.0, 2500.0), dice.between(0.02, 0.15), dice.between(0.04, 0.12));
                download(dice, knee, exponent, scale, fixed).with_floor(floor).on_the_network(dice, within, None)
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
                    (f64::from(dice.random.random_range(1..8_u32)), dice.between(1.0, 8.0), dice.between(1.0, 30.0));
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

impl Real {
    fn draft(&self, dice: &mut Dice, seed: u64) -> Draft {
        let drafted = match self {
            Self::Curves(curves) => curves.nth(seed).map(|(name, points)| (name, never_slower(points), vec![])),
            Self::Samples(samples) => samples.nth(seed).map(|(name, recorded)| {
                let points = recorded.iter().map(|recorded| (recorded.megabytes, recorded.mean)).collect();
                (name, points, recorded)
            }),
        };
        let Some((name, points, recorded)) = drafted else { return dice.draft(|_| 1.0) };
        let source = name.split(' ').next().map(str::to_owned);
        Draft { source, recorded, ..dice.draft(through(&points)) }
    }
}

/// More memory makes no function slower: where a mean is above one of less memory, that is chance. Not so among
/// durations of some milliseconds.
fn never_slower(mut points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    if points.last().is_some_and(|(_, duration)| *duration > 20.0) {
        let mut least = f64::INFINITY;
        for (_, duration) in &mut points {
            least = least.min(*duration);
            *duration = least;
        }
    }
    points
}

/// Between the measured sizes straight lines, of logarithms.
fn through(points: &[(f64, f64)]) -> impl Fn(f64) -> f64 + use<> {
    let points: Vec<(f64, f64)> = points.iter().map(|(m, t)| (m.ln(), t.ln())).collect();
    let (m0, t0) = points.first().copied().unwrap_or_default();
    let slope = points.get(1).map_or(0.0, |(m1, t1)| (t1 - t0) / (m1 - m0)).max(-1.1);
    move |mb: f64| {
        let x = mb.ln();
        let y = if x < m0 { t0 + slope * (x - m0) } else { interpolated(x, points.iter().copied()) };
        y.exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::function::least;

    #[test]
    fn the_same_seed_makes_the_same_function() {
        let real = Simulation::default();
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
        let real = Real::Curves(serde_json::from_str(curves).unwrap());
        let function = Family::Real.function(0, &Simulation { real, noise: Scatter::Measured });
        let at = |mb: usize| function.base[mb - 128].round();
        assert_eq!((at(128), at(256), at(512), at(1024), at(10_240)), (4000.0, 2000.0, 1000.0, 1000.0, 1000.0));
    }
}
