//! Measurements on the local AWS: functions that start, fail and log as some do on AWS. Each test has a function of its
//! own.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::{Duration, Instant};

use aws_sdk_lambda::{
    client::Waiters,
    types::{LogFormat, LoggingConfig, SystemLogLevel},
};
use end_to_end::{Aws, Ended, Function, MEMORY, State, assert_failed, assert_succeeded, stats, values, warnings};
use serde_json::{Value, json};

/// A REPORT line, with something put at its end.
fn report(ms: u32, rest: &str) -> String {
    format!(
        "REPORT RequestId: {{id}}\tDuration: {ms}.00 ms\tBilled Duration: {ms} ms\tMemory Size: {{mb}} MB\tMax Memory Used: 60 MB\t{rest}"
    )
}

fn event(ms: u32) -> String {
    format!(
        r#"{{"type": "platform.report", "record": {{"requestId": "{{id}}", "status": "success", "metrics": {{"durationMs": {ms}, "billedDurationMs": {ms}, "memorySizeMB": {{mb}}, "maxMemoryUsedMB": 60}}}}}}"#
    )
}

const START: &str = "START RequestId: {id} Version: 1";
const GIVEN_UP: &str = "INIT_REPORT Init Duration: 9999.81 ms\tPhase: init\tStatus: timeout";
const GIVEN_UP_EVENT: &str = r#"{"type": "platform.initReport", "record": {"initializationType": "on-demand", "phase": "init", "status": "timeout", "metrics": {"durationMs": 9999.81}}}"#;

#[track_caller]
fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

async fn tune(function: &Function<'_>, payload: Value, fields: Value) -> Ended {
    let mut all = json!({"payload": payload, "includeOutputResults": true});
    all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let ended = function.tune(&all).await;
    assert_eq!(function.state().await, State::untouched());
    ended
}

/// Sets where and how a function logs.
async fn log_as(aws: &Aws, function: &Function<'_>, level: SystemLogLevel) {
    let config = LoggingConfig::builder().log_format(LogFormat::Json).system_log_level(level).build();
    let update = aws.lambda.update_function_configuration().function_name(&function.name).logging_config(config);
    update.send().await.unwrap();
    let updated = aws.lambda.wait_until_function_updated_v2().function_name(&function.name);
    updated.wait(Duration::from_secs(30)).await.unwrap();
}

#[tokio::test]
async fn an_initialisation_beyond_ten_seconds_makes_a_cold_start() {
    let aws = Aws::connect().await;
    let function = aws.function_that_prints("init-given-up").await;
    let text = json!({"first": [GIVEN_UP, START, report(7140, "")], "next": [START, report(140, "")]});
    let events = json!({"first": [GIVEN_UP_EVENT, event(7140)], "next": [event(140)]});
    for payload in [text, events] {
        for fields in
            [json!({}), json!({"parallelInvocation": true, "num": 6}), json!({"powerValues": "AUTO", "num": null})]
        {
            let ended = tune(&function, payload.clone(), fields).await;
            assert_succeeded(&ended);
            for row in stats(&ended) {
                assert_eq!((&row["averageDuration"], &row["basis"]), (&json!(140.0), &json!("warm")), "{row}");
                assert_eq!(row["cold"]["mean"], 7140.0, "{row}");
            }
            let warnings = warnings(&ended);
            assert!(warnings.contains("gave up initialisations"), "{warnings}");
        }
        let ended = tune(&function, payload, json!({"onlyColdStarts": true})).await;
        assert_succeeded(&ended);
        for row in stats(&ended) {
            assert_eq!((&row["cold"]["n"], &row["warm"]), (&json!(5), &Value::Null), "{row}");
            assert!((number(&row["averageDuration"]) - 17_139.81).abs() < 1e-6, "{row}");
        }
    }
    function.delete().await;
}

#[tokio::test]
async fn a_start_that_the_tail_no_longer_shows_is_suspected_and_said() {
    let aws = Aws::connect().await;
    let function = aws.function_that_prints("init-cut-off").await;
    let payload = json!({
        "first": [GIVEN_UP, START, "x".repeat(5000), report(7140, "")], "next": [START, report(140, "")],
    });
    for fields in [json!({}), json!({"powerValues": "AUTO", "num": null})] {
        let ended = tune(&function, payload.clone(), fields).await;
        assert_succeeded(&ended);
        for row in stats(&ended) {
            assert_eq!((&row["averageDuration"], &row["cold"]["mean"]), (&json!(140.0), &json!(7140.0)), "{row}");
        }
        let warnings = warnings(&ended);
        assert!(warnings.contains("many times as long") && warnings.contains("cold"), "{warnings}");
    }
    function.delete().await;
}

