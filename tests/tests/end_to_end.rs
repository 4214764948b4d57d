//! The real template and the real state machine, on the local AWS. Each test has a function of its own.
#![expect(clippy::unwrap_used, reason = "tests")]

use end_to_end::{Aws, Copy, Function, MEMORY, State, assert_lasts, assert_succeeded, optimum, stats, warnings};
use futures_util::future::join_all;
use serde_json::{Value, json};
use tuning::{
    contract::input::FIELDS,
    run::objective::{Strategy, Weight},
};

/// Computes and waits: at these sizes each strategy has another winner, by a clear margin.
const VALUES: [u32; 4] = [128, 512, 1024, 3008];

fn work() -> Value {
    json!({"cpuMs": 15, "ioMs": 10})
}

async fn winner(function: &Function<'_>, fields: Value) -> u64 {
    let mut input = json!({"payload": work(), "powerValues": VALUES, "num": 6});
    input.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let ended = function.tune(&input).await;
    assert_succeeded(&ended);
    ended.output["power"].as_u64().unwrap()
}

#[tokio::test]
async fn every_strategy_finds_the_computed_optimum_and_leaves_nothing() {
    let aws = Aws::connect().await;
    let function = aws.function("strategies").await;
    let balanced = |weight| Strategy::Balanced { weight: Weight::clamped(weight) };
    for (fields, strategy) in [
        (json!({}), Strategy::Cost),
        (json!({"strategy": "speed"}), Strategy::Speed),
        (json!({"strategy": "balanced"}), balanced(0.5)),
        (json!({"strategy": "balanced", "balancedWeight": "0.1"}), balanced(0.1)),
    ] {
        let expected = optimum(strategy, &work(), &VALUES);
        assert_eq!(winner(&function, fields).await, u64::from(expected), "{strategy:?}");
        assert_eq!(function.state().await, State::untouched());
    }
    function.delete().await;
}

#[tokio::test]
async fn the_output_reports_what_was_measured() {
    let aws = Aws::connect().await;
    let function = aws.function("output").await;
    let ended =
        function.tune(&json!({"payload": work(), "num": 8, "includeOutputResults": true, "discardTopBottom": 0})).await;
    assert_succeeded(&ended);
    let output = &ended.output;
    for row in stats(&ended) {
        assert_lasts(row, &work());
        assert_eq!(
            (&row["warm"]["n"], &row["cold"]["n"], &row["spent"]["invocations"]),
            (&json!(7), &json!(1), &json!(8))
        );
        assert!(row["initDuration"]["mean"].as_f64().unwrap() >= 20.0);
        assert_eq!(row["source"], "report");
    }
    let total: f64 = stats(&ended).iter().map(|row| row["totalCost"].as_f64().unwrap()).sum();
    let lambda_cost = output["stateMachine"]["lambdaCost"].as_f64().unwrap();
    assert!((lambda_cost - total).abs() < 1e-15);
    assert!(
        output["stateMachine"]["visualization"]
            .as_str()
            .unwrap()
            .starts_with("https://lambda-power-tuning.show/#gAAAAg==;")
    );
    function.delete().await;
}

#[tokio::test]
async fn auto_optimize_leaves_latest_at_the_winner() {
    let aws = Aws::connect().await;
    let function = aws.function("auto-optimize").await;
    let fields = json!({"strategy": "speed", "autoOptimize": true, "payload": work(), "powerValues": VALUES, "num": 6});
    let ended = function.tune(&fields).await;
    assert_succeeded(&ended);
    assert_eq!(ended.output["applied"], json!({"memory": 3008, "memoryBefore": MEMORY}));
    assert_eq!(function.state().await, State { memory: 3008, ..State::untouched() });
    function.delete().await;
}

#[tokio::test]
async fn auto_optimize_alias_points_at_the_winner_and_latest_keeps_its_memory() {
    let aws = Aws::connect().await;
    let function = aws.function("alias").await;
    for (strategy, memory) in [("cost", 128), ("speed", 3008)] {
        winner(&function, json!({"strategy": strategy, "autoOptimize": true, "autoOptimizeAlias": "live"})).await;
        let state = function.state().await;
        let [(name, version)] = state.aliases.as_slice() else { panic!("{state:?}") };
        assert_eq!((name.as_str(), state.memory), ("live", MEMORY));
        assert!(state.versions.contains(&(version.clone(), memory)), "{state:?}");
    }
    // The first optimum was the user's to keep; nothing else is left.
    assert_eq!(function.state().await.versions.len(), 2);
    function.delete().await;
}

#[tokio::test]
async fn a_dry_run_invokes_once_per_value_decides_nothing_and_leaves_nothing() {
    let aws = Aws::connect().await;
    let function = aws.function("dry-run").await;
    let ended = function.tune(&json!({"dryRun": true, "autoOptimize": true, "num": 50})).await;
    assert_succeeded(&ended);
    assert_eq!((&ended.output["dryRun"], &ended.output["power"]), (&json!(true), &Value::Null));
    let invocations: Vec<&Value> =
        ended.output["invocations"].as_array().unwrap().iter().map(|m| &m["spent"]["invocations"]).collect();
    assert_eq!(invocations, [1, 1]);
    assert_eq!(function.state().await, State::untouched());
    function.delete().await;
}

