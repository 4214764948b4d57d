use std::time::Duration;

use aws::{
    api::{AliasTarget, Version},
    executions::Execution,
    fake::{FakeFunction, FakeLambda, plan},
};
use custody::undo::{TIME_FOR_ONE, UndoError};
use lambda_runtime::Diagnostic;
use serde_json::{Value, json};
use tuning::{
    contract::{
        outcome::Applied,
        step::{
            analyzer::Analysis,
            optimizer,
            publisher::{self, Publication},
        },
    },
    run::{
        journal::{Journal, Phase},
        plan::{AutoOptimize, Plan},
        round::Round,
    },
    units::{arn::ExecutionArn, power::Power, version::VersionNumber},
};

use super::*;

const LONG: Duration = Duration::from_mins(5);

fn power(mb: u32) -> Power {
    Power::new(mb).unwrap()
}

/// The function in the middle of a run: two versions published, a third one about to be.
fn in_the_middle(plan: &Plan) -> FakeLambda {
    let api = FakeLambda::locked_for(plan);
    for (number, memory) in [(1, 128), (2, 256)] {
        let mut state = api.state();
        state.set_memory(power(memory));
        let version = state.publish(&plan.mark().to_string());
        assert_eq!(version.number.to_string(), number.to_string());
        state.add_alias(&format!("RAM{memory}"), AliasTarget::Version(version.number), &plan.mark().to_string());
    }
    api.state().set_memory(power(512));
    api
}

fn the_plan() -> Plan {
    plan(&[128, 256, 512])
}

fn input(plan: &Plan, state: &Value) -> Input {
    let whole = json!({"execution": plan.execution, "state": state});
    serde_json::from_value(whole).unwrap()
}

fn failed(plan: &Plan) -> Input {
    let cause = json!({"errorType": "FunctionError", "errorMessage": "it raised"}).to_string();
    input(plan, &json!({"plan": plan, "error": {"Error": "FunctionError", "Cause": cause}}))
}

async fn clean(api: &FakeLambda, input: Input) -> Result<Failure, Error> {
    match handle(api, Deadline::after(LONG), Call::Step(Box::new(input))).await? {
        Output::Failed(run) => Ok(run.failure),
        other => panic!("{other:?}"),
    }
}

fn assert_clean(api: &FakeLambda) {
    let state = api.state();
    assert_eq!((state.latest.memory, &state.versions, &state.aliases), (power(1024), &vec![], &vec![]));
}

#[tokio::test(start_paused = true)]
async fn a_failed_run_leaves_the_function_as_it_was_and_keeps_its_error() {
    let plan = the_plan();
    let api = in_the_middle(&plan);
    let failure = clean(&api, failed(&plan)).await.unwrap();
    assert_eq!((failure.error.as_str(), failure.cause.as_str()), ("FunctionError", "it raised"));
    assert_clean(&api);
    assert_eq!(*api.state().calls.last().unwrap(), "DeleteAlias", "the lock goes last");
}

#[tokio::test(start_paused = true)]
async fn it_can_be_called_twice_and_without_a_plan() {
    let plan = the_plan();
    let api = in_the_middle(&plan);
    let without_a_plan =
        || input(&plan, &json!({"lambdaARN": "f", "error": {"Error": "Lambda.Unknown", "Cause": "killed"}}));
    clean(&api, without_a_plan()).await.unwrap();
    assert_clean(&api);
    clean(&api, without_a_plan()).await.unwrap();
    assert_clean(&api);
}

#[tokio::test(start_paused = true)]
async fn of_a_failed_run_the_metrics_know_what_it_was_and_the_state_machine_only_how_it_ends() {
    let plan = the_plan();
    let failed_run =
        async |api: &FakeLambda, input: Input| match handle(api, Deadline::after(LONG), Call::Step(Box::new(input)))
            .await
        {
            Ok(Output::Failed(run)) => run,
            other => panic!("{other:?}"),
        };
    let run = failed_run(&in_the_middle(&plan), failed(&plan)).await;
    assert_eq!((&run.execution, run.function.as_deref()), (&plan.execution, Some(plan.function.name())));
    assert_eq!(run.strategy, Some("cost"));
    assert_eq!(json!(Output::Failed(run)), json!({"error": "FunctionError", "cause": "it raised"}));
    let refused = json!({"error": {"Error": "ValidationError", "Cause": "bad"}});
    let run = failed_run(&in_the_middle(&plan), input(&plan, &refused)).await;
    assert_eq!(run.strategy, None);
}

