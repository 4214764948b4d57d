use aws::fleet::fake::Region;
use serde_json::{Value, json};

use super::*;

const BUCKET: &str = "fleets";

fn settings() -> Settings {
    Settings::of_environment(|name| Some(if name == variable::BUCKET { BUCKET } else { "10" }.to_owned())).unwrap()
}

/// The output of a run that measured 512 MB.
fn tuned(duration: f64, used: u32) -> Value {
    let row = json!({
        "value": 512, "averagePrice": duration.ceil() * 8e-9, "averageDuration": duration, "lanes": 5,
        "averageBilled": duration.ceil(), "interval": {"low": duration / 1.03, "high": duration * 1.03},
        "totalCost": 0.0, "samples": 50, "basis": "warm", "source": "report", "maxMemoryUsed": used, "spent": {},
    });
    json!({"output": {
        "power": 512, "cost": 1.0, "duration": duration, "stats": [row], "warnings": [],
        "stateMachine": {"executionCost": 0.0, "lambdaCost": 0.0, "visualization": ""},
        "recommendation": {"reasons": []},
    }})
}

fn failed() -> Value {
    json!({"error": "FunctionBusy", "cause": "another run has it"})
}

fn put(region: &Region, fleet: &str, day: u32, function: &str, result: &Value) {
    let mut run = json!({
        "function": format!("arn:aws:lambda:eu-west-1:123456789012:function:{function}"),
        "finished": format!("2026-11-{day:02}T03:00:00.000Z"),
    });
    run.as_object_mut().unwrap().extend(result.as_object().unwrap().clone());
    region.put(&format!("s3://{BUCKET}/runs/fleet={fleet}/{function}.json"), &run.to_string());
}

async fn compared(region: &Region, fleet: &str) -> Output {
    handle(region, &settings(), Input { fleet: fleet.parse().unwrap() }).await.unwrap()
}

#[tokio::test]
async fn what_has_drifted_since_the_last_run_is_told() {
    let region = Region::default();
    // The names of fleets do not say in which order they were.
    for (fleet, day, slow, quiet) in [("b", 1, 50.0, 80.0), ("c", 8, 100.0, 80.0), ("a", 15, 150.0, 81.0)] {
        put(&region, fleet, day, "slow", &tuned(slow, 90));
        put(&region, fleet, day, "quiet", &tuned(quiet, 90));
    }
    let output = compared(&region, "a").await;
    assert_eq!((output.compared, output.drifted), (2, 1));
    let Message { subject, text } = output.message.unwrap();
    insta::assert_snapshot!(format!("{subject}\n---\n{text}"));
    assert!(compared(&region, "b").await.functions.is_empty());
}

#[tokio::test]
async fn nothing_is_told_of_quiet_functions_nor_of_those_that_were_not_tuned_twice() {
    let region = Region::default();
    for (fleet, day) in [("last", 8), ("now", 15)] {
        put(&region, fleet, day, "quiet", &tuned(100.0, 90));
    }
    put(&region, "now", 15, "new", &tuned(100.0, 90));
    put(&region, "last", 8, "broken", &tuned(100.0, 90));
    put(&region, "now", 15, "broken", &failed());
    region.put(&format!("s3://{BUCKET}/runs/readme.txt"), "no run");
    let output = compared(&region, "now").await;
    assert_eq!((output.compared, output.drifted, output.message), (1, 0, None));
}

#[tokio::test]
async fn the_last_run_that_succeeded_counts_and_one_that_cannot_be_read_is_left_out() {
    let region = Region::default();
    put(&region, "first", 1, "f", &tuned(100.0, 90));
    put(&region, "second", 8, "f", &failed());
    region.put(&format!("s3://{BUCKET}/runs/fleet=third/f.json"), "{}");
    put(&region, "fourth", 22, "f", &tuned(200.0, 90));
    let output = compared(&region, "fourth").await;
    assert_eq!((output.drifted, output.functions[0].since.as_str()), (1, "2026-11-01T03:00:00.000Z"));
}

#[tokio::test]
async fn a_run_of_the_fleet_itself_that_cannot_be_read_fails_with_its_key() {
    let region = Region::default();
    region.put(&format!("s3://{BUCKET}/runs/fleet=now/f.json"), "{}");
    let failed = handle(&region, &settings(), Input { fleet: "now".parse().unwrap() }).await.unwrap_err();
    assert!(failed.to_string().starts_with("s3://fleets/runs/fleet=now/f.json: the object is not a run"), "{failed}");
}

#[tokio::test]
async fn of_many_functions_the_first_ones_are_told_and_the_rest_is_counted() {
    let region = Region::default();
    for function in 0..60 {
        for (fleet, day, duration) in [("last", 8, 100.0), ("now", 15, 300.0)] {
            put(&region, fleet, day, &format!("f{function:02}"), &tuned(duration, 90));
        }
    }
    let output = compared(&region, "now").await;
    assert_eq!((output.drifted, output.functions.len()), (60, 50));
    let message = output.message.unwrap();
    assert!(message.text.contains("\nAnd 10 functions more.\n"), "{}", message.text);
    assert!(message.subject.len() < 100 && message.subject.is_ascii());
}
