//! `template.yaml`, read as `CloudFormation`, SAM and IAM would.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{collections::BTreeSet, fs, path::PathBuf};

use serde_json::{Value, json};
use tuning::contract::deployment::variable;

fn repository(file: &str) -> String {
    fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(file)).unwrap()
}

/// Intrinsic functions are tags, which are left out: what remains is their arguments.
fn template() -> Value {
    serde_saphyr::from_str(&repository("template.yaml")).unwrap()
}

fn properties(resource: &str) -> Value {
    let properties = template()["Resources"][resource]["Properties"].clone();
    assert!(properties.is_object(), "{resource}");
    properties
}

/// Every statement, with the condition under which it is part of the stack.
fn statements(policies: &Value) -> Vec<(Option<&str>, &Value)> {
    policies
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|policy| {
            let (condition, policy) = match policy.as_array().map(Vec::as_slice) {
                Some([condition, policy, _]) => (condition.as_str(), policy),
                _ => (None, policy),
            };
            policy["Statement"].as_array().unwrap().iter().map(move |statement| (condition, statement))
        })
        .collect()
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(list) => list.iter().flat_map(texts).collect(),
        text => vec![text.as_str().unwrap()],
    }
}

#[test]
fn a_name_is_no_resource_that_may_be_tuned() {
    let is_accepted = |parameter: &str, value: &str| {
        let pattern = template()["Parameters"][parameter]["AllowedPattern"].as_str().unwrap().to_owned();
        regex_lite::Regex::new(&pattern).unwrap().is_match(value)
    };
    let function = "arn:aws:lambda:eu-west-1:123456789012:function:checkout-*";
    for parameter in ["lambdaResource", "processorResource"] {
        for accepted in ["*", function, "arn:*:lambda:*:*:function:*"] {
            assert!(is_accepted(parameter, accepted), "{parameter}: {accepted}");
        }
        for refused in ["checkout", "checkout-*", "arn:aws:iam::123456789012:role/checkout"] {
            assert!(!is_accepted(parameter, refused), "{parameter}: {refused}");
        }
        let is_optional = template()["Parameters"][parameter]["Default"] == "";
        assert_eq!(is_accepted(parameter, ""), is_optional, "{parameter}");
    }
    // The statements add ":*" to it.
    assert!(!is_accepted("lambdaResource", &format!("{function}:live")));
    assert!(is_accepted("processorResource", &format!("{function}:live")));
}

