//! Tables of what came of an experiment.

use std::fmt::Write as _;

use tuning::{power::Power, statistics::quantile};

use super::experiment::{Experiment, Result};

/// The table of SEARCH: a line for each policy.
pub fn policies(experiment: &Experiment, results: &[Result]) -> String {
    let mut table = String::from("| policy |");
    for objective in &experiment.objectives {
        let _ = write!(table, " {objective} |");
    }
    table += " limits missed | calls | money | versions | rounds | CPU of a plan (ms) |\n|---|";
    table += &"---|".repeat(experiment.objectives.len() + 6);
    table.push('\n');
    for (number, policy) in experiment.policies.iter().enumerate() {
        let own: Vec<&Result> = results.iter().filter(|result| result.policy == number).collect();
        let _ = write!(table, "| {policy} |");
        for &objective in &experiment.objectives {
            let _ = write!(table, " {} |", regret(own.iter().copied().filter(|result| result.objective == objective)));
        }
        let limited = own.iter().filter(|result| result.objective.has_limit());
        let missed = mean(limited.map(|result| f64::from(u8::from(result.regret.missed))));
        let bill = |of: fn(&Result) -> f64| mean(own.iter().map(|result| of(result)));
        let _ = writeln!(
            table,
            " {:.0} % | {:.0} | {:.2} | {:.1} | {:.1} | {} |",
            100.0 * missed,
            bill(|result| f64::from(result.found.bill.invocations)),
            bill(|result| result.money),
            bill(|result| f64::from(result.found.bill.versions)),
            bill(|result| f64::from(result.found.bill.rounds)),
            planning(&own),
        );
    }
    table
}

/// Mean regret of each family and objective: a line for each policy and family.
pub fn families(experiment: &Experiment, results: &[Result]) -> String {
    let mut table = String::from("| policy | family |");
    for objective in &experiment.objectives {
        let _ = write!(table, " {objective} |");
    }
    table += " limits missed | calls |\n|---|---|";
    table += &"---|".repeat(experiment.objectives.len() + 2);
    table.push('\n');
    for (number, policy) in experiment.policies.iter().enumerate() {
        for &family in &experiment.families {
            let own = || results.iter().filter(move |result| result.policy == number && result.family == family);
            let _ = write!(table, "| {policy} | {family} |");
            for &objective in &experiment.objectives {
                let _ = write!(table, " {} |", regret(own().filter(|result| result.objective == objective)));
            }
            let limited = own().filter(|result| result.objective.has_limit());
            let missed = mean(limited.map(|result| f64::from(u8::from(result.regret.missed))));
            let calls = mean(own().map(|result| f64::from(result.found.bill.invocations)));
            let _ = writeln!(table, " {:.0} % | {calls:.0} |", 100.0 * missed);
        }
    }
    table
}

/// Every single choice, as comma-separated values.
pub fn choices(experiment: &Experiment, results: &[Result]) -> String {
    let mut lines = String::from("policy,family,seed,goal,choice,optimum,regret,missed,calls\n");
    for result in results {
        let Some(policy) = experiment.policies.get(result.policy) else { continue };
        let megabytes = |power: Option<Power>| power.map_or(0, Power::megabytes);
        let Result { family, seed, objective, regret, .. } = result;
        let (choice, optimum) = (megabytes(result.found.choice), megabytes(result.optimum));
        let (fraction, missed, calls) = (regret.fraction, regret.missed, result.found.bill.invocations);
        let _ =
            writeln!(lines, "{policy},{family},{seed},{objective},{choice},{optimum},{fraction:.4},{missed},{calls}");
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
