//! `power-tuner monitor` on the local AWS: metrics are made of reports as Lambda writes them, alarms go off, and
//! nothing is left. The metric filters are evaluated by what `launcher.py` does in place of the emulator.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    fs,
    process::Output,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use aws_sdk_cloudwatch::types::{Datapoint, MetricAlarm, StateValue, Statistic};
use aws_sdk_cloudwatchlogs::types::{InputLogEvent, MetricFilter, MetricTransformation};
use aws_sdk_lambda::{
    client::Waiters as _,
    primitives::Blob,
    types::{LogFormat as Format, LoggingConfig},
};
use end_to_end::{
    Aws, Function, LOOK, MEMORY,
    program::{program, said},
};
use monitoring::Metric;
use serde_json::{Value, json};
use tuning::{measure::log_tail::LogFormat, units::power::Power};

const STACK: &str = "end-to-end-monitoring";
const TOPIC: &str = "arn:aws:sns:us-east-1:000000000000:end-to-end-oncall";
/// The longest time that an alarm takes.
const LIMIT: Duration = Duration::from_secs(30);

/// Cases of the golden log tails whose last event is the report that Lambda has written, and no other.
const REPORTS: [(&str, LogFormat); 11] = [
    ("warm text", LogFormat::Text),
    ("cold text, billed includes init", LogFormat::Text),
    ("SnapStart restore text, billed includes billed restore", LogFormat::Text),
    ("xray line after report", LogFormat::Text),
    ("timeout", LogFormat::Text),
    ("out of memory", LogFormat::Text),
    ("runtime error", LogFormat::Text),
    ("integer duration", LogFormat::Text),
    ("json cold", LogFormat::Json),
    ("json restore", LogFormat::Json),
    ("json timeout", LogFormat::Json),
];

async fn run(arguments: &[&str]) -> Output {
    end_to_end::program::run(program(&[&["monitor"], arguments].concat())).await
}

fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// The log events of a tail: a line each, but a report has the line of X-Ray that follows it.
fn events(tail: &str) -> Vec<String> {
    let mut events: Vec<String> = Vec::new();
    for line in tail.lines().filter(|line| !line.is_empty()) {
        match events.last_mut() {
            Some(report) if line.starts_with("XRAY ") => *report = format!("{report}\n{line}\n"),
            _ => events.push(line.to_owned()),
        }
    }
    events
}

impl Case<'_> {
    /// Makes the log group with its filters for a memory size, whose metrics go to a namespace.
    async fn filter(&self, memory: u32, namespace: &str) {
        for metric in Metric::ALL {
            let made = MetricTransformation::builder().metric_namespace(namespace).metric_name(metric.name());
            let made = made.metric_value(metric.value(self.format)).build().unwrap();
            let pattern = metric.pattern(self.format, Power::new(memory).unwrap());
            let filter = self.aws.logs.put_metric_filter().log_group_name(&self.group);
            let filter = filter.filter_name(format!("{namespace} {}", metric.name())).filter_pattern(pattern);
            filter.metric_transformations(made).send().await.unwrap();
        }
    }

    /// Writes events.
    async fn write(&self, events: Vec<String>) {
        let group = &self.group;
        self.aws.logs.create_log_stream().log_group_name(group).log_stream_name("s").send().await.unwrap();
        let event = |message: String| InputLogEvent::builder().timestamp(now()).message(message).build().unwrap();
        let events: Vec<InputLogEvent> = events.into_iter().map(event).collect();
        let put = self.aws.logs.put_log_events().log_group_name(group).log_stream_name("s");
        put.set_log_events(Some(events)).send().await.unwrap();
    }

    /// The values of a metric, if there is a single one; `None` if there is none.
    async fn value(&self, namespace: &str, metric: Metric) -> Option<f64> {
        let around = |minutes: i64| aws_sdk_cloudwatch::primitives::DateTime::from_millis(now() + minutes * 60_000);
        let statistics = self.aws.cloudwatch.get_metric_statistics().namespace(namespace).metric_name(metric.name());
        let statistics = statistics.start_time(around(-10)).end_time(around(10)).period(3600);
        let statistics = statistics.statistics(Statistic::Sum).statistics(Statistic::SampleCount).send().await.unwrap();
        let points = statistics.datapoints();
        let count: f64 = points.iter().filter_map(Datapoint::sample_count).sum();
        assert!(count <= 1.0, "{namespace} {metric:?}: {points:?}");
        points.first().and_then(Datapoint::sum)
    }
}

