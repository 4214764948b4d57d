//! What the Executor is given.

use anyhow::Result;
use hyper::body::Bytes;
use serde_json::json;
use tuning::{
    deployment::Deployment,
    input::Input,
    plan::{Plan, Sampling},
    power::Power,
    price::GbSecondPrice,
    round::Round,
};

use super::{invoke_api::ETAG, scenario::Scenario};

/// Long after any run of this benchmark, in ms since 1970.
const ENDS: u64 = 4_102_444_800_000;

/// The event of a call of the Executor that takes these samples.
pub fn of(scenario: &Scenario, invocations: u32) -> Result<Bytes> {
    let sampling = Sampling { lanes: scenario.lanes, ..Sampling::serial(invocations) };
    let plan = plan(scenario, sampling)?;
    let round = Round::of_list(&plan, GbSecondPrice(0.000_016_666_7));
    let event = json!({
        "plan": plan, "round": round, "target": {"power": 1024, "versions": [1]}, "retries": 0,
    });
    Ok(serde_json::to_vec(&event)?.into())
}

fn plan(scenario: &Scenario, sampling: Sampling) -> Result<Plan> {
    let mut input = json!({"lambdaARN": "f", "num": 5, "powerValues": [1024], "allowedExceptions": ["Large"]});
    let optional = [("preProcessorARN", scenario.pre_processor), ("postProcessorARN", scenario.post_processor)];
    for (field, _) in optional.iter().filter(|(_, given)| *given) {
        input[*field] = json!("processor");
    }
    let deployment = Deployment {
        power_values: vec![Power::MIN],
        auto_optimize: false,
        visualization_url: "https://example.com/".to_owned(),
        execution_time_limit: std::time::Duration::from_hours(1),
        total_execution_timeout: std::time::Duration::from_mins(5),
        own_functions: Vec::new(),
    };
    let mut request = Input::parse(&input, &deployment, None)?.request;
    request.sampling = sampling;
    let mut plan = json!({
        "execution": "arn:aws:states:eu-west-1:123456789012:execution:m:run",
        "function": "arn:aws:lambda:eu-west-1:123456789012:function:f",
        "before": {
            "memory": 512, "architecture": "x86_64", "timeout": 3000.0, "fingerprint": "x", "highestVersion": 0,
            "ephemeralStorageMb": 512, "snapStart": false, "logs": {"group": "/aws/lambda/f", "reports": true},
        },
        "request": request, "ends": ENDS, "visualizationUrl": "https://example.com/",
    });
    if !scenario.answers.object.is_empty() {
        plan["request"]["payload"] =
            json!({"s3": {"uri": "s3://bucket/key", "etag": ETAG, "num": sampling.invocations}});
    }
    Ok(serde_json::from_value(plan)?)
}
