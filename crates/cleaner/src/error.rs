//! Why a function could not be put back yet.

use lambda_control::{ControlError, undo::UndoError};
use lambda_runtime::Diagnostic;
use tuning::error_name::ErrorName;

/// Why a function could not be put back yet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not everything could be undone; without time, the state machine calls the Cleaner again.
    #[error(transparent)]
    Undo(#[from] UndoError),
    /// A call failed.
    #[error(transparent)]
    Control(#[from] ControlError),
}

impl From<Error> for Diagnostic {
    fn from(error: Error) -> Self {
        let name = match &error {
            Error::Undo(UndoError::OutOfTime) => ErrorName::CleanupIncomplete,
            Error::Undo(UndoError::Control(error)) | Error::Control(error) => error.name(),
        };
        Self { error_type: name.to_string(), error_message: error.to_string() }
    }
}
