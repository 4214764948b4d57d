//! The tables for a person to read: what is going to be checked, and what was seen.

use std::fmt::Write as _;

use tuning::price::{Architecture, Prices};

use crate::{
    account::Account,
    check::{About, Outcome, Row},
    checks::Check,
};

/// The GB-seconds that the steps of power-tuner themselves take in a check, at most about.
const STEPS_GB_SECONDS: f64 = 30.0;
/// The price of a customer managed key a month, in USD. It is deleted at the end, and costs nothing while it waits for
/// that.
const KEY_USD_A_MONTH: f64 = 1.0;
/// The time that the whole takes, in hours, at most about.
const HOURS: f64 = 1.0;
const HOURS_A_MONTH: f64 = 730.0;

/// The checks with their costs.
pub fn plan(checks: &[Check]) -> String {
    let mut plan = String::from("| | check | costs about (USD) |\n|---|---|---|\n");
    let mut total = KEY_USD_A_MONTH * HOURS / HOURS_A_MONTH;
    for (number, check) in (1..).zip(checks) {
        let usd = usd(check.about());
        total += usd;
        let _ = writeln!(plan, "| {number} | {} | {usd:.4} |", check.about().title);
    }
    let _ = write!(plan, "\nAll of it costs about {total:.2} USD, without any free tier.");
    plan
}

fn usd(about: About) -> f64 {
    let price = Prices::bundled().map_or(0.0, |prices| prices.lambda("us-east-1", Architecture::X86).price.0);
    (about.gb_seconds + STEPS_GB_SECONDS) * price + about.further_usd
}

/// The page of what was seen.
pub fn page(account: &Account, rows: &[Row]) -> String {
    let count = |wanted: &str| rows.iter().filter(|row| row.outcome.word() == wanted).count();
    let mut page = format!(
        "# Conformance of {}\n\n{} passed, {} failed, {} cannot be shown here.\n\n| | check | what it shows | outcome | seen |\n|---|---|---|---|---|\n",
        account.place(),
        count("passed"),
        count("failed"),
        count("cannot be shown here"),
    );
    for Row { number, about, outcome } in rows {
        // The page is to be sent to others.
        let seen = cell(outcome.seen()).replace(account.number(), "ACCOUNT");
        let word = match outcome {
            Outcome::Failed(_) => format!("**{}**", outcome.word()),
            Outcome::Passed(_) | Outcome::NotShown(_) => outcome.word().to_owned(),
        };
        let _ = writeln!(page, "| {number} | {} | {} | {word} | {seen} |", about.title, about.proves);
    }
    page
}

/// A text as a cell: on one line, without bars.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}
