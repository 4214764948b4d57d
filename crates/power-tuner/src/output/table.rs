//! A table with a chart and notes, for people at a terminal.

use comfy_table::{CellAlignment, presets};

use super::{Cell, Document, Grid, Note, Weight, Writer, chart};
use crate::{
    failure::Failure,
    talk::{ERROR, FAINT, GOOD, HINT, WARNING},
};

/// Lines of a drawn table before its first row: the head, and the rule below it.
const LINES_OF_HEAD: usize = 2;

/// A table.
pub struct Table;

impl Writer for Table {
    fn write(&self, document: &Document) -> Result<String, Failure> {
        let mut parts = Vec::new();
        if !document.grid.rows.is_empty() && !document.notes_say_all {
            parts.push(drawn(&document.grid));
        }
        if let Some(chart) = chart::draw(&document.plots) {
            parts.push(format!("\n{chart}\n"));
        }
        parts.extend(document.notes.iter().map(note));
        Ok(parts.join("\n"))
    }
}

fn drawn(grid: &Grid) -> String {
    let mut table = comfy_table::Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
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
    let weight = |line: usize| line.checked_sub(LINES_OF_HEAD).and_then(|row| grid.rows.get(row)).map(|row| row.weight);
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
