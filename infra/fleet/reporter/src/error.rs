//! Why a fleet could not be summed up.

use aws::{ApiError, fleet::results::ResultsError};
use lambda_runtime::Diagnostic;
use tuning::{contract::error_name::ErrorName, fleet::FleetName, units::s3_uri::NotAnS3Uri};

/// Why a fleet could not be summed up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The plan is gone.
    #[error("the fleet {0} has no plan in its bucket: somebody has deleted it. Start the fleet again under its name")]
    NoPlan(FleetName),
    /// The fleet's objects cannot be had.
    #[error(transparent)]
    Results(#[from] ResultsError),
    /// A call failed.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// The summary cannot be written as JSON.
    #[error("failed to write the summary: {0}")]
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
            Error::Results(error) => error.name(),
            Error::Api(error) => error.name(),
            Error::NoPlan(_) | Error::Json(_) => ErrorName::ServiceError,
        };
        Self { error_type: name.to_string(), error_message: error.to_string() }
    }
}
