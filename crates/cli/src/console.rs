//! The messages to the person who waits, on standard error: results alone go to standard output.

use std::fmt::Display;

use anstyle::{AnsiColor, Style};

use crate::{failure::Failure, terminal};

/// The style of what is wrong.
pub const ERROR: Style = AnsiColor::Red.on_default().bold();
/// The style of what should be known.
pub const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// The style of what to do next.
pub const HINT: Style = AnsiColor::Cyan.on_default().bold();
/// The style of what went well, and of the winner.
pub const GOOD: Style = AnsiColor::Green.on_default().bold();
/// The style of what matters less.
pub const FAINT: Style = Style::new().dimmed();

/// The messages that are said: all of them, or errors alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Console {
    /// Everything.
    Normal,
    /// Errors alone.
    Quiet,
}

impl Console {
    /// Says something that is of use now.
    pub fn say(self, what: impl Display) {
        if self == Self::Normal {
            terminal::say(&what.to_string());
        }
    }

    /// Says what to do next.
    pub fn hint(self, what: impl Display) {
        self.say(format_args!("{HINT}hint:{HINT:#} {what}"));
    }

    /// Says what should be known.
    pub fn warn(self, what: impl Display) {
        self.say(format_args!("{WARNING}warning:{WARNING:#} {what}"));
    }
}

/// Says why the program ends.
pub fn fail(failure: &Failure) {
    terminal::say(&format!("{ERROR}error:{ERROR:#} {}", failure.what));
    for hint in &failure.hints {
        terminal::say(&format!("{HINT}hint:{HINT:#} {hint}"));
    }
}
