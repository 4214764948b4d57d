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
