//! Runs that are stopped from outside: the function ends as it began. Each test has a function of its own.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::{Duration, Instant};

use end_to_end::{Aws, Function, State, assert_failed, assert_succeeded, warnings};
use serde_json::{Value, json};

/// The longest time that the event of an execution that was stopped, and the Cleaner, may take.
const LIMIT: Duration = Duration::from_mins(1);
/// The time for which nothing may happen any more.
const QUIET: Duration = Duration::from_secs(3);
/// The interval at which something is looked at that changes by itself.
const LOOK: Duration = Duration::from_millis(5);

async fn stop(aws: &Aws, execution: &str) {
    aws.sfn.stop_execution().execution_arn(execution).send().await.unwrap();
}

/// Waits until a state has been entered; false if the execution has ended without it.
async fn entered(aws: &Aws, execution: &str, state: &str) -> bool {
    loop {
        if aws.entered(execution).await.iter().any(|entered| entered == state) {
            return true;
        }
        if !aws.is_running(execution).await {
            return false;
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Waits until the function is as accepted, and stays so: a step that was under way when the run was stopped may still
/// come after the Cleaner, but must not leave anything.
async fn assert_settles(function: &Function<'_>, what: &str, accepted: impl Fn(&State) -> bool) {
    let (start, mut since) = (Instant::now(), Instant::now());
    while since.elapsed() < QUIET {
        let state = function.state().await;
        if !accepted(&state) {
            assert!(start.elapsed() < LIMIT, "stopped at {what}, it is left as {state:?}");
            since = Instant::now();
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_run_that_is_stopped_at_any_state_leaves_the_function_as_it_was() {
    let aws = Aws::connect().await;
    let function = aws.function("stopped").await;
    // Slow enough for each state to be met, fast enough not to make the test wait; and 512 MB are clearly faster.
    let payload = json!({"ioMs": 50, "cpuMs": 15});
    let input = function.input(&json!({"payload": payload, "autoOptimize": true, "strategy": "speed"}));
    let mut stopped = 0;
    for state in ["Initializer", "Publisher", "All published?", "Measure", "Analyzer", "Optimizer", "Cleaner"] {
        let before = function.state().await;
        let execution = aws.start(&aws.state_machine, &input).await;
        if entered(&aws, &execution, state).await && aws.is_running(&execution).await {
            stop(&aws, &execution).await;
            stopped += 1;
        }
        aws.wait(&execution).await;
        // Once the Optimizer is at work, the winner may be what the run is to leave.
        let optimizes = ["Analyzer", "Optimizer", "Cleaner"].contains(&state);
        let winner = State { memory: 512, ..before.clone() };
        assert_settles(&function, state, |left| *left == before || optimizes && *left == winner).await;
        function.set_memory(State::untouched().memory).await;
    }
    assert!(stopped >= 5, "only {stopped} runs were still there to be stopped");
    function.delete().await;
}

#[tokio::test]
async fn a_lock_whose_run_is_over_is_healed_by_the_next_run() {
    let aws = Aws::connect().await;
    let function = aws.function("stale-lock").await;
    let before = function.stopped(&aws.state_machine).await;
    function.becomes(|state| *state == State::untouched()).await;
    // What a run leaves whose event got lost: the lock, a version and an alias with its mark, another memory.
    function.leave_behind(&format!("power-tuning 1024 0 {before}"), &format!("power-tuning {before}"), 512).await;
    let ended = function.tune(&json!({})).await;
    assert_succeeded(&ended);
    assert!(warnings(&ended).contains("was put back to 1024 MB first"), "{}", warnings(&ended));
    assert_eq!(function.state().await, State::untouched());
    function.delete().await;
}

/// Calls the Cleaner, as anybody may who may invoke it, and returns its answer.
async fn call_the_cleaner(aws: &Aws, payload: &Value) -> Value {
    let functions = aws.functions_of_steps().await;
    let cleaner = functions.into_iter().find(|(step, _)| *step == "Cleaner").unwrap().1;
    let answer = aws
        .lambda
        .invoke()
        .function_name(cleaner)
        .payload(payload.to_string().into_bytes().into())
        .send()
        .await
        .unwrap();
    serde_json::from_slice(answer.payload.unwrap().as_ref()).unwrap()
}

#[tokio::test]
async fn nobody_ends_a_run_at_work_by_calling_its_cleaner() {
    let aws = Aws::connect().await;
    let function = aws.function("called-by-others").await;
    let execution = aws.start(&aws.state_machine, &function.input(&json!({"payload": {"ioMs": 2000}}))).await;
    assert!(entered(&aws, &execution, "Measure").await);
    let error = json!({"Error": "FunctionError", "Cause": "forged"});
    for forged in [
        json!({"execution": execution}),
        json!({"execution": execution, "state": {"error": error}}),
        json!({"source": "aws.states", "detail": {"executionArn": execution, "status": "ABORTED"}}),
    ] {
        let answer = call_the_cleaner(&aws, &forged).await;
        assert_eq!(answer["errorType"], "FunctionBusy", "{answer}");
    }
    assert!(aws.is_running(&execution).await, "it was to be called while it ran");
    assert_succeeded(&aws.wait(&execution).await);
    assert_eq!(function.state().await, State::untouched());
    function.delete().await;
}

#[tokio::test]
async fn a_forged_lock_moves_no_memory_and_says_what_to_do() {
    let aws = Aws::connect().await;
    let (function, other) = (aws.function("forged-lock").await, aws.function("forged-lock-other").await);
    let never = aws.state_machine.replace(":stateMachine:", ":execution:") + ":never";
    let elsewhere = other.tune(&json!({})).await.execution;
    for execution in [never, elsewhere] {
        function.leave_behind(&format!("power-tuning 128 0 {execution}"), "theirs", 1024).await;
        let before = function.state().await;
        let ended = function.tune(&json!({})).await;
        assert_failed(&ended, "FunctionBusy");
        assert!(ended.cause.contains("delete the alias"), "{}", ended.cause);
        call_the_cleaner(&aws, &json!({"execution": execution, "input": {"lambdaARN": function.name}})).await;
        assert_eq!(function.state().await, before);
        for alias in ["power-tuning-lock", "RAM512"] {
            aws.lambda.delete_alias().function_name(&function.name).name(alias).send().await.unwrap();
        }
    }
    function.delete().await;
    other.delete().await;
}
