//! Why there is no winner.

use lambda_runtime::Diagnostic;
use tuning::{error_name::ErrorName, measurement::Measurement};

/// Why there is no winner.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No power value has samples.
    #[error("no power value could be measured: {}", .left_out.join("; "))]
    NoUsableSamples {
        /// Each power value and why it was left out.
        left_out: Vec<String>,
    },
}

impl Error {
    pub(crate) fn no_usable_samples(measurements: &[Measurement]) -> Self {
        Self::NoUsableSamples { left_out: crate::words::exclusions(measurements) }
    }
}

impl From<Error> for Diagnostic {
    fn from(error: Error) -> Self {
        Self { error_type: ErrorName::NoUsableSamples.to_string(), error_message: error.to_string() }
    }
}
