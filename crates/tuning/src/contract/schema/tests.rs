use std::sync::LazyLock;

use jsonschema::Validator;
use proptest::{prelude::*, strategy::Strategy as Generator};
use serde_json::{Value, json};

use crate::contract::{
    input::{
        FIELDS, Field, Input, Kind, PayloadObject,
        tests::{any_json, bad_values, deployment, with},
    },
    schema,
};

/// What a schema cannot say: a name that is taken, and a field that is to come.
const BEYOND_THE_SCHEMA: [&str; 1] = ["power-tuning-lock"];

static INPUT: LazyLock<Validator> = LazyLock::new(|| jsonschema::draft202012::new(&schema::input()).unwrap());

/// Whether the reader refuses this field; what it says of how fields go together does not count.
fn refuses(field: &str, input: &Value) -> bool {
    let object = PayloadObject { text: "{}".to_owned(), etag: "e".to_owned() };
    Input::parse(input, &deployment(), Some(Ok(object)))
        .is_err_and(|error| error.problems.iter().any(|problem| problem.field == field))
}

#[test]
fn both_are_schemas_of_the_draft() {
    for schema in [schema::input(), schema::output()] {
        jsonschema::draft202012::meta::validate(&schema).unwrap();
        assert_eq!(schema["$schema"], super::DRAFT);
    }
}

#[test]
fn a_field_says_what_it_is_and_what_it_takes() {
    let property = |name: &str| schema::input()["properties"][name].clone();
    let concurrency = json!({
        "description": "How many memory sizes are measured at a time, as far as the concurrency of the function and its account allows. Allowed: an integer from 0 to 1000. Default: 0, as many as AWS Step Functions can, which is 40.",
        "type": ["integer", "string", "null"], "minimum": 0, "maximum": 1000, "pattern": property("num")["pattern"],
        "examples": [2],
    });
    assert_eq!(property("powerConcurrency"), concurrency);
    let weight = property("balancedWeight");
    assert_eq!((&weight["type"], weight.get("maximum")), (&json!(["number", "string", "null"]), None));
    assert_eq!((&weight["default"], &property("allowedExceptions")["default"]), (&json!(0.5), &json!([])));
    let strategy = property("strategy");
    assert_eq!(
        (&strategy["enum"], &strategy["default"]),
        (&json!(["cost", "speed", "balanced", null, ""]), &json!("cost"))
    );
}

#[test]
fn a_memory_size_of_the_output_is_an_integer_in_the_range_of_lambda() {
    let power = json!({
        "description": "The winner: its memory, in MB.", "type": "integer", "minimum": 128, "maximum": 10_240,
    });
    assert_eq!(schema::output()["$defs"]["TuningOutcome"]["properties"]["power"], power);
}

#[test]
fn what_may_be_absent_is_not_required() {
    let row = &schema::output()["$defs"]["StatsRow"];
    assert!(row["properties"].get("averageDuration").is_some());
    assert_eq!(row["required"], json!(["value", "lanes", "totalCost", "samples", "spent"]));
}

#[test]
fn num_may_be_absent_only_from_a_search() {
    let without = |values: Value| json!({"lambdaARN": "f", "powerValues": values});
    assert!(INPUT.is_valid(&without(json!("AUTO"))));
    assert!(!INPUT.is_valid(&without(json!("ALL"))) && !INPUT.is_valid(&json!({"lambdaARN": "f"})));
}

#[test]
fn every_field_is_in_the_schema() {
    let schema = schema::input();
    for field in FIELDS {
        assert!(schema["properties"].get(field.name).is_some(), "{}", field.name);
    }
}

#[test]
fn every_example_null_and_an_empty_text_are_valid() {
    for field in FIELDS {
        let example: Value = serde_json::from_str(field.example).unwrap();
        assert!(INPUT.is_valid(&with(field.name, example)), "{}", field.name);
        for empty in [Value::Null, json!("")] {
            assert_eq!(INPUT.is_valid(&with(field.name, empty)), !field.is_required(), "{}", field.name);
        }
    }
    assert!(!INPUT.is_valid(&json!({"num": 5})) && !INPUT.is_valid(&json!({"lambdaARN": "f"})));
}

