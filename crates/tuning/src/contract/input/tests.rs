use proptest::{prelude::*, strategy::Strategy as Generator};
use serde_json::json;

use super::{Strategy, *};

pub(crate) fn deployment() -> Deployment {
    Deployment {
        power_values: [128, 256].into_iter().map(|mb| Power::new(mb).unwrap()).collect(),
        auto_optimize: false,
        visualization_url: "https://example.com/".to_owned(),
        execution_time_limit: std::time::Duration::from_hours(1),
        total_execution_timeout: std::time::Duration::from_mins(5),
        own_functions: Vec::new(),
    }
}

fn parse(value: &Value) -> Result<Request, ValidationError> {
    Input::parse(value, &deployment(), None).map(|input| input.request)
}

/// A valid input with one field set.
pub(crate) fn with(field: &str, value: Value) -> Value {
    let mut input = json!({"lambdaARN": "f", "num": 10});
    input.as_object_mut().unwrap().insert(field.to_owned(), value);
    input
}

fn megabytes(input: &Request) -> Vec<u32> {
    input.power_values.iter().map(|power| power.megabytes()).collect()
}

#[test]
fn the_shortest_input_has_the_defaults_of_the_contract() {
    let input = parse(&json!({"lambdaARN": "f", "num": 10})).unwrap();
    assert_eq!(megabytes(&input), [128, 256]);
    assert_eq!(input.sampling, Sampling::serial(10));
    assert_eq!((input.strategy, input.mode), (Strategy::Cost, Mode::Tune));
    assert_eq!((input.auto_optimize, input.include_output_results), (AutoOptimize::Off, false));
    assert_eq!((input.payload, input.trim), (PayloadSource::Inline(Payload::None), Trim::DEFAULT));
    assert_eq!(input.warnings, Vec::<String>::new());
}

#[test]
fn numbers_may_be_strings() {
    let input = parse(&json!({"lambdaARN": "f", "num": "10", "powerValues": ["512", 256.0], "balancedWeight": "0.3", "strategy": "balanced"})).unwrap();
    assert_eq!(input.sampling.invocations, 10);
    assert_eq!(megabytes(&input), [256, 512]);
    assert_eq!(input.strategy, Strategy::Balanced { weight: Weight::clamped(0.3) });
}

#[test]
fn memory_sizes_are_merged_and_sorted() {
    assert_eq!(megabytes(&parse(&with("powerValues", json!([1024, 128, 1024, 512]))).unwrap()), [128, 512, 1024]);
    assert_eq!(parse(&with("powerValues", json!("ALL"))).unwrap().power_values.len(), 46);
    assert_eq!(megabytes(&parse(&with("powerValues", json!([]))).unwrap()), [128, 256]);
}

#[test]
fn null_is_as_good_as_absent() {
    for field in FIELDS.iter().filter(|field| !["lambdaARN", "num"].contains(&field.name)) {
        assert!(parse(&with(field.name, Value::Null)).is_ok(), "{}", field.name);
    }
}

