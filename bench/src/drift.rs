//! How often runs of a function that has not changed are told apart, and how often those of one that has.

use std::fmt::{self, Write as _};

use anyhow::{Context, Result};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use tuning::{
    contract::outcome::TuningOutcome,
    decide::{
        search::{Goal, Lanes, Settings},
        strategy::Candidate,
    },
    drift::{Finding, Percent, Thresholds, compare},
    measure::{
        lane::Environments,
        measurement::{Estimator, Source, Statistics},
        metric::Metric,
        sample::{Sample, Start, Strata},
        statistics::Trim,
    },
    run::objective::{Strategy, Tolerance, Weight},
    units::{
        milliseconds::{BilledMilliseconds, Milliseconds},
        power::Power,
    },
};

use crate::{
    environment::{Cold, Environment},
    family::{Family, Simulation},
    function::{Function, PRICE, VCPU, position},
    policy,
};

/// The defaults of the schedule: the optimum has moved by more than 5 %, cost or duration by more than 10 %, and less
/// than 10 % of the memory is left.
const THRESHOLDS: [f64; 3] = [5.0, 10.0, 10.0];
/// The memory sizes of a list: the default of the deployment.
const LIST: [u32; 6] = [128, 256, 512, 1024, 1536, 3008];
/// The function's memory before the first run.
const PRESENT: u32 = 512;
const STRATEGIES: [Strategy; 3] = [Strategy::Cost, Strategy::Speed, Strategy::Balanced { weight: Weight::DEFAULT }];

/// What happened to the function between the two runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Change {
    /// Nothing.
    Nothing,
    /// It takes so many times as long.
    Slower(f64),
    /// It waits besides, for three times as long as it takes with one virtual CPU: more CPU no longer helps.
    Waits,
}

/// What both runs measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Plan {
    /// A list, at each size in lanes of so many warm invocations.
    List(Lanes),
    /// `AUTO`.
    Search,
}

/// Pairs of runs, by what the comparison said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub pairs: u32,
    /// Nothing was measured at the same size in both runs.
    pub not_compared: u32,
    pub moved: u32,
    pub cost: u32,
    pub duration: u32,
    /// Any of these.
    pub any: u32,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing"),
            Self::Slower(factor) => write!(f, "{factor} times as long"),
            Self::Waits => f.write_str("waits besides"),
        }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List(Lanes { count, warm }) => write!(f, "6 sizes, {count} x {warm}"),
            Self::Search => f.write_str("AUTO"),
        }
    }
}

impl Change {
    fn happen(self, function: &mut Function) {
        let one_cpu = Power::nearest(VCPU);
        let waits = 3.0 * function.base.get(position(one_cpu)).copied().unwrap_or_default();
        for base in &mut function.base {
            *base = match self {
                Self::Nothing => *base,
                Self::Slower(factor) => *base * factor,
                Self::Waits => *base + waits,
            };
        }
    }
}

