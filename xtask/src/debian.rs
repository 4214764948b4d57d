//! Packages of Debian and Ubuntu.

use std::process::Command;

use anyhow::{Result, bail};

use crate::{
    command::{run_quietly, succeeds},
    root,
};

/// Programs that come in packages.
pub struct Programs {
    /// Each answers `--version`.
    pub names: &'static [&'static str],
    /// The packages.
    pub packages: &'static [&'static str],
    /// The purpose that they are needed for.
    pub purpose: &'static str,
}

impl Programs {
    /// Sees that all are there: installs them where that can be done without asking anybody.
    pub fn ensure(&self) -> Result<()> {
        if self.are_there() {
            return Ok(());
        }
        let is_root = rustix::process::geteuid().is_root();
        if is_root || succeeds(Command::new("sudo").args(["-n", "true"])) {
            self.install(is_root)?;
        }
        if !self.are_there() {
            let (names, packages) = (self.names.join(" and "), self.packages.join(" "));
            bail!(
                "{names}, {}, cannot be started. On Debian and Ubuntu: sudo apt-get install {packages}",
                self.purpose
            );
        }
        Ok(())
    }

    fn install(&self, is_root: bool) -> Result<()> {
        let log = root::target().join(format!("{}.log", self.packages.first().unwrap_or(&"packages")));
        let apt = |arguments: &[&str]| {
            let mut command = Command::new(if is_root { "apt-get" } else { "sudo" });
            command.args(if is_root { &[][..] } else { &["-n", "apt-get"] }).args(arguments);
            command
        };
        run_quietly("asking what packages there are", &mut apt(&["update", "-qq"]), &log)?;
        let install = [&["install", "-y", "--no-install-recommends"], self.packages].concat();
        run_quietly(&format!("installing what is {}", self.purpose), &mut apt(&install), &log)
    }

    fn are_there(&self) -> bool {
        self.names.iter().all(|program| succeeds(Command::new(program).arg("--version")))
    }
}
