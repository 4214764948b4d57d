//! Runs drawn at random: lists and searches, with ties, limits, metrics, few warm samples, and rows that are missing.

use std::fmt;

use proptest::prelude::*;
use serde_json::{Value, json};
use tuning::{
    contract::{
        deployment::Deployment,
        input,
        outcome::{Outcome, TuningOutcome},
        step::{
            RunState,
            analyzer::{Analysis, Input, Next},
            executor::Progress,
            publisher::{self, Publication, Target},
        },
    },
    decide::search::Stop,
    measure::{
        lane::Environments,
        measurement::{Estimator, Infeasible, Measured, Measurement, Source, Spent},
        sample::{Sample, Start, Strata},
    },
    price::{GbSecondPrice, Prices},
    run::{
        plan::{Plan, Request},
        round::Round,
    },
    units::{
        milliseconds::{BilledMilliseconds, Milliseconds},
        power::Power,
    },
};

use super::Asked;
use crate::handle;

/// Memory sizes that are drawn.
const SIZES: [u32; 12] = [128, 192, 256, 512, 1024, 1536, 1700, 1769, 2048, 3008, 5120, 10_240];

/// A run, and what it ended with.
#[derive(Clone)]
pub struct DrawnRun {
    /// The settings that it was asked for.
    pub asked: Asked,
    /// Its output.
    pub outcome: TuningOutcome,
}

impl fmt::Debug for DrawnRun {
    /// As short as it goes: what was said, and the rows.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TuningOutcome { recommendation, warnings, stats, .. } = &self.outcome;
        writeln!(f, "{:?}\n{recommendation:?}\n{warnings:?}", self.asked)?;
        for row in stats.iter().flatten() {
            let (power, cost, duration) = (row.value, row.average_price, row.average_duration);
            let estimates = (row.estimated_cost, row.estimated_duration);
            let (used, excluded) = (row.max_memory_used, &row.excluded);
            writeln!(f, "{power} {cost:?} {duration:?} {:?} {estimates:?} {used:?} {excluded:?}", row.metric_duration)?;
        }
        Ok(())
    }
}

/// A function as it is measured.
#[derive(Debug, Clone)]
struct Function {
    /// CPU time at one virtual CPU, in ms.
    cpu: f64,
    /// Waiting, in ms.
    wait: f64,
    /// The number of cores that it uses.
    cores: f64,
    /// The degree to which invocations vary, and environments differ.
    noise: f64,
    /// True if durations are whole milliseconds, so that there are ties.
    whole: bool,
    /// By how many MB what invocations need varies, and by how many it grows with each.
    memory: (f64, f64),
    /// For the noise.
    seed: u64,
}

/// The fate of a memory size.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fate {
    Measured { lanes: u32, warm: u32 },
    TimedByClient,
    OutOfMemory,
    Silent,
}

