//! Why runs cannot be compared.

use aws::ApiError;
use lambda_runtime::Diagnostic;
use tuning::{contract::error_name::ErrorName, fleet::UnreadableRun};

/// Why runs cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A call failed.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// A run of the fleet is none.
    #[error("s3://{bucket}/{key}: {reason}")]
    Unreadable {
        /// Its bucket.
        bucket: String,
        /// Its key.
        key: String,
        /// Why.
        reason: UnreadableRun,
    },
}

impl From<Error> for Diagnostic {
    fn from(error: Error) -> Self {
        let name = match &error {
            Error::Api(error) => error.name(),
            Error::Unreadable { .. } => ErrorName::ValidationError,
        };
        Self { error_type: name.to_string(), error_message: error.to_string() }
    }
}
