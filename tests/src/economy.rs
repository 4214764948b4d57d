//! The economy of a run: its time, states of the state machine, and calls of AWS Lambda.

use std::{collections::BTreeMap, time::Duration};

use aws_sdk_lambda::client::Waiters as _;
use serde_json::{Value, json};

use crate::{
    Aws, Function, Machine, assert_succeeded,
    proxy::{Proxy, record::Seen, schedule::Schedule},
};

/// US dollars for a state transition in the region of the local AWS.
const PRICE_OF_A_TRANSITION: f64 = 0.000_025;

/// A run to measure.
pub struct Kind {
    /// The name.
    pub name: &'static str,
    /// The fields of its input.
    pub fields: Value,
    /// Environment variables of the function.
    pub settings: &'static [(&'static str, &'static str)],
}

/// The runs that were measured of the reference tool, and a search.
#[must_use]
pub fn kinds() -> Vec<Kind> {
    let six = [128, 256, 512, 1024, 1536, 3008];
    let kind = |name, fields| Kind { name, fields, settings: &[] };
    let serial = json!({"powerValues": six, "num": 10});
    vec![
        kind("6 values x 10, serial", serial.clone()),
        Kind { settings: &[("AS_ON_AWS", "true")], ..kind("the same, where updates take as on AWS", serial) },
        kind("6 values x 50, parallel", json!({"powerValues": six, "num": 50, "parallelInvocation": true})),
        kind("ALL (46 values) x 10", json!({"powerValues": "ALL", "num": 10})),
        kind("onlyColdStarts, 2 values x 5", json!({"powerValues": [128, 512], "num": 5, "onlyColdStarts": true})),
        kind("onlyColdStarts, 2 values x 10", json!({"powerValues": [128, 512], "num": 10, "onlyColdStarts": true})),
        kind("AUTO", json!({"powerValues": "AUTO", "num": null})),
    ]
}

/// The use that a run made of the state machine and of AWS Lambda.
pub struct Taken {
    /// Versions that were published.
    pub published: usize,
    /// Rounds.
    pub rounds: u64,
    /// States that were entered, as the output has it.
    pub states: f64,
    /// Calls of AWS Lambda beside invocations, by action.
    pub calls: BTreeMap<String, usize>,
    /// From the first change of $LATEST to the last one, in every call of the Publisher.
    pub off_its_memory: Duration,
}

impl Taken {
    /// Calls of AWS Lambda beside invocations.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.calls.values().sum()
    }

    /// The same, for each version that was published.
    #[must_use]
    pub fn calls_per_version(&self) -> f64 {
        self.calls() as f64 / self.published as f64
    }
}

/// A function to measure runs on. It is active already, as functions are that somebody tunes.
pub async fn function<'a>(aws: &'a Aws, kind: &Kind) -> Function<'a> {
    let function = aws.function_with("economy", kind.settings).await;
    let active = aws.lambda.wait_until_function_active_v2().function_name(&function.name);
    active.wait(Duration::from_secs(30)).await.unwrap();
    function
}

/// Runs a machine once behind the proxy, on a function that computes for 3 ms at one vCPU and waits for 5 ms.
pub async fn run_behind(
    proxy: &Proxy,
    machine: &Machine<'_>,
    aws: &Aws,
    function: &Function<'_>,
    kind: &Kind,
) -> Taken {
    let run = proxy.begin(&[&function.name], Schedule::Calm);
    let execution = aws.start(&machine.arn, &input(function, kind)).await;
    let ended = aws.wait(&execution).await;
    let seen = proxy.end(run);
    assert_succeeded(&ended);
    let of_lambda =
        |seen: &&Seen| seen.call.action.starts_with("lambda:") && seen.call.action != "lambda:InvokeFunction";
    let mut calls = BTreeMap::new();
    for seen in seen.iter().filter(of_lambda) {
        *calls.entry(seen.call.action.trim_start_matches("lambda:").to_owned()).or_default() += 1;
    }
    Taken {
        published: calls.get("PublishVersion").copied().unwrap_or_default(),
        rounds: ended.output["search"]["rounds"].as_u64().unwrap_or(1),
        states: ended.output["stateMachine"]["executionCost"].as_f64().unwrap_or_default() / PRICE_OF_A_TRANSITION,
        off_its_memory: off_its_memory(&seen),
        calls,
    }
}

/// The input of a run.
#[must_use]
pub fn input(function: &Function<'_>, kind: &Kind) -> Value {
    let mut fields = json!({"payload": {"ioMs": 5, "cpuMs": 3}, "includeOutputResults": true});
    fields.as_object_mut().unwrap().extend(kind.fields.as_object().unwrap().clone());
    function.input(&fields)
}

/// The Publisher sets the memory of $LATEST again and again, and puts it back at the end; invocations come in between.
fn off_its_memory(seen: &[Seen]) -> Duration {
    let mut total = Duration::ZERO;
    let mut began = None;
    let mut last = None;
    for seen in seen {
        match seen.call.action.as_str() {
            "lambda:UpdateFunctionConfiguration" if seen.call.step == "Publisher" => {
                began = began.or(Some(seen.at));
                last = Some(seen.at);
            }
            "lambda:InvokeFunction" => {
                total += began.take().zip(last).map_or(Duration::ZERO, |(began, last)| last - began);
            }
            _ => {}
        }
    }
    total + began.zip(last).map_or(Duration::ZERO, |(began, last)| last - began)
}
