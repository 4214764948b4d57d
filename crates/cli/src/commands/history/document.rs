//! Runs as a table, and what is to be said of them.

use tuning::{contract::outcome::TuningOutcome, fleet::RunResult, price::Currency, units::counted::counted};

use super::Entry;
use crate::{
    failure::Failure,
    output::{Cell, Column, Document, Grid, Note, Row, Weight, as_json},
    result::per_million,
};

/// All of it.
pub fn document(function: &str, currency: Currency, entries: &[Entry]) -> Result<Document, Failure> {
    Ok(Document {
        title: format!("Runs of {function}"),
        json: as_json(entries)?,
        grid: grid(currency, entries),
        notes: notes(entries),
        ..Document::default()
    })
}

fn grid(currency: Currency, entries: &[Entry]) -> Grid {
    let columns = [
        Column { head: "run", key: "finished" },
        Column { head: "fleet", key: "fleet" },
        Column { head: "winner (MB)", key: "power" },
        Column { head: "duration (ms)", key: "duration" },
        Column { head: "from", key: "intervalLow" },
        Column { head: "to", key: "intervalHigh" },
        Column { head: per_million(currency), key: "costPerMillion" },
        Column { head: "used (MB)", key: "maxMemoryUsed" },
        Column { head: "since the last run", key: "drift" },
    ];
    let mut grid = Grid::new(&columns);
    grid.rows = entries.iter().map(row).collect();
    grid
}

fn row(entry: &Entry) -> Row {
    let run = [Cell::text(moment(&entry.run.finished)), Cell::text(entry.fleet.as_str())];
    match &entry.run.result {
        RunResult::Tuned { output } => {
            let drift: Vec<&str> = entry.drift.iter().flatten().map(|told| told.finding.brief()).collect();
            let cells = [run.to_vec(), measured(output), vec![Cell::text(drift.join(", "))]].concat();
            Row { cells, weight: Weight::Normal }
        }
        RunResult::Failed { error, .. } => {
            let nothing = vec![Cell::Empty; 6];
            let cells = [run.to_vec(), nothing, vec![Cell::text(format!("failed: {error}"))]].concat();
            Row { cells, weight: Weight::Faint }
        }
    }
}

fn measured(output: &TuningOutcome) -> Vec<Cell> {
    let row = output.stats.iter().flatten().find(|row| row.value == output.power);
    let interval = row.and_then(|row| row.interval);
    vec![
        Cell::count(Some(output.power.megabytes())),
        Cell::number(Some(output.duration.0), 2),
        Cell::number(interval.map(|interval| interval.low.0), 2),
        Cell::number(interval.map(|interval| interval.high.0), 2),
        Cell::number(Some(output.cost.0 * 1e6), 4),
        Cell::count(row.and_then(|row| row.max_memory_used)),
    ]
}

/// What has drifted at last, or that nothing has.
fn notes(entries: &[Entry]) -> Vec<Note> {
    let tuned: Vec<&Entry> = entries.iter().filter(|entry| entry.tuned().is_some()).collect();
    match tuned.as_slice() {
        [] => vec![Note::Bad("No run of the function has succeeded.".to_owned())],
        [_] => vec![Note::Sentence("There is one run that succeeded, and nothing to compare it with.".to_owned())],
        [.., last, now] => compared(last, now),
    }
}

fn compared(last: &Entry, now: &Entry) -> Vec<Note> {
    let (last, finished) = (moment(&last.run.finished), moment(&now.run.finished));
    match now.drift.as_deref() {
        None => vec![Note::Sentence(format!(
            "The run of {finished} cannot be compared with that of {last}: they have no memory size in common that was \
             measured in the same way."
        ))],
        Some([]) => vec![Note::Good(format!("Nothing has drifted from the run of {last} to that of {finished}."))],
        Some(told) => {
            let count = counted(u64::try_from(told.len()).unwrap_or(u64::MAX), "difference");
            let head = Note::Sentence(format!("{count} to the run of {last}:"));
            [head].into_iter().chain(told.iter().map(|told| Note::Warning(told.sentence.clone()))).collect()
        }
    }
}

/// "2026-11-27 02:00", UTC.
fn moment(finished: &str) -> String {
    finished.get(..16).unwrap_or(finished).replace('T', " ")
}
