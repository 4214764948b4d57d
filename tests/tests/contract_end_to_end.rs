//! The rest of the contract, field by field, on the local AWS. Each test has a function of its own.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{fs, path::PathBuf, process, time::Duration};

use aws_sdk_lambda::{
    client::Waiters,
    config::retry::RetryConfig,
    primitives::Blob,
    types::{LogFormat, LoggingConfig, SystemLogLevel},
};
use end_to_end::{
    Aws, Copy, LOOK, MEMORY, State, assert_failed, assert_lasts, assert_succeeded, price, stats, true_duration, values,
    warnings,
};
use serde_json::{Value, json};
use tuning::units::{milliseconds::BilledMilliseconds, power::Power};

/// Computes and waits: the less memory, the cheaper and the slower, by a clear margin.
fn work() -> Value {
    json!({"cpuMs": 15, "ioMs": 10})
}

#[track_caller]
fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

#[tokio::test]
async fn a_weighted_payload_from_s3_is_shared_out_and_processors_run_around_each_invocation() {
    let aws = Aws::connect().await;
    let function = aws.function("s3").await;
    // It answers nothing, so that the payload stays as it is.
    let pre = aws.function_with("s3-pre", &[("RESPOND", "null")]).await;
    let post = aws.function("s3-post").await;
    let weighted = json!([{"payload": {"ioMs": 1}, "weight": 1}, {"payload": {"ioMs": 30}, "weight": 1}]);
    let ended = function
        .tune(&json!({
            "payloadS3": aws.put_payload("weighted.json", weighted.to_string()).await, "num": 10, "powerValues": [512],
            "preProcessorARN": pre.arn, "postProcessorARN": post.arn, "includeOutputResults": true,
        }))
        .await;
    assert_succeeded(&ended);
    let row = &stats(&ended)[0];
    // 5 of each payload, and the first one is cold.
    assert_eq!((&row["warm"]["n"], &row["cold"]["n"]), (&json!(9), &json!(1)), "{row}");
    assert!(number(&row["warm"]["min"]) < 20.0 && number(&row["warm"]["max"]) >= 30.0, "{row}");
    assert_eq!((function.invocations().await, pre.invocations().await, post.invocations().await), (10, 10, 10));
    assert_eq!(function.state().await, State::untouched());
    for function in [function, pre, post] {
        function.delete().await;
    }
}

#[tokio::test]
async fn what_the_pre_processor_makes_of_the_payload_replaces_it_and_the_post_processor_gets_the_answer() {
    let aws = Aws::connect().await;
    let function = aws.function("processors").await;
    let pre = aws.function("processors-pre").await;
    let post = aws.function("processors-post").await;
    // The pre-processor is asked to answer what the function is then invoked with.
    let fields =
        json!({"payload": {"respond": {"ioMs": 60}}, "preProcessorARN": pre.arn, "includeOutputResults": true});
    let ended = function.tune(&fields).await;
    assert_succeeded(&ended);
    for row in stats(&ended) {
        assert_lasts(row, &json!({"ioMs": 60}));
    }
    // The function answers with what makes the post-processor fail.
    let fields = json!({"payload": {"respond": {"fail": "SawTheAnswer"}}, "postProcessorARN": post.arn});
    let ended = function.tune(&fields).await;
    assert_failed(&ended, "PostProcessorFailed");
    for part in [post.name.as_str(), "SawTheAnswer"] {
        assert!(ended.cause.contains(part), "{}", ended.cause);
    }
    // So does what the pre-processor is given.
    let ended = function.tune(&json!({"payload": {"fail": "SawThePayload"}, "preProcessorARN": pre.arn})).await;
    assert_failed(&ended, "PreProcessorFailed");
    for part in [pre.name.as_str(), "SawThePayload"] {
        assert!(ended.cause.contains(part), "{}", ended.cause);
    }
    assert_eq!(function.state().await, State::untouched());
    for function in [function, pre, post] {
        function.delete().await;
    }
}

