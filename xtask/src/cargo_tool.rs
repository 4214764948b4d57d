//! Tools that are built once, into the cache.

use std::{fs, path::PathBuf, process::Command};

use anyhow::Result;

use crate::{command::run_quietly, root};

/// A program from crates.io.
#[derive(Debug, Clone, Copy)]
pub struct CargoTool {
    /// The crate, which its program is called like.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

impl CargoTool {
    /// Where the program is; it is built if it is not there.
    pub fn program(self) -> Result<PathBuf> {
        let Self { name, version } = self;
        let directory = root::cache()?.join(format!("{name}-{version}"));
        let program = directory.join("bin").join(name);
        if !program.exists() {
            fs::create_dir_all(&directory)?;
            let mut install = Command::new("cargo");
            install.args(["install", "--quiet", "--locked", name, "--version", version, "--root"]).arg(&directory);
            // To optimise them takes minutes, and they run for seconds.
            install.arg("--debug").env("CARGO_PROFILE_DEV_DEBUG", "false");
            run_quietly(&format!("building {name}"), &mut install, &directory.join("install.log"))?;
        }
        Ok(program)
    }
}
