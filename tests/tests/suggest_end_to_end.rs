//! `power-tuner suggest` on the local AWS: functions, their tags and log groups are real, and so are the REPORT
//! lines in them. The query that sums them up is not run by the emulator, but by what `launcher.py` does in its place.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    process::Output,
    time::{SystemTime, UNIX_EPOCH},
};

use aws_sdk_cloudwatch::types::{Dimension, MetricDatum};
use aws_sdk_cloudwatchlogs::types::InputLogEvent;
use end_to_end::{
    Aws, Function,
    program::{program, run},
};
use serde_json::{Value, json};

/// An account of this test's own: no other test's functions are in it.
const ACCOUNT: &str = "000000000019";
/// The number of invocations that each function has had.
const INVOCATIONS: usize = 200;

/// Runs the program in the account of the test.
async fn suggest(arguments: &[&str]) -> Output {
    let mut program = program(&[&["suggest"], arguments].concat());
    program.env("AWS_ACCESS_KEY_ID", ACCOUNT);
    run(program).await
}

async fn suggested(arguments: &[&str]) -> Value {
    let output = suggest(&[&["--output", "json", "--quiet"], arguments].concat()).await;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn names(suggestions: &Value) -> Vec<&str> {
    suggestions["functions"].as_array().unwrap().iter().map(|one| one["function"].as_str().unwrap()).collect()
}

/// The REPORT line of an invocation, as Lambda writes it.
fn text(memory: u32, duration: f64, cold: bool) -> String {
    let init = if cold { "Init Duration: 300.00 ms\t" } else { "" };
    let billed = (duration + if cold { 300.0 } else { 0.0 }).ceil();
    format!(
        "REPORT RequestId: 8f507cfc-0000-4697-b07a-ac58fc914c95\tDuration: {duration:.2} ms\t\
         Billed Duration: {billed} ms\t\
         Memory Size: {memory} MB\tMax Memory Used: 90 MB\t{init}"
    )
}

/// The same in the JSON format.
fn event(memory: u32, duration: f64) -> String {
    let metrics = json!({
        "durationMs": duration, "billedDurationMs": duration.ceil(), "memorySizeMB": memory, "maxMemoryUsedMB": 950,
    });
    let record = json!({"requestId": "1", "metrics": metrics, "status": "success"});
    json!({"time": "2026-01-01T00:00:00Z", "type": "platform.report", "record": record}).to_string()
}

/// Writes messages to the log group of a function, an hour ago.
async fn write(aws: &Aws, function: &Function<'_>, messages: impl Iterator<Item = String>) {
    let group = format!("/aws/lambda/{}", function.name);
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    // An earlier run of the tests may have left it.
    let _ = aws.logs.delete_log_group().log_group_name(&group).send().await;
    aws.logs.create_log_group().log_group_name(&group).send().await.unwrap();
    aws.logs.create_log_stream().log_group_name(&group).log_stream_name("s").send().await.unwrap();
    let at = |message| InputLogEvent::builder().timestamp(now - 3_600_000).message(message).build().unwrap();
    let events: Vec<InputLogEvent> = messages.map(at).collect();
    let put = aws.logs.put_log_events().log_group_name(&group).log_stream_name("s").set_log_events(Some(events));
    put.send().await.unwrap();
}

/// Has CloudWatch count what Lambda would have it count.
async fn count(aws: &Aws, function: &str, metrics: &[(&str, f64)]) {
    let dimension = Dimension::builder().name("FunctionName").value(function).build();
    let datum = |(name, value): &(&str, f64)| {
        MetricDatum::builder().metric_name(*name).dimensions(dimension.clone()).value(*value).build()
    };
    let put = aws.cloudwatch.put_metric_data().namespace("AWS/Lambda");
    put.set_metric_data(Some(metrics.iter().map(datum).collect())).send().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_are_ranked_by_the_reports_in_their_logs() {
    let aws = Aws::connect().await.with_functions_of(ACCOUNT);
    // It waits: 100 ms at any memory size. It has had 512 MB, and has 1,024 MB now.
    let waits = aws.function_that_prints("suggest-waits").await;
    let of_waits =
        (0..INVOCATIONS).map(|n| if n % 2 == 0 { text(512, 101.0, n == 0) } else { text(1024, 100.0, n == 1) });
    write(&aws, &waits, of_waits.chain(["not a report".to_owned(), "{\"type\": \"other\"}".to_owned()])).await;
    // Nearly out of memory, in JSON format.
    let full = aws.function_that_prints("suggest-full").await;
    write(&aws, &full, (0..INVOCATIONS).map(|_| event(1024, 50.0))).await;
    // Nobody has invoked it, so that it has no log group.
    let idle = aws.function_that_prints("suggest-idle").await;
    count(&aws, &full.name, &[("Invocations", 200.0), ("Errors", 20.0), ("Throttles", 50.0)]).await;
    let tagged = aws.lambda.tag_resource().resource(&full.arn).tags("team", "end-to-end").send().await;
    tagged.unwrap();

    let all = suggested(&["--prefix", "end-to-end-suggest-"]).await;
    assert_eq!(all["functions"].as_array().unwrap().len(), 2, "{all}");
    let of = |name: &str| all["functions"].as_array().unwrap().iter().find(|one| one["function"] == name).unwrap();
    let (waiting, nearly_full) = (of(&waits.name), of(&full.name));
    assert!(waiting["power"].as_u64().unwrap() <= 512, "{waiting}");
    assert!(waiting["saving"]["expected"].as_f64().unwrap() > 0.0, "{waiting}");
    assert_eq!(waiting["unknown"][0]["name"], "otherTimes");
    // 200 invocations in 14 days.
    assert_eq!(waiting["invocations"], 435);
    assert!(nearly_full["power"].as_u64().unwrap() > 1024, "{nearly_full}");
    let warnings: Vec<&Value> = nearly_full["warnings"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert_eq!(warnings, ["memoryNearlyFull", "errors", "throttles"]);
    assert_eq!([&nearly_full["warnings"][1]["share"], &nearly_full["warnings"][2]["share"]], [0.1, 0.2]);
    assert_eq!(waiting["warnings"], json!([]));
    assert_eq!(all["leftOut"], json!([{"function": idle.name, "reason": "there are no reports of the last 14 days"}]));

    assert_eq!(names(&suggested(&["--tag", "team=end-to-end"]).await), [full.name.as_str()]);
    assert_eq!(names(&suggested(&[&waits.arn, &idle.name]).await), [waits.name.as_str()]);

    let table = suggest(&["--prefix", "end-to-end-suggest-"]).await;
    let shown = String::from_utf8(table.stdout).unwrap();
    assert!(shown.contains("power-tuner tune end-to-end-suggest-"), "{shown}");
    for function in [waits, full, idle] {
        function.delete().await;
    }
}
