//! The lock: an alias on the function itself, which only one run can create. Its description is the journal.

use tuning::{
    alias_name::AliasName,
    arn::{ExecutionArn, FunctionArn, FunctionReference},
    journal::{Journal, Phase},
    plan::Plan,
    printable::printable,
};

use crate::{
    alias,
    api::{Alias, AliasChange, AliasTarget, ApiErrorKind, LambdaApi},
    error::ControlError,
};

/// The longest description of somebody else's alias that a message repeats.
const LONGEST_DESCRIPTION: usize = 100;

/// What came of trying to take the lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// It is this run's: with its journal. When the step is called a second time, the journal of the first time counts:
    /// since then the function may have been changed.
    Ours(Journal),
    /// Another run has it, or had it when it was stopped.
    Theirs(Journal),
}

/// Takes the lock, if nobody has it.
pub async fn take(api: &impl LambdaApi, function: &FunctionArn, journal: Journal) -> Result<Taken, ControlError> {
    let name = AliasName::lock();
    match api.create_alias(function, &name, AliasTarget::Latest, &journal.to_string()).await {
        Ok(()) => {
            tracing::info!(%function, execution = %journal.execution, "took the lock");
            Ok(Taken::Ours(journal))
        }
        Err(error) if error.kind == ApiErrorKind::Conflict => {
            let alias = api.alias(&function.into(), &name).await?;
            match alias.description.parse::<Journal>() {
                Ok(first) if first.execution == journal.execution => Ok(Taken::Ours(first)),
                Ok(other) => Ok(Taken::Theirs(other)),
                Err(_) => {
                    let description = printable(&alias.description, LONGEST_DESCRIPTION);
                    Err(ControlError::LockNameTaken { function: function.to_string(), description })
                }
            }
        }
        Err(error) => Err(error.into()),
    }
}

/// Fails unless this run holds the lock, and nobody has begun to clean up after it. [`Locked`](crate::Locked) asks after it has looked
/// at the revision that its changes depend on.
pub async fn must_be_open(api: &impl LambdaApi, plan: &Plan) -> Result<(), ControlError> {
    let what = match held_by(api, &(&plan.function).into(), &plan.execution).await? {
        Some((Journal { phase: Phase::Open, .. }, _)) => return Ok(()),
        Some(_) => "this run is being cleaned up",
        None => "this run's lock was deleted",
    };
    Err(ControlError::Changed { function: plan.function.to_string(), what: what.to_owned() })
}

/// Closes the lock: from now on, no step of the run may change anything.
pub async fn close(
    api: &impl LambdaApi,
    function: &FunctionArn,
    lock: &Alias,
    journal: &Journal,
) -> Result<(), ControlError> {
    let closing = Journal { phase: Phase::Closing, ..journal.clone() };
    rewrite(api, function, lock, &closing).await
}

/// The journal that a run left on the function; `None` when the run holds no lock on it.
pub async fn held_by(
    api: &impl LambdaApi,
    function: &FunctionReference,
    execution: &ExecutionArn,
) -> Result<Option<(Journal, Alias)>, ControlError> {
    match api.alias(function, &AliasName::lock()).await {
        Ok(alias) => {
            let journal = alias.description.parse::<Journal>().ok().filter(|journal| journal.execution == *execution);
            Ok(journal.map(|journal| (journal, alias)))
        }
        Err(error) if error.kind == ApiErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Writes another journal into the lock that this run holds.
pub async fn rewrite(
    api: &impl LambdaApi,
    function: &FunctionArn,
    lock: &Alias,
    journal: &Journal,
) -> Result<(), ControlError> {
    Ok(alias::change(api, function, lock, AliasChange::Description(&journal.to_string())).await?)
}

/// Frees the lock: the last thing that a run does.
pub async fn free(api: &impl LambdaApi, function: &FunctionArn) -> Result<(), ControlError> {
    api.delete_alias(function, &AliasName::lock()).await?;
    tracing::info!(%function, "freed the lock");
    Ok(())
}