#[tokio::test]
async fn an_object_that_cannot_be_the_payload_is_refused_before_anything_is_spent() {
    let aws = Aws::connect().await;
    let function = aws.function("s3-refused").await;
    let large = aws.put_payload("large.json", json!("x".repeat(7 * 1024 * 1024)).to_string()).await;
    let missing = large.replace("large.json", "missing.json");
    let (bucket, key) = missing.strip_prefix("s3://").unwrap().split_once('/').unwrap();
    let ended = function.tune(&json!({"payloadS3": missing})).await;
    assert_failed(&ended, "ValidationError");
    for part in [bucket, key, "payloadS3Bucket"] {
        assert!(ended.cause.contains(part), "{part} is not in: {}", ended.cause);
    }
    let ended = function.tune(&json!({"payloadS3": large})).await;
    assert_failed(&ended, "ValidationError");
    assert!(ended.cause.contains(&large), "{}", ended.cause);
    let ended = function.tune(&json!({"payloadS3": "https://bucket/key"})).await;
    assert_failed(&ended, "ValidationError");
    assert!(ended.cause.contains("payloadS3") && ended.cause.contains("https://bucket/key"), "{}", ended.cause);
    assert_eq!(function.state().await, State::untouched());
    function.delete().await;
}

#[tokio::test]
async fn json_logs_are_read_on_one_line_and_on_several() {
    let aws = Aws::connect().await;
    for logs in ["json", "pretty"] {
        let function = aws.function_with(&format!("logs-{logs}"), &[("LOGS", logs)]).await;
        let ended = function.tune(&json!({"payload": work(), "num": 8, "includeOutputResults": true})).await;
        assert_succeeded(&ended);
        assert_eq!(values(stats(&ended)), [128, 512]);
        for row in stats(&ended) {
            assert_eq!(row["source"], "report", "{logs}: {row}");
            assert_eq!((&row["warm"]["n"], &row["cold"]["n"]), (&json!(7), &json!(1)), "{logs}: {row}");
            assert_eq!(row["maxMemoryUsed"], 30, "{logs}: {row}");
            assert!(number(&row["initDuration"]["mean"]) >= 20.0, "{logs}: {row}");
            assert_lasts(row, &work());
        }
        function.delete().await;
    }
}

#[tokio::test]
async fn a_function_that_leaves_no_reports_is_timed_by_the_client_and_said_so() {
    let aws = Aws::connect().await;
    // By its configuration one function leaves reports, which are looked for, and the other leaves none.
    for (level, advice) in [(SystemLogLevel::Info, "log"), (SystemLogLevel::Warn, "system log level")] {
        let function = aws.function_with(&format!("logs-none-{level}"), &[("LOGS", "none")]).await;
        let config = LoggingConfig::builder().log_format(LogFormat::Json).system_log_level(level).build();
        let update = aws.lambda.update_function_configuration().function_name(&function.name).logging_config(config);
        update.send().await.unwrap();
        let updated = aws.lambda.wait_until_function_updated_v2().function_name(&function.name);
        updated.wait(Duration::from_secs(30)).await.unwrap();
        let ended = function.tune(&json!({"payload": work(), "includeOutputResults": true})).await;
        assert_succeeded(&ended);
        for row in stats(&ended) {
            assert_eq!(row["source"], "client", "{row}");
            // The way to the function and back is in it.
            let mb = u32::try_from(row["value"].as_u64().unwrap()).unwrap();
            assert!(number(&row["averageDuration"]) >= true_duration(&work(), mb), "{row}");
        }
        let warnings = warnings(&ended);
        assert!(warnings.contains("client") && warnings.contains(advice), "{warnings}");
        assert_eq!(function.state().await, State::untouched());
        function.delete().await;
    }
}

#[tokio::test]
async fn only_cold_starts_takes_a_version_for_each_invocation_and_leaves_none() {
    let aws = Aws::connect().await;
    let function = aws.function("only-cold").await;
    let fields = json!({"onlyColdStarts": true, "includeOutputResults": true});
    let ended = function.tune(&fields).await;
    assert_succeeded(&ended);
    for row in stats(&ended) {
        assert_eq!((&row["cold"]["n"], &row["warm"]), (&json!(5), &Value::Null), "{row}");
        assert_eq!((&row["samples"], &row["spent"]["invocations"]), (&json!(5), &json!(5)), "{row}");
    }
    assert_eq!(function.invocations().await, 10);
    assert_eq!(function.state().await, State::untouched());
    // One value, which is the current memory, of which there is a version already.
    aws.lambda.publish_version().function_name(&function.name).send().await.unwrap();
    let before = function.state().await;
    let ended =
        function.tune(&json!({"onlyColdStarts": true, "includeOutputResults": true, "powerValues": [MEMORY]})).await;
    assert_succeeded(&ended);
    let row = &stats(&ended)[0];
    assert_eq!((&row["cold"]["n"], &row["warm"]), (&json!(5), &Value::Null), "{row}");
    assert_eq!(function.state().await, before);
    function.delete().await;
}

