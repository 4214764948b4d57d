//! What a run made on the function: versions and aliases that carry its mark.

use tuning::{
    arn::{ExecutionArn, FunctionArn},
    journal::{Journal, Mark, OptimumMark},
};

use crate::{
    api::{Alias, LambdaApi, Version},
    error::ControlError,
};

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

/// Whether a run has published what has this description, and nobody may need it: its own versions, and the optimum that it
/// published for the user's alias, which the alias protects once it points there.
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
