//! The names under which a run fails.

use std::fmt;

/// Makes the enum, and from its doc comments the texts of [`ErrorName::meaning`], so that they are written once.
macro_rules! error_names {
    ($($(#[doc = $line:literal])+ $name:ident,)+) => {
        /// Why a step failed, by the name that the execution ends with and that a state machine can catch.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorName {
            $($(#[doc = $line])+ $name,)+
        }

        impl ErrorName {
            /// All names.
            pub const ALL: [Self; [$(Self::$name),+].len()] = [$(Self::$name),+];

            /// The name as the state machine file and the callers write it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)+
                }
            }

            /// When a run fails so, for the documentation.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Self::$name => concat!($($line),+).trim_ascii(),)+
                }
            }
        }
    };
}

error_names! {
    /// The input was refused; nothing was changed or spent.
    ValidationError,
    /// Another run is tuning the function.
    FunctionBusy,
    /// The function does not exist.
    FunctionNotFound,
    /// The function can be found, but not be tuned, in the state or of the kind that it is.
    FunctionNotTunable,
    /// Somebody deployed or configured the function during the run.
    FunctionChanged,
    /// The function's own code raised errors at every memory size, or at one of them, and `onFailure` is `fail`.
    FunctionError,
    /// The function cannot run at a memory size, and `onFailure` is `fail`.
    PowerValueInfeasible,
    /// The pre-processor failed.
    PreProcessorFailed,
    /// The post-processor failed.
    PostProcessorFailed,
    /// Lambda refused to invoke the function with this payload.
    InvocationRefused,
    /// The payload in S3 could be read when the run began, and cannot any more, or is another one.
    PayloadUnavailable,
    /// AWS refused a call of this deployment's role.
    PermissionDenied,
    /// No memory size produced samples that an answer could rest on.
    NoUsableSamples,
    /// The run took longer than the deployment allows.
    RunTimedOut,
    /// AWS did not answer, or not as documented, after all retries. The state machine tries the step again.
    ServiceError,
    /// The Cleaner ran out of time before it had deleted everything. The state machine calls it again.
    CleanupIncomplete,
    /// The Cleaner could not put the function back; the cause says what is left to do by hand.
    CleanupFailed,
}

impl fmt::Display for ErrorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_means_what_its_doc_comment_says() {
        assert_eq!(ErrorName::ALL.first(), Some(&ErrorName::ValidationError));
        assert_eq!(ErrorName::FunctionBusy.as_str(), "FunctionBusy");
        assert_eq!(ErrorName::FunctionBusy.meaning(), "Another run is tuning the function.");
    }
}
