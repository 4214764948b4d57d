//! Undoing what a run did to a function.
//!
//! It works from the journal on the function, not from what steps reported, so that it can be done twice, in any state, and
//! finds what a step made that died before it could say so. The lock goes last: as long as something is left, so is the
//! journal that says what.

use std::time::Duration;

use tuning::{
    arn::{ExecutionArn, FunctionArn, FunctionReference},
    journal::{Journal, OptimumMark},
};

use crate::{
    api::{Alias, AliasTarget, ApiErrorKind, LambdaApi, Version},
    deadline::Deadline,
    error::ControlError,
    latest::{self, MayHaveSet, Restored, Steps},
    lock, own,
};

/// What one more deletion may take.
pub const TIME_FOR_ONE: Duration = Duration::from_secs(10);

/// Why something could not be undone yet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UndoError {
    /// There was no time left.
    #[error("there was no time left to delete everything; the next call goes on")]
    OutOfTime,
    /// A call failed.
    #[error(transparent)]
    Control(#[from] ControlError),
}

/// Undoes what a run did to a function. Returns what could not or must not be undone.
pub async fn undo(
    api: &impl LambdaApi,
    deadline: Deadline,
    function: &FunctionReference,
    execution: &ExecutionArn,
    may_have_set: MayHaveSet<'_>,
    steps: Steps,
) -> Result<Vec<String>, UndoError> {
    let Some((journal, lock)) = lock::held_by(api, function, execution).await? else {
        return Ok(Vec::new());
    };
    let unqualified = FunctionReference { qualifier: None, ..function.clone() };
    let function = match latest::settled(api, &unqualified).await {
        Ok(latest) => latest.function,
        Err(error) if error.is(ApiErrorKind::NotFound) => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    if steps == Steps::Interrupted {
        lock::close(api, &function, &lock, &journal).await?;
    }
    let mut warnings = Vec::new();
    if let Restored::LeftAlone(memory) = latest::restore(api, &function, &journal, may_have_set, steps).await? {
        warnings.push(format!(
            "$LATEST was left at {memory}: somebody set that during the run, which had begun at {}",
            journal.memory
        ));
    }
    delete_aliases(api, deadline, &function, &journal).await?;
    warnings.extend(delete_versions(api, deadline, &function, &journal).await?);
    // Somebody else may have cleaned up at the same time, and another run have taken the lock since.
    if lock::held_by(api, &unqualified, execution).await?.is_some() {
        lock::free(api, &function).await?;
    }
    Ok(warnings)
}

async fn delete_aliases(
    api: &impl LambdaApi,
    deadline: Deadline,
    function: &FunctionArn,
    journal: &Journal,
) -> Result<(), UndoError> {
    for alias in own::aliases(api, function, journal).await? {
        in_time(deadline)?;
        api.delete_alias(function, &alias.name).await.map_err(ControlError::from)?;
        tracing::info!(%function, alias = %alias.name, "deleted an alias");
    }
    Ok(())
}

/// Deletes the run's versions. One that somebody else points an alias at, or uses otherwise, is theirs now.
async fn delete_versions(
    api: &impl LambdaApi,
    deadline: Deadline,
    function: &FunctionArn,
    journal: &Journal,
) -> Result<Vec<String>, UndoError> {
    let mut kept = Vec::new();
    for version in own::disposable(api, function, journal).await? {
        in_time(deadline)?;
        if delete_version(api, function, &version).await? {
            continue;
        }
        // A step that was interrupted may have pointed one more alias of the run at it.
        delete_aliases(api, deadline, function, journal).await?;
        if !delete_version(api, function, &version).await? && !is_the_optimum(journal, &version) {
            let users = aliases_of(api, function, AliasTarget::Version(version.number)).await?;
            kept.push(format!("version {} was kept, because it is in use: {users}", version.number));
        }
    }
    Ok(kept)
}

/// Whether the version could be deleted; it cannot while it is in use.
async fn delete_version(api: &impl LambdaApi, function: &FunctionArn, version: &Version) -> Result<bool, ControlError> {
    match api.delete_version(function, version.number).await {
        Ok(()) => {
            tracing::info!(%function, version = %version.number, "deleted a version");
            Ok(true)
        }
        Err(error) if error.kind == ApiErrorKind::Conflict => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn is_the_optimum(journal: &Journal, version: &Version) -> bool {
    OptimumMark(journal.execution.clone()).is_on(&version.description)
}

async fn aliases_of(api: &impl LambdaApi, function: &FunctionArn, target: AliasTarget) -> Result<String, ControlError> {
    let aliases: Vec<Alias> = api.aliases(function).await?;
    let names: Vec<String> =
        aliases.iter().filter(|alias| alias.target == target).map(|alias| alias.name.to_string()).collect();
    Ok(if names.is_empty() { "AWS does not say by whom".to_owned() } else { format!("alias {}", names.join(", ")) })
}

fn in_time(deadline: Deadline) -> Result<(), UndoError> {
    if deadline.allows(TIME_FOR_ONE) { Ok(()) } else { Err(UndoError::OutOfTime) }
}
