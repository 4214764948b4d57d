//! The command line program, built for this machine.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;

use crate::{local::LocalAws, programs};

/// Builds it, and says where it is.
pub fn build() -> Result<PathBuf> {
    programs::build("power-tuner", None)
}

/// The program at `path`, on the local AWS.
pub fn on(aws: &LocalAws, path: &Path) -> Command {
    let mut program = Command::new(path);
    program.envs(aws.environment());
    program.envs(aws.state_machine.as_ref().map(|arn| ("POWER_TUNER_STATE_MACHINE", arn)));
    program
}
