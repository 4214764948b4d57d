//! A table in Markdown.

use std::fmt;

/// A table; the first row is its head.
pub struct Table(Vec<Vec<String>>);

impl Table {
    /// A table with these heads and no rows.
    pub fn new(heads: &[&str]) -> Self {
        let mut table = Self(Vec::new());
        table.add(heads);
        table
    }

    /// Adds a row.
    pub fn add(&mut self, cells: &[&str]) {
        self.0.push(cells.iter().map(|cell| escaped(cell)).collect());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, cells) in self.0.iter().enumerate() {
            writeln!(f, "| {} |", cells.join(" | "))?;
            if number == 0 {
                writeln!(f, "|{}", "---|".repeat(cells.len()))?;
            }
        }
        Ok(())
    }
}

/// A text that says the same in a cell: a bar would end it, and outside of code, `<` begins a tag and `*` an emphasis.
fn escaped(text: &str) -> String {
    let pieces: Vec<String> = text
        .split('`')
        .enumerate()
        .map(
            |(number, piece)| {
                if number % 2 == 0 { piece.replace('<', "\\<").replace('*', "\\*") } else { piece.to_owned() }
            },
        )
        .collect();
    pieces.join("`").replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_markdown_would_read_is_escaped_outside_of_code() {
        let mut table = Table::new(&["a", "b"]);
        table.add(&["`x|<*>`", "s3://<bucket>/* | `*`"]);
        insta::assert_snapshot!(table, @r"
        | a | b |
        |---|---|
        | `x\|<*>` | s3://\<bucket>/\* \| `*` |
        ");
    }
}
