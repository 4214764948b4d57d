//! The local AWS: MiniStack with the real template and the sample functions deployed.

mod deployment;
mod emulator;
mod inspect;

use std::{fs, path::PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

pub use deployment::{PAYLOAD_BUCKET, architecture};
pub use inspect::FunctionState;

use crate::root;

/// A running local AWS.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LocalAws {
    /// Where it listens.
    pub endpoint: String,
    /// The process that was started, which leads a process group of its own.
    pub pid: u32,
    /// The deployed state machine; none until it is deployed.
    #[serde(default)]
    pub state_machine: Option<String>,
}

/// The region that everything is deployed in.
pub const REGION: &str = "us-east-1";
/// The functions of `infra/samples/template.yaml`.
pub const SAMPLE_FUNCTIONS: [&str; 3] =
    ["power-tuner-sample-cpu-bound", "power-tuner-sample-io-bound", "power-tuner-sample-mixed"];

impl LocalAws {
    /// The environment that makes an AWS SDK talk to it.
    pub fn environment(&self) -> [(&'static str, String); 5] {
        [
            ("AWS_ENDPOINT_URL", self.endpoint.clone()),
            ("AWS_ACCESS_KEY_ID", "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_DEFAULT_REGION", REGION.to_owned()),
        ]
    }

    /// The header by which a request that no SDK makes names its caller: its owner, whose signature the local AWS does
    /// not check.
    fn authorization(service: &str) -> String {
        format!(
            "AWS4-HMAC-SHA256 Credential=test/20260101/{REGION}/{service}/aws4_request, SignedHeaders=host, Signature=none"
        )
    }

    fn load() -> Option<Self> {
        serde_json::from_str(&fs::read_to_string(state_file()).ok()?).ok()
    }

    fn save(&self) -> Result<()> {
        fs::write(state_file(), serde_json::to_string_pretty(self)?)
            .context("failed to write the state of the local AWS")
    }
}

/// All files of the local AWS.
fn directory() -> PathBuf {
    root::target().join("local-aws")
}

fn state_file() -> PathBuf {
    directory().join("state.json")
}

/// Where SAM leaves the built Lambda functions, a directory each.
pub fn built() -> PathBuf {
    directory().join("build")
}

/// The built sample function.
pub fn built_sample() -> PathBuf {
    built_samples().join("CpuBound/bootstrap")
}

/// Where SAM leaves the built sample functions.
pub fn built_samples() -> PathBuf {
    directory().join("build-samples")
}

/// Starts the local AWS unless it runs, and deploys. The second value says whether it was started by this call.
pub fn up() -> Result<(LocalAws, bool)> {
    fs::create_dir_all(directory())?;
    let running = LocalAws::load().filter(emulator::is_running);
    let started = running.is_none();
    let mut aws = match running {
        Some(aws) => aws,
        None => emulator::start()?,
    };
    aws.save()?;
    let deployed = deployment::deploy(&aws, &directory().join("sam.log"));
    if started && deployed.is_err() {
        // Nobody would know of it. Its logs stay.
        emulator::stop(&aws)?;
    }
    aws.state_machine = Some(deployed?);
    aws.save()?;
    Ok((aws, started))
}

/// Deploys the pattern samples to the local AWS that is running. The one that requests an API requests `api_url`, or
/// the local AWS itself.
pub fn patterns(api_url: Option<String>) -> Result<()> {
    let aws = running()?;
    let api_url = api_url.unwrap_or_else(|| emulator::health(&aws));
    deployment::deploy_patterns(&aws, &api_url, &directory().join("patterns.log"))
}

/// Deploys the stack of fleets to the local AWS that is running, and says which state machine it has.
pub fn fleet() -> Result<()> {
    println!("{}", deployment::deploy_fleet(&running()?, &directory().join("fleet.log"))?);
    Ok(())
}

/// Deploys the stack of fleets and that of the schedule to the local AWS that is running, and says which state machine
/// the schedule has.
pub fn schedule() -> Result<()> {
    let aws = running()?;
    deployment::deploy_fleet(&aws, &directory().join("fleet.log"))?;
    println!("{}", deployment::deploy_schedule(&aws, &directory().join("schedule.log"))?);
    Ok(())
}

/// Ends what `up` started, and deletes what it left.
pub fn down() -> Result<()> {
    match LocalAws::load().filter(emulator::is_ours) {
        Some(aws) => {
            emulator::stop(&aws)?;
            eprintln!("the local AWS at {} was ended", aws.endpoint);
        }
        None => eprintln!("the local AWS is not running"),
    }
    if directory().exists() {
        fs::remove_dir_all(directory())?;
    }
    Ok(())
}

/// Says where the local AWS is; an error if it is not running.
pub fn status() -> Result<()> {
    describe(&running()?);
    Ok(())
}

fn running() -> Result<LocalAws> {
    let aws = LocalAws::load().filter(emulator::is_running);
    aws.context("the local AWS is not running\nhint: cargo xtask local up starts it")
}

/// Says where the local AWS is.
pub fn describe(aws: &LocalAws) {
    println!("the local AWS listens at {}", aws.endpoint);
    if let Some(state_machine) = &aws.state_machine {
        println!("state machine: {state_machine}");
    }
    println!("to use it from this shell:");
    for (name, value) in aws.environment() {
        println!("  export {name}={value}");
    }
    println!("sample functions:");
    for function in SAMPLE_FUNCTIONS {
        println!("  {function}");
    }
    let [function, ..] = SAMPLE_FUNCTIONS;
    println!("then tune one: cargo run --package power-tuner -- tune {function} --power-values AUTO");
}

/// Ends the local AWS when it goes out of scope, unless it ran before or is to be kept.
pub struct Session {
    /// The local AWS.
    pub aws: LocalAws,
    ends: bool,
}

impl Session {
    /// Brings the local AWS up.
    pub fn open(keep: bool) -> Result<Self> {
        let (aws, started) = up().inspect_err(|_| {
            eprintln!("the logs are in {}", directory().display());
        })?;
        Ok(Self { aws, ends: started && !keep })
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if self.ends
            && let Err(error) = down()
        {
            eprintln!("failed to end the local AWS: {error:#}");
        }
    }
}
