//! What came of a fleet, as a document.

use std::collections::BTreeMap;

use report::fleet::{money, sentences};
use tuning::{
    fleet::{Failed, Plan, Skipped, Summary, Tuned},
    units::{counted::counted, power::Power, printable::printable, usd::Usd},
};

use crate::{
    failure::Failure,
    output::{Cell, Column, Document, Grid, Note, Row, Weight, as_json},
};

/// The longest cause that is shown, in characters.
const LONGEST_CAUSE: usize = 300;
/// The number of names that a sentence has before it counts the rest.
const MOST_NAMES: usize = 8;

const COLUMNS: [Column; 8] = [
    Column { head: "function", key: "function" },
    Column { head: "memory (MB)", key: "memory" },
    Column { head: "winner (MB)", key: "power" },
    Column { head: "cost (%)", key: "costPercent" },
    Column { head: "duration (%)", key: "durationPercent" },
    Column { head: "saving a month", key: "monthlySaving" },
    Column { head: "result", key: "result" },
    Column { head: "run", key: "execution" },
];

/// The summary of a fleet.
pub fn of_summary(summary: &Summary) -> Result<Document, Failure> {
    let mut grid = Grid::new(&COLUMNS);
    grid.rows.extend(summary.tuned.iter().map(tuned));
    grid.rows.extend(summary.failed.iter().map(failed));
    let mut notes: Vec<Note> = sentences(summary).into_iter().map(Note::Sentence).collect();
    notes.extend(summary.failed.iter().map(|row| {
        let cause = printable(&row.cause, LONGEST_CAUSE);
        Note::Bad(format!("{} failed: {}: {cause}", row.function, row.error))
    }));
    notes.extend(left_out(&summary.skipped).into_iter().map(Note::Sentence));
    if !summary.open.is_empty() {
        let name = &summary.totals.fleet;
        notes.push(Note::Hint(format!(
            "to go on with {}: power-tuner fleet start --name {name}, with the same functions",
            counted(summary.open.len(), "function")
        )));
    }
    Ok(Document {
        title: format!("Fleet {}", summary.totals.fleet),
        json: as_json(summary)?,
        grid: grid.without_empty(&["monthlySaving", "memory", "costPercent", "durationPercent"]),
        notes,
        ..Document::default()
    })
}

fn tuned(row: &Tuned) -> Row {
    let execution = row.execution.as_ref().map_or(Cell::Empty, |execution| Cell::text(execution.to_string()));
    Row {
        cells: vec![
            Cell::text(&row.function),
            Cell::count(row.present.map(Power::megabytes)),
            Cell::count(Some(row.power.megabytes())),
            Cell::number(row.cost_percent, 1),
            Cell::number(row.duration_percent, 1),
            Cell::number(row.monthly_saving.map(|Usd(saving)| saving), 2),
            Cell::text(if row.applied { "applied" } else { "tuned" }),
            short(execution),
        ],
        weight: Weight::Normal,
    }
}

fn failed(row: &Failed) -> Row {
    let execution = row.execution.as_ref().map_or(Cell::Empty, |execution| Cell::text(execution.to_string()));
    let mut cells = vec![Cell::text(&row.function)];
    cells.resize(6, Cell::Empty);
    cells.extend([Cell::text(&row.error), short(execution)]);
    Row { cells, weight: Weight::Faint }
}

/// The name of an execution: its ARN is in the JSON.
fn short(execution: Cell) -> Cell {
    match execution {
        Cell::Text(arn) => Cell::text(arn.rsplit(':').next().unwrap_or_default()),
        other => other,
    }
}

