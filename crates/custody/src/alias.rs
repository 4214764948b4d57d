//! Changing an alias that somebody else may change at the same time.

use aws::api::{Alias, AliasChange, AliasTarget, ApiError, ApiErrorKind, CodeSha256, LambdaApi};
use tuning::units::arn::{FunctionArn, FunctionReference};

use crate::error::ControlError;

/// Returns true if an alias is as a change makes it.
fn shows(alias: &Alias, change: AliasChange<'_>) -> bool {
    match change {
        AliasChange::Target(version) => alias.target == AliasTarget::Version(version),
        AliasChange::Description(description) => alias.description == description,
    }
}

/// Changes an alias, if nobody else has changed it since it was read. When AWS says that somebody has, it may have been
/// this very call, whose first answer was lost: then the alias is as it was to become, and all is well.
///
/// # Errors
///
/// If the call failed, and the alias is not as it was to become.
pub async fn change(
    api: &impl LambdaApi,
    function: &FunctionArn,
    alias: &Alias,
    change: AliasChange<'_>,
) -> Result<(), ApiError> {
    let Err(error) = api.update_alias(function, alias, change).await else { return Ok(()) };
    if error.kind != ApiErrorKind::Stale {
        return Err(error);
    }
    match api.alias(&function.into(), &alias.name).await {
        Ok(now) if shows(&now, change) => Ok(()),
        Err(unread) if unread.kind != ApiErrorKind::NotFound => Err(unread),
        Ok(_) | Err(_) => Err(error),
    }
}

/// Fails unless an alias can be pointed at a version of this code without releasing anything but another memory
/// size.
pub async fn must_release(
    api: &impl LambdaApi,
    function: &FunctionArn,
    alias: &Alias,
    code: &CodeSha256,
) -> Result<(), ControlError> {
    let not_movable = |why: String| {
        let (function, alias) = (function.to_string(), alias.name.to_string());
        Err(ControlError::AliasNotMovable { function, alias, why })
    };
    if alias.is_weighted {
        let why = "it shifts traffic between two versions by weights. Wait until all of it goes to one of them";
        return not_movable(why.to_owned());
    }
    let AliasTarget::Version(version) = alias.target else { return Ok(()) };
    let reference = FunctionReference { qualifier: Some(version.to_string()), ..function.into() };
    if api.configuration(&reference).await?.code != *code {
        return not_movable(format!(
            "its version {version} has other code than $LATEST, which would be released with the optimum. Release \
             $LATEST first, or deploy the code of version {version}"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use aws::fake::{FakeLambda, function};

    use super::*;

    const BEFORE: &str = "before";
    const CHANGE: AliasChange<'static> = AliasChange::Description("after");

    fn with_an_alias() -> (FakeLambda, Alias) {
        let api = FakeLambda::new();
        api.state().add_alias("live", AliasTarget::Latest, BEFORE);
        let alias = api.state().aliases[0].clone();
        (api, alias)
    }

    /// Somebody changes the alias before each call.
    fn meanwhile(api: &FakeLambda, change: impl Fn(&mut Vec<Alias>) + 'static) {
        api.before_each_call(move |call, function| {
            (call == "UpdateAlias").then(|| {
                change(&mut function.aliases);
                ApiErrorKind::Stale
            })
        });
    }

    async fn changed(api: &FakeLambda, alias: &Alias, how: AliasChange<'_>) -> Result<(), ApiErrorKind> {
        change(api, &function(), alias, how).await.map_err(|error| error.kind)
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_whose_first_answer_was_lost_has_succeeded() {
        let (api, alias) = with_an_alias();
        meanwhile(&api, |aliases| "after".clone_into(&mut aliases[0].description));
        assert_eq!(changed(&api, &alias, CHANGE).await, Ok(()));
        let version = "3".parse().unwrap();
        meanwhile(&api, move |aliases| aliases[0].target = AliasTarget::Version(version));
        assert_eq!(changed(&api, &alias, AliasChange::Target(version)).await, Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn what_somebody_else_did_to_the_alias_stays_and_is_an_error() {
        let (api, alias) = with_an_alias();
        meanwhile(&api, |aliases| "theirs".clone_into(&mut aliases[0].description));
        assert_eq!(changed(&api, &alias, CHANGE).await, Err(ApiErrorKind::Stale));
        assert_eq!(changed(&api, &alias, AliasChange::Target("3".parse().unwrap())).await, Err(ApiErrorKind::Stale));
        assert_eq!(api.state().aliases[0].description, "theirs");
        meanwhile(&api, Vec::clear);
        assert_eq!(changed(&api, &alias, CHANGE).await, Err(ApiErrorKind::Stale));
        assert_eq!(api.state().alias_names(), Vec::<&str>::new());
    }

    #[tokio::test(start_paused = true)]
    async fn any_other_failure_is_passed_on_without_another_look() {
        let (api, alias) = with_an_alias();
        api.before_each_call(|call, _| (call == "UpdateAlias").then_some(ApiErrorKind::Denied));
        assert_eq!(changed(&api, &alias, CHANGE).await, Err(ApiErrorKind::Denied));
        assert_eq!(api.count("GetAlias"), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn an_alias_that_cannot_be_read_again_fails_with_that() {
        let (api, alias) = with_an_alias();
        api.before_each_call(|call, _| {
            Some(if call == "UpdateAlias" { ApiErrorKind::Stale } else { ApiErrorKind::Unclear })
        });
        assert_eq!(changed(&api, &alias, CHANGE).await, Err(ApiErrorKind::Unclear));
    }
}