#[tokio::test(start_paused = true)]
async fn a_person_can_call_it_with_the_execution_alone() {
    let plan = the_plan();
    let api = in_the_middle(&plan);
    over(&api, &plan, &json!({"lambdaARN": "f"}));
    let by_hand = json!({"execution": plan.execution});
    let output = handle(&api, Deadline::after(LONG), serde_json::from_value(by_hand).unwrap()).await.unwrap();
    assert_eq!(output, Output::Cleaned { warnings: Vec::new() });
    assert_clean(&api);
}

#[tokio::test(start_paused = true)]
async fn the_lock_of_another_run_is_not_touched() {
    let plan = the_plan();
    let api = in_the_middle(&plan);
    let before = api.state().clone();
    let mut other = failed(&plan);
    other.execution = ExecutionArn("arn:another".to_owned());
    clean(&api, other).await.unwrap();
    let after = api.state();
    assert_eq!((&after.versions, &after.aliases, &after.latest), (&before.versions, &before.aliases, &before.latest));
}

#[tokio::test(start_paused = true)]
async fn what_the_run_did_not_make_stays() {
    let plan = the_plan();
    let api = in_the_middle(&plan);
    let theirs = {
        let mut state = api.state();
        state.deploy();
        let version = state.publish("theirs");
        state.add_alias("RAM512", AliasTarget::Version(version.number), "theirs");
        version
    };
    clean(&api, failed(&plan)).await.unwrap();
    let state = api.state();
    assert_eq!((state.versions.as_slice(), state.alias_names()), ([theirs].as_slice(), vec!["RAM512"]));
    assert_eq!(state.latest.memory, power(1024), "the memory was the run's, the code is theirs");
    assert!(state.latest.fingerprint.0.starts_with("deployed"));
}

#[tokio::test(start_paused = true)]
async fn a_marked_version_from_before_the_run_is_not_its_own() {
    let mut plan = the_plan();
    let older = "1".parse().unwrap();
    plan.before.highest_version = older;
    let api = in_the_middle(&plan);
    clean(&api, failed(&plan)).await.unwrap();
    assert_eq!(api.state().versions.iter().map(|version| version.number).collect::<Vec<_>>(), [older]);
}