/// True if a resource of a policy covers an ARN, as IAM reads it: '*' is any text, with colons too.
fn covers(pattern: &str, arn: &str) -> bool {
    let mut pieces = pattern.split('*');
    let Some(mut rest) = arn.strip_prefix(pieces.next().unwrap()) else { return false };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else { return rest.is_empty() };
    for piece in pieces {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

#[test]
fn as_on_aws_the_name_of_one_log_group_grants_looking_for_reports_in_it() {
    let executor = properties("Executor");
    let (_, statement) = statements(&executor["Policies"])
        .into_iter()
        .find(|(_, statement)| statement["Action"] == "logs:FilterLogEvents")
        .unwrap();
    let granted = |arn: &str| {
        let named = |pattern: &&str| {
            pattern.replace("${AWS::Partition}", "aws").replace("${functionLogGroups}", "/aws/lambda/checkout")
        };
        texts(&statement["Resource"]).iter().map(named).any(|pattern| covers(&pattern, arn))
    };
    let group = |name: &str| format!("arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/{name}");
    // AWS checks the streams of the group, whichever are asked for.
    assert!(granted(&format!("{}:log-stream:", group("checkout"))));
    assert!(granted(&format!("{}:log-stream:2026/11/26/[7]abc", group("checkout"))));
    assert!(granted(&group("checkout")));
    assert!(!granted(&format!("{}:log-stream:", group("checkout-payments"))));
    assert!(!granted(&group("checkout-payments")));
}

#[test]
fn the_steps_that_write_metrics_are_told_whether_to() {
    assert_eq!(template()["Parameters"]["metrics"]["Default"], "true");
    let told = |step: &str| properties(step)["Environment"]["Variables"][variable::METRICS] == json!("metrics");
    let steps = ["Initializer", "Publisher", "Executor", "Analyzer", "Optimizer", "Cleaner"];
    assert_eq!(steps.into_iter().filter(|step| told(step)).collect::<Vec<_>>(), ["Analyzer", "Cleaner"]);
    // CloudWatch makes metrics of the lines: nobody calls it.
    assert!(!repository("template.yaml").contains("cloudwatch:PutMetricData"));
}

#[test]
fn as_on_aws_a_state_machine_that_is_traced_may_send_its_traces() {
    let machine = properties("StateMachine");
    // With anything but a literal true, SAM adds no permissions.
    assert_eq!(machine["Tracing"]["Enabled"], json!(["IsTraced", true, false]));
    let traces = statements(&machine["Policies"]).into_iter().filter(|(condition, _)| *condition == Some("IsTraced"));
    let actions: BTreeSet<&str> = traces.flat_map(|(_, statement)| texts(&statement["Action"])).collect();
    let needed =
        ["xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments"];
    assert_eq!(actions, BTreeSet::from(needed));
}

#[test]
fn as_on_aws_whoever_deploys_another_architecture_is_told_to_build_it() {
    let described = template()["Parameters"]["architecture"]["Description"].as_str().unwrap().to_owned();
    assert!(described.contains("'sam build'") && described.contains("'sam deploy'"), "{described}");
    let page = repository("docs/deploy.md");
    for command in ["sam build", "sam deploy"] {
        let is_shown =
            |line: &str| line.starts_with(command) && line.ends_with("--parameter-overrides architecture=x86_64");
        assert!(page.lines().any(is_shown), "{command}");
    }
}

#[test]
fn as_on_aws_an_event_that_the_cleaner_could_not_handle_is_kept_and_raises_an_alarm() {
    const QUEUE: &str = "UncleanedRuns.Arn";
    let cleaner = properties("Cleaner");
    // What Lambda retries, and where it puts what it gives up; the bounds are Lambda's own.
    assert_eq!(
        cleaner["EventInvokeConfig"],
        json!({
            "MaximumRetryAttempts": 2,
            "MaximumEventAgeInSeconds": 21600,
            "DestinationConfig": {"OnFailure": {"Type": "SQS", "Destination": QUEUE}},
        })
    );
    // What EventBridge could not even deliver.
    assert_eq!(cleaner["Events"]["RunEnded"]["Properties"]["DeadLetterConfig"], json!({"Arn": QUEUE}));
    let policy = properties("UncleanedRunsPolicy");
    assert_eq!(
        policy["PolicyDocument"]["Statement"],
        json!([{
            "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage",
            "Resource": QUEUE, "Condition": {"ArnEquals": {"aws:SourceArn": "CleanerRunEnded.Arn"}},
        }])
    );
    assert_eq!(properties("UncleanedRuns")["SqsManagedSseEnabled"], true);
    let alarm = properties("UncleanedRunsAlarm");
    assert_eq!(
        (&alarm["MetricName"], &alarm["Dimensions"], &alarm["Threshold"]),
        (
            &json!("ApproximateNumberOfMessagesVisible"),
            &json!([{"Name": "QueueName", "Value": "UncleanedRuns.QueueName"}]),
            &json!(0)
        )
    );
    assert!(repository("docs/safety.md").contains("UncleanedRunsQueueURL"), "what to do is written nowhere");
}

#[test]
fn as_on_aws_each_step_may_use_the_keys_that_it_needs_through_the_service_alone() {
    let of = |policy: &str| {
        assert_eq!(template()["Resources"][policy]["Condition"], "HasKmsKeys", "{policy}");
        let properties = properties(policy);
        let roles: BTreeSet<String> = texts(&properties["Roles"]).into_iter().map(str::to_owned).collect();
        let [statement] = properties["PolicyDocument"]["Statement"].as_array().unwrap().as_slice() else {
            panic!("{properties}")
        };
        assert_eq!(statement["Resource"], "kmsKeyArns", "{policy}");
        let actions: BTreeSet<String> = texts(&statement["Action"]).into_iter().map(str::to_owned).collect();
        let via = statement["Condition"]["StringLike"]["kms:ViaService"].as_str().unwrap().to_owned();
        (roles, actions, via)
    };
    let set = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<BTreeSet<_>>();
    let steps_with = |action: &str| -> BTreeSet<String> {
        ["Initializer", "Publisher", "Executor", "Analyzer", "Optimizer", "Cleaner"]
            .into_iter()
            .filter(|step| {
                let policies = &properties(step)["Policies"];
                policies.is_array() && statements(policies).iter().any(|(_, s)| texts(&s["Action"]).contains(&action))
            })
            .map(|step| format!("{step}Role"))
            .collect()
    };
    let (roles, actions, via) = of("KeysOfFunctions");
    assert_eq!(roles, steps_with("lambda:UpdateFunctionConfiguration"));
    assert_eq!(actions, set(&["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt"]));
    assert!(["lambda.eu-west-1.amazonaws.com", "lambda.cn-north-1.amazonaws.com.cn"].iter().all(|s| covers(&via, s)));
    assert!(!covers(&via, "s3.eu-west-1.amazonaws.com"));
    let (roles, actions, via) = of("KeysOfPayloads");
    assert_eq!(roles, steps_with("s3:GetObject"));
    assert_eq!(actions, set(&["kms:Decrypt"]));
    assert!(covers(&via, "s3.eu-west-1.amazonaws.com") && !covers(&via, "lambda.eu-west-1.amazonaws.com"));
}
