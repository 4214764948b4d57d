//! Fleets on the local AWS: the stack is deployed from its template, and its runs are real.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    process::Command,
    time::Instant,
};

use aws_sdk_sfn::primitives::DateTime;
use end_to_end::{
    Aws, Ended, Function, LOOK, State, assert_failed, assert_succeeded,
    program::{program, run},
};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

/// The stack of fleets on the local AWS.
struct Fleets<'a> {
    aws: &'a Aws,
    machine: String,
    bucket: String,
}

impl<'a> Fleets<'a> {
    /// Deployed by the first test that needs it.
    async fn deployed(aws: &'a Aws) -> Self {
        static MACHINE: OnceCell<String> = OnceCell::const_new();
        let machine = MACHINE
            .get_or_init(|| async {
                let mut xtask = Command::new(env::var_os("POWER_TUNER_XTASK").unwrap());
                let output = xtask.args(["local", "fleet"]).output().unwrap();
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
                String::from_utf8(output.stdout).unwrap().trim().to_owned()
            })
            .await
            .clone();
        let tags = aws.sfn.list_tags_for_resource().resource_arn(&machine).send().await.unwrap();
        let bucket = tags.tags().iter().find(|tag| tag.key() == Some("power-tuner-fleet-bucket")).unwrap();
        let bucket = bucket.value().unwrap().to_owned();
        Self { aws, machine, bucket }
    }

    async fn put(&self, key: &str, content: &Value) {
        let content = content.to_string().into_bytes().into();
        self.aws.s3.put_object().bucket(&self.bucket).key(key).body(content).send().await.unwrap();
    }

    async fn text(&self, key: &str) -> Option<String> {
        let object = self.aws.s3.get_object().bucket(&self.bucket).key(key).send().await.ok()?;
        Some(String::from_utf8(object.body.collect().await.unwrap().to_vec()).unwrap())
    }

    /// The runs of a fleet, by the names of functions.
    async fn runs(&self, fleet: &str) -> BTreeMap<String, Value> {
        let prefix = format!("runs/fleet={fleet}/");
        let listed = self.aws.s3.list_objects_v2().bucket(&self.bucket).prefix(&prefix).send().await.unwrap();
        let mut runs = BTreeMap::new();
        for object in listed.contents() {
            let key = object.key().unwrap();
            let run = serde_json::from_str(&self.text(key).await.unwrap()).unwrap();
            runs.insert(key.trim_start_matches(&prefix).trim_end_matches(".json").to_owned(), run);
        }
        runs
    }

    /// A function with a payload in the bucket of fleets.
    async fn function(&self, name: &str, payload: &Value, tags: &[(&str, &str)]) -> Function<'a> {
        let function = self.aws.function_with(name, &[]).await;
        if payload.is_null() {
            let _ = self.aws.s3.delete_object().bucket(&self.bucket).key(format!("payloads/{}.json", function.name));
        } else {
            self.put(&format!("payloads/{}.json", function.name), payload).await;
        }
        for (key, value) in tags {
            self.aws.lambda.tag_resource().resource(&function.arn).tags(*key, *value).send().await.unwrap();
        }
        function
    }

    async fn forget(&self, fleet: &str) {
        for name in self.runs(fleet).await.into_keys() {
            let key = format!("runs/fleet={fleet}/{name}.json");
            self.aws.s3.delete_object().bucket(&self.bucket).key(key).send().await.unwrap();
        }
    }

    async fn run(&self, input: &Value) -> Ended {
        self.aws.wait(&self.aws.start(&self.machine, input).await).await
    }

    /// From when to when the execution of a run took.
    async fn span(&self, run: &Value) -> (DateTime, DateTime) {
        let execution = run["execution"].as_str().unwrap();
        let described = self.aws.sfn.describe_execution().execution_arn(execution).send().await.unwrap();
        (described.start_date, described.stop_date.unwrap())
    }
}

fn input(prefix: &str, fields: &Value) -> Value {
    let mut input = json!({
        "fleet": prefix, "functions": {"prefix": format!("end-to-end-{prefix}-")},
        "input": {"num": 5, "powerValues": [128, 512]},
    });
    input.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    input
}

