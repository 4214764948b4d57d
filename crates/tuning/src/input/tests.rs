use proptest::{prelude::*, strategy::Strategy as Generator};
use serde_json::json;

use super::{Strategy, *};

fn deployment() -> Deployment {
    Deployment {
        power_values: [128, 256].into_iter().map(|mb| Power::new(mb).unwrap()).collect(),
        auto_optimize: false,
        visualization_url: "https://example.com/".to_owned(),
    }
}

fn parse(value: &Value) -> Result<Request, ValidationError> {
    Input::parse(value, &deployment()).map(|input| input.request)
}

/// A valid input with one field set.
fn with(field: &str, value: Value) -> Value {
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
    assert_eq!((input.payload, input.trim), (Payload::None, Trim::DEFAULT));
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
fn power_values_are_merged_and_sorted() {
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

#[test]
fn every_bad_value_is_refused_by_a_message_that_names_field_value_and_range() {
    let bad = [
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
        ("includeOutputResults", json!("true")),
        ("onlyColdStarts", json!(true)),
    ];
    for (field, value) in bad {
        let error = parse(&with(field, value.clone())).unwrap_err();
        assert_eq!(error.problems.len(), 1, "{error}");
        let message = error.to_string();
        let known = Field::named(field).unwrap();
        let received = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        for part in [format!("{field}: "), received, known.allowed.to_owned(), known.example.to_owned()] {
            assert!(message.contains(&part), "{part:?} is not in {message}");
        }
    }
}

#[test]
fn all_problems_are_reported_at_once() {
    let error = parse(&json!({"num": 1, "strategy": "x", "powerValues": [1], "dryRun": 3})).unwrap_err();
    let fields: Vec<&str> = error.problems.iter().map(|problem| problem.field).collect();
    assert_eq!(fields, ["lambdaARN", "dryRun", "num", "powerValues", "strategy"]);
}

#[test]
fn what_is_missing_is_called_missing() {
    insta::assert_snapshot!(parse(&json!({})).unwrap_err(), @r#"the input was refused and nothing was changed. lambdaARN: it is missing (allowed: the ARN or the name of a Lambda function; example: "lambdaARN": "arn:aws:lambda:us-east-1:123456789012:function:my-function"); num: it is missing (allowed: an integer, 5 or more; example: "num": 10)"#);
    insta::assert_snapshot!(parse(&json!([1])).unwrap_err(), @r#"the input was refused and nothing was changed. lambdaARN: the input is [1], not a JSON object (allowed: the ARN or the name of a Lambda function; example: "lambdaARN": "arn:aws:lambda:us-east-1:123456789012:function:my-function")"#);
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
    assert!(parse(&with("AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID", json!("x"))).unwrap().warnings.is_empty());
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

fn any_json() -> impl Generator<Value = Value> {
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
