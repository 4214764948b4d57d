//! A simulated function: how long it takes at every memory size, and how that varies.

use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};
use rand_distr::{Distribution, StandardNormal};
use tuning::{price::GbSecondPrice, units::power::Power};

use super::measured::Recorded;

/// The memory that comes with one virtual CPU, in MB.
pub const VCPU: f64 = 1769.0;
/// The price of a GB-second.
pub const PRICE: GbSecondPrice = GbSecondPrice(0.000_016_666_7);
/// The price of a request.
pub const REQUEST: f64 = 0.2e-6;
/// The number of draws that tell how means differ from medians.
const CALIBRATION: usize = 6000;
/// Below this duration in ms it matters how whole milliseconds are billed.
const SHORT: f64 = 40.0;

/// The variation of durations.
#[derive(Debug, Clone, Copy)]
pub struct Noise {
    /// Standard deviation of ln d on one environment.
    pub within: f64,
    /// The share of invocations that take 1.3 to 3 times as long.
    pub outliers: f64,
    /// Standard deviation of ln d between environments.
    pub between: f64,
    /// The environments that are off, beside that.
    pub odd: [Odd; 2],
    /// The extra time that the first invocations of an environment take, as a fraction.
    pub warm_up: f64,
}

/// Some environments are faster or slower than all others, for as long as they live.
#[derive(Debug, Clone, Copy)]
pub struct Odd {
    /// Their share of all environments.
    pub share: f64,
    /// They take so many times as long: at least, and at most.
    pub factor: (f64, f64),
}

/// A function.
#[derive(Debug)]
pub struct Function {
    /// Who measured it, of one that others measured.
    pub source: Option<String>,
    /// The invocations that they published, by memory size: they are played back, and nothing is simulated.
    pub recorded: Vec<Recorded>,
    /// The smallest size that is known, and the largest.
    pub sizes: (Power, Power),
    /// Median of warm durations in ms, of 128 MB, 129 MB, and so on.
    pub base: Vec<f64>,
    pub noise: Noise,
    /// Below, it runs out of memory, in MB.
    pub floor: u32,
    /// In ms.
    pub timeout: f64,
    /// Duration of the initialisation in ms.
    pub init: f64,
    /// The memory that REPORT gives as used, in MB.
    pub used: u32,
    /// The true mean duration in ms of each size; infinite where it does not run.
    pub duration: Vec<f64>,
    /// The true mean cost in dollars.
    pub cost: Vec<f64>,
    /// The limit of the goal "fastest under a cap".
    pub max_cost: f64,
    /// The limit of the goal "cheapest under a limit of the duration".
    pub max_duration: f64,
}

/// All sizes.
pub fn powers() -> impl Iterator<Item = Power> {
    (Power::MIN.megabytes()..=Power::MAX.megabytes()).filter_map(|mb| Power::new(mb).ok())
}

/// The position of a size in the lists of a function.
pub fn position(power: Power) -> usize {
    (power.megabytes() - Power::MIN.megabytes()) as usize
}

impl Noise {
    /// Draws the duration of an invocation, in units of the median.
    pub fn invocation(&self, random: &mut impl Rng) -> f64 {
        let normal: f64 = StandardNormal.sample(random);
        let outlier = if random.random::<f64>() < self.outliers { random.random_range(1.3..3.0) } else { 1.0 };
        (self.within * normal).exp() * outlier
    }

    /// The durations of invocations, each in an environment of its own, in units of the median: sorted.
    fn factors(&self) -> Vec<f64> {
        let mut random = StdRng::seed_from_u64(12_345);
        let mut factors: Vec<f64> =
            (0..CALIBRATION).map(|_| self.invocation(&mut random) * self.environment(&mut random)).collect();
        factors.sort_by(f64::total_cmp);
        factors
    }

    /// Draws the slowness of an environment.
    pub fn environment(&self, random: &mut impl Rng) -> f64 {
        let normal: f64 = StandardNormal.sample(random);
        let mut which = random.random::<f64>();
        let odd = self.odd.iter().find(|odd| {
            which -= odd.share;
            which < 0.0
        });
        let factor = odd.map_or(1.0, |odd| random.random_range(odd.factor.0..odd.factor.1));
        (self.between * normal).exp() * factor
    }
}

/// The properties that make a function, before its true means are known.
#[derive(Debug)]
pub struct Draft {
    pub base: Vec<f64>,
    pub noise: Noise,
    pub floor: u32,
    pub timeout: f64,
    pub init: f64,
    pub used: u32,
    /// Where between the fastest and the cheapest the limit of the duration lies.
    pub strictness: f64,
    /// Who measured it, of one that others measured.
    pub source: Option<String>,
    /// The invocations that they published.
    pub recorded: Vec<Recorded>,
}

impl From<Draft> for Function {
    fn from(draft: Draft) -> Self {
        let Draft { base, noise, floor, timeout, init, used, strictness, source, recorded } = draft;
        let factors = noise.factors();
        let mean = factors.iter().sum::<f64>() / factors.len() as f64;
        let some: Vec<f64> = factors.into_iter().step_by(15).collect();

        let sizes = known(&recorded);
        let is_known = |power: Power| power >= sizes.0 && power <= sizes.1;
        let runs = |power: Power, base: f64| power.megabytes() >= floor && base * 1.3 <= timeout && is_known(power);
        let all = || powers().zip(&base);
        let duration: Vec<f64> =
            all().map(|(power, &base)| if runs(power, base) { base * mean } else { f64::INFINITY }).collect();
        let billed = |base: f64| {
            if base >= SHORT {
                return base * mean + 0.5;
            }
            some.iter().map(|factor| (base * factor).ceil()).sum::<f64>() / some.len() as f64
        };
        let cost: Vec<f64> = all()
            .map(
                |(power, &base)| {
                    if runs(power, base) { billed(base) * PRICE.per_millisecond(power) } else { f64::INFINITY }
                },
            )
            .collect();

        let (cheapest, fastest) = (least(&cost), least(&duration));
        let at_cheapest =
            cost.iter().position(|&c| c <= cheapest).and_then(|i| duration.get(i)).copied().unwrap_or(fastest);
        let range = (at_cheapest - fastest).max(0.2 * fastest);
        let max_duration = fastest * 1.05 + strictness * range;
        let max_cost = 1.25 * cheapest;
        Self {
            source,
            recorded,
            sizes,
            base,
            noise,
            floor,
            timeout,
            init,
            used,
            duration,
            cost,
            max_cost,
            max_duration,
        }
    }
}

/// The smallest and the largest size that invocations are known of; all sizes of a simulated function.
fn known(recorded: &[Recorded]) -> (Power, Power) {
    let power = |recorded: Option<&Recorded>| recorded.map(|recorded| Power::nearest(recorded.megabytes));
    (power(recorded.first()).unwrap_or(Power::MIN), power(recorded.last()).unwrap_or(Power::MAX))
}

/// The least of some values.
pub fn least(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::INFINITY, f64::min)
}
