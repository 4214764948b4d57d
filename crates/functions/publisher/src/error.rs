//! Why there are no versions to measure.

use custody::ControlError;
use lambda_runtime::Diagnostic;
use tuning::{contract::error_name::ErrorName, units::version::VersionNumber};

/// Why there are no versions to measure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A version never becomes active.
    #[error("version {version} of {function} cannot be invoked: {reason}")]
    Unusable {
        /// The function.
        function: String,
        /// The version.
        version: VersionNumber,
        /// As Lambda says it.
        reason: String,
    },
    /// Versions do not become active in time.
    #[error(
        "the snapshots of versions of {function} were still being made after half an hour. Run again with fewer power \
         values, or without SnapStart"
    )]
    StillPending {
        /// The function.
        function: String,
    },
    /// A call failed.
    #[error(transparent)]
    Control(#[from] ControlError),
}

impl From<Error> for Diagnostic {
    fn from(error: Error) -> Self {
        let name = match &error {
            Error::Unusable { .. } | Error::StillPending { .. } => ErrorName::FunctionNotTunable,
            Error::Control(error) => error.name(),
        };
        Self { error_type: name.to_string(), error_message: error.to_string() }
    }
}
