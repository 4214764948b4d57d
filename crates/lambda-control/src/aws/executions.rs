//! Executions of AWS Step Functions.

use serde::Deserialize;
use serde_json::json;
use tuning::arn::ExecutionArn;

use super::{
    Aws, kind_of,
    signed::{Answer, Call, Post, dns_suffix},
};
use crate::{
    api::{ApiError, ApiErrorKind},
    executions::{Execution, Executions},
};

const CALL: &str = "DescribeExecution";
/// An input has at most 256 KiB, and is text in JSON.
const LONGEST_ANSWER: usize = 2 << 20;

/// What the call answers, as far as it matters.
/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html>
#[derive(Deserialize)]
struct Described {
    status: String,
    input: Option<String>,
}

impl Executions for Aws {
    /// Whatever the role of the function is: executions are this account's.
    async fn execution(&self, execution: &ExecutionArn) -> Result<Execution, ApiError> {
        let unclear = |message: String| ApiError { call: CALL, kind: ApiErrorKind::Unclear, message };
        let region = self.region(execution.region()).ok_or_else(|| unclear("the region is not known".to_owned()))?;
        let at_aws = || format!("https://states.{region}.{}", dns_suffix(&region));
        let call = Call {
            url: self.endpoint("SFN").unwrap_or_else(at_aws),
            service: "states",
            region: &region,
            post: Some(Post {
                target: "AWSStepFunctions.DescribeExecution",
                json: json!({"executionArn": execution.to_string()}).to_string(),
            }),
            longest_answer: LONGEST_ANSWER,
        };
        let answer = self.read(&call).await;
        answer.map_err(|error| unclear(error.to_string())).and_then(|answer| read(&answer))
    }
}

fn read(answer: &Answer) -> Result<Execution, ApiError> {
    let says = || answer.text();
    match answer.status {
        200 => match serde_json::from_slice(&answer.body) {
            Ok(Described { status, .. }) if status == "RUNNING" => Ok(Execution::Running),
            Ok(Described { input, .. }) => Ok(Execution::Over { input }),
            Err(error) => Err(ApiError { call: CALL, kind: ApiErrorKind::Unclear, message: error.to_string() }),
        },
        404 => Ok(Execution::Gone),
        400 if says().contains("ExecutionDoesNotExist") => Ok(Execution::Gone),
        status => Err(ApiError { call: CALL, kind: kind_of(status), message: format!("{status}: {}", says()) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, body: &str) -> Result<Execution, ApiErrorKind> {
        let body = body.as_bytes().to_vec();
        read(&Answer { status, etag: String::new(), length: body.len(), body }).map_err(|error| error.kind)
    }

    #[test]
    fn an_execution_is_running_over_or_gone() {
        assert_eq!(answered(200, r#"{"status": "RUNNING", "input": "{}"}"#), Ok(Execution::Running));
        for status in ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"] {
            let over = Execution::Over { input: Some("{}".to_owned()) };
            assert_eq!(answered(200, &format!(r#"{{"status": "{status}", "input": "{{}}"}}"#)), Ok(over));
        }
        assert_eq!(answered(200, r#"{"status": "FAILED"}"#), Ok(Execution::Over { input: None }));
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
}