#[tokio::test]
async fn running_out_of_memory_is_counted_or_fails_the_run_if_asked_to() {
    let aws = Aws::connect().await;
    let function = aws.function("out-of-memory").await;
    let payload = json!({"cpuMs": 1, "memoryMb": 300});
    let ended = function.tune(&json!({"payload": payload, "includeOutputResults": true})).await;
    assert_succeeded(&ended);
    assert_eq!(ended.output["power"], 512);
    let row = &stats(&ended)[0];
    assert!(row["excluded"].as_str().unwrap().contains("out of memory"), "{row}");
    let errors = row["spent"]["errors"].as_object().unwrap();
    assert!(errors.values().any(|seen| seen["count"].as_u64().unwrap() >= 1), "{row}");
    assert!(warnings(&ended).contains("128 MB"), "{}", warnings(&ended));
    assert_eq!(function.state().await, State::untouched());
    let ended = function.tune(&json!({"payload": payload, "onFailure": "fail"})).await;
    assert_failed(&ended, "PowerValueInfeasible");
    assert!(ended.cause.contains("128 MB") && ended.cause.contains("out of memory"), "{}", ended.cause);
    assert_eq!(function.state().await, State::untouched());
    function.delete().await;
}

#[tokio::test]
async fn a_function_that_says_that_its_payload_is_wrong_is_measured_with_a_warning() {
    let aws = Aws::connect().await;
    let function = aws.function("rejecting").await;
    let payload = json!({"respond": {"statusCode": 404}});
    let ended = function.tune(&json!({"payload": payload})).await;
    assert_succeeded(&ended);
    assert!(warnings(&ended).contains("(statusCode 404 in 10 of 10 answers)"), "{}", warnings(&ended));
    let ended = function.tune(&json!({"payload": payload, "dryRun": true})).await;
    assert_succeeded(&ended);
    assert!(warnings(&ended).contains("(statusCode 404 in 2 of 2 answers)"), "{}", warnings(&ended));
    function.delete().await;
}

