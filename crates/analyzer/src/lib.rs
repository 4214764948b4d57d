//! The Analyzer: measurements in, decision and output out. Pure, and without the AWS SDK.

mod error;
mod words;

use tuning::{
    measurement::{Measurement, Statistics},
    outcome::{DryRunOutcome, Outcome, Recommendation, Source, StateMachineOutcome, StatsRow, TuningOutcome},
    plan::{AutoOptimize, Mode},
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
        Mode::DryRun => Ok(dry_run(input)),
        Mode::Tune => tune(prices, &input),
    }
}

fn tune(prices: &Prices, input: &Input) -> Result<Output, Error> {
    let Input { plan, measurements, .. } = input;
    let price = prices.lambda(plan.function.region(), plan.before.architecture);
    let candidates: Vec<Candidate> = measurements.iter().filter_map(|m| m.candidate(price.price)).collect();
    let Some(winner) = plan.request.strategy.winner(&candidates) else {
        return Err(Error::no_usable_samples(measurements));
    };
    let mut warnings = plan.request.warnings.clone();
    warnings.extend(words::warnings(plan, price.is_guess, measurements));
    let outcome = TuningOutcome {
        power: winner.power,
        cost: winner.cost,
        duration: winner.duration,
        state_machine: StateMachineOutcome {
            execution_cost: prices.transitions(plan.function.region(), transitions(input)),
            lambda_cost: measurements.iter().map(|m| m.total_cost(price.price)).sum::<Usd>(),
            visualization: visualization::link(&plan.visualization_url, plan.function.partition(), &candidates),
        },
        stats: plan.request.include_output_results.then(|| measurements.iter().map(|m| row(m, price.price)).collect()),
        recommendation: Recommendation { reasons: words::reasons(plan, winner, &candidates) },
        warnings,
    };
    let next = if plan.request.auto_optimize == AutoOptimize::Off { Next::Clean } else { Next::Optimize };
    Ok(Output { next, winner: Some(winner.power), outcome: Outcome::Tuned(Box::new(outcome)) })
}

/// State transitions of the run, retries not counted: every state that is entered, as `statemachine.asl.json` has them.
fn transitions(input: &Input) -> u32 {
    /// Initializer, Map, Analyzer, the choice after it, Cleaner.
    const ONCE: u32 = 5;
    /// A call of a step that may be called again, and the choice after it.
    const PER_CALL: u32 = 2;
    let optimizer = u32::from(input.plan.request.auto_optimize != AutoOptimize::Off);
    // Each power value ends with a state of its own.
    let measuring: u32 = input.measurements.iter().map(|m| m.executor_calls * PER_CALL + 1).sum();
    ONCE + optimizer + input.publisher_calls * PER_CALL + measuring
}

fn row(measurement: &Measurement, price: GbSecondPrice) -> StatsRow {
    let statistics = measurement.statistics();
    let candidate = measurement.candidate(price);
    StatsRow {
        value: measurement.value,
        average_price: candidate.map(|candidate| candidate.cost),
        average_duration: candidate.map(|candidate| candidate.duration),
        total_cost: measurement.total_cost(price),
        samples: statistics.map_or(0, Statistics::samples),
        warm: statistics.and_then(|statistics| statistics.warm),
        cold: statistics.and_then(|statistics| statistics.cold),
        init_duration: statistics.and_then(|statistics| statistics.init_duration),
        max_memory_used: measurement.max_memory_used,
        spent: measurement.spent.clone(),
        source: statistics.map(|_| Source::Report),
        excluded: measurement.exclusion().map(str::to_owned),
    }
}

fn dry_run(input: Input) -> Output {
    let Input { plan, measurements, .. } = input;
    let outcome = DryRunOutcome {
        dry_run: true,
        function: plan.function.to_string(),
        checked: words::checked(&plan, &measurements),
        warnings: [plan.request.warnings.clone(), words::exclusions(&measurements)].concat(),
        power_values: plan.request.power_values,
        invocations: measurements,
    };
    Output { next: Next::Clean, winner: None, outcome: Outcome::DryRun(outcome) }
}

#[cfg(test)]
mod tests;
