//! The rows of the table, for spreadsheets and programs (RFC 4180).

use csv::WriterBuilder;

use super::{Cell, Document, Writer};
use crate::failure::Failure;

/// CSV.
pub struct Csv;

impl Writer for Csv {
    fn write(&self, document: &Document) -> Result<String, Failure> {
        let failed = |error: &dyn std::fmt::Display| Failure::other(format!("failed to write CSV: {error}"));
        let mut csv = WriterBuilder::new().from_writer(Vec::new());
        csv.write_record(document.grid.columns.iter().map(|column| column.key)).map_err(|error| failed(&error))?;
        for row in &document.grid.rows {
            csv.write_record(row.cells.iter().map(Cell::written)).map_err(|error| failed(&error))?;
        }
        let bytes = csv.into_inner().map_err(|error| failed(&error))?;
        let text = String::from_utf8(bytes).map_err(|error| failed(&error))?;
        Ok(text.trim_end().to_owned())
    }
}
