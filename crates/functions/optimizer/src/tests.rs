use aws::{
    api::CodeSha256,
    fake::{FakeLambda, plan},
};
use tuning::run::journal::{Journal, Phase};

use super::*;

fn power(mb: u32) -> Power {
    Power::new(mb).unwrap()
}

fn live() -> AliasName {
    AliasName::try_from("live".to_owned()).unwrap()
}

fn with(auto_optimize: AutoOptimize) -> Plan {
    let mut plan = plan(&[128, 512]);
    plan.request.auto_optimize = auto_optimize;
    plan
}

/// As the Publisher leaves the function.
fn published(plan: &Plan) -> FakeLambda {
    let api = FakeLambda::locked_for(plan);
    for &memory in &plan.request.power_values {
        let mut state = api.state();
        state.set_memory(memory);
        state.publish(&plan.mark().to_string());
    }
    api.state().set_memory(plan.before.memory);
    api
}

fn journal(api: &FakeLambda) -> Journal {
    let state = api.state();
    state.aliases.iter().find(|alias| alias.name == AliasName::lock()).unwrap().description.parse().unwrap()
}

fn memory(api: &FakeLambda) -> Power {
    api.state().latest.memory
}

fn target(api: &FakeLambda, name: &AliasName) -> AliasTarget {
    api.state().aliases.iter().find(|alias| alias.name == *name).unwrap().target
}

#[tokio::test(start_paused = true)]
async fn latest_gets_the_winner_and_the_journal_says_so() {
    let plan = with(AutoOptimize::Latest);
    let api = published(&plan);
    let output = handle(&api, Input { plan: plan.clone(), winner: power(512), retries: 0 }).await.unwrap();
    assert_eq!(output.applied, Some(Applied::Latest { memory: power(512), memory_before: plan.before.memory }));
    assert_eq!(api.state().latest.memory, power(512));
    assert_eq!(journal(&api), plan.journal(power(512)));
    // A second call, because the first one died before it could answer, changes nothing more.
    handle(&api, Input { plan: plan.clone(), winner: power(512), retries: 1 }).await.unwrap();
    assert_eq!((memory(&api), journal(&api)), (power(512), plan.journal(power(512))));
}

#[tokio::test(start_paused = true)]
async fn an_alias_gets_a_version_of_the_user_s_own_and_latest_keeps_its_memory() {
    let plan = with(AutoOptimize::Alias(live()));
    // 512 MB was published last: Lambda would hand that marked version back.
    for winner in [power(128), power(512)] {
        let api = published(&plan);
        handle(&api, Input { plan: plan.clone(), winner, retries: 0 }).await.unwrap();
        let AliasTarget::Version(number) = target(&api, &live()) else { panic!("the alias points at $LATEST") };
        let state = api.state();
        let version = state.versions.iter().find(|version| version.number == number).unwrap();
        assert_eq!((version.memory, version.description.clone()), (winner, plan.optimum_mark().to_string()));
        assert_eq!(state.latest.memory, plan.before.memory);
    }
}

#[tokio::test(start_paused = true)]
async fn an_alias_that_exists_is_moved() {
    let plan = with(AutoOptimize::Alias(live()));
    let [theirs, version] = ["2", "3"].map(|number| number.parse().unwrap());
    for (target_before, version_before) in [(AliasTarget::Latest, None), (AliasTarget::Version(theirs), Some(theirs))] {
        let api = published(&plan);
        api.state().add_alias("live", target_before, "theirs");
        let output = handle(&api, Input { plan: plan.clone(), winner: power(128), retries: 0 }).await.unwrap();
        assert_eq!(target(&api, &live()), AliasTarget::Version(version));
        assert_eq!(api.state().aliases[1].description, "theirs");
        let applied = Applied::Alias { alias: live(), version, version_before, memory: power(128) };
        assert_eq!(output.applied, Some(applied));
    }
}

