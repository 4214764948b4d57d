//! Fuzz tests: what comes from outside makes nothing panic, and what is accepted is what the rules say.
//!
//! The rules are written down here a second time, in other words than in the product.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::{cell::Cell, fmt};

use proptest::{
    prelude::*,
    sample::{Index, select},
    test_runner::{TestCaseError, TestRunner},
};
use serde_json::{Value, json};
use tuning::{
    arn::{FunctionArn, FunctionReference, RoleArn},
    deployment::Deployment,
    input::{FEWEST_INVOCATIONS, FIELDS, Input, PayloadObject, payload_in_s3},
    log_tail::{self, Ending, Report},
    payload::PayloadSource,
    plan::{AutoOptimize, Mode},
    power::Power,
    s3_uri::S3Uri,
};

const CASES: u32 = 100_000;
/// A generator that makes less than this share of accepted texts tests nothing.
const FEWEST_ACCEPTED: u32 = CASES / 100;

/// Whether a case was accepted by what is tested.
type Accepted = bool;

/// Checks many cases.
fn fuzz<G: Strategy>(generator: G, check: impl Fn(G::Value) -> Result<Accepted, TestCaseError>)
where
    G::Value: fmt::Debug,
{
    let accepted = Cell::new(0);
    let config = ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() };
    let run = TestRunner::new(config).run(&generator, |case| {
        let is_accepted = check(case)?;
        accepted.update(|sum| sum + u32::from(is_accepted));
        Ok(())
    });
    if let Err(failure) = run {
        panic!("{failure}");
    }
    assert!(accepted.get() >= FEWEST_ACCEPTED, "only {} cases were accepted", accepted.get());
}

/// A text of pieces.
fn pieces(pieces: &'static [&'static str], most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(select(pieces), 0..most).prop_map(|pieces| pieces.concat())
}

fn all_in(text: &str, allowed: &str) -> bool {
    text.chars().all(|c| allowed.contains(c))
}

const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS: &str = "0123456789";

mod inputs {
    use super::*;

    /// Values that some field takes, and values next to them.
    fn value() -> impl Strategy<Value = Value> {
        let numbers = select(
            &[
                -1.0, 0.0, 0.2, 0.4, 0.41, 0.5, 1.0, 1.5, 4.0, 5.0, 5.5, 6.0, 10.0, 127.0, 128.0, 500.0, 501.0, 6000.0,
                10_240.0, 10_241.0, 600_000.0, 600_001.0, 4e9, 5e9, 1e300,
            ][..],
        );
        #[expect(clippy::cast_possible_truncation, reason = "1e300 becomes the largest integer")]
        let integers = numbers.clone().prop_map(|number| json!(number as i64));
        let words = select(
            &[
                "",
                "ALL",
                "all",
                "cost",
                "speed",
                "balanced",
                "live",
                "12",
                "power-tuning-lock",
                "10",
                " 7 ",
                "1e1",
                "NaN",
                "inf",
                "-0",
                "0x10",
                "true",
                "my-function",
                "f:live",
                "f:$LATEST",
                "arn:aws:lambda:us-east-1:123456789012:function:f:7",
                "arn:aws:s3:::b",
                "s3://bucket/key",
                "arn:aws:iam::123456789012:role/r",
                "\u{1f980}",
                "\u{1b}[31m",
                "{\"a\":1}",
            ][..],
        );
        let powers = prop::collection::vec(120u32..10_250, 0..6).prop_map(|powers| json!(powers));
        let weights = prop::collection::vec((any::<bool>(), -1i32..20), 0..4).prop_map(|shares| {
            shares.into_iter().map(|(payload, weight)| json!({"payload": payload, "weight": weight})).collect::<Value>()
        });
        prop_oneof![
            4 => integers,
            2 => numbers.prop_map(Value::from),
            4 => words.prop_map(Value::from),
            2 => any::<bool>().prop_map(Value::from),
            2 => powers,
            2 => weights,
            1 => Just(Value::Null),
            1 => any::<f64>().prop_map(Value::from),
            1 => any::<String>().prop_map(Value::from),
            1 => Just(json!({"Runtime": ["a", 1, null]})),
        ]
    }

