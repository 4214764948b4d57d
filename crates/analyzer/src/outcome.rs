//! The output.

use tuning::{
    choice::Choice,
    expectation::expected,
    measurement::{Measurement, Statistics},
    metric::Metric,
    outcome::{
        DryRunOutcome, Outcome, Recommendation, SampleRow, Search, StateMachineOutcome, StatsRow, Subject,
        TuningOutcome,
    },
    plan::Plan,
    price::{GbSecondPrice, Prices},
    strategy::Candidate,
    usd::Usd,
    visualization,
};

use crate::{
    alternatives::alternatives, claim::Claim, comparisons::Comparisons, contenders::contenders, measured::MeasuredRun,
    model, monthly, words, workload,
};

/// Of a run that measured.
pub(crate) fn of_tuning(prices: &Prices, run: &MeasuredRun, choice: &Choice, search: Option<Search>) -> Outcome {
    let (plan, price) = (&run.plan, run.price(prices));
    let averages: Vec<Candidate> = run.measurements.iter().filter_map(|m| m.average(price)).collect();
    let modelled = model::of(plan, price, &run.measurements, choice.winner.average.power);
    let contenders = contenders(&run.measurements, price);
    let comparisons = Comparisons::of(run, price, &contenders, choice.winner.average);
    let alternatives = alternatives(run, &contenders, choice.winner.average);
    let monthly = monthly::monthly(prices, plan, &run.measurements, choice.winner.average.power);
    // A list is decided by its averages alone.
    let estimates = if plan.request.search.is_some() { modelled.estimates.as_slice() } else { &[] };
    let claim = Claim::of(choice, &contenders, plan.request.strategy, &plan.request.limits, estimates);
    let reasons = words::reasons(plan, choice, &claim, &comparisons, &alternatives, monthly);
    let rows = || run.measurements.iter().map(|m| row(plan.request.metric, m, price)).collect();
    let winner = choice.winner.average;
    Outcome::Tuned(Box::new(TuningOutcome {
        power: winner.power,
        cost: winner.cost,
        duration: winner.duration,
        state_machine: StateMachineOutcome {
            execution_cost: prices.transitions(plan.function.region(), run.transitions()),
            lambda_cost: run.measurements.iter().map(|m| m.total_cost(price)).sum::<Usd>(),
            visualization: visualization::link(&plan.visualization_url, plan.function.partition(), &averages),
        },
        stats: plan.request.include_output_results.then(rows),
        recommendation: Recommendation {
            against_present: comparisons.present,
            against_runner_up: comparisons.runner_up,
            alternatives,
            workload: modelled.workload,
            monthly,
            reasons: [reasons, workload::sentence(modelled.workload, &run.measurements).into_iter().collect()].concat(),
        },
        model: modelled.model,
        search,
        subject: Some(subject(plan)),
        warnings: words::warnings(prices, run, choice),
    }))
}

fn subject(plan: &Plan) -> Subject {
    Subject {
        function: plan.function.to_string(),
        region: plan.function.region().to_owned(),
        architecture: plan.before.architecture,
        present: plan.before.memory,
        ephemeral_storage_mb: plan.before.ephemeral_storage_mb,
        strategy: plan.request.strategy.name().to_owned(),
        balanced_weight: plan.request.strategy.weight(),
    }
}

fn row(metric: Metric, measurement: &Measurement, price: GbSecondPrice) -> StatsRow {
    let statistics = measurement.statistics();
    let average = measurement.average(price);
    let has_metric = metric != Metric::Average;
    StatsRow {
        value: measurement.value,
        average_price: average.map(|average| average.cost),
        average_duration: average.map(|average| average.duration),
        average_billed: statistics.map(|statistics| statistics.average_billed),
        interval: statistics.and_then(|statistics| statistics.interval),
        lanes: statistics.map_or(0, |statistics| statistics.environments),
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

/// Of a dry run: what it checked, and what a real run is expected to take.
pub(crate) fn of_dry_run(prices: &Prices, run: &MeasuredRun) -> Outcome {
    let MeasuredRun { plan, measurements, .. } = run;
    let snapshots = words::snapshots(prices, plan, &run.publication);
    let real = real_round(plan, run);
    let billed = |power| {
        let measurement = measurements.iter().find(|measurement| measurement.value == power)?;
        measurement.statistics().map(|statistics| statistics.average_duration.0.ceil())
    };
    Outcome::DryRun(DryRunOutcome {
        dry_run: true,
        function: plan.function.to_string(),
        checked: words::checked(plan, measurements),
        warnings: [plan.request.warnings.clone(), words::exclusions(measurements), snapshots].concat(),
        power_values: plan.request.power_values.clone(),
        expected: Some(expected(plan, &real, prices, billed)),
        // The samples themselves are only of use to a search that goes on.
        invocations: measurements.iter().map(|m| Measurement { series: Vec::new(), ..m.clone() }).collect(),
    })
}

/// The round that a real run would measure.
fn real_round(plan: &Plan, run: &MeasuredRun) -> tuning::round::Round {
    tuning::round::Round { sampling: plan.request.real_sampling.unwrap_or(run.round.sampling), ..run.round.clone() }
}