#[tokio::test]
async fn running_out_of_memory_as_a_language_says_it_leaves_the_memory_size_out() {
    let aws = Aws::connect().await;
    let function = aws.function("out-of-memory-said").await;
    for error_type in ["java.lang.OutOfMemoryError", "MemoryError", "System.OutOfMemoryException"] {
        let payload = json!({"fail": error_type, "below": 600, "cpuMs": 5});
        for power_values in [json!([128, 512, 1024]), json!("AUTO")] {
            let ended = tune(&function, payload.clone(), json!({"powerValues": power_values})).await;
            assert_succeeded(&ended);
            assert!(ended.output["power"].as_u64().unwrap() >= 600, "{}", ended.output);
            for row in stats(&ended).iter().filter(|row| row["value"].as_u64().unwrap() < 600) {
                assert!(row["excluded"].as_str().unwrap().contains("out of memory"), "{row}");
            }
            assert!(warnings(&ended).contains(error_type), "{}", warnings(&ended));
        }
    }
    let ended = tune(&function, json!({"fail": "MemoryError"}), json!({})).await;
    assert_failed(&ended, "NoUsableSamples");
    assert!(!ended.cause.contains("allowedExceptions"), "{}", ended.cause);
    function.delete().await;
}

#[tokio::test]
async fn errors_of_the_code_at_some_memory_sizes_leave_those_out() {
    let aws = Aws::connect().await;
    let function = aws.function("code-errors").await;
    let payload = json!({"fail": "TooSmallError", "below": 600, "cpuMs": 5});
    for power_values in [json!([128, 512, 1024]), json!("AUTO")] {
        let ended = tune(&function, payload.clone(), json!({"powerValues": power_values})).await;
        assert_succeeded(&ended);
        assert!(ended.output["power"].as_u64().unwrap() >= 600, "{}", ended.output);
        let warnings = warnings(&ended);
        assert!(
            warnings.contains("512 MB was left out") && warnings.contains("100 % of its invocations"),
            "{warnings}"
        );
        assert!(warnings.contains("TooSmallError"), "{warnings}");
    }
    let ended = tune(&function, payload, json!({"onFailure": "fail"})).await;
    assert_failed(&ended, "FunctionError");
    let everywhere = json!({"fail": "WrongPayload"});
    for power_values in [json!([128, 512, 1024]), json!("AUTO")] {
        let ended = tune(&function, everywhere.clone(), json!({"powerValues": power_values})).await;
        assert_failed(&ended, "FunctionError");
        assert!(ended.cause.contains("WrongPayload") && ended.cause.contains("512 MB"), "{}", ended.cause);
    }
    function.delete().await;
}

#[tokio::test]
async fn as_many_errors_as_are_allowed_change_nothing() {
    let aws = Aws::connect().await;
    let function = aws.function("error-rate").await;
    // The fifth and the tenth invocation of each environment fail.
    let payload = json!({"fail": "FlakyError", "every": 5, "ioMs": 20});
    let ended = tune(&function, payload.clone(), json!({"num": 10, "allowedErrorRate": 0.2})).await;
    assert_succeeded(&ended);
    for row in stats(&ended) {
        assert_eq!(
            (&row["samples"], &row["spent"]["invocations"], &row["spent"]["raised"]),
            (&json!(8), &json!(10), &json!(2))
        );
        assert_eq!(row["spent"]["errors"]["FlakyError"]["count"], 2, "{row}");
    }
    let ended = tune(&function, payload, json!({"num": 10, "allowedErrorRate": 0.1})).await;
    assert_failed(&ended, "FunctionError");
    function.delete().await;
}

#[tokio::test]
async fn where_allowed_errors_are_clearly_more_frequent_than_elsewhere_nothing_wins() {
    let aws = Aws::connect().await;
    let function = aws.function("error-prone").await;
    let payload = json!({"fail": "BusinessError", "below": 256, "ioMs": 20});
    let fields = json!({"num": 6, "allowedExceptions": ["BusinessError"], "powerValues": [128, 512, 1024]});
    let ended = tune(&function, payload, fields).await;
    assert_succeeded(&ended);
    // All take as long, so that the smallest would be the cheapest.
    assert_eq!(ended.output["power"], 512);
    let row = &stats(&ended)[0];
    assert!(row["excluded"].as_str().unwrap().contains("6 x BusinessError"), "{row}");
    function.delete().await;
}