#[tokio::test(start_paused = true)]
async fn a_memory_that_somebody_else_set_stays_and_is_named() {
    let plan = the_plan();
    let api = in_the_middle(&plan);
    api.state().set_memory(power(777));
    let failure = clean(&api, failed(&plan)).await.unwrap();
    assert_eq!(api.state().latest.memory, power(777));
    assert!(failure.cause.contains("777 MB"), "{}", failure.cause);
    assert!(api.state().aliases.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_version_that_somebody_uses_stays_and_is_named() {
    let plan = the_plan();
    let api = in_the_middle(&plan);
    api.state().add_alias("theirs", AliasTarget::Version("2".parse().unwrap()), "");
    let failure = clean(&api, failed(&plan)).await.unwrap();
    assert!(
        failure.cause.contains("version 2 was kept") && failure.cause.contains("alias theirs"),
        "{}",
        failure.cause
    );
    assert_eq!(api.state().alias_names(), ["theirs"]);
}

#[tokio::test(start_paused = true)]
async fn out_of_time_it_asks_to_be_called_again_and_keeps_the_lock() {
    let plan = the_plan();
    let api = in_the_middle(&plan);
    let error = handle(&api, Deadline::after(TIME_FOR_ONE), Call::Step(Box::new(failed(&plan)))).await.unwrap_err();
    assert_eq!(error, Error::Undo(UndoError::OutOfTime));
    assert_eq!(api.state().latest.memory, power(1024), "the memory is put back first");
    assert!(api.state().alias_names().contains(&"power-tuning-lock"));
    clean(&api, failed(&plan)).await.unwrap();
    assert_clean(&api);
}

#[tokio::test(start_paused = true)]
async fn an_input_that_named_no_function_is_cleaned_without_a_call_of_lambda() {
    let api = FakeLambda::new();
    let running = Execution::Running { input: Some(json!({"num": 1}).to_string()) };
    api.state().executions.insert("arn:e".to_owned(), running);
    let whole = json!({"execution": "arn:e", "state": {"error": {"Error": "ValidationError", "Cause": "bad"}}});
    let failure = clean(&api, serde_json::from_value(whole).unwrap()).await.unwrap();
    assert_eq!((failure.error.as_str(), failure.cause.as_str()), ("ValidationError", "bad"));
    assert_eq!(api.state().calls, ["DescribeExecution", "GetExecutionHistory"]);
}

/// The execution is over, and was started with this input.
fn over(api: &FakeLambda, plan: &Plan, input: &Value) {
    let over = Execution::Over { has_cleaned_up: false, input: Some(input.to_string()) };
    api.state().executions.insert(plan.execution.to_string(), over);
}

async fn clean_by_event(api: &FakeLambda, plan: &Plan) -> Result<Output, Error> {
    let detail = json!({"executionArn": plan.execution, "status": "ABORTED"});
    let event = json!({"source": "aws.states", "detail": detail});
    handle(api, Deadline::after(LONG), serde_json::from_value(event).unwrap()).await
}

#[tokio::test(start_paused = true)]
async fn the_event_of_a_run_that_was_stopped_cleans_up() {
    let plan = the_plan();
    let api = in_the_middle(&plan);
    over(&api, &plan, &json!({"lambdaARN": "f", "powerValues": [128, 256, 512]}));
    for _ in 0..2 {
        assert_eq!(clean_by_event(&api, &plan).await, Ok(Output::Cleaned { warnings: Vec::new() }));
        assert_clean(&api);
    }
}

fn assert_untouched(api: &FakeLambda, before: &FakeFunction) {
    let after = api.state();
    assert_eq!((&after.versions, &after.aliases, &after.latest), (&before.versions, &before.aliases, &before.latest));
}

#[tokio::test(start_paused = true)]
async fn a_run_at_work_is_ended_by_no_call_whatever_it_brings_along() {
    let plan = the_plan();
    let api = in_the_middle(&plan);
    api.state().cleaner_calls.insert(plan.execution.to_string(), 0);
    let before = api.state().clone();
    let without_a_plan = input(&plan, &json!({"error": {"Error": "Lambda.Unknown", "Cause": "killed"}}));
    for forged in [failed(&plan), without_a_plan, input(&plan, &json!({}))] {
        let error = clean(&api, forged).await.unwrap_err();
        assert_eq!(Diagnostic::from(error).error_type, "FunctionBusy");
    }
    assert_eq!(clean_by_event(&api, &plan).await, Err(Error::AtWork { execution: plan.execution.clone() }));
    assert_untouched(&api, &before);
    // Once its own state machine calls, it is cleaned up.
    api.state().cleaner_calls.clear();
    clean(&api, failed(&plan)).await.unwrap();
    assert_clean(&api);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_gets_to_its_cleaner_meanwhile_is_cleaned_up() {
    let plan = the_plan();
    let api = in_the_middle(&plan);
    api.state().cleaner_calls.insert(plan.execution.to_string(), 0);
    let mut looks = 0;
    api.before_each_call(move |call, function| {
        looks += u32::from(call == "GetExecutionHistory");
        if looks == 2 {
            function.cleaner_calls.clear();
        }
        None
    });
    clean(&api, failed(&plan)).await.unwrap();
    assert_clean(&api);
}

#[tokio::test(start_paused = true)]
async fn the_plan_of_an_execution_that_is_over_or_never_was_moves_no_memory() {
    let mut plan = the_plan();
    plan.before.memory = power(512);
    let forged = || input(&plan, &json!({"plan": plan, "error": {"Error": "FunctionError", "Cause": "it raised"}}));
    let api = FakeLambda::new();
    let before = api.state().clone();
    over(&api, &plan, &json!({"lambdaARN": "f"}));
    let call = Call::Step(Box::new(forged()));
    assert_eq!(handle(&api, Deadline::after(LONG), call).await, Ok(Output::Cleaned { warnings: Vec::new() }));
    assert_untouched(&api, &before);
    api.state().executions.insert(plan.execution.to_string(), Execution::Gone);
    let error = clean(&api, forged()).await.unwrap_err();
    assert_eq!(error, Error::Unknown { execution: plan.execution.clone() });
    assert_untouched(&api, &before);
}

#[tokio::test(start_paused = true)]
async fn a_run_at_its_cleaner_vouches_for_no_other_function_than_its_own() {
    let plan = the_plan();
    let api = in_the_middle(&plan);
    let before = api.state().clone();
    let running = Execution::Running { input: Some(json!({"lambdaARN": "another"}).to_string()) };
    api.state().executions.insert(plan.execution.to_string(), running);
    // The fake finds the locks of all functions on its only one.
    let error = clean(&api, failed(&plan)).await;
    assert!(!api.state().calls.contains(&"UpdateFunctionConfiguration"), "{error:?}");
    assert_eq!(api.state().latest, before.latest);
}

#[tokio::test(start_paused = true)]
async fn where_step_functions_does_not_answer_a_plan_is_believed_as_long_as_its_run_holds_the_lock() {
    for silent in ["DescribeExecution", "GetExecutionHistory"] {
        let plan = the_plan();
        let api = in_the_middle(&plan);
        let silence = move |call: &'static str, _: &mut FakeFunction| (call == silent).then_some(ApiErrorKind::Unclear);
        api.before_each_call(silence);
        let without_a_plan = input(&plan, &json!({"error": {"Error": "Lambda.Unknown", "Cause": "killed"}}));
        let before = api.state().clone();
        assert_eq!(clean(&api, without_a_plan).await.unwrap().error, "Lambda.Unknown");
        assert!(clean_by_event(&api, &plan).await.is_err(), "it would not be sent again");
        assert_untouched(&api, &before);
        clean(&api, failed(&plan)).await.unwrap();
        assert_clean(&api);
        let mut forged = failed(&plan);
        forged.state.plan.as_mut().unwrap().before.memory = power(512);
        assert!(clean(&api, forged).await.is_err());
        assert_clean(&api);
    }
}

#[tokio::test(start_paused = true)]
async fn an_optimum_that_no_alias_points_at_is_deleted_and_one_that_is_used_stays_silently() {
    for is_used in [false, true] {
        let plan = the_plan();
        let api = in_the_middle(&plan);
        let version = api.state().publish(&plan.optimum_mark().to_string());
        if is_used {
            api.state().add_alias("live", AliasTarget::Version(version.number), "");
        }
        let failure = clean(&api, failed(&plan)).await.unwrap();
        assert_eq!(failure.cause, "it raised");
        assert_eq!(api.state().versions.len(), usize::from(is_used));
    }
}

#[tokio::test(start_paused = true)]
async fn two_cleaners_at_once_do_not_free_the_lock_of_the_next_run() {
    let plan = the_plan();
    for n in 0..30 {
        let api = in_the_middle(&plan);
        let (held, gate) = api.gated(n);
        let slow = clean(&held, failed(&plan));
        let fast = async {
            gate.reached().await;
            clean(&api, failed(&plan)).await.unwrap();
            let mut next = plan.journal(plan.before.memory);
            next.execution = ExecutionArn("arn:next".to_owned());
            api.state().add_alias("power-tuning-lock", AliasTarget::Latest, &next.to_string());
            gate.open();
        };
        let (_, ()) = tokio::join!(slow, fast);
        // Only between its last look at the lock and its deletion could it be somebody else's: there AWS offers no
        // guard.
        let calls = api.state().calls.clone();
        let was_at_the_last_step = calls.last() == Some(&"DeleteAlias");
        assert!(api.state().alias_names() == ["power-tuning-lock"] || was_at_the_last_step, "{n}: {calls:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_function_that_this_deployment_may_not_touch_keeps_the_error_that_says_so() {
    let plan = the_plan();
    let api = FakeLambda::new();
    api.before_each_call(|_, _| Some(ApiErrorKind::Denied));
    let denied = json!({"error": {"Error": "PermissionDenied", "Cause": "GetFunction failed"}});
    let failure = clean(&api, input(&plan, &denied)).await.unwrap();
    assert_eq!(failure.error, "PermissionDenied");
    // With a plan there was a lock, and what cannot be put back must be said.
    assert!(clean(&api, failed(&plan)).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_run_whose_lock_was_lost_is_cleaned_from_its_state_and_says_so() {
    let plan = the_plan();
    for description in [None, Some("edited by somebody")] {
        let api = in_the_middle(&plan);
        match description {
            None => drop(api.state().aliases.remove(0)),
            Some(edited) => edited.clone_into(&mut api.state().aliases[0].description),
        }
        let failure = clean(&api, failed(&plan)).await.unwrap();
        assert!(failure.cause.contains("the lock was lost"), "{}", failure.cause);
        let state = api.state();
        let lock = usize::from(description.is_some());
        assert_eq!((state.latest.memory, state.versions.len(), state.aliases.len()), (power(1024), 0, lock));
    }
}

#[tokio::test(start_paused = true)]
async fn a_repeated_call_does_not_call_a_lock_lost_that_the_first_one_freed() {
    let plan = the_plan();
    let api = in_the_middle(&plan);
    clean(&api, failed(&plan)).await.unwrap();
    let again = Input { retries: 1, ..failed(&plan) };
    assert_eq!(clean(&api, again).await.unwrap().cause, "it raised");
    assert_clean(&api);
}

#[tokio::test(start_paused = true)]
async fn a_repeated_call_leaves_the_memory_alone_that_somebody_set_after_the_first_one() {
    let plan = the_plan();
    let api = in_the_middle(&plan);
    clean(&api, failed(&plan)).await.unwrap();
    api.state().set_memory(power(512));
    let failure = clean(&api, Input { retries: 1, ..failed(&plan) }).await.unwrap();
    assert!(failure.cause.contains("$LATEST was left at 512 MB"), "{}", failure.cause);
    assert_eq!(api.state().latest.memory, power(512));
}

/// As long as something of the run is left, the first call has not freed the lock.
#[tokio::test(start_paused = true)]
async fn a_repeated_call_puts_back_what_the_first_one_did_not_when_the_lock_was_lost() {
    let plan = the_plan();
    let api = in_the_middle(&plan);
    api.state().aliases.remove(0);
    let failure = clean(&api, Input { retries: 1, ..failed(&plan) }).await.unwrap();
    assert!(failure.cause.contains("the lock was lost"), "{}", failure.cause);
    assert_clean(&api);
}

/// Another call has freed the lock, and another run has left $LATEST at a memory size that this one measured, too.
#[tokio::test(start_paused = true)]
async fn a_call_that_comes_late_leaves_the_memory_alone() {
    #[derive(Debug, Clone, Copy, PartialEq)]
    enum Since {
        Freed,
        Over,
        CalledAgain,
    }
    for since in [Since::Freed, Since::Over, Since::CalledAgain] {
        let plan = the_plan();
        let api = FakeLambda::locked_for(&plan);
        if since != Since::Freed {
            api.state().aliases.clear();
        }
        let execution = plan.execution.to_string();
        api.before_each_call(move |call, function| {
            if call == "GetFunction" {
                function.set_memory(power(512));
                function.aliases.clear();
                let over = Execution::Over { has_cleaned_up: true, input: None };
                match since {
                    Since::Freed => {}
                    Since::Over => drop(function.executions.insert(execution.clone(), over)),
                    Since::CalledAgain => drop(function.cleaner_calls.insert(execution.clone(), 2)),
                }
            }
            None
        });
        // An earlier call, which comes late, can have freed the lock that this one has seen.
        let retries = u32::from(since == Since::Freed);
        clean(&api, Input { retries, ..failed(&plan) }).await.unwrap();
        assert_eq!(api.state().latest.memory, power(512), "{since:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lock_that_somebody_deletes_while_the_cleaner_is_at_work_is_lost_and_the_memory_is_put_back() {
    let plan = the_plan();
    let api = in_the_middle(&plan);
    let mut is_closed = false;
    api.before_each_call(move |call, function| {
        if call == "UpdateFunctionConfiguration" && !is_closed {
            is_closed = true;
            function.aliases.remove(0);
            // By a step that had seen the lock open: so the Cleaner looks once more.
            function.set_memory(power(128));
        }
        None
    });
    let failure = clean(&api, failed(&plan)).await.unwrap();
    assert!(failure.cause.contains("the lock was lost"), "{}", failure.cause);
    assert_clean(&api);
}

#[tokio::test(start_paused = true)]
async fn the_memory_that_another_run_is_at_is_left_to_it() {
    let plan = the_plan();
    let api = in_the_middle(&plan);
    let mut theirs = plan.journal(power(1024));
    theirs.execution = ExecutionArn("arn:next".to_owned());
    api.state().aliases[0].description = theirs.to_string();
    let failure = clean(&api, failed(&plan)).await.unwrap();
    assert!(failure.cause.contains("512 MB") && failure.cause.contains("the lock was lost"), "{}", failure.cause);
    let state = api.state();
    assert_eq!((state.latest.memory, state.versions.len()), (power(512), 0));
    assert_eq!(state.alias_names(), ["power-tuning-lock"]);
}

#[tokio::test(start_paused = true)]
async fn one_stale_answer_is_no_proof_that_something_is_gone() {
    for (stale, nth) in [("GetFunction", 1), ("GetAlias", 1), ("GetAlias", 2), ("GetAlias", 3)] {
        let plan = the_plan();
        let api = in_the_middle(&plan);
        let mut answers = 0;
        api.before_each_call(move |call, _| {
            answers += u32::from(call == stale);
            (call == stale && answers == nth).then_some(ApiErrorKind::NotFound)
        });
        over(&api, &plan, &json!({"lambdaARN": "f", "powerValues": [128, 256, 512]}));
        clean_by_event(&api, &plan).await.unwrap();
        assert_clean(&api);
    }
}

/// A function whose newest version the first list lacks; every call after that sees it.
fn with_a_version_that_the_first_list_lacks(plan: &Plan) -> (FakeLambda, Version) {
    let api = in_the_middle(plan);
    let hidden = api.state().versions.pop().unwrap();
    let mut stale = Some(hidden.clone());
    api.before_each_call(move |_, function| {
        if function.calls.iter().rev().skip(1).any(|made| *made == "ListVersionsByFunction") {
            function.versions.extend(stale.take());
        }
        None
    });
    (api, hidden)
}

#[tokio::test(start_paused = true)]
async fn a_version_that_the_first_list_lacks_is_found_without_a_state_too() {
    let plan = the_plan();
    let (api, _) = with_a_version_that_the_first_list_lacks(&plan);
    over(&api, &plan, &json!({"lambdaARN": "f", "powerValues": [128, 256, 512]}));
    clean_by_event(&api, &plan).await.unwrap();
    assert_clean(&api);
}

#[tokio::test(start_paused = true)]
async fn a_version_that_the_list_lacks_is_found_by_the_number_in_the_state() {
    let plan = the_plan();
    let (api, hidden) = with_a_version_that_the_first_list_lacks(&plan);
    let targets = json!([{"power": 256, "versions": [hidden.number]}]);
    let publication = json!({"next": "measure", "calls": 1, "waits": 0, "retries": 0, "round": 1, "targets": targets});
    let cause = json!({"errorType": "FunctionError", "errorMessage": "it raised"}).to_string();
    let error = json!({"Error": "FunctionError", "Cause": cause});
    clean(&api, input(&plan, &json!({"plan": plan, "publication": publication, "error": error}))).await.unwrap();
    assert_clean(&api);
}

fn first_round(plan: &Plan) -> Round {
    Round {
        number: 1,
        power_values: plan.request.power_values.clone(),
        sampling: plan.request.sampling,
        after: VersionNumber::NONE,
        allowance: None,
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_optimizer_has_answered_counts_more_than_what_another_call_of_it_has_put_back() {
    let mut plan = the_plan();
    plan.request.auto_optimize = AutoOptimize::Latest;
    let (winner, before) = (power(256), plan.before.memory);
    let api = in_the_middle(&plan);
    api.state().set_memory(before);
    let closed = Journal { phase: Phase::Closing, ..plan.journal(before) };
    api.state().aliases[0].description = closed.to_string();
    let publication = Publication { next: publisher::Next::Measure, round: 1, ..Publication::default() };
    let analysis = Analysis { winner: Some(winner), ..Analysis::before(first_round(&plan)) };
    let applied = Applied::Latest { memory: winner, memory_before: before };
    let optimization = optimizer::Output { applied: Some(applied), retries: 1 };
    let state = json!({"plan": plan, "publication": publication, "analysis": analysis, "optimization": optimization});
    let call = Call::Step(Box::new(input(&plan, &state)));
    handle(&api, Deadline::after(LONG), call).await.unwrap();
    let state = api.state();
    assert_eq!((state.latest.memory, state.alias_names()), (winner, vec![]));
}

/// The one that the plan is of was deleted, and this call came late: its memory is what $LATEST happened to have then.
#[tokio::test(start_paused = true)]
async fn a_lock_that_another_call_of_the_initializer_took_does_not_say_what_to_restore() {
    let mut plan = the_plan();
    plan.retries = 1;
    plan.request.auto_optimize = AutoOptimize::Latest;
    let winner = power(512);
    let api = in_the_middle(&plan);
    let late = Journal { retries: 0, ..plan.journal(winner) };
    api.state().aliases[0].description = late.to_string();
    let analysis = Analysis { winner: Some(winner), ..Analysis::before(first_round(&plan)) };
    let error = json!({"Error": "FunctionNotTunable", "Cause": "its lock changed"});
    clean(&api, input(&plan, &json!({"plan": plan, "analysis": analysis, "error": error}))).await.unwrap();
    assert_clean(&api);
}

#[tokio::test(start_paused = true)]
async fn a_memory_of_the_list_that_a_user_set_after_publishing_stays_and_is_named() {
    let plan = the_plan();
    let api = in_the_middle(&plan);
    let round = first_round(&plan);
    let publication = Publication { next: publisher::Next::Measure, round: 1, ..Publication::default() };
    let error = json!({"Error": "NoUsableSamples", "Cause": "none"});
    let state = json!({"plan": plan, "publication": publication, "analysis": Analysis::before(round), "error": error});
    let failure = clean(&api, input(&plan, &state)).await.unwrap();
    assert!(failure.cause.contains("$LATEST was left at 512 MB"), "{}", failure.cause);
    assert_eq!(api.state().latest.memory, power(512));
}

#[tokio::test(start_paused = true)]
async fn a_version_of_somebody_else_with_a_memory_of_the_run_is_named() {
    let plan = the_plan();
    let api = in_the_middle(&plan);
    let theirs = api.state().publish("release 7");
    let failure = clean(&api, failed(&plan)).await.unwrap();
    assert!(failure.cause.contains("version 3 was published by somebody else"), "{}", failure.cause);
    assert_eq!(api.state().versions, [theirs]);
}

#[tokio::test(start_paused = true)]
async fn a_lock_that_another_run_takes_over_while_it_is_closed_leaves_the_memory_to_that_run() {
    let plan = the_plan();
    let api = in_the_middle(&plan);
    let mut theirs = plan.journal(power(1024));
    theirs.execution = ExecutionArn("arn:next".to_owned());
    let theirs = theirs.to_string();
    api.before_each_call(move |call, function| {
        if call == "UpdateAlias" {
            theirs.clone_into(&mut function.aliases[0].description);
        }
        (call == "UpdateAlias").then_some(ApiErrorKind::Stale)
    });
    clean(&api, failed(&plan)).await.unwrap();
    let state = api.state();
    assert_eq!((state.latest.memory, state.versions.len(), state.aliases.len()), (power(512), 0, 1));
}
