//! The forms in which results are shown: one file for each.

mod chart;
mod csv;
mod document;
mod html;
mod json;
mod markdown;
pub mod saved;
mod table;

pub use document::{Cell, Column, Document, Grid, Note, Plot, Row, Weight};

use std::io::ErrorKind;

use clap::ValueEnum;
use serde::Serialize;

use crate::{failure::Failure, terminal};

/// The form of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// For people: a table, a chart, reasons.
    #[default]
    Table,
    /// Everything, for programs; of a run, the execution's output as it is.
    Json,
    /// The rows of the table, for programs.
    Csv,
    /// For a pull request or a wiki.
    Markdown,
    /// A page for a browser, which loads nothing.
    Html,
}

/// Writes results in a form.
pub trait Writer {
    /// The document in this form, without a line break at its end. It may hold colours, which are taken out where they
    /// are not read.
    fn write(&self, document: &Document) -> Result<String, Failure>;
}

/// The writer of a form.
pub fn writer(format: Format) -> &'static dyn Writer {
    match format {
        Format::Table => &table::Table,
        Format::Json => &json::Json,
        Format::Csv => &csv::Csv,
        Format::Markdown => &markdown::Markdown,
        Format::Html => &html::Html,
    }
}

/// A document's content as JSON.
pub fn as_json(content: &(impl Serialize + ?Sized)) -> Result<String, Failure> {
    serde_json::to_string_pretty(content).map_err(|error| Failure::other(format!("failed to write JSON: {error}")))
}

/// Writes a document to standard output.
pub fn print(format: Format, document: &Document) -> Result<(), Failure> {
    write(&writer(format).write(document)?)
}

/// Writes a result to standard output. Whoever has read enough of it may close it.
pub fn write(result: &str) -> Result<(), Failure> {
    match terminal::write(result.trim_end()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::other(format!("failed to write the result: {error}")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A document with one of everything.
    pub fn document() -> Document {
        let columns = [
            Column { head: "power (MB)", key: "power" },
            Column { head: "duration (ms)", key: "duration" },
            Column { head: "verdict", key: "verdict" },
        ];
        let row = |power, duration, verdict, weight| Row {
            cells: vec![Cell::count(Some(power)), Cell::number(duration, 2), verdict],
            weight,
        };
        let mut grid = Grid::new(&columns);
        grid.rows = vec![
            row(128, None, Cell::text("left out: a | bar, and \"quotes\""), Weight::Faint),
            row(512, Some(210.744), Cell::text("winner"), Weight::Winner),
            row(1024, Some(107.1), Cell::Empty, Weight::Normal),
        ];
        Document {
            title: "Tuning f".to_owned(),
            json: "{\"power\":512}".to_owned(),
            grid,
            plots: Vec::new(),
            notes_say_all: false,
            notes: vec![
                Note::Sentence("512 MB is the cheapest.".to_owned()),
                Note::Good("as before".to_owned()),
                Note::Bad("not as before".to_owned()),
                Note::Warning("128 MB was left out".to_owned()),
                Note::Hint("do this".to_owned()),
                Note::Link { title: "chart", url: "https://example.com/#a;b".to_owned() },
            ],
        }
    }

    #[test]
    fn every_form_has_its_shape() {
        let write = |format| anstream::adapter::strip_str(&writer(format).write(&document()).unwrap()).to_string();
        insta::assert_snapshot!("table", write(Format::Table));
        insta::assert_snapshot!("json", write(Format::Json));
        insta::assert_snapshot!("csv", write(Format::Csv));
        insta::assert_snapshot!("markdown", write(Format::Markdown));
        insta::assert_snapshot!("html", write(Format::Html));
    }
}