struct Case<'a> {
    aws: &'a Aws,
    format: LogFormat,
    group: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_what_lambda_reports_of_the_memory_size_and_of_no_other() {
    let aws = Aws::connect().await;
    let golden = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/golden/log-tails.json")).unwrap();
    let golden: Value = serde_json::from_str(&golden).unwrap();
    for (number, (name, format)) in REPORTS.into_iter().enumerate() {
        let tail = golden["cases"].as_array().unwrap().iter().find(|case| case["name"] == name).unwrap();
        let expected = &tail["expected"];
        let case = Case { aws: &aws, format, group: format!("/end-to-end/monitor/{number}-{}", now()) };
        aws.logs.create_log_group().log_group_name(&case.group).send().await.unwrap();
        let memory = u32::try_from(expected["memorySizeMB"].as_u64().unwrap()).unwrap();
        let (own, other) = (case.group.replacen('/', "own/", 1), case.group.replacen('/', "other/", 1));
        case.filter(memory, &own).await;
        case.filter(memory + 1, &other).await;
        let events = events(tail["tail"].as_str().unwrap());
        let before = ["an application's line", "{\"level\": \"INFO\", \"record\": {\"metrics\": 1}}", ""];
        case.write(before.map(str::to_owned).into_iter().chain(events).collect()).await;
        for metric in Metric::ALL {
            let value = case.value(&own, metric).await;
            let expected = match metric {
                Metric::MemoryUsed => expected["maxMemoryUsedMB"].as_f64(),
                Metric::BilledDuration => expected["billedDurationMs"].as_f64(),
                Metric::Duration => expected["durationMs"].as_f64(),
                Metric::Timeouts => (expected["status"] == "timeout").then_some(1.0),
            };
            assert_eq!(value, expected, "{name}: {metric:?}");
            assert_eq!(case.value(&other, metric).await, None, "{name}: {metric:?}");
        }
        aws.logs.delete_log_group().log_group_name(&case.group).send().await.unwrap();
    }
}

/// What is there of a stack with monitoring.
#[derive(Debug, PartialEq)]
struct There {
    filters: Vec<MetricFilter>,
    alarms: Vec<MetricAlarm>,
    /// The body of the dashboard.
    dashboard: Option<String>,
}

impl There {
    async fn look(aws: &Aws) -> Self {
        let filters = aws.logs.describe_metric_filters().into_paginator().items().send();
        let filters = filters.collect::<Result<Vec<_>, _>>().await.unwrap();
        let is_ours = |filter: &MetricFilter| {
            let namespace = "PowerTuner/end-to-end-monitor-";
            filter.metric_transformations().iter().any(|made| made.metric_namespace.starts_with(namespace))
        };
        let alarms = aws.cloudwatch.describe_alarms().alarm_name_prefix(STACK).send().await.unwrap();
        let dashboard = aws.cloudwatch.get_dashboard().dashboard_name(format!("{STACK}-us-east-1")).send().await;
        Self {
            filters: filters.into_iter().filter(is_ours).collect(),
            alarms: alarms.metric_alarms.unwrap_or_default(),
            dashboard: dashboard.ok().and_then(|dashboard| dashboard.dashboard_body),
        }
    }

    fn alarm(&self, function: &Function<'_>, name: &str) -> Option<&MetricAlarm> {
        let name = format!("{STACK} {} {name}", function.name);
        self.alarms.iter().find(|alarm| alarm.alarm_name() == Some(name.as_str()))
    }

