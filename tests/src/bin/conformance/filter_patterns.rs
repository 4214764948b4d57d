//! The patterns of `power-tuner monitor`, on reports as Lambda writes them.

use std::time::Duration;

use aws_sdk_cloudwatchlogs::types::MetricFilterMatchRecord;
use aws_sdk_lambda::primitives::Blob;
use monitoring::Metric;
use tuning::{measure::log_tail::LogFormat, units::power::Power};

use crate::{account::Account, check::Outcome};

/// The longest time that a report takes until CloudWatch Logs has it.
const ARRIVING: Duration = Duration::from_mins(2);
/// The memory size of the events below.
const MEMORY: u32 = 128;
const TIMEOUT: &str = "REPORT RequestId: 11111111-2222-4333-8444-555555555555\tDuration: 3000.00 ms\tBilled Duration: \
                       3000 ms\tMemory Size: 128 MB\tMax Memory Used: 55 MB\tStatus: timeout\t";
const JSON: &str = "{\"time\":\"2026-10-08T10:00:00.000Z\",\"type\":\"platform.report\",\"record\":{\"requestId\":\
                    \"11111111-2222-4333-8444-555555555555\",\"metrics\":{\"durationMs\":3000.0,\"billedDurationMs\":\
                    3000,\"memorySizeMB\":128,\"maxMemoryUsedMB\":55},\"status\":\"timeout\"}}";

/// Looks whether CloudWatch Logs finds in a report of the waiting function what is in it, and in others what it is to.
pub async fn find_what_is_in_reports(account: &Account) -> Outcome {
    let (aws, name) = (&account.aws, account.setting.waiting.rsplit(':').next().unwrap_or_default());
    let payload = Blob::new("{\"ioMs\": 1}");
    if let Err(error) = aws.lambda.invoke().function_name(&account.setting.waiting).payload(payload).send().await {
        return Outcome::Failed(format!("the function could not be invoked: {error}"));
    }
    let group = format!("/aws/lambda/{name}");
    let mut report = None;
    let arrived = account.until(ARRIVING, async || {
        let events = aws.log(&group, "REPORT RequestId").await;
        report = events.into_iter().rfind(|event| event.starts_with("REPORT "));
        report.is_some()
    });
    if !arrived.await {
        return Outcome::Failed(format!("no report has arrived in {group}"));
    }
    let report = report.unwrap_or_default();
    let size = number_behind(&report, "Memory Size: ").and_then(|size| Power::new(size).ok());
    let (Some(size), Ok(memory)) = (size, Power::new(MEMORY)) else {
        return Outcome::Failed(format!("the report has no memory size: {report}"));
    };
    let mut wrong = Vec::new();
    for (metric, label) in [
        (Metric::MemoryUsed, "Max Memory Used: "),
        (Metric::BilledDuration, "Billed Duration: "),
        (Metric::Duration, "\tDuration: "),
    ] {
        let found = found(account, &metric.pattern(LogFormat::Text, size), &report).await;
        let value = found.as_ref().and_then(|found| found.extracted_values()?.get(metric.value(LogFormat::Text)));
        if value.map(String::as_str) != text_behind(&report, label) {
            wrong.push(format!("{}: {value:?}", metric.name()));
        }
        if self::found(account, &metric.pattern(LogFormat::Json, memory), JSON).await.is_none() {
            wrong.push(format!("{} in JSON is not found", metric.name()));
        }
    }
    for (format, event) in [(LogFormat::Text, TIMEOUT), (LogFormat::Json, JSON)] {
        if found(account, &Metric::Timeouts.pattern(format, memory), event).await.is_none() {
            wrong.push(format!("a timeout in {format:?} is not found"));
        }
    }
    Outcome::of(wrong.is_empty(), format!("report: {}; wrong: {wrong:?}", report.trim().replace('\t', " ")))
}

async fn found(account: &Account, pattern: &str, event: &str) -> Option<MetricFilterMatchRecord> {
    let test = account.aws.logs.test_metric_filter().filter_pattern(pattern).log_event_messages(event);
    test.send().await.ok()?.matches?.pop()
}

fn text_behind<'a>(report: &'a str, label: &str) -> Option<&'a str> {
    report.split_once(label)?.1.split_whitespace().next()
}

fn number_behind(report: &str, label: &str) -> Option<u32> {
    text_behind(report, label)?.parse().ok()
}
