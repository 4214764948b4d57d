//! The Optimizer: leaves the function at the winner, on $LATEST or behind an alias.

use lambda_control::{
    ControlError, LambdaApi, Left, Locked, alias,
    api::{AliasChange, AliasTarget, ApiErrorKind, Version},
    lock::{self, OfRun},
};
use tuning::{
    alias_name::AliasName,
    arn::FunctionReference,
    journal::Journal,
    plan::{AutoOptimize, Plan},
    power::Power,
    step::optimizer::{Input, Output},
    version::VersionNumber,
};

/// Applies the decision.
pub async fn handle(api: &impl LambdaApi, input: Input) -> Result<Output, ControlError> {
    let Input { plan, winner, retries } = input;
    let left = Left::before_retry(retries);
    let api = &api.acting_as(plan.request.assume_role.as_ref());
    let applied = match &plan.request.auto_optimize {
        AutoOptimize::Off => "nothing was to be changed".to_owned(),
        AutoOptimize::Latest => {
            set_latest(api, &plan, winner, left).await?;
            format!("$LATEST now has {winner}")
        }
        AutoOptimize::Alias(alias) => {
            let version = publish_winner(api, &plan, winner, left).await?;
            point(api, &plan, alias, version).await?;
            format!("the alias {alias} now points at version {version} with {winner}")
        }
    };
    tracing::info!(function = %plan.function, %applied, "optimized");
    Ok(Output { applied, retries })
}

/// First the memory, then the journal: whatever happens in between, the function ends as it began. Who has set the
/// winner by hand meanwhile wants what this does.
async fn set_latest(api: &impl LambdaApi, plan: &Plan, winner: Power, left: Left) -> Result<(), ControlError> {
    let lost = || {
        let what = "this run's lock was deleted or changed".to_owned();
        ControlError::Changed { function: plan.function.to_string(), what }
    };
    let OfRun::Held(lock) = lock::of_run(api, &(&plan.function).into(), &plan.execution).await? else {
        return Err(lost());
    };
    Locked::new(api, plan, None, left).accepting(winner).set_memory(winner).await?;
    if lock::rewrite(api, &plan.function, &lock, &Journal { memory: winner, ..lock.journal.clone() }).await? {
        Ok(())
    } else {
        Err(lost())
    }
}

/// Publishes the winner as the user's own version, and puts $LATEST back: with a mark of its own, by which the Cleaner
/// finds it if the alias was never pointed at it. When nothing has changed since the last version was published, Lambda
/// hands that one back: it has another mark, or is somebody else's, or was deleted.
async fn publish_winner(
    api: &impl LambdaApi,
    plan: &Plan,
    winner: Power,
    left: Left,
) -> Result<VersionNumber, ControlError> {
    let optimum = plan.optimum_mark();
    let is_new = |version: &Version| optimum.is_on(&version.description);
    let mut latest = Locked::new(api, plan, None, left);
    let version = latest.publish_new(winner, &optimum.to_string(), is_new).await?;
    latest.put_back().await?;
    Ok(version)
}

/// Creates or moves the alias. If neither works, nobody would ever delete the version: it is deleted here.
async fn point(
    api: &impl LambdaApi,
    plan: &Plan,
    alias: &AliasName,
    version: VersionNumber,
) -> Result<(), ControlError> {
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
) -> Result<(), ControlError> {
    match api.create_alias(&plan.function, name, AliasTarget::Version(version), "").await {
        Ok(_) => Ok(()),
        Err(error) if error.kind == ApiErrorKind::Conflict => {
            let existing = api.alias(&(&plan.function).into(), name).await?;
            if existing.target == AliasTarget::Version(version) {
                return Ok(());
            }
            // Somebody may have moved it since the run began.
            let published = FunctionReference { qualifier: Some(version.to_string()), ..(&plan.function).into() };
            let code = api.configuration(&published).await?.code;
            alias::must_release(api, &plan.function, &existing, &code).await?;
            Ok(alias::change(api, &plan.function, &existing, AliasChange::Target(version)).await?)
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests;