/// What a plan is about to do, line by line.
pub fn of_plan(plan: &Plan, most_invocations: u64, transitions: Usd, max_spend: Option<f64>, currency: &str) -> String {
    let functions = plan.items().count();
    let mut lines = vec![format!("fleet {}: {} to tune", plan.fleet, counted(functions, "function"))];
    let names: Vec<&str> = plan.items().map(|item| item.function.name()).collect();
    lines.push(format!("  {}", some(&names)));
    if plan.groups.len() < functions {
        lines.push(format!(
            "in {}; the functions of a group are tuned one after another",
            counted(plan.groups.len(), "group")
        ));
    }
    if !plan.done.is_empty() {
        lines.push(format!(
            "{} left out, because they have a result in this fleet",
            counted(plan.done.len(), "function")
        ));
    }
    lines.extend(left_out(&plan.skipped));
    let transitions = money(transitions);
    lines.push(match max_spend {
        Some(most) => format!(
            "it costs at most {most} {currency} for invocations, and about {transitions} {currency} for state \
             transitions"
        ),
        None => format!(
            "it makes at most {most_invocations} invocations, and costs about {transitions} {currency} for state \
             transitions; --max-spend sets a limit on what the invocations cost"
        ),
    });
    lines.join("\n")
}

/// The functions that are not tuned, a sentence for each reason.
fn left_out(skipped: &[Skipped]) -> Vec<String> {
    let mut by_reason: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for Skipped { function, reason } in skipped {
        // Each names the object of its own function.
        let reason = reason.replace(&format!("payloads/{function}.json"), "payloads/FUNCTION.json");
        by_reason.entry(reason).or_default().push(function);
    }
    let sentence = |(reason, names): (String, Vec<&str>)| format!("left out: {}: {reason}", some(&names));
    by_reason.into_iter().map(sentence).collect()
}

fn some(names: &[&str]) -> String {
    let shown = names.iter().take(MOST_NAMES).copied().collect::<Vec<_>>().join(", ");
    let rest = names.len().saturating_sub(MOST_NAMES);
    if rest > 0 { format!("{shown} and {rest} more") } else { shown }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::output::{Format, writer};

    fn summary() -> Summary {
        serde_json::from_value(json!({
            "fleet": "weekly", "functions": 5, "tunedFunctions": 2, "failedFunctions": 1, "openFunctions": 1,
            "skippedFunctions": 1, "currency": "USD", "lambdaCost": 0.0123, "executionCost": 0.5, "monthlySaving": 7.5,
            "functionsWithoutTraffic": 1,
            "tuned": [
                {"function": "checkout", "present": 1024, "power": 512, "cost": 1e-6, "duration": 20.0,
                 "costPercent": -41.25, "durationPercent": 3.0, "monthlySaving": 7.5, "visualization": "https://v/#x",
                 "execution": "arn:aws:states:eu-west-1:1:execution:m:run-1", "warnings": 0},
                {"function": "refund", "present": 128, "power": 128, "cost": 1e-6, "duration": 20.0, "costPercent": 0.0,
                 "durationPercent": 0.0, "applied": true, "visualization": "https://v/#x", "warnings": 2},
            ],
            "failed": [{"function": "broken", "error": "FunctionError", "cause": "out of tea"}],
            "open": ["arn:aws:lambda:eu-west-1:123456789012:function:open"],
            "skipped": [{"function": "none", "reason": "it has the tag power-tuner:exclude"}],
        }))
        .unwrap()
    }

    #[test]
    fn a_fleet_is_shown_with_what_it_saves_and_why_functions_failed() {
        for (name, format) in [("fleet-table", Format::Table), ("fleet-csv", Format::Csv)] {
            let written = writer(format).write(&of_summary(&summary()).unwrap()).unwrap();
            insta::assert_snapshot!(name, anstream::adapter::strip_str(&written).to_string());
        }
    }

    #[test]
    fn a_plan_says_what_it_tunes_what_not_and_what_it_may_cost() {
        let item = |name: &str| {
            json!({"function": format!("arn:aws:lambda:eu-west-1:123456789012:function:{name}"),
            "name": name, "key": "k", "input": {}})
        };
        let missing = |name: &str| json!({"function": name, "reason": format!("Put one in as payloads/{name}.json")});
        let plan: Plan = serde_json::from_value(json!({
            "fleet": "weekly", "groups": [[item("a"), item("b")], [item("c")]],
            "done": ["arn:aws:lambda:eu-west-1:123456789012:function:d"], "skipped": [missing("e"), missing("f")],
        }))
        .unwrap();
        let said = [Some(5.0), None].map(|most| of_plan(&plan, 1500, Usd(0.0123), most, "USD"));
        insta::assert_snapshot!("fleet-plan", said.join("\n\n"));
    }
}
