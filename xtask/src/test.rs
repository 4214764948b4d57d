//! The tests: those that need nothing first, then those that need a browser, then those that need a local AWS.

use std::{env, process::Command};

use anyhow::Result;

use crate::{
    browser, cdk,
    command::run,
    local::{self, Session},
    root, tuner, viewer,
};

/// The test targets that need a local AWS.
const END_TO_END: [&str; 18] = [
    "end_to_end",
    "economy",
    "contract_end_to_end",
    "measured_end_to_end",
    "patterns",
    "search_end_to_end",
    "aborted_end_to_end",
    "same_time",
    "faults",
    "permissions",
    "command_line",
    "deploy_end_to_end",
    "infrastructure",
    "suggest_end_to_end",
    "schedule_end_to_end",
    "fleet_end_to_end",
    "fleet_permissions",
    "monitor_end_to_end",
];

/// The number of end-to-end tests that go on at the same time: they mostly wait for runs, which wait for answers.
const THREADS: &str = "4";

/// Runs all tests; `arguments` go to `cargo test`.
pub fn run_all(arguments: &[String]) -> Result<()> {
    // Part of the program that the tests build.
    viewer::build()?;
    eprintln!("1. unit, property and golden tests, and those of the construct for the AWS CDK");
    run(cargo_test().args(arguments))?;
    cdk::test()?;
    eprintln!("2. the report in a browser");
    browser::ensure()?;
    let program = tuner::build()?;
    run(cargo_test()
        .args(["--features", "end-to-end/browser", "--test", "report"])
        .args(arguments)
        .env("POWER_TUNER_PROGRAM", &program))?;
    eprintln!("3. the local AWS");
    let session = Session::open(false)?;
    eprintln!("4. end-to-end tests");
    run(cargo_test()
        .env("RUST_TEST_THREADS", THREADS)
        .args(["--features", "end-to-end/local-aws"])
        .args(END_TO_END.iter().flat_map(|test| ["--test", test]))
        .args(arguments)
        .envs(session.aws.environment())
        .env("POWER_TUNER_BUILT", local::built())
        // Deploys the pattern samples or the stack of fleets, if a test needs them.
        .env("POWER_TUNER_XTASK", env::current_exe()?)
        .env("POWER_TUNER_PROGRAM", &program)
        .env("POWER_TUNER_NODE", cdk::node()?.get_program())
        .env("POWER_TUNER_SAMPLE", local::built_sample())
        .env("POWER_TUNER_PAYLOAD_BUCKET", local::PAYLOAD_BUCKET)
        .env("POWER_TUNER_STATE_MACHINE", session.aws.state_machine.as_deref().unwrap_or_default()))
}

/// Tests of the workspace. Always with `--workspace`: cargo builds a dependency anew for each set of features that the
/// chosen packages ask for.
pub fn cargo_test() -> Command {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root::repository()).args(["test", "--workspace"]);
    cargo
}