#[tokio::test]
async fn a_parallel_run_has_one_cold_start_per_lane() {
    let aws = Aws::connect().await;
    let function = aws.function("parallel").await;
    let fields = json!({"num": 20, "parallelInvocation": true, "maxConcurrency": 4, "payload": {"ioMs": 20}, "includeOutputResults": true});
    let ended = function.tune(&fields).await;
    assert_succeeded(&ended);
    for row in ended.output["stats"].as_array().unwrap() {
        assert_eq!((&row["cold"]["n"], &row["warm"]["n"]), (&json!(4), &json!(16)), "{row}");
    }
    assert_eq!(function.state().await, State::untouched());
    function.delete().await;
}

#[tokio::test]
async fn all_and_the_default_list_are_measured() {
    let aws = Aws::connect().await;
    let function = aws.function("lists").await;
    for (power_values, count) in [(Value::Null, 6), (json!("ALL"), 46)] {
        let ended = function.tune(&json!({"powerValues": power_values, "includeOutputResults": true})).await;
        assert_succeeded(&ended);
        assert_eq!(ended.output["stats"].as_array().unwrap().len(), count);
        assert_eq!(function.state().await, State::untouched());
    }
    function.delete().await;
}

#[tokio::test]
async fn a_function_that_raises_fails_the_run_with_its_error_and_is_put_back() {
    let aws = Aws::connect().await;
    let function = aws.function("raises").await;
    let ended = function.tune(&json!({"payload": {"fail": true}})).await;
    assert_eq!((ended.succeeded, ended.error.as_str()), (false, "FunctionError"));
    for part in ["SampleError", "asked to fail", "128 MB", "payload"] {
        assert!(ended.cause.contains(part), "{}", ended.cause);
    }
    assert_eq!(function.state().await, State::untouched());
    function.delete().await;
}

#[tokio::test]
async fn a_value_that_is_too_small_is_left_out_and_said_so() {
    let aws = Aws::connect().await;
    let function = aws.function("too-small").await;
    let ended = function.tune(&json!({"payload": {"cpuMs": 1, "memoryMb": 300}, "includeOutputResults": true})).await;
    assert_succeeded(&ended);
    assert_eq!(ended.output["power"], 512);
    let excluded = ended.output["stats"][0]["excluded"].as_str().unwrap();
    assert!(excluded.starts_with("the function ran out of memory (of 1 invocation, 1 x "), "{excluded}");
    assert!(warnings(&ended).contains("128 MB was left out"), "{}", warnings(&ended));
    let timeout = function.tune(&json!({"payload": {"ioMs": 60_000}, "powerValues": [128]})).await;
    assert_eq!(timeout.error, "NoUsableSamples");
    assert!(timeout.cause.contains("timeout"), "{}", timeout.cause);
    assert_eq!(function.state().await, State::untouched());
    function.delete().await;
}

#[tokio::test]
async fn every_bad_field_is_refused_before_anything_is_changed() {
    let aws = Aws::connect().await;
    let function = aws.function("bad-input").await;
    let bad = |name: &str| match name {
        "num" => json!(4),
        "powerValues" => json!([64]),
        "payload" => json!([{"payload": 1, "weight": 1}, {"payload": 2, "weight": 1000}]),
        "maxConcurrency" => json!(501),
        "sleepBetweenRunsMs" | "powerConcurrency" | "memoryHeadroom" | "tolerance" => json!(-1),
        "lambdaARN" | "preProcessorARN" | "postProcessorARN" => json!("not a function"),
        "minPower" | "maxPower" => json!(64),
        "maxDuration" | "maxCost" | "maxSpend" | "invocationsPerMonth" => json!(0),
        "maxInvocations" => json!(9),
        _ => json!("no such value"),
    };
    // All at once: none of them gets as far as the lock.
    let runs = FIELDS.iter().map(async |field| {
        let value = bad(field.name);
        let ended = function.tune(&json!({ field.name: value })).await;
        (field, value, ended)
    });
    for (field, value, ended) in join_all(runs).await {
        assert_eq!((ended.succeeded, ended.error.as_str()), (false, "ValidationError"), "{}", field.name);
        let received = if field.name == "payload" { "share".to_owned() } else { value.to_string() };
        let received = received.trim_matches(['[', ']']).to_owned();
        for part in [field.name, &received, &*field.kind.allowed(), field.example] {
            assert!(ended.cause.contains(part), "{part} is not in: {}", ended.cause);
        }
    }
    let empty = aws.run(&json!({})).await;
    assert!(empty.cause.contains("lambdaARN") && empty.cause.contains("num"), "{}", empty.cause);
    assert_eq!(function.state().await, State::untouched());
    function.delete().await;
}

