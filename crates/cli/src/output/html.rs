//! A page for a browser: the Markdown of a document, in a shape that is read without anything else.

use pulldown_cmark::{Options, Parser, html::push_html};

use super::{Document, Writer, markdown::Markdown};
use crate::failure::Failure;

/// The looks of the page, light or dark as the reader's system is.
const STYLE: &str = "
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 2rem auto; max-width: 80rem; padding: 0 1rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); padding: .3rem .7rem; }
li { margin: .3rem 0; overflow-wrap: anywhere; }
";

/// HTML.
pub struct Html;

impl Writer for Html {
    fn write(&self, document: &Document) -> Result<String, Failure> {
        let markdown = Markdown.write(document)?;
        let mut body = String::new();
        push_html(&mut body, Parser::new_ext(&markdown, Options::ENABLE_TABLES));
        Ok(format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
             content=\"width=device-width\">\n<title>power-tuner</title>\n<style>{STYLE}</style>\n{body}</html>"
        ))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::output::{Cell, Note, tests::document};

    /// The tags that Markdown makes.
    const MADE: [&str; 25] = [
        "!doctype",
        "html",
        "meta",
        "title",
        "style",
        "h1",
        "h2",
        "h3",
        "p",
        "ul",
        "ol",
        "li",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "strong",
        "em",
        "a",
        "hr",
        "pre",
        "code",
        "blockquote",
    ];

    proptest! {
        #[test]
        fn no_text_from_outside_is_html(text in "(.|<script>|<img src=x onerror=y>|&lt;|&#60;|[<>&\"'`\\[\\]()]|\n)*") {
            let mut document = document();
            document.title.clone_from(&text);
            document.grid.rows[0].cells[2] = Cell::text(text.clone());
            document.notes.extend([Note::Sentence(text.clone()), Note::Link { title: "chart", url: text.clone() }]);
            let page = Html.write(&document).unwrap();
            for tag in page.split('<').skip(1) {
                let name = tag.trim_start_matches('/').split([' ', '>', '\n', '/']).next().unwrap_or_default();
                prop_assert!(MADE.contains(&name), "<{}", tag);
                let within = tag.split('>').next().unwrap_or_default();
                prop_assert!(!within.contains(" on") && !within.contains("javascript:"), "<{}", tag);
            }
        }
    }
}
