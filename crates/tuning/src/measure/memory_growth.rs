//! The growth of the memory that execution environments use: if it goes on and on, a leak is suspected.
//!
//! Lambda reports the most memory that an environment has used so far, in whole MB. That never falls, and it rises
//! without any leak, too: in the first invocations, while the environment warms up, and whenever an invocation happens
//! to need more than all before it. So a slope above 0 alone says nothing. Of invocations that are alike, the n-th
//! needs more than all before it with probability 1/n, independently of the others and whatever the distribution, so
//! that the later half of a series hardly holds one rise. A leak makes it rise again and again.
//!
//! Rényi, A. (1962). Théorie des éléments saillants d'une suite d'observations. Annales scientifiques de l'Université
//! de Clermont-Ferrand 2, 8.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, DiscreteCDF, Poisson, StudentsT};

use crate::measure::sample::{Sample, Strata};

/// From so many invocations of one environment on, something is said of it.
pub const FEWEST_INVOCATIONS: usize = 20;
/// The probability with which chance alone may make a run look like a leak.
const SIGNIFICANCE: f64 = 0.01;
/// So many times as often as by chance it may rise, because invocations are seldom quite alike.
const UNLIKE: f64 = 1.5;
/// The least growth in the last quarter of a series that leaks, as a multiple of that in the quarter before it: what
/// warms up grows ever slower.
const STEADY: f64 = 0.6;

/// What the later halves of the series of some environments say. Those of several are added up. In JSON the numbers in
/// their order.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(from = "Compact", into = "Compact")]
pub struct MemoryGrowth {
    /// The number of environments.
    environments: u32,
    /// Invocations of their later halves.
    invocations: u32,
    /// Sums of squares and products around the mean of each environment: of the invocations' numbers,
    xx: f64,
    /// of the numbers and the memory used,
    xy: f64,
    /// and of the memory used.
    yy: f64,
    /// Invocations after which the most memory used was more than before.
    rises: u32,
    /// The number of these that there are on average if the invocations are alike.
    expected_rises: f64,
    /// By how many MB it rose in the third quarters.
    third_quarter: u32,
    /// And in the last ones.
    last_quarter: u32,
}

type Compact = (u32, u32, f64, f64, f64, u32, f64, u32, u32);

/// How the most memory that an execution environment has used went on over its invocations.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct MemoryTrend {
    /// Execution environments with at least 20 invocations each.
    pub environments: u32,
    /// Their invocations that it looks at: the later half of each environment, so that warming up does not count.
    pub invocations: u32,
    /// By how many MB the most memory used rises with each invocation, by linear regression with one slope for all
    /// environments.
    pub per_invocation: f64,
    /// Lower end of the slope's 95 % confidence interval, as if invocations were independent of each other.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Whether this is a suspected leak: the interval is above 0, memory rises clearly more often than it does by
    /// chance when invocations are alike, and the rise does not slow down. A cache that is still filling looks the
    /// same.
    pub suspected_leak: bool,
}

impl MemoryGrowth {
    /// Of a lane; `None` unless it is long enough, of one environment, of one payload, and has all reports. Payloads
    /// that come one after the other are not alike.
    #[must_use]
    pub fn of(lane: &Strata) -> Option<Self> {
        let mut strata = lane.iter();
        let (Some((_, samples)), None) = (strata.next(), strata.next()) else { return None };
        let used: Vec<u32> = samples.iter().map(|sample| sample.memory_used).collect::<Option<_>>()?;
        let has_restarted = samples.iter().skip(1).any(Sample::is_cold);
        (!has_restarted).then(|| Self::of_series(&used)).flatten()
    }

