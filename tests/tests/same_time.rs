//! Runs that meet a late step, another run or a user: no run loses its lock to a step that is late, nothing is left,
//! and what others do stays and is named.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::time::{Duration, Instant};

use aws_sdk_lambda::types::InvocationType;
use end_to_end::{
    Aws, Ended, Function, State, assert_failed, assert_succeeded,
    proxy::{
        fault::{Fault, Refusal},
        record::{RunId, Seen},
        schedule::{Moment, Schedule},
    },
    rig::{Rig, Scenario},
    sweep::Verdict,
    warnings,
};
use futures_util::future::join_all;
use serde_json::{Value, json};

/// The longest time between sending a request and its effect, for all that a run does about it.
const LATE: Duration = Duration::from_secs(6);
/// The time after the last call for which nothing may happen any more: longer than anything is late.
const QUIET: Duration = Duration::from_secs(3);
/// The longest time that a function may take to be as it was.
const LIMIT: Duration = Duration::from_mins(1);
/// The interval at which something is looked at that changes by itself.
const LOOK: Duration = Duration::from_millis(50);
/// The number of runs that go on at the same time.
const WORKERS: usize = 6;
/// The time for which the state machine waits for the Initializer where a test is about that, in seconds.
const PATIENCE: u32 = 2;

/// A run behind the proxy, and the function that it tunes.
struct Scene<'a> {
    rig: &'a Rig,
    function: Function<'a>,
    run: RunId,
}

impl<'a> Scene<'a> {
    /// A function of its own, one kind of whose calls goes wrong.
    async fn new(rig: &'a Rig, name: &str, (moment, fault): (Moment, Fault)) -> Self {
        let function = rig.aws.function(name).await;
        let run = rig.proxy.begin(&[&function.name], Schedule::At(moment, fault));
        Self { rig, function, run }
    }

    async fn start(&self, fields: &Value) -> String {
        self.rig.aws.start(&self.rig.machine.arn, &self.function.input(fields)).await
    }

    /// Waits until something has gone wrong as scheduled; a complaint if nothing does.
    async fn went_wrong(&self) -> Option<String> {
        let fault = self.rig.proxy.seen(self.run, |seen| seen.fault.is_some());
        let waited = tokio::time::timeout(LIMIT, fault).await;
        waited.is_err().then(|| "the call is not made that is to go wrong".to_owned())
    }

    async fn made(&self, step: &str, action: &str) {
        let made = self.rig.proxy.seen(self.run, |seen| (seen.call.step, seen.call.action.as_str()) == (step, action));
        tokio::time::timeout(LIMIT, made).await.unwrap_or_else(|_| panic!("{step} never calls {action}"));
    }

    /// Stops an execution, and calls the Cleaner as `EventBridge` does.
    async fn stop(&self, execution: &str) {
        let aws = self.rig.aws;
        aws.sfn.stop_execution().execution_arn(execution).send().await.unwrap();
        let event = json!({"source": "aws.states", "detail": {"executionArn": execution, "status": "ABORTED"}});
        let cleaner = self.rig.machine.function("Cleaner");
        let call = aws.lambda.invoke().function_name(cleaner).invocation_type(InvocationType::Event);
        call.payload(event.to_string().into_bytes().into()).send().await.unwrap();
    }

    /// Ends the scene, and returns its calls.
    async fn end(self) -> Vec<Seen> {
        let seen = self.rig.proxy.end(self.run);
        self.function.delete().await;
        seen
    }
}

/// The trouble with a function that is to be, and to stay, as it was created; nothing, if it is.
async fn unsettled(function: &Function<'_>) -> Option<String> {
    let (start, mut since) = (Instant::now(), Instant::now());
    while since.elapsed() < QUIET {
        let state = function.state().await;
        if state != State::untouched() {
            if start.elapsed() > LIMIT {
                return Some(format!("it is left as {state:?}"));
            }
            since = Instant::now();
        }
        tokio::time::sleep(LOOK).await;
    }
    None
}

