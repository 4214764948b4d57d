//! Why there is no winner.

use lambda_runtime::Diagnostic;
use tuning::{
    contract::error_name::ErrorName,
    decide::search::Hopeless,
    measure::measurement::{Infeasible, Measured, Measurement},
    run::plan::{Plan, SearchRequest},
    units::power::Power,
};

use crate::warnings::{exclusions, powers};

/// Why there is no winner.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No memory size has samples.
    #[error("no memory size could be measured: {}", .left_out.join("; "))]
    NoUsableSamples {
        /// Each memory size and why it was left out.
        left_out: Vec<String>,
    },
    /// The function's own code raised errors wherever it was invoked.
    #[error(
        "the function raised {error_type} at {at}{message}{}. Nothing can be measured with this payload; correct the \
         payload or the function, or name {error_type} in allowedExceptions if it is a normal result", and_others(.others)
    )]
    FunctionRaised {
        /// The memory sizes.
        at: String,
        /// The function's own error type.
        error_type: String,
        /// The function's own message, unless `disablePayloadLogs` keeps it.
        message: String,
        /// Each memory size that was left out for something else, and why.
        others: Vec<String>,
    },
    /// The account does not allow as much memory as the search may begin with.
    #[error("the account does not allow {min}, which minPower asks for: {reason}. Give a smaller minPower")]
    AccountLimit {
        /// The least memory that the search may measure.
        min: Power,
        /// As AWS says it.
        reason: String,
    },
    /// A search ended without a winner.
    #[error("{why}{}", in_brackets(.left_out))]
    Hopeless {
        /// Why.
        why: Hopeless,
        /// Each memory size that was left out, and why.
        left_out: Vec<String>,
    },
}

fn in_brackets(values: &[String]) -> String {
    if values.is_empty() { String::new() } else { format!(" ({})", values.join("; ")) }
}

fn and_others(others: &[String]) -> String {
    if others.is_empty() { String::new() } else { format!("; {}", others.join("; ")) }
}

impl Error {
    pub(crate) fn hopeless(plan: &Plan, why: Hopeless, measurements: &[Measurement]) -> Self {
        let hopeless = || Self::Hopeless { why, left_out: exclusions(measurements) };
        Self::function_raised(plan, measurements).unwrap_or_else(hopeless)
    }

    pub(crate) fn no_usable_samples(plan: &Plan, measurements: &[Measurement]) -> Self {
        let no_usable_samples = || Self::NoUsableSamples { left_out: exclusions(measurements) };
        Self::function_raised(plan, measurements).unwrap_or_else(no_usable_samples)
    }

    /// Returns the error that ends a run whose function raised errors, and ran nowhere.
    pub(crate) fn function_raised(plan: &Plan, measurements: &[Measurement]) -> Option<Self> {
        let raised = |m: &Measurement| m.result == Measured::Infeasible(Infeasible::FunctionError);
        let first = measurements.iter().find(|m| raised(m))?;
        if measurements.iter().any(|m| m.statistics().is_some()) {
            return None;
        }
        let (error_type, seen) = first.spent.errors.beside(&plan.request.failures.allowed)?;
        let others: Vec<Measurement> = measurements.iter().filter(|m| !raised(m)).cloned().collect();
        Some(Self::FunctionRaised {
            at: powers(measurements, raised),
            error_type: error_type.to_owned(),
            message: seen.message.as_ref().map(|message| format!(": {message}")).unwrap_or_default(),
            others: exclusions(&others),
        })
    }

    pub(crate) fn account_limit(request: &SearchRequest, measurements: &[Measurement]) -> Self {
        let reason = measurements.iter().find_map(|m| match &m.result {
            Measured::Refused(reason) => Some(reason.clone()),
            Measured::Samples(_) | Measured::Infeasible(_) | Measured::NoSamples => None,
        });
        Self::AccountLimit { min: request.min, reason: reason.unwrap_or_default() }
    }

    /// The name that the execution ends with.
    fn name(&self) -> ErrorName {
        match self {
            Self::FunctionRaised { .. } => ErrorName::FunctionError,
            Self::NoUsableSamples { .. } | Self::AccountLimit { .. } | Self::Hopeless { .. } => {
                ErrorName::NoUsableSamples
            }
        }
    }
}

impl From<Error> for Diagnostic {
    fn from(error: Error) -> Self {
        Self { error_type: error.name().to_string(), error_message: error.to_string() }
    }
}
