//! The command line program, with everything that is part of it.

use std::process::Command;

use anyhow::Result;

use crate::{command, root, viewer};

/// Bundles the page of the report, and installs the program, which holds it.
pub fn run(arguments: &[String]) -> Result<()> {
    eprintln!("building the program takes some minutes; cargo says in the end where it is");
    viewer::build()?;
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root::repository()).args(["install", "--path", "crates/cli", "--locked"]);
    command::run(cargo.args(arguments))
}
