//! What is wrong with an input.

use std::fmt;

use super::field::Field;

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The name of the field.
    pub field: &'static str,
    /// What was received, or what is wrong with it.
    pub complaint: String,
}

/// An input that was refused, with all that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ValidationError {
    /// At least one.
    pub problems: Vec<Problem>,
    /// Fields that are not known, one sentence each: one of them may be what is missing.
    pub unknown: Vec<String>,
}

impl ValidationError {
    /// Of an input that is no JSON object.
    pub(super) fn not_an_object(received: &str) -> Self {
        Self::about_the_function(format!("the input is {received}, not a JSON object"))
    }

    /// Of an input without a function.
    pub(super) fn nothing_to_tune() -> Self {
        Self::about_the_function("it is missing".to_owned())
    }

    fn about_the_function(complaint: String) -> Self {
        Self { problems: vec![Problem { field: "lambdaARN", complaint }], unknown: Vec::new() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, complaint } = self;
        write!(f, "{field}: {complaint}")?;
        Field::named(field).into_iter().try_for_each(|known| {
            write!(f, " (allowed: {}; example: \"{field}\": {})", known.kind.allowed(), known.example)
        })
    }
}

impl fmt::Display for ValidationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the input was refused and nothing was changed. ")?;
        let problems: Vec<String> = self.problems.iter().map(Problem::to_string).collect();
        f.write_str(&problems.join("; "))?;
        self.unknown.iter().try_for_each(|unknown| write!(f, "; {unknown}"))
    }
}
