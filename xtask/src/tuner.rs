//! The command line program, built for this machine.

use std::{fs, path::PathBuf, process::Command};

use anyhow::Result;

use crate::{command::run_quietly, local::LocalAws, root};

/// Builds it. No package is chosen: cargo builds a dependency anew for each set of features that the chosen ones ask for.
pub fn build() -> Result<()> {
    cargo(&["build", "--bin", "power-tuner"])
}

/// Builds it with the features that its dependencies have in tests: after `cargo test --workspace`, nothing is left to
/// build.
pub fn build_as_tests_do() -> Result<()> {
    cargo(&["test", "--workspace", "--no-run", "--test", "help"])
}

fn cargo(arguments: &[&str]) -> Result<()> {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root::repository()).args(arguments);
    let target = root::target();
    fs::create_dir_all(&target)?;
    run_quietly("building the command line program", &mut cargo, &target.join("tuner-build.log"))
}

/// Where it is.
pub fn path() -> PathBuf {
    root::target().join("debug/power-tuner")
}

/// The program on the local AWS.
pub fn program(aws: &LocalAws) -> Command {
    let mut program = Command::new(path());
    program.envs(aws.environment());
    program.envs(aws.state_machine.as_ref().map(|arn| ("POWER_TUNER_STATE_MACHINE", arn)));
    program
}