    fn field() -> impl Strategy<Value = (String, Value)> {
        let name = prop_oneof![
            30 => select(FIELDS).prop_map(|field| field.name.to_owned()),
            1 => select(&["powervalues", "", "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID", "\u{1f980}"][..]).prop_map(str::to_owned),
        ];
        let good = select(FIELDS)
            .prop_map(|field| (field.name.to_owned(), serde_json::from_str(field.example).unwrap_or(json!("x"))));
        prop_oneof![2 => (name, value()), 1 => good]
    }

    fn input() -> impl Strategy<Value = Value> {
        let fields = |most| prop::collection::vec(field(), 0..most);
        prop_oneof![
            1 => fields(12).prop_map(|fields| fields.into_iter().collect()),
            6 => fields(4).prop_map(|fields| {
                let valid = [("lambdaARN".to_owned(), json!("f")), ("num".to_owned(), json!(10))];
                valid.into_iter().chain(fields).collect()
            }),
            1 => value(),
        ]
    }

    /// A number as the contract lets a caller write it.
    fn number(value: &Value) -> Option<f64> {
        value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())
    }

    fn check_contract(given: &Value, input: &Input) -> Result<(), TestCaseError> {
        let get = |name: &str| given.get(name).filter(|value| !value.is_null());
        let request = &input.request;
        prop_assert!(is_reference(get("lambdaARN").and_then(Value::as_str).unwrap_or_default()));
        let num = get("num").and_then(number).unwrap_or_default();
        prop_assert!(num >= 5.0 && num.fract() == 0.0);
        let sampling = request.sampling;
        match request.mode {
            Mode::DryRun => prop_assert_eq!((sampling.invocations, &request.auto_optimize), (1, &AutoOptimize::Off)),
            Mode::Tune => {
                prop_assert!(sampling.invocations >= FEWEST_INVOCATIONS && f64::from(sampling.invocations) == num);
            }
        }
        prop_assert!((1..=500).contains(&sampling.lanes) && sampling.lanes <= sampling.invocations);
        prop_assert!(sampling.pause_ms <= 600_000);
        let megabytes: Vec<u32> = request.power_values.iter().map(|power| power.megabytes()).collect();
        prop_assert!(!megabytes.is_empty());
        prop_assert!(megabytes.iter().all(|mb| (128..=10_240).contains(mb)), "{megabytes:?}");
        prop_assert!(megabytes.windows(2).all(|pair| pair[0] < pair[1]), "{megabytes:?}");
        for power in get("powerValues").and_then(Value::as_array).into_iter().flatten() {
            let power = number(power).unwrap_or_default();
            prop_assert!(megabytes.iter().any(|&mb| f64::from(mb) == power), "{power} is not in {megabytes:?}");
        }
        let written = serde_json::to_value(request).unwrap();
        prop_assert!((0.0..=0.4).contains(&written["trim"].as_f64().unwrap()));
        let weight = written["strategy"]["balanced"]["weight"].as_f64();
        prop_assert!(weight.is_none_or(|weight| (0.0..=1.0).contains(&weight)));
        if let AutoOptimize::Alias(alias) = &request.auto_optimize {
            prop_assert!(Some(alias.as_str()) == get("autoOptimizeAlias").and_then(Value::as_str));
            prop_assert!(alias.as_str() != "power-tuning-lock" && !all_in(alias.as_str(), DIGITS));
        }
        let limits = request.limits;
        prop_assert!(limits.memory_headroom >= 0.0);
        prop_assert!(
            limits.max_duration.is_none_or(|limit| limit.0 > 0.0) && limits.max_cost.is_none_or(|limit| limit.0 > 0.0)
        );
        prop_assert!(sampling.keep_samples <= sampling.invocations);
        let from_s3 = matches!(request.payload, PayloadSource::S3 { .. });
        prop_assert_eq!(from_s3, get("payloadS3").is_some());
        let bounded = get("powerValues") == Some(&json!("ALL"));
        for (bound, is_smaller) in [("minPower", true), ("maxPower", false)] {
            let Some(bound) = get(bound).and_then(number).filter(|_| bounded) else { continue };
            let is_kept = |&mb: &u32| (f64::from(mb) >= bound) == is_smaller || f64::from(mb) == bound;
            prop_assert!(megabytes.iter().all(is_kept));
        }
        // It travels in the state of the execution.
        prop_assert_eq!(&serde_json::from_value::<tuning::plan::Request>(written).unwrap(), request);
        Ok(())
    }

    #[test]
    fn no_input_makes_the_parser_panic_and_what_is_accepted_keeps_the_contract() {
        let power_values = [128, 512].into_iter().map(|mb| Power::new(mb).unwrap()).collect();
        let deployment = Deployment {
            power_values,
            auto_optimize: false,
            visualization_url: "https://x/".to_owned(),
            execution_time_limit: std::time::Duration::from_hours(1),
            total_execution_timeout: std::time::Duration::from_mins(5),
            own_functions: Vec::new(),
        };
        let object = |text: &str| Some(Ok(PayloadObject { text: text.to_owned(), etag: "e".to_owned() }));
        fuzz(input(), |given| {
            match Input::parse(&given, &deployment, payload_in_s3(&given).and_then(|_| object("[1]"))) {
                Ok(input) => check_contract(&given, &input).map(|()| true),
                Err(error) => {
                    prop_assert!(!error.problems.is_empty() && error.to_string().len() < 20_000, "{error}");
                    Ok(false)
                }
            }
        });
    }
}

