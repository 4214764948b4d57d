//! The versions and aliases that a run made on the function, which carry its mark.

use std::time::Duration;

use aws::api::{Alias, ApiErrorKind, LambdaApi, Version};
use tokio::time::sleep;
use tuning::{
    run::journal::{Journal, Mark, OptimumMark},
    units::{
        alias_name::AliasName,
        arn::{ExecutionArn, FunctionArn},
    },
};

use crate::{error::ControlError, retry::Backoff};

/// The number of times that a request to delete an alias is made again, and the bounds of the pauses before.
const REPETITIONS: usize = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The versions of a run: they carry its mark, and were published after it began.
pub async fn versions(
    api: &impl LambdaApi,
    function: &FunctionArn,
    journal: &Journal,
) -> Result<Vec<Version>, ControlError> {
    let mark = Mark(journal.execution.clone());
    let mut versions = published_since(api, function, journal).await?;
    versions.retain(|version| mark.is_on(&version.description));
    Ok(versions)
}

/// The versions that were published since a run began, by whomever.
pub async fn published_since(
    api: &impl LambdaApi,
    function: &FunctionArn,
    journal: &Journal,
) -> Result<Vec<Version>, ControlError> {
    let mut versions = api.versions(function).await?;
    versions.retain(|version| version.number > journal.highest_version);
    Ok(versions)
}

/// Returns true if a run has published what has this description, and nobody may need it: its own versions, and the
/// optimum that it published for the user's alias, which the alias protects once it points there.
#[must_use]
pub fn is_disposable(execution: &ExecutionArn, description: &str) -> bool {
    Mark(execution.clone()).is_on(description) || OptimumMark(execution.clone()).is_on(description)
}

/// The aliases of a run, except for its lock: they carry its mark.
pub async fn aliases(
    api: &impl LambdaApi,
    function: &FunctionArn,
    journal: &Journal,
) -> Result<Vec<Alias>, ControlError> {
    let mark = Mark(journal.execution.clone());
    Ok(api.aliases(function).await?.into_iter().filter(|alias| mark.is_on(&alias.description)).collect())
}

/// The runs whose marks stand on versions and aliases, a run as often as its mark.
pub async fn marks(api: &impl LambdaApi, function: &FunctionArn) -> Result<Vec<ExecutionArn>, ControlError> {
    let aliases = api.aliases(function).await?.into_iter().map(|alias| alias.description);
    let versions = api.versions(function).await?.into_iter().map(|version| version.description);
    Ok(aliases.chain(versions).filter_map(|description| Mark::read(&description)).map(|Mark(run)| run).collect())
}

/// Deletes an alias of a run. Before a request is made again, the alias is looked at: it may be somebody else's by
/// then.
pub async fn delete_alias(
    api: &impl LambdaApi,
    function: &FunctionArn,
    name: &AliasName,
    execution: &ExecutionArn,
) -> Result<(), ControlError> {
    let mut pauses = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE, fastrand::Rng::new()).take(REPETITIONS);
    while let Err(error) = api.delete_alias(function, name).await {
        let is_transient = matches!(error.kind, ApiErrorKind::Throttled | ApiErrorKind::Unclear);
        let Some(pause) = pauses.next().filter(|_| is_transient) else { return Err(error.into()) };
        sleep(pause).await;
        if !has_alias(api, function, name, execution).await? {
            return Ok(());
        }
    }
    tracing::info!(%function, alias = %name, "deleted an alias");
    Ok(())
}

/// Looks whether there is an alias of this name that a run has made.
pub async fn has_alias(
    api: &impl LambdaApi,
    function: &FunctionArn,
    name: &AliasName,
    execution: &ExecutionArn,
) -> Result<bool, ControlError> {
    match api.alias(&function.into(), name).await {
        Ok(alias) => Ok(Mark(execution.clone()).is_on(&alias.description)),
        Err(error) if error.kind == ApiErrorKind::NotFound => Ok(false),
        Err(error) => Err(error.into()),
    }
}
