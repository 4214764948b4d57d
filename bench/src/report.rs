//! Tables of what came of an experiment.

use std::{collections::BTreeSet, fmt::Write as _};

use tuning::{measure::statistics::quantile, units::power::Power};

use super::experiment::{Experiment, Result};

/// The table of BENCHMARKS: a line for each policy.
pub fn policies(experiment: &Experiment, results: &[Result]) -> String {
    let mut table = header(experiment, "| policy |");
    for (number, policy) in experiment.policies.iter().enumerate() {
        let own: Vec<&Result> = results.iter().filter(|result| result.policy == number).collect();
        let _ = writeln!(table, "| {policy} |{}", line(experiment, &own));
    }
    table
}

/// The same for each kind of functions, and for each source of those that others measured.
pub fn groups(experiment: &Experiment, results: &[Result]) -> String {
    let mut table = header(experiment, "| policy | functions |");
    let groups: BTreeSet<String> = results.iter().map(group).collect();
    for (number, policy) in experiment.policies.iter().enumerate() {
        for wanted in &groups {
            let is_own = |result: &&Result| result.policy == number && group(result) == *wanted;
            let own: Vec<&Result> = results.iter().filter(is_own).collect();
            let _ = writeln!(table, "| {policy} | {wanted} |{}", line(experiment, &own));
        }
    }
    table
}

fn group(result: &Result) -> String {
    match &result.source {
        Some(source) => format!("{} {source}", result.family),
        None => result.family.to_string(),
    }
}

fn header(experiment: &Experiment, first: &str) -> String {
    let mut header = first.to_owned();
    for objective in &experiment.objectives {
        let _ = write!(header, " {objective} |");
    }
    header += " slowdown | limits missed | calls | money | versions | rounds | interpolated | CPU of a plan (ms) |\n";
    let columns = header.matches('|').count() - 1;
    header + "|" + &"---|".repeat(columns) + "\n"
}

fn line(experiment: &Experiment, own: &[&Result]) -> String {
    let mut line = String::new();
    for &objective in &experiment.objectives {
        let _ = write!(line, " {} |", regret(own.iter().copied().filter(|result| result.objective == objective)));
    }
    let limited = own.iter().filter(|result| result.objective.has_limit());
    let missed = mean(limited.map(|result| f64::from(u8::from(result.regret.missed))));
    let bill = |of: fn(&Result) -> f64| mean(own.iter().map(|result| of(result)));
    let calls = bill(|result| f64::from(result.found.bill.invocations));
    let _ = write!(
        line,
        " {:.2} | {:.1} % | {calls:.0} | {:.2} | {:.1} | {:.1} | {:.0} % | {} |",
        mean(own.iter().filter_map(|result| result.slowdown)),
        100.0 * missed,
        bill(|result| result.money),
        bill(|result| f64::from(result.found.bill.versions)),
        bill(|result| f64::from(result.found.bill.rounds)),
        100.0 * bill(|result| f64::from(result.found.bill.interpolated)) / calls.max(1.0),
        planning(own),
    );
    line
}

/// Every single choice, as comma-separated values.
pub fn choices(experiment: &Experiment, results: &[Result]) -> String {
    let mut lines = String::from("policy,family,source,seed,goal,choice,optimum,regret,slowdown,missed,calls,money\n");
    for result in results {
        let Some(policy) = experiment.policies.get(result.policy) else { continue };
        let megabytes = |power: Option<Power>| power.map_or(0, Power::megabytes);
        let Result { family, source, seed, objective, regret, money, .. } = result;
        let (choice, optimum) = (megabytes(result.found.choice), megabytes(result.optimum));
        let (fraction, missed, calls) = (regret.fraction, regret.missed, result.found.bill.invocations);
        let (source, slowdown) = (source.as_deref().unwrap_or_default(), result.slowdown.unwrap_or(1.0));
        let _ = writeln!(
            lines,
            "\"{policy}\",{family},{source},{seed},{objective},{choice},{optimum},{fraction:.4},{slowdown:.3},{missed},\
             {calls},{money:.3}"
        );
    }
    lines
}

/// Mean and 95th percentile, in per cent.
fn regret<'a>(results: impl Iterator<Item = &'a Result>) -> String {
    let fractions: Vec<f64> = results.map(|result| 100.0 * result.regret.fraction).collect();
    let tail = quantile(&fractions, 0.95).unwrap_or(f64::NAN);
    format!("{:.2}/{tail:.0}", mean(fractions.iter().copied()))
}

/// Mean and longest.
fn planning(results: &[&Result]) -> String {
    let steps: Vec<f64> =
        results.iter().flat_map(|result| &result.found.planning).map(|time| time.as_secs_f64() * 1000.0).collect();
    if steps.is_empty() {
        return "0".to_owned();
    }
    format!("{:.1}, at most {:.1}", mean(steps.iter().copied()), steps.iter().copied().fold(0.0, f64::max))
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, n) = values.fold((0.0, 0.0), |(sum, n), value| (sum + value, n + 1.0));
    sum / n
}
