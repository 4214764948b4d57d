//! Why no samples can be taken.

use aws::{
    ApiErrorKind,
    api::{ApiError, FunctionError},
    object_store::ObjectError,
};
use custody::ControlError;
use lambda_runtime::Diagnostic;
use tuning::{
    contract::error_name::ErrorName,
    measure::measurement::{Infeasible, Spent},
    run::plan::Plan,
    units::{arn::FunctionReference, power::Power, printable::printable, version::VersionNumber},
};

/// The longest message of a function that is repeated, in characters.
const LONGEST_MESSAGE: usize = 1000;
/// The text that stands in for it with `disablePayloadLogs`.
const HIDDEN: &str = "its message is not shown, because of disablePayloadLogs";

/// A function that is run around each invocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Processor {
    /// Before each invocation.
    Pre,
    /// After each invocation.
    Post,
}

/// Why no samples can be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The function's own code raised an error.
    #[error(
        "the function raised {error_type} at {power} (version {version}): {message}. Nothing can be measured with this \
         payload; correct the payload or the function, or name {error_type} in allowedExceptions if it is a normal result"
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
    /// The function cannot run at a memory size, and `onFailure` is `fail`.
    #[error("at {power} {why} ({said}). Leave {power} out, or set onFailure to \"skip\"")]
    Infeasible {
        /// The memory size.
        power: Power,
        /// The reason.
        why: Infeasible,
        /// The number of times, and the function's own words.
        said: String,
    },
    /// A processor failed, or could not be invoked.
    #[error("the {} {processor} failed with {error_type}: {message}", match .which { Processor::Pre => "pre-processor", Processor::Post => "post-processor" })]
    ProcessorFailed {
        /// Which.
        which: Processor,
        /// The function.
        processor: String,
        /// Its error type.
        error_type: String,
        /// Its message, unless `disablePayloadLogs` keeps it.
        message: String,
    },
    /// Lambda refused the invocation.
    #[error("Lambda refused to invoke the function with this payload: {message}")]
    Refused {
        /// As Lambda says it.
        message: String,
    },
    /// The payload in S3 is not what it was.
    #[error(transparent)]
    Payload(#[from] ObjectError),
    /// A call failed.
    #[error(transparent)]
    Control(#[from] ControlError),
}

impl Error {
    pub(crate) fn function_raised(plan: &Plan, power: Power, version: VersionNumber, error: &FunctionError) -> Self {
        let error_type = printable(&error.error_type, LONGEST_MESSAGE);
        Self::FunctionRaised { power, version, error_type, message: message(plan, error) }
    }

    pub(crate) fn infeasible(power: Power, why: Infeasible, spent: &Spent) -> Self {
        Self::Infeasible { power, why, said: spent.endings() }
    }

    pub(crate) fn processor_failed(
        plan: &Plan,
        which: Processor,
        processor: &FunctionReference,
        error: &FunctionError,
    ) -> Self {
        let error_type = printable(&error.error_type, LONGEST_MESSAGE);
        Self::ProcessorFailed { which, processor: processor.to_string(), error_type, message: message(plan, error) }
    }

    /// Of an invocation that AWS did not make.
    pub(crate) fn not_invoked(plan: &Plan, version: VersionNumber, error: ApiError) -> Self {
        match error.kind {
            ApiErrorKind::NotFound => {
                let what = format!("version {version} was deleted");
                ControlError::Changed { function: plan.function.to_string(), what }.into()
            }
            // What Lambda says of a body that it cannot read may repeat parts of it.
            ApiErrorKind::Refused if plan.request.sampling.hide_payloads => {
                Self::Refused { message: HIDDEN.to_owned() }
            }
            ApiErrorKind::Refused => Self::Refused { message: printable(&error.message, LONGEST_MESSAGE) },
            _ => ControlError::from(error).into(),
        }
    }

    pub(crate) fn nothing_published(plan: &Plan, power: Power) -> Self {
        let what = format!("no version of {power} was published");
        ControlError::Changed { function: plan.function.to_string(), what }.into()
    }
}

fn message(plan: &Plan, error: &FunctionError) -> String {
    if plan.request.sampling.hide_payloads { HIDDEN.to_owned() } else { printable(&error.message, LONGEST_MESSAGE) }
}

impl From<Error> for Diagnostic {
    fn from(error: Error) -> Self {
        let name = match &error {
            Error::FunctionRaised { .. } => ErrorName::FunctionError,
            Error::Infeasible { .. } => ErrorName::PowerValueInfeasible,
            Error::ProcessorFailed { which: Processor::Pre, .. } => ErrorName::PreProcessorFailed,
            Error::ProcessorFailed { which: Processor::Post, .. } => ErrorName::PostProcessorFailed,
            Error::Refused { .. } => ErrorName::InvocationRefused,
            Error::Payload(ObjectError::Broken { .. }) => ErrorName::ServiceError,
            Error::Payload(_) => ErrorName::PayloadUnavailable,
            Error::Control(error) => error.name(),
        };
        Self { error_type: name.to_string(), error_message: error.to_string() }
    }
}
