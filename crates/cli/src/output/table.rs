//! A table with a chart and notes, for people at a terminal.

use comfy_table::{CellAlignment, ContentArrangement, presets};

use super::{Cell, Document, Grid, Note, Weight, Writer, chart};
use crate::{
    console::{ERROR, FAINT, GOOD, HINT, WARNING},
    failure::Failure,
    terminal,
};

/// The columns that a narrow terminal does not show, by their keys: the first goes first.
const DROPPED: [&str; 14] = [
    "toBeFoundPercent",
    "coldStart",
    "memoryUsedPercent",
    "vcpus",
    "samples",
    "costAgainstCurrent",
    "metricDuration",
    "estimatedDuration",
    "estimatedCostPerMillion",
    "maxMemoryUsed",
    "intervalLow",
    "intervalHigh",
    "computeCost",
    "requestCost",
];

/// Lines of a drawn table before its first row: the head, and the rule below it.
const LINES_OF_HEAD: usize = 2;

/// A table.
pub struct Table;

impl Writer for Table {
    fn write(&self, document: &Document) -> Result<String, Failure> {
        Ok(within(document, terminal::columns()))
    }
}

/// The document in so many columns of characters, as far as it can be.
fn within(document: &Document, columns: u16) -> String {
    let mut parts = Vec::new();
    if !document.grid.rows.is_empty() && !document.notes_say_all {
        let mut grid = document.grid.clone();
        let mut dropped = DROPPED.iter();
        let mut table = drawn(&grid, None);
        while width(&table) > usize::from(columns) {
            match dropped.next() {
                Some(key) => grid = grid.without(|column| column.key == *key),
                None => break,
            }
            table = drawn(&grid, None);
        }
        // What is left breaks its texts.
        parts.push(if width(&table) > usize::from(columns) { drawn(&grid, Some(columns)) } else { table });
    }
    if let Some(chart) = chart::draw(&document.plots, columns) {
        parts.push(format!("\n{chart}\n"));
    }
    parts.extend(document.notes.iter().map(note));
    parts.join("\n")
}

/// The width of a drawn table: of the rule below its head, which has no colours.
fn width(table: &str) -> usize {
    table.lines().nth(1).map_or(0, |rule| rule.chars().count())
}

fn drawn(grid: &Grid, columns: Option<u16>) -> String {
    let mut table = comfy_table::Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    if let Some(columns) = columns {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(columns);
    }
    table.set_header(grid.columns.iter().map(|column| column.head));
    for row in &grid.rows {
        table.add_row(row.cells.iter().enumerate().map(|(column, cell)| match cell {
            Cell::Empty if !grid.is_numeric(column) => String::new(),
            cell => cell.shown(),
        }));
    }
    for (number, column) in table.column_iter_mut().enumerate() {
        if grid.is_numeric(number) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let drawn = table.to_string();
    // A row whose texts are broken has several lines.
    let has_lines_of_rows = drawn.lines().count() == grid.rows.len() + LINES_OF_HEAD;
    let row = |line: usize| line.checked_sub(LINES_OF_HEAD).filter(|_| has_lines_of_rows);
    let weight = |line: usize| row(line).and_then(|row| grid.rows.get(row)).map(|row| row.weight);
    let coloured = drawn.lines().enumerate().map(|(number, line)| match weight(number) {
        Some(Weight::Winner) => format!("{GOOD}{line}{GOOD:#}"),
        Some(Weight::Faint) => format!("{FAINT}{line}{FAINT:#}"),
        Some(Weight::Normal) | None => line.to_owned(),
    });
    coloured.collect::<Vec<_>>().join("\n")
}

fn note(note: &Note) -> String {
    match note {
        Note::Sentence(text) => text.clone(),
        Note::Good(text) => format!("{GOOD}✓{GOOD:#} {text}"),
        Note::Bad(text) => format!("{ERROR}✗{ERROR:#} {text}"),
        Note::Warning(text) => format!("{WARNING}warning:{WARNING:#} {text}"),
        Note::Hint(text) => format!("{HINT}hint:{HINT:#} {text}"),
        Note::Link { title, url } => format!("{title}: {url}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::document, *};
    use crate::output::{Column, Row};

    #[test]
    fn a_narrow_terminal_shows_fewer_columns_and_the_answer_in_any_case() {
        let mut document = document();
        for (column, key) in DROPPED.iter().enumerate() {
            document.grid.columns.insert(column + 1, Column { head: "twelve chars", key });
            for Row { cells, .. } in &mut document.grid.rows {
                cells.insert(column + 1, Cell::count(Some(1)));
            }
        }
        for columns in [60, 80, 100, 120] {
            let shown = within(&document, columns);
            let shown = anstream::adapter::strip_str(&shown).to_string();
            assert!(shown.lines().nth(1).unwrap().chars().count() <= usize::from(columns), "{shown}");
            assert!(shown.contains("power (MB)") && shown.contains("winner"), "{shown}");
        }
        let all = within(&document, u16::MAX);
        assert_eq!(all.lines().next().unwrap().matches("twelve chars").count(), DROPPED.len());
    }
}
