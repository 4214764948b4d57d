//! Everything that can go wrong with AWS, as a person is told: exit code, standard output and standard error together.

mod stub;

use insta_cmd::assert_cmd_snapshot;
use serde_json::{Value, json};
use stub::{EXECUTION, STATE_MACHINE, Stub, program};

const TUNE: [&str; 4] = ["tune", "my-function", "--state-machine", STATE_MACHINE];

#[test]
fn without_credentials_it_says_how_to_get_some() {
    let mut program = program(&TUNE);
    program.env("AWS_REGION", "us-east-1").env("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
    assert_cmd_snapshot!("no-credentials", program);
}

#[test]
fn without_a_region_it_says_where_one_is_set() {
    assert_cmd_snapshot!("no-region", program(&["tune", "my-function"]));
}

#[test]
fn where_nobody_listens_it_names_the_endpoint_variable() {
    let mut program = program(&TUNE);
    program.env("AWS_REGION", "us-east-1").env("AWS_ENDPOINT_URL", "http://127.0.0.1:9").env("AWS_MAX_ATTEMPTS", "1");
    program.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
    let output = program.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("AWS did not answer") && said.contains("AWS_ENDPOINT_URL"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_is_deployed_it_says_how_to_deploy() {
    let stub = Stub::start().await;
    stub.stacks(&[]).await;
    stub.states("ListStateMachines", 200, &json!({"stateMachines": []})).await;
    assert_cmd_snapshot!("no-deployment", stub.program(&["tune", "my-function"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_deployments_none_is_guessed() {
    let stub = Stub::start().await;
    stub.stacks(&[STATE_MACHINE, "arn:aws:states:us-east-1:123456789012:stateMachine:another"]).await;
    assert_cmd_snapshot!("several-deployments", stub.program(&["tune", "my-function"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_look_at_stacks_gets_the_state_machine_by_its_name() {
    let (stub, run) = Stub::with_recorded_run().await;
    let denied = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>";
    stub.query("DescribeStacks", 403, denied).await;
    let machine = json!({"name": "powerTuningStateMachine-1", "stateMachineArn": STATE_MACHINE, "type": "STANDARD", "creationDate": 0});
    stub.states("ListStateMachines", 200, &json!({"stateMachines": [machine]})).await;
    let output = stub.program(&["tune", "my-function", "--detach"]).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), run.execution());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_of_aws_is_explained() {
    let denied = format!(
        "User: arn:aws:iam::123456789012:user/me is not authorized to perform: states:StartExecution on resource: \
         {STATE_MACHINE} because no identity-based policy allows the states:StartExecution action"
    );
    for (name, code, message) in [
        ("access-denied", "AccessDeniedException", denied.as_str()),
        ("expired-token", "ExpiredTokenException", "The security token included in the request is expired"),
        ("wrong-keys", "UnrecognizedClientException", "The security token included in the request is invalid"),
        ("throttled", "ThrottlingException", "Rate exceeded"),
        ("no-state-machine", "StateMachineDoesNotExist", "State Machine Does Not Exist"),
        ("something-else", "SomethingNew", "that nobody has foreseen"),
    ] {
        let stub = Stub::start().await;
        stub.refuse("StartExecution", code, message).await;
        assert_cmd_snapshot!(name, stub.program(&TUNE));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_run_says_why_and_what_to_do() {
    for (name, status, error, cause) in [
        ("run-busy", "FAILED", "FunctionBusy", "arn:other is tuning my-function"),
        (
            "run-data-limit",
            "FAILED",
            "States.DataLimitExceeded",
            "The state/task 'Measure' returned a result with a size exceeding the maximum number of bytes service limit.",
        ),
        (
            "run-bad-input",
            "FAILED",
            "ValidationError",
            "the input was refused and nothing was changed. num: received 3",
        ),
        ("run-aborted", "ABORTED", "", ""),
    ] {
        let stub = Stub::start().await;
        stub.states("GetExecutionHistory", 200, &json!({"events": []})).await;
        let state = json!({
            "executionArn": EXECUTION, "stateMachineArn": STATE_MACHINE, "name": "run", "status": status, "startDate": 0,
            "stopDate": 1, "input": "{\"lambdaARN\":\"my-function\"}", "error": error, "cause": cause,
        });
        stub.states("DescribeExecution", 200, &state).await;
        assert_cmd_snapshot!(name, stub.program(&["watch", EXECUTION]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_execution_that_does_not_exist_is_named() {
    let stub = Stub::start().await;
    stub.refuse("DescribeExecution", "ExecutionDoesNotExist", "Execution Does Not Exist").await;
    assert_cmd_snapshot!("no-execution", stub.program(&["watch", EXECUTION]));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_read_the_history_still_gets_the_result() {
    let (stub, run) = (Stub::start().await, stub::Recorded::load());
    stub.states("DescribeExecution", 200, &run.description).await;
    stub.refuse("GetExecutionHistory", "AccessDeniedException", "Access denied").await;
    let output = stub.program(&["watch", EXECUTION, "--output", "json"]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("not allowed to call states:GetExecutionHistory"), "{said}");
    assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), run.description["output"].as_str().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_whose_run_is_at_work_is_not_cleaned() {
    let stub = Stub::start().await;
    locked(&stub).await;
    stub.states("DescribeExecution", 200, &described("RUNNING", "my-function")).await;
    assert_cmd_snapshot!("clean-running", stub.program(&["clean", "my-function"]));
}

/// The function has a lock that names the execution.
async fn locked(stub: &Stub) {
    let journal = format!("power-tuning 1024 0 {EXECUTION}");
    let function = "arn:aws:lambda:us-east-1:123456789012:function:my-function";
    let configuration = json!({"Configuration": {"FunctionArn": function, "MemorySize": 1024}});
    stub.lambda("GET", "/functions/my-function", 200, &configuration).await;
    let alias = json!({"Name": "power-tuning-lock", "FunctionVersion": "$LATEST", "Description": journal});
    stub.lambda("GET", "/aliases/power-tuning-lock", 200, &alias).await;
}

fn described(status: &str, function: &str) -> Value {
    json!({
        "executionArn": EXECUTION, "stateMachineArn": STATE_MACHINE, "status": status, "startDate": 0,
        "input": json!({"lambdaARN": function}).to_string(),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_no_run_can_be_shown_to_have_taken_is_left_to_a_person() {
    let stub = Stub::start().await;
    locked(&stub).await;
    stub.refuse("DescribeExecution", "ExecutionDoesNotExist", "Execution Does Not Exist").await;
    assert_cmd_snapshot!("clean-forged", stub.program(&["clean", "my-function", "--stop"]));
    for status in ["RUNNING", "SUCCEEDED"] {
        let stub = Stub::start().await;
        locked(&stub).await;
        stub.states("DescribeExecution", 200, &described(status, "another-function")).await;
        assert_cmd_snapshot!("clean-of-another", stub.program(&["clean", "my-function", "--stop"]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_does_not_exist_cannot_be_cleaned() {
    let stub = Stub::start().await;
    let gone = json!({"__type": "ResourceNotFoundException", "Message": "Function not found: my-function"});
    stub.lambda("GET", "/functions/my-function.*", 404, &gone).await;
    assert_cmd_snapshot!("clean-no-function", stub.program(&["clean", "my-function"]));
}
