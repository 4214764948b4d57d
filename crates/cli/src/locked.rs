//! Who tunes a function, and what runs have left on it, as the user's own credentials show it.

use std::time::Duration;

use aws::{Executions as _, LambdaApi as _, api::Configuration, executions::Execution};
use custody::{
    ControlError, Deadline,
    holder::{self, Holder, HolderError},
    latest::{MayHaveSet, Steps},
    lock::{self, Found},
    published,
    undo::{Run, UndoError, undo},
};
use tuning::{
    run::journal::Journal,
    units::arn::{ExecutionArn, FunctionArn, FunctionReference},
};

use crate::{
    account::{Account, Call},
    console::Console,
    failure::Failure,
};

/// The longest time that deleting what a run has left may take: a thousand versions, at some calls a second.
const LIMIT: Duration = Duration::from_mins(15);

/// The function as it is now, whatever version or alias is named.
pub async fn configuration(account: &Account, reference: &FunctionReference) -> Result<Configuration, Failure> {
    let latest = FunctionReference { qualifier: None, ..reference.clone() };
    let found = Box::pin(account.calls.configuration(&latest)).await;
    found.map_err(|error| Call::of(&error, "look at the function", reference))
}

/// Finds what stands under the name of the function's lock.
pub async fn lock(account: &Account, function: &FunctionReference) -> Result<Found, Failure> {
    let found = Box::pin(lock::find(&account.calls, function)).await;
    found.map_err(|error| failed("look at the function's lock", function, error))
}

/// The run that holds a lock.
///
/// # Errors
///
/// If no run can be shown to have taken it, or AWS does not tell.
pub async fn holder(account: &Account, function: &FunctionArn, journal: &Journal) -> Result<Holder, Failure> {
    Box::pin(holder::holder(&account.calls, function, journal)).await.map_err(|error| match error {
        HolderError::Unknown(error) => Call::of(&error, "look at the run", &journal.execution),
        HolderError::Unproven(unproven) => Failure::other(unproven.to_string())
            .hint(format!("then delete what a run has left, if anything: power-tuner clean {function}")),
    })
}

/// The runs that are over and whose marks are on versions and aliases, a run as often as its mark.
pub async fn marks(account: &Account, function: &FunctionArn) -> Result<Vec<ExecutionArn>, Failure> {
    Box::pin(published::marks(&account.calls, function))
        .await
        .map_err(|error| failed("list what runs have left on the function", function, error))
}

/// Deletes what runs have left whose lock is gone. What belongs to a run that goes on is left alone.
pub async fn delete_marked(account: &Account, function: &FunctionArn, console: Console) -> Result<(), Failure> {
    let mut runs = marks(account, function).await?;
    runs.sort();
    runs.dedup();
    for run in runs {
        if is_running(account, &run).await? {
            continue;
        }
        let left = Run {
            function: &function.into(),
            execution: &run,
            state: None,
            may_have_set: MayHaveSet::Unknown,
            steps: Steps::Interrupted,
        };
        let undone =
            Box::pin(undo(&account.calls, Deadline::after(LIMIT), left)).await.map_err(|error| match error {
                UndoError::Control(error) => failed("delete what a run has left", function, error),
                UndoError::OutOfTime => Failure::other("deleting what runs have left takes too long")
                    .hint(format!("run this again, it goes on where it was: power-tuner clean {function}")),
            })?;
        console.say(format_args!("deleted the versions and aliases that {run} had left"));
        for warning in undone.warnings {
            console.warn(warning);
        }
    }
    Ok(())
}

async fn is_running(account: &Account, run: &ExecutionArn) -> Result<bool, Failure> {
    let found = account.calls.execution(run).await.map_err(|error| Call::of(&error, "look at the run", run))?;
    Ok(matches!(found, Execution::Running { .. }))
}

fn failed(to: &str, function: impl std::fmt::Display, error: ControlError) -> Failure {
    match error {
        ControlError::Api { error } => Call::of(&error, to, function),
        other => Failure::other(format!("failed to {to}: {other}")),
    }
}
