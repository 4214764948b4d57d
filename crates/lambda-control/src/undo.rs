//! Undoing what a run did to a function.
//!
//! It works from the journal on the function, not from what steps reported, so that it can be done twice, in any state, and
//! finds what a step made that died before it could say so. The lock goes last: as long as something is left, so is the
//! journal that says what.

use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tuning::{
    arn::{ExecutionArn, FunctionArn, FunctionReference},
    journal::{Journal, OptimumMark},
};

use crate::{
    api::{Alias, AliasTarget, ApiErrorKind, LambdaApi, Version},
    deadline::Deadline,
    error::ControlError,
    latest::{self, After, MayHaveSet, Restored, Steps},
    lock, own,
};

/// What one more deletion may take.
pub const TIME_FOR_ONE: Duration = Duration::from_secs(10);

/// How many deletions are under way at a time. An account has 15 such calls a second in all.
const AT_ONCE: usize = 3;

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
    let latest = match latest::settled(api, &unqualified).await {
        Ok(latest) => latest,
        Err(error) if error.is(ApiErrorKind::NotFound) => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let function = latest.function.clone();
    let after = match steps {
        Steps::Over => After::Steps(Box::new(latest)),
        Steps::Interrupted => {
            lock::close(api, &function, &lock, &journal).await?;
            After::Interruption
        }
    };
    let mut warnings = Vec::new();
    if let Restored::LeftAlone(memory) = latest::restore(api, &function, &journal, may_have_set, after).await? {
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
    let aliases = own::aliases(api, function, journal).await?;
    let deleted = aliases.iter().map(|alias| async {
        in_time(deadline)?;
        api.delete_alias(function, &alias.name).await.map_err(ControlError::from)?;
        tracing::info!(%function, alias = %alias.name, "deleted an alias");
        Ok(())
    });
    stream::iter(deleted).buffer_unordered(AT_ONCE).try_collect().await
}

/// Deletes the run's versions. One that somebody else points an alias at, or uses otherwise, is theirs now.
async fn delete_versions(
    api: &impl LambdaApi,
    deadline: Deadline,
    function: &FunctionArn,
    journal: &Journal,
) -> Result<Vec<String>, UndoError> {
    let versions = own::disposable(api, function, journal).await?;
    let kept = versions.iter().map(|version| delete_or_keep(api, deadline, function, (journal, version)));
    let kept: Vec<Option<String>> = stream::iter(kept).buffered(AT_ONCE).try_collect().await?;
    Ok(kept.into_iter().flatten().collect())
}

/// Says why a version was kept, if it was.
async fn delete_or_keep(
    api: &impl LambdaApi,
    deadline: Deadline,
    function: &FunctionArn,
    (journal, version): (&Journal, &Version),
) -> Result<Option<String>, UndoError> {
    in_time(deadline)?;
    if delete_version(api, function, version).await? {
        return Ok(None);
    }
    // A step that was interrupted may have pointed one more alias of the run at it.
    delete_aliases(api, deadline, function, journal).await?;
    if delete_version(api, function, version).await? || is_the_optimum(journal, version) {
        return Ok(None);
    }
    let users = aliases_of(api, function, AliasTarget::Version(version.number)).await?;
    Ok(Some(format!("version {} was kept, because it is in use: {users}", version.number)))
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
