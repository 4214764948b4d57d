//! Executions of AWS Step Functions.

use aws_sdk_sfn::{
    Client,
    operation::describe_execution::{DescribeExecutionError, DescribeExecutionOutput},
    types::{ExecutionStatus, HistoryEvent, HistoryEventType},
};
use tuning::{
    contract::{error_name::ErrorName, step::State},
    units::arn::ExecutionArn,
};

use super::{Aws, failure::failed};
use crate::{
    api::ApiError,
    executions::{Execution, Executions},
};

/// The number of the newest events that are read. A state that calls the Cleaner is tried 109 times at most, with three
/// events each.
const EVENTS: i32 = 400;

impl Executions for Aws {
    async fn execution(&self, execution: &ExecutionArn) -> Result<Execution, ApiError> {
        let asked = self.step_functions(execution).describe_execution().execution_arn(execution.to_string()).send();
        match asked.await {
            Ok(described) => Ok(described_as(described)),
            Err(error) if error.as_service_error().is_some_and(DescribeExecutionError::is_execution_does_not_exist) => {
                Ok(Execution::Gone)
            }
            Err(error) => Err(failed("DescribeExecution")(error)),
        }
    }

    async fn cleaner_calls(&self, execution: &ExecutionArn) -> Result<u32, ApiError> {
        let history = self.step_functions(execution).get_execution_history().execution_arn(execution.to_string());
        let newest_first = history.reverse_order(true).max_results(EVENTS).include_execution_data(false);
        newest_first.send().await.map(|history| cleaner_calls(history.events())).map_err(failed("GetExecutionHistory"))
    }
}

impl Aws {
    /// With the deployment's own credentials, whatever the role of the function is: executions are this account's.
    fn step_functions(&self, execution: &ExecutionArn) -> Client {
        Client::new(&self.own(execution.region()))
    }
}

fn described_as(execution: DescribeExecutionOutput) -> Execution {
    if execution.status == ExecutionStatus::Running {
        return Execution::Running { input: execution.input };
    }
    // Errors of the state machine itself, which no state catches, begin with `States.`.
    let is_ours = |error: &str| !error.starts_with("States.") && error != ErrorName::CleanupFailed.as_str();
    let has_cleaned_up = match execution.status {
        ExecutionStatus::Succeeded => true,
        ExecutionStatus::Failed => execution.error.as_deref().is_some_and(is_ours),
        _ => false,
    };
    Execution::Over { has_cleaned_up, input: execution.input }
}

