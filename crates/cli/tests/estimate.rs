//! The cost calculator: no call of AWS, every form.

mod stub;

use std::{
    io::Write,
    process::{Command, Stdio},
};

use insta_cmd::assert_cmd_snapshot;
use stub::program;

const PAIRS: [&str; 6] = ["128=830", "512=210ms", "1024=0.107s", "--invocations", "5000000", "--region=eu-west-1"];

fn estimate(arguments: &[&str]) -> Command {
    program(&[&["estimate"], &PAIRS[..], arguments].concat())
}

#[test]
fn every_form_is_written() {
    for form in ["table", "json", "csv", "markdown"] {
        assert_cmd_snapshot!(format!("estimate-{form}"), estimate(&["--output", form]));
    }
}

#[test]
fn a_price_that_is_not_known_is_said_to_be_a_guess() {
    assert_cmd_snapshot!(
        "estimate-unknown-region",
        program(&["estimate", "128=830", "--invocations=1", "--region=xx-west-9"])
    );
    assert_cmd_snapshot!("estimate-no-region", program(&["estimate", "128=830", "512=200", "--invocations=1000000"]));
}

#[test]
fn each_strategy_has_its_best_and_savings_are_those_against_the_baseline() {
    let best = |strategy: &str| {
        let arguments = ["--output", "json", "--strategy", strategy, "--baseline", "512"];
        let output = estimate(&arguments).output().unwrap();
        let estimates: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let rows = estimates["rows"].as_array().unwrap();
        assert_eq!((&estimates["baseline"], rows[1]["saving"].as_f64()), (&512.into(), Some(0.0)));
        for row in rows {
            let number = |name: &str| row[name].as_f64().unwrap();
            let parts = ["computeCost", "requestCost", "ephemeralStorageCost", "startupCost"];
            let parts: f64 = parts.into_iter().map(number).sum();
            assert!((parts - number("monthlyCost")).abs() < 1e-9, "{row}");
            assert!((number("costPerMillion") - number("monthlyCost") / 5.0).abs() < 1e-9, "{row}");
            let rating = (10.0 - number("duration") / 100.0).max(1.0);
            assert!((number("performanceRating") - rating).abs() < 1e-9, "{row}");
        }
        estimates["best"].as_u64().unwrap()
    };
    assert_eq!(["cost", "speed", "balanced", "ratio"].map(best), [128, 1024, 1024, 1024]);
    let output = estimate(&["--strategy", "ratio"]).output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("1024 MB has the lowest cost per point of performance at 5000000 invocations"), "{shown}");
}

#[test]
fn a_savings_plan_makes_duration_cheaper_and_requests_not() {
    let costs = |plan: &str| {
        let output = estimate(&["--output", "json", "--savings-plan", plan]).output().unwrap();
        let estimates: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        ["computeCost", "requestCost"].map(|name| estimates["rows"][0][name].as_f64().unwrap())
    };
    let ([compute, requests], [less, same]) = (costs("0%"), costs("12%"));
    assert!((less - compute * 0.88).abs() < 1e-9 && (same - requests).abs() < 1e-12);
}

#[test]
fn what_keeps_cold_starts_short_has_a_column_of_its_own() {
    assert_cmd_snapshot!("estimate-provisioned", estimate(&["--provisioned-concurrency", "3"]));
    assert_cmd_snapshot!("estimate-snap-start", estimate(&["--snap-start", "20k"]));
    let both = estimate(&["--snap-start", "20k", "--provisioned-concurrency", "3"]).output().unwrap();
    assert_eq!(both.status.code(), Some(2), "{both:?}");
}

#[test]
fn a_savings_plan_makes_provisioned_concurrency_cheaper_and_snap_start_not() {
    let startup_cost = |plan: &str, startup: [&str; 2]| {
        let arguments = [&["--output", "json", "--savings-plan", plan], &startup[..]].concat();
        let output = estimate(&arguments).output().unwrap();
        let estimates: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        estimates["rows"][0]["startupCost"].as_f64().unwrap()
    };
    for (startup, share) in [(["--provisioned-concurrency", "3"], 0.88), (["--snap-start", "20k"], 1.0)] {
        let (full, less) = (startup_cost("0%", startup), startup_cost("12%", startup));
        assert!(full > 0.0 && (less - full * share).abs() < 1e-9, "{startup:?}: {less} of {full}");
    }
}

#[test]
fn what_is_given_twice_or_takes_no_time_is_refused() {
    for pairs in [["128=830", "128=831"], ["128=830", "256=0"]] {
        let output = program(&[&["estimate"], &pairs[..], &["--invocations", "1M"]].concat()).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
    }
    for wrong in [["--baseline", "512"], ["--savings-plan", "101%"], ["--savings-plan=-1%", "-q"]] {
        let arguments = [&["estimate", "128=830", "--invocations", "1M"], &wrong[..]].concat();
        assert_eq!(program(&arguments).output().unwrap().status.code(), Some(2), "{wrong:?}");
    }
}

#[test]
fn a_pair_that_is_none_is_refused() {
    assert_cmd_snapshot!("estimate-bad-pair", program(&["estimate", "64=830", "--invocations", "1"]));
}

#[test]
fn the_csv_of_a_run_can_be_read() {
    let mut program = program(&["estimate", "--csv", "-", "--invocations", "1000000", "--region", "us-east-1", "-q"]);
    let mut child = program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let csv = "power,duration,costPerMillion,verdict\n128,,,left out\n512,210.5,1.7,winner\n1024,107.1,1.8,\n";
    child.stdin.take().unwrap().write_all(csv.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && shown.contains("512 MB is the cheapest") && !shown.contains("128"), "{shown}");
}
