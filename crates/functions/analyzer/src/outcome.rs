//! The output.

use tuning::{
    contract::{
        link,
        outcome::{
            DryRunOutcome, Outcome, Recommendation, SampleRow, Search, StateMachineOutcome, StatsRow, Subject,
            TuningOutcome,
        },
    },
    decide::{auto, expectation::expected, search::Estimate, strategy::Candidate},
    measure::{
        measurement::{Measurement, Statistics},
        metric::Metric,
    },
    price::{GbSecondPrice, Prices},
    run::plan::Plan,
    units::usd::Usd,
};

use crate::{
    after_decision,
    alternatives::alternatives,
    answer::Answer,
    claims::claims,
    comparisons::{Comparisons, Lanes},
    measured::MeasuredRun,
    memory,
    model::Modelled,
    monthly,
    soundness::Soundness,
    warnings,
};

/// Of a run that measured.
pub(crate) fn of_tuning(
    prices: &Prices,
    run: &MeasuredRun,
    answer: &Answer,
    soundness: Soundness,
    modelled: Option<auto::Modelled>,
    search: Option<Search>,
) -> Outcome {
    let (plan, price) = (&run.plan, run.price(prices));
    let winner = answer.choice.winner.average;
    let averages: Vec<Candidate> = answer.comparable.iter().map(|contender| contender.average).collect();
    let modelled = modelled.map(|modelled| Modelled::of(run, answer, modelled)).unwrap_or_default();
    let lanes = Lanes(&run.measurements);
    let comparisons = Comparisons::of(&plan.request, plan.before.memory, answer, &lanes);
    let alternatives = alternatives(&plan.request, answer, &lanes);
    let monthly = monthly::monthly(prices, plan, &run.measurements, answer);
    let currency = prices.currency(plan.function.region());
    let headroom = memory::headroom(&run.measurements, answer);
    let memory_trend = memory::trend(&run.measurements, answer);
    let memory_warnings =
        memory::warnings(plan.request.limits.memory_headroom, answer, headroom.as_ref(), memory_trend.as_ref());
    let claims = claims(plan, answer, &comparisons, &alternatives, monthly, headroom.clone(), modelled.work.clone());
    let rows = || run.measurements.iter().map(|m| row(plan, answer, &modelled.estimates, m, price)).collect();
    Outcome::Tuned(Box::new(TuningOutcome {
        power: winner.power,
        cost: winner.cost,
        duration: winner.duration,
        state_machine: StateMachineOutcome {
            execution_cost: prices
                .transitions(plan.function.region(), run.transitions(after_decision(plan, soundness))),
            lambda_cost: run.measurements.iter().map(|m| m.total_cost(price)).sum::<Usd>(),
            invocations: Some(run.measurements.iter().map(|m| m.spent.invocations).sum()),
            visualization: link::link(&plan.visualization_url, currency, &averages),
        },
        stats: plan.request.include_output_results.then(rows),
        recommendation: Recommendation {
            verdict: answer.verdict.to_string(),
            decided_by: answer.decided_by,
            hardly_measured: soundness != Soundness::Sound,
            alternatives,
            against_present: comparisons.present,
            against_runner_up: comparisons.runner_up,
            workload: modelled.work.as_ref().and_then(|work| work.stated(winner.power)),
            headroom,
            memory_trend,
            monthly,
            reasons: claims.iter().map(|claim| claim.said_in(currency)).collect(),
        },
        model: modelled.model,
        search,
        applied: None,
        subject: Some(subject(plan)),
        warnings: warnings::warnings(prices, run, answer, memory_warnings, soundness),
    }))
}

fn subject(plan: &Plan) -> Subject {
    let (limits, metric) = (&plan.request.limits, plan.request.metric);
    Subject {
        function: plan.function.to_string(),
        region: plan.function.region().to_owned(),
        architecture: plan.before.architecture,
        present: plan.before.memory,
        ephemeral_storage_mb: plan.before.ephemeral_storage_mb,
        strategy: plan.request.strategy.name().to_owned(),
        balanced_weight: plan.request.strategy.weight(),
        tolerance: limits.tolerance,
        metric: (metric != Metric::Average).then(|| metric.name().to_owned()),
        max_duration: limits.max_duration,
        max_cost: limits.max_cost,
        memory_headroom: Some(limits.memory_headroom).filter(|headroom| *headroom > 0.0),
        execution: Some(plan.execution.to_string()),
    }
}

