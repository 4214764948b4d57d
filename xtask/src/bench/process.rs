//! A Lambda function in a process of its own, so that its CPU time and memory are its own.

use std::{
    fs,
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result};

/// A running function; ended when this is dropped.
pub struct Process(Child);

impl Process {
    /// Starts a program.
    pub fn start(program: &mut Command) -> Result<Self> {
        // Standard output are its logs.
        let program = program.stdin(Stdio::null()).stdout(Stdio::null());
        Ok(Self(program.spawn().with_context(|| format!("failed to start {program:?}"))?))
    }

    /// The most memory that it has held so far (resident set size), in KiB.
    ///
    /// `VmHWM` of `proc_pid_status(5)`.
    pub fn peak_memory_kib(&self) -> Result<u64> {
        let file = format!("/proc/{}/status", self.0.id());
        let status = fs::read_to_string(&file).with_context(|| format!("failed to read {file}; is this Linux?"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let number = line.and_then(|line| line.trim().strip_suffix(" kB")).context("there is no VmHWM")?;
        Ok(number.parse()?)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // An error means that it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