mod log_tails {
    use super::*;

    const ID: &str = "11111111-2222-4333-8444-555555555555";
    const OTHER: &str = "99999999-2222-4333-8444-555555555555";

    fn number() -> impl Strategy<Value = &'static str> {
        prop_oneof![
            6 => select(&["0", "1", "12.34", "13", "13.0", "900000.00", "463.512"][..]),
            1 => select(&["-1", "-0.0", "NaN", "inf", "1e3", "1e300", "1e999", "99999999999999999999", "null", "\"1\"", "", "+1", "0x1"][..]),
        ]
    }

    fn id() -> impl Strategy<Value = &'static str> {
        select(&[ID, ID, OTHER, "", "\\u001b"][..])
    }

    fn status() -> impl Strategy<Value = &'static str> {
        select(&["", "success", "error", "failure", "timeout", "\\u001b[31m"][..])
    }

    fn line() -> impl Strategy<Value = String> {
        let rest = pieces(
            &[
                "Init Duration: ",
                "Restore Duration: ",
                "Billed Restore Duration: ",
                "1.50 ms",
                "-1 ms",
                "26 ms",
                "\t",
                "Status: ",
                "error",
                "timeout",
                "Error Type: ",
                "Runtime.OutOfMemory",
                "\u{202e}\u{7}",
                "\t\t",
            ],
            6,
        );
        (id(), number(), number(), rest).prop_map(|(id, duration, billed, rest)| {
            format!("REPORT RequestId: {id}\tDuration: {duration} ms\tBilled Duration: {billed} ms\tMemory Size: 128 MB\tMax Memory Used: 55 MB\t{rest}\n")
        })
    }

    fn event() -> impl Strategy<Value = String> {
        let kinds = select(&["report", "report", "report", "report", "initReport", "initRuntimeDone", "start"][..]);
        let optional = select(
            &["initDurationMs", "restoreDurationMs", "billedRestoreDurationMs", "maxMemoryUsedMB", "memorySizeMB"][..],
        );
        let line_break = select(&["", "", "\n", "\n    ", "\r\n\t"][..]);
        (kinds, id(), number(), number(), optional, number(), status(), line_break).prop_map(
            |(kind, id, duration, billed, optional, number, status, br)| {
                format!(
                    r#"{{{br}"type":"platform.{kind}",{br}"record":{{{br}"requestId":"{id}",{br}"metrics":{{{br}"durationMs":{duration},"billedDurationMs":{billed},"memorySizeMB":128,"maxMemoryUsedMB":55,"{optional}":{number}{br}}},{br}"status":"{status}","errorType":"\u001b{status}"}}{br}}}"#
                )
            },
        )
    }

    const FRAGMENTS: &[&str] = &[
        "\n",
        "\n",
        "\n",
        " ",
        "\t",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\\",
        "\\\"",
        "\u{1f980}",
        "\u{0}",
        "hello",
        "REPORT RequestId: ",
        "REPORT ",
        "Duration: 1.00 ms",
        "Billed Duration: 2 ms",
        "INIT_REPORT ",
        "\tStatus: error",
        "\tStatus: timeout",
        "{\"message\":\"platform.report\",\"type\":\"platform.report\"}",
        "{\"a\":",
        "\"type\":\"platform.report\"",
        "\"record\":{",
        "platform.report",
        "\"metrics\":{\"durationMs\":1,\"billedDurationMs\":1,\"memorySizeMB\":1,\"maxMemoryUsedMB\":1}",
        "INIT_REPORT Init Duration: 9999.81 ms\tPhase: init\tStatus: timeout\n",
        "START RequestId: 11111111-2222-4333-8444-555555555555 Version: 7\n",
        "XRAY TraceId: 1-2-3\tSegmentId: 4\tSampled: true\n",
        "END RequestId: 1\n",
    ];

    fn tail() -> impl Strategy<Value = String> {
        let piece = prop_oneof![4 => select(FRAGMENTS).prop_map(str::to_owned), 1 => line(), 1 => event()];
        (prop::collection::vec(piece, 0..10), any::<bool>(), any::<Index>()).prop_map(|(pieces, is_cut, cut)| {
            let whole = pieces.concat();
            let start = if is_cut { whole.ceil_char_boundary(cut.index(whole.len() + 1)) } else { 0 };
            whole[start..].to_owned()
        })
    }

    fn check_report(tail: &str, id: &str, report: &Report) -> Result<(), TestCaseError> {
        prop_assert_eq!(&report.request_id, id);
        prop_assert!(tail.contains("REPORT RequestId: ") || tail.contains("platform.report"));
        let durations = [Some(report.duration), report.init, report.restore, report.cold_start(), report.init_given_up];
        for ms in durations.into_iter().flatten() {
            prop_assert!(ms.0.is_finite() && ms.0.is_sign_positive() && ms.0 <= 86_400_000.0, "{ms:?}");
        }
        for ms in [Some(report.billed), report.billed_restore].into_iter().flatten() {
            prop_assert!(ms.0 <= 86_400_000, "{ms:?}");
        }
        prop_assert_eq!(report.cold_start().is_some(), report.init.is_some() || report.restore.is_some());
        if let Ending::Error { error_type } = &report.ending {
            prop_assert!(
                !error_type.is_empty() && error_type.chars().count() <= 80 && !error_type.contains(char::is_control)
            );
        }
        prop_assert!(report.init_given_up.is_none() || report.cold_start().is_none());
        prop_assert!(report.init_given_up.is_none() || tail.contains("INIT_REPORT ") || tail.contains("platform.init"));
        Ok(())
    }

    fn check(tail: &str) -> Result<Accepted, TestCaseError> {
        let found = log_tail::report(tail, ID);
        for (id, report) in [(ID, &found), (OTHER, &log_tail::report(tail, OTHER))] {
            report.iter().try_for_each(|report| check_report(tail, id, report))?;
        }
        if log_tail::init_failed(tail) {
            prop_assert!(tail.contains("INIT_REPORT ") || tail.contains("platform.init"));
        }
        Ok(found.is_some())
    }

    #[test]
    fn no_bytes_make_the_reader_of_tails_panic() {
        let bytes = prop::collection::vec(any::<u8>(), 0..60);
        fuzz((bytes, line()), |(mut bytes, line)| {
            check(&String::from_utf8_lossy(&bytes))?;
            // Most bytes make no report: then one behind them.
            bytes.push(b'\n');
            bytes.extend(line.bytes());
            check(&String::from_utf8_lossy(&bytes))
        });
    }

    #[test]
    fn no_tail_makes_the_reader_panic_and_its_numbers_are_lambda_s() {
        fuzz(tail(), |tail| check(&tail));
    }

    #[test]
    fn a_whole_report_at_the_end_of_any_tail_is_found() {
        let text = format!(
            "\nREPORT RequestId: {ID}\tDuration: 7.25 ms\tBilled Duration: 8 ms\tMemory Size: 128 MB\tMax Memory Used: 55 MB\t\n"
        );
        let json = format!(
            "\n{{\"type\":\"platform.report\",\"record\":{{\"requestId\":\"{ID}\",\"metrics\":{{\"durationMs\":7.25,\"billedDurationMs\":8,\"memorySizeMB\":128,\"maxMemoryUsedMB\":55}}}}}}"
        );
        fuzz((tail(), any::<bool>()), |(tail, is_json)| {
            let tail = tail + if is_json { &json } else { &text };
            let report = log_tail::report(&tail, ID).map(|report| (report.duration.0, report.billed.0));
            prop_assert_eq!(report, Some((7.25, 8)), "{}", tail);
            Ok(true)
        });
    }
}