#[tokio::test]
async fn the_input_of_a_script_for_the_reference_tool_is_accepted() {
    let aws = Aws::connect().await;
    let function = aws.function("script").await;
    let fields = json!({
        "num": "5", "powerValues": ["128", 512, 512], "parallelInvocation": false, "strategy": "cost", "autoOptimize": false,
        "payload": {}, "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID": "arn:aws:states:us-east-1:000000000000:execution:p:1",
        "powervalues": [1],
    });
    let ended = function.tune(&fields).await;
    assert_succeeded(&ended);
    for field in ["power", "cost", "duration", "stateMachine"] {
        assert!(!ended.output[field].is_null(), "{field} is missing");
    }
    assert!(warnings(&ended).contains("did you mean \\\"powerValues\\\""), "{}", warnings(&ended));
    assert!(!warnings(&ended).contains("AWS_STEP"), "{}", warnings(&ended));
    function.delete().await;
}

#[tokio::test]
async fn weighted_payloads_are_shared_out() {
    let aws = Aws::connect().await;
    let function = aws.function("weighted").await;
    let payload = json!([{"payload": {"ioMs": 1}, "weight": 1}, {"payload": {"ioMs": 40}, "weight": 1}]);
    let fields = json!({"num": 10, "payload": payload, "includeOutputResults": true, "powerValues": [512]});
    let ended = function.tune(&fields).await;
    assert_succeeded(&ended);
    let row = &ended.output["stats"][0];
    assert!(row["warm"]["min"].as_f64().unwrap() < 20.0 && row["warm"]["max"].as_f64().unwrap() >= 40.0, "{row}");
    function.delete().await;
}

#[tokio::test]
async fn a_second_run_on_the_same_function_fails_at_once_and_names_the_first() {
    let aws = Aws::connect().await;
    let function = aws.function("busy").await;
    let first = aws.start(&aws.state_machine, &function.input(&json!({"payload": {"ioMs": 200}}))).await;
    // The lock is there as soon as the first run is past its Initializer.
    while function.state().await.aliases.is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let second = function.tune(&json!({})).await;
    assert_eq!(second.error, "FunctionBusy");
    assert!(second.cause.contains(&first), "{}", second.cause);
    assert_succeeded(&aws.wait(&first).await);
    assert_eq!(function.state().await, State::untouched());
    function.delete().await;
}

#[tokio::test]
async fn versions_and_aliases_of_the_user_stay() {
    let aws = Aws::connect().await;
    let function = aws.function("users-own").await;
    let version = aws.lambda.publish_version().function_name(&function.name).send().await.unwrap().version.unwrap();
    let alias = aws.lambda.create_alias().function_name(&function.name).name("RAM512").function_version(&version);
    alias.send().await.unwrap();
    let before = function.state().await;
    // 1,024 MB is what the user's version has.
    assert_succeeded(&function.tune(&json!({"powerValues": [128, 512, 1024]})).await);
    assert_eq!(function.state().await, before);
    let failed = function.tune(&json!({"powerValues": [512, 1024], "payload": {"fail": true}})).await;
    assert_eq!(failed.error, "FunctionError");
    assert_eq!(function.state().await, before);
    function.delete().await;
}

#[tokio::test]
async fn a_version_or_alias_can_be_named_if_its_code_is_that_of_latest() {
    let aws = Aws::connect().await;
    let function = aws.function("qualified").await;
    aws.lambda.publish_version().function_name(&function.name).send().await.unwrap();
    let before = function.state().await;
    let qualified = format!("{}:1", function.name);
    assert_succeeded(&function.tune(&json!({"lambdaARN": qualified})).await);
    assert_eq!(function.state().await, before);
    function.delete().await;
}

#[tokio::test]
async fn a_function_that_does_not_exist_is_named() {
    let aws = Aws::connect().await;
    let ended = aws.run(&json!({"lambdaARN": "end-to-end-nobody", "num": 5})).await;
    assert_eq!(ended.error, "FunctionNotFound");
    assert!(ended.cause.contains("end-to-end-nobody") && ended.cause.contains("lambdaARN"), "{}", ended.cause);
}

/// The deployed state machine with other Publishers and Executors, whose time limits are so short that they have to be
/// called several times.
#[tokio::test]
async fn steps_that_run_out_of_time_are_called_again_and_nothing_is_lost() {
    let aws = Aws::connect().await;
    let copies = [("Publisher", 30), ("Executor", 5)].map(|(step, timeout)| Copy { step, timeout, variables: &[] });
    let machine = aws.machine_with("short", &copies).await;
    let function = aws.function("short").await;
    let input = function.input(&json!({"num": 12, "payload": {"ioMs": 500}, "includeOutputResults": true}));
    let execution = aws.start(&machine.arn, &input).await;
    let ended = aws.wait(&execution).await;
    assert_succeeded(&ended);
    for row in ended.output["stats"].as_array().unwrap() {
        assert_eq!((&row["spent"]["invocations"], &row["samples"]), (&json!(12), &json!(12)));
        // The environments stay warm from one call to the next.
        assert_eq!(row["cold"]["n"], 1, "{row}");
    }
    // More transitions than the 10 of a run whose steps are called once.
    let cost = ended.output["stateMachine"]["executionCost"].as_f64().unwrap();
    assert!(cost > 10.5 * 0.000_025, "{cost}");
    assert_eq!(function.state().await, State::untouched());
    machine.delete().await;
    function.delete().await;
}
