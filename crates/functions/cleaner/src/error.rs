//! Why a function could not be put back yet.

use custody::{ControlError, undo::UndoError};
use lambda_runtime::Diagnostic;
use tuning::{contract::error_name::ErrorName, units::arn::ExecutionArn};

/// Why a function could not be put back yet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The run is at work: its own state machine cleans up when it gets there.
    #[error(
        "{execution} is running and has not reached its Cleaner: nothing was changed. To end the run, stop the \
         execution: then it is cleaned up"
    )]
    AtWork {
        /// The run.
        execution: ExecutionArn,
    },
    /// Nobody knows what the run tuned, or whether there was one.
    #[error(
        "AWS does not know the execution {execution}: it never existed, ended more than 90 days ago, or its state \
         machine was deleted. Nothing was changed. If its lock is on a function, check the function's memory, then \
         delete the alias power-tuning-lock"
    )]
    Unknown {
        /// The run.
        execution: ExecutionArn,
    },
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
            Error::AtWork { .. } => ErrorName::FunctionBusy,
            Error::Unknown { .. } => ErrorName::CleanupFailed,
            Error::Undo(UndoError::OutOfTime) => ErrorName::CleanupIncomplete,
            Error::Undo(UndoError::Control(error)) | Error::Control(error) => error.name(),
        };
        Self { error_type: name.to_string(), error_message: error.to_string() }
    }
}
