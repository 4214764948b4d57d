//! Executions of AWS Step Functions.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tuning::{arn::ExecutionArn, error_name::ErrorName, step::cleaner};

use super::{
    Aws, kind_of,
    signed::{Answer, Call, Post, dns_suffix},
};
use crate::{
    api::{ApiError, ApiErrorKind},
    executions::{Execution, Executions},
};

const DESCRIBE: &str = "DescribeExecution";
const HISTORY: &str = "GetExecutionHistory";
/// An input has at most 256 KiB, and is text in JSON.
const LONGEST_DESCRIPTION: usize = 2 << 20;
/// How many of the newest events are read. A state that calls the Cleaner is tried 109 times at most, with three events
/// each.
const EVENTS: u32 = 400;
/// Events without data have some hundred bytes, and those of failures a cause besides.
const LONGEST_HISTORY: usize = 16 << 20;

/// What the call answers, as far as it matters.
/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html>
#[derive(Deserialize)]
struct Described {
    status: String,
    error: Option<String>,
    input: Option<String>,
}

impl Described {
    /// Errors of the state machine itself, which no state catches, begin with `States.`.
    fn has_cleaned_up(&self) -> bool {
        let is_ours = |error: &String| !error.starts_with("States.") && error != ErrorName::CleanupFailed.as_str();
        self.status == "SUCCEEDED" || self.status == "FAILED" && self.error.as_ref().is_some_and(is_ours)
    }
}

/// The newest events, the newest first.
/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html>
#[derive(Deserialize)]
struct History {
    events: Vec<Event>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    state_entered_event_details: Option<Entered>,
}

#[derive(Deserialize)]
struct Entered {
    name: String,
}

impl Executions for Aws {
    async fn execution(&self, execution: &ExecutionArn) -> Result<Execution, ApiError> {
        let asked = json!({"executionArn": execution.to_string()});
        read(&self.ask(execution, DESCRIBE, &asked, LONGEST_DESCRIPTION).await?)
    }

    async fn is_cleaning_up(&self, execution: &ExecutionArn) -> Result<bool, ApiError> {
        let asked = json!({
            "executionArn": execution.to_string(), "reverseOrder": true, "maxResults": EVENTS, "includeExecutionData": false,
        });
        reads_of_cleaning_up(&self.ask(execution, HISTORY, &asked, LONGEST_HISTORY).await?)
    }
}

impl Aws {
    /// Asks AWS Step Functions; whatever the role of the function is: executions are this account's.
    async fn ask(
        &self,
        execution: &ExecutionArn,
        call: &'static str,
        asked: &Value,
        longest_answer: usize,
    ) -> Result<Answer, ApiError> {
        let unclear = |message: String| ApiError { call, kind: ApiErrorKind::Unclear, message };
        let region = self.region(execution.region()).ok_or_else(|| unclear("the region is not known".to_owned()))?;
        let at_aws = || format!("https://states.{region}.{}", dns_suffix(&region));
        let signed = Call {
            url: self.endpoint("SFN").unwrap_or_else(at_aws),
            service: "states",
            region: &region,
            post: Some(Post { target: format!("AWSStepFunctions.{call}"), json: asked.to_string() }),
            longest_answer,
        };
        self.read(&signed).await.map_err(|error| unclear(error.to_string()))
    }
}

fn read(answer: &Answer) -> Result<Execution, ApiError> {
    match answer.status {
        200 => Ok(match parsed(DESCRIBE, answer)? {
            Described { status, input, .. } if status == "RUNNING" => Execution::Running { input },
            described => Execution::Over { has_cleaned_up: described.has_cleaned_up(), input: described.input },
        }),
        404 => Ok(Execution::Gone),
        400 if answer.text().contains("ExecutionDoesNotExist") => Ok(Execution::Gone),
        _ => Err(refused(DESCRIBE, answer)),
    }
}

fn reads_of_cleaning_up(answer: &Answer) -> Result<bool, ApiError> {
    if answer.status != 200 {
        return Err(refused(HISTORY, answer));
    }
    let History { events } = parsed(HISTORY, answer)?;
    let last = events.into_iter().find_map(|event| event.state_entered_event_details);
    Ok(last.is_some_and(|entered| cleaner::STATES.contains(&entered.name.as_str())))
}

