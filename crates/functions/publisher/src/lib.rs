//! The Publisher: sets $LATEST to each memory size in turn, publishes a version, points an alias at it, and puts
//! $LATEST back; as many as its deadline allows. The state machine calls it again while it says that versions are left.
//!
//! It can be called again at any point, also after it was killed: what a call made that could not say so is found by
//! its mark.

mod error;

use std::time::Duration;

use aws::{
    LambdaApi,
    api::{AliasTarget, ApiErrorKind, State, Version},
};
use custody::{ControlError, Deadline, Left, Locked, published, retry::Backoff};
use futures_util::future::join;
use tokio::time::sleep;
use tuning::{
    contract::step::publisher::{Input, KnownLatest, Next, Publication, Target},
    run::{
        failure::OnFailure,
        plan::{AutoOptimize, Plan},
        round::{Refusal, Round},
    },
    units::{alias_name::AliasName, arn::FunctionReference, power::Power, version::VersionNumber},
};

pub use error::Error;

/// The time that publishing one more version and putting $LATEST back may take.
const TIME_FOR_ONE: Duration = Duration::from_secs(30);
/// Pauses before an alias is tried again that could not be created while $LATEST was being updated.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
const ATTEMPTS: usize = 20;
/// The greatest number of times that the state machine waits for snapshots: at 15 s each, half an hour.
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
    if retries > 0 {
        adopt(api, &plan, &round, &mut publication.targets).await?;
    }
    publication.next =
        Box::pin(publish(api, deadline, &plan, &round, &mut publication, Left::before_retry(retries))).await?;
    if publication.next == Next::Measure && plan.before.snap_start && !are_active(api, &plan, &publication).await? {
        publication.next = Next::Wait;
        publication.waits += 1;
        if publication.waits > MOST_WAITS {
            return Err(Error::StillPending { function: plan.function.to_string() });
        }
    }
    if publication.next == Next::Measure {
        publication.measure_at_most(plan.request.values_at_a_time);
    }
    Ok(publication)
}

async fn publish(
    api: &impl LambdaApi,
    deadline: Deadline,
    plan: &Plan,
    round: &Round,
    publication: &mut Publication,
    left: Left,
) -> Result<Next, ControlError> {
    let mut latest = Locked::new(api, plan, publication.latest.take(), left);
    // What was published last: its alias is made while the next one is published.
    let mut unpointed = None;
    let mut is_first = true;
    // Memory sizes take turns, so that each version differs from the one before: otherwise nothing would be published.
    for turn in 0..round.sampling.versions() as usize {
        for &power in &round.power_values {
            if publication.refused.contains(power) || published(&publication.targets, power).len() > turn {
                continue;
            }
            // The first one is always tried, so that every call gets ahead.
            if !is_first && !deadline.allows(TIME_FOR_ONE) {
                publication.latest = finish(api, latest, plan, unpointed).await?;
                return Ok(Next::Publish);
            }
            is_first = false;
            let publishing = publish_one(&mut latest, plan, round, power, &publication.targets);
            let (pointed, version) = join(point(api, plan, unpointed), publishing).await;
            pointed?;
            unpointed = None;
            match version {
                Ok(number) => unpointed = add(&mut publication.targets, power, number),
                Err(ControlError::Api { error })
                    if error.kind == ApiErrorKind::MemoryNotAllowed
                        && plan.request.failures.on_failure == OnFailure::Skip =>
                {
                    tracing::warn!(function = %plan.function, %power, %error, "left a memory size out");
                    publication.refused.push(Refusal { power, reason: error.message });
                }
                Err(error) => return Err(error),
            }
        }
    }
    publication.latest = finish(api, latest, plan, unpointed).await?;
    Ok(Next::Measure)
}
/// Publishes a memory size, as a version that this round has not got yet.
async fn publish_one(
    latest: &mut Locked<'_, impl LambdaApi>,
    plan: &Plan,
    round: &Round,
    power: Power,
    targets: &[Target],
) -> Result<VersionNumber, ControlError> {
    let (taken, mark) = (published(targets, power), plan.mark());
    // AWS may hand back the last version though it was deleted since: what is neither this run's nor was there before
    // it.
    let exists = |version: &Version| version.number <= plan.before.highest_version || mark.is_on(&version.description);
    let is_new =
        |version: &Version| version.number > round.after && !taken.contains(&version.number) && exists(version);
    latest.publish_new(power, &mark.to_string(), is_new).await
}

