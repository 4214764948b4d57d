//! Why a step cannot do its work on the function.

use aws::api::{ApiError, ApiErrorKind};
use lambda_runtime::Diagnostic;
use tuning::contract::error_name::ErrorName;

/// Why a step cannot do its work on the function.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// Another run holds the lock.
    #[error(
        "{function} is being tuned by another run: {holder}. Wait until it has ended. If it has, this deployment may \
         not look it up: \
         invoke the Cleaner function of the deployment that it belongs to with {{\"execution\": \"{holder}\"}}"
    )]
    Busy {
        /// The function.
        function: String,
        /// The run that holds the lock.
        holder: String,
    },
    /// The lock's name is taken by an alias that power-tuner did not write.
    #[error(
        "{function} has an alias power-tuning-lock that power-tuner did not create (its description is \
         \"{description}\"). \
         Delete or rename that alias"
    )]
    LockNameTaken {
        /// The function.
        function: String,
        /// The description of the alias.
        description: String,
    },
    /// The lock came and went while this run tried to take it.
    #[error(
        "{function} is being tuned by other runs, which took the lock one after another. Run again when they have ended"
    )]
    LockUnsteady {
        /// The function.
        function: String,
    },
    /// Somebody else changed the function during the run.
    #[error("somebody changed {function} during the run: {what}. Run again when nobody deploys")]
    Changed {
        /// The function.
        function: String,
        /// The difference that was found.
        what: String,
    },
    /// The alias that is to get the optimum would release something else, too.
    #[error("the alias {alias} of {function} cannot be moved to the optimum: {why}, or tune without autoOptimizeAlias")]
    AliasNotMovable {
        /// The function.
        function: String,
        /// The alias.
        alias: String,
        /// Why, and what to do.
        why: String,
    },
    /// An update of the function failed or did not come to an end.
    #[error("setting the memory of {function} did not succeed: {reason}")]
    UpdateFailed {
        /// The function.
        function: String,
        /// As Lambda says it.
        reason: String,
    },
    /// The run takes longer than the deployment allows.
    #[error(
        "the run on {function} takes longer than the deployment's parameter executionTimeLimit allows. Ask for fewer \
         invocations or memory sizes, or raise it"
    )]
    TimeIsUp {
        /// The function.
        function: String,
    },
    /// A call failed.
    #[error("{error}{}", hint(.error))]
    Api {
        /// The call and its failure.
        #[from]
        error: ApiError,
    },
}

fn hint(error: &ApiError) -> &'static str {
    match error.kind {
        ApiErrorKind::Denied | ApiErrorKind::Refused if names_a_key(error) => {
            ". A key of AWS KMS encrypts its environment variables: name the key in this deployment's parameter \
             kmsKeyArns, and check the policy of the key"
        }
        ApiErrorKind::Denied => {
            ". The role of this deployment may not do that: check the parameters lambdaResource, assumableRoles and \
             permissionsBoundary, and the trust of a role in assumeRoleARN"
        }
        ApiErrorKind::MemoryNotAllowed => {
            ". New accounts are limited to less: ask for a quota increase, or lower maxPower"
        }
        ApiErrorKind::NotFound => ". Check the name, the account and the region in lambdaARN",
        ApiErrorKind::Throttled => ". Lower maxConcurrency, or raise the concurrency of the function or of the account",
        ApiErrorKind::NotReady | ApiErrorKind::Unstartable => {
            ". Lambda could not start the function: check what it needs, such as its KMS key, network and file system"
        }
        _ => "",
    }
}

/// Returns true if AWS complains about a key: by a code such as `KMSAccessDeniedException`, by the action that is not
/// allowed (`kms:CreateGrant`), or by what KMS has told Lambda.
fn names_a_key(error: &ApiError) -> bool {
    error.message.contains("kms:") || error.message.contains("KMS")
}

impl ControlError {
    /// The name that the execution ends with.
    #[must_use]
    pub fn name(&self) -> ErrorName {
        match self {
            Self::Busy { .. } | Self::LockNameTaken { .. } | Self::LockUnsteady { .. } => ErrorName::FunctionBusy,
            Self::Changed { .. } => ErrorName::FunctionChanged,
            Self::UpdateFailed { .. } | Self::AliasNotMovable { .. } => ErrorName::FunctionNotTunable,
            Self::TimeIsUp { .. } => ErrorName::RunTimedOut,
            Self::Api { error } => match error.kind {
                ApiErrorKind::NotFound => ErrorName::FunctionNotFound,
                ApiErrorKind::Denied | ApiErrorKind::NoCredentials | ApiErrorKind::BadCredentials => {
                    ErrorName::PermissionDenied
                }
                ApiErrorKind::Stale | ApiErrorKind::Conflict => ErrorName::FunctionChanged,
                ApiErrorKind::Refused
                | ApiErrorKind::MemoryNotAllowed
                | ApiErrorKind::NotReady
                | ApiErrorKind::Unstartable => ErrorName::FunctionNotTunable,
                ApiErrorKind::Throttled | ApiErrorKind::Expired | ApiErrorKind::Unreached | ApiErrorKind::Unclear => {
                    ErrorName::ServiceError
                }
            },
        }
    }

    /// Returns true if the call failed in this way.
    #[must_use]
    pub fn is(&self, kind: ApiErrorKind) -> bool {
        matches!(self, Self::Api { error } if error.kind == kind)
    }
}

impl From<ControlError> for Diagnostic {
    fn from(error: ControlError) -> Self {
        Self { error_type: error.name().to_string(), error_message: error.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(kind: ApiErrorKind, message: &str) -> String {
        let error = ApiError { call: "UpdateFunctionConfiguration", kind, message: message.to_owned() };
        ControlError::from(error).to_string()
    }

    #[test]
    fn as_on_aws_a_key_that_may_not_be_used_is_answered_with_the_parameter_to_set() {
        let user = "User: arn:aws:sts::1:assumed-role/publisher/x is not authorized to perform";
        for (kind, message) in [
            (ApiErrorKind::Denied, format!("AccessDeniedException: {user}: kms:CreateGrant on resource: arn:aws:kms:…")),
            (ApiErrorKind::Denied, "KMSAccessDeniedException: Lambda was unable to decrypt".to_owned()),
            (
                ApiErrorKind::Refused,
                "InvalidParameterValueException: Please check your KMS key settings. KMS Exception: AccessDeniedException"
                    .to_owned(),
            ),
        ] {
            assert!(said(kind, &message).contains("kmsKeyArns"), "{message}");
        }
        let other = said(ApiErrorKind::Denied, &format!("AccessDeniedException: {user}: lambda:PublishVersion"));
        assert!(other.contains("lambdaResource") && !other.contains("kmsKeyArns"), "{other}");
    }
}