impl Function {
    /// At random, 0 to 1.
    fn chance(&self, power: Power, nth: u64) -> f64 {
        let hash = (self.seed ^ (u64::from(power.megabytes()) << 32) ^ nth).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let uniform = (hash ^ (hash >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 40;
        uniform as f64 / f64::from(1 << 24)
    }

    fn duration(&self, power: Power, nth: u64) -> f64 {
        let share = (f64::from(power.megabytes()) / 1769.0).min(self.cores);
        let deviation = 1.0 + self.noise * (self.chance(power, nth) - 0.5);
        let duration = (self.wait + self.cpu / share) * deviation;
        if self.whole { duration.ceil() } else { (duration * 100.0).round() / 100.0 }.max(0.01)
    }

    fn lane(&self, power: Power, (lane, warm): (u32, u32), since: u64, source: Source) -> Strata {
        let mut most = 0_u64;
        let sample = |number: u32| {
            let nth = since + u64::from(lane * 100 + number);
            let duration = self.duration(power, nth);
            let needed = 60.0 + self.memory.0 * self.chance(power, nth + 50_000) + self.memory.1 * f64::from(number);
            most = most.max(whole(needed.ceil()).0);
            let memory_used = (source != Source::Client).then(|| u32::try_from(most).unwrap());
            let start = if number == 0 { Start::Cold(Milliseconds(100.0)) } else { Start::Warm };
            let duration = if number == 0 { duration * 1.5 } else { duration };
            let billed = duration.ceil() + if number == 0 { 100.0 } else { 0.0 };
            let duration = Milliseconds(duration);
            (0, Sample { duration, billed: whole(billed), start, memory_used, trace_id: None })
        };
        (0..=warm).map(sample).collect()
    }

    fn measure(&self, plan: &Plan, power: Power, fate: Fate, since: u64) -> Measurement {
        let (lanes, warm) = match fate {
            Fate::Measured { lanes, warm } => (lanes, warm),
            Fate::TimedByClient | Fate::OutOfMemory | Fate::Silent => (2, 4),
        };
        let source = if fate == Fate::TimedByClient { Source::Client } else { Source::Report };
        let series: Vec<Strata> = (0..lanes).map(|lane| self.lane(power, (lane, warm), since, source)).collect();
        let estimator = Estimator {
            shares: vec![1],
            environments: Environments::Reused,
            trim: plan.request.trim,
            metric: plan.request.metric,
            keep: 0,
        };
        let billed = series.iter().flat_map(Strata::samples).map(|sample| sample.billed.0).sum();
        let mut spent =
            Spent { invocations: lanes * (1 + warm), billed: BilledMilliseconds(billed), ..Spent::default() };
        let result = match fate {
            Fate::OutOfMemory => {
                spent.errors.record("Runtime.OutOfMemory", None);
                Measured::Infeasible(Infeasible::OutOfMemory)
            }
            Fate::Silent => {
                spent.unreported = spent.invocations;
                Measured::NoSamples
            }
            Fate::Measured { .. } | Fate::TimedByClient => estimator
                .estimate(&series, source)
                .map_or(Measured::NoSamples, |statistics| Measured::Samples(Box::new(statistics))),
        };
        let is_search = plan.request.search.is_some();
        Measurement {
            value: power,
            result,
            spent,
            max_memory_used: series.iter().flat_map(Strata::samples).filter_map(|sample| sample.memory_used).max(),
            executor_calls: 1,
            retries: 0,
            series: if is_search { series } else { Vec::new() },
        }
    }
}

fn whole(ms: f64) -> BilledMilliseconds {
    BilledMilliseconds(format!("{ms:.0}").parse().unwrap())
}

fn function() -> impl Strategy<Value = Function> {
    let noise = prop_oneof![Just(0.0), Just(0.02), Just(0.2)];
    let cpu = prop_oneof![Just(0.0), 0.1..3.0, 1.0..500.0];
    let wait = prop_oneof![Just(0.0), 0.1..3.0, 1.0..200.0];
    let cores = prop_oneof![Just(1.0), Just(2.0), Just(6.0)];
    let memory = (prop_oneof![Just(0.0), 0.0..200.0], prop_oneof![3 => Just(0.0), 1 => 0.3..3.0]);
    (cpu, wait, cores, noise, any::<bool>(), memory, any::<u64>()).prop_map(
        |(cpu, wait, cores, noise, whole, memory, seed)| Function {
            cpu,
            wait: wait + 0.05,
            cores,
            noise,
            whole,
            memory,
            seed,
        },
    )
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        10 => (1u32..=6, 2u32..=8).prop_map(|(lanes, warm)| Fate::Measured { lanes, warm }),
        3 => (1u32..=3, 19u32..=40).prop_map(|(lanes, warm)| Fate::Measured { lanes, warm }),
        2 => (1u32..=2, 0u32..=1).prop_map(|(lanes, warm)| Fate::Measured { lanes, warm }),
        1 => Just(Fate::TimedByClient),
        1 => Just(Fate::OutOfMemory),
        1 => Just(Fate::Silent),
    ]
}

/// Fields of the input that decide what wins.
fn fields(is_search: bool) -> impl Strategy<Value = Value> {
    let strategy = prop_oneof![Just("cost"), Just("speed"), Just("balanced")];
    let tolerance = prop_oneof![2 => Just(None), 1 => Just(Some(0.0)), 1 => Just(Some(0.02)), 1 => Just(Some(0.3))];
    let metric =
        if is_search { Just("average").boxed() } else { prop_oneof![3 => Just("average"), 1 => Just("p50")].boxed() };
    let limits = (
        prop::option::weighted(0.3, 1.0..300.0),
        prop::option::weighted(0.3, 1e-8..2e-6),
        prop_oneof![4 => Just(0.0), 1 => Just(0.5), 1 => Just(5.0)],
    );
    let rest = (0.0..1.0, any::<bool>(), prop::option::of(1u32..10_000_000));
    (strategy, tolerance, metric, limits, rest).prop_map(
        |(strategy, tolerance, metric, (duration, cost, headroom), (weight, present, monthly))| {
            json!({
                "strategy": strategy, "tolerance": tolerance, "metric": metric, "maxDuration": duration, "maxCost": cost,
                "memoryHeadroom": headroom, "balancedWeight": weight, "compareWithCurrent": present,
                "invocationsPerMonth": monthly, "includeOutputResults": true, "num": 10,
            })
        },
    )
}

/// Runs that measure a list.
pub fn lists() -> impl Strategy<Value = DrawnRun> {
    let sizes = prop::sample::subsequence(SIZES.to_vec(), 1..=8);
    let drawn = (sizes, prop::collection::vec(fate(), 8), function(), fields(false));
    drawn.prop_filter_map("nothing can win", |(sizes, fates, function, mut fields)| {
        fields["powerValues"] = json!(sizes);
        let plan = plan_with(&fields);
        let powers = plan.request.power_values.clone();
        let measured: Vec<Measurement> =
            powers.iter().zip(fates).map(|(&power, fate)| function.measure(&plan, power, fate, 0)).collect();
        let round = Round::of_list(&plan, GbSecondPrice(0.000_016_666_7));
        ended(
            &function,
            RunState { plan, publication: published(&powers, measured), analysis: Analysis::before(round) },
        )
    })
}

/// Searches that have explored, and go on from there.
pub fn searches() -> impl Strategy<Value = DrawnRun> {
    let sizes = prop::sample::subsequence(SIZES.to_vec(), 1..=8);
    let budget = (prop_oneof![Just(None), Just(Some(5u32)), Just(Some(20))], any::<bool>());
    let drawn = (sizes, prop::collection::vec(fate(), 8), function(), fields(true), budget);
    drawn.prop_filter_map("nothing can win", |(sizes, fates, function, mut fields, (num, is_verified))| {
        fields["powerValues"] = json!("AUTO");
        fields["num"] = json!(num);
        let mut plan = plan_with(&fields);
        let powers: Vec<Power> = sizes.iter().map(|&mb| Power::new(mb).unwrap()).collect();
        plan.request.power_values.clone_from(&powers);
        // Memory runs out at the smallest sizes only.
        let fates = fates.into_iter().enumerate().map(|(n, fate)| match fate {
            Fate::OutOfMemory | Fate::Silent if n > 0 => Fate::Measured { lanes: 2, warm: 2 },
            other => other,
        });
        let measured: Vec<Measurement> =
            powers.iter().zip(fates).map(|(&power, fate)| function.measure(&plan, power, fate, 0)).collect();
        let round = Round { power_values: powers.clone(), ..Round::of_list(&plan, GbSecondPrice(0.000_016_666_7)) };
        let analysis = Analysis { verifies: is_verified.then_some(Stop::Converged), ..Analysis::before(round) };
        ended(&function, RunState { plan, publication: published(&powers, measured), analysis })
    })
}

/// Goes on until the Analyzer has decided; `None` if it decides that nothing can win.
fn ended(function: &Function, mut state: RunState) -> Option<DrawnRun> {
    let prices = Prices::bundled().unwrap();
    for round in 1.. {
        let RunState { plan, publication, analysis } = state;
        state = handle(&prices, Input { plan, publication, analysis, retries: 0 }).ok()?;
        if state.analysis.next != Next::Publish {
            break;
        }
        assert!(round < 40, "it does not end: {:?}", state.analysis.round);
        let Round { power_values, sampling, .. } = state.analysis.round.clone();
        let fate = Fate::Measured { lanes: sampling.lanes, warm: sampling.invocations / sampling.lanes - 1 };
        let measure = |power: &Power| function.measure(&state.plan, *power, fate, round * 100_000);
        let measured = power_values.iter().map(measure).collect();
        state.publication = published(&power_values, measured);
    }
    match state.analysis.outcome {
        Some(Outcome::Tuned(outcome)) => Some(DrawnRun { asked: Asked::from(&state.plan.request), outcome: *outcome }),
        other => panic!("{other:?}"),
    }
}

fn published(powers: &[Power], measured: Vec<Measurement>) -> Publication {
    let target = |(power, measurement): (&Power, Measurement)| {
        let mut target = Target::new(*power, vec!["999999".parse().unwrap()]);
        target.progress = Progress::Measured(Box::new(measurement));
        target
    };
    let targets = powers.iter().zip(measured).map(target).collect();
    Publication { next: publisher::Next::Measure, calls: 1, targets, ..Default::default() }
}

/// The request that an input makes, beside the function's name and `num`: 5.
fn request(fields: &Value) -> Request {
    let deployment = Deployment {
        power_values: Vec::new(),
        auto_optimize: false,
        visualization_url: "https://example.com/".to_owned(),
        execution_time_limit: std::time::Duration::from_hours(1),
        total_execution_timeout: std::time::Duration::from_mins(5),
        own_functions: Vec::new(),
    };
    let mut input = json!({"lambdaARN": "f", "num": 5, "includeOutputResults": true});
    input.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    input::Input::parse(&input, &deployment, None).unwrap().request
}

/// A plan for a function of 512 MB.
pub(crate) fn plan_with(fields: &Value) -> Plan {
    let mut request = request(fields);
    request.warnings.insert(0, "from the input".to_owned());
    serde_json::from_value(json!({
        "execution": "arn:aws:states:us-east-1:123456789012:execution:m:run",
        "function": "arn:aws:lambda:us-east-1:123456789012:function:f",
        "before": {
            "memory": 512, "architecture": "x86_64", "timeout": 3000.0, "fingerprint": "x", "highestVersion": 0,
            "ephemeralStorageMb": 512, "snapStart": false, "logs": {"group": "/aws/lambda/f", "reports": true},
        },
        "request": request,
        "ends": 1, "visualizationUrl": "https://example.com/",
    }))
    .unwrap()
}
