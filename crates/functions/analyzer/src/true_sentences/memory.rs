//! The check of what is said of memory against the rows.

use regex_lite::Regex;
use tuning::contract::outcome::{StatsRow, TuningOutcome, UsualHeadroom};

use super::{
    claims::rounded,
    numbers::{Number, rows},
};

/// Returns true if a sentence about memory is true, and `None` of any other sentence.
pub(super) fn is_true(sentence: &str, outcome: &TuningOutcome) -> Option<bool> {
    let found = |pattern: &str| Regex::new(&format!("^{pattern}$")).unwrap().captures(sentence);
    let (winner, varied) = (winner(outcome)?, variation(outcome));
    let is_winner = |power: &str| power == winner.power.to_string();
    let used_at_most = |used: &str| winner.used.map(|used| used.to_string()).as_deref() == Some(used);
    let leaves = |said: &str| headroom(&winner).is_some_and(|left| rounded(said, left * 100.0));
    if let Some(found) = found(
        r"Reported memory use (?:varied by up to (?<varied>[\d.]+) % at one size|did not vary at any size) \((?<kind>[a-z-]+)\): (?<low>\d+) to (?<high>\d+) % headroom is usual then, and (?<power>\d+) MB leaves (?<left>-?[\d.]+) %\.",
    ) {
        let usual = match varied {
            _ if varied <= 0.2 => ["stable", "20", "30"],
            _ if varied <= 0.5 => ["variable", "50", "100"],
            _ => ["memory-intensive", "100", "200"],
        };
        let is_variation = found.name("varied").map_or(varied == 0.0, |said| rounded(said.as_str(), varied * 100.0));
        let is_usual = usual == [&found["kind"], &found["low"], &found["high"]];
        return Some(is_winner(&found["power"]) && is_usual && is_variation && leaves(&found["left"]));
    }
    if let Some(found) = found(r"the function used (?<used>\d+) MB of (?<power>\d+) MB: less than 20 % headroom; .*") {
        let is_little = headroom(&winner).is_some_and(|left| left < 0.2);
        return Some(is_winner(&found["power"]) && used_at_most(&found["used"]) && is_little);
    }
    if let Some(found) = found(
        r"the function used (?<used>\d+) MB of (?<power>\d+) MB: (?<left>-?[\d.]+) % headroom, less than the (?<varied>[\d.]+) % by which memory use varied at one size; .*",
    ) {
        let is_less = headroom(&winner).is_some_and(|left| left < varied);
        let is_variation = rounded(&found["varied"], varied * 100.0);
        let is_use = is_winner(&found["power"]) && used_at_most(&found["used"]);
        return Some(is_use && leaves(&found["left"]) && is_variation && is_less);
    }
    if let Some(found) = found(r"memoryHeadroom was not checked at (?<power>\d+) MB: .*") {
        return Some(is_winner(&found["power"]) && winner.used.is_none());
    }
    let found = found(
        r"the function may leak memory: in (?<n>\d+) execution environments?, the most memory used rises by (?<slope>[\d.]+) MB with each invocation \(95 % interval (?<low>[\d.]+) to (?<high>[\d.]+) MB\), and the rise does not slow down\. .*",
    )?;
    let trend = outcome.recommendation.memory_trend?;
    // The later half of 20 invocations or more rises by at least as much, at some memory size.
    let has_grown = compared(outcome).any(|row| {
        let grown = row.max_memory_used.zip(row.least_memory_used).map_or(0, |(most, least)| most - least);
        f64::from(grown) >= trend.per_invocation * 8.0
    });
    let numbers = [("slope", trend.per_invocation), ("low", trend.low), ("high", trend.high)];
    let are_numbers = numbers.into_iter().all(|(name, number)| rounded(&found[name], number));
    let is_leak = trend.suspected_leak && trend.low > 0.0 && has_grown;
    Some(is_leak && are_numbers && found["n"] == trend.environments.to_string())
}

/// Lists what the fields say of memory that the rows or the warnings do not.
pub(super) fn contradictions(outcome: &TuningOutcome) -> Vec<String> {
    let mut untrue = Vec::new();
    if let Some(said) = &outcome.recommendation.headroom {
        let fits = |usual: &UsualHeadroom| {
            let sizes =
                rows(outcome, false).into_iter().filter(|row| headroom(row).is_some_and(|left| left >= usual.low));
            sizes.map(|row| row.power).eq(usual.fitting.iter().map(|power| power.megabytes()))
        };
        let left = winner(outcome).and_then(|winner| headroom(&winner));
        let are_numbers = said.variation == variation(outcome) && Some(said.at_winner) == left;
        if !are_numbers || said.usual.len() != 3 || !said.usual.iter().all(fits) {
            untrue.push(format!("{said:?} is not what the rows show"));
        }
    }
    let trend = outcome.recommendation.memory_trend;
    let is_said = outcome.warnings.iter().any(|warning| warning.starts_with("the function may leak memory"));
    if is_said != trend.is_some_and(|trend| trend.suspected_leak) {
        untrue.push(format!("{trend:?} is not what the warnings say"));
    }
    untrue
}

fn winner(outcome: &TuningOutcome) -> Option<Number> {
    rows(outcome, false).into_iter().find(|row| row.power == outcome.power.megabytes())
}

/// Computes what a memory size leaves above what was used there.
fn headroom(row: &Number) -> Option<f64> {
    Some(f64::from(row.power) / f64::from(row.used?) - 1.0)
}

fn compared(outcome: &TuningOutcome) -> impl Iterator<Item = &StatsRow> {
    outcome.stats.iter().flatten().filter(|row| row.excluded.is_none())
}

/// By how much memory use varied, at the memory size where that was most.
fn variation(outcome: &TuningOutcome) -> f64 {
    let of_row = |row: &StatsRow| {
        let (least, most) = (row.least_memory_used?, row.max_memory_used?);
        Some(if most - least <= 1 { 0.0 } else { f64::from(most) / f64::from(least) - 1.0 })
    };
    compared(outcome).filter_map(of_row).fold(0.0, f64::max)
}
