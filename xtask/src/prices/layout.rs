//! The layout of the price table: a line per figure, with numbers as AWS writes them.

use std::io::{self, Write};

use anyhow::Result;
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use tuning::price::table::Table;

/// The file of a table.
pub(super) fn written(table: &Table) -> Result<String> {
    let mut file = Vec::new();
    table.serialize(&mut Serializer::with_formatter(&mut file, LinePerFigure::default()))?;
    file.push(b'\n');
    Ok(String::from_utf8(file)?)
}

/// JSON with a line per entry down to the figures of a region, which are one line each, and without exponents.
#[derive(Default)]
struct LinePerFigure {
    depth: usize,
}

/// The depth of the object of a region, whose entries are the last to have lines of their own.
const REGION: usize = 3;

impl LinePerFigure {
    /// Writes what stands before an entry of an object, or behind the last one.
    fn space(&self, writer: &mut (impl Write + ?Sized)) -> io::Result<()> {
        if self.depth > REGION { writer.write_all(b" ") } else { write!(writer, "\n{:1$}", "", self.depth * 2) }
    }
}

impl Formatter for LinePerFigure {
    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        // Unlike serde_json, Display has no exponents.
        write!(writer, "{value}")
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth += 1;
        writer.write_all(b"{")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if !first {
            writer.write_all(b",")?;
        }
        self.space(writer)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        if self.depth > REGION {
            writer.write_all(b" ")?;
            self.depth -= 1;
        } else {
            self.depth -= 1;
            self.space(writer)?;
        }
        writer.write_all(b"}")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        writer.write_all(if first { b"" } else { b", " })
    }
}
