//! The laboratory of the search: the package `bench`, which is optimised even where this program is not.

use std::process::Command;

use anyhow::Result;
use clap::Args;

use crate::{
    command::{OPTIMISED, run},
    root,
};

/// What is compared.
#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub struct Options {
    /// Options of the comparison; --help lists them.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Runs the comparison.
pub fn search(options: &Options) -> Result<()> {
    bench(&options.arguments)
}

/// Judges suggestions of which one memory size is known.
pub fn suggest(options: &Options) -> Result<()> {
    bench(&[&["--suggest".to_owned()], options.arguments.as_slice()].concat())
}

/// Counts how often runs of functions that have changed, and that have not, are told apart.
pub fn drift(options: &Options) -> Result<()> {
    bench(&[&["--drift".to_owned()], options.arguments.as_slice()].concat())
}

fn bench(arguments: &[String]) -> Result<()> {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root::repository());
    cargo.args(["run", "--quiet", "--profile", OPTIMISED, "--package", "bench", "--"]).args(arguments);
    run(&mut cargo)
}
