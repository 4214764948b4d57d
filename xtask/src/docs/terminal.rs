//! The terminal session in the documentation: what the command line program shows of a recorded run.
//!
//! A test of the program draws it, with the run as the answers of AWS, and fails when the picture is not current.

use std::fs;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::{
    command::run,
    local::{LocalAws, REGION, Session},
    root,
    test::cargo_test,
    tuner,
};

/// The run that is shown, as AWS described it.
const RECORDED: &str = "crates/cli/tests/recorded-run.json";
/// The function that is tuned, and what it is called in the picture.
const FUNCTION: (&str, &str) = ("power-tuner-sample-mixed", "my-function");
/// The account of the local AWS, and the one that documentation uses.
const ACCOUNT: (&str, &str) = ("000000000000", "123456789012");

/// The name of the execution in the picture.
const NAME: &str = "powerTuningStateMachine-1:cli-1";

/// Draws it.
pub fn draw() -> Result<()> {
    const TEST: &str = "the_terminal_session_in_the_readme_is_what_the_program_shows";
    run(cargo_test().args(["--quiet", "--test", "session", TEST]).env("POWER_TUNER_WRITE_DOCS", "true"))
}

/// Records a run on the local AWS.
pub fn record() -> Result<()> {
    let session = Session::open(false)?;
    let program = tuner::build()?;
    let started = tuner::on(&session.aws, &program)
        .args(["tune", FUNCTION.0, "--power-values", "AUTO", "--strategy", "balanced", "--detach"])
        .output()?;
    ensure!(started.status.success(), "{}", String::from_utf8_lossy(&started.stderr));
    let execution = String::from_utf8(started.stdout)?.trim().to_owned();
    run(tuner::on(&session.aws, &program).args(["watch", &execution]))?;
    let description = states(&session.aws, "DescribeExecution", &json!({"executionArn": execution}))?;
    let mut history =
        states(&session.aws, "GetExecutionHistory", &json!({"executionArn": execution, "maxResults": 1000}))?;
    forget_states(&mut history);
    let recorded = json!({"description": description, "history": history});
    let text = serde_json::to_string_pretty(&recorded)?.replace(FUNCTION.0, FUNCTION.1).replace(ACCOUNT.0, ACCOUNT.1);
    let text = text.replace(&execution_name(&execution), NAME);
    let file = root::repository().join(RECORDED);
    fs::write(&file, format!("{text}\n")).with_context(|| format!("failed to write {}", file.display()))
}

/// The name of an execution: its state machine and itself.
fn execution_name(arn: &str) -> String {
    arn.split_once(":execution:").map_or_else(|| arn.to_owned(), |(_, name)| name.to_owned())
}

/// Leaves out the state that each event repeats: nobody reads it, and it makes up most of the history.
fn forget_states(history: &mut Value) {
    let events = history.get_mut("events").and_then(Value::as_array_mut);
    for event in events.into_iter().flatten() {
        for details in ["stateEnteredEventDetails", "stateExitedEventDetails"] {
            if let Some(details) = event.get_mut(details).and_then(Value::as_object_mut) {
                details.remove("input");
                details.remove("output");
            }
        }
    }
}

/// The answer of Step Functions. The emulator takes the region from the signature, and does not check it.
fn states(aws: &LocalAws, call: &str, request: &Value) -> Result<Value> {
    let signed = format!("AWS4-HMAC-SHA256 Credential=test/20260101/{REGION}/states/aws4_request");
    let mut answer = ureq::post(&aws.endpoint)
        .header("x-amz-target", format!("AWSStepFunctions.{call}"))
        .header("content-type", "application/x-amz-json-1.0")
        .header("authorization", signed)
        .send(request.to_string())
        .with_context(|| format!("{call} failed"))?;
    Ok(answer.body_mut().read_json()?)
}
