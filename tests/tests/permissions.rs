//! Least privilege: the steps are allowed what they use, and nothing else.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{collections::BTreeSet, fs, path::PathBuf};

use end_to_end::{
    Aws, Ended, Function, Machine, STEPS, State, Tried, assert_failed, assert_succeeded, endpoint, permissions,
    proxy::{
        Proxy,
        call::Resource,
        fault::{Fault, Refusal},
        record::Use,
        schedule::{Moment, Schedule},
    },
    sweep::{keep, say},
};
use serde_json::{Value, json};

/// The number of times that the AWS SDK makes a call before it gives up.
const ATTEMPTS: usize = 6;

/// The machine behind a proxy that writes down what its steps do.
struct Watched<'a> {
    aws: &'a Aws,
    proxy: Proxy,
    machine: Machine<'a>,
}

impl Watched<'_> {
    async fn run(&self, function: &Function<'_>, fields: Value) -> Ended {
        let execution = self.aws.start(&self.machine.arn, &function.input(&fields)).await;
        self.aws.wait(&execution).await
    }

    async fn run_with(&self, function: &Function<'_>, fields: Value, moment: Moment, fault: Fault) -> Ended {
        let run = self.proxy.begin(&[&function.name], Schedule::At(moment, fault));
        let ended = self.run(function, fields).await;
        let seen = self.proxy.end(run);
        assert!(seen.iter().any(|seen| seen.fault.is_some()), "{seen:?}");
        ended
    }
}

fn template() -> String {
    fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../template.yaml")).unwrap()
}

#[tokio::test]
async fn every_step_uses_what_it_is_granted_and_nothing_else() {
    let aws = Aws::connect().await;
    let proxy = Proxy::start(&endpoint(), &STEPS.map(|(step, _)| step)).await;
    let machine = aws.machine_behind("permissions", &proxy).await;
    let watched = Watched { aws: &aws, proxy, machine };
    tokio::join!(
        measure_what_others_have_versions_and_aliases_of(&watched),
        leave_the_function_at_the_winner(&watched),
        use_what_is_elsewhere(&watched),
        look_for_reports(&watched),
        wait_for_snapshots(&watched),
        publish_where_revisions_change_by_themselves(&watched),
        publish_again_after_a_failure(&watched),
        fail_half_way(&watched),
        find_the_lock_of_a_run_that_has_ended(&watched),
        find_that_the_function_changed_before_it_was_locked(&watched),
        clean_up_after_an_event_without_the_input(&watched),
    );
    let used = watched.proxy.uses();
    let table = permissions::table(&used);
    println!("{table}");
    keep("permissions.md", &table).unwrap();
    watched.machine.delete().await;
    let differences = permissions::differences(&permissions::granted(&template()), &used);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/permissions.md")).unwrap();
    assert!(
        page.contains(table.trim()),
        "the table of docs/permissions.md is not the one in target/permissions.md: put it there"
    );
}

