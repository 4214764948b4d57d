//! The logs of a function in CloudWatch Logs: where reports are looked for that a log tail lacks.

use std::{future::Future, time::Duration};

use tuning::units::arn::FunctionArn;

use crate::api::ApiError;

/// The logs of a function in CloudWatch Logs.
pub trait FunctionLogs {
    /// The messages of the log events, not older than `within`, that mention one of the requests (`FilterLogEvents`).
    fn events_of(
        &self,
        function: &FunctionArn,
        log_group: &str,
        request_ids: &[String],
        within: Duration,
    ) -> impl Future<Output = Result<Vec<String>, ApiError>>;
}