#[test]
fn s3_uris_are_accepted_by_the_rules_of_s3() {
    fn is_uri(text: &str) -> bool {
        let mut parts = text.splitn(4, '/');
        let ["s3:", "", bucket, key] = [(); 4].map(|()| parts.next().unwrap_or_default()) else { return false };
        let labels: Vec<&str> = bucket.split('.').collect();
        let is_ip_address = labels.len() == 4 && labels.iter().all(|label| all_in(label, DIGITS));
        bucket.len() >= 3
            && bucket.len() <= 63
            && labels.iter().all(|label| !label.is_empty() && all_in(label, &[LOWER, DIGITS, "-"].concat()))
            && !bucket.starts_with('-')
            && !bucket.ends_with('-')
            && !is_ip_address
            && !key.is_empty()
            && key.len() <= 1024
            && !key.contains(|c: char| c < ' ' || ('\u{7f}'..'\u{a0}').contains(&c))
    }
    let bucket = prop_oneof![
        pieces(&["a", "b", "z", "0", "9", "a", "b", "-", "."], 12),
        pieces(&["abc", "xyz-", "0.a", "12", "A", "_", "\u{e4}", "abcdefghijklmnopqrst"], 6),
        pieces(&["1", "192", ".", ".", "168"], 8),
        pieces(&["abcdefghijklmnopqrst", "abcdefghijklmnopqrst", "a", "b", "0"], 8),
    ];
    let key = prop_oneof![
        4 => pieces(&["a", "/", "key", "%20", " ", "?", "#", "\u{1f980}", "..", ":"], 6),
        1 => pieces(&["a", "\n", "\u{1b}", "\u{7f}", "\u{9b}", "/", "\u{a0}"], 4),
        1 => (1010usize..1030).prop_map(|length| "k".repeat(length)),
    ];
    let scheme =
        prop_oneof![12 => Just("s3://"), 1 => select(&["s3:/", "S3://", "", "s3:///", " s3://", "http://"][..])];
    let near = (scheme, bucket, select(&["/", "/", "/", ""][..]), key).prop_map(|(a, b, c, d)| [a, &b, c, &d].concat());
    let text =
        prop_oneof![1 => any::<String>(), 1 => any::<String>().prop_map(|text| format!("s3://{text}")), 10 => near];
    fuzz(text, |text| {
        let uri: Result<S3Uri, _> = text.parse();
        prop_assert_eq!(uri.is_ok(), is_uri(&text), "{:?}", uri);
        match uri {
            Ok(uri) => {
                prop_assert_eq!(uri.to_string(), &*text);
                prop_assert_eq!(format!("s3://{}/{}", uri.bucket(), uri.key()), text);
                prop_assert_eq!(serde_json::from_value::<S3Uri>(json!(uri)).unwrap(), uri);
                Ok(true)
            }
            Err(error) => {
                let message = error.to_string();
                prop_assert!(message.chars().count() < 400 && !message.contains(char::is_control), "{message}");
                Ok(false)
            }
        }
    });
}

