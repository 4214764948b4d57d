//! Markdown, for a comment on a pull request.

use std::fmt::Write as _;

use tuning::units::printable::shown;

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
        Note::Link { title, url } if url.starts_with("https://") || url.starts_with("http://") => {
            format!("- [{}]({})", escaped(title), address(url))
        }
        // Nothing that a browser would run.
        Note::Link { title, url } => format!("- {}: {}", escaped(title), escaped(url)),
    }
}

/// The address of a link, which nothing in it ends.
fn address(url: &str) -> String {
    url.chars().filter(char::is_ascii_graphic).fold(String::new(), |mut address, letter| {
        match letter {
            '(' | ')' | '<' | '>' | '\\' | '|' => {
                let _ = write!(address, "%{:02X}", u32::from(letter));
            }
            _ => address.push(letter),
        }
        address
    })
}

/// A text that says the same in Markdown, also in a cell: a bar would end it, and some characters begin a format. A
/// mention (@user, #12), a link and HTML are shown as text: an entity stands for what begins them, and for the colon of
/// an address.
fn escaped(text: &str) -> String {
    text.chars()
        .filter_map(shown)
        .fold(String::new(), |mut escaped, letter| {
            match letter {
                '|' | '*' | '_' | '`' | '[' | ']' | '\\' | '~' | '!' => escaped.extend(['\\', letter]),
                '<' => escaped.push_str("&lt;"),
                '>' => escaped.push_str("&gt;"),
                '&' => escaped.push_str("&amp;"),
                '@' => escaped.push_str("&#64;"),
                '#' => escaped.push_str("&#35;"),
                _ => escaped.push(letter),
            }
            escaped
        })
        // GitHub makes links of addresses.
        .replace("://", "&#58;//")
        .replace("www.", "www&#46;")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_said_is_shown_and_calls_nobody() {
        insta::assert_snapshot!(escaped("<b>@user</b>, see #12: [x](https://example.com) a_b"), @r"&lt;b&gt;&#64;user&lt;/b&gt;, see &#35;12: \[x\](https&#58;//example.com) a\_b");
    }

    proptest! {
        #[test]
        fn no_text_from_outside_mentions_links_or_is_html(text in "(.|[<>@#&|`\\[\\]()!*_~]|https?://|www\\.|\n)*") {
            let escaped = escaped(&text);
            prop_assert!(!escaped.contains(['<', '>', '@', '\n']), "{escaped:?}");
            prop_assert!(!escaped.contains("://") && !escaped.contains("www."), "{escaped:?}");
            // A number sign or an ampersand is the beginning of an entity, or within one.
            for (at, _) in escaped.match_indices('#') {
                prop_assert!(escaped[..at].ends_with('&'), "{escaped:?}");
            }
            // What begins a format has a backslash before it that is no text itself.
            for (at, _) in escaped.match_indices(['|', '*', '_', '`', '[', ']', '~', '!']) {
                let before = escaped[..at].chars().rev().take_while(|letter| *letter == '\\').count();
                prop_assert!(before % 2 == 1, "{escaped:?}");
            }
        }
    }
}
