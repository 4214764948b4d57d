//! The one way to the terminal. What comes from outside (names, descriptions, errors and logs of functions, answers of
//! AWS) may hold what a terminal obeys: nothing gets there but text, line breaks and the program's own styles.

use std::{
    io::{self, IsTerminal as _, Write as _},
    sync::LazyLock,
};

use anstyle::Style;
use tuning::units::printable::shown;

use crate::console::{ERROR, FAINT, GOOD, HINT, WARNING};

/// The sequences that the program's own styles begin and end with.
static STYLES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let rendered = |style: Style| [style.render().to_string(), style.render_reset().to_string()];
    [ERROR, WARNING, HINT, GOOD, FAINT].into_iter().flat_map(rendered).collect()
});

/// The text with nothing in it that a terminal would obey, except for line breaks and the program's own styles.
pub fn harmless(text: &str) -> String {
    let (mut harmless, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(character) = rest.chars().next() {
        let style = STYLES.iter().find(|style| rest.starts_with(style.as_str()));
        let taken = style.map_or(character.len_utf8(), String::len);
        match style {
            Some(style) => harmless.push_str(style),
            None if character == '\n' => harmless.push('\n'),
            None => harmless.extend(shown(character)),
        }
        rest = &rest[taken..];
    }
    harmless
}

/// The number of columns of characters that standard output has; as many as wanted where it is no terminal.
pub fn columns() -> u16 {
    let size = io::stdout().is_terminal().then(terminal_size::terminal_size).flatten();
    size.map_or(u16::MAX, |(width, _)| width.0)
}

/// Says something on standard error.
pub fn say(what: &str) {
    anstream::eprintln!("{}", harmless(what));
}

/// Writes a line to standard output.
pub fn write(what: &str) -> io::Result<()> {
    writeln!(anstream::stdout(), "{}", harmless(what))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn own_styles_stay_and_those_of_others_are_shown_as_text() {
        let said = format!("{GOOD}•{GOOD:#} \u{1b}]0;title\u{7}\u{1b}[2Jdone\r\nnext");
        assert_eq!(harmless(&said), format!("{GOOD}•{GOOD:#} ]0;title[2Jdone \nnext"));
    }

    proptest! {
        #[test]
        fn nothing_reaches_the_terminal_that_it_obeys_but_line_breaks_and_own_styles(
            outside in prop_oneof![".*", "(\\x1b|\\[|[0-9;m]|\u{9b}|\u{202e}|[\\x00-\\x1f\\x7f-\\x9f]|x)*"],
            other in ".*",
        ) {
            let said = harmless(&format!("{ERROR}error:{ERROR:#} {outside}{other}"));
            prop_assert_eq!(harmless(&said), said.clone());
            let plain = STYLES.iter().fold(said, |said, style| said.replace(style.as_str(), ""));
            let obeyed = |c: char| c != '\n' && shown(c) != Some(c);
            prop_assert!(!plain.contains(obeyed), "{plain:?}");
        }
    }
}
