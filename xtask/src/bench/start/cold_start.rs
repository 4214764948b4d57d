//! One cold start.

use std::{
    fmt,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use tokio::{task::LocalSet, time::timeout};

use super::{
    aws::Aws,
    runtime_api::{Ending, Event, RuntimeApi},
    step::Step,
};
use crate::bench::process::Process;

/// When to give up: nothing that is worth measuring takes so long.
const LIMIT: Duration = Duration::from_secs(30);

/// The measurements of one cold start.
#[derive(Debug)]
pub struct ColdStart {
    /// From just before the process is started to its first request for work.
    pub to_request: Duration,
    /// From handing out the first invocation to its answer.
    pub invocation: Duration,
    /// The number of AWS calls that were made during the invocation.
    pub calls: u32,
    /// The most memory that the process held until it asked for more work, in KiB.
    pub peak_memory_kib: u64,
    /// The ending of the invocation.
    pub ending: Ending,
}

/// Starts a function, has it do one invocation, and ends it.
pub async fn measure(step: &Step) -> Result<ColdStart> {
    // The servers end with this set: each process has its own.
    LocalSet::new().run_until(async { timeout(LIMIT, one(step)).await? }).await
}

async fn one(step: &Step) -> Result<ColdStart> {
    let aws = Aws::listen().await?;
    let mut runtime_api = RuntimeApi::listen(step.event.clone()).await?;
    let mut program = Command::new(&step.lambda.program);
    program.env_clear().envs(step.variables(runtime_api.address, aws.address));
    let spawned = Instant::now();
    let process = Process::start(&mut program)?;
    let Event::Began(asked, handed_out) = runtime_api.next().await? else { bail!("it answered before it was asked") };
    let Event::Answered(answered, ending) = runtime_api.next().await? else { bail!("it did not answer") };
    let calls = aws.calls();
    let Event::AskedAgain = runtime_api.next().await? else { bail!("it answered twice") };
    Ok(ColdStart {
        to_request: asked - spawned,
        invocation: answered - handed_out,
        calls,
        peak_memory_kib: process.peak_memory_kib()?,
        ending,
    })
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Response => f.write_str("a response"),
            Self::Error(error) => write!(f, "the error {error}"),
        }
    }
}
