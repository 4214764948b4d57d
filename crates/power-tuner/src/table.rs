//! The result as a table.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, Table, presets};
use tuning::outcome::{DryRunOutcome, Outcome, StatsRow, TuningOutcome};

/// The result, for a person.
pub fn render(outcome: &Outcome) -> String {
    match outcome {
        Outcome::DryRun(outcome) => dry_run(outcome),
        Outcome::Tuned(outcome) => tuned(outcome),
    }
}

fn tuned(outcome: &TuningOutcome) -> String {
    let rows = outcome.stats.as_deref().unwrap_or_default();
    let mut text = format!("{}\n", table(outcome, rows));
    for reason in &outcome.recommendation.reasons {
        let _ = writeln!(text, "{reason}");
    }
    warn(&mut text, &outcome.warnings);
    let state_machine = &outcome.state_machine;
    let _ = writeln!(
        text,
        "this run cost {:.6} USD (Lambda) + {:.6} USD (Step Functions)",
        state_machine.lambda_cost.0, state_machine.execution_cost.0
    );
    let _ = write!(text, "chart: {}", state_machine.visualization);
    text
}

fn table(outcome: &TuningOutcome, rows: &[StatsRow]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header([
        "power (MB)",
        "duration (ms)",
        "USD per million",
        "cold start (ms)",
        "used (MB)",
        "samples",
        "verdict",
    ]);
    for row in rows {
        let number =
            |value: Option<f64>, decimals: usize| value.map_or_else(|| "–".to_owned(), |v| format!("{v:.decimals$}"));
        let verdict = match &row.excluded {
            // How often, and in whose words, stands in the warnings.
            Some(why) => format!("left out: {}", why.split(" (").next().unwrap_or(why)),
            None if row.value == outcome.power => "winner".to_owned(),
            None => String::new(),
        };
        table.add_row([
            row.value.megabytes().to_string(),
            number(row.average_duration.map(|duration| duration.0), 2),
            number(row.average_price.map(|price| price.0 * 1e6), 4),
            number(row.init_duration.map(|init| init.mean), 0),
            row.max_memory_used.map_or_else(|| "–".to_owned(), |mb| mb.to_string()),
            row.samples.to_string(),
            verdict,
        ]);
    }
    for column in table.column_iter_mut().take(6) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn dry_run(outcome: &DryRunOutcome) -> String {
    let mut text = format!("dry run of {}: nothing was measured, nothing was changed\n", outcome.function);
    for checked in &outcome.checked {
        let _ = writeln!(text, "✓ {checked}");
    }
    warn(&mut text, &outcome.warnings);
    text.trim_end().to_owned()
}

fn warn(text: &mut String, warnings: &[String]) {
    for warning in warnings {
        let _ = writeln!(text, "warning: {warning}");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_result_is_a_table_with_reasons_and_a_link() {
        let outcome = json!({
            "power": 512, "cost": 2.1e-7, "duration": 24.94,
            "stateMachine": {"executionCost": 0.0005, "lambdaCost": 0.0001, "visualization": "https://example.com/#a;b;c"},
            "stats": [
                {"value": 128, "totalCost": 1e-9, "samples": 0, "spent": {}, "excluded": "the function ran out of memory", "maxMemoryUsed": 128},
                {"value": 512, "averagePrice": 2.1e-7, "averageDuration": 24.94, "totalCost": 2.1e-6, "samples": 10, "spent": {},
                 "maxMemoryUsed": 180, "initDuration": {"n": 1, "mean": 120.4, "median": 120.4, "min": 120.4, "max": 120.4, "standardDeviation": null}},
            ],
            "recommendation": {"reasons": ["512 MB is the cheapest."]},
            "warnings": ["128 MB was left out: the function ran out of memory"],
        });
        insta::assert_snapshot!(render(&serde_json::from_value(outcome).unwrap()));
    }

    #[test]
    fn a_dry_run_is_a_list_of_checks() {
        let outcome = json!({"dryRun": true, "function": "f", "powerValues": [128], "checked": ["the input is valid"], "invocations": [], "warnings": ["careful"]});
        insta::assert_snapshot!(render(&serde_json::from_value(outcome).unwrap()), @r"
        dry run of f: nothing was measured, nothing was changed
        ✓ the input is valid
        warning: careful
        ");
    }
}
