//! Measuring.

use std::{fs, path::Path};

use anyhow::{Context, Result};

use crate::{command::run_quietly, lambda_build::FUNCTIONS, python::Environment, root};

/// Prints the size of each Lambda function: the binary, and the zip that is deployed. Built as SAM builds it, with the
/// release profile of the workspace.
pub fn size() -> Result<()> {
    println!("| function | binary (KB) | zip (KB) |\n|---|---|---|");
    let log = root::target().join("bench-size.log");
    for function in FUNCTIONS {
        build(function, "binary", &log)?;
        let directory = root::target().join("lambda").join(function);
        let binary = kilobytes(&directory.join("bootstrap"))?;
        build(function, "zip", &log)?;
        println!("| {function} | {binary} | {} |", kilobytes(&directory.join("bootstrap.zip"))?);
    }
    Ok(())
}

fn build(function: &str, format: &str, log: &Path) -> Result<()> {
    let mut lambda = Environment::Deploy.program("cargo-lambda")?;
    lambda.current_dir(root::repository().join("crates").join(function)).args([
        "lambda",
        "build",
        "--release",
        "--compiler",
        "cargo",
        "--output-format",
        format,
    ]);
    run_quietly(&format!("building {function} ({format})"), &mut lambda, log)
}

fn kilobytes(file: &Path) -> Result<u64> {
    let size = fs::metadata(file).with_context(|| format!("{} was not built", file.display()))?.len();
    Ok(size.div_ceil(1000))
}
