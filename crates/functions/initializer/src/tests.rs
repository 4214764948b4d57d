use std::time::Duration;

use aws::{
    api::{AliasTarget, ApiErrorKind},
    fake::{FakeLambda, deployment, function},
    object_store::Object,
};
use serde_json::{Value, json};
use tuning::{
    decide::search::Settings,
    run::{journal::Mark, objective::Effort, payload::PayloadSource},
    units::{milliseconds::Milliseconds, power::Power},
};

use super::*;

async fn start(api: &FakeLambda, execution: &str, input: Value) -> Result<RunState, Error> {
    start_again(api, execution, input, 0).await
}

async fn start_again(api: &FakeLambda, execution: &str, input: Value, retries: u32) -> Result<RunState, Error> {
    let execution = ExecutionArn(format!("arn:aws:states:us-east-1:123456789012:execution:m:{execution}"));
    handle(
        api,
        &deployment(),
        &Prices::bundled().unwrap(),
        Deadline::after(Duration::from_mins(5)),
        initializer::Input { execution, input, retries },
    )
    .await
}

fn input() -> Value {
    json!({"lambdaARN": "f", "num": 10, "powerValues": [128, 512]})
}

#[tokio::test(start_paused = true)]
async fn the_plan_says_what_the_function_was_like() {
    let api = FakeLambda::new();
    api.state().publish("theirs");
    let plan = start(&api, "a", input()).await.unwrap().plan;
    assert_eq!(plan.function, function());
    assert_eq!(plan.before.memory.megabytes(), 1024);
    assert_eq!(plan.before.highest_version, "1".parse().unwrap());
    let lock = api.state().aliases[0].clone();
    assert_eq!((lock.name.as_str(), lock.target), ("power-tuning-lock", AliasTarget::Latest));
    assert_eq!(lock.description.parse(), Ok(plan.journal(plan.before.memory)));
}

