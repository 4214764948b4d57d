//! Executions of the state machine: whether a run that left something behind is over.

use std::future::Future;

use tuning::units::arn::ExecutionArn;

use crate::api::ApiError;

/// Executions of state machines.
pub trait Executions {
    /// Returns what has become of an execution (`DescribeExecution`).
    fn execution(&self, execution: &ExecutionArn) -> impl Future<Output = Result<Execution, ApiError>>;

    /// Returns how often the state that an execution entered last has called the Cleaner (`GetExecutionHistory`):
    /// never, if it is not one that does.
    fn cleaner_calls(&self, execution: &ExecutionArn) -> impl Future<Output = Result<u32, ApiError>>;
}

/// The state of an execution, running or over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Execution {
    /// It is still running.
    Running {
        /// Its input, as it was sent.
        input: Option<String>,
    },
    /// It has ended.
    Over {
        /// True if it has come to its end by itself, past the Cleaner: a lock that is there all the same was created by
        /// a request that took effect later than that.
        has_cleaned_up: bool,
        /// Its input, as it was sent.
        input: Option<String>,
    },
    /// AWS does not know it any more: it ended more than 90 days ago, or its state machine was deleted. Or it never
    /// was.
    Gone,
}