/// A value, or more, of each field that is refused for what it is.
pub(crate) fn bad_values() -> Vec<(&'static str, Value)> {
    vec![
        ("lambdaARN", json!(7)),
        ("lambdaARN", json!("not a name")),
        ("num", json!(4)),
        ("num", json!("ten")),
        ("num", json!(7.5)),
        ("powerValues", json!([128, 127])),
        ("powerValues", json!([10241])),
        ("powerValues", json!("MANY")),
        ("powerValues", json!(512)),
        ("parallelInvocation", json!("yes")),
        ("maxConcurrency", json!(0)),
        ("strategy", json!("cheap")),
        ("balancedWeight", json!("heavy")),
        ("autoOptimize", json!(1)),
        ("autoOptimizeAlias", json!("a b")),
        ("autoOptimizeAlias", json!("power-tuning-lock")),
        ("dryRun", json!("no")),
        ("discardTopBottom", json!([])),
        ("sleepBetweenRunsMs", json!(-1)),
        ("disablePayloadLogs", json!({})),
        ("includeOutputResults", json!("tru")),
        ("onlyColdStarts", json!("yes")),
        ("payloadS3", json!("https://bucket/key")),
        ("preProcessorARN", json!("a b")),
        ("postProcessorARN", json!(1)),
        ("allowedExceptions", json!("ValueError")),
        ("allowedExceptions", json!([1])),
        ("minPower", json!(64)),
        ("maxPower", json!(20_000)),
        ("powerConcurrency", json!(-1)),
        ("onFailure", json!("ignore")),
        ("allowedErrorRate", json!(1.5)),
        ("allowedErrorRate", json!("often")),
        ("compareWithCurrent", json!(1)),
        ("metric", json!("p42")),
        ("maxDuration", json!(0)),
        ("maxCost", json!("cheap")),
        ("memoryHeadroom", json!(-0.1)),
        ("invocationsPerMonth", json!(0)),
        ("includeSamples", json!([])),
        ("assumeRoleARN", json!("admin")),
        ("tolerance", json!(-0.1)),
        ("effort", json!("huge")),
        ("maxInvocations", json!(9)),
        ("maxSpend", json!(0)),
    ]
}

#[test]
fn every_bad_value_is_refused_by_a_message_that_names_field_value_and_range() {
    for (field, value) in bad_values() {
        let error = parse(&with(field, value.clone())).unwrap_err();
        assert_eq!(error.problems.len(), 1, "{error}");
        let message = error.to_string();
        let known = Field::named(field).unwrap();
        let received = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        for part in [format!("{field}: "), received, known.kind.allowed().into_owned(), known.example.to_owned()] {
            assert!(message.contains(&part), "{part:?} is not in {message}");
        }
    }
}

#[test]
fn none_of_the_deployment_s_own_functions_is_tuned_or_a_processor() {
    let own = ["arn:aws:lambda:eu-west-1:123456789012:function:tuner-Cleaner-1", "tuner-Initializer-1"];
    let deployment = Deployment { own_functions: own.map(|name| name.parse().unwrap()).to_vec(), ..deployment() };
    for field in ["lambdaARN", "preProcessorARN", "postProcessorARN"] {
        for name in [own[0], "tuner-Cleaner-1:7", "tuner-Cleaner-1", "123456789012:function:tuner-Initializer-1"] {
            let error = Input::parse(&with(field, json!(name)), &deployment, None).unwrap_err().to_string();
            assert!(error.contains(&format!("{field}: {name} is one of power-tuner's own functions")), "{error}");
        }
        for name in ["tuner-Cleaner-2", "arn:aws:lambda:us-east-1:123456789012:function:tuner-Cleaner-1"] {
            assert!(Input::parse(&with(field, json!(name)), &deployment, None).is_ok(), "{name}");
        }
    }
}

#[test]
fn all_problems_are_reported_at_once() {
    let error = parse(&json!({"num": 1, "strategy": "x", "powerValues": [1], "dryRun": 3})).unwrap_err();
    let fields: Vec<&str> = error.problems.iter().map(|problem| problem.field).collect();
    assert_eq!(fields, ["lambdaARN", "dryRun", "powerValues", "num", "strategy"]);
}