fn is_partition(text: &str) -> bool {
    text.strip_prefix("aws").is_some_and(|rest| all_in(rest, &[LOWER, "-"].concat()))
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && all_in(text, DIGITS)
}

/// The name of a function, with or without a qualifier.
fn is_qualified_name(text: &str) -> bool {
    let word = |text: &str, most: usize| {
        !text.is_empty() && text.len() <= most && all_in(text, &[LOWER, UPPER, DIGITS, "-_"].concat())
    };
    match text.split_once(':') {
        None => word(text, 64),
        Some((name, qualifier)) => word(name, 64) && (qualifier == "$LATEST" || word(qualifier, 128)),
    }
}

fn is_function_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(7, ':').collect();
    let [arn, partition, service, region, account, kind, name] = parts[..] else { return false };
    let words: Vec<&str> = region.split('-').collect();
    (arn, service, kind) == ("arn", "lambda", "function")
        && is_partition(partition)
        && words.len() >= 3
        && words.iter().all(|word| !word.is_empty() && all_in(word, &[LOWER, DIGITS].concat()))
        && is_account(account)
        && is_qualified_name(name)
}

fn is_reference(text: &str) -> bool {
    let partial = |text: &str| {
        let (account, name) = text.split_once(":function:")?;
        Some(is_account(account) && is_qualified_name(name))
    };
    is_function_arn(text) || is_qualified_name(text) || partial(text).unwrap_or(false)
}

