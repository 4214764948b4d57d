//! Reports in CloudWatch Logs.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_cloudwatchlogs::Client;
use tuning::units::arn::FunctionArn;

use super::{Aws, failure::failed};
use crate::{api::ApiError, function_logs::FunctionLogs};

/// The most ids that one query looks for: a filter pattern has at most 1,024 characters.
const IDS_PER_QUERY: usize = 20;

impl FunctionLogs for Aws {
    async fn events_of(
        &self,
        function: &FunctionArn,
        log_group: &str,
        request_ids: &[String],
        within: Duration,
    ) -> Result<Vec<String>, ApiError> {
        let access = self.access(Some(function.region())).await;
        let mut config = aws_sdk_cloudwatchlogs::config::Builder::from(&access.config);
        if let Some(renewal) = access.renewal {
            config = config.interceptor(renewal.clone()).retry_classifier(renewal);
        }
        let logs = Client::from_conf(config.build());
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().saturating_sub(within);
        let since = i64::try_from(since.as_millis()).unwrap_or(0);
        let mut messages = Vec::new();
        for ids in request_ids.chunks(IDS_PER_QUERY) {
            let any_of = ids.iter().map(|id| format!("?\"{id}\"")).collect::<Vec<_>>().join(" ");
            let query = logs.filter_log_events().log_group_name(log_group).start_time(since).filter_pattern(any_of);
            let mut pages = query.into_paginator().send();
            while let Some(page) = pages.next().await {
                let events = page.map_err(failed("FilterLogEvents"))?.events.unwrap_or_default();
                messages.extend(events.into_iter().filter_map(|event| event.message));
            }
        }
        Ok(messages)
    }
}
