//! A failure, for a person: what happened, where, and what to do next.

use std::fmt;

use crate::exit::Exit;

/// Why the program ends without what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Failure {
    /// The exit code of the program.
    pub exit: Exit,
    /// The description of what happened, and where; may have several lines.
    pub what: String,
    /// The things to do next, one each.
    pub hints: Vec<String>,
    /// True if it may pass by itself: nobody answered, or too many asked.
    pub may_pass: bool,
}

impl Failure {
    /// A failure that ends the program so.
    pub fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self { exit, what: what.into(), hints: Vec::new(), may_pass: false }
    }

    /// Arguments or an input that are wrong.
    pub fn bad_input(what: impl Into<String>) -> Self {
        Self::new(Exit::BadInput, what)
    }

    /// Anything that is neither the caller's nor the run's fault.
    pub fn other(what: impl Into<String>) -> Self {
        Self::new(Exit::Failed, what)
    }

    /// A failure that may pass by itself.
    pub fn passing(what: impl Into<String>) -> Self {
        Self { may_pass: true, ..Self::other(what) }
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        self.hints.iter().try_for_each(|hint| write!(f, "\nhint: {hint}"))
    }
}
