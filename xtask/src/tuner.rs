//! The command line program, built for this machine.

use std::{fs, path::PathBuf, process::Command};

use anyhow::Result;

use crate::{command::run_quietly, local::LocalAws, root};

/// Builds it.
pub fn build() -> Result<()> {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root::repository()).args(["build", "--package", "power-tuner"]);
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
