//! The Publisher: sets $LATEST to each power value in turn, publishes a version, points an alias at it, and puts $LATEST
//! back; as many as its deadline allows. The state machine calls it again while it says that versions are left.
//!
//! It can be called again at any point, also after it was killed: what an earlier call made is found by its mark.

mod error;

use std::time::Duration;

use lambda_control::{
    ControlError, Deadline, LambdaApi,
    api::{AliasTarget, ApiErrorKind, Configuration, State, Version},
    latest, own,
};
use tuning::{
    alias_name::AliasName,
    arn::FunctionReference,
    failure::OnFailure,
    plan::{AutoOptimize, Plan},
    power::Power,
    round::{Refusal, Round},
    step::publisher::{Input, Next, Publication, Target},
    version::VersionNumber,
};

pub use error::Error;

/// What publishing one more version and putting $LATEST back may take.
const TIME_FOR_ONE: Duration = Duration::from_secs(30);
/// How often the state machine waits for snapshots: at 15 s each, half an hour.
const MOST_WAITS: u32 = 120;

/// Publishes the versions that are left.
pub async fn handle(api: &impl LambdaApi, deadline: Deadline, input: Input) -> Result<Publication, Error> {
    let Input { plan, round, publication, retries } = input;
    let mut publication = publication.of_round(round.number);
    let api = &api.acting_as(plan.request.assume_role.as_ref());
    deadline.within(&plan)?;
    publication.calls += 1;
    publication.retries += retries;
    // Boxed: with what the SDK does inside of each call, the future would be too deep for the compiler.
    publication.next = Box::pin(publish(api, deadline, (&plan, &round), &mut publication)).await?;
    if publication.next == Next::Measure && plan.before.snap_start && !are_active(api, &plan, &publication).await? {
        publication.next = Next::Wait;
        publication.waits += 1;
        if publication.waits > MOST_WAITS {
            return Err(Error::StillPending { function: plan.function.to_string() });
        }
    }
    Ok(publication)
}

async fn publish(
    api: &impl LambdaApi,
    deadline: Deadline,
    (plan, round): (&Plan, &Round),
    publication: &mut Publication,
) -> Result<Next, ControlError> {
    adopt(api, (plan, round), &mut publication.targets).await?;
    let mut known: Option<Configuration> = None;
    // Power values take turns, so that each version differs from the one before: otherwise nothing would be published.
    for turn in 0..round.sampling.versions() as usize {
        for &power in &round.power_values {
            let is_refused = publication.refused.iter().any(|refusal| refusal.power == power);
            if is_refused || published(&publication.targets, power).len() > turn {
                continue;
            }
            // The first one is always tried, so that every call gets ahead.
            if known.is_some() && !deadline.allows(TIME_FOR_ONE) {
                latest::set_memory(api, plan, known, plan.before.memory).await?;
                return Ok(Next::Publish);
            }
            match publish_one(api, (plan, round), known.take(), power, &publication.targets).await {
                Ok((version, latest)) => {
                    known = Some(latest);
                    add(api, plan, &mut publication.targets, power, version.number).await?;
                }
                Err(ControlError::Api { error })
                    if error.kind == ApiErrorKind::MemoryNotAllowed
                        && plan.request.failures.on_failure == OnFailure::Skip =>
                {
                    tracing::warn!(function = %plan.function, %power, %error, "left a power value out");
                    publication.refused.push(Refusal { power, reason: error.message });
                }
                Err(error) => return Err(error),
            }
        }
    }
    latest::set_memory(api, plan, known, plan.before.memory).await?;
    Ok(Next::Measure)
}

/// Publishes a power value, as a version that this round has not got yet.
async fn publish_one(
    api: &impl LambdaApi,
    (plan, round): (&Plan, &Round),
    known: Option<Configuration>,
    power: Power,
    targets: &[Target],
) -> Result<(Version, Configuration), ControlError> {
    let mark = plan.mark().to_string();
    let taken = published(targets, power);
    let is_new = |version: &Version| version.number > round.after && !taken.contains(&version.number);
    own::publish_new(api, plan, known, power, Some(&mark), is_new).await
}

/// Takes up the versions that an earlier call made and could not report.
async fn adopt(
    api: &impl LambdaApi,
    (plan, round): (&Plan, &Round),
    targets: &mut Vec<Target>,
) -> Result<(), ControlError> {
    let wanted = round.sampling.versions() as usize;
    for version in own::versions(api, &plan.function, &plan.journal(plan.before.memory)).await? {
        let known = published(targets, version.memory);
        let is_of_round = version.number > round.after && round.power_values.contains(&version.memory);
        let is_wanted = is_of_round && known.len() < wanted;
        if is_wanted && !known.contains(&version.number) {
            add(api, plan, targets, version.memory, version.number).await?;
        }
    }
    Ok(())
}

fn published(targets: &[Target], power: Power) -> &[VersionNumber] {
    targets.iter().find(|target| target.power == power).map_or(&[], |target| &target.versions)
}

/// Adds a version to its power value; an alias points at the first one.
async fn add(
    api: &impl LambdaApi,
    plan: &Plan,
    targets: &mut Vec<Target>,
    power: Power,
    version: VersionNumber,
) -> Result<(), ControlError> {
    if let Some(target) = targets.iter_mut().find(|target| target.power == power) {
        target.versions.push(version);
        return Ok(());
    }
    point_alias(api, plan, power, version).await?;
    targets.push(Target { power, versions: vec![version] });
    Ok(())
}

/// Whether every version can be invoked: a snapshot takes minutes.
async fn are_active(api: &impl LambdaApi, plan: &Plan, publication: &Publication) -> Result<bool, Error> {
    for version in publication.targets.iter().flat_map(|target| &target.versions) {
        let qualifier = Some(version.to_string());
        let reference = FunctionReference { qualifier, ..(&plan.function).into() };
        match api.configuration(&reference).await.map_err(ControlError::from)?.state {
            State::Active => {}
            State::Pending => return Ok(false),
            State::Unusable { reason } => {
                return Err(Error::Unusable { function: plan.function.to_string(), version: *version, reason });
            }
        }
    }
    Ok(true)
}

/// Points an alias at a version: `RAM<power>`, or another name where that one is somebody else's.
async fn point_alias(
    api: &impl LambdaApi,
    plan: &Plan,
    power: Power,
    version: VersionNumber,
) -> Result<(), ControlError> {
    let mark = plan.mark();
    let names = [AliasName::for_power(power), AliasName::for_power_and_version(power, version)];
    let wanted_by_the_user = |name: &AliasName| plan.request.auto_optimize == AutoOptimize::Alias(name.clone());
    for name in names.iter().filter(|name| !wanted_by_the_user(name)) {
        match api.create_alias(&plan.function, name, AliasTarget::Version(version), &mark.to_string()).await {
            Ok(()) => {
                tracing::info!(function = %plan.function, alias = %name, %version, "created an alias");
                return Ok(());
            }
            Err(error) if error.kind == ApiErrorKind::Conflict => {
                let existing = api.alias(&(&plan.function).into(), name).await?;
                if mark.is_on(&existing.description) && existing.target == AliasTarget::Version(version) {
                    return Ok(());
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
    let what = format!("the aliases {} and {} are both taken", names[0], names[1]);
    Err(ControlError::Changed { function: plan.function.to_string(), what })
}

#[cfg(test)]
mod tests;