#[test]
fn numbers_may_be_texts_and_others_may_add_fields() {
    for num in ["10", " 10 ", "+1e1", "10.", "10.0"] {
        assert!(INPUT.is_valid(&with("num", json!(num))), "{num}");
    }
    assert!(INPUT.is_valid(&with("powerValues", json!(["512", 256.0, 128]))));
    assert!(INPUT.is_valid(&with("$schema", json!("input.schema.json"))));
}

#[test]
fn every_field_that_does_not_take_anything_has_a_bad_value() {
    let bad = bad_values();
    for field in FIELDS.iter().filter(|field| !matches!(field.kind, Kind::Json { .. })) {
        assert!(bad.iter().any(|(name, _)| *name == field.name), "{}", field.name);
    }
}

#[test]
fn every_bad_value_is_refused() {
    for (field, value) in bad_values() {
        let said = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let is_seen = !BEYOND_THE_SCHEMA.contains(&said.as_str());
        assert_eq!(INPUT.is_valid(&with(field, value)), !is_seen, "{field}: {said}");
    }
}

/// Texts that are nearly, or just, what some field takes.
fn any_text() -> impl Generator<Value = String> {
    prop_oneof![
        "[ \t]{0,2}[+-]?[0-9]{0,5}[.]?[0-9]{0,3}([eE][+-]?[0-9]{1,2})?[ \n]{0,1}",
        "(arn:aws(-cn)?:(lambda|iam|s3):((eu-west-1)?):([0-9]{12}):)?((function:|role/)[a-zA-Z/]{0,9})?",
        "([0-9]{12}:)?(function:)?[a-zA-Z0-9_.-]{0,9}(:[$]?[A-Z0-9]{0,7})?",
        "s3:/{1,3}[a-z0-9.A-Z-]{0,9}(/.{0,5})?",
        "[0-9a-z_ -]{0,4}",
        prop::sample::select(vec!["ALL", "cost", "p50", "skip", "f", "inf", "NaN", "f:$LATEST"])
            .prop_map(str::to_owned),
    ]
}

fn any_value() -> impl Generator<Value = Value> {
    let text = || any_text().prop_map(Value::from);
    prop_oneof![
        any_json(),
        text(),
        (0u32..12_000).prop_map(Value::from),
        (-10i32..1200).prop_map(|n| (f64::from(n) / 8.0).into()),
        prop::collection::vec(prop_oneof![text(), (100u32..11_000).prop_map(Value::from)], 0..4).prop_map(Value::from),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    #[test]
    fn what_the_schema_refuses_the_reader_refuses_too(
        field in prop::sample::select(FIELDS),
        value in any_value(),
    ) {
        let input = with(field.name, value);
        if !INPUT.is_valid(&input) {
            prop_assert!(refuses(field.name, &input), "{input}");
        }
    }

    #[test]
    fn a_value_of_the_wrong_type_is_refused_by_both(
        field in prop::sample::select(FIELDS).prop_filter("any type goes", |field| !matches!(field.kind, Kind::Json { .. })),
        value in any_json().prop_filter("it goes as absent", |value| !value.is_null() && value != ""),
    ) {
        let input = with(field.name, value.clone());
        if !has_type(&field, &value) {
            prop_assert!(refuses(field.name, &input), "{input}");
            prop_assert!(!INPUT.is_valid(&input), "{input}");
        }
    }
}

/// Whether a value is of a JSON type that some value of the field has.
fn has_type(field: &Field, value: &Value) -> bool {
    match field.kind {
        Kind::Boolean => value.is_boolean() || value.is_string(),
        Kind::Integer { .. } | Kind::Number { .. } | Kind::Clamped { .. } => value.is_number() || value.is_string(),
        Kind::Word(_) | Kind::Text { .. } => value.is_string(),
        Kind::PowerValues => value.is_array() || value.is_string(),
        Kind::Texts => value.is_array(),
        Kind::Json { .. } => true,
    }
}
