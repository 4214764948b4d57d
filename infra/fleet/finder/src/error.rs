//! Why the functions of a fleet could not be found.

use aws::{ApiError, fleet::results::ResultsError};
use lambda_runtime::Diagnostic;
use tuning::{
    contract::error_name::ErrorName,
    fleet::{NotAFleetName, Problem, UnreadableList},
    units::s3_uri::{NotAnS3Uri, S3Uri},
};

/// Why the functions of a fleet could not be found.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input is wrong.
    #[error(transparent)]
    Input(#[from] Problem),
    /// The name of the execution cannot be the name of the fleet.
    #[error("{0}. Give the fleet a name of its own: set `fleet` in the input")]
    ExecutionName(NotAFleetName),
    /// There is no such list.
    #[error(
        "functions.list: there is no object {0}. Check bucket and key; the Finder reads lists in the fleet's bucket"
    )]
    NoList(S3Uri),
    /// The list is none.
    #[error("functions.list: {0}")]
    List(#[from] UnreadableList),
    /// Nothing was chosen.
    #[error("none of the {all} functions of the region is chosen. Check `functions` in the input, and the region")]
    Nothing {
        /// The number of functions that there are.
        all: usize,
    },
    /// The fleet's own objects cannot be had.
    #[error(transparent)]
    Results(#[from] ResultsError),
    /// A call failed.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// The plan cannot be written as JSON.
    #[error("failed to write the plan: {0}")]
    Json(#[from] serde_json::Error),
}

impl From<NotAnS3Uri> for Error {
    fn from(error: NotAnS3Uri) -> Self {
        Self::Results(error.into())
    }
}

impl From<Error> for Diagnostic {
    fn from(error: Error) -> Self {
        let name = match &error {
            Error::Input(_) | Error::ExecutionName(_) | Error::NoList(_) | Error::List(_) | Error::Nothing { .. } => {
                ErrorName::ValidationError
            }
            Error::Results(error) => error.name(),
            Error::Api(error) => error.name(),
            Error::Json(_) => ErrorName::ServiceError,
        };
        Self { error_type: name.to_string(), error_message: error.to_string() }
    }
}
