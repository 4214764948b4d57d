//! Why the quiet hour is not known.

use aws::{ApiError, fleet::results::ResultsError};
use lambda_runtime::Diagnostic;
use tuning::{contract::error_name::ErrorName, fleet::FleetName};

/// Why the quiet hour is not known.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The plan is gone.
    #[error("the fleet {0} has no plan in its bucket: somebody has deleted it")]
    NoPlan(FleetName),
    /// The plan cannot be had.
    #[error(transparent)]
    Plan(#[from] ResultsError),
    /// A call failed.
    #[error(transparent)]
    Api(#[from] ApiError),
}

impl From<Error> for Diagnostic {
    fn from(error: Error) -> Self {
        let name = match &error {
            Error::NoPlan(_) => ErrorName::ServiceError,
            Error::Plan(error) => error.name(),
            Error::Api(error) => error.name(),
        };
        Self { error_type: name.to_string(), error_message: error.to_string() }
    }
}
