use serde_json::{Value, json};
use tuning::price::Currency;

use super::*;
use crate::{arguments::Format, output::writer};

fn row(power: u32, ms: f64, usd_per_million: f64) -> Value {
    json!({"value": power, "averagePrice": usd_per_million / 1e6, "averageDuration": ms,
           "totalCost": 1e-5, "samples": 10, "spent": {}, "maxMemoryUsed": 80,
           "initDuration": {"n": 1, "mean": 120.4, "median": 120.4, "min": 120.4, "max": 120.4, "standardDeviation": null}})
}

fn outcome() -> Value {
    json!({
        "power": 512, "cost": 1.7e-6, "duration": 210.74,
        "stateMachine": {"executionCost": 0.0005, "lambdaCost": 0.0001, "visualization": "https://example.com/#a;b;c"},
        "stats": [
            {"value": 128, "totalCost": 1e-9, "samples": 0, "spent": {}, "maxMemoryUsed": 128,
             "excluded": "the function ran out of memory (of 1 invocations 1 x Runtime.ExitError)"},
            row(256, 418.4, 1.7458), row(512, 210.74, 1.7), row(1024, 107.1, 1.8),
        ],
        "recommendation": {"reasons": ["512 MB is the cheapest."]},
        "warnings": ["128 MB was left out: the function ran out of memory"],
    })
}

fn with(fields: &Value) -> Value {
    let mut outcome = outcome();
    for (pointer, value) in fields.as_object().unwrap() {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        outcome.pointer_mut(parent).unwrap()[name] = value.clone();
    }
    outcome
}

fn shown(outcome: &Value, format: Format) -> String {
    let result = RunResult {
        json: outcome.to_string(),
        outcome: serde_json::from_value(outcome.clone()).unwrap(),
        function: Some("my-function".to_owned()),
        currency: Currency::Usd,
    };
    let text = writer(format).write(&result.document()).unwrap();
    anstream::adapter::strip_str(&text).to_string()
}

#[test]
fn a_result_is_a_table_a_chart_reasons_and_a_link() {
    insta::assert_snapshot!(shown(&outcome(), Format::Table));
}

#[test]
fn intervals_a_saving_and_a_model_are_shown_where_there_are_some() {
    let interval = json!({"low": 200.12, "high": 220.98});
    let ratio = json!({"ratio": 0.9, "low": 0.8, "high": 0.95, "distinguishable": true});
    let curve: Vec<Value> = [256, 384, 512, 768, 1024]
        .map(
            |mb| json!({"power": mb, "duration": 107_000.0 / f64::from(mb), "low": 1.0, "high": 500.0, "cost": 1.7e-6}),
        )
        .to_vec();
    let outcome = with(&json!({
        "/stats/2/interval": interval,
        "/stats/2/metricDuration": 230.5,
        "/recommendation/againstPresent": {"power": 1024, "costPercent": -5.6, "durationPercent": 96.8, "costRatio": ratio},
        "/recommendation/monthly": {"invocations": 1_000_000, "atWinner": 1.9, "atPresent": 2.0, "saving": 0.1},
        "/model": {"curve": curve},
        "/search": {"rounds": 2, "ended": "no other size would be better by more than the tolerance"},
    }));
    insta::assert_snapshot!(shown(&outcome, Format::Table));
}

#[test]
fn programs_get_rows_with_full_numbers_and_people_on_the_web_get_markdown() {
    insta::assert_snapshot!("csv", shown(&outcome(), Format::Csv));
    insta::assert_snapshot!("markdown", shown(&outcome(), Format::Markdown));
    assert_eq!(shown(&outcome(), Format::Json), outcome().to_string());
}

#[test]
fn a_dry_run_is_what_was_tried_and_what_was_checked() {
    let invocation = |power: u32, result: Value| {
        json!({"value": power, "result": result, "spent": {"invocations": 1, "billed": 24}, "maxMemoryUsed": 30,
               "executorCalls": 1})
    };
    let outcome = json!({
        "dryRun": true, "function": "arn:aws:lambda:us-east-1:123456789012:function:f", "powerValues": [128, 512],
        "checked": ["the input is valid"],
        "invocations": [invocation(128, json!({"infeasible": "outOfMemory"})), invocation(512, json!("noSamples"))],
        "expected": {"invocations": 20, "lambdaCost": 0.0001, "executionCost": 0.0005, "seconds": 12.4},
        "warnings": ["careful"],
    });
    insta::assert_snapshot!(shown(&outcome, Format::Table));
}
