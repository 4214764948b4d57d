//! The man pages.

use std::{fs, path::Path};

use clap::CommandFactory;

use crate::{arguments::Arguments, exit::Exit, failure::Failure};

/// Writes a page for the program and one for each subcommand.
pub fn write(directory: &Path) -> Result<Exit, Failure> {
    let failed = |error: std::io::Error| Failure::other(format!("failed to write to {}: {error}", directory.display()));
    fs::create_dir_all(directory).map_err(failed)?;
    clap_mangen::generate_to(Arguments::command(), directory).map_err(failed)?;
    Ok(Exit::Done)
}
