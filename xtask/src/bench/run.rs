//! Whole runs on the local AWS.

use std::process::Command;

use anyhow::Result;

use crate::{
    command::run as run_command,
    local::{self, Session},
    programs,
};

/// How often each run is timed.
#[derive(clap::Args)]
pub struct Options {
    /// How often each run is timed.
    #[arg(long, default_value_t = 5)]
    times: u32,
}

/// Prints what runs take: time, states entered, calls of AWS Lambda.
pub fn run(options: &Options) -> Result<()> {
    let session = Session::open(false)?;
    let runs = programs::build("runs", Some("end-to-end/local-aws"))?;
    run_command(
        Command::new(runs)
            .arg(options.times.to_string())
            .envs(session.aws.environment())
            .env("POWER_TUNER_BUILT", local::built())
            .env("POWER_TUNER_SAMPLE", local::built_sample())
            .env("POWER_TUNER_STATE_MACHINE", session.aws.state_machine.as_deref().unwrap_or_default()),
    )
}
