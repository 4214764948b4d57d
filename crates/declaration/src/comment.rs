//! The comment above a number that says where it comes from.

/// The beginning of every such comment, by which a later one finds it. Both YAML and Terraform begin comments so.
const BEGINNING: &str = "# power-tuner, ";

/// The line that a byte of a text stands in, and the comment in the line before it.
struct Place<'t> {
    /// Where the comment begins, or the line, if there is none.
    start: usize,
    /// Where the line begins.
    line: usize,
    indentation: &'t str,
    line_end: &'static str,
}

impl<'t> Place<'t> {
    fn of(text: &'t str, offset: usize) -> Self {
        let begin_of_line = |offset: usize| text[..offset].rfind('\n').map_or(0, |end| end + 1);
        let line = begin_of_line(offset);
        let before = begin_of_line(line.saturating_sub(1));
        let has_comment = text[before..line].trim_start().starts_with(BEGINNING);
        let own = text[line..].split_inclusive('\n').next().unwrap_or_default();
        let indentation = &own[..own.len() - own.trim_start_matches([' ', '\t']).len()];
        let line_end = if own.ends_with("\r\n") { "\r\n" } else { "\n" };
        Self { start: if has_comment { before } else { line }, line, indentation, line_end }
    }
}

/// True if the line above a byte of a text is such a comment.
pub fn is_above(text: &str, offset: usize) -> bool {
    let place = Place::of(text, offset);
    place.start < place.line
}

/// A text with a comment above the line that a byte stands in, in place of the one that is there.
pub fn put_above(text: &str, offset: usize, comment: &str) -> String {
    let Place { start, line, indentation, line_end } = Place::of(text, offset);
    format!("{}{indentation}{BEGINNING}{comment}{line_end}{}", &text[..start], &text[line..])
}