fn parsed<T: DeserializeOwned>(call: &'static str, answer: &Answer) -> Result<T, ApiError> {
    serde_json::from_slice(&answer.body).map_err(|error| ApiError {
        call,
        kind: ApiErrorKind::Unclear,
        message: error.to_string(),
    })
}

fn refused(call: &'static str, answer: &Answer) -> ApiError {
    let Answer { status, .. } = *answer;
    ApiError { call, kind: kind_of(status), message: format!("{status}: {}", answer.text()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        let body = body.as_bytes().to_vec();
        Answer { status, etag: String::new(), length: body.len(), body }
    }

    fn answered(status: u16, body: &str) -> Result<Execution, ApiErrorKind> {
        read(&answer(status, body)).map_err(|error| error.kind)
    }

    #[test]
    fn an_execution_is_running_over_or_gone() {
        let running = Execution::Running { input: Some("{}".to_owned()) };
        assert_eq!(answered(200, r#"{"status": "RUNNING", "input": "{}"}"#), Ok(running));
        for (status, error, has_cleaned_up) in [
            ("SUCCEEDED", "", true),
            ("FAILED", "FunctionBusy", true),
            ("FAILED", "CleanupFailed", false),
            ("FAILED", "States.DataLimitExceeded", false),
            ("TIMED_OUT", "", false),
            ("ABORTED", "", false),
        ] {
            let over = Execution::Over { has_cleaned_up, input: Some("{}".to_owned()) };
            let body = format!(r#"{{"status": "{status}", "error": "{error}", "input": "{{}}"}}"#);
            assert_eq!(answered(200, &body), Ok(over));
        }
        let unnamed = Execution::Over { has_cleaned_up: false, input: None };
        assert_eq!(answered(200, r#"{"status": "FAILED"}"#), Ok(unnamed));
        let gone = r#"{"__type": "com.amazonaws.swf.service.v2.model#ExecutionDoesNotExist", "message": "Execution Does Not Exist"}"#;
        assert_eq!(answered(400, gone), Ok(Execution::Gone));
    }

    #[test]
    fn an_execution_of_which_nothing_is_known_is_not_taken_to_be_over() {
        assert_eq!(answered(400, r#"{"__type": "InvalidArn"}"#), Err(ApiErrorKind::Refused));
        assert_eq!(answered(403, "{}"), Err(ApiErrorKind::Denied));
        assert_eq!(answered(500, ""), Err(ApiErrorKind::Unclear));
        assert_eq!(answered(200, "no JSON"), Err(ApiErrorKind::Unclear));
    }

    #[test]
    fn an_execution_cleans_up_once_it_has_entered_a_state_that_does_also_when_that_is_tried_again() {
        let entered = |name: &str| json!({"type": "TaskStateEntered", "stateEnteredEventDetails": {"name": name}});
        let called = |what: &str| json!({"type": what});
        let newest_first = |events: Vec<Value>| {
            let history = json!({ "events": events }).to_string();
            reads_of_cleaning_up(&answer(200, &history)).map_err(|error| error.kind)
        };
        let (scheduled, failed) = (|| called("LambdaFunctionScheduled"), || called("LambdaFunctionFailed"));
        for state in ["Cleaner", "CleanUpAfterFailure"] {
            assert_eq!(newest_first(vec![scheduled(), entered(state), entered("Analyzer")]), Ok(true));
            assert_eq!(newest_first(vec![scheduled(), failed(), scheduled(), entered(state)]), Ok(true));
        }
        assert_eq!(newest_first(vec![scheduled(), entered("Executor"), entered("Measure")]), Ok(false));
        assert_eq!(newest_first(vec![entered("Failed"), entered("CleanUpAfterFailure")]), Ok(false));
        assert_eq!(newest_first(vec![]), Ok(false));
        assert_eq!(reads_of_cleaning_up(&answer(403, "{}")).unwrap_err().kind, ApiErrorKind::Denied);
        assert_eq!(reads_of_cleaning_up(&answer(200, "no JSON")).unwrap_err().kind, ApiErrorKind::Unclear);
    }
}
