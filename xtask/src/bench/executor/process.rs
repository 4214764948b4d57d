//! The Executor in a process of its own, so that its CPU time and memory are its own.

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result};

/// A running Executor; it ends with this.
pub struct Executor(Child);

impl Executor {
    /// Starts the program as AWS Lambda would, with its Runtime API and everything of AWS at these addresses.
    pub fn start(program: &Path, runtime_api: SocketAddr, aws: SocketAddr) -> Result<Self> {
        let child = Command::new(program)
            .env_clear()
            .envs([("AWS_LAMBDA_RUNTIME_API", runtime_api.to_string()), ("AWS_ENDPOINT_URL", format!("http://{aws}"))])
            .envs([
                ("AWS_LAMBDA_FUNCTION_NAME", "executor"),
                ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
                ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
                ("AWS_REGION", "eu-west-1"),
                ("AWS_ACCESS_KEY_ID", "none"),
                ("AWS_SECRET_ACCESS_KEY", "none"),
                ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn();
        Ok(Self(child.with_context(|| format!("failed to start {}", program.display()))?))
    }

    /// CPU time of its threads up to now.
    pub fn cpu_time(&self) -> Result<Duration> {
        let mut nanoseconds = 0;
        for thread in fs::read_dir(format!("/proc/{}/task", self.0.id()))? {
            // The first number is the time on a CPU in nanoseconds.
            let schedstat = fs::read_to_string(thread?.path().join("schedstat"))?;
            nanoseconds += schedstat.split(' ').next().unwrap_or_default().parse::<u64>()?;
        }
        Ok(Duration::from_nanos(nanoseconds))
    }

    /// The most memory that it has had up to now (the peak of its resident set), in MB.
    pub fn peak_memory(&self) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")).context("there is no VmHWM")?;
        Ok(kilobytes.parse::<f64>()? / 1024.0)
    }
}

impl Drop for Executor {
    fn drop(&mut self) {
        // An error is one that has ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