/// Puts $LATEST back while the last alias is made.
async fn finish<A: LambdaApi>(
    api: &A,
    mut latest: Locked<'_, A>,
    plan: &Plan,
    unpointed: Option<Unpointed>,
) -> Result<Option<KnownLatest>, ControlError> {
    let (pointed, put_back) = join(point(api, plan, unpointed), latest.put_back()).await;
    pointed?;
    put_back?;
    Ok(latest.known())
}

/// Takes up the versions that an earlier call made and could not report.
async fn adopt(
    api: &impl LambdaApi,
    plan: &Plan,
    round: &Round,
    targets: &mut Vec<Target>,
) -> Result<(), ControlError> {
    let wanted = round.sampling.versions() as usize;
    for version in published::versions(api, &plan.function, &plan.journal(plan.before.memory)).await? {
        let known = published(targets, version.memory);
        let is_of_round = version.number > round.after && round.power_values.contains(&version.memory);
        let is_wanted = is_of_round && known.len() < wanted;
        if is_wanted && !known.contains(&version.number) {
            point(api, plan, add(targets, version.memory, version.number)).await?;
        }
    }
    Ok(())
}

fn published(targets: &[Target], power: Power) -> &[VersionNumber] {
    targets.iter().find(|target| target.power == power).map_or(&[], |target| &target.versions)
}

/// The first version of a memory size, which no alias points at yet.
#[derive(Debug, Clone, Copy)]
struct Unpointed {
    power: Power,
    version: VersionNumber,
}

/// Adds a version to its memory size. An alias is to point at the first one.
fn add(targets: &mut Vec<Target>, power: Power, version: VersionNumber) -> Option<Unpointed> {
    if let Some(target) = targets.iter_mut().find(|target| target.power == power) {
        target.versions.push(version);
        return None;
    }
    targets.push(Target::new(power, vec![version]));
    Some(Unpointed { power, version })
}

/// Returns true if every version can be invoked: a snapshot takes minutes.
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
async fn point(api: &impl LambdaApi, plan: &Plan, unpointed: Option<Unpointed>) -> Result<(), ControlError> {
    let Some(Unpointed { power, version }) = unpointed else { return Ok(()) };
    let names = [AliasName::for_power(power), AliasName::for_power_and_version(power, version)];
    let wanted_by_the_user = |name: &AliasName| plan.request.auto_optimize == AutoOptimize::Alias(name.clone());
    for name in names.iter().filter(|name| !wanted_by_the_user(name)) {
        if create_alias(api, plan, name, version).await? {
            tracing::info!(function = %plan.function, alias = %name, %version, "created an alias");
            return Ok(());
        }
    }
    let what = format!("the aliases {} and {} are both taken", names[0], names[1]);
    Err(ControlError::Changed { function: plan.function.to_string(), what })
}

/// Creates an alias, or finds that it has been created; false if the name is somebody else's. AWS may refuse it, too,
/// while $LATEST is being updated.
async fn create_alias(
    api: &impl LambdaApi,
    plan: &Plan,
    name: &AliasName,
    version: VersionNumber,
) -> Result<bool, ControlError> {
    let mark = plan.mark();
    for pause in Backoff::new(FIRST_PAUSE, LONGEST_PAUSE, fastrand::Rng::new()).take(ATTEMPTS) {
        match api.create_alias(&plan.function, name, AliasTarget::Version(version), &mark.to_string()).await {
            Ok(_) => return Ok(true),
            Err(error) if error.kind == ApiErrorKind::Conflict => {}
            // The version is there: it was published a moment ago.
            Err(error) if error.kind == ApiErrorKind::NotFound => {
                sleep(pause).await;
                continue;
            }
            Err(error) => return Err(error.into()),
        }
        match api.alias(&(&plan.function).into(), name).await {
            Ok(taken) => return Ok(mark.is_on(&taken.description) && taken.target == AliasTarget::Version(version)),
            Err(error) if error.kind == ApiErrorKind::NotFound => sleep(pause).await,
            Err(error) => return Err(error.into()),
        }
    }
    let what = format!("the alias {name} could not be created, and is not there");
    Err(ControlError::Changed { function: plan.function.to_string(), what })
}

#[cfg(test)]
mod tests;
