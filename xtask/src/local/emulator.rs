//! The process of the emulator.

use std::{
    fs::{self, File},
    net::TcpListener,
    os::unix::process::CommandExt,
    path::PathBuf,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, WaitOptions, kill_process_group, test_kill_process_group, waitpid};

use super::{LocalAws, REGION};
use crate::python::Environment;

/// The longest time that the emulator may take to answer for the first time.
const START_LIMIT: Duration = Duration::from_mins(1);
/// The longest time that it may take to end by itself.
const STOP_LIMIT: Duration = Duration::from_secs(10);
/// The interval of looks.
const LOOK: Duration = Duration::from_millis(50);

const LAUNCHER: &str = include_str!("launcher.py");

/// Starts the emulator on loopback, on a free port, and waits until it answers.
pub fn start() -> Result<LocalAws> {
    let directory = super::directory();
    let temporary = directory.join("tmp");
    fs::create_dir_all(&temporary)?;
    let launcher = launcher();
    fs::write(&launcher, LAUNCHER)?;
    let port = free_port()?;
    let endpoint = format!("http://127.0.0.1:{port}");
    let log = File::create(directory.join("ministack.log"))?;
    let mut command = Environment::Emulator.program("python3")?;
    command
        .arg(&launcher)
        .env("GATEWAY_PORT", port.to_string())
        .env("BIND_HOST", "127.0.0.1")
        .env("MINISTACK_HOST", "127.0.0.1")
        // The functions inherit it: without it they would call the real AWS.
        .env("AWS_ENDPOINT_URL", &endpoint)
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_DEFAULT_REGION", REGION)
        .env("AWS_REGION", REGION)
        // The roles of the functions may do what the template allows them, and nothing else.
        .env("AUTH", "true")
        // Retries of the state machine wait a tenth of the time.
        .env("SFN_WAIT_SCALE", "0.1")
        .env("TMPDIR", &temporary)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .process_group(0);
    eprintln!("  starting the local AWS at {endpoint} …");
    let mut child = command.spawn().context("failed to start MiniStack")?;
    let aws = LocalAws { endpoint, pid: child.id(), state_machine: None };
    let start = Instant::now();
    while !is_running(&aws) {
        if let Some(status) = child.try_wait()? {
            bail!("MiniStack ended at once ({status}); see {}", directory.join("ministack.log").display());
        }
        if start.elapsed() > START_LIMIT {
            let _ = stop(&aws);
            bail!(
                "MiniStack did not answer within {} s; see {}",
                START_LIMIT.as_secs(),
                directory.join("ministack.log").display()
            );
        }
        std::thread::sleep(LOOK);
    }
    Ok(aws)
}

/// True if the emulator answers.
pub fn is_running(aws: &LocalAws) -> bool {
    is_ours(aws) && ureq::get(health(aws)).call().is_ok()
}

/// The address at which it says that it is well.
pub fn health(aws: &LocalAws) -> String {
    format!("{}/_ministack/health", aws.endpoint)
}

/// True if the process is the one that was started for this checkout, and not another one that got its number since.
pub fn is_ours(aws: &LocalAws) -> bool {
    let command = fs::read(format!("/proc/{}/cmdline", aws.pid)).unwrap_or_default();
    command.split(|byte| *byte == 0).any(|argument| argument == launcher().as_os_str().as_encoded_bytes())
}

fn launcher() -> PathBuf {
    super::directory().join("launcher.py")
}

/// Ends the emulator with all processes of its functions.
pub fn stop(aws: &LocalAws) -> Result<()> {
    let Some(group) = group(aws) else { return Ok(()) };
    let _ = kill_process_group(group, Signal::TERM);
    let start = Instant::now();
    while test_kill_process_group(group).is_ok() {
        // Where this very process started it, it stays in the table of processes until somebody asks how it ended.
        let _ = waitpid(Some(group), WaitOptions::NOHANG);
        if start.elapsed() > STOP_LIMIT {
            kill_process_group(group, Signal::KILL).context("failed to end the local AWS")?;
            break;
        }
        std::thread::sleep(LOOK);
    }
    Ok(())
}

fn group(aws: &LocalAws) -> Option<Pid> {
    Pid::from_raw(i32::try_from(aws.pid).ok()?)
}

/// A port that nobody listens on now.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