/// An ARN of pieces of which most are right.
fn near_arn(service: &'static str, resource: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let mostly =
        |good: &'static [&'static str], bad: &'static [&'static str]| prop_oneof![12 => select(good), 1 => select(bad)];
    let region = if service == "iam" {
        mostly(&[""], &["us-east-1", "-", " "])
    } else {
        mostly(
            &["us-east-1", "us-gov-west-1", "cn-north-1", "ap-southeast-5"],
            &["", "-", "--", "us", "us-1", "US-EAST-1", "us-east-1\n", "us--1"],
        )
    };
    (
        mostly(&["arn"], &["ARN", "", "arn:"]),
        mostly(&["aws", "aws-cn", "aws-us-gov", "aws-iso-b"], &["", "gcp", "AWS", "aws ", "aws\u{1f980}", "aws1"]),
        mostly(if service == "iam" { &["iam"] } else { &["lambda"] }, &["s3", "", "sts"]),
        region,
        mostly(
            &["123456789012", "000000000000"],
            &["", "12345678901", "1234567890123", "12345678901a", "\u{661}23456789012"],
        ),
        resource,
    )
        .prop_map(|(arn, partition, service, region, account, resource)| {
            [arn, partition, service, region, account, &resource].join(":")
        })
}

fn function_name() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => pieces(&["a", "Z", "0", "_", "-", "my-function"], 7),
        2 => (pieces(&["f", "F9"], 4), pieces(&[":", "live", "7", "$LATEST", "$", "-"], 4)).prop_map(|(name, qualifier)| name + ":" + &qualifier),
        1 => pieces(&["a", ":", " ", "\u{e4}", "$LATEST", "/", "\n", "function"], 4),
        1 => (60usize..70).prop_map(|length| "f".repeat(length)),
        1 => (120usize..135).prop_map(|length| format!("f:{}", "q".repeat(length))),
    ]
}

