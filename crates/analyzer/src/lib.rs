//! The Analyzer: measurements in, decision and output out. Pure, and without the AWS SDK.

mod error;
mod monthly;
mod words;

use tuning::{
    choice::{Choice, Contender, choose},
    measurement::{Measurement, Statistics},
    metric::Metric,
    outcome::{
        Comparison, DryRunOutcome, Outcome, Recommendation, SampleRow, StateMachineOutcome, StatsRow, TuningOutcome,
    },
    plan::{AutoOptimize, Mode, Plan},
    price::{GbSecondPrice, Prices},
    step::analyzer::{Input, Next, Output},
    strategy::Candidate,
    usd::Usd,
    visualization,
};

pub use error::Error;

/// Decides.
pub fn handle(prices: &Prices, input: Input) -> Result<Output, Error> {
    match input.plan.request.mode {
        Mode::DryRun => Ok(dry_run(prices, input)),
        Mode::Tune => tune(prices, &input),
    }
}

fn tune(prices: &Prices, input: &Input) -> Result<Output, Error> {
    let Input { plan, measurements, .. } = input;
    let quote = prices.lambda(plan.function.region(), plan.before.architecture);
    let contenders: Vec<Contender> = measurements.iter().filter_map(|m| m.contender(quote.price)).collect();
    let Some(choice) = choose(&contenders, plan.request.strategy, &plan.request.limits) else {
        return Err(Error::no_usable_samples(measurements));
    };
    let averages: Vec<Candidate> = contenders.iter().map(|contender| contender.average).collect();
    let winner = choice.winner.average;
    let outcome = TuningOutcome {
        power: winner.power,
        cost: winner.cost,
        duration: winner.duration,
        state_machine: StateMachineOutcome {
            execution_cost: prices.transitions(plan.function.region(), transitions(input)),
            lambda_cost: measurements.iter().map(|m| m.total_cost(quote.price)).sum::<Usd>(),
            visualization: visualization::link(&plan.visualization_url, plan.function.partition(), &averages),
        },
        stats: plan
            .request
            .include_output_results
            .then(|| measurements.iter().map(|m| row(plan.request.metric, m, quote.price)).collect()),
        model: None,
        search: None,
        recommendation: recommendation(prices, input, &choice, &averages),
        warnings: words::warnings(prices, input, &choice),
    };
    let next = if plan.request.auto_optimize == AutoOptimize::Off { Next::Clean } else { Next::Optimize };
    Ok(Output { next, winner: Some(winner.power), outcome: Outcome::Tuned(Box::new(outcome)) })
}

fn recommendation(prices: &Prices, input: &Input, choice: &Choice, averages: &[Candidate]) -> Recommendation {
    let against_present = against_present(&input.plan, choice.winner.average, averages);
    let monthly = monthly::monthly(prices, &input.plan, &input.measurements, choice.winner.average.power);
    let reasons = words::reasons(&input.plan, choice, averages, against_present, monthly);
    Recommendation { against_present, against_runner_up: None, workload: None, monthly, reasons }
}

fn against_present(plan: &Plan, winner: Candidate, averages: &[Candidate]) -> Option<Comparison> {
    let present = averages.iter().find(|average| average.power == plan.before.memory)?;
    let change = |new: f64, old: f64| (new / old - 1.0) * 100.0;
    Some(Comparison {
        power: present.power,
        cost_percent: change(winner.cost.0, present.cost.0),
        duration_percent: change(winner.duration.0, present.duration.0),
        cost_ratio: None,
        duration_ratio: None,
        invocations_to_tell_apart: None,
    })
}

/// State transitions of the run as `statemachine.asl.json` has them: every state that is entered, and every retry, which is
/// a transition, too. Those of the Optimizer and the Cleaner are still to come and are taken as one each.
fn transitions(input: &Input) -> u32 {
    /// Initializer, Map, Analyzer, the choice after it, Cleaner.
    const ONCE: u32 = 5;
    /// A call of a step that may be called again, and the choice after it.
    const PER_CALL: u32 = 2;
    let optimizer = u32::from(input.plan.request.auto_optimize != AutoOptimize::Off);
    // Each power value ends with a state of its own.
    let measuring: u32 = input.measurements.iter().map(|m| m.executor_calls * PER_CALL + 1 + m.retries).sum();
    let publication = &input.publication;
    let publishing = publication.calls * PER_CALL + publication.waits + publication.retries;
    ONCE + optimizer + publishing + measuring + input.retries
}

fn row(metric: Metric, measurement: &Measurement, price: GbSecondPrice) -> StatsRow {
    let statistics = measurement.statistics();
    let average = measurement.average(price);
    let has_metric = metric != Metric::Average;
    StatsRow {
        value: measurement.value,
        average_price: average.map(|average| average.cost),
        average_duration: average.map(|average| average.duration),
        interval: None,
        lanes: 0,
        metric_duration: statistics.and_then(|statistics| statistics.metric).filter(|_| has_metric),
        total_cost: measurement.total_cost(price),
        samples: statistics.map_or(0, Statistics::samples),
        basis: statistics.map(|statistics| statistics.basis),
        warm: statistics.and_then(|statistics| statistics.warm),
        cold: statistics.and_then(|statistics| statistics.cold),
        init_duration: statistics.and_then(|statistics| statistics.init_duration),
        max_memory_used: measurement.max_memory_used,
        spent: measurement.spent.clone(),
        source: statistics.map(|statistics| statistics.source),
        excluded: measurement.exclusion(),
        sample_list: statistics.map_or_else(Vec::new, |s| s.kept.iter().map(SampleRow::from).collect()),
    }
}

fn dry_run(prices: &Prices, input: Input) -> Output {
    let snapshots = words::snapshots(prices, &input.plan, &input.publication);
    let Input { plan, measurements, .. } = input;
    let outcome = DryRunOutcome {
        dry_run: true,
        function: plan.function.to_string(),
        checked: words::checked(&plan, &measurements),
        warnings: [plan.request.warnings.clone(), words::exclusions(&measurements), snapshots].concat(),
        power_values: plan.request.power_values,
        expected: None,
        invocations: measurements,
    };
    Output { next: Next::Clean, winner: None, outcome: Outcome::DryRun(outcome) }
}

#[cfg(test)]
mod tests;
