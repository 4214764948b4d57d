//! Why there is no winner.

use lambda_runtime::Diagnostic;
use tuning::{error_name::ErrorName, measurement::Measurement, search::Hopeless};

/// Why there is no winner.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No power value has samples.
    #[error("no power value could be measured: {}", .left_out.join("; "))]
    NoUsableSamples {
        /// Each power value and why it was left out.
        left_out: Vec<String>,
    },
    /// A search ended without a winner.
    #[error("{why}{}", in_brackets(.left_out))]
    Hopeless {
        /// Why.
        why: Hopeless,
        /// Each power value that was left out, and why.
        left_out: Vec<String>,
    },
}

fn in_brackets(values: &[String]) -> String {
    if values.is_empty() { String::new() } else { format!(" ({})", values.join("; ")) }
}

impl Error {
    pub(crate) fn hopeless(why: Hopeless, measurements: &[Measurement]) -> Self {
        Self::Hopeless { why, left_out: crate::words::exclusions(measurements) }
    }

    pub(crate) fn no_usable_samples(measurements: &[Measurement]) -> Self {
        Self::NoUsableSamples { left_out: crate::words::exclusions(measurements) }
    }
}

impl From<Error> for Diagnostic {
    fn from(error: Error) -> Self {
        Self { error_type: ErrorName::NoUsableSamples.to_string(), error_message: error.to_string() }
    }
}
