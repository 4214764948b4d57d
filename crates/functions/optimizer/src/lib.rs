//! The Optimizer: leaves the function at the winner, on $LATEST or behind an alias.

use aws::{
    LambdaApi,
    api::{AliasChange, AliasTarget, ApiErrorKind, Version},
};
use custody::{
    ControlError, Left, Locked, alias,
    lock::{self, OfRun},
    undo,
};
use tuning::{
    contract::{
        error_name::ErrorName,
        outcome::Applied,
        step::optimizer::{Input, Output},
    },
    run::{
        journal::Journal,
        plan::{AutoOptimize, Plan},
    },
    units::{alias_name::AliasName, arn::FunctionReference, power::Power, version::VersionNumber},
};

/// Applies the decision. If somebody has changed the function, $LATEST is as this found it when it fails.
pub async fn handle(api: &impl LambdaApi, input: Input) -> Result<Output, ControlError> {
    let Input { plan, winner, retries } = input;
    let api = &api.acting_as(plan.request.assume_role.as_ref());
    let mut latest = Locked::new(api, &plan, None, Left::before_retry(retries));
    let applied = match &plan.request.auto_optimize {
        AutoOptimize::Off => Ok(None),
        AutoOptimize::Latest => {
            latest = latest.accepting(winner);
            set_latest(api, &plan, winner, &mut latest).await.map(Some)
        }
        AutoOptimize::Alias(alias) => move_alias(api, &plan, alias, winner, &mut latest).await.map(Some),
    };
    if let Err(error) = &applied
        && error.name() == ErrorName::FunctionChanged
        && latest.is_touched()
    {
        // By another name, so that the Cleaner does not take it for put back.
        let undone = undo::put_back_at_once(api, &plan, &[winner, plan.spacer(winner)]).await;
        undone.map_err(|error| ControlError::UpdateFailed {
            function: plan.function.to_string(),
            reason: error.to_string(),
        })?;
    }
    let applied = applied?;
    if let Some(applied) = &applied {
        tracing::info!(function = %plan.function, %applied, "optimized");
    }
    Ok(Output { applied, retries })
}

/// First the memory, then the journal: whatever happens in between, the function ends as it began. Who has set the
/// winner by hand meanwhile wants what this does.
async fn set_latest<A: LambdaApi>(
    api: &A,
    plan: &Plan,
    winner: Power,
    latest: &mut Locked<'_, A>,
) -> Result<Applied, ControlError> {
    let lost = || {
        let what = "this run's lock was deleted or changed".to_owned();
        ControlError::Changed { function: plan.function.to_string(), what }
    };
    let OfRun::Held(lock) = lock::of_run(api, &(&plan.function).into(), &plan.execution).await? else {
        return Err(lost());
    };
    latest.set_memory(winner).await?;
    if lock::rewrite(api, &plan.function, &lock, &Journal { memory: winner, ..lock.journal.clone() }).await? {
        Ok(Applied::Latest { memory: winner, memory_before: plan.before.memory })
    } else {
        Err(lost())
    }
}

/// Publishes the winner as the user's own version, puts $LATEST back, and points the alias at the version.
async fn move_alias<A: LambdaApi>(
    api: &A,
    plan: &Plan,
    alias: &AliasName,
    winner: Power,
    latest: &mut Locked<'_, A>,
) -> Result<Applied, ControlError> {
    let version = publish_winner(plan, winner, latest).await?;
    let version_before = point(api, plan, alias, version).await?;
    Ok(Applied::Alias { alias: alias.clone(), version, version_before, memory: winner })
}

/// The version has a mark of its own, by which the Cleaner finds it if the alias was never pointed at it. When nothing
/// has changed since the last version was published, Lambda hands that one back: it has another mark, or is somebody
/// else's, or was deleted.
async fn publish_winner(
    plan: &Plan,
    winner: Power,
    latest: &mut Locked<'_, impl LambdaApi>,
) -> Result<VersionNumber, ControlError> {
    let optimum = plan.optimum_mark();
    let is_new = |version: &Version| optimum.is_on(&version.description);
    let version = latest.publish_new(winner, &optimum.to_string(), is_new).await?;
    latest.put_back().await?;
    Ok(version)
}

/// Creates or moves the alias, and returns the version that it pointed at. If neither works, nobody would ever delete
/// the new version: it is deleted here.
async fn point(
    api: &impl LambdaApi,
    plan: &Plan,
    alias: &AliasName,
    version: VersionNumber,
) -> Result<Option<VersionNumber>, ControlError> {
    let moved = create_or_move(api, plan, alias, version).await;
    if moved.is_err() && version > plan.before.highest_version {
        let _ = api.delete_version(&plan.function, version).await;
    }
    moved
}

async fn create_or_move(
    api: &impl LambdaApi,
    plan: &Plan,
    name: &AliasName,
    version: VersionNumber,
) -> Result<Option<VersionNumber>, ControlError> {
    match api.create_alias(&plan.function, name, AliasTarget::Version(version), "").await {
        Ok(_) => Ok(None),
        Err(error) if error.kind == ApiErrorKind::Conflict => {
            let existing = api.alias(&(&plan.function).into(), name).await?;
            let before = match existing.target {
                AliasTarget::Version(before) if before != version => Some(before),
                AliasTarget::Latest => None,
                AliasTarget::Version(_) => return Ok(None),
            };
            // Somebody may have moved it since the run began.
            let published = FunctionReference { qualifier: Some(version.to_string()), ..(&plan.function).into() };
            let code = api.configuration(&published).await?.code;
            alias::must_release(api, &plan.function, &existing, &code).await?;
            alias::change(api, &plan.function, &existing, AliasChange::Target(version)).await?;
            Ok(before)
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests;
