//! The Publisher: sets $LATEST to each power value in turn, publishes a version, points an alias at it, and puts $LATEST
//! back; as many as its deadline allows. The state machine calls it again while it returns `continue`.
//!
//! It can be called again at any point, also after it was killed: what an earlier call made is found by its mark.

use std::time::Duration;

use lambda_control::{
    ControlError, Deadline, LambdaApi,
    api::{AliasTarget, ApiErrorKind},
    latest, own,
};
use tuning::{
    alias_name::AliasName,
    plan::{AutoOptimize, Plan},
    step::publisher::{Input, Publication, PublishedVersion},
};

/// What publishing one more version and putting $LATEST back may take.
const TIME_FOR_ONE: Duration = Duration::from_secs(30);

/// Publishes the power values that are left.
pub async fn handle(api: &impl LambdaApi, deadline: Deadline, input: Input) -> Result<Publication, ControlError> {
    let Input { plan, mut publication } = input;
    publication.calls += 1;
    publication.unfinished = false;
    let journal = plan.journal(plan.before.memory);
    let made = own::versions(api, &plan.function, &journal).await?;
    let is_published = |publication: &Publication, power| publication.versions.iter().any(|v| v.power == power);
    let mut known = None;
    for &power in &plan.request.power_values {
        if is_published(&publication, power) {
            continue;
        }
        // The first one is always tried, so that every call gets ahead.
        if known.is_some() && !deadline.allows(TIME_FOR_ONE) {
            publication.unfinished = true;
            break;
        }
        let version = if let Some(version) = made.iter().find(|version| version.memory == power) {
            version.number
        } else {
            let mark = plan.mark().to_string();
            let (version, latest) = own::publish(api, &plan, known.take(), power, Some(&mark)).await?;
            known = Some(latest);
            version.number
        };
        let published = PublishedVersion { power, version };
        point_alias(api, &plan, published).await?;
        publication.versions.push(published);
    }
    latest::set_memory(api, &plan, known, plan.before.memory).await?;
    Ok(publication)
}

/// Points an alias at a version: `RAM<power>`, or another name where that one is somebody else's.
async fn point_alias(api: &impl LambdaApi, plan: &Plan, published: PublishedVersion) -> Result<(), ControlError> {
    let PublishedVersion { power, version } = published;
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
