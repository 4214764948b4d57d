//! The certainty that the output claims, against simulated functions whose truth is known.
#![expect(clippy::unwrap_used, reason = "a test")]

use rand::{RngExt, SeedableRng, rngs::StdRng};
use tuning::{
    measure::{
        comparison::{Compared, cost_ratio},
        interval::interval,
        lane::LaneSummary,
        sample::{Sample, Start, Strata},
        statistics::{Trim, trimmed_mean},
    },
    units::{
        milliseconds::{BilledMilliseconds, Milliseconds},
        power::Power,
    },
};

/// A function as a power tuner sees it: invocations vary, some are outliers, environments differ, some are slow.
struct Function {
    deviation: f64,
    outliers: f64,
    between_environments: f64,
}

impl Function {
    fn any(random: &mut StdRng) -> Self {
        Self {
            deviation: random.random_range(0.02..0.10),
            outliers: random.random_range(0.01..0.05),
            between_environments: random.random_range(0.015..0.04),
        }
    }

    fn lane(&self, random: &mut StdRng, warm: usize, truth: f64) -> Vec<f64> {
        let mut environment = (normal(random) * self.between_environments).exp();
        if random.random::<f64>() < 0.03 {
            environment *= random.random_range(1.15..1.6);
        }
        let invocation = |random: &mut StdRng| {
            let outlier = random.random::<f64>() < self.outliers;
            let factor = if outlier { random.random_range(1.3..3.0) } else { 1.0 };
            truth * environment * (normal(random) * self.deviation).exp() * factor
        };
        (0..warm).map(|_| invocation(random)).collect()
    }
}

/// Box, G. E. P., and Muller, M. E. (1958). Annals of Mathematical Statistics 29.
fn normal(random: &mut StdRng) -> f64 {
    let (u, v): (f64, f64) = (1.0 - random.random::<f64>(), random.random());
    (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
}

fn summary(durations: &[f64]) -> LaneSummary {
    let sample = |ms: &f64| Sample {
        duration: Milliseconds(*ms),
        billed: BilledMilliseconds(1),
        start: Start::Warm,
        memory_used: None,
        trace_id: None,
    };
    let strata: Strata = durations.iter().map(|ms| (0, sample(ms))).collect();
    LaneSummary::of_warm(&strata, &[1]).unwrap()
}

const RUNS: u32 = 1000;
const LANES: usize = 5;

/// The interval is that of the average, which is a trimmed mean of all samples: so the truth is the trimmed mean of
/// very many invocations, each in an environment of its own.
fn truth(function: &Function, random: &mut StdRng) -> f64 {
    let invocations: Vec<f64> = (0..3000).flat_map(|_| function.lane(random, 1, 100.0)).collect();
    trimmed_mean(&invocations, Trim::DEFAULT).unwrap()
}

#[test]
fn the_95_percent_interval_of_five_lanes_holds_the_truth_in_92_to_98_percent_of_runs() {
    for warm in [2, 9] {
        let mut random = StdRng::seed_from_u64(7);
        let covered = (0..RUNS).filter(|_| {
            let function = Function::any(&mut random);
            let truth = truth(&function, &mut random);
            let lanes: Vec<Vec<f64>> = (0..LANES).map(|_| function.lane(&mut random, warm, 100.0)).collect();
            let summaries: Vec<LaneSummary> = lanes.iter().map(|lane| summary(lane)).collect();
            let average = trimmed_mean(&lanes.concat(), Trim::DEFAULT).unwrap();
            let found = interval(Milliseconds(average), &summaries).unwrap();
            (found.low.0..found.high.0).contains(&truth)
        });
        let share = covered.count() as f64 / f64::from(RUNS);
        println!(
            "{warm} warm invocations in each of {LANES} lanes: {:.1} % of the intervals hold the truth",
            share * 100.0
        );
        assert!((0.92..=0.98).contains(&share), "{warm}: {share}");
    }
}

fn compared(power: Power, lanes: &[LaneSummary]) -> Compared<'_> {
    let duration = lanes.iter().map(|lane| lane.duration.0).sum::<f64>() / lanes.len() as f64;
    Compared { power, lanes, duration: Milliseconds(duration), billed: duration + 0.5 }
}

#[test]
fn cheaper_is_said_of_equally_cheap_values_in_at_most_5_percent_of_runs() {
    let (small, large) = (Power::new(512).unwrap(), Power::new(1024).unwrap());
    for warm in [2, 9] {
        let mut random = StdRng::seed_from_u64(8);
        let wrong = (0..RUNS).filter(|_| {
            let function = Function::any(&mut random);
            let mut measure = |truth: f64| -> Vec<LaneSummary> {
                (0..LANES).map(|_| summary(&function.lane(&mut random, warm, truth))).collect()
            };
            // Twice the memory, half the time: the same cost.
            let (one, other) = (measure(100.0), measure(50.0));
            cost_ratio(compared(small, &one), compared(large, &other)).unwrap().distinguishable
        });
        let share = wrong.count() as f64 / f64::from(RUNS);
        println!(
            "{warm} warm invocations in each of {LANES} lanes: {:.1} % of equal costs are called different",
            share * 100.0
        );
        assert!(share <= 0.05, "{warm}: {share}");
    }
}
