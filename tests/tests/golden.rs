//! The golden data of AWS Lambda Power Tuning 4.4, what its users get: winners, statistics, request bodies and links.
//!
//! The data lies in `tests/golden/`, or in the directory that the environment variable `GOLDEN_DATA` names.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{env, fs, path::PathBuf};

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};
use tuning::{
    contract::{deployment::Deployment, input::Input, link},
    decide::strategy::Candidate,
    measure::{
        lane::Environments,
        log_tail::{self, Ending},
        measurement::{Estimator, Measured, Measurement, Source, Spent},
        metric::Metric,
        sample::{Sample, Strata},
    },
    price::{Currency, GbSecondPrice},
    run::{payload::Payload, plan::Request},
    units::{
        milliseconds::{BilledMilliseconds, Milliseconds},
        power::Power,
        usd::Usd,
    },
};

const VIEWER: &str = "https://lambda-power-tuning.show/";

#[derive(Deserialize)]
struct Golden<T> {
    cases: Vec<T>,
}

fn cases<T: DeserializeOwned>(file: &str) -> Vec<T> {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden");
    let directory = env::var_os("GOLDEN_DATA").map_or(here, PathBuf::from);
    let text = fs::read_to_string(directory.join(file)).unwrap();
    let golden: Golden<T> = serde_json::from_str(&text).unwrap();
    assert!(!golden.cases.is_empty(), "{file} has no cases");
    golden.cases
}

fn parse(input: &Value) -> Request {
    let deployment = Deployment {
        power_values: vec![Power::MIN],
        auto_optimize: false,
        visualization_url: VIEWER.to_owned(),
        execution_time_limit: std::time::Duration::from_hours(1),
        total_execution_timeout: std::time::Duration::from_mins(5),
        own_functions: Vec::new(),
    };
    Input::parse(input, &deployment, None).unwrap().request
}