    /// Of the most memory used after each invocation of an environment. What falls is not of one environment.
    fn of_series(used: &[u32]) -> Option<Self> {
        if used.len() < FEWEST_INVOCATIONS || !used.is_sorted() {
            return None;
        }
        let half = used.len() / 2;
        let third = half + (used.len() - half) / 2;
        let rose = |from: usize, to: usize| Some(used.get(to)?.saturating_sub(*used.get(from)?));
        let points: Vec<(f64, f64)> =
            (0_u32..).map(f64::from).zip(used.iter().copied().map(f64::from)).skip(half).collect();
        let count = points.len() as f64;
        let (sum_x, sum_y) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0, y + point.1));
        let around = |(x, y): &(f64, f64)| (x - sum_x / count, y - sum_y / count);
        let sum = |product: &dyn Fn((f64, f64)) -> f64| points.iter().map(|point| product(around(point))).sum::<f64>();
        Some(Self {
            environments: 1,
            invocations: u32::try_from(points.len()).ok()?,
            xx: sum(&|(x, _)| x * x),
            xy: sum(&|(x, y)| x * y),
            yy: sum(&|(_, y)| y * y),
            rises: u32::try_from(used.windows(2).skip(half - 1).filter(|pair| pair[0] < pair[1]).count()).ok()?,
            // The first one starts the environment, and is not like the others: the second one is their first.
            expected_rises: points.iter().map(|(index, _)| 1.0 / index).sum(),
            third_quarter: rose(half - 1, third - 1)?,
            last_quarter: rose(third - 1, used.len() - 1)?,
        })
    }

    /// The trend of all environments together; `None` of none.
    #[must_use]
    pub fn trend(&self) -> Option<MemoryTrend> {
        let degrees = f64::from(self.invocations) - f64::from(self.environments) - 1.0;
        let t = StudentsT::new(0.0, 1.0, degrees).ok()?.inverse_cdf(0.975);
        let slope = self.xy / self.xx;
        let residuals = (self.yy - slope * self.xy).max(0.0);
        let width = Some(t * (residuals / degrees / self.xx).sqrt()).filter(|width| width.is_finite())?;
        let by_chance = self.rises.checked_sub(1).map_or(1.0, |fewer| self.chance_of_more_than(fewer));
        let is_steady = f64::from(self.last_quarter) >= STEADY * f64::from(self.third_quarter);
        Some(MemoryTrend {
            environments: self.environments,
            invocations: self.invocations,
            per_invocation: slope,
            low: slope - width,
            high: slope + width,
            suspected_leak: slope - width > 0.0 && by_chance < SIGNIFICANCE && is_steady,
        })
    }

    /// The probability of more rises than so many if there are [`UNLIKE`] times as many as of invocations that are
    /// alike. Their number is a sum of independent ones; the Poisson distribution of the same mean has the heavier
    /// tail.
    ///
    /// Hoeffding, W. (1956). On the distribution of the number of successes in independent trials. Annals of
    /// Mathematical Statistics 27. Anderson, T. W., and Samuels, S. M. (1967). Some inequalities among binomial and
    /// Poisson probabilities. Proceedings of the Fifth Berkeley Symposium 1.
    fn chance_of_more_than(&self, rises: u32) -> f64 {
        Poisson::new(UNLIKE * self.expected_rises).map_or(1.0, |by_chance| by_chance.sf(rises.into()))
    }
}

impl AddAssign for MemoryGrowth {
    fn add_assign(&mut self, other: Self) {
        self.environments += other.environments;
        self.invocations += other.invocations;
        self.xx += other.xx;
        self.xy += other.xy;
        self.yy += other.yy;
        self.rises += other.rises;
        self.expected_rises += other.expected_rises;
        self.third_quarter += other.third_quarter;
        self.last_quarter += other.last_quarter;
    }
}

impl std::iter::Sum for MemoryGrowth {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |mut sum, one| {
            sum += one;
            sum
        })
    }
}

impl From<Compact> for MemoryGrowth {
    fn from(numbers: Compact) -> Self {
        let (environments, invocations, xx, xy, yy, rises, expected_rises, third_quarter, last_quarter) = numbers;
        Self { environments, invocations, xx, xy, yy, rises, expected_rises, third_quarter, last_quarter }
    }
}

