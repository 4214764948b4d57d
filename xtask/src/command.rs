//! Running other programs.

use std::{
    fs::File,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};

/// The interval at which a long step says that it is still going on.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// The number of lines of a failed program's output that are shown.
const LAST_LINES: usize = 40;

/// The profile of programs that compute for long: optimised, without the minutes of link-time optimisation.
pub const OPTIMISED: &str = "measured";

/// Runs a program that speaks for itself.
pub fn run(command: &mut Command) -> Result<()> {
    let shown = format!("{command:?}");
    let status = command.status().with_context(|| format!("failed to start {shown}"))?;
    if status.success() { Ok(()) } else { bail!("{shown} ended with {status}") }
}

/// Runs a program, and returns what it writes to its standard output.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("failed to start {command:?}"))?;
    ensure!(output.status.success(), "{command:?} ended with {}", output.status);
    Ok(String::from_utf8(output.stdout)?)
}

/// True if a program can be started and succeeds. What it says does not matter.
pub fn succeeds(command: &mut Command) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// Runs a program whose output only matters when it fails: until then it goes into `log`, and a line says what is going
/// on.
pub fn run_quietly(what: &str, command: &mut Command, log: &Path) -> Result<()> {
    let start = Instant::now();
    eprintln!("  {what} …");
    let output = File::create(log).with_context(|| format!("failed to create {}", log.display()))?;
    command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
    let shown = format!("{command:?}");
    let mut child = command.spawn().with_context(|| format!("failed to start {shown}"))?;
    let mut next_heartbeat = HEARTBEAT;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if start.elapsed() >= next_heartbeat {
            eprintln!("    still {what} ({} s)", start.elapsed().as_secs());
            next_heartbeat += HEARTBEAT;
        }
        std::thread::sleep(Duration::from_millis(100));
    };
    if status.success() {
        eprintln!("    done in {:.0} s", start.elapsed().as_secs_f64());
        return Ok(());
    }
    let said = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = said.lines().collect();
    let tail = lines.get(lines.len().saturating_sub(LAST_LINES)..).unwrap_or_default().join("\n");
    bail!("{what} failed ({status}). The end of {}:\n{tail}", log.display())
}
