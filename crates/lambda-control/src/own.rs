//! What a run made on the function: versions and aliases that carry its mark.

use tuning::{
    arn::FunctionArn,
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
    published(api, function, journal, |description| mark.is_on(description)).await
}

/// What a run has published and nobody may need: its own versions, and the optimum that it published for the user's alias,
/// which the alias protects once it points there.
pub async fn disposable(
    api: &impl LambdaApi,
    function: &FunctionArn,
    journal: &Journal,
) -> Result<Vec<Version>, ControlError> {
    let (mark, optimum) = (Mark(journal.execution.clone()), OptimumMark(journal.execution.clone()));
    published(api, function, journal, |description| mark.is_on(description) || optimum.is_on(description)).await
}

/// The versions that were published after a run began, and whose description is one of its own.
async fn published(
    api: &impl LambdaApi,
    function: &FunctionArn,
    journal: &Journal,
    is_own: impl Fn(&str) -> bool,
) -> Result<Vec<Version>, ControlError> {
    let mut versions = api.versions(function).await?;
    versions.retain(|version| version.number > journal.highest_version && is_own(&version.description));
    Ok(versions)
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