#[test]
fn what_is_missing_is_called_missing() {
    insta::assert_snapshot!(parse(&json!({})).unwrap_err(), @r#"the input was refused and nothing was changed. lambdaARN: it is missing (allowed: the ARN or the name of a Lambda function; example: "lambdaARN": "arn:aws:lambda:us-east-1:123456789012:function:my-function"); num: it is missing (allowed: an integer, 5 or more; example: "num": 10)"#);
    insta::assert_snapshot!(parse(&json!([1])).unwrap_err(), @r#"the input was refused and nothing was changed. lambdaARN: the input is [1], not a JSON object (allowed: the ARN or the name of a Lambda function; example: "lambdaARN": "arn:aws:lambda:us-east-1:123456789012:function:my-function")"#);
}

#[test]
fn errors_may_be_as_frequent_as_the_input_says() {
    let rate = |fields: Option<Value>| {
        let input = fields.map_or_else(|| with("num", json!(10)), |rate| with("allowedErrorRate", rate));
        parse(&input).unwrap().failures.allowed_rate.0
    };
    assert_eq!((rate(None), rate(Some(json!(0.05))), rate(Some(json!("1")))), (0.0, 0.05, 1.0));
}

#[test]
fn a_list_that_is_weighted_in_some_elements_only_is_sent_whole_with_a_warning() {
    let list = json!([{"payload": {"a": 1}, "weight": 1}, {"payload": {"b": 1}}]);
    let expected = "1 of the 2 elements of payload have a payload and a weight: every invocation gets the whole list, \
                    because a weighted list needs both in every element";
    assert_eq!(parse(&with("payload", list)).unwrap().warnings, [expected]);
    assert!(parse(&with("payload", json!([{"payload": 1}, {"payload": 2}]))).unwrap().warnings.is_empty());
}

#[test]
fn an_unknown_field_is_a_warning_with_the_nearest_name() {
    let input = parse(&with("powervalues", json!([128]))).unwrap();
    assert_eq!(input.warnings.len(), 1);
    assert!(
        input.warnings[0].contains("\"powervalues\"") && input.warnings[0].contains("\"powerValues\""),
        "{:?}",
        input.warnings
    );
    for of_others in ["AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID", "$schema"] {
        assert!(parse(&with(of_others, json!("x"))).unwrap().warnings.is_empty(), "{of_others}");
    }
}

#[test]
fn a_suggestion_is_made_only_for_a_name_that_is_near() {
    let suggested = |name: &str| Field::meant_by(name).map(|field| field.name);
    for (name, meant) in [
        ("lambdaArn", Some("lambdaARN")),
        ("lambda_arn", Some("lambdaARN")),
        ("powervalue", Some("powerValues")),
        ("enableParallel", Some("parallelInvocation")),
        ("memory", None),
        ("comment", None),
        ("", None),
    ] {
        assert_eq!(suggested(name), meant, "{name}");
    }
    let warnings = parse(&with("comment", json!("x"))).unwrap().warnings;
    assert_eq!(warnings, ["the input has a field \"comment\" that is not known and was not read"]);
}

#[test]
fn a_refusal_names_a_field_whose_name_differs_in_case() {
    let refused = parse(&json!({"lambdaArn": "f", "num": 10})).unwrap_err().to_string();
    assert!(refused.contains("did you mean \"lambdaARN\"? Upper and lower case matter"), "{refused}");
}

#[test]
fn truth_values_may_be_texts_and_empty_texts_mean_not_set() {
    for (text, truth) in [("true", true), (" True", true), ("FALSE", false), ("false\n", false)] {
        assert_eq!(parse(&with("includeOutputResults", json!(text))).unwrap().include_output_results, truth);
    }
    for field in FIELDS.iter().filter(|field| !field.is_required() && !matches!(field.kind, Kind::Json { .. })) {
        let (empty, absent) = (with(field.name, json!("")), with(field.name, Value::Null));
        assert_eq!(parse(&empty).ok(), parse(&absent).ok(), "{}", field.name);
    }
    assert!(parse(&with("lambdaARN", json!(""))).is_err());
}

#[test]
fn shares_out_of_range_are_clamped_with_a_warning() {
    for field in ["discardTopBottom", "balancedWeight"] {
        let input = parse(&with(field, json!(7))).unwrap();
        assert!(input.warnings[0].starts_with(field), "{:?}", input.warnings);
        assert_eq!(input.warnings.len(), 1);
    }
}

#[test]
fn auto_optimize_needs_no_alias_and_an_alias_needs_auto_optimize() {
    let parse = |alias: Value, wanted: Value| {
        parse(&json!({"lambdaARN": "f", "num": 5, "autoOptimizeAlias": alias, "autoOptimize": wanted})).unwrap()
    };
    assert_eq!(parse(json!(null), json!(true)).auto_optimize, AutoOptimize::Latest);
    let live = AutoOptimize::Alias(AliasName::try_from("live".to_owned()).unwrap());
    assert_eq!(parse(json!("live"), json!(true)).auto_optimize, live);
    let ignored = parse(json!("live"), json!(false));
    assert_eq!((ignored.auto_optimize, ignored.warnings.len()), (AutoOptimize::Off, 1));
}

#[test]
fn a_dry_run_changes_nothing_and_invokes_once() {
    let input =
        parse(&json!({"lambdaARN": "f", "num": 50, "dryRun": true, "autoOptimize": true, "parallelInvocation": true}))
            .unwrap();
    assert_eq!(
        (input.mode, input.auto_optimize, input.sampling),
        (Mode::DryRun, AutoOptimize::Off, Sampling::serial(1))
    );
}

#[test]
fn a_run_that_does_not_fit_the_state_is_refused_with_the_number_that_does() {
    let error = parse(&with("num", json!(10_000_000))).unwrap_err().to_string();
    let most: u32 = error.split("at most ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!(parse(&with("num", json!(most))).is_ok());
    assert!(parse(&with("num", json!(most + 1))).is_err());
    let error = parse(&with("payload", json!("x".repeat(250_000)))).unwrap_err();
    assert_eq!(error.problems[0].field, "payload");
    let many: Vec<u32> = (128..=10_240).collect();
    assert_eq!(parse(&with("powerValues", json!(many))).unwrap_err().problems[0].field, "powerValues");
}

#[test]
fn all_is_bounded_by_the_smallest_and_the_largest_power() {
    let all = |min: Value, max: Value| {
        parse(&json!({"lambdaARN": "f", "num": 5, "powerValues": "ALL", "minPower": min, "maxPower": max}))
    };
    assert_eq!(megabytes(&all(json!(null), json!(256)).unwrap()), [128, 192, 256]);
    assert_eq!(megabytes(&all(json!(3000), json!(null)).unwrap()), [3008]);
    assert_eq!(megabytes(&all(json!(3100), json!("3300")).unwrap()), [3136, 3200, 3264]);
    assert!(all(json!(300), json!(200)).unwrap_err().to_string().contains("minPower"));
    let list = parse(&json!({"lambdaARN": "f", "num": 5, "powerValues": [128], "maxPower": 256})).unwrap();
    assert!(list.warnings[0].contains("maxPower"), "{:?}", list.warnings);
}

#[test]
fn a_quantile_takes_enough_invocations_and_the_message_says_how_many() {
    let ask = |num: u32, parallel: bool| {
        parse(&json!({"lambdaARN": "f", "num": num, "metric": "p90", "parallelInvocation": parallel}))
    };
    assert_eq!(ask(31, false).unwrap().metric, Metric::P90);
    assert!(ask(30, false).unwrap_err().to_string().contains("at least 31"));
    assert!(ask(40, true).is_ok() && ask(39, true).is_err());
    assert!(parse(&json!({"lambdaARN": "f", "num": 30, "metric": "p90", "onlyColdStarts": true})).is_ok());
}

#[test]
fn cold_starts_take_as_many_versions_as_invocations_and_lanes_of_one() {
    let cold = parse(&json!({"lambdaARN": "f", "num": 6, "onlyColdStarts": true, "parallelInvocation": true})).unwrap();
    assert_eq!((cold.sampling.versions(), cold.sampling.lanes), (6, 6));
    assert_eq!(parse(&with("num", json!(6))).unwrap().sampling.versions(), 1);
}

#[test]
fn limits_and_the_rest_are_read() {
    let request = parse(&json!({
        "lambdaARN": "f", "num": 5, "maxDuration": "250", "maxCost": 0.00001, "memoryHeadroom": 0.3, "onFailure": "fail",
        "allowedExceptions": ["A", "B"], "powerConcurrency": 2, "invocationsPerMonth": "1000000", "compareWithCurrent": true,
        "preProcessorARN": "before", "postProcessorARN": "arn:aws:lambda:eu-west-1:123456789012:function:after:live",
        "assumeRoleARN": "arn:aws:iam::123456789012:role/path/name",
    }))
    .unwrap();
    let limits = Limits {
        max_duration: Some(Milliseconds(250.0)),
        max_cost: Some(Usd(0.00001)),
        memory_headroom: 0.3,
        tolerance: Tolerance::NONE,
    };
    assert_eq!(request.limits, limits);
    let allowed = vec!["A".to_owned(), "B".to_owned()];
    assert_eq!(request.failures, FailurePolicy { on_failure: OnFailure::Fail, allowed, ..FailurePolicy::default() });
    assert_eq!((request.power_concurrency, request.invocations_per_month), (2, Some(1_000_000)));
    assert!(request.compare_with_current && request.assume_role.is_some());
    let post = request.processors.post.unwrap();
    assert_eq!((post.region.as_deref(), post.qualifier.as_deref()), (Some("eu-west-1"), Some("live")));
    assert_eq!(request.processors.pre.unwrap().function, "before");
}

fn parse_with_object(fields: &Value, object: Result<PayloadObject, String>) -> Result<Request, ValidationError> {
    let mut input = with("payloadS3", json!("s3://bucket/key"));
    input.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    Input::parse(&input, &deployment(), Some(object)).map(|input| input.request)
}

fn object(text: &str) -> PayloadObject {
    PayloadObject { text: text.to_owned(), etag: "e".to_owned() }
}

#[test]
fn an_object_in_s3_is_checked_as_a_payload_and_goes_before_it() {
    let input = parse_with_object(&json!({"payload": 1}), Ok(object("{}"))).unwrap();
    let uri: S3Uri = "s3://bucket/key".parse().unwrap();
    assert_eq!(input.payload, PayloadSource::S3 { uri: uri.clone(), etag: "e".to_owned(), num: 10 });
    assert!(input.warnings[0].contains("payload was not read"), "{:?}", input.warnings);
    let text = parse_with_object(&json!({}), Ok(object("plain"))).unwrap();
    assert!(text.warnings[0].contains("is not JSON"), "{:?}", text.warnings);
    let weights = r#"[{"payload": 1, "weight": 1}, {"payload": 2, "weight": 1000}]"#;
    let refused = parse_with_object(&json!({}), Ok(object(weights))).unwrap_err().to_string();
    assert!(refused.contains("payloadS3: the share"), "{refused}");
    let refused = parse_with_object(&json!({}), Err("403".to_owned())).unwrap_err().to_string();
    assert!(refused.contains("payloadS3: 403"), "{refused}");
    assert_eq!(payload_in_s3(&json!({"payloadS3": "s3://bucket/key"})), Some(uri));
    assert_eq!(payload_in_s3(&json!({"payloadS3": 7})), None);
}

#[test]
fn samples_are_kept_as_far_as_they_fit_the_state() {
    let ask = |num: u32, values: Value| {
        parse(&json!({"lambdaARN": "f", "num": num, "powerValues": values, "includeSamples": true})).unwrap()
    };
    let few = ask(20, json!([128, 512]));
    assert_eq!((few.sampling.keep_samples, few.sampling.keep_trace_ids, few.warnings.len()), (20, true, 0));
    // The samples go before their trace ids.
    let traceless = ask(1000, json!([128, 512]));
    assert_eq!((traceless.sampling.keep_samples, traceless.sampling.keep_trace_ids), (1000, false));
    let many = ask(1000, json!("ALL"));
    assert!(
        !many.sampling.keep_trace_ids && many.sampling.keep_samples < 1000 && many.sampling.keep_samples > 3,
        "{}",
        many.sampling.keep_samples
    );
    assert!(many.warnings[0].contains("evenly thinned"), "{:?}", many.warnings);
    assert_eq!(parse(&with("num", json!(20))).unwrap().sampling.keep_samples, 0);
}

pub(crate) fn any_json() -> impl Generator<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("(payload|weight|.{0,5})", inner, 0..4)
                .prop_map(|map| map.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn no_input_makes_the_parser_panic(
        names in prop::collection::vec(prop::sample::select(FIELDS).prop_map(|field| field.name), 0..8),
        values in prop::collection::vec(any_json(), 8),
    ) {
        let input: Value = names.iter().zip(values).map(|(name, value)| ((*name).to_owned(), value)).collect();
        let _ = parse(&input).map_err(|error| error.to_string());
    }

    #[test]
    fn no_bytes_make_the_parser_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(value) = serde_json::from_slice::<Value>(&bytes) {
            let _ = parse(&value);
        }
    }

    #[test]
    fn what_is_accepted_is_within_the_contract(num in any::<u32>(), powers in prop::collection::vec(0u32..12_000, 0..10)) {
        let value = json!({"lambdaARN": "f", "num": num, "powerValues": powers});
        match parse(&value) {
            Ok(input) => {
                prop_assert!(input.sampling.invocations >= FEWEST_INVOCATIONS);
                prop_assert!(input.power_values.windows(2).all(|pair| pair[0] < pair[1]));
                prop_assert!(!input.power_values.is_empty());
            }
            Err(_) => prop_assert!(!(FEWEST_INVOCATIONS..=5000).contains(&num) || powers.iter().any(|mb| !(128..=10_240).contains(mb))),
        }
    }
}

#[test]
fn the_tolerance_is_none_for_a_list_and_2_percent_for_a_search_unless_it_is_given() {
    let tolerance = |fields: Value| {
        let mut input = json!({"lambdaARN": "f", "num": 20});
        input.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let request = parse(&input).unwrap();
        assert_eq!(request.warnings, Vec::<String>::new());
        request.limits.tolerance.0
    };
    assert_eq!((tolerance(json!({})), tolerance(json!({"powerValues": "AUTO"}))), (0.0, 0.02));
    let given = [json!({"tolerance": 0.1}), json!({"tolerance": 0, "powerValues": "AUTO"})].map(tolerance);
    assert_eq!(given, [0.1, 0.0]);
}

#[test]
fn too_few_invocations_for_a_search_are_raised_or_refused_before_anything_is_spent() {
    let search = |fields: Value| {
        let mut input = json!({"lambdaARN": "f", "powerValues": "AUTO"});
        input.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        parse(&input)
    };
    let raised = search(json!({"num": 10})).unwrap();
    let most = raised.search.as_ref().unwrap().most_per_value;
    assert!(most > Some(10), "{most:?}");
    insta::assert_snapshot!(raised.warnings.join("\n"), @r#"num was raised from 10 to 15: with powerValues "AUTO" it is the most invocations at a memory size, and with fewer than 15 none would have enough samples to win. Leave num out to let the search decide"#);
    assert_eq!(search(json!({"num": most})).unwrap().warnings, Vec::<String>::new());
    assert_eq!(search(json!({})).unwrap().search.unwrap().most_per_value, None);
    insta::assert_snapshot!(search(json!({"maxInvocations": 24})).unwrap_err(), @r#"the input was refused and nothing was changed. maxInvocations: received 24; this search needs at least 36 (allowed: an integer from 10 to 1000; example: "maxInvocations": 100)"#);
    let quick = json!({"maxInvocations": 36, "effort": "quick", "compareWithCurrent": false});
    assert!(search(quick).is_ok());
    // More payloads take more invocations.
    let payload = json!([{"payload": 1, "weight": 1}, {"payload": 2, "weight": 1}, {"payload": 3, "weight": 1}]);
    assert!(search(json!({"payload": payload, "maxInvocations": 36})).is_err());
}
