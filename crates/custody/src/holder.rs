//! The run that a lock says it is of: whether it did take it, and whether it goes on.

use aws::{ApiError, Executions, executions::Execution};
use tuning::{
    contract::{
        started::Started,
        unproven_lock::{self, UnprovenLock},
    },
    run::journal::Journal,
    units::arn::FunctionArn,
};

/// The run that holds a lock.
#[derive(Debug, Clone, PartialEq)]
pub struct Holder {
    /// The input that it was started with.
    pub started: Started,
    /// True if it goes on.
    pub is_running: bool,
    /// True if it has come to its end by itself, past the Cleaner.
    pub has_cleaned_up: bool,
}

/// Why nothing can be said of the run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HolderError {
    /// AWS does not tell.
    #[error(transparent)]
    Unknown(#[from] ApiError),
    /// The lock may be forged.
    #[error(transparent)]
    Unproven(#[from] UnprovenLock),
}

/// The run that holds the lock with this journal on a function.
pub async fn holder(
    executions: &impl Executions,
    function: &FunctionArn,
    journal: &Journal,
) -> Result<Holder, HolderError> {
    let (input, is_running, has_cleaned_up) = match executions.execution(&journal.execution).await? {
        Execution::Over { input, has_cleaned_up } => (input, false, has_cleaned_up),
        Execution::Running { input } => (input, true, false),
        Execution::Gone => (None, false, false),
    };
    let started = input.map(|input| Started::read(&journal.execution, &input));
    let started = unproven_lock::believe(journal, function, started)?;
    Ok(Holder { started, is_running, has_cleaned_up })
}
