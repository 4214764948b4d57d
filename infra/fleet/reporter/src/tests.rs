use aws::{ApiError, ApiErrorKind, fleet::fake::Region};
use lambda_runtime::Diagnostic;
use serde_json::{Value, json};

use super::*;

const BUCKET: &str = "fleets-bucket";

fn arn(name: &str) -> String {
    format!("arn:aws:lambda:eu-west-1:123456789012:function:{name}")
}

async fn report(region: &Region, error: Option<Value>) -> Result<Reported, Error> {
    let event = serde_json::from_value(json!({"fleet": "x", "error": error})).unwrap();
    handle(region, BUCKET, "eu-west-1", &Prices::bundled().unwrap(), event).await
}

#[tokio::test]
async fn a_fleet_that_stopped_early_is_summed_up_as_far_as_it_got() {
    let region = Region::default();
    let item = |name: &str| json!([{"function": arn(name), "name": name, "key": "k", "input": {}}]);
    let plan = json!({"fleet": "x", "groups": [item("f"), item("g")], "done": [], "skipped": []});
    region.put(&format!("s3://{BUCKET}/fleets/x/functions.json"), &plan.to_string());
    let run = json!({"function": arn("f"), "finished": "t", "error": "FunctionError", "cause": "out of tea"});
    region.put(&format!("s3://{BUCKET}/runs/fleet=x/f.json"), &run.to_string());
    // Of another fleet.
    region.put(&format!("s3://{BUCKET}/runs/fleet=xy/g.json"), &run.to_string());
    let error = json!({"Error": "States.ExceedToleratedFailureThreshold", "Cause": "too many"});
    let reported = report(&region, Some(error)).await.unwrap();
    assert_eq!((reported.totals.failed_functions, reported.totals.open_functions), (1, 1));
    let page = region.object(&reported.report.to_string()).unwrap();
    assert!(page.contains("out of tea") && page.contains("States.ExceedToleratedFailureThreshold: too many"), "{page}");
    let summary: Summary = serde_json::from_str(&region.object(&reported.summary.to_string()).unwrap()).unwrap();
    assert_eq!(summary.totals, reported.totals);
}

#[test]
fn what_the_role_may_not_do_is_no_passing_failure() {
    let ended = |kind| {
        let error = ApiError { call: "PutObject", kind, message: "no".to_owned() };
        let own = Diagnostic::from(Error::Api(error.clone()));
        assert_eq!(Diagnostic::from(Error::Results(error.into())).error_type, own.error_type);
        own.error_type
    };
    assert_eq!(ended(ApiErrorKind::Denied), "PermissionDenied");
    assert_eq!(ended(ApiErrorKind::Throttled), "ServiceError");
}

#[tokio::test]
async fn a_fleet_without_a_plan_is_an_error_of_the_contract() {
    let error = report(&Region::default(), None).await.unwrap_err();
    assert!(error.to_string().contains("the fleet x has no plan"), "{error}");
    assert_eq!(Diagnostic::from(error).error_type, "ServiceError");
}