/// Equal but for the last bits of a double: sums may be added up in another order.
fn assert_close(ours: f64, theirs: f64, what: &str) {
    assert!((ours - theirs).abs() <= 1e-9 * theirs.abs(), "{what}: {ours:e} instead of {theirs:e}");
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stat {
    value: Power,
    average_price: f64,
    average_duration: f64,
    #[serde(default)]
    total_cost: f64,
}

#[test]
fn golden_strategies_choose_the_same_winner() {
    #[derive(Deserialize)]
    struct Case {
        input: Map<String, Value>,
        expected: Expected,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Expected {
        power: Power,
        cost: f64,
        duration: f64,
        lambda_cost: f64,
        visualization: String,
        stats: Option<Vec<Stat>>,
    }
    for (number, case) in cases::<Case>("strategy-golden.json").into_iter().enumerate() {
        let stats: Vec<Stat> = serde_json::from_value(case.input["stats"].clone()).unwrap();
        let candidates: Vec<Candidate> = stats
            .iter()
            .map(|stat| Candidate {
                power: stat.value,
                cost: Usd(stat.average_price),
                duration: Milliseconds(stat.average_duration),
            })
            .collect();
        let input = parse(&Value::Object(case.input));
        let winner = input.strategy.winner(&candidates).unwrap();
        let expected = case.expected;
        assert_eq!(winner.power, expected.power, "case {number}");
        assert_close(winner.cost.0, expected.cost, "cost");
        assert_close(winner.duration.0, expected.duration, "duration");
        assert_close(stats.iter().map(|stat| stat.total_cost).sum(), expected.lambda_cost, "lambdaCost");
        assert_eq!(link::link(VIEWER, Currency::Usd, &candidates), expected.visualization, "case {number}");
        assert_eq!(input.include_output_results, expected.stats.is_some(), "case {number}");
        for (candidate, row) in candidates.iter().zip(expected.stats.unwrap_or_default()) {
            assert_eq!(candidate.power, row.value);
            assert_close(candidate.cost.0, row.average_price, "averagePrice");
            assert_close(candidate.duration.0, row.average_duration, "averageDuration");
        }
    }
}

#[test]
fn golden_log_tails_give_the_same_statistics() {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Case {
        value: Power,
        discard_top_bottom: Value,
        #[serde(rename = "pricePerMsAt128MB")]
        price_per_ms_at_128_mb: f64,
        tails: Vec<String>,
        expected: Stat,
    }
    for case in cases::<Case>("executor-golden.json") {
        let input = json!({"lambdaARN": "f", "num": case.tails.len(), "discardTopBottom": case.discard_top_bottom});
        let samples: Vec<Sample> =
            case.tails.iter().map(|tail| Sample::from(&log_tail::report(tail, started(tail)).unwrap())).collect();
        let estimator = Estimator {
            shares: vec![1],
            environments: Environments::Reused,
            trim: parse(&input).trim,
            metric: Metric::Average,
            keep: 0,
        };
        let strata = samples.iter().map(|sample| (0, *sample)).collect::<Strata>();
        let measurement = Measurement {
            value: case.value,
            result: Measured::Samples(Box::new(estimator.estimate(&[strata], Source::Report).unwrap())),
            spent: Spent {
                billed: BilledMilliseconds(samples.iter().map(|sample| sample.billed.0).sum()),
                ..Spent::default()
            },
            max_memory_used: None,
            executor_calls: 1,
            retries: 0,
            series: Vec::new(),
        };
        // 128 MB are an eighth of a GB, and a second has 1,000 ms.
        let price = GbSecondPrice(case.price_per_ms_at_128_mb * 8.0 * 1000.0);
        let candidate = measurement.average(price).unwrap();
        assert_eq!(candidate.power, case.expected.value);
        assert_close(candidate.duration.0, case.expected.average_duration, "averageDuration");
        assert_close(candidate.cost.0, case.expected.average_price, "averagePrice");
        assert_close(measurement.total_cost(price).0, case.expected.total_cost, "totalCost");
    }
}

/// The request whose invocation a tail is of.
fn started(tail: &str) -> &str {
    tail.strip_prefix("START RequestId: ").unwrap().split(' ').next().unwrap()
}

#[test]
fn golden_log_tails_say_the_same() {
    /// The reference tool takes the report of another request. That is a number that was measured of something else.
    const OF_ANOTHER_REQUEST: &str = "only another request's id: the last report of the tail stands";
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Case {
        name: String,
        request_id: String,
        tail: String,
        expected: Option<Expected>,
    }
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Expected {
        duration_ms: f64,
        billed_duration_ms: u64,
        #[serde(rename = "memorySizeMB")]
        memory_size_mb: Option<u32>,
        #[serde(rename = "maxMemoryUsedMB")]
        max_memory_used_mb: Option<u32>,
        init_duration_ms: Option<f64>,
        restore_duration_ms: Option<f64>,
        billed_restore_duration_ms: Option<u64>,
        status: String,
        cold: bool,
    }
    for case in cases::<Case>("log-tails.json") {
        let report = log_tail::report(&case.tail, &case.request_id);
        let said = report.map(|report| Expected {
            duration_ms: report.duration.0,
            billed_duration_ms: report.billed.0,
            memory_size_mb: Some(report.memory_size_mb),
            max_memory_used_mb: Some(report.max_memory_used_mb),
            init_duration_ms: report.init.map(|ms| ms.0),
            restore_duration_ms: report.restore.map(|ms| ms.0),
            billed_restore_duration_ms: report.billed_restore.map(|ms| ms.0),
            cold: report.cold_start().is_some(),
            status: match report.ending {
                Ending::Unremarked => "success",
                Ending::Timeout => "timeout",
                Ending::Error { error_type } if error_type == "Runtime.OutOfMemory" => "out_of_memory",
                Ending::Error { .. } => "error",
            }
            .to_owned(),
        });
        let expected = case.expected.filter(|_| case.name != OF_ANOTHER_REQUEST);
        assert_eq!(said, expected, "{}", case.name);
    }
}

#[test]
fn golden_payloads_give_the_same_request_bodies() {
    #[derive(Deserialize)]
    struct Case {
        num: u32,
        // `"payload": null` and no payload are different things.
        #[serde(flatten)]
        rest: Map<String, Value>,
    }
    for case in cases::<Case>("payload-golden.json") {
        let expected = &case.rest["expected"];
        let payload = Payload::from_field(case.rest.get("payload"), case.num);
        if expected.get("refused") == Some(&Value::Bool(true)) {
            assert!(payload.is_err(), "{payload:?}");
            continue;
        }
        let payload = payload.unwrap();
        let bodies: Vec<Option<String>> = (0..case.num).map(|index| payload.body(payload.stratum(index))).collect();
        let expected: Vec<Option<String>> = serde_json::from_value(expected["bodies"].clone()).unwrap();
        assert_eq!(bodies.len(), expected.len());
        for (ours, theirs) in bodies.into_iter().zip(expected) {
            // A literal null means that none was given, or JSON's null.
            assert!(
                ours == theirs || theirs.is_none() && ours.as_deref() == Some("null"),
                "{ours:?} instead of {theirs:?}"
            );
        }
    }
}

#[test]
fn golden_links_are_the_same() {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Case {
        powers: Vec<Power>,
        durations_ms: Vec<f64>,
        costs_usd: Vec<f64>,
        url: String,
    }
    for case in cases::<Case>("visualization-golden.json") {
        let candidates: Vec<Candidate> = case
            .powers
            .iter()
            .zip(case.durations_ms)
            .zip(case.costs_usd)
            .map(|((&power, ms), usd)| Candidate { power, cost: Usd(usd), duration: Milliseconds(ms) })
            .collect();
        assert_eq!(link::link(VIEWER, Currency::Usd, &candidates), case.url);
    }
}
