//! Which functions are worth tuning, on an AWS that the test plays: what it asks, and what it says of the answers.
//!
//! No emulator runs the query that sums reports up, so that its rows are made up here.
#![expect(clippy::unwrap_used, reason = "tests")]

mod stub;

use insta_cmd::assert_cmd_snapshot;
use serde_json::{Value, json};
use stub::Stub;

const METRICS: &str = "GetMetricData";
const RECOMMENDATIONS: &str = "GetLambdaFunctionRecommendations";

/// A function as `ListFunctions` knows it.
fn function(name: &str, memory: u32, more: &Value) -> Value {
    let mut function = json!({
        "FunctionName": name,
        "FunctionArn": format!("arn:aws:lambda:us-east-1:123456789012:function:{name}"),
        "MemorySize": memory, "Timeout": 30, "RevisionId": "1", "CodeSha256": "x", "Version": "$LATEST",
        "Architectures": ["x86_64"],
    });
    function.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    function
}

/// A row of the query.
fn row(name: &str, memory: u32, mean: f64, used: u32) -> Value {
    let fields = [
        ("@log", format!("123456789012:/aws/lambda/{name}")),
        ("memory", memory.to_string()),
        ("invocations", "70000".to_owned()),
        ("mean", mean.to_string()),
        ("p50", mean.to_string()),
        ("p95", (mean * 1.2).to_string()),
        ("p99", (mean * 1.5).to_string()),
        ("longest", (mean * 3.0).to_string()),
        ("meanBilled", (mean + 0.5).to_string()),
        ("starts", "0".to_owned()),
        ("mostUsed", used.to_string()),
    ];
    fields.iter().map(|(field, value)| json!({"field": field, "value": value})).collect()
}

/// An account: a function that waits, one that computes, one that is nearly out of memory, and three of which nothing
/// can be said. It has opted in to AWS Compute Optimizer.
async fn account() -> Stub {
    let stub = account_without_metrics().await;
    stub.cbor(METRICS, 200, &json!({"MetricDataResults": []})).await;
    let optimized = recommendation("computes", 512, &json!({"finding": "Optimized"}));
    let options = json!([{"rank": 2, "memorySize": 256}, {"rank": 1, "memorySize": 160}]);
    let not_optimized = json!({"finding": "NotOptimized", "memorySizeRecommendationOptions": options});
    let found = [
        optimized,
        recommendation("waits", 1024, &not_optimized),
        recommendation("full", 128, &not_optimized),
        recommendation("changed", 2048, &json!({"finding": "Unavailable"})),
    ];
    stub.cbor(RECOMMENDATIONS, 200, &json!({"lambdaFunctionRecommendations": found})).await;
    stub
}

/// What AWS Compute Optimizer has found of a function when it had this memory.
fn recommendation(name: &str, memory: u32, more: &Value) -> Value {
    let arn = format!("arn:aws:lambda:us-east-1:123456789012:function:{name}:$LATEST");
    let mut found = json!({"functionArn": arn, "functionVersion": "$LATEST", "currentMemorySize": memory});
    found.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    found
}

