//! The rules that must hold of everything that comes from outside, whatever it is: for the tests beside this file,
//! which draw cases that are nearly right, and for the targets in `fuzz/`, which search for cases that reach new code.
//!
//! The rules are written down here a second time, in other words than in the product.

use serde_json::{Value, json};
use tuning::{
    contract::{
        deployment::Deployment,
        input::{FEWEST_INVOCATIONS, Input, PayloadObject, payload_in_s3},
        link as viewer_link,
        step::RunState,
    },
    measure::log_tail::{self, Ending, Report},
    run::{
        payload::PayloadSource,
        plan::{AutoOptimize, Mode, Request},
    },
    units::power::Power,
};

/// True if a case was accepted by what is tested.
pub type Accepted = bool;

pub const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
pub const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
pub const DIGITS: &str = "0123456789";
/// The request whose report is looked for, and another one.
pub const ID: &str = "11111111-2222-4333-8444-555555555555";
pub const OTHER: &str = "99999999-2222-4333-8444-555555555555";

/// No input makes the parser panic, and what is accepted keeps the contract.
pub fn input(given: &Value) -> Accepted {
    let deployment = Deployment {
        power_values: [128, 512].map(|mb| Power::new(mb).unwrap()).to_vec(),
        auto_optimize: false,
        visualization_url: "https://x/".to_owned(),
        execution_time_limit: std::time::Duration::from_hours(1),
        total_execution_timeout: std::time::Duration::from_mins(5),
        own_functions: Vec::new(),
    };
    let object = payload_in_s3(given).map(|_| Ok(PayloadObject { text: "[1]".to_owned(), etag: "e".to_owned() }));
    match Input::parse(given, &deployment, object) {
        Ok(input) => {
            check_contract(given, &input);
            true
        }
        Err(error) => {
            assert!(!error.problems.is_empty() && error.to_string().len() < 20_000, "{error}");
            false
        }
    }
}

/// A number as the contract lets a caller write it.
fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())
}

fn check_contract(given: &Value, input: &Input) {
    let get = |name: &str| set(given, name);
    let request = &input.request;
    assert!(is_reference(get("lambdaARN").and_then(Value::as_str).unwrap_or_default()));
    let sampling = request.sampling;
    let is_search = get("powerValues") == Some(&json!("AUTO"));
    assert_eq!(request.search.is_some(), is_search);
    if !is_search {
        check_list(given, request);
    }
    assert!(request.mode == Mode::Tune || request.auto_optimize == AutoOptimize::Off);
    assert!((1..=500).contains(&sampling.lanes) && sampling.lanes <= sampling.invocations);
    assert!(sampling.pause_ms <= 600_000);
    let megabytes: Vec<u32> = request.power_values.iter().map(|power| power.megabytes()).collect();
    assert!(megabytes.iter().all(|mb| (128..=10_240).contains(mb)), "{megabytes:?}");
    assert!(megabytes.windows(2).all(|pair| pair[0] < pair[1]), "{megabytes:?}");
    let written = serde_json::to_value(request).unwrap();
    assert!((0.0..=0.4).contains(&written["trim"].as_f64().unwrap()));
    let weight = written["strategy"]["balanced"]["weight"].as_f64();
    assert!(weight.is_none_or(|weight| (0.0..=1.0).contains(&weight)));
    if let AutoOptimize::Alias(alias) = &request.auto_optimize {
        assert!(Some(alias.as_str()) == get("autoOptimizeAlias").and_then(Value::as_str));
        assert!(alias.as_str() != "power-tuning-lock" && !all_in(alias.as_str(), DIGITS));
    }
    let limits = request.limits;
    assert!(limits.memory_headroom >= 0.0);
    assert!(limits.max_duration.is_none_or(|limit| limit.0 > 0.0) && limits.max_cost.is_none_or(|limit| limit.0 > 0.0));
    assert!(sampling.keep_samples <= sampling.invocations);
    let from_s3 = matches!(request.payload, PayloadSource::S3 { .. });
    assert_eq!(from_s3, get("payloadS3").is_some());
    // It travels in the state of the execution.
    assert_eq!(&serde_json::from_value::<Request>(written).unwrap(), request);
}

/// A field that is set: neither `null` nor an empty text.
fn set<'a>(given: &'a Value, name: &str) -> Option<&'a Value> {
    given.get(name).filter(|value| !value.is_null() && value.as_str() != Some(""))
}

