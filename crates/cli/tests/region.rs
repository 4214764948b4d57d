//! The region of an ARN: what the ARN names is asked there, whatever the environment and `--region` say.
#![expect(clippy::unwrap_used, reason = "tests")]

mod stub;

use serde_json::json;
use stub::Stub;

const STATE_MACHINE: &str = "arn:aws:states:eu-west-1:123456789012:stateMachine:powerTuningStateMachine-1";
const EXECUTION: &str = "arn:aws:states:eu-west-1:123456789012:execution:powerTuningStateMachine-1:run";

/// The standard output of the program, with a Step Functions that answers in eu-west-1 alone. The environment of the
/// program names us-east-1.
async fn said(call: &str, answer: serde_json::Value, arguments: &[&str]) -> String {
    let stub = Stub::start().await;
    stub.states_in("eu-west-1", call, &answer).await;
    let output = stub.program(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn as_on_aws_a_run_is_started_in_the_region_of_the_state_machine_that_is_named() {
    let started = json!({"executionArn": EXECUTION, "startDate": 0});
    for elsewhere in [&[][..], &["--region", "us-west-2"]] {
        let arguments = ["tune", "f", "--num", "10", "--detach", "--state-machine", STATE_MACHINE];
        let said = said("StartExecution", started.clone(), &[&arguments, elsewhere].concat()).await;
        assert_eq!(said.trim(), EXECUTION);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn as_on_aws_a_run_is_watched_in_the_region_of_its_arn_or_of_its_state_machine() {
    let output = json!({"power": 512, "cost": 0.1, "duration": 2.0}).to_string();
    let over = json!({
        "executionArn": EXECUTION, "stateMachineArn": STATE_MACHINE, "status": "SUCCEEDED", "startDate": 0, "stopDate": 1,
        "input": json!({"lambdaARN": "f"}).to_string(), "output": output,
    });
    for arguments in
        [&["watch", EXECUTION, "--region", "us-west-2"][..], &["watch", "run", "--state-machine", STATE_MACHINE]]
    {
        let stub = Stub::start().await;
        stub.states_in("eu-west-1", "DescribeExecution", &over).await;
        stub.states_in("eu-west-1", "GetExecutionHistory", &json!({"events": []})).await;
        let told = stub.program(&[arguments, &["--output", "json"]].concat()).output().unwrap();
        let said = String::from_utf8_lossy(&told.stderr);
        assert!(!said.contains("failed to"), "{said}");
    }
}
