//! Watching functions, on an AWS that the test plays: what is in the template, and what is said of the rest.
#![expect(clippy::unwrap_used, reason = "tests")]

mod stub;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Output,
};

use insta_cmd::assert_cmd_snapshot;
use serde_json::{Value, json};
use stub::{Recorded, Stub};

/// A function as `ListFunctions` knows it.
fn function(name: &str, memory: u32, logging: &Value) -> Value {
    json!({
        "FunctionName": name,
        "FunctionArn": format!("arn:aws:lambda:us-east-1:123456789012:function:{name}"),
        "MemorySize": memory, "Timeout": 30, "RevisionId": "1", "CodeSha256": "x", "Version": "$LATEST",
        "Architectures": ["x86_64"], "LoggingConfig": logging,
    })
}

async fn account(functions: &[Value], groups: &[Value]) -> Stub {
    let stub = Stub::start().await;
    stub.pages("/2015-03-31/functions", "Functions", &[functions]).await;
    stub.logs("DescribeLogGroups", &json!({"logGroups": groups})).await;
    stub
}

fn group(name: &str) -> Value {
    json!({"logGroupName": format!("/aws/lambda/{name}"), "logGroupClass": "STANDARD"})
}

/// The result of the recorded run as one of a function, in a file of a folder.
fn result_of(folder: &Path, name: &str) -> PathBuf {
    let mut output: Value = serde_json::from_str(Recorded::load().description["output"].as_str().unwrap()).unwrap();
    output["subject"]["function"] = json!(format!("arn:aws:lambda:us-east-1:123456789012:function:{name}"));
    let file = folder.join(format!("{name}.json"));
    fs::write(&file, output.to_string()).unwrap();
    file
}

#[track_caller]
fn template(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The number of resources of a type.
fn count(template: &Value, kind: &str) -> usize {
    template["Resources"].as_object().unwrap().values().filter(|resource| resource["Type"] == kind).count()
}

/// The example is the template of the sample functions, one of which has the result of the recorded run. With
/// `INSTA_UPDATE=always` it is written anew.
#[tokio::test(flavor = "multi_thread")]
async fn the_example_is_what_is_made_of_the_sample_functions() {
    let names = ["cpu-bound", "io-bound", "mixed"].map(|name| format!("power-tuner-sample-{name}"));
    let memory = [2274, 1024, 1024];
    let logging = [json!({"LogFormat": "Text"}), json!({"LogFormat": "Text"}), json!({"LogFormat": "JSON"})];
    let functions: Vec<Value> =
        (0..3).map(|number| function(&names[number], memory[number], &logging[number])).collect();
    let stub = account(&functions, &names.each_ref().map(|name| group(name))).await;
    let folder = tempfile::tempdir().unwrap();
    let result = result_of(folder.path(), &names[0]);
    let topic = "arn:aws:sns:us-east-1:123456789012:oncall";
    let arguments =
        ["monitor", "--prefix", "power-tuner-sample-", "--result", result.to_str().unwrap(), "--alarm-actions", topic];
    let output = stub.program(&arguments).output().unwrap();
    let made = template(&output);
    assert_eq!((count(&made, "AWS::Logs::MetricFilter"), count(&made, "AWS::CloudWatch::Alarm")), (12, 11));
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/monitoring/template.json");
    let made = String::from_utf8(output.stdout).unwrap();
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        fs::write(&file, &made).unwrap();
    }
    let is = fs::read_to_string(&file).unwrap_or_default();
    assert!(made == is, "infra/monitoring/template.json is not what is made now: run this with INSTA_UPDATE=always");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_watched_is_said_with_the_reason() {
    let text = json!({"LogFormat": "Text"});
    let shared = json!({"LogFormat": "Text", "LogGroup": "/team"});
    let mut on_arm = function("arm", 2274, &text);
    on_arm["Architectures"] = json!(["arm64"]);
    let functions = [
        on_arm,
        function("api", 512, &text),
        function("worker", 2274, &json!({"LogFormat": "JSON"})),
        function("silent", 256, &json!({"LogFormat": "JSON", "SystemLogLevel": "WARN"})),
        function("new", 256, &text),
        function("rare", 256, &text),
        function("one", 256, &shared),
        function("other", 256, &shared),
    ];
    let rare = json!({"logGroupName": "/aws/lambda/rare", "logGroupClass": "INFREQUENT_ACCESS"});
    let stub =
        account(&functions, &[group("api"), group("arm"), group("worker"), rare, json!({"logGroupName": "/team"})])
            .await;
    let folder = tempfile::tempdir().unwrap();
    let results = ["api", "arm", "worker", "gone"].map(|name| result_of(folder.path(), name));
    let mut arguments = vec!["monitor"];
    arguments.extend(results.iter().flat_map(|file| ["--result", file.to_str().unwrap()]));
    let output = stub.program(&arguments).output().unwrap();
    let made = template(&output);
    // Three have reports, one of which has a result that fits; throttles are those of all.
    assert_eq!((count(&made, "AWS::Logs::MetricFilter"), count(&made, "AWS::CloudWatch::Alarm")), (12, 16));
    let said = String::from_utf8(output.stderr).unwrap();
    insta::assert_snapshot!(said.replace(folder.path().to_str().unwrap(), "FOLDER"));
}

#[tokio::test(flavor = "multi_thread")]
async fn more_functions_than_fit_are_refused_with_the_number_that_fits() {
    let names: Vec<String> = (0..72).map(|number| format!("f-{number:02}")).collect();
    let functions: Vec<Value> = names.iter().map(|name| function(name, 512, &json!({"LogFormat": "Text"}))).collect();
    let stub = account(&functions, &names.iter().map(|name| group(name)).collect::<Vec<_>>()).await;
    assert_cmd_snapshot!("monitor-too-many", stub.program(&["monitor", "-q"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn arguments_that_contradict_each_other_are_refused() {
    let stub = Stub::start().await;
    for (name, arguments) in [
        ("monitor-remove-functions", &["monitor", "f", "--remove"][..]),
        ("monitor-deploy-and-remove", &["monitor", "--deploy", "--remove"]),
        ("monitor-no-drift", &["monitor", "f", "--drift", "0%"]),
        ("monitor-nobody-to-ask", &["monitor", "f", "--deploy"]),
    ] {
        assert_cmd_snapshot!(name, stub.program(arguments));
    }
    assert_eq!(stub.requests().await, [""; 0]);
}