/// Checks what holds of the memory sizes of a list, and of the number of invocations at each.
fn check_list(given: &Value, request: &Request) {
    let get = |name: &str| set(given, name);
    let num = get("num").and_then(number).unwrap_or_default();
    assert!(num >= 5.0 && num.fract() == 0.0);
    let invocations = request.sampling.invocations;
    match request.mode {
        Mode::DryRun => assert_eq!(invocations, 1),
        Mode::Tune => assert!(invocations >= FEWEST_INVOCATIONS && f64::from(invocations) == num),
    }
    let megabytes: Vec<u32> = request.power_values.iter().map(|power| power.megabytes()).collect();
    assert!(!megabytes.is_empty());
    for power in get("powerValues").and_then(Value::as_array).into_iter().flatten() {
        let power = number(power).unwrap_or_default();
        assert!(megabytes.iter().any(|&mb| f64::from(mb) == power), "{power} is not in {megabytes:?}");
    }
    let bounded = get("powerValues") == Some(&json!("ALL"));
    for (bound, is_smaller) in [("minPower", true), ("maxPower", false)] {
        let Some(bound) = get(bound).and_then(number).filter(|_| bounded) else { continue };
        let is_kept = |&mb: &u32| (f64::from(mb) >= bound) == is_smaller || f64::from(mb) == bound;
        assert!(megabytes.iter().all(is_kept));
    }
}

fn check_report(tail: &str, id: &str, report: &Report) {
    assert_eq!(&report.request_id, id);
    assert!(tail.contains("REPORT RequestId: ") || tail.contains("platform.report"));
    let durations = [Some(report.duration), report.init, report.restore, report.cold_start(), report.init_given_up];
    for ms in durations.into_iter().flatten() {
        assert!(ms.0.is_finite() && ms.0.is_sign_positive() && ms.0 <= 86_400_000.0, "{ms:?}");
    }
    for ms in [Some(report.billed), report.billed_restore].into_iter().flatten() {
        assert!(ms.0 <= 86_400_000, "{ms:?}");
    }
    assert_eq!(report.cold_start().is_some(), report.init.is_some() || report.restore.is_some());
    if let Ending::Error { error_type } = &report.ending {
        assert!(!error_type.is_empty() && error_type.chars().count() <= 80 && !error_type.contains(char::is_control));
    }
    assert!(report.init_given_up.is_none() || report.cold_start().is_none());
    assert!(report.init_given_up.is_none() || tail.contains("INIT_REPORT ") || tail.contains("platform.init"));
}

/// No tail of a log makes the reader panic, and its numbers are Lambda's.
pub fn log_tail(tail: &str) -> Accepted {
    let found = log_tail::report(tail, ID);
    for (id, report) in [(ID, &found), (OTHER, &log_tail::report(tail, OTHER))] {
        if let Some(report) = report {
            check_report(tail, id, report);
        }
    }
    if log_tail::init_failed(tail) {
        assert!(tail.contains("INIT_REPORT ") || tail.contains("platform.init"));
    }
    found.is_some()
}

/// No link makes the reader panic, and what a link draws is the same when it is written again.
pub fn link(text: &str) -> Accepted {
    let Ok(drawing) = viewer_link::read(text) else { return false };
    for candidate in &drawing.candidates {
        assert!((128..=10_240).contains(&candidate.power.megabytes()));
        assert!([candidate.cost.0, candidate.duration.0].iter().all(|figure| figure.is_finite() && *figure >= 0.0));
    }
    let page = text.split('?').next().unwrap_or_default().split('#').next().unwrap_or_default();
    let again = viewer_link::read(&viewer_link::link(page, drawing.currency, &drawing.candidates)).unwrap();
    let mut sorted = drawing;
    sorted.candidates.sort_by_key(|candidate| candidate.power);
    assert_eq!(again, sorted);
    true
}

/// No state of an execution makes a step panic that reads it, and what a step hands on can be read by the next one.
pub fn state(text: &str) -> Accepted {
    let Ok(state) = serde_json::from_str::<RunState>(text) else { return false };
    let written = serde_json::to_string(&state).unwrap();
    let again: RunState = serde_json::from_str(&written).unwrap();
    assert_eq!(serde_json::to_string(&again).unwrap().len(), written.len());
    true
}

pub fn is_partition(text: &str) -> bool {
    text.strip_prefix("aws").is_some_and(|rest| all_in(rest, &[LOWER, "-"].concat()))
}

pub fn is_account(text: &str) -> bool {
    text.len() == 12 && all_in(text, DIGITS)
}

/// The name of a function, with or without a qualifier.
pub fn is_qualified_name(text: &str) -> bool {
    let word = |text: &str, most: usize| {
        !text.is_empty() && text.len() <= most && all_in(text, &[LOWER, UPPER, DIGITS, "-_"].concat())
    };
    match text.split_once(':') {
        None => word(text, 64),
        Some((name, qualifier)) => word(name, 64) && (qualifier == "$LATEST" || word(qualifier, 128)),
    }
}

pub fn is_function_arn(text: &str) -> bool {
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

pub fn is_reference(text: &str) -> bool {
    let partial = |text: &str| {
        let (account, name) = text.split_once(":function:")?;
        Some(is_account(account) && is_qualified_name(name))
    };
    is_function_arn(text) || is_qualified_name(text) || partial(text).unwrap_or(false)
}

pub fn all_in(text: &str, allowed: &str) -> bool {
    text.chars().all(|c| allowed.contains(c))
}
