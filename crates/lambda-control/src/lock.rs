//! The lock: an alias on the function itself, which only one run can create. Its description is the journal.

use tuning::{
    alias_name::AliasName,
    arn::{ExecutionArn, FunctionArn, FunctionReference},
    journal::Journal,
};

use crate::{
    api::{Alias, AliasChange, AliasTarget, ApiErrorKind, LambdaApi},
    error::ControlError,
};

/// Takes the lock. When this run already holds it, because the step is called a second time, the journal of the first
/// time counts: since then the function may have been changed.
pub async fn take(api: &impl LambdaApi, function: &FunctionArn, journal: Journal) -> Result<Journal, ControlError> {
    let name = AliasName::lock();
    match api.create_alias(function, &name, AliasTarget::Latest, &journal.to_string()).await {
        Ok(()) => {
            tracing::info!(%function, execution = %journal.execution, "took the lock");
            Ok(journal)
        }
        Err(error) if error.kind == ApiErrorKind::Conflict => {
            let alias = api.alias(&function.into(), &name).await?;
            match alias.description.parse::<Journal>() {
                Ok(first) if first.execution == journal.execution => Ok(first),
                Ok(other) => {
                    Err(ControlError::Busy { function: function.to_string(), holder: other.execution.to_string() })
                }
                Err(_) => {
                    let description = alias.description;
                    Err(ControlError::LockNameTaken { function: function.to_string(), description })
                }
            }
        }
        Err(error) => Err(error.into()),
    }
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
    Ok(api.update_alias(function, lock, AliasChange::Description(&journal.to_string())).await?)
}

/// Frees the lock: the last thing that a run does.
pub async fn free(api: &impl LambdaApi, function: &FunctionArn) -> Result<(), ControlError> {
    api.delete_alias(function, &AliasName::lock()).await?;
    tracing::info!(%function, "freed the lock");
    Ok(())
}