/// A table of how many pairs of each kind were told apart.
pub fn table(simulation: &Simulation, first_seed: u64, pairs: u32) -> Result<String> {
    let mut table = String::from(
        "| change | plan | pairs | any finding | optimum moved | cost | duration | not compared |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    let plans =
        [(1, 10), (5, 10)].map(|(count, warm)| Plan::List(Lanes { count, warm })).into_iter().chain([Plan::Search]);
    let changes = [Change::Nothing, Change::Slower(1.2), Change::Slower(1.5), Change::Slower(2.0), Change::Waits];
    for (change, plan) in changes.into_iter().flat_map(|change| plans.clone().map(move |plan| (change, plan))) {
        let Counts { pairs, not_compared, moved, cost, duration, any } =
            count(simulation, plan, change, first_seed, pairs)?;
        let _ =
            writeln!(table, "| {change} | {plan} | {pairs} | {any} | {moved} | {cost} | {duration} | {not_compared} |");
    }
    Ok(table)
}

/// Compares pairs of runs: each pair is of another function and family, and another strategy.
pub fn count(simulation: &Simulation, plan: Plan, change: Change, first_seed: u64, pairs: u32) -> Result<Counts> {
    let [tolerance, drift, memory] = THRESHOLDS.map(Percent::try_from);
    let thresholds = Thresholds { tolerance: tolerance?, drift: drift?, memory: memory? };
    let families = <Family as clap::ValueEnum>::value_variants();
    let mut counts = Counts::default();
    for (pair, (&family, strategy)) in (0..pairs).zip(families.iter().cycle().zip(STRATEGIES.into_iter().cycle())) {
        let seed = first_seed + u64::from(pair);
        let mut function = family.function(seed, simulation);
        let present = Power::new(PRESENT)?;
        let last = run(&function, plan, strategy, present, seed)?;
        change.happen(&mut function);
        // Somebody has followed the first run.
        let applied = last.as_ref().map_or(present, |last| last.power);
        let now = run(&function, plan, strategy, applied, seed + 1_000_003)?;
        let (Some(last), Some(now)) = (last, now) else { continue };
        let compared = compare(&last, &now, &thresholds);
        let any = |is: fn(&Finding) -> bool| u32::from(compared.findings.iter().any(is));
        counts.pairs += 1;
        counts.not_compared += u32::from(compared.at.is_none());
        counts.moved += any(|finding| matches!(finding, Finding::OptimumMoved { .. }));
        counts.cost += any(|finding| matches!(finding, Finding::CostDrifted { .. }));
        counts.duration += any(|finding| matches!(finding, Finding::DurationDrifted { .. }));
        counts.any += any(|_| true);
    }
    Ok(counts)
}

/// A run; `None` if the function runs nowhere.
fn run(
    function: &Function,
    plan: Plan,
    strategy: Strategy,
    present: Power,
    seed: u64,
) -> Result<Option<TuningOutcome>> {
    let mut environment = Environment::new(function, seed);
    let found = match plan {
        Plan::List(lanes) => {
            for mb in LIST {
                environment.measure(Power::new(mb)?, lanes, false, Cold::Apart);
            }
            None
        }
        Plan::Search => {
            let goal = goal(function, strategy, present);
            let (found, _) = policy::search(&mut environment, &Settings::NORMAL, &goal);
            let Some(found) = found else { return Ok(None) };
            Some(found)
        }
    };
    let mut rows = Vec::new();
    let mut candidates = Vec::new();
    let mut random = StdRng::seed_from_u64(seed);
    for (power, lanes) in environment.lanes() {
        let Some(statistics) = statistics(&lanes, &mut random) else { continue };
        let cost = PRICE.average_cost(power, statistics.average_billed);
        candidates.push(Candidate { power, cost, duration: statistics.average_duration });
        rows.push(row(power, cost.0, &statistics, function.used));
    }
    let winner = found.or_else(|| strategy.winner_within(&candidates, Tolerance::NONE).map(|winner| winner.power));
    winner.map(|winner| outcome(winner, strategy, present, &rows)).transpose()
}

fn goal(function: &Function, strategy: Strategy, present: Power) -> Goal {
    Goal {
        strategy,
        max_duration: None,
        max_cost: None,
        memory_headroom: 0.0,
        price: PRICE,
        timeout: Milliseconds(function.timeout),
        present: Some(present),
        smallest: function.sizes.0,
        largest: function.sizes.1,
        tolerance: Goal::TOLERANCE,
    }
}

fn statistics(lanes: &[Vec<f64>], random: &mut StdRng) -> Option<Statistics> {
    let samples = lanes.iter().map(Vec::len).sum::<usize>();
    let estimator = Estimator {
        shares: vec![u32::try_from(samples).ok()?],
        environments: Environments::Reused,
        trim: Trim::DEFAULT,
        metric: Metric::Average,
        keep: 0,
    };
    let mut sample = |&duration: &f64| (0, warm(duration + random.random_range(0.0..0.01)));
    let lanes: Vec<Strata> = lanes.iter().map(|lane| lane.iter().map(&mut sample).collect()).collect();
    estimator.estimate(&lanes, Source::Report)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "seconds, in ms")]
fn warm(duration: f64) -> Sample {
    let billed = BilledMilliseconds(duration.ceil() as u64);
    Sample { duration: Milliseconds(duration), billed, start: Start::Warm, memory_used: Some(64), trace_id: None }
}

fn row(power: Power, cost: f64, statistics: &Statistics, used: u32) -> Value {
    json!({
        "value": power, "averagePrice": cost, "averageDuration": statistics.average_duration,
        "averageBilled": statistics.average_billed, "interval": statistics.interval, "totalCost": 0.0,
        "samples": statistics.samples(), "basis": statistics.basis, "source": statistics.source,
        "maxMemoryUsed": used, "spent": {},
    })
}

fn outcome(winner: Power, strategy: Strategy, present: Power, rows: &[Value]) -> Result<TuningOutcome> {
    serde_json::from_value(json!({
        "power": winner, "cost": 0.0, "duration": 0.0, "warnings": [], "recommendation": {"reasons": []},
        "stateMachine": {"executionCost": 0.0, "lambdaCost": 0.0, "visualization": ""}, "stats": rows,
        "subject": {
            "function": "f", "region": "us-east-1", "architecture": "x86_64", "present": present,
            "ephemeralStorageMb": 512, "strategy": strategy.name(), "balancedWeight": strategy.weight(),
        },
    }))
    .context("an output")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAIRS: u32 = 200;

    fn counted(plan: Plan, change: Change, pairs: u32) -> Counts {
        count(&Simulation::default(), plan, change, 7_000, pairs).unwrap()
    }

    fn list(count: u32, warm: u32) -> Plan {
        Plan::List(Lanes { count, warm })
    }

    #[test]
    fn of_quiet_pairs_at_most_one_in_twenty_is_told_apart() {
        // Searches take minutes in a debug build: `cargo xtask bench drift` counts them.
        for plan in [list(1, 10), list(5, 10)] {
            let counts = counted(plan, Change::Nothing, PAIRS);
            assert!(counts.pairs > PAIRS * 9 / 10 && counts.any * 20 <= counts.pairs, "{plan}: {counts:?}");
        }
    }

    #[test]
    fn a_function_that_takes_half_as_long_again_is_mostly_found_and_one_that_takes_twice_as_long_nearly_always() {
        for (plan, change, most_missed) in [
            (list(5, 10), Change::Slower(1.5), 0.2),
            (list(1, 10), Change::Slower(2.0), 0.1),
            (list(5, 10), Change::Slower(2.0), 0.05),
        ] {
            let counts = counted(plan, change, PAIRS / 4);
            let missed = f64::from(counts.pairs - counts.duration) / f64::from(counts.pairs);
            assert!(missed <= most_missed, "{plan}, {change}: {counts:?}");
        }
    }
}
