//! What the output says in sentences.

use crate::{
    claim::{Claim, times_or_percent},
    comparisons::Comparisons,
    contenders::speaks_of_cold_starts_too,
    measured::MeasuredRun,
    starts,
};
use tuning::{
    choice::Choice,
    measurement::{FEWEST_WARM_SAMPLES, Measurement, Source},
    metric::Metric,
    outcome::{Alternative, Comparison, Monthly},
    plan::{Environments, Plan},
    power::Power,
    price::{Guess, Prices},
    step::publisher::Publication,
    strategy::Strategy,
};

/// With less headroom than this, a winner gets a warning, unless the caller has said how much there should be.
const USUAL_HEADROOM: f64 = 0.2;
/// A snapshot is billed for at least so many seconds: 3 hours.
const SHORTEST_SNAPSHOT_SECONDS: f64 = 3.0 * 3600.0;

/// Why the winner is the winner, one sentence each.
pub(crate) fn reasons(
    plan: &Plan,
    choice: &Choice,
    claim: &Claim,
    comparisons: &Comparisons,
    alternatives: &[Alternative],
    monthly: Option<Monthly>,
) -> Vec<String> {
    let winner = choice.winner.average;
    let request = &plan.request;
    let metric = (request.metric != Metric::Average)
        .then(|| format!("Its {} is {}; that is what was compared.", request.metric.name(), choice.winner.metric));
    let compared = comparisons.present.map(|present| {
        if present.power == winner.power {
            format!("{} is also the function's present memory.", present.power)
        } else {
            let (cost, duration) = (present.cost_percent, present.duration_percent);
            format!(
                "Against the present {}: cost {cost:+.1} %, duration {duration:+.1} %{}",
                present.power,
                certainty(request.strategy, &present)
            )
        }
    });
    let runner_up = comparisons.runner_up.filter(|other| Some(other.power) != comparisons.present.map(|p| p.power));
    let runner_up_said = runner_up.map(|other| {
        let (cost, duration) = (other.cost_percent, other.duration_percent);
        format!(
            "The next best is {}: there the cost differs by {:+.1} %, the duration by {:+.1} %{}",
            other.power,
            percent_of_the_other(cost),
            percent_of_the_other(duration),
            certainty(request.strategy, &other)
        )
    });
    let said = [comparisons.present, runner_up].into_iter().flatten().map(|other| other.power).collect::<Vec<Power>>();
    let alternative = worth_knowing(alternatives, &said);
    let saved = monthly.and_then(|monthly| {
        let (present, saving) = (monthly.at_present?, monthly.saving?);
        let word = if saving.0 < 0.0 { "more" } else { "less" };
        let (at_winner, invocations) = (monthly.at_winner.0, monthly.invocations);
        Some(format!(
            "{invocations} invocations a month cost {at_winner:.2} USD there, {:.2} USD {word} than the {:.2} USD at present.",
            saving.0.abs(),
            present.0
        ))
    });
    [Some(claim.to_string()), metric, limits_met(plan, choice), compared, runner_up_said, alternative, saved]
        .into_iter()
        .flatten()
        .collect()
}

/// What more money buys, or less of it costs: of the power values of which nothing was said yet, the first that is really
/// different from the winner.
fn worth_knowing(alternatives: &[Alternative], said: &[Power]) -> Option<String> {
    let is_open = |alternative: &&Alternative| alternative.distinguishable && !said.contains(&alternative.power);
    let times = |percent: f64| 1.0 + percent / 100.0;
    alternatives.iter().rev().filter(is_open).find_map(|alternative| {
        let Alternative { power, cost_percent: cost, duration_percent: duration, .. } = *alternative;
        if duration < 0.0 && cost > 0.0 {
            Some(format!("{power} is {} faster for {cost:.1} % more.", times_or_percent(1.0 / times(duration))))
        } else if cost < 0.0 && duration > 0.0 {
            Some(format!(
                "{power} is {} cheaper, and takes {duration:.1} % longer.",
                times_or_percent(1.0 / times(cost))
            ))
        } else {
            None
        }
    })
}

/// By how much the other is dearer, if the winner is so many percent dearer than it.
fn percent_of_the_other(percent: f64) -> f64 {
    (1.0 / (1.0 + percent / 100.0) - 1.0) * 100.0
}

/// How sure a comparison is, as the end of its sentence.
fn certainty(strategy: Strategy, comparison: &Comparison) -> String {
    let (what, ratio) = match strategy {
        Strategy::Speed => ("durations", comparison.duration_ratio),
        Strategy::Cost | Strategy::Balanced { .. } => ("costs", comparison.cost_ratio),
    };
    let Some(ratio) = ratio else { return ".".to_owned() };
    if ratio.distinguishable {
        return format!(", and these samples tell the two {what} apart.");
    }
    let more = comparison.invocations_to_tell_apart.map_or_else(
        || "more invocations would hardly change that".to_owned(),
        |count| format!("some {count} invocations of each would"),
    );
    format!(". These samples do not tell the two {what} apart; {more}.")
}

