//! The Cleaner: puts $LATEST back, deletes what this run created, frees the lock.
//!
//! It works from the journal on the function, not from what earlier steps reported, so that it can be called twice, in any
//! state, and finds what a step made that died before it could say so. The lock goes last: as long as something is left,
//! so is the journal that says what.

mod error;

use std::time::Duration;

use lambda_control::{
    ControlError, Deadline, LambdaApi,
    api::{Alias, AliasTarget, ApiErrorKind},
    latest::{self, Restored},
    lock, own,
};
use tuning::{
    arn::{ExecutionArn, FunctionArn, FunctionReference},
    journal::Journal,
    plan::Plan,
    step::cleaner::{Failure, Input, Output},
};

pub use error::Error;

/// What one more deletion may take.
const TIME_FOR_ONE: Duration = Duration::from_secs(10);

/// Cleans up after a run, and says how the execution is to end.
pub async fn handle(api: &impl LambdaApi, deadline: Deadline, input: Input) -> Result<Output, Error> {
    let api = &api.acting_as(input.role());
    let warnings = match input.function() {
        Some(function) => undo(api, deadline, &function, &input.execution, input.state.plan.as_ref()).await?,
        None => Vec::new(),
    };
    Ok(match (input.state.error, input.state.analysis) {
        (Some(error), _) => Output::Failed(explain(error.into(), &warnings)),
        (None, Some(mut analysis)) => {
            analysis.outcome.warn(warnings);
            Output::Succeeded(analysis.outcome)
        }
        (None, None) => Output::Cleaned { warnings },
    })
}

/// Adds to the cause of a failure what could not be undone.
fn explain(failure: Failure, warnings: &[String]) -> Failure {
    let cause =
        warnings.iter().fold(failure.cause, |cause, warning| format!("{}. {warning}", cause.trim_end_matches('.')));
    Failure { cause, ..failure }
}

/// Undoes what a run did to a function. Returns what could not or must not be undone.
async fn undo(
    api: &impl LambdaApi,
    deadline: Deadline,
    function: &FunctionReference,
    execution: &ExecutionArn,
    plan: Option<&Plan>,
) -> Result<Vec<String>, Error> {
    let Some((journal, _)) = lock::held_by(api, function, execution).await? else {
        return Ok(Vec::new());
    };
    let unqualified = FunctionReference { qualifier: None, ..function.clone() };
    let function = match latest::settled(api, &unqualified).await {
        Ok(latest) => latest.function,
        Err(error) if error.is(ApiErrorKind::NotFound) => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let mut warnings = Vec::new();
    if let Restored::LeftAlone(memory) = latest::restore(api, &function, &journal, plan).await? {
        warnings.push(format!(
            "$LATEST was left at {memory}: somebody set that during the run, which had begun at {}",
            journal.memory
        ));
    }
    delete_aliases(api, deadline, &function, &journal).await?;
    warnings.extend(delete_versions(api, deadline, &function, &journal).await?);
    lock::free(api, &function).await?;
    Ok(warnings)
}

async fn delete_aliases(
    api: &impl LambdaApi,
    deadline: Deadline,
    function: &FunctionArn,
    journal: &Journal,
) -> Result<(), Error> {
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
) -> Result<Vec<String>, Error> {
    let versions = own::versions(api, function, journal).await?;
    let mut kept = Vec::new();
    for version in versions {
        in_time(deadline)?;
        match api.delete_version(function, version.number).await {
            Ok(()) => tracing::info!(%function, version = %version.number, "deleted a version"),
            Err(error) if error.kind == ApiErrorKind::Conflict => {
                let users = aliases_of(api, function, AliasTarget::Version(version.number)).await?;
                kept.push(format!("version {} was kept, because it is in use: {users}", version.number));
            }
            Err(error) => return Err(ControlError::from(error).into()),
        }
    }
    Ok(kept)
}

async fn aliases_of(api: &impl LambdaApi, function: &FunctionArn, target: AliasTarget) -> Result<String, Error> {
    let aliases: Vec<Alias> = api.aliases(function).await.map_err(ControlError::from)?;
    let names: Vec<String> =
        aliases.iter().filter(|alias| alias.target == target).map(|alias| alias.name.to_string()).collect();
    Ok(if names.is_empty() { "AWS does not say by whom".to_owned() } else { format!("alias {}", names.join(", ")) })
}

fn in_time(deadline: Deadline) -> Result<(), Error> {
    if deadline.allows(TIME_FOR_ONE) { Ok(()) } else { Err(Error::Incomplete) }
}

#[cfg(test)]
mod tests;