#[tokio::test(start_paused = true)]
async fn a_refused_input_makes_no_call_at_all() {
    let api = FakeLambda::new();
    let error = start(&api, "a", json!({"lambdaARN": "f", "num": 1})).await.unwrap_err();
    assert_eq!(error.name().as_str(), "ValidationError");
    assert!(api.state().calls.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_second_run_is_refused_and_told_of_the_first() {
    let api = FakeLambda::new();
    start(&api, "first", input()).await.unwrap();
    let error = start(&api, "second", input()).await.unwrap_err();
    assert_eq!(error.name().as_str(), "FunctionBusy");
    assert!(error.to_string().contains("execution:m:first"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn called_again_it_believes_its_own_journal() {
    let api = FakeLambda::new();
    let first = start(&api, "a", input()).await.unwrap();
    let again = start(&api, "a", input()).await.unwrap();
    assert_eq!(first.plan.before, again.plan.before);
    assert_eq!(api.state().alias_names(), ["power-tuning-lock"]);
}

#[tokio::test(start_paused = true)]
async fn what_the_run_has_published_is_not_from_before_the_run_for_a_late_call_that_finds_no_lock() {
    let api = FakeLambda::new();
    api.state().publish("theirs");
    let first = start(&api, "a", input()).await.unwrap();
    let mark = Mark(first.plan.execution.clone()).to_string();
    for description in [mark.as_str(), "theirs, meanwhile"] {
        // Unless something has changed, AWS publishes nothing.
        api.state().deploy();
        api.state().publish(description);
    }
    api.state().aliases.clear();
    let late = start(&api, "a", input()).await.unwrap();
    assert_eq!(late.plan.before.highest_version, first.plan.before.highest_version);
}

#[tokio::test(start_paused = true)]
async fn a_late_second_call_leaves_the_lock_and_the_journal_of_a_run_that_is_publishing() {
    let api = FakeLambda::new();
    let first = start(&api, "a", input()).await.unwrap();
    let lock = api.state().aliases.clone();
    api.state().set_memory(Power::new(128).unwrap());
    let again = start(&api, "a", input()).await.unwrap();
    assert_eq!((again.plan.before, again.publication.latest), (first.plan.before, None));
    assert_eq!(api.state().aliases, lock);
}

#[tokio::test(start_paused = true)]
async fn a_lock_that_was_released_and_never_deleted_is_taken_over_by_an_update() {
    let api = FakeLambda::new();
    let mut released = start(&api, "a", input()).await.unwrap().plan.journal(Power::new(1024).unwrap());
    released.phase = Phase::Released;
    api.state().aliases[0].description = released.to_string();
    let plan = start(&api, "b", input()).await.unwrap().plan;
    assert_eq!(api.state().aliases[0].description.parse(), Ok(plan.journal(plan.before.memory)));
    // One for the run before, to confirm its lock; then one to take it over, and one to confirm it.
    assert_eq!((api.count("DeleteAlias"), api.count("UpdateAlias")), (0, 3));
}

#[tokio::test(start_paused = true)]
async fn a_later_call_takes_the_lock_from_an_earlier_one_which_finds_that_out() {
    let api = FakeLambda::new();
    let (late, gate) = api.gated(5);
    let first = start(&late, "a", input());
    let second = async {
        assert!(gate.reached().await);
        let plan = start_again(&api, "a", input(), 1).await.unwrap().plan;
        gate.open();
        plan
    };
    let (first, plan) = tokio::join!(first, second);
    assert!(first.is_err(), "{first:?}");
    let lock: Journal = api.state().aliases[0].description.parse().unwrap();
    assert_eq!(lock, Journal { retries: 1, ..plan.journal(plan.before.memory) });
}

#[tokio::test(start_paused = true)]
async fn a_change_between_looking_and_locking_is_seen() {
    let api = FakeLambda::new();
    let mut changes = 1;
    api.before_each_call(move |call, function| {
        if call == "CreateAlias" && changes > 0 {
            changes -= 1;
            function.set_memory(Power::new(256).unwrap());
        }
        None
    });
    let plan = start(&api, "a", input()).await.unwrap().plan;
    assert_eq!(plan.before.memory.megabytes(), 256);
    assert_eq!(api.state().aliases[0].description.parse(), Ok(plan.journal(plan.before.memory)));
}

#[tokio::test(start_paused = true)]
async fn a_function_that_never_holds_still_is_not_tuned_and_not_locked() {
    let api = FakeLambda::new();
    api.before_each_call(|call, function| {
        if call == "CreateAlias" {
            function.deploy();
        }
        None
    });
    let error = start(&api, "a", input()).await.unwrap_err();
    assert_eq!(error.name().as_str(), "FunctionChanged");
    assert!(api.state().aliases.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_tuned_is_refused_with_the_reason() {
    let api = FakeLambda::new();
    api.state().latest.obstacle = Some("it is a durable function".to_owned());
    let error = start(&api, "a", input()).await.unwrap_err();
    assert_eq!(error.name().as_str(), "FunctionNotTunable");
    assert!(error.to_string().contains("durable"), "{error}");
    assert!(api.state().aliases.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_denied_names_the_action_and_the_parameter() {
    let api = FakeLambda::new();
    api.before_each_call(|_, _| Some(ApiErrorKind::Denied));
    let error = start(&api, "a", input()).await.unwrap_err();
    assert_eq!(error.name().as_str(), "PermissionDenied");
    assert!(error.to_string().contains("GetFunction") && error.to_string().contains("lambdaResource"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn an_alias_that_only_has_the_name_of_the_lock_is_left_alone() {
    let api = FakeLambda::new();
    api.state().add_alias("power-tuning-lock", AliasTarget::Latest, "mine");
    let error = start(&api, "a", input()).await.unwrap_err();
    assert_eq!(error.name().as_str(), "FunctionBusy");
    assert!(error.to_string().contains("\"mine\""), "{error}");
    assert_eq!(api.state().alias_names(), ["power-tuning-lock"]);
}

#[tokio::test(start_paused = true)]
async fn a_function_in_a_state_that_cannot_be_invoked_is_refused_and_a_pending_one_is_waited_for() {
    let api = FakeLambda::new();
    api.state().latest.state = State::Unusable { reason: "its state is Failed: no such image".to_owned() };
    let error = start(&api, "a", input()).await.unwrap_err();
    assert!(error.to_string().contains("no such image"), "{error}");
    api.state().latest.state = State::Pending;
    let mut looks = 0;
    api.before_each_call(move |call, function| {
        looks += usize::from(call == "GetFunction");
        if looks == 5 {
            function.latest.state = State::Active;
        }
        None
    });
    assert!(start(&api, "a", input()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn the_current_memory_is_measured_too_if_that_was_asked_for() {
    let with = |compare: bool| {
        let mut input = input();
        input["compareWithCurrent"] = json!(compare);
        input
    };
    let values = async |input| {
        let plan = start(&FakeLambda::new(), "a", input).await.unwrap().plan;
        plan.request.power_values.iter().map(|power| power.megabytes()).collect::<Vec<_>>()
    };
    assert_eq!(values(with(true)).await, [128, 512, 1024]);
    assert_eq!(values(with(false)).await, [128, 512]);
}

#[tokio::test(start_paused = true)]
async fn every_call_on_the_function_is_made_with_the_role_that_was_named() {
    let api = FakeLambda::new();
    let role = "arn:aws:iam::210987654321:role/tuned";
    let mut input = input();
    input["assumeRoleARN"] = json!(role);
    start(&api, "a", input).await.unwrap();
    assert_eq!(api.state().roles, [Some(role.to_owned())].into());
}

#[tokio::test(start_paused = true)]
async fn the_plan_names_the_object_that_was_checked_and_does_not_hold_it() {
    let api = FakeLambda::new();
    let object = Object { text: format!("\"{}\"", "x".repeat(1_000_000)), etag: "\"e1\"".to_owned() };
    api.state().objects.insert("s3://bucket/key".to_owned(), object);
    let mut input = input();
    input["payloadS3"] = json!("s3://bucket/key");
    let plan = start(&api, "a", input).await.unwrap().plan;
    let uri = "s3://bucket/key".parse().unwrap();
    assert_eq!(plan.request.payload, PayloadSource::S3 { uri, etag: "\"e1\"".to_owned(), num: 10 });
}

#[tokio::test(start_paused = true)]
async fn what_s3_says_is_one_of_all_problems_and_nothing_was_locked() {
    let api = FakeLambda::new();
    let mut input = input();
    input["payloadS3"] = json!("s3://bucket/missing");
    input["strategy"] = json!("x");
    let error = start(&api, "a", input).await.unwrap_err();
    assert_eq!(error.name().as_str(), "ValidationError");
    for part in ["payloadS3", "bucket", "missing", "payloadS3Bucket", "strategy"] {
        assert!(error.to_string().contains(part), "{error}");
    }
    assert!(api.state().aliases.is_empty());
}

fn arn(execution: &str) -> String {
    format!("arn:aws:states:us-east-1:123456789012:execution:m:{execution}")
}

/// A run that was stopped after it had published 128 MB and set 512 MB.
async fn stopped(api: &FakeLambda, execution: &str) {
    let plan = start(api, execution, input()).await.unwrap().plan;
    let mut state = api.state();
    state.set_memory(Power::MIN);
    let version = state.publish(&plan.mark().to_string());
    state.add_alias("RAM128", AliasTarget::Version(version.number), &plan.mark().to_string());
    state.set_memory(Power::new(512).unwrap());
}

#[tokio::test(start_paused = true)]
async fn what_a_run_left_that_is_over_is_undone_first_and_the_warnings_say_so() {
    for lambda_arn in ["f", "f:live", "arn:aws:lambda:us-east-1:123456789012:function:f"] {
        let api = FakeLambda::new();
        stopped(&api, "first").await;
        let input_of_first = json!({"lambdaARN": lambda_arn}).to_string();
        api.state()
            .executions
            .insert(arn("first"), Execution::Over { has_cleaned_up: false, input: Some(input_of_first) });
        let plan = start(&api, "second", input()).await.unwrap().plan;
        let state = api.state();
        assert_eq!((plan.before.memory.megabytes(), state.latest.memory.megabytes()), (1024, 1024));
        assert_eq!((state.alias_names(), state.versions.len()), (vec!["power-tuning-lock"], 0));
        let warnings = plan.request.warnings.join(" ");
        assert!(warnings.contains("execution:m:first") && warnings.contains("put back to 1024 MB"), "{warnings}");
        assert_eq!(state.aliases[0].description.parse(), Ok(plan.journal(plan.before.memory)));
    }
}

#[tokio::test(start_paused = true)]
async fn the_lock_of_an_execution_that_never_was_or_tunes_another_function_moves_no_memory_and_is_named() {
    let elsewhere = || Some(json!({"lambdaARN": "g"}).to_string());
    for holder in [
        Execution::Gone,
        Execution::Over { has_cleaned_up: false, input: None },
        Execution::Over { has_cleaned_up: false, input: elsewhere() },
        Execution::Running { input: elsewhere() },
    ] {
        let api = FakeLambda::new();
        stopped(&api, "first").await;
        api.state().executions.insert(arn("first"), holder.clone());
        let before = api.state().clone();
        let error = start(&api, "second", input()).await.unwrap_err();
        assert_eq!(error.name().as_str(), "FunctionBusy");
        assert!(error.to_string().contains("delete the alias"), "{error}");
        let after = api.state();
        assert_eq!((&after.latest, &after.aliases), (&before.latest, &before.aliases), "{holder:?}");
        assert_eq!(after.versions, before.versions);
    }
}

#[tokio::test(start_paused = true)]
async fn what_somebody_set_since_the_run_was_stopped_stays() {
    let api = FakeLambda::new();
    stopped(&api, "first").await;
    api.state().set_memory(Power::new(2048).unwrap());
    api.state()
        .executions
        .insert(arn("first"), Execution::Over { has_cleaned_up: false, input: Some(input().to_string()) });
    let plan = start(&api, "second", input()).await.unwrap().plan;
    assert_eq!(plan.before.memory.megabytes(), 2048);
    let warnings = plan.request.warnings.join(" ");
    assert!(warnings.contains("$LATEST was left at 2048 MB") && !warnings.contains("put back"), "{warnings}");
}

#[tokio::test(start_paused = true)]
async fn a_lock_whose_run_cannot_be_looked_up_is_respected() {
    let api = FakeLambda::new();
    stopped(&api, "first").await;
    api.before_each_call(|call, _| (call == "DescribeExecution").then_some(ApiErrorKind::Denied));
    let error = start(&api, "second", input()).await.unwrap_err();
    assert_eq!(error.name().as_str(), "FunctionBusy");
    assert_eq!(api.state().latest.memory.megabytes(), 512);
}

#[tokio::test(start_paused = true)]
async fn the_plan_says_when_the_run_must_be_over() {
    let plan = start(&FakeLambda::new(), "a", input()).await.unwrap().plan;
    let hour = u64::try_from(Duration::from_hours(1).as_millis()).unwrap();
    assert!((hour..hour + 5000).contains(&plan.ends.0), "{:?}", plan.ends);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_was_stopped_while_it_took_the_lock_does_not_keep_it() {
    let api = FakeLambda::new();
    api.state().executions.insert(arn("a"), Execution::Over { has_cleaned_up: false, input: None });
    let error = start(&api, "a", input()).await.unwrap_err();
    assert!(error.to_string().contains("stopped"), "{error}");
    assert!(api.state().aliases.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_function_that_can_never_be_invoked_is_refused_at_once() {
    let api = FakeLambda::new();
    api.state().latest.reserved_concurrency = Some(0);
    let error = start(&api, "a", input()).await.unwrap_err();
    assert_eq!(error.name().as_str(), "FunctionNotTunable");
    assert!(error.to_string().contains("reserved concurrency is 0"), "{error}");
    assert_eq!(api.state().calls, ["GetFunction"]);
}

/// The lanes, the memory sizes at a time, and the warnings of a run.
async fn bounded(api: &FakeLambda, fields: Value) -> (u32, u32, Vec<String>) {
    let mut input = input();
    input.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let request = start(api, "a", input).await.unwrap().plan.request;
    api.state().aliases.clear();
    (request.sampling.lanes, request.power_concurrency, request.warnings)
}

#[tokio::test(start_paused = true)]
async fn lanes_are_no_more_than_can_run_at_a_time() {
    let api = FakeLambda::new();
    let parallel = json!({"num": 50, "parallelInvocation": true, "maxConcurrency": 8});
    assert_eq!(bounded(&api, parallel.clone()).await, (8, 0, vec![]));
    api.state().unreserved_concurrency = 10;
    let (lanes, at_a_time, warnings) = bounded(&api, parallel.clone()).await;
    assert_eq!((lanes, at_a_time), (8, 1));
    insta::assert_snapshot!(warnings.join("\n"), @"the account's unreserved concurrency is 10: 1 memory size is measured at a time instead of 2 (powerConcurrency)");
    // A reservation goes before what the account has.
    api.state().latest.reserved_concurrency = Some(3);
    let (lanes, at_a_time, warnings) = bounded(&api, parallel).await;
    assert_eq!((lanes, at_a_time), (3, 1));
    insta::assert_snapshot!(warnings.join("\n"), @r"
    the function's reserved concurrency is 3: 3 lanes are used instead of 8 (maxConcurrency)
    the function's reserved concurrency is 3: 1 memory size is measured at a time instead of 2 (powerConcurrency)
    ");
    api.state().latest.reserved_concurrency = Some(1);
    let auto = json!({"powerValues": "AUTO", "num": null});
    assert_eq!(bounded(&api, auto).await.0, 1);
}

#[tokio::test(start_paused = true)]
async fn no_round_of_a_search_invokes_more_often_at_a_time_than_is_reserved() {
    let api = FakeLambda::new();
    for effort in ["quick", "normal", "thorough"] {
        for reserved in 1..=24 {
            api.state().latest.reserved_concurrency = Some(reserved);
            let auto = json!({"powerValues": "AUTO", "num": null, "effort": effort});
            let (lanes, at_a_time, warnings) = bounded(&api, auto).await;
            let settings = Settings::from(match effort {
                "quick" => Effort::Quick,
                "normal" => Effort::Normal,
                _ => Effort::Thorough,
            });
            for (values, of_round) in [(3, settings.explore.count), (2, settings.verify.count)] {
                let values = if at_a_time == 0 { values } else { at_a_time.min(values) };
                assert!(of_round.min(lanes) * values <= reserved, "{effort}, {reserved}: {lanes} x {at_a_time}");
            }
            assert_eq!(at_a_time > 0, warnings.iter().any(|warning| warning.contains("powerConcurrency")));
        }
    }
    api.state().latest.reserved_concurrency = Some(6);
    let warnings = bounded(&api, json!({"powerValues": "AUTO", "num": null})).await.2;
    insta::assert_snapshot!(warnings.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn as_on_aws_executors_and_lanes_share_the_concurrency_of_a_small_account() {
    let api = FakeLambda::new();
    for most in 2..=60 {
        api.state().unreserved_concurrency = most;
        for max_concurrency in [2, 5, 10] {
            let parallel = json!({"num": 50, "parallelInvocation": true, "maxConcurrency": max_concurrency});
            let fields = [json!({"powerValues": "ALL"}), json!({"powerValues": [128, 256, 512]}), parallel];
            for fields in fields {
                let (lanes, at_a_time, _) = bounded(&api, fields.clone()).await;
                let values = if at_a_time == 0 { 40 } else { at_a_time };
                let all = match &fields["powerValues"] {
                    Value::Array(list) => list.len(),
                    Value::Null => 2,
                    _ => 46,
                };
                let values = values.min(u32::try_from(all).unwrap());
                let is_small = values * (lanes + 1) <= 10;
                assert!(values * (lanes + 1) <= most || is_small, "{most}: {fields} {values} x ({lanes} + 1)");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn as_on_aws_a_function_that_may_take_longer_than_the_executor_can_wait_gets_a_warning() {
    let api = FakeLambda::new();
    api.state().latest.timeout = Milliseconds(298_000.0);
    assert_eq!(bounded(&api, json!({})).await.2, [""; 0]);
    api.state().latest.timeout = Milliseconds(900_000.0);
    let warnings = bounded(&api, json!({})).await.2;
    insta::assert_snapshot!(warnings.join("\n"));
    let error = start(&api, "b", json!({"lambdaARN": "f", "num": 5, "sleepBetweenRunsMs": 298_000})).await.unwrap_err();
    insta::assert_snapshot!(error.to_string());
}

#[tokio::test(start_paused = true)]
async fn the_account_is_asked_only_for_runs_that_could_be_too_much_for_a_small_one_and_need_not_answer() {
    let api = FakeLambda::new();
    bounded(&api, json!({})).await;
    assert_eq!(api.count("GetAccountSettings"), 0);
    api.before_each_call(|call, _| (call == "GetAccountSettings").then_some(ApiErrorKind::Denied));
    let parallel = json!({"num": 50, "parallelInvocation": true});
    assert_eq!(bounded(&api, parallel).await, (10, 0, vec![]));
    assert_eq!(api.count("GetAccountSettings"), 1);
}

#[tokio::test(start_paused = true)]
async fn an_alias_of_other_code_or_with_weights_is_refused_before_anything_is_touched() {
    let mut input = input();
    input
        .as_object_mut()
        .unwrap()
        .extend([("autoOptimize".to_owned(), json!(true)), ("autoOptimizeAlias".to_owned(), json!("live"))]);
    let refused = async |api: &FakeLambda| {
        let before = api.state().aliases.clone();
        let error = start(api, "a", input.clone()).await.unwrap_err();
        assert_eq!((error.name().as_str(), &api.state().aliases), ("FunctionNotTunable", &before));
        error.to_string()
    };
    let api = FakeLambda::new();
    let released = api.state().publish("theirs");
    api.state().add_alias("live", AliasTarget::Version(released.number), "");
    assert!(start(&api, "a", input.clone()).await.is_ok());
    api.state().aliases.retain(|alias| alias.name.as_str() == "live");
    api.state().deploy();
    insta::assert_snapshot!(refused(&api).await, @"the alias live of arn:aws:lambda:us-east-1:123456789012:function:f cannot be moved to the optimum: its version 1 has other code than $LATEST, which would be released with the optimum. Release $LATEST first, or deploy the code of version 1, or tune without autoOptimizeAlias");
    api.state().aliases[0].target = AliasTarget::Latest;
    api.state().aliases[0].is_weighted = true;
    insta::assert_snapshot!(refused(&api).await, @"the alias live of arn:aws:lambda:us-east-1:123456789012:function:f cannot be moved to the optimum: it shifts traffic between two versions by weights. Wait until all of it goes to one of them, or tune without autoOptimizeAlias");
    api.state().aliases[0].is_weighted = false;
    assert!(start(&api, "a", input.clone()).await.is_ok());
}
