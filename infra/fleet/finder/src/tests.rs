use std::collections::{BTreeMap, BTreeSet};

use aws::{
    api::{CodeSha256, Configuration, LastUpdate, State},
    fleet::fake::Region,
};
use tuning::{
    fleet::Tags,
    measure::log_tail::LogFormat,
    price::Architecture,
    run::plan::{Fingerprint, Logs},
    units::{arn::FunctionArn, milliseconds::Milliseconds, power::Power, revision::Revision},
};

use super::*;

const BUCKET: &str = "fleets-bucket";

fn arn(name: &str) -> FunctionArn {
    format!("arn:aws:lambda:eu-west-1:123456789012:function:{name}").parse().unwrap()
}

fn function(name: &str) -> Configuration {
    Configuration {
        function: arn(name),
        memory: Power::MIN,
        revision: Revision("r".to_owned()),
        last_modified: None,
        code: CodeSha256("c".to_owned()),
        fingerprint: Fingerprint("f".to_owned()),
        description: String::new(),
        architecture: Architecture::Arm,
        timeout: Milliseconds(3000.0),
        ephemeral_storage_mb: 512,
        snap_start: false,
        reserved_concurrency: None,
        log_format: LogFormat::Text,
        logs: Logs { group: format!("/aws/lambda/{name}"), reports: true },
        state: State::Active,
        last_update: LastUpdate::Successful,
        obstacle: None,
    }
}

fn tagged(tags: &[(&str, &str)]) -> Tags {
    Tags(tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect::<BTreeMap<_, _>>())
}

/// A region with functions that take no payload.
fn region(names: &[&str]) -> Region {
    let none = tagged(&[("power-tuner:payload", "none")]);
    Region {
        functions: names.iter().map(|name| function(name)).collect(),
        tags: names.iter().map(|name| (arn(name).to_string(), none.clone())).collect(),
        ..Region::default()
    }
}

async fn find(region: &Region, input: serde_json::Value) -> Result<(Found, Plan), Error> {
    let found = handle(region, BUCKET, FinderInput { execution: "execution".to_owned(), input }).await?;
    let plan = region.object(&format!("s3://{BUCKET}/{}", found.plan)).unwrap();
    Ok((found, serde_json::from_str(&plan).unwrap()))
}

fn names(plan: &Plan) -> Vec<&str> {
    plan.items().map(|item| item.function.name()).collect()
}

