//! What a run made on the function: versions and aliases that carry its mark.

use tuning::{
    arn::FunctionArn,
    journal::{Journal, Mark, OptimumMark},
    plan::Plan,
    power::Power,
};

use crate::{
    api::{Alias, ApiErrorKind, Configuration, LambdaApi, Version},
    error::ControlError,
    latest::set_memory,
    lock,
};

/// How often a version is published again because the function had moved on in between.
const ATTEMPTS: u32 = 5;

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

/// Sets $LATEST to a memory size and publishes it, unless the run is being cleaned up. What Lambda hands back may be an older version: when nothing has
/// changed since it was published.
pub async fn publish(
    api: &impl LambdaApi,
    plan: &Plan,
    known: Option<Configuration>,
    memory: Power,
    description: Option<&str>,
) -> Result<(Version, Configuration), ControlError> {
    let function = &plan.function;
    let mut known = known;
    for _ in 0..ATTEMPTS {
        let current = set_memory(api, plan, known.take(), memory).await?;
        lock::must_be_open(api, plan).await?;
        match api.publish(function, &current, description).await {
            Ok(version) if version.memory == memory => {
                tracing::info!(%function, version = %version.number, %memory, "published a version");
                return Ok((version, current));
            }
            Ok(other) => {
                let what = format!("version {} was published with {} instead of {memory}", other.number, other.memory);
                return Err(ControlError::Changed { function: function.to_string(), what });
            }
            Err(error) if matches!(error.kind, ApiErrorKind::Stale | ApiErrorKind::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let what = "it changed whenever a version was to be published".to_owned();
    Err(ControlError::Changed { function: function.to_string(), what })
}

/// The same, but never an older version that does not count as `new`: then a version of another memory size is published in
/// between, which is the run's own like every other one.
pub async fn publish_new(
    api: &impl LambdaApi,
    plan: &Plan,
    known: Option<Configuration>,
    memory: Power,
    description: Option<&str>,
    is_new: impl Fn(&Version) -> bool,
) -> Result<(Version, Configuration), ControlError> {
    let (version, latest) = publish(api, plan, known, memory, description).await?;
    if is_new(&version) {
        return Ok((version, latest));
    }
    let mark = plan.mark().to_string();
    let (_, latest) = publish(api, plan, Some(latest), plan.spacer(memory), Some(&mark)).await?;
    publish(api, plan, Some(latest), memory, description).await
}
