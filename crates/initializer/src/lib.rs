//! The Initializer: checks the whole input, reads the function once, takes the lock, and returns the plan.
//!
//! Until the lock is taken nothing is changed: an input that is refused costs nothing.

mod error;

use lambda_control::{
    LambdaApi, ObjectStore,
    api::{Configuration, State},
    latest, lock,
    object_store::ObjectError,
};
use tuning::{
    arn::ExecutionArn,
    deployment::Deployment,
    input::{self, Input, PayloadObject},
    journal::Journal,
    plan::{FunctionBefore, Plan},
    s3_uri::S3Uri,
    step::{initializer, publisher::Publication},
    version::VersionNumber,
};

pub use error::Error;

/// How often the lock is taken again because the function was changed between looking at it and locking it.
const ATTEMPTS: u32 = 3;

/// Makes the plan of a run.
pub async fn handle(
    api: &(impl LambdaApi + ObjectStore),
    deployment: &Deployment,
    event: initializer::Input,
) -> Result<initializer::Output, Error> {
    let object = match input::payload_in_s3(&event.input) {
        Some(uri) => Some(payload_object(api, &uri).await?),
        None => None,
    };
    let input = Input::parse(&event.input, deployment, object)?;
    let api = &api.acting_as(input.request.assume_role.as_ref());
    let (latest, journal) = lock_function(api, &input, &event.execution).await?;
    let plan = plan(input, latest, journal, deployment);
    tracing::info!(function = %plan.function, power_values = plan.request.power_values.len(), "made the plan");
    let publication = Publication { retries: event.retries, ..Publication::default() };
    Ok(initializer::Output { plan, publication })
}

/// The payload in S3, or what is wrong with it; an error only if S3 did not say.
async fn payload_object(store: &impl ObjectStore, uri: &S3Uri) -> Result<Result<PayloadObject, String>, Error> {
    match store.object(uri).await {
        Ok(object) => Ok(Ok(PayloadObject { text: object.text, etag: object.etag })),
        Err(broken @ ObjectError::Broken { .. }) => Err(broken.into()),
        Err(refused) => Ok(Err(refused.to_string())),
    }
}

/// Locks the function. The journal must say what the function was like before this run, so that it is looked at again
/// under the lock: another run may have ended, or somebody may have deployed, in between.
async fn lock_function(
    api: &impl LambdaApi,
    input: &Input,
    execution: &ExecutionArn,
) -> Result<(Configuration, Journal), Error> {
    for _ in 0..ATTEMPTS {
        let found = tunable(api, input).await?;
        let journal = Journal {
            execution: execution.clone(),
            memory: found.memory,
            highest_version: highest_version(api, &found).await?,
        };
        let journal = lock::take(api, &found.function, journal).await?;
        let locked = latest::settled(api, &(&found.function).into()).await?;
        if locked.memory == journal.memory && locked.fingerprint == found.fingerprint {
            return Ok((locked, journal));
        }
        lock::free(api, &found.function).await?;
    }
    Err(Error::Unsteady { function: input.function.to_string() })
}

/// $LATEST, if it can be tuned. Tuning sets the memory of $LATEST, so that a version or an alias can only stand for it when
/// it has the same code.
async fn tunable(api: &impl LambdaApi, input: &Input) -> Result<Configuration, Error> {
    let mut reference = input.function.clone();
    let qualifier = reference.qualifier.take();
    let latest = latest::settled(api, &reference).await?;
    let unusable = match &latest.state {
        State::Unusable { reason } => Some(reason),
        State::Active | State::Pending => None,
    };
    if let Some(obstacle) = latest.obstacle.as_ref().or(unusable) {
        return Err(Error::NotTunable { function: latest.function.to_string(), obstacle: obstacle.clone() });
    }
    if let Some(qualifier) = qualifier {
        let named = api.configuration(&input.function).await.map_err(lambda_control::ControlError::from)?;
        if named.code != latest.code {
            return Err(Error::OtherCode { function: latest.function.to_string(), qualifier });
        }
    }
    Ok(latest)
}

async fn highest_version(api: &impl LambdaApi, found: &Configuration) -> Result<VersionNumber, Error> {
    let versions = api.versions(&found.function).await.map_err(lambda_control::ControlError::from)?;
    Ok(versions.iter().map(|version| version.number).max().unwrap_or(VersionNumber::NONE))
}

fn plan(input: Input, latest: Configuration, journal: Journal, deployment: &Deployment) -> Plan {
    let mut request = input.request;
    if request.compare_with_current && !request.power_values.contains(&journal.memory) {
        request.power_values.push(journal.memory);
        request.power_values.sort_unstable();
    }
    Plan {
        execution: journal.execution,
        function: latest.function,
        before: FunctionBefore {
            memory: journal.memory,
            architecture: latest.architecture,
            timeout: latest.timeout,
            fingerprint: latest.fingerprint,
            highest_version: journal.highest_version,
            ephemeral_storage_mb: latest.ephemeral_storage_mb,
            snap_start: latest.snap_start,
            logs: latest.logs,
        },
        request,
        visualization_url: deployment.visualization_url.clone(),
    }
}

#[cfg(test)]
mod tests;
