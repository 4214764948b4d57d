//! The sentences of the output.

use crate::{answer::Answer, measured::MeasuredRun, soundness::Soundness, starts};
use tuning::{
    contract::step::publisher::Publication,
    decide::footing::Footing,
    measure::{
        errors::Seen,
        measurement::{Basis, FEWEST_WARM_SAMPLES, Measurement, Source, Spent},
    },
    price::{Currency, Guess, Prices},
    run::{plan::Plan, round::Allowance},
    units::counted::counted,
};

/// A snapshot is billed for at least so many seconds: 3 hours.
const SHORTEST_SNAPSHOT_SECONDS: f64 = 3.0 * 3600.0;

/// Lists what the caller should know.
pub(crate) fn warnings(
    prices: &Prices,
    run: &MeasuredRun,
    answer: &Answer,
    of_memory: Vec<String>,
    soundness: Soundness,
) -> Vec<String> {
    let MeasuredRun { plan, measurements, publication, .. } = run;
    let (choice, currency) = (&answer.choice, prices.currency(plan.function.region()));
    [
        plan.request.warnings.clone(),
        exclusions(measurements),
        not_comparable(plan, measurements, answer),
        choice.missed.iter().map(|missed| missed.said_in(currency)).collect(),
        of_memory,
        saving(plan, measurements, answer).into_iter().collect(),
        samples(plan, measurements, answer),
        starts::warnings(plan, measurements),
        rejections(measurements).into_iter().collect(),
        sources(plan, measurements),
        retries(measurements),
        cut_short(run, currency).into_iter().collect(),
        soundness.warning(plan, choice.winner.power()).into_iter().collect(),
        price(prices, plan).into_iter().collect(),
        snapshots(prices, plan, publication),
    ]
    .concat()
}

/// The values that have averages which cannot be compared with those of the others.
fn not_comparable(plan: &Plan, measurements: &[Measurement], answer: &Answer) -> Vec<String> {
    let left_out = measurements.iter().filter_map(|m| Some((m.value, incomparable(m, answer)?)));
    left_out
        .map(|(power, why)| {
            let advice = if why.few_warm && plan.request.search.is_none() { "; raise num" } else { "" };
            format!("{power} was left out: {why}{advice}")
        })
        .collect()
}

/// Why a memory size with averages cannot be compared with the others, if it cannot.
pub(crate) fn incomparable(measurement: &Measurement, answer: &Answer) -> Option<Footing> {
    let footing = measurement.statistics().filter(|_| measurement.exclusion().is_none()).map(Footing::of)?;
    (!answer.compares(measurement.value)).then_some(footing)
}

/// The values that were left out, and why.
pub(crate) fn exclusions(measurements: &[Measurement]) -> Vec<String> {
    let excluded = measurements.iter().filter_map(|m| Some((m.value, m.exclusion()?)));
    excluded.map(|(power, why)| format!("{power} was left out: {why}")).collect()
}

/// Says that a saving was asked for and why it could not be compared; `None` if it could, or was not asked for.
fn saving(plan: &Plan, measurements: &[Measurement], answer: &Answer) -> Option<String> {
    let power = plan.before.memory;
    if plan.request.invocations_per_month.is_none() || answer.compares(power) {
        return None;
    }
    let is_measured = measurements.iter().any(|m| m.value == power && m.statistics().is_some());
    let why = if is_measured { "cannot be compared" } else { "was not measured: see compareWithCurrent" };
    Some(format!("the saving is not known, because the current {power} {why}"))
}

fn samples(plan: &Plan, measurements: &[Measurement], answer: &Answer) -> Vec<String> {
    let mut warnings = Vec::new();
    let cold = powers(measurements, |m| {
        m.statistics().is_some_and(|statistics| statistics.basis == Basis::All) && incomparable(m, answer).is_none()
    });
    if !cold.is_empty() {
        let advice = if plan.request.search.is_some() { "" } else { "; raise num" };
        warnings.push(format!(
            "fewer than {FEWEST_WARM_SAMPLES} invocations were warm at {cold}, or none of one of the payloads: \
             duration and cost speak of cold ones too{advice}"
        ));
    }
    let missing = powers(measurements, |m| m.statistics().is_some_and(|s| s.payloads_without_samples > 0));
    if !missing.is_empty() {
        warnings
            .push(format!("one of the weighted payloads has no sample at {missing}: the averages speak of the others"));
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
            "{} left no report (at {at}): {} missing in the statistics, and in lambdaCost stands what the client timed",
            counted(count, "invocation"),
            if count == 1 { "it is" } else { "they are" }
        ));
    }
    warnings
}

/// Memory sizes that have fewer invocations than were asked for.
fn cut_short(run: &MeasuredRun, currency: Currency) -> Option<String> {
    let cut = powers(&run.measurements, |m| m.statistics().is_some() && run.is_cut_short(m.value));
    let wanted = run.round.sampling.invocations;
    let max_spend =
        run.plan.request.max_spend.filter(|max| run.round.allowance != Some(Allowance::NONE) || max.0 <= 0.0);
    let why = max_spend.map_or_else(
        || "the execution's history, which AWS Step Functions bounds to 25,000 events,".to_owned(),
        |max| format!("maxSpend ({max} {currency})"),
    );
    (!cut.is_empty())
        .then(|| format!("{why} ended the measuring early at {cut}: fewer than {wanted} invocations were made there"))
}

/// That the function did not do its work, if many answers say so.
pub(crate) fn rejections(measurements: &[Measurement]) -> Option<String> {
    let mut all = Spent::default();
    for measurement in measurements {
        all += measurement.spent.clone();
    }
    let answers = counted(all.invocations, "answer");
    let of_answers = |(what, seen): (&str, &Seen)| format!("{what} in {} of {answers}", seen.count);
    let rejections: Vec<_> = all.rejections.iter().map(of_answers).collect();
    (!rejections.is_empty()).then(|| {
        format!(
            "the function says that it could not use its payload ({}): it may have been measured without doing its \
             work; check payload",
            rejections.join(", ")
        )
    })
}

fn retries(measurements: &[Measurement]) -> Vec<String> {
    let mut warnings = Vec::new();
    let unconfirmed: u32 = measurements.iter().map(|m| m.spent.unconfirmed).sum();
    match unconfirmed {
        0 => {}
        1 => warnings.push("1 request had no answer: if it ran, lambdaCost lacks what it cost".to_owned()),
        count => {
            warnings.push(format!("{count} requests had no answer: if they ran, lambdaCost lacks what they cost"));
        }
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
        Guess::Assumed => {
            format!("the prices of {region} are assumed to be those of us-east-1: no price list of it was read")
        }
        Guess::AssumedFigures => {
            let currency = prices.currency(region);
            format!("the prices of {region} are not known: costs are the figures of us-east-1, taken as {currency}")
        }
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
    let region = plan.function.region();
    let (price, currency) = (prices.snap_start(region), prices.currency(region));
    let cached = gigabytes * SHORTEST_SNAPSHOT_SECONDS * price.cache_per_gb_second;
    let restored = price.restore_per_gb;
    let about = if price.is_guess { "about " } else { "" };
    vec![format!(
        "the function has SnapStart: the snapshots of its {versions} versions cost {about}{cached:.4} {currency} for \
         the least time of 3 hours, and {about}{restored:.4} {currency} for each GB that is restored (not with Java). \
         lambdaCost does not include that"
    )]
}

/// Says what a dry run did, one sentence each.
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