fn limits_met(plan: &Plan, choice: &Choice) -> Option<String> {
    let limits = &plan.request.limits;
    let winner = choice.winner;
    let duration = limits.max_duration.filter(|limit| winner.metric <= *limit);
    let cost = limits.max_cost.filter(|limit| winner.average.cost <= *limit);
    let met =
        [duration.map(|limit| format!("maxDuration ({limit})")), cost.map(|limit| format!("maxCost ({limit} USD)"))];
    let met: Vec<String> = met.into_iter().flatten().collect();
    (!met.is_empty()).then(|| format!("It meets {}.", met.join(" and ")))
}

/// What the caller should know.
pub(crate) fn warnings(prices: &Prices, run: &MeasuredRun, choice: &Choice) -> Vec<String> {
    let MeasuredRun { plan, measurements, publication, .. } = run;
    [
        plan.request.warnings.clone(),
        exclusions(measurements),
        choice.missed.iter().map(ToString::to_string).collect(),
        headroom(plan, choice).into_iter().collect(),
        comparisons(plan, measurements),
        samples(plan, measurements),
        starts::warnings(measurements),
        sources(plan, measurements),
        retries(measurements),
        spent_up(run),
        price(prices, plan).into_iter().collect(),
        snapshots(prices, plan, publication),
    ]
    .concat()
}

/// The values that were left out, and why.
pub(crate) fn exclusions(measurements: &[Measurement]) -> Vec<String> {
    let excluded = measurements.iter().filter_map(|m| Some((m.value, m.exclusion()?)));
    excluded.map(|(power, why)| format!("{power} was left out: {why}")).collect()
}

fn headroom(plan: &Plan, choice: &Choice) -> Option<String> {
    let wanted = plan.request.limits.memory_headroom;
    let power = choice.winner.average.power;
    let Some(used) = choice.winner.max_memory_used else {
        return (wanted > 0.0).then(|| {
            format!("memoryHeadroom was not checked at {power}: without reports the memory used is not known")
        });
    };
    let memory = f64::from(power.megabytes());
    let too_little = wanted == 0.0 && memory < f64::from(used) * (1.0 + USUAL_HEADROOM);
    too_little
        .then(|| format!("the function used {used} MB of {power}: less than 20 % headroom. memoryHeadroom keeps some"))
}

/// What was asked for and could not be compared.
fn comparisons(plan: &Plan, measurements: &[Measurement]) -> Vec<String> {
    let present = measurements.iter().find(|measurement| measurement.value == plan.before.memory);
    let is_measured = present.is_some_and(|measurement| measurement.statistics().is_some());
    let unsaved = plan.request.invocations_per_month.is_some() && !is_measured;
    let power = plan.before.memory;
    unsaved
        .then(|| {
            format!("the saving is not known, because the present {power} was not measured: see compareWithCurrent")
        })
        .into_iter()
        .collect()
}

fn samples(plan: &Plan, measurements: &[Measurement]) -> Vec<String> {
    let mut warnings = Vec::new();
    let cold = powers(measurements, speaks_of_cold_starts_too);
    if !cold.is_empty() {
        let others_are_warm = measurements.iter().any(|m| m.statistics().is_some() && !speaks_of_cold_starts_too(m));
        let lost = if others_are_warm { ", so that they are not compared with warm ones and cannot win" } else { "" };
        let advice = if plan.request.search.is_some() { "" } else { "; raise num" };
        warnings.push(format!(
            "fewer than {FEWEST_WARM_SAMPLES} invocations were warm at {cold}, or none of one of the payloads: duration and \
             cost speak of cold ones too{lost}{advice}"
        ));
    }
    let missing = powers(measurements, |m| m.statistics().is_some_and(|s| s.payloads_without_samples > 0));
    if !missing.is_empty() {
        warnings
            .push(format!("one of the weighted payloads has no sample at {missing}: the averages speak of the others"));
    }
    let is_fresh = plan.request.sampling.environments == Environments::Fresh;
    let warm = powers(measurements, |m| is_fresh && m.statistics().is_some_and(|statistics| statistics.warm.is_some()));
    if !warm.is_empty() {
        warnings
            .push(format!("some invocations found a warm environment at {warm}, and are left out of the cold starts"));
    }
    warnings
}