impl From<MemoryGrowth> for Compact {
    fn from(growth: MemoryGrowth) -> Self {
        let MemoryGrowth { environments, invocations, rises, third_quarter, last_quarter, .. } = growth;
        // What comes behind a millionth only takes room in the state of the execution.
        let [xx, xy, yy, expected] =
            [growth.xx, growth.xy, growth.yy, growth.expected_rises].map(|value| (value * 1e6).round() / 1e6);
        (environments, invocations, xx, xy, yy, rises, expected, third_quarter, last_quarter)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{RngExt, SeedableRng, rngs::StdRng};

    use super::*;
    use crate::{
        measure::sample::Start,
        units::milliseconds::{BilledMilliseconds, Milliseconds},
    };

    /// The memory that Lambda reports of an environment whose invocations need so much, in MB.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some MB")]
    fn reported(needed: impl IntoIterator<Item = f64>) -> Vec<u32> {
        let mut most = 0;
        let mut next = |mb: f64| {
            most = most.max(mb.max(1.0).ceil() as u32);
            most
        };
        needed.into_iter().map(&mut next).collect()
    }

    fn normal(random: &mut StdRng) -> f64 {
        (-2.0 * (1.0 - random.random::<f64>()).ln()).sqrt() * (std::f64::consts::TAU * random.random::<f64>()).cos()
    }

    /// The memory that the invocations of an environment need, in MB.
    type Needs = fn(&mut StdRng, usize) -> Vec<f64>;

    fn each(random: &mut StdRng, n: usize, mut mb: impl FnMut(&mut StdRng, f64) -> f64) -> Vec<f64> {
        (0..u32::try_from(n).unwrap()).map(|number| mb(random, f64::from(number))).collect()
    }

    /// Functions that do not leak.
    const SOUND: [(&str, Needs); 9] = [
        ("the same", |random, n| each(random, n, |_, _| 60.0)),
        ("normal, 5 MB", |random, n| each(random, n, |random, _| 80.0 + 5.0 * normal(random))),
        ("normal, 50 MB", |random, n| each(random, n, |random, _| 300.0 + 50.0 * normal(random))),
        ("heavy tail", |random, n| each(random, n, |random, _| 60.0 + (2.0 + normal(random)).exp())),
        ("now and then 100 MB more", |random, n| {
            each(random, n, |random, _| if random.random_bool(0.1) { 180.0 } else { 80.0 } + normal(random))
        }),
        ("warms up in some invocations", |random, n| {
            let (most, fading) = (random.random_range(5.0..100.0), random.random_range(0.5..3.0));
            each(random, n, |random, number| 60.0 + most * (1.0 - (-number / fading).exp()) + 0.5 * normal(random))
        }),
        ("warms up over many invocations", |random, n| {
            let of_all = f64::from(u32::try_from(n).unwrap());
            let (most, fading) = (random.random_range(100.0..400.0), of_all * random.random_range(0.15..0.25));
            each(random, n, |random, number| 60.0 + most * (1.0 - (-number / fading).exp()) + 0.5 * normal(random))
        }),
        ("one step at any time", |random, n| {
            let (at, by) = (random.random_range(0..n), random.random_range(5.0..200.0));
            let at = f64::from(u32::try_from(at).unwrap());
            each(random, n, |random, number| if number < at { 60.0 } else { 60.0 + by } + 0.3 * normal(random))
        }),
        ("collects garbage every 7 invocations", |random, n| {
            each(random, n, |random, number| 60.0 + 3.0 * (number % 7.0) + 0.5 * normal(random))
        }),
    ];

    /// Of runs with so many environments of so many invocations, the share in which a leak is suspected.
    fn suspected(needs: Needs, environments: usize, n: usize, runs: u32, seed: u64) -> f64 {
        let mut random = StdRng::seed_from_u64(seed);
        let mut run = || {
            let series = (0..environments).map(|_| reported(needs(&mut random, n)));
            let growth: MemoryGrowth = series.filter_map(|used| MemoryGrowth::of_series(&used)).sum();
            growth.trend().unwrap().suspected_leak
        };
        f64::from((0..runs).map(|_| u32::from(run())).sum::<u32>()) / f64::from(runs)
    }

    #[test]
    fn of_functions_that_do_not_leak_hardly_one_run_in_a_hundred_is_suspected() {
        let mut rates = Vec::new();
        for (name, needs) in SOUND {
            for (environments, n) in [(1, 20), (1, 50), (1, 200), (6, 20), (30, 20), (30, 100)] {
                let runs = if environments * n > 1000 { 100 } else { 1000 };
                rates.push((suspected(needs, environments, n, runs, 7), name, environments, n));
            }
        }
        rates.sort_by(|a, b| b.0.total_cmp(&a.0));
        println!("{:?}", &rates[..12]);
        assert!(rates[0].0 <= 0.01, "{:?}", rates[0]);
        let mean = rates.iter().map(|(rate, ..)| rate).sum::<f64>() / rates.len() as f64;
        assert!(mean <= 0.001, "{mean}");
    }

    #[test]
    fn a_slope_above_zero_alone_would_suspect_most_functions_whose_use_varies() {
        let mut random = StdRng::seed_from_u64(7);
        let (_, needs) = SOUND[2];
        let above_zero =
            |used: &[u32]| MemoryGrowth::of_series(used).and_then(|growth| growth.trend()).unwrap().low > 0.0;
        let count = (0..1000).filter(|_| above_zero(&reported(needs(&mut random, 100)))).count();
        assert!(count > 300, "{count}");
    }

    #[test]
    fn a_steady_leak_is_found() {
        let mut found = Vec::new();
        let leaks: [(&str, Needs); 3] = [
            ("1 MB", |random, n| each(random, n, |random, number| 60.0 + number + 0.5 * normal(random))),
            ("0.5 MB", |random, n| each(random, n, |random, number| 60.0 + 0.5 * number + 0.5 * normal(random))),
            ("5 MB", |random, n| each(random, n, |random, number| 60.0 + 5.0 * number + 5.0 * normal(random))),
        ];
        for (name, needs) in leaks {
            for (environments, n) in [(1, 20), (1, 50), (6, 20)] {
                found.push((name, environments, n, suspected(needs, environments, n, 300, 11)));
            }
        }
        println!("{found:?}");
        for (name, environments, n, share) in found {
            // A single environment with 20 invocations finds half a MB only sometimes.
            let least = if (environments, n) == (1, 20) { if name == "0.5 MB" { 0.2 } else { 0.8 } } else { 0.95 };
            assert!(share >= least, "{name} {environments} {n}: {share}");
        }
    }

    fn lane(used: &[u32], cold: &[usize]) -> Strata {
        let sample = |(number, mb): (usize, &u32)| {
            let start = if cold.contains(&number) { Start::Cold(Milliseconds(1.0)) } else { Start::Warm };
            let (duration, billed) = (Milliseconds(1.0), BilledMilliseconds(1));
            (0, Sample { duration, billed, start, memory_used: Some(*mb), trace_id: None })
        };
        used.iter().enumerate().map(sample).collect()
    }

    #[test]
    fn only_long_series_of_one_environment_say_something() {
        let used: Vec<u32> = (60..80).collect();
        let says = |lane: &Strata| MemoryGrowth::of(lane).is_some();
        assert!(says(&lane(&used, &[0])) && !says(&lane(&used[1..], &[0])));
        // Another environment took over.
        assert!(!says(&lane(&used, &[0, 9])));
        let mut fallen = used.clone();
        fallen[12] = 60;
        assert!(!says(&lane(&fallen, &[0])));
        let mut payloads = lane(&used, &[0]);
        payloads.push(1, *payloads.of(0).last().unwrap());
        assert!(!says(&payloads));
    }

    #[test]
    fn the_slope_and_its_interval_are_those_of_linear_regression() {
        // 10 invocations: 70, 71, …, 79, and one of them 1 MB higher.
        let mut used: Vec<u32> = (60..80).collect();
        let exact = MemoryGrowth::of_series(&used).unwrap().trend().unwrap();
        assert_eq!((exact.environments, exact.invocations, exact.suspected_leak), (1, 10, true));
        assert!((exact.per_invocation - 1.0).abs() < 1e-12 && exact.high - exact.low < 1e-6);
        used[19] = 84;
        let trend = MemoryGrowth::of_series(&used).unwrap().trend().unwrap();
        // By hand: xx = 82.5, xy = 82.5 + 4.5 x 5, yy = 82.5 + 2 x 4.5 x 5 + 0.9 x 25; t(8) = 2.306.
        let slope: f64 = 105.0 / 82.5;
        let width = 2.306_004 * ((150.0 - slope * 105.0) / 8.0 / 82.5).sqrt();
        assert!((trend.per_invocation - slope).abs() < 1e-9 && (trend.high - slope - width).abs() < 1e-5, "{trend:?}");
        assert_eq!(MemoryGrowth::default().trend(), None);
    }

    proptest! {
        #[test]
        fn memory_that_does_not_grow_any_more_is_never_a_leak_and_what_is_written_is_read_back(
            start in 10u32..500, step in 0u32..300, n in 20usize..200,
        ) {
            let mut used = vec![start; 9];
            used.resize(n, start + step);
            let growth = MemoryGrowth::of_series(&used).unwrap();
            let trend = growth.trend().unwrap();
            prop_assert!(!trend.suspected_leak && trend.per_invocation == 0.0);
            let json = serde_json::to_string(&growth).unwrap();
            let read: MemoryGrowth = serde_json::from_str(&json).unwrap();
            prop_assert!((read.xx - growth.xx).abs() < 1e-6 && read.rises == growth.rises);
        }
    }
}