fn names(list: &Value) -> BTreeSet<&str> {
    list.as_array().unwrap().iter().map(|one| one["function"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_functions_are_tuned_but_those_that_are_left_out_and_what_failed_is_said() {
    let aws = Aws::connect().await;
    let fleets = Fleets::deployed(&aws).await;
    fleets.forget("fleet").await;
    let (works, shares) = (json!({"cpuMs": 1}), [("power-tuner:group", "database")]);
    let functions = [
        fleets.function("fleet-a", &works, &shares).await,
        fleets.function("fleet-b", &works, &shares).await,
        fleets.function("fleet-c", &works, &[]).await,
        fleets.function("fleet-d", &Value::Null, &[("power-tuner:payload", "none")]).await,
        fleets.function("fleet-e", &works, &[("power-tuner:exclude", "")]).await,
        fleets.function("fleet-f", &Value::Null, &[]).await,
        fleets.function("fleet-g", &json!({"fail": true}), &[]).await,
        fleets.function("fleet-h", &works, &[]).await,
    ];
    let planned = fleets.run(&input("fleet", &json!({"planOnly": true}))).await;
    assert_succeeded(&planned);
    let counts = ["groups", "functions", "skipped", "done"].map(|field| planned.output[field].as_u64().unwrap());
    assert_eq!(counts, [5, 6, 2, 0], "{}", planned.output);
    assert!(fleets.runs("fleet").await.is_empty(), "a plan tunes nothing");

    let ended = fleets.run(&input("fleet", &json!({"maxSpend": 6.0, "toleratedFailurePercentage": 50}))).await;
    assert_succeeded(&ended);
    let counts = ["functions", "tunedFunctions", "failedFunctions", "openFunctions", "skippedFunctions"];
    let counts = counts.map(|field| ended.output[field].as_u64().unwrap());
    assert_eq!(counts, [8, 5, 1, 0, 2], "{}", ended.output);

    let runs = fleets.runs("fleet").await;
    let failed = &runs["end-to-end-fleet-g"];
    assert_eq!(failed["error"], "FunctionError", "{failed}");
    assert!(failed["execution"].as_str().unwrap().contains(":execution:"), "{failed}");
    let tuned = &runs["end-to-end-fleet-a"];
    assert!(tuned["output"]["stats"].is_array() && tuned["finished"].is_string(), "{tuned}");
    let (a, b) = (fleets.span(tuned).await, fleets.span(&runs["end-to-end-fleet-b"]).await);
    assert!(a.1 <= b.0 || b.1 <= a.0, "functions of a group were measured at the same time: {a:?} {b:?}");
    // The share of each: 6.0 / 6 functions.
    let execution = tuned["execution"].as_str().unwrap();
    let described = aws.sfn.describe_execution().execution_arn(execution).send().await.unwrap();
    let given: Value = serde_json::from_str(&described.input.unwrap()).unwrap();
    assert_eq!(given["maxSpend"], 1.0, "{given}");

    let summary: Value = serde_json::from_str(&fleets.text("fleets/fleet/summary.json").await.unwrap()).unwrap();
    assert_eq!(names(&summary["skipped"]), BTreeSet::from(["end-to-end-fleet-e", "end-to-end-fleet-f"]));
    assert_eq!(names(&summary["failed"]), BTreeSet::from(["end-to-end-fleet-g"]));
    let report = fleets.text("fleets/fleet/report.html").await.unwrap();
    assert!(report.contains("end-to-end-fleet-h") && report.contains("FunctionError"), "{report}");
    for function in functions {
        assert_eq!(function.state().await, State::untouched(), "{}", function.name);
        function.delete().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fleet_that_was_stopped_goes_on_and_leaves_out_what_has_its_result() {
    let aws = Aws::connect().await;
    let fleets = Fleets::deployed(&aws).await;
    fleets.forget("resumed").await;
    let mut functions = Vec::new();
    for name in ["a", "b", "c", "d", "e"] {
        functions.push(fleets.function(&format!("resumed-{name}"), &json!({"ioMs": 20}), &[]).await);
    }
    let execution = aws.start(&fleets.machine, &input("resumed", &json!({"maxConcurrency": 1}))).await;
    let start = Instant::now();
    while fleets.runs("resumed").await.len() < 2 {
        assert!(start.elapsed().as_secs() < 120 && aws.is_running(&execution).await, "no function is tuned");
        tokio::time::sleep(LOOK).await;
    }
    aws.sfn.stop_execution().execution_arn(&execution).send().await.unwrap();
    // The run that was at work is stopped, too, and cleaned up.
    for function in &functions {
        function.becomes(|state| *state == State::untouched()).await;
    }
    let before = fleets.runs("resumed").await;
    assert!(before.len() < 5, "the fleet was not stopped");

    assert_succeeded(&fleets.run(&input("resumed", &json!({}))).await);
    let after = fleets.runs("resumed").await;
    assert_eq!(after.len(), 5);
    for (name, run) in &before {
        assert_eq!(after[name], *run, "{name} was tuned twice");
    }
    let summary: Value = serde_json::from_str(&fleets.text("fleets/resumed/summary.json").await.unwrap()).unwrap();
    assert_eq!(summary["tunedFunctions"], 5, "{summary}");
    for function in functions {
        assert_eq!(function.state().await, State::untouched(), "{}", function.name);
        function.delete().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fleet_with_more_failures_than_it_tolerates_fails_and_is_summed_up() {
    let aws = Aws::connect().await;
    let fleets = Fleets::deployed(&aws).await;
    fleets.forget("failing").await;
    let fails = fleets.function("failing-a", &json!({"fail": true}), &[]).await;
    let works = fleets.function("failing-b", &json!({"cpuMs": 1}), &[]).await;
    let ended = fleets.run(&input("failing", &json!({"toleratedFailurePercentage": 10}))).await;
    assert_failed(&ended, "States.ExceedToleratedFailureThreshold");
    assert!(ended.cause.contains("Of 2 functions 1 were tuned, and 1 failed"), "{}", ended.cause);
    let report = fleets.text("fleets/failing/report.html").await.unwrap();
    assert!(report.contains("The fleet stopped before all functions were tuned"), "{report}");
    let ended = fleets.run(&input("failing", &json!({"input": {"powerValues": [128]}}))).await;
    assert_failed(&ended, "ValidationError");
    for function in [fails, works] {
        assert_eq!(function.state().await, State::untouched(), "{}", function.name);
        function.delete().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_starts_a_fleet_follows_it_and_reports_it() {
    let aws = Aws::connect().await;
    let fleets = Fleets::deployed(&aws).await;
    fleets.forget("program").await;
    let functions = [
        fleets.function("program-a", &json!({"cpuMs": 1}), &[]).await,
        fleets.function("program-b", &json!({"fail": true}), &[]).await,
        fleets.function("program-c", &Value::Null, &[]).await,
    ];
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &Value| {
        let file = directory.path().join(name);
        std::fs::write(&file, content.to_string()).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let suggested = |function: &Function<'_>| json!({"function": function.name, "invocations": 1_000_000});
    let list = write("list.json", &json!({"functions": functions.each_ref().map(suggested)}));
    let fields = write("input.json", &json!({"num": 5, "powerValues": [128, 512]}));
    let start = ["start", "--list", &list, "--input", &fields, "--name", "program", "--yes"];
    let limits = ["--max-spend", "1", "--tolerated-failures", "60", "--detach", "--output", "json"];
    let (code, started, said) = fleet(&[&start[..], &limits].concat()).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("fleet program: 2 functions to tune"), "{said}");
    assert!(said.contains("end-to-end-program-c: there is no payload for it"), "{said}");
    assert!(said.contains("at most 1 USD for invocations"), "{said}");
    let started: Value = serde_json::from_str(&started).unwrap();
    let (code, result, said) = fleet(&["watch", started["executionArn"].as_str().unwrap(), "--output", "json"]).await;
    assert_eq!(code, Some(0), "{said}");
    let summary: Value = serde_json::from_str(&result).unwrap();
    assert_eq!((&summary["tunedFunctions"], &summary["failedFunctions"]), (&json!(1), &json!(1)));
    let tuned = &summary["tuned"][0];
    // The list says how often it is invoked.
    assert!(tuned["monthlySaving"].is_number(), "{tuned}");

    let page = directory.path().join("fleet.html").to_str().unwrap().to_owned();
    let (code, table, said) = fleet(&["report", "program", "--html", &page]).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(table.contains("end-to-end-program-b failed: FunctionError"), "{table}");
    assert!(std::fs::read_to_string(page).unwrap().contains("end-to-end-program-a"));
    let execution = tuned["execution"].as_str().unwrap();
    assert!(aws.sfn.describe_execution().execution_arn(execution).send().await.is_ok());
    let (code, _, said) = fleet(&["report", "nobody"]).await;
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("there is no fleet nobody"), "{said}");
    for function in functions {
        assert_eq!(function.state().await, State::untouched(), "{}", function.name);
        function.delete().await;
    }
}

/// The exit code of the program, its result, and what it said.
async fn fleet(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = run(program(&[&["fleet"], arguments].concat())).await;
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}
