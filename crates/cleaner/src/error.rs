//! Why a function could not be put back yet.

use lambda_control::ControlError;
use lambda_runtime::Diagnostic;
use tuning::error_name::ErrorName;

/// Why a function could not be put back yet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There was no time left. The state machine calls the Cleaner again.
    #[error("there was no time left to delete everything; the next call goes on")]
    Incomplete,
    /// A call failed.
    #[error(transparent)]
    Control(#[from] ControlError),
}

impl From<Error> for Diagnostic {
    fn from(error: Error) -> Self {
        let name = match &error {
            Error::Incomplete => ErrorName::CleanupIncomplete,
            Error::Control(error) => error.name(),
        };
        Self { error_type: name.to_string(), error_message: error.to_string() }
    }
}