#[test]
fn functions_are_accepted_by_the_rules_of_lambda() {
    let text = prop_oneof![
        1 => any::<String>(),
        1 => function_name(),
        1 => (select(&["123456789012:function:", "12345678901:function:", "123456789012:", "function:"][..]), function_name())
            .prop_map(|(account, name)| format!("{account}{name}")),
        6 => near_arn("lambda", (select(&["function:", "function:", "function:", "function:", "layer:", ""][..]), function_name()).prop_map(|(kind, name)| format!("{kind}{name}"))),
    ];
    fuzz(text, |text| {
        let arn: Result<FunctionArn, _> = text.parse();
        prop_assert_eq!(arn.is_ok(), is_function_arn(&text), "{:?}", arn);
        let reference: Result<FunctionReference, _> = text.parse();
        prop_assert_eq!(reference.is_ok(), is_reference(&text), "{:?}", reference);
        if let Ok(reference) = &reference {
            let written = reference.to_string();
            prop_assert!(written == text || format!("{written}:$LATEST") == text, "{written}");
            prop_assert_eq!(reference.region.is_some(), arn.is_ok());
        }
        if let Ok(arn) = &arn {
            let written = arn.to_string();
            prop_assert!(text == written || text.starts_with(&(written.clone() + ":")), "{written}");
            let (region, name) = (format!(":{}:", arn.region()), format!(":{}", arn.name()));
            prop_assert!(written.contains(&region) && written.ends_with(&name), "{written}");
            prop_assert_eq!(&written.parse::<FunctionArn>().unwrap(), arn);
        }
        Ok(arn.is_ok())
    });
}

#[test]
fn roles_are_accepted_by_the_rules_of_iam() {
    fn is_role_arn(text: &str) -> bool {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let [arn, partition, service, region, account, resource] = parts[..] else { return false };
        let Some(role) = resource.strip_prefix("role/") else { return false };
        let mut segments: Vec<&str> = role.split('/').collect();
        let name = segments.pop().unwrap_or_default();
        (arn, service, region) == ("arn", "iam", "")
            && is_partition(partition)
            && is_account(account)
            && !name.is_empty()
            && name.len() <= 64
            && all_in(name, &[LOWER, UPPER, DIGITS, "_+=,.@-"].concat())
            && segments != [""]
            && segments.iter().all(|segment| segment.chars().all(|c| c > ' ' && c < '\u{7f}'))
            && text.len() <= 512
    }
    let kind = prop_oneof![8 => Just("role/"), 1 => select(&["user/", "role", "role//", "Role/", ""][..])];
    let path = prop_oneof![
        4 => pieces(&["service-role/", "a/", "!~:/"], 3),
        1 => pieces(&["/", "a", " /", "\u{e4}/", "\u{7f}/", "\u{1f980}"], 4),
        1 => (400usize..490).prop_map(|length| format!("{}/", "p".repeat(length))),
    ];
    let name = prop_oneof![
        6 => pieces(&["r", "R9", "_+=", ",.@-", "tuner"], 6),
        1 => pieces(&["r", "/", ":", " ", "\n", "\u{e4}", "*"], 4),
        1 => (60usize..70).prop_map(|length| "r".repeat(length)),
    ];
    let resource = (kind, path, name).prop_map(|(kind, path, name)| [kind, &path, &name].concat());
    fuzz(prop_oneof![1 => any::<String>(), 8 => near_arn("iam", resource)], |text| {
        let arn: Result<RoleArn, _> = text.parse();
        prop_assert_eq!(arn.is_ok(), is_role_arn(&text), "{:?}", arn);
        match arn {
            Ok(arn) => {
                prop_assert_eq!((arn.as_str(), arn.to_string()), (&*text, text.clone()));
                prop_assert_eq!(serde_json::from_value::<RoleArn>(json!(arn)).unwrap(), arn);
                Ok(true)
            }
            Err(error) => {
                let message = error.to_string();
                prop_assert!(message.chars().count() < 400 && !message.contains(char::is_control), "{message}");
                Ok(false)
            }
        }
    });
}
