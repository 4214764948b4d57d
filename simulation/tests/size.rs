//! The size of what travels between the steps: it fits what AWS Step Functions carries, however large the input is.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use aws::{
    api::FunctionError,
    fake::{Behaved, FakeLambda, deployment},
};
use serde_json::{Value, json};
use simulation::Simulation;
use tuning::{contract::input::Input, units::milliseconds::Milliseconds};

/// Inputs whose payload can still grow, with what they take most room for.
fn inputs() -> Vec<(&'static str, Value)> {
    let all: Vec<u32> = (128..=3008).step_by(64).collect();
    let with = |fields: Value| {
        let mut input = json!({"lambdaARN": "f", "num": 10, "powerValues": [128, 256, 512, 1024, 1536, 3008]});
        input.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        input
    };
    vec![
        ("a list", with(json!({}))),
        ("a list in parallel", with(json!({"parallelInvocation": true, "num": 100}))),
        ("many memory sizes", with(json!({"powerValues": all}))),
        ("many samples", with(json!({"powerValues": [512, 1024], "num": 1000}))),
        ("samples in the output", with(json!({"includeSamples": true, "num": 200, "includeOutputResults": true}))),
        ("cold starts", with(json!({"onlyColdStarts": true, "num": 50}))),
        ("a search", with(json!({"powerValues": "AUTO", "num": 100}))),
        ("the optimum", with(json!({"autoOptimize": true, "autoOptimizeAlias": "live"}))),
        ("weights", with(json!({"num": 100}))),
    ]
}

/// The input with a payload of so many bytes.
fn with_payload(what: &str, input: &Value, bytes: usize) -> Value {
    let text = "x".repeat(bytes);
    let mut input = input.clone();
    input["payload"] = match what {
        "weights" => json!([{"payload": text, "weight": 1}, {"payload": "other", "weight": 1}]),
        _ => json!(text),
    };
    input
}

/// The input with the largest payload that is accepted.
fn largest(what: &str, input: &Value) -> Value {
    let (mut accepted, mut refused) = (0, 262_144);
    while accepted + 1 < refused {
        let middle = usize::midpoint(accepted, refused);
        match Input::parse(&with_payload(what, input, middle), &deployment(), None) {
            Ok(_) => accepted = middle,
            Err(_) => refused = middle,
        }
    }
    assert!(accepted > 0, "{what} is refused with any payload");
    with_payload(what, input, accepted)
}

/// Invocations that take most digits, and a function that reports errors at length where the payload asks for it.
fn function(error: Option<&'static str>) -> FakeLambda {
    let function = FakeLambda::behaving(move |_, count, _| {
        let raised = error
            .filter(|_| count > 2)
            .map(|error_type| FunctionError { error_type: error_type.to_owned(), message: "\"\\\u{1}".repeat(20_000) });
        Behaved { duration: Duration::from_micros(9_876_543), error: raised, ..Behaved::for_ms(0) }
    });
    function.state().latest.timeout = Milliseconds(900_000.0);
    function
}

#[test]
fn as_on_aws_every_task_of_the_largest_input_that_is_accepted_fits() {
    let simulation = Simulation::new().unwrap();
    for (what, input) in inputs() {
        let output = simulation.execute(function(None), largest(what, &input)).unwrap();
        assert!(output.is_ok(), "{what}: {output:?}");
    }
}

#[test]
fn as_on_aws_a_run_of_the_largest_input_that_fails_fits_with_its_error() {
    let simulation = Simulation::new().unwrap();
    for (what, input) in inputs() {
        let failure = simulation.execute(function(Some("Broken")), largest(what, &input)).unwrap().unwrap_err();
        assert_eq!(failure.error, "FunctionError", "{what}: {}", failure.cause);
    }
}

#[test]
fn as_on_aws_an_input_with_which_nothing_else_fits_a_state_is_refused_with_the_reason() {
    let simulation = Simulation::new().unwrap();
    for (what, input) in inputs() {
        let beside = with_payload(what, &input, 0).to_string().len();
        // The Initializer is given the ARN of the execution, too.
        let input = with_payload(what, &input, 262_144 - 200 - beside);
        let failure = simulation.execute(function(None), input).unwrap().unwrap_err();
        assert_eq!(failure.error, "ValidationError", "{what}: {}", failure.cause);
    }
}