    fn threshold(&self, function: &Function<'_>, name: &str) -> Option<f64> {
        self.alarm(function, name)?.threshold
    }
}

/// The output of a run on a function.
fn result(function: &Function<'_>) -> Value {
    json!({
        "power": MEMORY, "cost": 2e-6, "duration": 100.0, "stats": [],
        "stateMachine": {"executionCost": 0.0, "lambdaCost": 0.0, "visualization": ""},
        "subject": {
            "function": function.arn, "region": "us-east-1", "architecture": "x86_64", "present": 512,
            "ephemeralStorageMb": 512, "strategy": "cost",
        },
        "recommendation": {
            "reasons": [], "againstPresent": {"power": 512, "costPercent": -20.0, "durationPercent": -50.0},
        },
        "warnings": [],
    })
}

/// Invokes a function that prints, with the report that Lambda would have written.
async fn invoke(aws: &Aws, function: &Function<'_>, used: u32) {
    let report = format!(
        "REPORT RequestId: {{id}}\tDuration: 5.00 ms\tBilled Duration: 5 ms\tMemory Size: {{mb}} MB\t\
         Max Memory Used: {used} MB\t"
    );
    let payload = json!({"first": [report], "next": [report]}).to_string();
    let invoked = aws.lambda.invoke().function_name(&function.name).payload(Blob::new(payload)).send().await.unwrap();
    assert_eq!(invoked.function_error, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_are_watched_until_that_is_removed() {
    let aws = Aws::connect().await;
    let api = aws.function_that_prints("monitor-api").await;
    let events = aws.function_that_prints("monitor-events").await;
    let idle = aws.function_that_prints("monitor-idle").await;
    let json = LoggingConfig::builder().log_format(Format::Json).build();
    let update = aws.lambda.update_function_configuration().function_name(&events.name).logging_config(json);
    update.send().await.unwrap();
    let updated = aws.lambda.wait_until_function_updated_v2().function_name(&events.name);
    updated.wait(LIMIT).await.unwrap();
    for function in [&api, &events] {
        invoke(&aws, function, 100).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("api.json");
    fs::write(&file, result(&api).to_string()).unwrap();
    let what = ["--prefix", "end-to-end-monitor-", "--result", file.to_str().unwrap(), "--alarm-actions", TOPIC];
    let deploy = [&what[..], &["--name", STACK, "--deploy", "--yes"]].concat();

    // An earlier run of the tests may have left it.
    let _ = run(&["--name", STACK, "--remove", "--yes"]).await;
    let deployed = run(&deploy).await;
    let told = said(&deployed);
    assert!(told.contains("is watched for throttles alone: there is no log group yet"), "{told}");
    assert!(told.contains("creates 18 resources"), "{told}");
    let output = String::from_utf8(deployed.stdout).unwrap();
    assert_eq!(output.trim(), format!("MonitoringDashboard = {STACK}-us-east-1"));
    let there = There::look(&aws).await;
    assert_eq!(there.filters.len(), 8, "{:#?}", there.filters);
    for (function, format) in [(&api, "[report="), (&events, "{ ($.type")] {
        let group = format!("/aws/lambda/{}", function.name);
        let of_function = there.filters.iter().filter(|filter| filter.log_group_name() == Some(group.as_str()));
        let patterns = of_function.filter_map(MetricFilter::filter_pattern);
        assert_eq!(
            patterns.filter(|pattern| pattern.starts_with(format)).count(),
            if format == "[report=" { 3 } else { 4 }
        );
    }
    assert_eq!(there.alarms.len(), 9);
    assert!(there.alarms.iter().all(|alarm| alarm.alarm_actions() == [TOPIC]));
    assert_eq!(there.threshold(&api, "memory"), Some(921.6));
    assert_eq!(there.threshold(&api, "duration"), Some(120.0));
    // 2e-6 USD are 119.99976 ms of 1 GB.
    assert_eq!(there.threshold(&api, "cost"), Some(144.0));
    assert_eq!((there.threshold(&events, "memory"), there.threshold(&events, "cost")), (Some(921.6), None));
    assert_eq!((there.threshold(&idle, "throttles"), there.threshold(&idle, "memory")), (Some(0.0), None));
    let dashboard = there.dashboard.unwrap();
    assert!([&api, &events, &idle].iter().all(|function| dashboard.contains(&function.name)), "{dashboard}");

    invoke(&aws, &events, 100).await;
    invoke(&aws, &api, 1000).await;
    let start = Instant::now();
    let alarmed = loop {
        let there = There::look(&aws).await;
        if there.alarm(&api, "memory").unwrap().state_value() == Some(&StateValue::Alarm) {
            break there;
        }
        assert!(start.elapsed() < LIMIT, "{:#?}", there.alarm(&api, "memory"));
        tokio::time::sleep(LOOK).await;
    };
    assert_ne!(alarmed.alarm(&events, "memory").unwrap().state_value(), Some(&StateValue::Alarm));

    let same = said(&run(&deploy).await);
    assert!(same.contains("nothing is to be changed"), "{same}");
    api.set_memory(512).await;
    let changed = said(&run(&deploy).await);
    assert!(changed.contains("says 1024 MB, but end-to-end-monitor-api has 512 MB"), "{changed}");
    let there = There::look(&aws).await;
    assert_eq!((there.threshold(&api, "memory"), there.threshold(&api, "cost")), (Some(460.8), None));

    let removed = said(&run(&["--name", STACK, "--remove", "--yes"]).await);
    assert!(removed.contains(&format!("the stack {STACK} was deleted")), "{removed}");
    let there = There::look(&aws).await;
    assert_eq!(there, There { filters: Vec::new(), alarms: Vec::new(), dashboard: None });
    for function in [api, events, idle] {
        function.delete().await;
    }
}

/// AWS reads such a template from a bucket, which there is for that alone.
#[tokio::test(flavor = "multi_thread")]
async fn a_template_that_is_too_long_to_be_sent_is_deployed_all_the_same() {
    const STACK: &str = "end-to-end-many-watched";
    let aws = Aws::connect().await;
    let mut functions = Vec::new();
    for number in 0..12 {
        let function = aws.function_that_prints(&format!("many-{number}")).await;
        // An earlier run of the tests may have left it.
        let _ = aws.logs.create_log_group().log_group_name(format!("/aws/lambda/{}", function.name)).send().await;
        functions.push(function);
    }
    let buckets = async || aws.s3.list_buckets().send().await.unwrap().buckets.unwrap_or_default().len();
    let _ = run(&["--name", STACK, "--remove", "--yes"]).await;
    let before = buckets().await;
    let deploy = ["--prefix", "end-to-end-many-", "--name", STACK, "--deploy", "--yes"];
    let told = said(&run(&deploy).await);
    assert!(told.contains("AWS reads it from the bucket power-tuner-"), "{told}");
    assert!(told.contains("creates 85 resources"), "{told}");
    let same = said(&run(&deploy).await);
    assert!(same.contains("nothing is to be changed"), "{same}");
    said(&run(&["--name", STACK, "--remove", "--yes"]).await);
    assert_eq!(buckets().await, before);
    for function in functions {
        function.delete().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_of_something_else_is_left_alone() {
    let aws = Aws::connect().await;
    let other = r#"{"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {}}}}"#;
    let stack = aws.create_stack("end-to-end-monitor-other", other, &[]).await;
    for action in ["--deploy", "--remove"] {
        let refused = run(&["--name", "end-to-end-monitor-other", action, "--yes"]).await;
        let told = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2), "{told}");
        assert!(told.contains("was not made by power-tuner monitor: it was left alone"), "{told}");
    }
    stack.delete().await;
}
