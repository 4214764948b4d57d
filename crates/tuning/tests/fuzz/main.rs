//! Fuzz tests: what comes from outside makes nothing panic, and what is accepted is what the rules say. Cases are drawn
//! at random, nearly right ones; `fuzz/` has targets that are guided by coverage.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::{cell::Cell, fmt};

use base64::{Engine, engine::general_purpose::STANDARD};
use proptest::{
    prelude::*,
    sample::{Index, select},
    test_runner::{TestCaseError, TestRunner},
};
use serde_json::{Value, json};
use tuning::{
    contract::input::FIELDS,
    measure::log_tail,
    units::{
        arn::{FunctionArn, FunctionReference, RoleArn},
        s3_uri::S3Uri,
    },
};

mod checks;

use checks::{
    Accepted, DIGITS, ID, LOWER, OTHER, UPPER, all_in, is_account, is_function_arn, is_partition, is_reference,
};

/// The number of cases that takes ten seconds for all tests together, unoptimised.
const CASES: u32 = 10_000;
/// A generator that makes less than this share of accepted texts tests nothing.
const FEWEST_ACCEPTED: u32 = CASES / 100;

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
                "AUTO",
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

    #[test]
    fn no_input_makes_the_parser_panic_and_what_is_accepted_keeps_the_contract() {
        fuzz(input(), |given| Ok(checks::input(&given)));
    }
}

mod log_tails {
    use super::*;

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

    #[test]
    fn no_bytes_make_the_reader_of_tails_panic() {
        let bytes = prop::collection::vec(any::<u8>(), 0..60);
        fuzz((bytes, line()), |(mut bytes, line)| {
            checks::log_tail(&String::from_utf8_lossy(&bytes));
            // Most bytes make no report: then one behind them.
            bytes.push(b'\n');
            bytes.extend(line.bytes());
            Ok(checks::log_tail(&String::from_utf8_lossy(&bytes)))
        });
    }

    #[test]
    fn no_tail_makes_the_reader_panic_and_its_numbers_are_lambda_s() {
        fuzz(tail(), |tail| Ok(checks::log_tail(&tail)));
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

mod links {
    use super::*;

    /// A part of a link: mostly two numbers of so many bytes.
    fn part(width: usize) -> impl Strategy<Value = String> {
        let bytes = prop_oneof![
            4 => prop::collection::vec(select(&[0x00u8, 0x02, 0x04, 0x08, 0x3f, 0x41][..]), 2 * width),
            1 => prop::collection::vec(any::<u8>(), 0..12),
        ];
        prop_oneof![8 => bytes.prop_map(|bytes| STANDARD.encode(bytes)), 1 => any::<String>()]
    }

    #[test]
    fn no_link_makes_the_reader_panic_and_it_can_be_written_again() {
        let pages = &["https://x/", "https://x/?currency=CNY", "https://x/?currency=EUR&a", "", "https://x/#"][..];
        let link = (select(pages), part(2), part(4), part(4));
        fuzz(link.prop_map(|(page, a, b, c)| format!("{page}#{a};{b};{c}")), |link| Ok(checks::link(&link)));
    }
}

mod states {
    use super::*;

    /// The state of a run that has measured one memory size of three.
    const STATE: &str = include_str!("../../../../fuzz/seeds/state/measuring.json");

    /// The state with one of its values replaced: by that of another place, or by something else.
    fn state() -> impl Strategy<Value = String> {
        let state: Value = serde_json::from_str(STATE).unwrap();
        let mut places = Vec::new();
        collect_places(&state, String::new(), &mut places);
        let others = [json!(0), json!(-1), json!(u64::MAX), json!(1e300), json!(""), json!([]), json!({}), Value::Null];
        let (to, from) = (select(places.clone()), select(places));
        (to, from, any::<bool>(), select(others.to_vec())).prop_map(move |(to, from, is_moved, other)| {
            let mut changed = state.clone();
            let moved = state.pointer(&from).filter(|_| is_moved).cloned();
            if let Some(place) = changed.pointer_mut(&to) {
                *place = moved.unwrap_or(other);
            }
            changed.to_string()
        })
    }

    /// The JSON pointers to a value and to everything in it.
    fn collect_places(value: &Value, here: String, places: &mut Vec<String>) {
        let inside: Vec<(String, &Value)> = match value {
            Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), value)).collect(),
            Value::Array(list) => list.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect(),
            _ => Vec::new(),
        };
        for (name, value) in inside {
            collect_places(value, format!("{here}/{name}"), places);
        }
        places.push(here);
    }

    #[test]
    fn no_state_makes_its_readers_panic_and_it_can_be_written_again() {
        assert!(checks::state(STATE), "fuzz/seeds/state is no longer a state of a run: replace it");
        fuzz(state(), |state| Ok(checks::state(&state)));
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
