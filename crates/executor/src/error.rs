//! Why no samples can be taken.

use lambda_control::{ControlError, api::FunctionError};
use lambda_runtime::Diagnostic;
use tuning::{
    error_name::ErrorName, plan::Plan, power::Power, step::publisher::PublishedVersion, version::VersionNumber,
};

/// Why no samples can be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The function's own code raised an error.
    #[error(
        "the function raised {error_type} at {power} (version {version}): {message}. Nothing can be measured with this \
         payload; correct the payload or the function"
    )]
    FunctionRaised {
        /// The memory size.
        power: Power,
        /// The version that was invoked.
        version: VersionNumber,
        /// The function's own error type.
        error_type: String,
        /// The function's own message, unless `disablePayloadLogs` keeps it.
        message: String,
    },
    /// A call failed.
    #[error(transparent)]
    Control(#[from] ControlError),
}

impl Error {
    pub(crate) fn function_raised(plan: &Plan, target: PublishedVersion, error: &FunctionError) -> Self {
        let message = if plan.request.sampling.hide_payloads {
            "its message is not shown, because of disablePayloadLogs".to_owned()
        } else {
            error.message.clone()
        };
        let (power, version, error_type) = (target.power, target.version, error.error_type.clone());
        Self::FunctionRaised { power, version, error_type, message }
    }
}

impl From<Error> for Diagnostic {
    fn from(error: Error) -> Self {
        let name = match &error {
            Error::FunctionRaised { .. } => ErrorName::FunctionError,
            Error::Control(error) => error.name(),
        };
        Self { error_type: name.to_string(), error_message: error.to_string() }
    }
}