fn cleaner_calls(newest_first: &[HistoryEvent]) -> u32 {
    let entered = newest_first.iter().find_map(HistoryEvent::state_entered_event_details);
    if !entered.is_some_and(|entered| State::named(entered.name()).is_some_and(State::cleans_up)) {
        return 0;
    }
    // An execution that is redriven counts its retries anew.
    let begins = |event: &&HistoryEvent| {
        matches!(event.r#type, HistoryEventType::TaskStateEntered | HistoryEventType::ExecutionRedriven)
    };
    let since = newest_first.iter().take_while(|event| !begins(event));
    // The first call follows at once, if it is not there yet.
    u32::try_from(since.filter(|event| is_call(&event.r#type)).count()).unwrap_or(u32::MAX).max(1)
}

/// A task of AWS Lambda is scheduled by the one or the other event, according to how the state names the function.
fn is_call(event: &HistoryEventType) -> bool {
    matches!(event, HistoryEventType::LambdaFunctionScheduled | HistoryEventType::TaskScheduled)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rustls::RootCertStore;
    use serde_json::{Value, json};
    use wiremock::{Mock, MockServer, ResponseTemplate, matchers::header};

    use super::*;
    use crate::api::ApiErrorKind;

    /// Returns what both calls make of an answer of AWS.
    async fn answered(status: u16, body: &Value) -> (Result<Execution, ApiErrorKind>, Result<u32, ApiErrorKind>) {
        let service = MockServer::start().await;
        for operation in ["DescribeExecution", "GetExecutionHistory"] {
            let asked = Mock::given(header("x-amz-target", format!("AWSStepFunctions.{operation}")));
            let answer = ResponseTemplate::new(status).set_body_raw(body.to_string(), "application/x-amz-json-1.0");
            asked.respond_with(answer).mount(&service).await;
        }
        let aws = Aws::at(&service.uri(), RootCertStore::empty(), Duration::ZERO).await.unwrap();
        let execution = ExecutionArn("arn:aws:states:eu-west-1:123456789012:execution:machine:run".to_owned());
        let kind = |error: ApiError| error.kind;
        (aws.execution(&execution).await.map_err(kind), aws.cleaner_calls(&execution).await.map_err(kind))
    }

    async fn described(status: &str, error: Option<&str>) -> Result<Execution, ApiErrorKind> {
        let mut described = json!({
            "status": status, "input": "{}", "executionArn": "e", "stateMachineArn": "m", "startDate": 0,
        });
        if let Some(error) = error {
            described["error"] = json!(error);
        }
        answered(200, &described).await.0
    }

    async fn calls(newest_first: &[Value]) -> Result<u32, ApiErrorKind> {
        answered(200, &json!({ "events": newest_first })).await.1
    }

    #[tokio::test]
    async fn an_execution_is_running_over_or_gone() {
        let input = || Some("{}".to_owned());
        assert_eq!(described("RUNNING", None).await, Ok(Execution::Running { input: input() }));
        for (status, error, has_cleaned_up) in [
            ("SUCCEEDED", None, true),
            ("FAILED", Some("FunctionBusy"), true),
            ("FAILED", Some("CleanupFailed"), false),
            ("FAILED", Some("States.DataLimitExceeded"), false),
            ("FAILED", None, false),
            ("TIMED_OUT", None, false),
            ("ABORTED", None, false),
        ] {
            assert_eq!(described(status, error).await, Ok(Execution::Over { has_cleaned_up, input: input() }));
        }
        let gone = json!({"__type": "com.amazonaws.swf.service.v2.model#ExecutionDoesNotExist", "message": "m"});
        assert_eq!(answered(400, &gone).await.0, Ok(Execution::Gone));
    }

    #[tokio::test]
    async fn as_on_aws_an_execution_that_may_not_be_looked_at_is_denied_by_a_400() {
        let denied = json!({"__type": "com.amazon.coral.service#AccessDeniedException", "Message": "not authorized"});
        let denied = answered(400, &denied).await;
        assert_eq!(denied, (Err(ApiErrorKind::Denied), Err(ApiErrorKind::Denied)));
    }

    #[tokio::test]
    async fn an_execution_of_which_nothing_is_known_is_not_taken_to_be_over() {
        let invalid = json!({"__type": "com.amazonaws.swf.service.v2.model#InvalidArn", "message": "m"});
        assert_eq!(answered(400, &invalid).await.0, Err(ApiErrorKind::Refused));
        assert_eq!(answered(200, &json!("no object")).await.0, Err(ApiErrorKind::Unclear));
    }

    #[tokio::test]
    async fn an_execution_calls_its_cleaner_once_it_has_entered_a_state_that_does_and_again_when_that_is_tried_again() {
        let event = |what: &str| json!({"timestamp": 0, "id": 1, "type": what});
        let entered = |name: &str| {
            let mut entered = event("TaskStateEntered");
            entered["stateEnteredEventDetails"] = json!({ "name": name });
            entered
        };
        let (scheduled, failed) = (|| event("LambdaFunctionScheduled"), || event("LambdaFunctionFailed"));
        for state in ["Cleaner", "CleanUpAfterFailure"] {
            assert_eq!(calls(&[entered(state), entered("Analyzer")]).await, Ok(1));
            assert_eq!(calls(&[event("TaskScheduled"), event("TaskScheduled"), entered(state)]).await, Ok(2));
            let first = [scheduled(), entered(state), scheduled(), entered("Analyzer")];
            assert_eq!(calls(&first).await, Ok(1));
            let again = [scheduled(), failed(), scheduled(), entered(state), scheduled(), entered("Analyzer")];
            assert_eq!(calls(&again).await, Ok(2));
            let redriven = [scheduled(), event("ExecutionRedriven"), failed(), scheduled(), entered(state)];
            assert_eq!(calls(&redriven).await, Ok(1));
        }
        assert_eq!(calls(&[scheduled(), entered("Executor"), entered("Measure")]).await, Ok(0));
        assert_eq!(calls(&[entered("Failed"), scheduled(), entered("CleanUpAfterFailure")]).await, Ok(0));
        assert_eq!(calls(&[]).await, Ok(0));
    }
}
