//! One page for a whole fleet, with a link to the page of each run. It needs no script.

use std::fmt::Write as _;

use tuning::{
    fleet::{Failed, Summary, Tuned},
    units::{arn::ExecutionArn, counted::counted, printable::printable, usd::Usd},
};

/// The longest cause that is shown, in characters.
const LONGEST_CAUSE: usize = 600;

const STYLE: &str = "
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0 2rem; }
th, td { text-align: left; padding: .35rem .75rem; border-bottom: 1px solid #8884; }
td { vertical-align: top; overflow-wrap: anywhere; }
.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.stopped { border-left: .25rem solid #c33; padding-left: 1rem; }
";

/// The page; `stopped` says why the fleet ended early, if it did.
#[must_use]
pub fn page(summary: &Summary, region: &str, stopped: Option<&str>) -> String {
    let totals = &summary.totals;
    let fleet = escape(totals.fleet.as_str());
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width\">\n<title>Fleet {fleet} · power-tuner</title>\n<style>{STYLE}</style>\n\
         <h1>Fleet {fleet}</h1>\n"
    );
    for sentence in sentences(summary) {
        let _ = writeln!(page, "<p>{}</p>", escape(&sentence));
    }
    if let Some(why) = stopped {
        let why = escape(&printable(why, LONGEST_CAUSE));
        let _ = writeln!(page, "<p class=\"stopped\">The fleet stopped before all functions were tuned: {why}</p>");
    }
    if !summary.tuned.is_empty() {
        page += &tuned(&summary.tuned, &totals.currency.to_string(), region);
    }
    if !summary.failed.is_empty() {
        page += &failed(&summary.failed, region);
    }
    if !summary.open.is_empty() {
        page += "<h2>Not tuned yet</h2>\n<p>Start the fleet again under the same name to go on with these.</p>\n<ul>\n";
        for function in &summary.open {
            let _ = writeln!(page, "<li>{}</li>", escape(function.name()));
        }
        page += "</ul>\n";
    }
    if !summary.skipped.is_empty() {
        page += "<h2>Left out</h2>\n<table>\n<tr><th>Function</th><th>Why</th></tr>\n";
        for skipped in &summary.skipped {
            let (function, reason) = (escape(&skipped.function), escape(&skipped.reason));
            let _ = writeln!(page, "<tr><td>{function}</td><td>{reason}</td></tr>");
        }
        page += "</table>\n";
    }
    page + "</html>\n"
}

/// What is said of the whole fleet, sentence by sentence.
#[must_use]
pub fn sentences(summary: &Summary) -> Vec<String> {
    let totals = &summary.totals;
    let currency = totals.currency;
    let mut counts = vec![format!("{} tuned", totals.tuned_functions)];
    for (count, what) in [
        (totals.failed_functions, "failed"),
        (totals.open_functions, "not tuned yet"),
        (totals.skipped_functions, "left out"),
    ] {
        counts.extend((count > 0).then(|| format!("{count} {what}")));
    }
    let mut sentences = vec![
        format!("Of {}: {}.", counted(totals.functions, "function"), counts.join(", ")),
        format!(
            "The fleet cost {} {currency}: {} for invocations, {} for state transitions. Failed runs are not counted.",
            money(totals.lambda_cost + totals.execution_cost),
            money(totals.lambda_cost),
            money(totals.execution_cost)
        ),
    ];
    let known = totals.tuned_functions - totals.functions_without_traffic;
    if known > 0 {
        let amount = money(Usd(totals.monthly_saving.0.abs()));
        let difference = if totals.monthly_saving.0 < 0.0 { "more" } else { "less" };
        sentences.push(format!(
            "At the winners, a month of {} would cost {amount} {currency} {difference}.",
            counted(known, "function")
        ));
    }
    if totals.functions_without_traffic > 0 {
        sentences.push(format!(
            "The saving a month is not known for {} without invocationsPerMonth. A list that power-tuner suggest has \
             written sets it.",
            counted(totals.functions_without_traffic, "function")
        ));
    }
    sentences
}

fn tuned(rows: &[Tuned], currency: &str, region: &str) -> String {
    let mut table = format!(
        "<h2>Tuned</h2>\n<table>\n<tr><th>Function</th><th class=\"n\">Memory</th><th class=\"n\">Winner</th><th \
         class=\"n\">Cost</th><th class=\"n\">Duration</th><th class=\"n\">Saving a month ({currency})</th>\
         <th>Run</th></tr>\n"
    );
    for row in rows {
        let percent =
            |percent: Option<f64>| percent.map_or_else(|| "–".to_owned(), |percent| format!("{percent:+.1} %"));
        let function = escape(&row.function);
        let result = link(&row.visualization, &function);
        let present = row.present.map_or_else(|| "–".to_owned(), |present| present.to_string());
        let saving = row.monthly_saving.map_or_else(|| "–".to_owned(), money);
        let applied = if row.applied { " (applied)" } else { "" };
        let _ = writeln!(
            table,
            "<tr><td>{result}</td><td class=\"n\">{present}</td><td class=\"n\">{}{applied}</td><td class=\"n\">{}</td>\
             <td class=\"n\">{}</td><td class=\"n\">{saving}</td><td>{}</td></tr>",
            row.power,
            percent(row.cost_percent),
            percent(row.duration_percent),
            execution(row.execution.as_ref(), region),
        );
    }
    table + "</table>\n"
}

fn failed(rows: &[Failed], region: &str) -> String {
    let mut table = "<h2>Failed</h2>\n<table>\n<tr><th>Function</th><th>Why</th><th>Run</th></tr>\n".to_owned();
    for row in rows {
        let (function, error) = (escape(&row.function), escape(&row.error));
        let cause = escape(&printable(&row.cause, LONGEST_CAUSE));
        let run = execution(row.execution.as_ref(), region);
        let _ = writeln!(table, "<tr><td>{function}</td><td><b>{error}</b> {cause}</td><td>{run}</td></tr>");
    }
    table + "</table>\n"
}

/// A link to an execution in the console of AWS Step Functions.
fn execution(execution: Option<&ExecutionArn>, region: &str) -> String {
    let Some(ExecutionArn(arn)) = execution else { return "–".to_owned() };
    let url = format!("https://console.aws.amazon.com/states/home?region={region}#/v2/executions/details/{arn}");
    link(&url, "execution")
}

/// A link with a text that is escaped already. What is no web address is not linked: a result may come from anywhere.
fn link(url: &str, text: &str) -> String {
    if url.starts_with("https://") { format!("<a href=\"{}\">{text}</a>", escape(url)) } else { text.to_owned() }
}

/// An amount with as many decimals as tell it from 0.
#[must_use]
pub fn money(Usd(amount): Usd) -> String {
    let decimals = if amount.abs() >= 0.01 || amount == 0.0 { 2 } else { 6 };
    format!("{amount:.decimals$}")
}

fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, character| {
        match character {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            other => escaped.push(other),
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn summary(function: &str, cause: &str) -> Summary {
        serde_json::from_value(json!({
            "fleet": "weekly", "functions": 6, "tunedFunctions": 2, "failedFunctions": 1, "openFunctions": 1,
            "skippedFunctions": 1, "currency": "USD", "lambdaCost": 0.0123, "executionCost": 0.5, "monthlySaving": 7.5,
            "functionsWithoutTraffic": 1,
            "tuned": [
                {"function": "checkout", "present": 1024, "power": 512, "cost": 1e-6, "duration": 20.0,
                 "costPercent": -41.2, "durationPercent": 3.0, "monthlySaving": 7.5, "applied": true,
                 "visualization": "https://v.example/#x", "execution": "arn:aws:states:eu-west-1:1:execution:m:r",
                 "warnings": 0},
                {"function": function, "power": 128, "cost": 1e-6, "duration": 20.0,
                 "visualization": "javascript:alert(1)", "warnings": 2},
            ],
            "failed": [{"function": function, "error": "FunctionError", "cause": cause}],
            "open": ["arn:aws:lambda:eu-west-1:123456789012:function:open"],
            "skipped": [{"function": function, "reason": "it has the tag power-tuner:exclude"}],
        }))
        .unwrap()
    }

    #[test]
    fn the_page_shows_what_was_saved_what_failed_and_what_is_left() {
        let page =
            page(&summary("refund", "out of <tea>"), "eu-west-1", Some("States.ExceedToleratedFailureThreshold: x"));
        insta::assert_snapshot!(page.split_once("</style>").unwrap().1);
    }

    #[test]
    fn an_address_that_is_no_web_page_is_not_linked() {
        assert!(!page(&summary("f", "c"), "eu-west-1", None).contains("javascript"));
    }

    #[test]
    fn small_amounts_are_told_from_nothing() {
        assert_eq!(
            [0.0, 0.000_012, 0.02, 1234.5].map(|amount| money(Usd(amount))),
            ["0.00", "0.000012", "0.02", "1234.50"]
        );
    }

    proptest! {
        #[test]
        fn no_text_becomes_markup(function in ".*", cause in "(<|>|&|\"|'|script|\\PC){0,30}") {
            let shown = page(&summary(&function, &cause), "eu-west-1", Some(&cause));
            let tags = |page: &str| page.matches('<').count();
            prop_assert_eq!(tags(&shown), tags(&page(&summary("f", "c"), "eu-west-1", Some("c"))));
        }
    }
}