#[tokio::test(start_paused = true)]
async fn as_on_aws_a_version_of_somebody_else_that_is_handed_back_is_neither_pointed_at_nor_deleted() {
    let plan = with(AutoOptimize::Alias(live()));
    for (hands_back_deleted, is_alias_refused) in [(false, false), (true, false), (false, true)] {
        let api = published(&plan);
        api.state().set_memory(power(128));
        let theirs = api.state().publish("theirs").number;
        api.state().set_memory(plan.before.memory);
        if hands_back_deleted {
            api.state().versions.retain(|version| version.number != theirs);
        }
        api.state().hands_back_deleted = hands_back_deleted;
        let denied = is_alias_refused.then_some(ApiErrorKind::Denied);
        api.before_each_call(move |call, _| denied.filter(|_| call == "CreateAlias"));
        let optimized = handle(&api, Input { plan: plan.clone(), winner: power(128), retries: 0 }).await;
        assert_eq!(optimized.is_err(), is_alias_refused);
        let are_theirs_there = api.state().versions.iter().any(|version| version.number == theirs);
        assert_eq!(are_theirs_there, !hands_back_deleted);
        if !is_alias_refused {
            let AliasTarget::Version(pointed) = target(&api, &live()) else { panic!("the alias points at $LATEST") };
            assert!(pointed != theirs && api.state().versions.iter().any(|version| version.number == pointed));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn where_the_alias_cannot_be_moved_no_version_stays_behind() {
    let plan = with(AutoOptimize::Alias(live()));
    let api = published(&plan);
    api.before_each_call(|call, _| (call == "CreateAlias").then_some(ApiErrorKind::Denied));
    let error = handle(&api, Input { plan: plan.clone(), winner: power(128), retries: 0 }).await.unwrap_err();
    assert_eq!(error.name().as_str(), "PermissionDenied");
    assert!(api.state().versions.iter().all(|version| plan.mark().is_on(&version.description)));
    assert_eq!(api.state().latest.memory, plan.before.memory);
}

#[tokio::test(start_paused = true)]
async fn an_alias_that_got_other_code_or_weights_during_the_run_stays_where_it_is() {
    let plan = with(AutoOptimize::Alias(live()));
    for is_weighted in [true, false] {
        let api = published(&plan);
        let theirs = api.state().versions[0].number;
        api.state().add_alias("live", AliasTarget::Version(theirs), "");
        if is_weighted {
            api.state().aliases[1].is_weighted = true;
        } else {
            api.state().codes.insert(theirs, CodeSha256("another".to_owned()));
        }
        let error = handle(&api, Input { plan: plan.clone(), winner: power(512), retries: 0 }).await.unwrap_err();
        assert!(matches!(error, ControlError::AliasNotMovable { .. }), "{error}");
        assert_eq!(target(&api, &live()), AliasTarget::Version(theirs));
        assert!(api.state().versions.iter().all(|version| plan.mark().is_on(&version.description)));
    }
}

#[tokio::test(start_paused = true)]
async fn what_somebody_deployed_is_not_overwritten() {
    let plan = with(AutoOptimize::Latest);
    let api = published(&plan);
    api.state().deploy();
    let error = handle(&api, Input { plan: plan.clone(), winner: power(512), retries: 0 }).await.unwrap_err();
    assert_eq!(error.name().as_str(), "FunctionChanged");
    assert_eq!((memory(&api), journal(&api)), (plan.before.memory, plan.journal(plan.before.memory)));
}

#[tokio::test(start_paused = true)]
async fn what_it_set_itself_before_somebody_deployed_is_put_back_and_what_they_set_stays() {
    let (winner, before) = (power(512), power(1024));
    for mode in [AutoOptimize::Latest, AutoOptimize::Alias(live())] {
        for (is_theirs, is_repeated) in [(false, false), (false, true), (true, false), (true, true)] {
            let plan = with(mode.clone());
            let api = published(&plan);
            if is_theirs {
                api.state().set_memory(power(3008));
            }
            let mut is_set = false;
            api.before_each_call(move |call, function| {
                if is_set && call == "GetFunction" {
                    function.deploy();
                    is_set = false;
                }
                is_set |= call == "UpdateFunctionConfiguration" && !is_theirs;
                None
            });
            let input = Input { plan: plan.clone(), winner, retries: u32::from(is_repeated) };
            let error = handle(&api, input).await.unwrap_err();
            assert_eq!(error.name().as_str(), "FunctionChanged");
            assert_eq!(memory(&api), if is_theirs { power(3008) } else { before });
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_winner_that_somebody_had_set_before_they_deployed_stays() {
    let (plan, winner) = (with(AutoOptimize::Latest), power(512));
    let api = published(&plan);
    api.state().set_memory(winner);
    let mut is_set = false;
    api.before_each_call(move |call, function| {
        if is_set && call == "GetFunction" {
            function.deploy();
            is_set = false;
        }
        is_set |= call == "UpdateFunctionConfiguration";
        None
    });
    let error = handle(&api, Input { plan: plan.clone(), winner, retries: 0 }).await.unwrap_err();
    assert_eq!((error.name(), memory(&api)), (ErrorName::FunctionChanged, winner));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_comes_late_leaves_latest_to_whoever_has_closed_the_lock() {
    let (plan, winner) = (with(AutoOptimize::Latest), power(512));
    let api = published(&plan);
    let closed = Journal { phase: Phase::Closing, ..plan.journal(winner) }.to_string();
    // The Cleaner comes when the memory is set, before the journal is written.
    let mut has_come = false;
    api.before_each_call(move |call, function| {
        if call != "UpdateAlias" || has_come {
            return None;
        }
        has_come = true;
        let lock = function.aliases.iter_mut().find(|alias| alias.name == AliasName::lock()).unwrap();
        lock.description.clone_from(&closed);
        Some(ApiErrorKind::Stale)
    });
    handle(&api, Input { plan: plan.clone(), winner, retries: 0 }).await.unwrap_err();
    assert_eq!((memory(&api), api.count("UpdateFunctionConfiguration")), (winner, 1));
}

/// The Cleaner takes `FunctionChanged` for put back.
#[tokio::test(start_paused = true)]
async fn what_it_could_not_put_back_is_not_called_a_change_by_somebody_else() {
    let (plan, winner) = (with(AutoOptimize::Latest), power(512));
    for refused in ["UpdateAlias", "UpdateFunctionConfiguration"] {
        let api = published(&plan);
        let mut calls = 0;
        api.before_each_call(move |call, function| {
            calls += u32::from(call == refused);
            // The update that sets the winner gets through, and somebody deploys then.
            let is_refused = call == refused && (refused == "UpdateAlias" || calls > 1);
            if call == "GetFunction" && refused == "UpdateFunctionConfiguration" && calls == 1 {
                function.deploy();
            }
            is_refused.then_some(ApiErrorKind::Stale)
        });
        let error = handle(&api, Input { plan: plan.clone(), winner, retries: 0 }).await.unwrap_err();
        assert_ne!(error.name(), ErrorName::FunctionChanged, "{refused}");
        assert_eq!(memory(&api), winner, "{refused}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_auto_optimize_it_does_nothing() {
    let plan = with(AutoOptimize::Off);
    let api = published(&plan);
    handle(&api, Input { plan, winner: power(512), retries: 0 }).await.unwrap();
    assert!(api.state().calls.is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_current_memory_as_the_only_memory_size_gets_a_version_of_the_user_s_own_too() {
    let mut plan = plan(&[1024]);
    plan.request.auto_optimize = AutoOptimize::Alias(live());
    let api = published(&plan);
    handle(&api, Input { plan: plan.clone(), winner: power(1024), retries: 0 }).await.unwrap();
    let AliasTarget::Version(number) = target(&api, &live()) else { panic!("the alias points at $LATEST") };
    let state = api.state();
    let version = state.versions.iter().find(|version| version.number == number).unwrap();
    assert_eq!((version.memory, plan.mark().is_on(&version.description)), (power(1024), false));
    assert_eq!(state.latest.memory, power(1024));
}

/// The call takes effect, but its answer is lost; the SDK makes it again, and AWS says that the revision has changed.
fn lose_the_first_answer_of_update_alias(api: &FakeLambda, name: &'static str, change: AliasChange<'static>) {
    api.before_each_call(move |call, function| {
        if call != "UpdateAlias" {
            return None;
        }
        let alias = function.aliases.iter_mut().find(|alias| alias.name.as_str() == name).unwrap();
        match change {
            AliasChange::Target(version) => alias.target = AliasTarget::Version(version),
            AliasChange::Description(description) => description.clone_into(&mut alias.description),
        }
        Some(ApiErrorKind::Stale)
    });
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_lost_after_the_call_took_effect_is_no_failure() {
    let plan = with(AutoOptimize::Latest);
    let api = published(&plan);
    let written = plan.journal(power(512)).to_string();
    lose_the_first_answer_of_update_alias(&api, "power-tuning-lock", AliasChange::Description(written.leak()));
    handle(&api, Input { plan: plan.clone(), winner: power(512), retries: 0 }).await.unwrap();
    assert_eq!((memory(&api), journal(&api)), (power(512), plan.journal(power(512))));

    let plan = with(AutoOptimize::Alias(live()));
    let api = published(&plan);
    api.state().add_alias("live", AliasTarget::Latest, "");
    let version = "3".parse().unwrap();
    lose_the_first_answer_of_update_alias(&api, "live", AliasChange::Target(version));
    handle(&api, Input { plan, winner: power(128), retries: 0 }).await.unwrap();
    assert_eq!(target(&api, &live()), AliasTarget::Version(version));
}