/// Durations that do not come from the log tails.
fn sources(plan: &Plan, measurements: &[Measurement]) -> Vec<String> {
    let mut warnings = Vec::new();
    let lost = |m: &Measurement| m.spent.unreported - m.spent.found_in_logs;
    let timed_by_client =
        |m: &Measurement| m.statistics().is_some_and(|statistics| statistics.source == Source::Client);
    let timed = powers(measurements, timed_by_client);
    if !timed.is_empty() {
        let advice = if plan.before.logs.reports {
            "the log tails held none, and CloudWatch Logs neither; check the deployment's parameter functionLogGroups"
        } else {
            "the function's system log level is WARN; set it to INFO"
        };
        warnings.push(format!(
            "durations at {timed} were timed by the client, because there are no reports: they include the way to the function and back, and costs are estimates. To change that: {advice}"
        ));
    }
    let count: u32 = measurements.iter().filter(|m| !timed_by_client(m)).map(lost).sum();
    if count > 0 {
        let at = powers(measurements, |m| !timed_by_client(m) && lost(m) > 0);
        warnings.push(format!(
            "{count} invocations left no report (at {at}): they are missing in the statistics, and in lambdaCost stands what the client timed"
        ));
    }
    warnings
}

/// Power values that have fewer invocations than were asked for, because of `maxSpend`.
fn spent_up(run: &MeasuredRun) -> Vec<String> {
    let wanted = run.round.sampling.invocations;
    let is_cut = |m: &Measurement| m.statistics().is_some() && m.spent.invocations < wanted;
    let cut = powers(&run.measurements, is_cut);
    let Some(max) = run.plan.request.max_spend.filter(|_| !cut.is_empty() && run.plan.request.search.is_none()) else {
        return Vec::new();
    };
    vec![format!(
        "maxSpend ({max} USD) ended the measuring early at {cut}: fewer than {wanted} invocations were made there"
    )]
}

fn retries(measurements: &[Measurement]) -> Vec<String> {
    let mut warnings = Vec::new();
    let unconfirmed: u32 = measurements.iter().map(|m| m.spent.unconfirmed).sum();
    if unconfirmed > 0 {
        warnings.push(format!(
            "{unconfirmed} requests broke off and were made again: if they ran, lambdaCost lacks what they cost"
        ));
    }
    let repeated = powers(measurements, |m| m.retries > 0);
    if !repeated.is_empty() {
        warnings.push(format!(
            "the Executor broke off at {repeated} and was called again: lambdaCost lacks what the invocations of its first try cost"
        ));
    }
    let throttled: u32 = measurements.iter().map(|m| m.spent.throttled).sum();
    if throttled > 0 {
        warnings.push(format!(
            "{throttled} requests were throttled and made again: lower maxConcurrency, or raise the concurrency of the function or of the account"
        ));
    }
    warnings
}

fn price(prices: &Prices, plan: &Plan) -> Option<String> {
    let region = plan.function.region();
    let stand_in = match prices.lambda(region, plan.before.architecture).guess? {
        Guess::UnknownRegion => format!("the prices of {region} are not known: costs are those of us-east-1"),
        Guess::UnknownArchitecture => {
            format!("the price of this architecture in {region} is not known: costs are those of us-east-1")
        }
        Guess::UnknownArchitectureAsX86 => {
            format!("the price of this architecture in {region} is not known: costs are those of x86_64 there")
        }
    };
    Some(stand_in)
}

/// Each version of a function with SnapStart costs, whether it is invoked or not.
pub(crate) fn snapshots(prices: &Prices, plan: &Plan, publication: &Publication) -> Vec<String> {
    if !plan.before.snap_start {
        return Vec::new();
    }
    let versions: usize = publication.published().map(|target| target.versions.len()).sum();
    let gigabytes: f64 = publication
        .published()
        .map(|target| target.versions.len() as f64 * f64::from(target.power.megabytes()) / 1024.0)
        .sum();
    let cost = match prices.snap_start(plan.function.region()) {
        Some(price) => {
            let cached = gigabytes * SHORTEST_SNAPSHOT_SECONDS * price.cache_per_gb_second;
            format!(
                "{cached:.4} USD for the least time of 3 hours, and {:.4} USD for each GB that is restored",
                price.restore_per_gb
            )
        }
        None => "a price that is not known in this region".to_owned(),
    };
    vec![format!(
        "the function has SnapStart: the snapshots of its {versions} versions cost {cost} (not with Java). lambdaCost does not include that"
    )]
}

/// What a dry run did, one sentence each.
pub(crate) fn checked(plan: &Plan, measurements: &[Measurement]) -> Vec<String> {
    let input = "the input is valid, the function exists and can be tuned".to_owned();
    let published = format!("{} versions were published and will be deleted", plan.request.power_values.len());
    let ran = powers(measurements, |m| m.statistics().is_some());
    let invoked = format!("the function ran without an error at {ran}");
    [input, published].into_iter().chain((!ran.is_empty()).then_some(invoked)).collect()
}

pub(crate) fn powers(measurements: &[Measurement], which: impl Fn(&Measurement) -> bool) -> String {
    let chosen: Vec<String> = measurements.iter().filter(|m| which(m)).map(|m| m.value.to_string()).collect();
    chosen.join(", ")
}