fn row(
    plan: &Plan,
    answer: &Answer,
    estimates: &[Estimate],
    measurement: &Measurement,
    price: GbSecondPrice,
) -> StatsRow {
    let statistics = measurement.statistics();
    let average = measurement.average(price);
    let has_metric = plan.request.metric != Metric::Average;
    let estimate = estimates.iter().find(|estimate| estimate.power == measurement.value);
    let incomparable = || warnings::incomparable(measurement, answer).map(|why| why.to_string());
    StatsRow {
        value: measurement.value,
        vcpus: Some(measurement.value.vcpus()),
        cores: Some(measurement.value.cores()),
        cost_per_million: average.map(|average| Usd(average.cost.0 * 1e6)),
        average_price: average.map(|average| average.cost),
        average_duration: average.map(|average| average.duration),
        average_billed: statistics.map(|statistics| statistics.average_billed),
        interval: statistics.and_then(|statistics| statistics.interval),
        lanes: statistics.map_or(0, |statistics| statistics.environments),
        metric_duration: statistics.and_then(|statistics| statistics.metric).filter(|_| has_metric),
        estimated_cost: estimate.map(|estimate| estimate.cost),
        estimated_duration: estimate.map(|estimate| estimate.duration),
        total_cost: measurement.total_cost(price),
        samples: statistics.map_or(0, Statistics::samples),
        basis: statistics.map(|statistics| statistics.basis),
        warm: statistics.and_then(|statistics| statistics.warm),
        cold: statistics.and_then(|statistics| statistics.cold),
        init_duration: statistics.and_then(|statistics| statistics.init_duration),
        max_memory_used: measurement.max_memory_used,
        memory_used_share: measurement
            .max_memory_used
            .map(|used| f64::from(used) / f64::from(measurement.value.megabytes())),
        least_memory_used: statistics.and_then(|statistics| statistics.least_memory_used),
        spent: measurement.spent.clone(),
        source: statistics.map(|statistics| statistics.source),
        excluded: measurement.exclusion().or_else(incomparable),
        sample_list: statistics.map_or_else(Vec::new, |s| s.sample_list.iter().map(SampleRow::from).collect()),
    }
}

/// Of a dry run: what it checked, and what a real run is expected to take.
pub(crate) fn of_dry_run(prices: &Prices, run: &MeasuredRun) -> Outcome {
    let MeasuredRun { plan, measurements, .. } = run;
    let snapshots = warnings::snapshots(prices, plan, &run.publication);
    let rejections = warnings::rejections(measurements).into_iter().collect();
    let real = real_round(plan, run);
    let billed = |power| {
        let measurement = measurements.iter().find(|measurement| measurement.value == power)?;
        measurement.statistics().map(|statistics| statistics.average_duration.0.ceil())
    };
    Outcome::DryRun(DryRunOutcome {
        dry_run: true,
        function: plan.function.to_string(),
        checked: warnings::checked(plan, measurements),
        warnings: [plan.request.warnings.clone(), warnings::exclusions(measurements), rejections, snapshots].concat(),
        power_values: plan.request.power_values.clone(),
        expected: Some(expected(plan, &real, prices, billed)),
        // The samples themselves are only of use to a search that goes on.
        invocations: measurements.iter().map(|m| Measurement { series: Vec::new(), ..m.clone() }).collect(),
    })
}

/// The round that a real run would measure.
fn real_round(plan: &Plan, run: &MeasuredRun) -> tuning::run::round::Round {
    tuning::run::round::Round {
        sampling: plan.request.real_sampling.unwrap_or(run.round.sampling),
        ..run.round.clone()
    }
}