#[tokio::test]
async fn account_limit_of_memory_is_learned_by_a_search() {
    let aws = Aws::connect().await;
    let function = aws.function_with("account-limit", &[("MEMORY_LIMIT", "3008")]).await;
    let payload = json!({"cpuMs": 200, "threads": 6});
    let ended = tune(&function, payload, json!({"powerValues": "AUTO", "num": null, "strategy": "speed"})).await;
    assert_succeeded(&ended);
    let (refused, measured): (Vec<&Value>, Vec<&Value>) =
        stats(&ended).iter().partition(|row| row["value"].as_u64().unwrap() > 3008);
    assert!(!refused.is_empty() && refused.len() <= 2, "{:?}", values(stats(&ended)));
    assert!(refused.iter().all(|row| row["excluded"].as_str().unwrap().contains("less than or equal to 3008")));
    assert!(measured.iter().all(|row| row["excluded"].is_null()), "{measured:?}");
    assert!(ended.output["power"].as_u64().unwrap() > 2400, "{:?}", values(stats(&ended)));
    function.delete().await;
}

#[tokio::test]
async fn a_report_that_is_not_whole_or_of_another_request_is_none() {
    let aws = Aws::connect().await;
    let function = aws.function_that_prints("not-whole").await;
    let cut = "REPORT RequestId: {id}\tDuration: 1.00 ms\tBilled Duration: 1 ms";
    let others = report(1, "").replace("{id}", "11111111-2222-4333-8444-555555555555");
    for line in [cut, &others, &event(1).replace("{id}", "11111111-2222-4333-8444-555555555555")] {
        let ended = tune(&function, json!({"first": [line], "next": [line]}), json!({})).await;
        assert_succeeded(&ended);
        for row in stats(&ended) {
            assert_ne!(row["source"], "report", "{line}: {row}");
            assert_eq!(row["spent"]["unreported"], 5, "{line}: {row}");
        }
    }
    function.delete().await;
}

#[tokio::test]
async fn where_lambda_writes_no_reports_what_looks_like_one_is_none() {
    let aws = Aws::connect().await;
    let function = aws.function_that_prints("no-reports").await;
    log_as(&aws, &function, SystemLogLevel::Warn).await;
    let ended =
        tune(&function, json!({"first": [event(1), report(1, "")], "next": [event(1), report(1, "")]}), json!({}))
            .await;
    assert_succeeded(&ended);
    for row in stats(&ended) {
        assert_eq!((&row["source"], &row["maxMemoryUsed"]), (&json!("client"), &Value::Null), "{row}");
    }
    assert!(warnings(&ended).contains("system log level"), "{}", warnings(&ended));
    function.delete().await;
}

#[tokio::test]
async fn a_reserved_concurrency_of_nothing_is_refused_at_once_and_a_small_one_lowers_the_lanes() {
    let aws = Aws::connect().await;
    let function = aws.function("reserved").await;
    let reserve = |most| {
        let request = aws.lambda.put_function_concurrency().function_name(&function.name);
        async move { request.reserved_concurrent_executions(most).send().await.unwrap() }
    };
    reserve(0).await;
    let begin = Instant::now();
    let ended = tune(&function, json!({}), json!({})).await;
    assert_failed(&ended, "FunctionNotTunable");
    assert!(ended.cause.contains("reserved concurrency is 0"), "{}", ended.cause);
    assert!(begin.elapsed() < Duration::from_secs(30), "{:?}", begin.elapsed());
    reserve(2).await;
    let fields = json!({"parallelInvocation": true, "num": 8, "powerValues": [MEMORY]});
    let ended = tune(&function, json!({"ioMs": 20}), fields).await;
    assert_succeeded(&ended);
    let row = &stats(&ended)[0];
    assert_eq!((&row["lanes"], &row["spent"]["throttled"]), (&json!(2), &json!(0)), "{row}");
    assert!(warnings(&ended).contains("reserved concurrency is 2"), "{}", warnings(&ended));
    function.delete().await;
}

#[tokio::test]
async fn a_list_that_is_weighted_in_some_elements_only_is_sent_whole_and_said() {
    let aws = Aws::connect().await;
    let function = aws.function("partly-weighted").await;
    let ended =
        tune(&function, json!([{"payload": {"ioMs": 5}, "weight": 1}, {"payload": {"ioMs": 5}}]), json!({})).await;
    assert_succeeded(&ended);
    assert!(warnings(&ended).contains("1 of the 2 elements of payload"), "{}", warnings(&ended));
    function.delete().await;
}
