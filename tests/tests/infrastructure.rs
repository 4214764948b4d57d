//! power-tuner as a part of other stacks: as one resource of a template, and as a construct of the AWS CDK.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use aws_sdk_cloudformation::types::StackStatus;
use end_to_end::{Aws, assert_succeeded, packaged, stack::Stack};
use serde_json::{Value, json};

/// The account of the local AWS, and its region.
const ACCOUNT: &str = "000000000000";
const REGION: &str = "us-east-1";

/// Code of a function that works, and of one that does not.
const WORKS: &str = "def handler(event, context): return 1";
const FAILS: &str = "def handler(event, context): raise ValueError('out of tea')";

#[tokio::test]
async fn one_resource_of_a_template_is_a_whole_tuner() {
    const BUCKET: &str = "power-tuner-nested";
    let aws = Aws::connect().await;
    let package = packaged::package();
    let prefix = package.manifest.prefix.clone();
    let objects = package.objects().map(|(key, content)| (key, content.to_vec()));
    let template = (format!("{prefix}/template.yaml"), package.template().as_bytes().to_vec());
    aws.put_objects(BUCKET, objects.chain([template])).await;
    let template = fs::read_to_string(packaged::file("infra/examples/nested-stack/template.yaml")).unwrap();
    let parameters = [("packageBucket", BUCKET), ("packagePrefix", &prefix), ("lambdaResource", "*")];
    let stack = aws.create_stack("end-to-end-nested", &template, &parameters).await;
    let machine = stack.outputs().await.remove("StateMachineARN").unwrap();
    assert_ne!(machine, aws.state_machine);
    let function = aws.function("nested").await;
    let input = function.input(&json!({}));
    let ended = aws.wait(&aws.start(&machine, &input).await).await;
    assert_succeeded(&ended);
    function.delete().await;
    stack.delete().await;
    assert!(aws.sfn.describe_state_machine().state_machine_arn(machine).send().await.is_err());
}

#[tokio::test]
async fn a_function_of_a_cdk_app_is_tuned_after_its_code_has_changed_and_a_failed_run_is_rolled_back() {
    let aws = Aws::connect().await;
    let app = App { package: packaged::unpacked("cdk-package") };
    let stack = aws.create_stack("end-to-end-cdk", &app.synthesize(&aws, WORKS, "first").await, &[]).await;
    let outputs = stack.outputs().await;
    let machine = &outputs["StateMachineARN"];
    assert_eq!(outputs["Status"], "SUCCEEDED", "{outputs:?}");
    assert!(["128", "256"].contains(&outputs["Power"].as_str()), "{outputs:?}");
    assert_eq!(executions(&aws, machine).await, BTreeMap::from([("SUCCEEDED".to_owned(), 1)]));

    // Something else has changed.
    update(&stack, &app.synthesize(&aws, WORKS, "second").await, StackStatus::UpdateComplete).await;
    assert_eq!(executions(&aws, machine).await, BTreeMap::from([("SUCCEEDED".to_owned(), 1)]));

    update(&stack, &app.synthesize(&aws, FAILS, "second").await, StackStatus::UpdateRollbackComplete).await;
    assert!(stack.failures().await.contains("power-tuner: FAILED"), "{}", stack.failures().await);
    let (failed, succeeded) = ("FAILED".to_owned(), "SUCCEEDED".to_owned());
    let runs = executions(&aws, machine).await;
    assert_eq!(runs.get(&succeeded), Some(&1), "{runs:?}");
    assert!(runs.contains_key(&failed), "{runs:?}");

    let machine = machine.clone();
    stack.delete().await;
    assert!(aws.sfn.describe_state_machine().state_machine_arn(machine).send().await.is_err());
}

async fn update(stack: &Stack, template: &str, expected: StackStatus) {
    let status = stack.update(template).await;
    assert_eq!(status, expected, "{}", stack.failures().await);
}

/// The number of executions of a state machine with each status.
async fn executions(aws: &Aws, machine: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    let listed = aws.sfn.list_executions().state_machine_arn(machine).send().await.unwrap();
    for execution in listed.executions {
        *counts.entry(execution.status.to_string()).or_default() += 1;
    }
    counts
}

/// The app `infra/cdk/test/app.mts`.
struct App {
    package: PathBuf,
}

impl App {
    /// Puts its assets where they belong, and returns its template.
    async fn synthesize(&self, aws: &Aws, code: &str, note: &str) -> String {
        let output = self.package.with_file_name("cdk-output");
        let runtime = env::var("POWER_TUNER_NODE").expect("cargo xtask test sets it");
        let mut app = Command::new(runtime);
        app.current_dir(packaged::file("infra/cdk")).arg("test/app.mts").arg(&output);
        app.env("POWER_TUNER_PACKAGE", &self.package).env("CODE", code).env("NOTE", note);
        assert!(app.status().unwrap().success());
        let manifest = json_of(&output.join("Tuned.assets.json"));
        for file in manifest["files"].as_object().unwrap().values() {
            assert_eq!(file["source"]["packaging"], "file");
            let content = fs::read(output.join(file["source"]["path"].as_str().unwrap())).unwrap();
            let destination = file["destinations"].as_object().unwrap().values().next().unwrap();
            let bucket = destination["bucketName"].as_str().unwrap();
            let bucket = bucket.replace("${AWS::AccountId}", ACCOUNT).replace("${AWS::Region}", REGION);
            let key = destination["objectKey"].as_str().unwrap().to_owned();
            aws.put_objects(&bucket, [(key, content)]).await;
        }
        fs::read_to_string(output.join("Tuned.template.json")).unwrap()
    }
}

fn json_of(file: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}
