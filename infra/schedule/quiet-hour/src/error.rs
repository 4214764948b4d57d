//! Why the quiet hour is not known.

use aws::{ApiError, ApiErrorKind, fleet::results::ResultsError};
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
            Error::Api(ApiError { kind: ApiErrorKind::Denied, .. })
            | Error::Plan(ResultsError::Api(ApiError { kind: ApiErrorKind::Denied, .. })) => {
                ErrorName::PermissionDenied
            }
            Error::NoPlan(_) | Error::Plan(_) | Error::Api(_) => ErrorName::ServiceError,
        };
        Self { error_type: name.to_string(), error_message: error.to_string() }
    }
}