/// The other way round: with the credentials of a step, everything else is denied.
#[tokio::test]
async fn every_step_is_denied_what_it_is_not_granted() {
    let aws = Aws::connect().await;
    let granted = permissions::granted(&template());
    // Whoever may do something to a function may do it to its versions.
    let is_granted = |used: &Use| {
        let function = Use { resource: Resource::Function, ..used.clone() };
        granted.contains(used) || used.resource == Resource::QualifiedFunction && granted.contains(&function)
    };
    let tried = aws.try_all().await;
    let uses: BTreeSet<Use> = tried.iter().map(|tried| tried.used.clone()).collect();
    assert!(granted.is_subset(&uses), "not tried: {:?}", granted.difference(&uses));
    let wrong: Vec<_> = tried.iter().filter(|tried| tried.allowed != is_granted(&tried.used)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    for Tried { used, .. } in tried.iter().filter(|tried| tried.allowed) {
        assert!(used.step != "Analyzer", "the Analyzer needs nothing: {used:?}");
        assert!(used.action != "lambda:DeleteFunction" || used.resource != Resource::Function, "{used:?}");
    }
    let allowed = tried.iter().filter(|tried| tried.allowed).count();
    say(&format!("{allowed} of {} calls were allowed", tried.len())).unwrap();
}

/// Whoever may start an execution may name any function, but none of those that the steps are.
#[tokio::test]
async fn no_step_may_touch_the_functions_of_its_own_deployment() {
    let aws = Aws::connect().await;
    for (step, own) in aws.functions_of_steps().await {
        assert_eq!(aws.steps_that_may_touch(&own).await, Vec::<&str>::new(), "{step}");
    }
    let others = aws.function("permissions-of-others").await;
    assert!(aws.steps_that_may_touch(&others.name).await.contains(&"Executor"));
    let functions = aws.functions_of_steps().await;
    let cleaner = &functions.iter().find(|(step, _)| *step == "Cleaner").unwrap().1;
    for (field, named) in [("lambdaARN", cleaner.clone()), ("preProcessorARN", format!("{cleaner}:$LATEST"))] {
        let ended = others.tune(&json!({ field: named })).await;
        assert_failed(&ended, "ValidationError");
        assert!(ended.cause.contains("one of power-tuner's own functions"), "{}", ended.cause);
    }
    assert_eq!(others.state().await, State::untouched());
    others.delete().await;
}

async fn measure_what_others_have_versions_and_aliases_of(watched: &Watched<'_>) {
    let lambda = &watched.aws.lambda;
    let function = watched.aws.function("permissions-qualified").await;
    lambda.publish_version().function_name(&function.name).send().await.unwrap();
    lambda.create_alias().function_name(&function.name).name("RAM512").function_version("1").send().await.unwrap();
    let before = function.state().await;
    assert_succeeded(&watched.run(&function, json!({"lambdaARN": format!("{}:1", function.name)})).await);
    assert_succeeded(&watched.run(&function, json!({"onlyColdStarts": true})).await);
    assert_eq!(function.state().await, before);
    function.delete().await;
}

async fn leave_the_function_at_the_winner(watched: &Watched<'_>) {
    let function = watched.aws.function("permissions-optimized").await;
    let alias = |strategy| json!({"strategy": strategy, "autoOptimize": true, "autoOptimizeAlias": "live", "payload": {"cpuMs": 20}});
    assert_succeeded(&watched.run(&function, alias("cost")).await);
    assert_succeeded(&watched.run(&function, alias("speed")).await);
    // The alias cannot be moved: the version that was meant for it is not left.
    let (moment, stale) = (Moment::once("Optimizer", "lambda:UpdateAlias", 0), Fault::Refused(Refusal::Stale));
    let versions = function.state().await.versions;
    assert_failed(&watched.run_with(&function, alias("cost"), moment, stale).await, "FunctionChanged");
    assert_eq!(function.state().await.versions, versions);
    assert_succeeded(
        &watched.run(&function, json!({"autoOptimize": true, "parallelInvocation": true, "num": 50})).await,
    );
    // The alias would get code that nobody has released.
    function.deploy().await;
    let (before, ended) = (function.state().await, watched.run(&function, alias("cost")).await);
    assert_failed(&ended, "FunctionNotTunable");
    assert!(ended.cause.contains("would be released with the optimum"), "{}", ended.cause);
    assert_eq!(function.state().await, before);
    function.delete().await;
}

async fn use_what_is_elsewhere(watched: &Watched<'_>) {
    let account = "222222222222";
    let there = watched.aws.with_functions_of(account);
    let function = there.function("permissions-elsewhere").await;
    let processor = watched.aws.function_with("permissions-processor", &[("RESPOND", "null")]).await;
    watched.aws.lambda.publish_version().function_name(&processor.name).send().await.unwrap();
    let fields = json!({
        "lambdaARN": function.arn, "assumeRoleARN": there.role_to_assume("watched").await,
        "payload": null, "payloadS3": watched.aws.put_payload("permissions.json", r#"{"ioMs": 1}"#).await,
        "preProcessorARN": processor.arn, "postProcessorARN": format!("{}:1", processor.arn), "autoOptimize": true,
    });
    assert_succeeded(&watched.run(&function, fields).await);
    function.delete().await;
    processor.delete().await;
}

async fn look_for_reports(watched: &Watched<'_>) {
    let function = watched.aws.function_with("permissions-unreported", &[("LOGS", "none")]).await;
    assert_succeeded(&watched.run(&function, json!({"powerValues": [128]})).await);
    function.delete().await;
}

async fn wait_for_snapshots(watched: &Watched<'_>) {
    let function = watched.aws.function_with_snap_start("permissions-snap-start").await;
    assert_succeeded(&watched.run(&function, json!({"powerValues": [128]})).await);
    function.delete().await;
}

async fn publish_where_revisions_change_by_themselves(watched: &Watched<'_>) {
    let function = watched.aws.function_with("permissions-as-on-aws", &[("AS_ON_AWS", "true")]).await;
    assert_succeeded(&watched.run(&function, json!({})).await);
    assert_eq!(function.state().await, State::untouched());
    function.delete().await;
}

/// The second call of the Publisher finds what the first one made.
async fn publish_again_after_a_failure(watched: &Watched<'_>) {
    let function = watched.aws.function("permissions-again").await;
    let moment = Moment { count: ATTEMPTS, ..Moment::once("Publisher", "lambda:PublishVersion", 1) };
    let ended = watched.run_with(&function, json!({}), moment, Fault::Refused(Refusal::Internal)).await;
    assert_succeeded(&ended);
    assert_eq!(function.state().await, State::untouched());
    function.delete().await;
}

/// $LATEST is not put back by the Publisher, but by the Cleaner.
async fn fail_half_way(watched: &Watched<'_>) {
    let function = watched.aws.function("permissions-half-way").await;
    let (moment, stale) = (Moment::once("Publisher", "lambda:CreateAlias", 1), Fault::Refused(Refusal::Stale));
    let ended = watched.run_with(&function, json!({}), moment, stale).await;
    assert_failed(&ended, "FunctionChanged");
    assert_eq!(function.state().await, State::untouched());
    function.delete().await;
}

/// Finds the lock that a run has left that was stopped, and of which nobody told the Cleaner.
async fn find_the_lock_of_a_run_that_has_ended(watched: &Watched<'_>) {
    let function = watched.aws.function("permissions-stale").await;
    function.stopped(&watched.machine.arn).await;
    let ended = watched.run(&function, json!({})).await;
    assert_succeeded(&ended);
    assert_eq!(function.state().await, State::untouched());
    function.delete().await;
}

/// The Initializer frees the lock, and begins again.
async fn find_that_the_function_changed_before_it_was_locked(watched: &Watched<'_>) {
    let function = watched.aws.function("permissions-changed").await;
    let change = async {
        watched.proxy.held().await;
        let lambda = &watched.aws.lambda;
        let change = lambda.update_function_configuration().function_name(&function.name).memory_size(256);
        change.send().await.unwrap();
        watched.proxy.release();
    };
    let (moment, hold) = (Moment::once("Initializer", "lambda:CreateAlias", 0), Fault::Hold { after: false });
    let (ended, ()) = tokio::join!(watched.run_with(&function, json!({}), moment, hold), change);
    assert_succeeded(&ended);
    assert_eq!(function.state().await, State { memory: 256, ..State::untouched() });
    function.delete().await;
}

async fn clean_up_after_an_event_without_the_input(watched: &Watched<'_>) {
    let function = watched.aws.function("permissions-event").await;
    let execution = watched.aws.start(&watched.machine.arn, &function.input(&json!({}))).await;
    assert_succeeded(&watched.aws.wait(&execution).await);
    let event = json!({"source": "aws.states", "detail": {"executionArn": execution, "status": "ABORTED"}});
    let cleaner = watched.aws.lambda.invoke().function_name(watched.machine.function("Cleaner"));
    let answer = cleaner.payload(event.to_string().into_bytes().into()).send().await.unwrap();
    assert_eq!(answer.function_error, None);
    assert_eq!(function.state().await, State::untouched());
    function.delete().await;
}
