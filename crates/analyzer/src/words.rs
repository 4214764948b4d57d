//! What the output says in sentences.

use tuning::{
    measurement::{Basis, FEWEST_WARM_SAMPLES, Measurement},
    plan::Plan,
    strategy::Candidate,
};

/// Why the winner is the winner, one sentence each.
pub(crate) fn reasons(plan: &Plan, winner: Candidate, candidates: &[Candidate]) -> Vec<String> {
    let best = format!(
        "{} is {} of {} measured power values: {} USD and {} per average invocation.",
        winner.power,
        plan.request.strategy.superlative(),
        candidates.len(),
        winner.cost,
        winner.duration
    );
    let at_present = candidates.iter().find(|candidate| candidate.power == plan.before.memory);
    let compared = at_present.map(|present| {
        if present.power == winner.power {
            format!("{} is also the function's present memory.", present.power)
        } else {
            let change = |new: f64, old: f64| (new / old - 1.0) * 100.0;
            format!(
                "Against the present {}: cost {:+.1} %, duration {:+.1} %.",
                present.power,
                change(winner.cost.0, present.cost.0),
                change(winner.duration.0, present.duration.0)
            )
        }
    });
    [best].into_iter().chain(compared).collect()
}

/// What the caller should know of the measurements.
pub(crate) fn warnings(plan: &Plan, price_is_guess: bool, measurements: &[Measurement]) -> Vec<String> {
    let mut warnings = exclusions(measurements);
    let cold = powers(measurements, |m| m.statistics().is_some_and(|statistics| statistics.basis == Basis::All));
    if !cold.is_empty() {
        warnings.push(format!(
            "fewer than {FEWEST_WARM_SAMPLES} invocations were warm at {cold}: duration and cost speak of cold ones too; raise num"
        ));
    }
    let unreported = powers(measurements, |m| m.spent.unreported > 0);
    if !unreported.is_empty() {
        let count: u32 = measurements.iter().map(|m| m.spent.unreported).sum();
        warnings.push(format!(
            "{count} invocations left no REPORT line (at {unreported}): they are missing in the statistics and in lambdaCost"
        ));
    }
    let unconfirmed: u32 = measurements.iter().map(|m| m.spent.unconfirmed).sum();
    if unconfirmed > 0 {
        warnings.push(format!(
            "{unconfirmed} requests broke off and were made again: if they ran, lambdaCost lacks what they cost"
        ));
    }
    if price_is_guess {
        let region = plan.function.region();
        warnings.push(format!("the price of this architecture in {region} is not known: costs are those of us-east-1"));
    }
    warnings
}

/// The values that were left out, and why.
pub(crate) fn exclusions(measurements: &[Measurement]) -> Vec<String> {
    let excluded = measurements.iter().filter_map(|m| Some((m.value, m.exclusion()?)));
    excluded.map(|(power, why)| format!("{power} was left out: {why}")).collect()
}

/// What a dry run did, one sentence each.
pub(crate) fn checked(plan: &Plan, measurements: &[Measurement]) -> Vec<String> {
    let input = "the input is valid, the function exists and can be tuned".to_owned();
    let published = format!("{} versions were published and will be deleted", plan.request.power_values.len());
    let ran = powers(measurements, |m| m.statistics().is_some());
    let invoked = format!("the function ran without an error at {ran}");
    [input, published].into_iter().chain((!ran.is_empty()).then_some(invoked)).collect()
}

fn powers(measurements: &[Measurement], which: impl Fn(&Measurement) -> bool) -> String {
    let chosen: Vec<String> = measurements.iter().filter(|m| which(m)).map(|m| m.value.to_string()).collect();
    chosen.join(", ")
}