#[tokio::test]
async fn a_throttled_function_is_measured_in_full() {
    let aws = Aws::connect().await;
    let function = aws.function("throttled").await;
    let reserve = aws.lambda.put_function_concurrency().function_name(&function.name).reserved_concurrent_executions(1);
    reserve.send().await.unwrap();
    let fields = json!({"num": 20, "parallelInvocation": true, "maxConcurrency": 4, "payload": {"ioMs": 50}, "includeOutputResults": true});
    // Once the run measures, somebody else takes the only place from it, ten times.
    let at_once = aws_sdk_lambda::config::Builder::new().retry_config(RetryConfig::disabled());
    let others = async {
        while function.invocations().await == 0 {
            tokio::time::sleep(LOOK).await;
        }
        let mut answered = 0;
        while answered < 10 {
            let invoke = aws.lambda.invoke().function_name(&function.name).payload(Blob::new(r#"{"ioMs": 300}"#));
            answered += usize::from(invoke.customize().config_override(at_once.clone()).send().await.is_ok());
        }
        answered
    };
    let (ended, others) = tokio::join!(function.tune(&fields), others);
    assert_succeeded(&ended);
    assert!(warnings(&ended).contains("reserved concurrency is 1"), "{}", warnings(&ended));
    assert_eq!(values(stats(&ended)), [128, 512]);
    for row in stats(&ended) {
        assert_eq!((&row["samples"], &row["spent"]["invocations"]), (&json!(20), &json!(20)), "{row}");
    }
    let throttled = |row: &Value| row["spent"]["throttled"].as_u64().unwrap();
    assert!(stats(&ended).iter().map(throttled).sum::<u64>() > 0, "{:?}", stats(&ended));
    assert_eq!(function.invocations().await, 40 + others);
    assert_eq!(function.state().await, State::untouched());
    function.delete().await;
}

#[tokio::test]
async fn a_function_in_another_region_is_tuned_there_at_the_price_of_that_region() {
    let aws = Aws::connect().await;
    // Dearer than most.
    let region = "eu-south-1";
    let (there, elsewhere) = (aws.with_functions_in(region), aws.with_functions_in("eu-west-1"));
    let function = there.function("abroad").await;
    let pre = elsewhere.function("abroad-pre").await;
    let ended = function
        .tune(&json!({
            "lambdaARN": function.arn, "payload": {"respond": {"ioMs": 60}}, "preProcessorARN": pre.arn,
            "includeOutputResults": true,
        }))
        .await;
    assert_succeeded(&ended);
    let price = price(region);
    for row in stats(&ended) {
        assert_lasts(row, &json!({"ioMs": 60}));
        let power = Power::new(u32::try_from(row["value"].as_u64().unwrap()).unwrap()).unwrap();
        let billed = BilledMilliseconds(row["spent"]["billed"].as_u64().unwrap());
        assert!((number(&row["totalCost"]) - price.cost(power, billed).0).abs() < 1e-15, "{row}");
    }
    assert_eq!((function.invocations().await, pre.invocations().await), (10, 10));
    assert_eq!(function.state().await, State::untouched());
    function.delete().await;
    pre.delete().await;
}

#[tokio::test]
async fn a_function_of_another_account_is_tuned_with_a_role_of_that_account() {
    let aws = Aws::connect().await;
    let account = "111111111111";
    let there = aws.with_functions_of(account);
    let function = there.function("other-account").await;
    assert!(function.arn.contains(account), "{}", function.arn);
    let fields = json!({"lambdaARN": function.arn, "payload": work()});
    // Without the role there is no such function.
    assert_failed(&function.tune(&fields).await, "FunctionNotFound");
    let mut with_role = fields.clone();
    with_role["assumeRoleARN"] = json!(there.role_to_assume("tuned-by-others").await);
    let ended = function.tune(&with_role).await;
    assert_succeeded(&ended);
    assert_eq!((&ended.output["power"], function.invocations().await), (&json!(128), 10));
    assert_eq!(function.state().await, State::untouched());
    // Cleaning up after a failure takes the role, too.
    with_role["payload"] = json!({"fail": true});
    assert_failed(&function.tune(&with_role).await, "FunctionError");
    assert_eq!(function.state().await, State::untouched());
    function.delete().await;
}

#[tokio::test]
async fn the_state_machine_waits_for_snapshots_and_says_what_they_cost() {
    let aws = Aws::connect().await;
    let function = aws.function_with_snap_start("snap-start").await;
    let input = function.input(&json!({"includeOutputResults": true}));
    let execution = aws.start(&aws.state_machine, &input).await;
    let ended = aws.wait(&execution).await;
    assert_succeeded(&ended);
    let entered = aws.entered(&execution).await;
    assert!(entered.iter().any(|state| state == "Wait for versions"), "{entered:?}");
    for row in stats(&ended) {
        assert_eq!(row["initDuration"]["mean"], 250.0, "{row}");
    }
    assert!(warnings(&ended).contains("snapshots of its 2 versions cost"), "{}", warnings(&ended));
    assert_eq!(function.state().await, State::untouched());
    function.delete().await;
}

#[tokio::test]
async fn another_state_machine_can_tune_as_one_of_its_steps() {
    let aws = Aws::connect().await;
    let function = aws.function_with("nested", &[("IO_MS", "5")]).await;
    let example = "../infra/examples/from-another-state-machine/statemachine.asl.json";
    let definition = fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(example)).unwrap();
    let definition = definition
        .replace("${StartExecution}", "arn:aws:states:::states:startExecution.sync:2")
        .replace("${PowerTunerStateMachineArn}", &aws.state_machine);
    assert!(!definition.contains("${"), "{definition}");
    let tuner = aws.sfn.describe_state_machine().state_machine_arn(&aws.state_machine).send().await.unwrap();
    // A run of the tests that failed may have left one with an older definition.
    let name = format!("end-to-end-parent-{}", process::id());
    let machine = aws.sfn.create_state_machine().name(name).role_arn(tuner.role_arn).definition(definition);
    let machine = machine.send().await.unwrap().state_machine_arn;
    let execution = aws.start(&machine, &json!({"lambdaARN": function.arn, "num": 5})).await;
    let ended = aws.wait(&execution).await;
    assert_succeeded(&ended);
    // It only waits, which is cheapest with the least memory.
    assert_eq!(ended.output["power"], 128);
    assert!(number(&ended.output["cost"]) > 0.0 && number(&ended.output["duration"]) >= 5.0, "{}", ended.output);
    assert!(!warnings(&ended).contains("AWS_STEP_FUNCTIONS"), "{}", warnings(&ended));
    assert_eq!(function.state().await, State::untouched());
    aws.sfn.delete_state_machine().state_machine_arn(machine).send().await.unwrap();
    function.delete().await;
}

#[tokio::test]
async fn errors_that_are_allowed_count_as_samples() {
    let aws = Aws::connect().await;
    let function = aws.function("allowed").await;
    let payload = json!({"fail": "BusinessError", "ioMs": 60});
    let allowed = json!({"payload": payload, "allowedExceptions": ["BusinessError"], "includeOutputResults": true});
    let ended = function.tune(&allowed).await;
    assert_succeeded(&ended);
    for row in stats(&ended) {
        assert_eq!(
            (&row["samples"], &row["spent"]["errors"]["BusinessError"]["count"]),
            (&json!(5), &json!(5)),
            "{row}"
        );
        assert_lasts(row, &payload);
    }
    for other in [json!([]), json!(["OtherError"])] {
        let ended = function.tune(&json!({"payload": payload, "allowedExceptions": other})).await;
        assert_failed(&ended, "FunctionError");
        assert!(ended.cause.contains("BusinessError"), "{}", ended.cause);
    }
    assert_eq!(function.state().await, State::untouched());
    function.delete().await;
}

#[tokio::test]
async fn a_latency_limit_goes_before_the_strategy() {
    let aws = Aws::connect().await;
    let function = aws.function("max-duration").await;
    let payload = json!({"cpuMs": 30, "ioMs": 20});
    let limited = |ms: f64| json!({"payload": payload, "powerValues": [128, 512, 1024], "maxDuration": ms});
    // 435 ms, 124 ms and 72 ms.
    let ended = function.tune(&limited(100.0)).await;
    assert_succeeded(&ended);
    assert_eq!(ended.output["power"], 1024);
    assert!(!warnings(&ended).contains("maxDuration"), "{}", warnings(&ended));
    let ended = function.tune(&limited(1.0)).await;
    assert_succeeded(&ended);
    assert_eq!(ended.output["power"], 1024);
    let warnings = warnings(&ended);
    assert!(warnings.contains("maxDuration") && warnings.contains('%'), "{warnings}");
    function.delete().await;
}

#[tokio::test]
async fn a_latency_limit_looks_at_the_metric() {
    let aws = Aws::connect().await;
    let function = aws.function("metric").await;
    // A median of 5 ms, and an average of 33 ms.
    let payload = json!([{"payload": {"ioMs": 5}, "weight": 7}, {"payload": {"ioMs": 100}, "weight": 3}]);
    for (metric, meets) in [("p50", true), ("average", false)] {
        let fields = json!({"payload": payload, "num": 10, "powerValues": [512], "metric": metric, "maxDuration": 25});
        let ended = function.tune(&fields).await;
        assert_succeeded(&ended);
        assert_eq!(!warnings(&ended).contains("maxDuration"), meets, "{metric}: {}", warnings(&ended));
        // Whatever the strategy looks at, this stays the average.
        assert!(number(&ended.output["duration"]) > 25.0, "{metric}: {}", ended.output);
    }
    function.delete().await;
}

#[tokio::test]
async fn all_values_can_be_bounded() {
    let aws = Aws::connect().await;
    let function = aws.function("bounds").await;
    for (bounds, expected) in [
        (json!({"maxPower": 256}), vec![128, 192, 256]),
        (json!({"minPower": 192, "maxPower": "256"}), vec![192, 256]),
        (json!({"minPower": 2944}), vec![2944, 3008]),
    ] {
        let mut fields = json!({"powerValues": "ALL", "includeOutputResults": true});
        fields.as_object_mut().unwrap().extend(bounds.as_object().unwrap().clone());
        let ended = function.tune(&fields).await;
        assert_succeeded(&ended);
        assert_eq!(values(stats(&ended)), expected, "{bounds}");
    }
    assert_eq!(function.state().await, State::untouched());
    function.delete().await;
}

#[tokio::test]
async fn the_current_memory_can_be_measured_and_savings_are_said_by_the_month() {
    let aws = Aws::connect().await;
    let function = aws.function("present").await;
    let ended = function
        .tune(&json!({
            "payload": work(), "compareWithCurrent": true, "invocationsPerMonth": 1_000_000, "includeOutputResults": true,
        }))
        .await;
    assert_succeeded(&ended);
    assert_eq!(values(stats(&ended)), [128, 512, u64::try_from(MEMORY).unwrap()]);
    assert_eq!(ended.output["power"], 128);
    let recommendation = &ended.output["recommendation"];
    assert!(recommendation["againstPresent"].is_object(), "{recommendation}");
    let [at_present, at_winner, saving] =
        ["atPresent", "atWinner", "saving"].map(|field| number(&recommendation["monthly"][field]));
    // A million requests cost 0.20 USD, whatever they take.
    assert!(at_winner > 0.2 && at_present > at_winner, "{recommendation}");
    assert!((at_present - at_winner - saving).abs() < 1e-6, "{recommendation}");
    // Measured, but not to be left there.
    assert_eq!(function.state().await, State::untouched());
    function.delete().await;
}

#[tokio::test]
async fn single_samples_are_returned_if_asked_for() {
    let aws = Aws::connect().await;
    let function = aws.function("samples").await;
    let fields = json!({"payload": work(), "num": 8, "includeSamples": true, "includeOutputResults": true});
    let ended = function.tune(&fields).await;
    assert_succeeded(&ended);
    for row in stats(&ended) {
        let samples = row["sampleList"].as_array().unwrap();
        assert_eq!(samples.len(), 8, "{row}");
        assert_eq!(samples.iter().filter(|sample| sample["cold"] == true).count(), 1, "{row}");
        assert!(samples.iter().all(|sample| number(&sample["billed"]) >= number(&sample["duration"])), "{row}");
        let billed: f64 = samples.iter().map(|sample| number(&sample["billed"])).sum();
        assert_eq!(billed, number(&row["spent"]["billed"]), "{row}");
    }
    let ended = function.tune(&json!({"includeOutputResults": true})).await;
    assert!(stats(&ended).iter().all(|row| row["sampleList"].is_null()));
    function.delete().await;
}

#[tokio::test]
async fn with_disable_payload_logs_the_payload_is_in_no_error_and_in_no_log() {
    let aws = Aws::connect().await;
    let function = aws.function("secret").await;
    let input = |marker: &str, hide: bool| {
        function.input(&json!({"payload": {"fail": true, "secret": marker}, "disablePayloadLogs": hide}))
    };
    // The function's error repeats its payload.
    let shown = aws.run(&input("marker4711shown", false)).await;
    assert_failed(&shown, "FunctionError");
    assert!(shown.cause.contains("marker4711shown"), "{}", shown.cause);
    // At the lowest level the AWS SDK and the Lambda runtime would write whole requests.
    let steps = ["Initializer", "Publisher", "Executor", "Analyzer", "Cleaner"];
    let variables: &[_] = &[("RUST_LOG", "trace"), ("AWS_LAMBDA_LOG_LEVEL", "TRACE")];
    let machine = aws.machine_with("trace", &steps.map(|step| Copy { step, timeout: 60, variables })).await;
    let marker = "marker4711hidden";
    let execution = aws.start(&machine.arn, &input(marker, true)).await;
    let ended = aws.wait(&execution).await;
    assert_failed(&ended, "FunctionError");
    let causes = aws.causes(&execution).await;
    assert!(causes.contains(&ended.cause), "{causes:?}");
    for text in causes.iter().chain([&ended.error, &ended.cause]) {
        assert!(!text.contains(marker), "{text}");
    }
    // Nor is it anywhere when all goes well.
    let well = json!({"payload": {"secret": marker}, "disablePayloadLogs": true});
    assert_succeeded(&aws.wait(&aws.start(&machine.arn, &function.input(&well)).await).await);
    for group in machine.log_groups() {
        assert!(!aws.log(&group, "began to log").await.is_empty(), "{group} has no lines of the lowest level");
        assert_eq!(aws.log(&group, marker).await, Vec::<String>::new(), "{group}");
    }
    assert_eq!(function.state().await, State::untouched());
    machine.delete().await;
    function.delete().await;
}