/// Runs cases, some at a time, and checks that none has anything to complain of.
async fn check_all<C: std::fmt::Debug>(cases: Vec<C>, check: impl AsyncFn(usize, &C) -> Vec<String>) {
    let mut wrong = Vec::new();
    for some in cases.chunks(WORKERS) {
        let checked = join_all(some.iter().enumerate().map(async |(worker, case)| (case, check(worker, case).await)));
        wrong.extend(checked.await.into_iter().flat_map(|(case, complaints)| {
            complaints.into_iter().map(move |complaint| format!("{case:?}: {complaint}"))
        }));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The troubles of a run that was to succeed with its lock held all the time.
fn troubles(ended: &Ended) -> Vec<String> {
    if !ended.succeeded {
        return vec![format!("{}: {}", ended.error, ended.cause)];
    }
    let lost = warnings(ended).contains("the lock was lost");
    lost.then(|| warnings(ended)).into_iter().collect()
}

#[tokio::test]
async fn at_the_same_time_a_late_step_of_a_stopped_run_takes_nothing_from_the_next_run() {
    let rig = Rig::build("late").await;
    let throttled = Fault::Refused(Refusal::Throttled);
    let late = |after| Fault::Delay { time: LATE, after };
    // The Cleaner closes the lock, deletes two aliases, releases the lock and deletes it.
    let lock_deleted = |count| Moment { first: 2, count, ..Moment::always("Cleaner", "lambda:DeleteAlias") };
    let cases = vec![
        (Moment::once("Cleaner", "lambda:UpdateAlias", 0), late(false)),
        (Moment::once("Cleaner", "lambda:UpdateAlias", 0), late(true)),
        (Moment::once("Cleaner", "lambda:UpdateFunctionConfiguration", 0), late(false)),
        (Moment::once("Cleaner", "lambda:UpdateAlias", 1), late(false)),
        (Moment::once("Cleaner", "lambda:UpdateAlias", 1), late(true)),
        (lock_deleted(1), late(false)),
        (lock_deleted(1), late(true)),
        (lock_deleted(1), throttled),
        (lock_deleted(3), throttled),
        (lock_deleted(1), Fault::ErrorAfter),
        (lock_deleted(1), Fault::DropAfter),
        (Moment::once("Initializer", "lambda:CreateAlias", 0), late(false)),
        (Moment::once("Initializer", "lambda:CreateAlias", 0), late(true)),
    ];
    check_all(cases, async |worker, (moment, fault)| {
        let scene = Scene::new(&rig, &format!("late-{worker}"), (moment.clone(), *fault)).await;
        let stopped = scene.start(&json!({"payload": {"ioMs": 300}})).await;
        if moment.step == "Cleaner" {
            scene.made("Executor", "lambda:InvokeFunction").await;
        } else {
            scene.went_wrong().await;
        }
        scene.stop(&stopped).await;
        let calm = scene.went_wrong().await;
        // Longer than anything is late.
        let ended = rig.aws.wait(&scene.start(&json!({"payload": {"ioMs": 1500}})).await).await;
        let mut troubles = troubles(&ended);
        troubles.extend(calm);
        troubles.extend(unsettled(&scene.function).await);
        scene.end().await;
        troubles
    })
    .await;
    rig.delete().await;
}

/// Lets the state machine wait for the Initializer only for a while, as it does for a Lambda function that is cut off
/// from it.
async fn lose_patience(rig: &Rig) {
    let (sfn, machine) = (&rig.aws.sfn, &rig.machine.arn);
    let described = sfn.describe_state_machine().state_machine_arn(machine).send().await.unwrap();
    let mut definition: Value = serde_json::from_str(&described.definition).unwrap();
    definition["States"]["Initializer"]["TimeoutSeconds"] = json!(PATIENCE);
    let update = sfn.update_state_machine().state_machine_arn(machine).definition(definition.to_string());
    update.send().await.unwrap();
}

#[tokio::test]
async fn at_the_same_time_a_second_call_of_the_initializer_finds_the_first_one_at_work() {
    let rig = Rig::build("twice").await;
    lose_patience(&rig).await;
    let held = |number, action: &str| Moment::once("Initializer", action, number);
    let until = |step, action, after| Fault::Until { step, action, after };
    let cases: Vec<(Moment, Fault)> = [
        (held(0, "lambda:GetFunction"), false),
        (held(0, "lambda:ListVersionsByFunction"), true),
        (held(0, "lambda:CreateAlias"), false),
        (held(0, "lambda:CreateAlias"), true),
        (held(1, "lambda:GetFunction"), false),
        (held(1, "lambda:GetFunction"), true),
    ]
    .into_iter()
    .flat_map(|(moment, after)| {
        [
            // While the memory of $LATEST is another one, while it is back, and while the run ends.
            until("Publisher", "lambda:PublishVersion", after),
            until("Executor", "lambda:InvokeFunction", after),
            until("Cleaner", "lambda:UpdateAlias", after),
        ]
        .map(|fault| (moment.clone(), fault))
    })
    .collect();
    check_all(cases, async |worker, (moment, fault)| {
        let scene = Scene::new(&rig, &format!("twice-{worker}"), (moment.clone(), *fault)).await;
        let ended = rig.aws.wait(&scene.start(&json!({"payload": {"ioMs": 100}})).await).await;
        let mut troubles = troubles(&ended);
        troubles.extend(unsettled(&scene.function).await);
        let entered = rig.aws.causes(&ended.execution).await;
        let seen = scene.end().await;
        if !seen.iter().any(|seen| seen.fault.is_some()) {
            troubles.push(format!("no call was held; {entered:?}"));
        }
        troubles
    })
    .await;
    rig.delete().await;
}

/// The reads of the Cleaner, each stale once.
fn stale_reads(seen: &[Seen]) -> Vec<(Moment, Fault)> {
    let of_cleaner = seen.iter().filter(|seen| seen.call.step == "Cleaner");
    let stale = |action: &str| match action {
        "lambda:GetAlias" | "lambda:GetFunction" => Some(Fault::Refused(Refusal::Missing)),
        "lambda:ListVersionsByFunction" | "lambda:ListAliases" => Some(Fault::WithoutNewest),
        _ => None,
    };
    of_cleaner
        .filter_map(|seen| {
            let action = &seen.call.action;
            stale(action).map(|fault| (Moment::once("Cleaner", action, seen.number), fault))
        })
        .collect()
}

#[tokio::test]
async fn at_the_same_time_a_stale_read_of_the_cleaner_is_a_doubt_and_leaves_nothing() {
    let rig = Rig::build("stale").await;
    let mut cases = Vec::new();
    for scenario in [Scenario::Plain, Scenario::Failing] {
        let calm = rig.run(0, scenario, Schedule::Calm).await;
        assert_eq!(calm.problems, Vec::<String>::new());
        cases.extend(stale_reads(&calm.seen).into_iter().map(|(moment, fault)| (scenario, moment, fault)));
    }
    for action in ["GetAlias", "GetFunction", "ListVersionsByFunction", "ListAliases"] {
        let is_there = |(_, moment, _): &(Scenario, Moment, Fault)| moment.action.ends_with(action);
        assert!(cases.iter().filter(|case| is_there(case)).count() >= 2, "{action}: {cases:?}");
    }
    check_all(cases, async |worker, (scenario, moment, fault)| {
        let run = rig.run(worker, *scenario, Schedule::At(moment.clone(), *fault)).await;
        match run.verdict() {
            Verdict::Right => Vec::new(),
            Verdict::FailedCleanly => vec!["the run failed".to_owned()],
            Verdict::Lost(why) => why,
        }
    })
    .await;
    rig.delete().await;
}

#[tokio::test]
async fn at_the_same_time_a_stale_read_of_the_cleaner_of_a_stopped_run_leaves_nothing() {
    let rig = Rig::build("stale-stopped").await;
    let missing = Fault::Refused(Refusal::Missing);
    let cases: Vec<(Moment, Fault)> = [
        ("lambda:GetAlias", missing, 3),
        ("lambda:GetFunction", missing, 2),
        ("lambda:ListVersionsByFunction", Fault::WithoutNewest, 1),
        ("lambda:ListAliases", Fault::WithoutNewest, 1),
    ]
    .into_iter()
    .flat_map(|(action, fault, count)| (0..count).map(move |number| (Moment::once("Cleaner", action, number), fault)))
    .collect();
    check_all(cases, async |worker, (moment, fault)| {
        let scene = Scene::new(&rig, &format!("stale-stopped-{worker}"), (moment.clone(), *fault)).await;
        let stopped = scene.start(&json!({"payload": {"ioMs": 300}})).await;
        scene.made("Executor", "lambda:InvokeFunction").await;
        scene.stop(&stopped).await;
        let calm = scene.went_wrong().await;
        let unsettled = unsettled(&scene.function).await;
        scene.end().await;
        calm.into_iter().chain(unsettled).collect()
    })
    .await;
    rig.delete().await;
}

/// The words of a run about others, wherever it says them.
fn said(ended: &Ended) -> String {
    format!("{} {}", warnings(ended), ended.cause)
}

#[tokio::test]
async fn at_the_same_time_of_two_runs_one_measures_and_the_other_is_busy() {
    let aws = Aws::connect().await;
    let function = aws.function("two-runs").await;
    for _ in 0..5 {
        let input = function.input(&json!({"payload": {"ioMs": 200}}));
        let [one, other] = [aws.start(&aws.state_machine, &input), aws.start(&aws.state_machine, &input)];
        let (one, other) = tokio::join!(one, other);
        let (one, other) = tokio::join!(aws.wait(&one), aws.wait(&other));
        let (measured, busy) = if one.succeeded { (one, other) } else { (other, one) };
        assert_succeeded(&measured);
        assert_failed(&busy, "FunctionBusy");
        assert!(busy.cause.contains(&measured.execution), "{}", busy.cause);
        assert_eq!(function.state().await, State::untouched());
    }
    function.delete().await;
}

#[tokio::test]
async fn at_the_same_time_two_runs_and_a_user_who_sets_the_memory_leave_it_and_name_it() {
    let rig = Rig::build("user-memory").await;
    let user = async |worker: usize, memory: &i32| {
        // Of the run's sizes or not: $LATEST is back by the time that something is measured.
        let calm = (Moment { count: 0, ..Moment::always("Cleaner", "none") }, Fault::DropBefore);
        let scene = Scene::new(&rig, &format!("user-memory-{worker}"), calm).await;
        let fields = json!({"payload": {"ioMs": 400}});
        let executions = tokio::join!(scene.start(&fields), scene.start(&fields));
        scene.made("Executor", "lambda:InvokeFunction").await;
        scene.function.set_memory(*memory).await;
        let (one, other) = tokio::join!(rig.aws.wait(&executions.0), rig.aws.wait(&executions.1));
        let left = scene.function.state().await;
        let expected = State { memory: *memory, ..State::untouched() };
        let mut troubles = Vec::new();
        if left != expected {
            troubles.push(format!("it is left as {left:?}"));
        }
        if !format!("{} {}", said(&one), said(&other)).contains(&format!("$LATEST was left at {memory} MB")) {
            troubles.push(format!("nobody is told: {one:?}, {other:?}"));
        }
        if ![&one, &other].iter().any(|ended| ended.error == "FunctionBusy") {
            troubles.push(format!("none was busy: {one:?}, {other:?}"));
        }
        scene.end().await;
        troubles
    };
    check_all(vec![128, 512, 2048], user).await;
    rig.delete().await;
}

#[tokio::test]
async fn at_the_same_time_a_user_who_sets_the_memory_while_versions_are_published_keeps_it() {
    let rig = Rig::build("user-meanwhile").await;
    let until_set = Fault::Delay { time: Duration::from_secs(2), after: false };
    let cases = vec![
        Moment::once("Publisher", "lambda:UpdateFunctionConfiguration", 0),
        Moment::once("Publisher", "lambda:PublishVersion", 0),
        Moment::once("Publisher", "lambda:UpdateFunctionConfiguration", 1),
        Moment::once("Publisher", "lambda:PublishVersion", 1),
        Moment::once("Publisher", "lambda:UpdateFunctionConfiguration", 2),
    ];
    check_all(cases, async |worker, moment| {
        let scene = Scene::new(&rig, &format!("user-meanwhile-{worker}"), (moment.clone(), until_set)).await;
        let execution = scene.start(&json!({})).await;
        let calm = scene.went_wrong().await;
        scene.function.set_memory(2048).await;
        let ended = rig.aws.wait(&execution).await;
        let left = scene.function.state().await;
        let mut troubles: Vec<String> = calm.into_iter().collect();
        if left != (State { memory: 2048, ..State::untouched() }) {
            troubles.push(format!("it is left as {left:?}"));
        }
        if ended.succeeded || !said(&ended).contains("2048 MB") {
            troubles.push(format!("the user is not named: {ended:?}"));
        }
        scene.end().await;
        troubles
    })
    .await;
    rig.delete().await;
}

#[tokio::test]
async fn at_the_same_time_a_user_who_publishes_keeps_the_version_and_is_told_of_its_memory() {
    let rig = Rig::build("user-publishes").await;
    let cases = vec![
        Moment::once("Publisher", "lambda:PublishVersion", 0),
        Moment::once("Publisher", "lambda:UpdateFunctionConfiguration", 1),
        Moment::once("Publisher", "lambda:PublishVersion", 1),
        Moment::once("Publisher", "lambda:UpdateFunctionConfiguration", 2),
    ];
    let until_published = Fault::Delay { time: Duration::from_secs(2), after: false };
    check_all(cases, async |worker, moment| {
        let name = format!("user-publishes-{worker}");
        let scene = Scene::new(&rig, &name, (moment.clone(), until_published)).await;
        let execution = scene.start(&json!({})).await;
        let calm = scene.went_wrong().await;
        let publish = rig.aws.lambda.publish_version().function_name(&scene.function.name).description("release 7");
        let theirs = publish.send().await.unwrap();
        let (number, memory) = (theirs.version.unwrap(), theirs.memory_size.unwrap());
        let is_of_the_run = theirs.description.as_deref() != Some("release 7");
        let ended = rig.aws.wait(&execution).await;
        let left = scene.function.state().await;
        let mut troubles: Vec<String> = calm.into_iter().collect();
        // When nothing has changed since the run has published, AWS gives the user the run's version.
        let versions = if is_of_the_run { Vec::new() } else { vec![(number.clone(), memory)] };
        if left != (State { versions, ..State::untouched() }) {
            troubles.push(format!("it is left as {left:?}"));
        }
        let named = format!("version {number} was published by somebody else during the run, and has {memory} MB");
        if !is_of_the_run && !said(&ended).contains(&named) {
            troubles.push(format!("version {number} with {memory} MB is not named: {ended:?}"));
        }
        scene.end().await;
        troubles
    })
    .await;
    rig.delete().await;
}
