//! Executions of AWS Step Functions.

use aws_sdk_sfn::{Client, operation::describe_execution::DescribeExecutionError, types::ExecutionStatus};
use tuning::arn::ExecutionArn;

use super::{Aws, failed};
use crate::{
    api::{ApiError, ApiErrorKind},
    executions::{Execution, Executions},
};

impl Executions for Aws {
    async fn execution(&self, execution: &ExecutionArn) -> Result<Execution, ApiError> {
        // Whatever the role of the function is: executions are this account's.
        let sfn = Client::new(&self.config(None, self.region(execution.region())));
        let answer = sfn.describe_execution().execution_arn(execution.to_string()).send().await;
        match answer {
            Ok(answer) if answer.status == ExecutionStatus::Running => Ok(Execution::Running),
            Ok(answer) => Ok(Execution::Over { input: answer.input }),
            Err(error) => {
                let is_gone = error.as_service_error().is_some_and(DescribeExecutionError::is_execution_does_not_exist);
                let error = failed("DescribeExecution")(error);
                if is_gone || error.kind == ApiErrorKind::NotFound { Ok(Execution::Gone) } else { Err(error) }
            }
        }
    }
}
