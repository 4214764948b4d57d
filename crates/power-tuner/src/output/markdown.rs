//! Markdown, for a comment on a pull request.

use super::{Cell, Document, Grid, Note, Row, Weight, Writer};
use crate::failure::Failure;

/// Markdown.
pub struct Markdown;

impl Writer for Markdown {
    fn write(&self, document: &Document) -> Result<String, Failure> {
        let mut lines = vec![format!("### {}", escaped(&document.title)), String::new()];
        let grid = &document.grid;
        if !grid.rows.is_empty() && !document.notes_say_all {
            let heads: Vec<String> = grid.columns.iter().map(|column| escaped(column.head)).collect();
            let rules: Vec<&str> =
                (0..heads.len()).map(|column| if grid.is_numeric(column) { "---:" } else { "---" }).collect();
            lines.extend([format!("| {} |", heads.join(" | ")), format!("|{}|", rules.join("|"))]);
            lines.extend(grid.rows.iter().map(|each| row(grid, each)));
            lines.push(String::new());
        }
        lines.extend(document.notes.iter().map(note));
        Ok(lines.join("\n").trim_end().to_owned())
    }
}

fn row(grid: &Grid, row: &Row) -> String {
    let cell = |(column, cell): (usize, &Cell)| match (cell, row.weight) {
        (Cell::Empty, _) if !grid.is_numeric(column) => String::new(),
        (Cell::Empty, _) => cell.shown(),
        (_, Weight::Winner) => format!("**{}**", escaped(&cell.shown())),
        _ => escaped(&cell.shown()),
    };
    format!("| {} |", row.cells.iter().enumerate().map(cell).collect::<Vec<_>>().join(" | "))
}

fn note(note: &Note) -> String {
    match note {
        Note::Sentence(text) => format!("- {}", escaped(text)),
        Note::Good(text) => format!("- ✅ {}", escaped(text)),
        Note::Bad(text) => format!("- ❌ {}", escaped(text)),
        Note::Warning(text) => format!("- ⚠️ {}", escaped(text)),
        Note::Hint(text) => format!("- 💡 {}", escaped(text)),
        Note::Link { title, url } => format!("- [{title}]({url})"),
    }
}

/// A text that says the same in Markdown, also in a cell: a bar would end it, and some characters begin a format.
fn escaped(text: &str) -> String {
    text.replace('\n', " ").chars().fold(String::new(), |mut escaped, letter| {
        if matches!(letter, '|' | '<' | '*' | '_' | '`' | '[' | '\\') {
            escaped.push('\\');
        }
        escaped.push(letter);
        escaped
    })
}
