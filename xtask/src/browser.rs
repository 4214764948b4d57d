//! Chromium and chromedriver, for the tests of the report.

use std::process::Command;

use anyhow::{Result, bail};

use crate::command::{run_quietly, succeeds};
use crate::root;

/// How they are installed on Debian and Ubuntu, but for the rights to do so.
const INSTALL: [&str; 6] = ["apt-get", "install", "-y", "--no-install-recommends", "chromium", "chromium-driver"];

/// Sees that both are there: installs them where that can be done without asking anybody.
pub fn ensure() -> Result<()> {
    if is_there() {
        return Ok(());
    }
    let log = root::target().join("chromium.log");
    let is_root = rustix::process::geteuid().is_root();
    let sudo = ["sudo", "-n"];
    if is_root || succeeds(Command::new("sudo").args(["-n", "true"])) {
        let words = sudo.iter().skip(if is_root { sudo.len() } else { 0 });
        let as_root = |command: &[&'static str]| {
            let mut words = words.clone().chain(command).copied();
            let mut made = Command::new(words.next().unwrap_or_default());
            made.args(words);
            made
        };
        run_quietly("asking what packages there are", &mut as_root(&["apt-get", "update", "-qq"]), &log)?;
        run_quietly("installing Chromium, for the tests of the report", &mut as_root(&INSTALL), &log)?;
    }
    if !is_there() {
        bail!("Chromium and chromedriver are missing. On Debian and Ubuntu: sudo {}", INSTALL.join(" "));
    }
    Ok(())
}

fn is_there() -> bool {
    ["chromium", "chromedriver"].iter().all(|program| succeeds(Command::new(program).arg("--version")))
}