async fn account_without_metrics() -> Stub {
    let stub = Stub::start().await;
    let silent = json!({"LoggingConfig": {"LogFormat": "JSON", "SystemLogLevel": "WARN"}});
    let first = [function("waits", 1024, &json!({})), function("computes", 512, &json!({}))];
    let second = [
        function("full", 256, &json!({})),
        function("silent", 256, &silent),
        function("idle", 256, &json!({})),
        function("changed", 2048, &json!({})),
    ];
    stub.pages("/2015-03-31/functions", "Functions", &[&first, &second]).await;
    let group = |name: &str| json!({"logGroupName": format!("/aws/lambda/{name}")});
    let groups: Vec<Value> = ["waits", "computes", "full", "changed", "of-nobody"].map(group).to_vec();
    stub.logs("DescribeLogGroups", &json!({"logGroups": groups})).await;
    stub.logs("StartQuery", &json!({"queryId": "1"})).await;
    let running = json!({"status": "Running", "results": []});
    stub.logs_once("GetQueryResults", &running).await;
    let rows = [
        row("waits", 1024, 100.0, 90),
        row("waits", 512, 101.0, 88),
        row("computes", 512, 2000.0, 90),
        row("full", 256, 30.0, 250),
        row("changed", 1024, 30.0, 100),
    ];
    let statistics = json!({"bytesScanned": 1.5e9, "recordsMatched": 5.0, "recordsScanned": 50.0});
    stub.logs("GetQueryResults", &json!({"status": "Complete", "results": rows, "statistics": statistics})).await;
    stub
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_are_ranked_and_shown_in_every_form() {
    for form in ["table", "json", "csv", "markdown", "html"] {
        let stub = account().await;
        assert_cmd_snapshot!(format!("suggest-{form}"), stub.program(&["suggest", "--output", form]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_and_recommendations_that_may_not_be_read_are_said_to_be_unknown() {
    let stub = account_without_metrics().await;
    stub.cbor(METRICS, 403, &json!({"__type": "AccessDenied", "message": "no"})).await;
    stub.cbor(RECOMMENDATIONS, 400, &json!({"__type": "AccessDeniedException", "message": "no"})).await;
    assert_cmd_snapshot!("suggest-without-metrics", stub.program(&["suggest", "--limit", "1", "--output", "csv"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_without_compute_optimizer_is_told_nothing_of_it() {
    let stub = account_without_metrics().await;
    stub.cbor(METRICS, 200, &json!({"MetricDataResults": []})).await;
    stub.cbor(RECOMMENDATIONS, 400, &json!({"__type": "OptInRequiredException", "message": "no"})).await;
    let output = stub.program(&["suggest", "--output", "json"]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && !said.contains("Compute Optimizer"), "{said}");
    let suggestions: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(suggestions["functions"].as_array().unwrap().iter().all(|row| row["computeOptimizer"].is_null()));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_query_reads_the_log_groups_that_there_are_and_no_others() {
    let stub = account().await;
    let output = stub.program(&["suggest", "--days", "7", "-q"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let asked = stub.logs_asked("StartQuery").await;
    let [query] = asked.as_slice() else { panic!("{asked:?}") };
    let groups = ["/aws/lambda/waits", "/aws/lambda/computes", "/aws/lambda/full", "/aws/lambda/changed"];
    assert_eq!(query["logGroupNames"], json!(groups));
    assert_eq!(query["endTime"].as_i64().unwrap() - query["startTime"].as_i64().unwrap(), 7 * 24 * 3600);
    let text = query["queryString"].as_str().unwrap();
    for part in ["@type = \"REPORT\"", "platform.report", "by @log, memory"] {
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(stub.logs_asked("DescribeLogGroups").await[0]["logGroupNamePrefix"], "/aws/lambda/");
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_leave_what_is_meant_and_say_so_if_that_is_nothing() {
    let shown = |stub: &Stub, arguments: &[&str]| {
        let output = stub.program(&[&["suggest", "-q", "--output", "csv"], arguments].concat()).output().unwrap();
        let shown = String::from_utf8(output.stdout).unwrap();
        shown.lines().skip(1).map(|line| line.split(',').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let stub = account().await;
    let tagged = "arn:aws:lambda:us-east-1:123456789012:function:computes";
    stub.tags(&json!({"ResourceTagMappingList": [{"ResourceARN": tagged}]})).await;
    assert_eq!(shown(&stub, &["--tag", "team=a"]), ["computes"]);
    assert_eq!(shown(&stub, &["--prefix", "f"]), ["full"]);
    assert_eq!(shown(&stub, &["--limit", "1"]).len(), 1);
    assert_eq!(shown(&stub, &["full", tagged]).len(), 2);
    let stack = "<ListStackResourcesResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\">\
                 <ListStackResourcesResult><StackResourceSummaries><member><LogicalResourceId>F</LogicalResourceId>\
                 <PhysicalResourceId>waits</PhysicalResourceId><ResourceType>AWS::Lambda::Function</ResourceType>\
                 <LastUpdatedTimestamp>2026-01-01T00:00:00Z</LastUpdatedTimestamp>\
                 <ResourceStatus>CREATE_COMPLETE</ResourceStatus></member></StackResourceSummaries>\
                 </ListStackResourcesResult></ListStackResourcesResponse>";
    stub.query("ListStackResources", 200, stack).await;
    assert_eq!(shown(&stub, &["--stack", "shop"]), ["waits"]);
    assert_cmd_snapshot!("suggest-none-is-meant", stub.program(&["suggest", "--prefix", "other"]));
    assert_cmd_snapshot!("suggest-no-such-function", stub.program(&["suggest", "nobody"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_read_is_named_with_the_permission_that_is_missing() {
    let stub = Stub::start().await;
    stub.pages("/2015-03-31/functions", "Functions", &[&[function("f", 512, &json!({}))]]).await;
    stub.logs("DescribeLogGroups", &json!({"logGroups": [{"logGroupName": "/aws/lambda/f"}]})).await;
    stub.logs_refused("StartQuery", "AccessDeniedException", "denied").await;
    assert_cmd_snapshot!("suggest-denied", stub.program(&["suggest"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_fails_says_what_to_do() {
    let stub = Stub::start().await;
    stub.pages("/2015-03-31/functions", "Functions", &[&[function("f", 512, &json!({}))]]).await;
    stub.logs("DescribeLogGroups", &json!({"logGroups": [{"logGroupName": "/aws/lambda/f"}]})).await;
    stub.logs("StartQuery", &json!({"queryId": "1"})).await;
    stub.logs("GetQueryResults", &json!({"status": "Timeout", "results": []})).await;
    assert_cmd_snapshot!("suggest-query-failed", stub.program(&["suggest"]));
}

/// Reports of many functions are read in few calls: a page has 50, and so has a query.
#[tokio::test(flavor = "multi_thread")]
async fn many_functions_take_a_page_and_a_query_for_50() {
    const COUNT: usize = 120;
    let stub = Stub::start().await;
    let names: Vec<String> = (0..COUNT).map(|number| format!("f-{number:03}")).collect();
    let all: Vec<Value> = names.iter().map(|name| function(name, 512, &json!({}))).collect();
    let pages: Vec<&[Value]> = all.chunks(50).collect();
    stub.pages("/2015-03-31/functions", "Functions", &pages).await;
    let groups: Vec<Value> = names.iter().map(|name| json!({"logGroupName": format!("/aws/lambda/{name}")})).collect();
    stub.logs("DescribeLogGroups", &json!({"logGroups": groups})).await;
    stub.logs("StartQuery", &json!({"queryId": "1"})).await;
    let rows: Vec<Value> = names.iter().map(|name| row(name, 512, 100.0, 90)).collect();
    stub.logs_once("GetQueryResults", &json!({"status": "Complete", "results": rows})).await;
    stub.logs("GetQueryResults", &json!({"status": "Complete", "results": []})).await;
    let output = stub.program(&["suggest", "--output", "csv"]).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 1 + COUNT);
    let groups: Vec<usize> = stub
        .logs_asked("StartQuery")
        .await
        .iter()
        .map(|query| query["logGroupNames"].as_array().unwrap().len())
        .collect();
    assert_eq!((groups.len(), groups.iter().sum::<usize>(), groups.iter().max()), (3, COUNT, Some(&50)));
}

/// As many queries as the account may run are running: it is asked again later.
#[tokio::test(flavor = "multi_thread")]
async fn a_query_waits_until_it_may_run() {
    let stub = Stub::start().await;
    stub.pages("/2015-03-31/functions", "Functions", &[&[function("f", 512, &json!({}))]]).await;
    stub.logs("DescribeLogGroups", &json!({"logGroups": [{"logGroupName": "/aws/lambda/f"}]})).await;
    stub.logs_refused_once("StartQuery", "LimitExceededException", "too many").await;
    stub.logs("StartQuery", &json!({"queryId": "1"})).await;
    stub.logs("GetQueryResults", &json!({"status": "Complete", "results": [row("f", 512, 100.0, 90)]})).await;
    let output = stub.program(&["suggest", "--output", "csv"]).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 2);
    assert_eq!(stub.logs_asked("StartQuery").await.len(), 2);
}

/// Reports do not say whose they are. The other function is not even asked for.
#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_shares_its_log_group_is_left_out() {
    let stub = Stub::start().await;
    let shared = json!({"LoggingConfig": {"LogFormat": "Text", "LogGroup": "/team"}});
    let both = [function("one", 512, &shared), function("other", 512, &shared)];
    stub.pages("/2015-03-31/functions", "Functions", &[&both]).await;
    let output = stub.program(&["suggest", "one", "--output", "json"]).output().unwrap();
    let suggestions: Value = serde_json::from_slice(&output.stdout).unwrap();
    let reason = "several functions write to the log group /team";
    assert_eq!(suggestions["leftOut"], json!([{"function": "one", "reason": reason}]));
    assert!(stub.logs_asked("StartQuery").await.is_empty());
}
