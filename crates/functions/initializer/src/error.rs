//! Why a run cannot begin.

use aws::object_store::ObjectError;
use custody::{ControlError, undo::UndoError};
use lambda_runtime::Diagnostic;
use tuning::{
    contract::{error_name::ErrorName, input::ValidationError, unproven_lock::UnprovenLock},
    decide::search::Hopeless,
};

/// Why a run cannot begin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The input is wrong.
    #[error(transparent)]
    Input(#[from] ValidationError),
    /// The function is of a kind or in a state that cannot be tuned.
    #[error("{function} cannot be tuned: {obstacle}")]
    NotTunable {
        /// The function.
        function: String,
        /// Why.
        obstacle: String,
    },
    /// A version or alias was named whose code is not that of $LATEST.
    #[error(
        "{function}:{qualifier} has other code than $LATEST, and tuning measures $LATEST. Name the function without \
         \"{qualifier}\", or deploy that code first"
    )]
    OtherCode {
        /// The function.
        function: String,
        /// The version or alias.
        qualifier: String,
    },
    /// Somebody keeps changing the function.
    #[error("{function} was changed again and again while this run tried to lock it. Run again when nobody deploys")]
    Unsteady {
        /// The function.
        function: String,
    },
    /// The function is locked, and not by a run as far as anybody knows.
    #[error(transparent)]
    Unproven(#[from] UnprovenLock),
    /// A failure to undo what a stopped run had left.
    #[error("what a run had left that is over could not be undone: {0}")]
    Undo(#[from] UndoError),
    /// The budget of a search does not even allow its first round.
    #[error("the search cannot begin: {0}")]
    Search(#[from] Hopeless),
    /// S3 did not say what the payload is.
    #[error(transparent)]
    Payload(#[from] ObjectError),
    /// The run was stopped while it was about to begin.
    #[error("the run was stopped before it began; {function} was not changed")]
    Stopped {
        /// The function.
        function: String,
    },
    /// A call failed, or another run was first.
    #[error(transparent)]
    Control(#[from] ControlError),
}

impl Error {
    /// The name that the execution ends with.
    #[must_use]
    pub fn name(&self) -> ErrorName {
        match self {
            Self::Input(_) | Self::Search(_) => ErrorName::ValidationError,
            Self::NotTunable { .. } | Self::OtherCode { .. } => ErrorName::FunctionNotTunable,
            Self::Unproven(_) => ErrorName::FunctionBusy,
            Self::Unsteady { .. } | Self::Stopped { .. } => ErrorName::FunctionChanged,
            Self::Payload(_) | Self::Undo(UndoError::OutOfTime) => ErrorName::ServiceError,
            Self::Undo(UndoError::Control(error)) | Self::Control(error) => error.name(),
        }
    }
}

impl From<Error> for Diagnostic {
    fn from(error: Error) -> Self {
        Self { error_type: error.name().to_string(), error_message: error.to_string() }
    }
}