#[tokio::test]
async fn functions_are_chosen_by_prefix_tags_and_stack_or_named_or_listed() {
    let mut region = region(&["a-1", "a-2", "b-1", "b-2"]);
    region.stacks.insert("s".to_owned(), BTreeSet::from(["a-2".to_owned(), "b-2".to_owned()]));
    region.tags.get_mut(&arn("b-1").to_string()).unwrap().0.insert("team".to_owned(), "t".to_owned());
    region.put("s3://fleets-bucket/names.json", r#"["b-2", "gone", "a-1", "b-2"]"#);
    let suggested = r#"{"functions": [{"function": "b-1", "invocations": 7}, {"function": "a-1", "invocations": 9}]}"#;
    region.put("s3://fleets-bucket/suggested.json", suggested);
    for (functions, expected) in [
        (serde_json::json!({}), vec!["a-1", "a-2", "b-1", "b-2"]),
        (serde_json::json!({"prefix": "a-"}), vec!["a-1", "a-2"]),
        (serde_json::json!({"tags": {"team": "t"}}), vec!["b-1"]),
        (serde_json::json!({"stack": "s", "prefix": "b"}), vec!["b-2"]),
        (serde_json::json!({"names": ["b-1", "a-2"]}), vec!["b-1", "a-2"]),
        (serde_json::json!({"list": "s3://fleets-bucket/names.json"}), vec!["b-2", "a-1"]),
        (serde_json::json!({"list": "s3://fleets-bucket/suggested.json"}), vec!["b-1", "a-1"]),
    ] {
        let (found, plan) = find(&region, serde_json::json!({"functions": functions})).await.unwrap();
        assert_eq!(names(&plan), expected, "{functions}");
        assert_eq!((found.functions, found.fleet.as_str()), (expected.len(), "execution"));
    }
    let listed = serde_json::json!({"functions": {"list": "s3://fleets-bucket/suggested.json"}});
    let (_, plan) = find(&region, listed).await.unwrap();
    assert_eq!(plan.groups[0][0].input["invocationsPerMonth"], 7);
    let listed = serde_json::json!({"functions": {"list": "s3://fleets-bucket/names.json"}});
    let (_, plan) = find(&region, listed).await.unwrap();
    assert_eq!((plan.skipped.len(), plan.skipped[0].function.as_str()), (1, "gone"));
}

#[tokio::test]
async fn a_payload_is_an_object_then_a_test_event_then_none_and_else_the_function_is_skipped() {
    let event = |name: &'static str| (name, tagged(&[("power-tuner:event", "order")]));
    let mut region = region(&["object", "event", "no-event", "no-schema", "none", "unknown"]);
    for (name, tags) in [event("object"), event("event"), event("no-event"), event("no-schema")] {
        region.tags.insert(arn(name).to_string(), tags);
    }
    region.tags.remove(&arn("unknown").to_string());
    let schema = r#"{"components": {"examples": {"order": {"value": {"id": 7}}}}}"#;
    region.test_events.insert("event".to_owned(), schema.to_owned());
    region.test_events.insert("no-event".to_owned(), schema.replace("order", "refund"));
    region.put("s3://fleets-bucket/payloads/object.json", "{}");
    let (_, plan) = find(&region, serde_json::json!({"functions": {}, "fleet": "x"})).await.unwrap();
    let payloads: BTreeMap<&str, Option<&str>> = plan
        .items()
        .map(|item| (item.function.name(), item.input.get("payloadS3").and_then(|uri| uri.as_str())))
        .collect();
    assert_eq!(
        payloads,
        BTreeMap::from([
            ("object", Some("s3://fleets-bucket/payloads/object.json")),
            ("event", Some("s3://fleets-bucket/fleets/x/events/event.json")),
            ("none", None),
        ])
    );
    assert_eq!(region.object("s3://fleets-bucket/fleets/x/events/event.json").as_deref(), Some(r#"{"id":7}"#));
    let skipped: BTreeMap<&str, &str> =
        plan.skipped.iter().map(|skipped| (skipped.function.as_str(), skipped.reason.as_str())).collect();
    assert!(skipped["no-event"].contains("the function's test events are \"refund\""), "{skipped:?}");
    assert!(skipped["no-schema"].contains("has no shareable test events"), "{skipped:?}");
    assert!(skipped["unknown"].contains("payloads/unknown.json"), "{skipped:?}");
}

#[tokio::test]
async fn what_has_its_result_in_this_fleet_is_left_out_and_what_failed_is_tuned_again() {
    let region = region(&["done", "failed", "new"]);
    let run = |name: &str, result: serde_json::Value| {
        let mut run = serde_json::json!({"function": arn(name), "finished": "2026-11-27T02:00:00.000Z"});
        run.as_object_mut().unwrap().extend(result.as_object().unwrap().clone());
        region.put(&format!("s3://{BUCKET}/runs/fleet=x/{name}.json"), &run.to_string());
    };
    run(
        "done",
        serde_json::json!({"output": {
            "power": 512, "cost": 2.5e-7, "duration": 15.0,
            "stateMachine": {"executionCost": 0.001, "lambdaCost": 0.0001, "visualization": "https://v/#x"},
            "recommendation": {"reasons": []}, "warnings": [],
        }}),
    );
    run("failed", serde_json::json!({"error": "FunctionBusy", "cause": "c"}));
    let (found, plan) = find(&region, serde_json::json!({"functions": {}, "fleet": "x"})).await.unwrap();
    assert_eq!((names(&plan), found.done), (vec!["failed", "new"], 1));
    let (found, _) = find(&region, serde_json::json!({"functions": {}, "fleet": "y"})).await.unwrap();
    assert_eq!((found.functions, found.done), (3, 0));
}

#[tokio::test]
async fn what_cannot_be_tuned_at_all_is_said_with_a_name_of_the_contract() {
    let region = region(&["f"]);
    for (input, said) in [
        (serde_json::json!({"functions": {"prefix": "x"}}), "none of the 1 functions"),
        (serde_json::json!({"functions": {"list": "s3://fleets-bucket/none.json"}}), "there is no object"),
        (serde_json::json!({"functions": []}), "expected an object"),
    ] {
        let error = find(&region, input).await.unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
        assert_eq!(lambda_runtime::Diagnostic::from(error).error_type, "ValidationError");
    }
    let event = FinderInput { execution: "a.b".to_owned(), input: serde_json::json!({"functions": {}}) };
    let error = handle(&region, BUCKET, event).await.unwrap_err().to_string();
    assert!(error.contains("set `fleet` in the input"), "{error}");
}
