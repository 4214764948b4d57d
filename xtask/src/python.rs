//! Virtual environments from pinned requirements: made once, kept in the user's cache, shared by all checkouts.

use std::{
    env,
    ffi::OsString,
    fmt::Write as _,
    fs::{self, File},
    path::PathBuf,
    process::Command,
};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::{
    command::{run_quietly, succeeds},
    root,
};

/// A virtual environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// The local AWS.
    Emulator,
    /// SAM, cargo-lambda, cfn-lint.
    Deploy,
    /// Node.js.
    Lint,
    /// zig, as a compiler and linker for another architecture.
    Cross,
    /// Node.js, for the page that draws results.
    Viewer,
}

impl Environment {
    fn name(self) -> &'static str {
        match self {
            Self::Emulator => "emulator",
            Self::Deploy => "deploy",
            Self::Lint => "lint",
            Self::Cross => "cross",
            Self::Viewer => "viewer",
        }
    }

    fn requirements(self) -> &'static str {
        match self {
            Self::Emulator => include_str!("../requirements/emulator.txt"),
            Self::Deploy => include_str!("../requirements/deploy.txt"),
            Self::Lint => include_str!("../requirements/lint.txt"),
            Self::Cross => include_str!("../requirements/cross.txt"),
            Self::Viewer => include_str!("../requirements/viewer.txt"),
        }
    }

    /// The environment's directory; it is made if it is not there, and made anew if it is half made.
    pub fn directory(self) -> Result<PathBuf> {
        let cache = root::cache()?;
        fs::create_dir_all(&cache).with_context(|| format!("failed to create {}", cache.display()))?;
        let directory = cache.join(format!("{}-{}", self.name(), fingerprint(self.requirements())));
        let lock = File::create(cache.join(format!("{}.lock", self.name())))?;
        lock.lock()?;
        let complete = directory.join("complete");
        if !complete.exists() {
            self.make(&directory)?;
            File::create(complete)?;
        }
        Ok(directory)
    }

    fn make(self, directory: &PathBuf) -> Result<()> {
        if directory.exists() {
            fs::remove_dir_all(directory)?;
        }
        let log = directory.with_extension("log");
        check_python()?;
        let what = format!("making the virtual environment \"{}\"", self.name());
        run_quietly(&what, Command::new("python3").args(["-m", "venv"]).arg(directory), &log)
            .context("Python's venv module does not work. On Debian and Ubuntu: apt-get install python3-venv")?;
        let requirements = directory.join("requirements.txt");
        fs::write(&requirements, self.requirements())?;
        let mut pip = Command::new(directory.join("bin/pip"));
        pip.args(["install", "--quiet", "--no-compile", "--disable-pip-version-check", "--requirement"])
            .arg(requirements);
        run_quietly(&format!("installing the packages of \"{}\"", self.name()), &mut pip, &log)
    }

    /// A program of this environment, with the environment's other programs on its path.
    pub fn program(self, name: &str) -> Result<Command> {
        let bin = self.directory()?.join("bin");
        let mut command = Command::new(bin.join(name));
        command.env("PATH", first_on_path([bin])?).env("SAM_CLI_TELEMETRY", "0");
        Ok(command)
    }

    /// The same, with the programs of another environment, too.
    pub fn program_with(self, other: Self, name: &str) -> Result<Command> {
        let bins = [self.directory()?.join("bin"), other.directory()?.join("bin")];
        let mut command = self.program(name)?;
        command.env("PATH", first_on_path(bins)?);
        Ok(command)
    }
}

fn first_on_path(directories: impl IntoIterator<Item = PathBuf>) -> Result<OsString> {
    let path = env::var_os("PATH").unwrap_or_default();
    Ok(env::join_paths(directories.into_iter().chain(env::split_paths(&path)))?)
}

fn check_python() -> Result<()> {
    if !succeeds(Command::new("python3").arg("--version")) {
        bail!("python3 is missing. On Debian and Ubuntu: apt-get install python3 python3-venv");
    }
    Ok(())
}

/// A short name for a text: other requirements make another environment.
pub fn fingerprint(text: &str) -> String {
    Sha256::digest(text).iter().take(6).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
