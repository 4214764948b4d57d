//! The Lambda functions as they are released: built once, for whatever measures them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use package::FUNCTIONS;

use crate::{command::run_quietly, lambda_build, python::Environment, root};

/// A Lambda function, built for this machine.
#[derive(Debug, Clone)]
pub struct Lambda {
    /// Its name, such as `initializer`.
    pub name: &'static str,
    /// The program.
    pub program: PathBuf,
    /// The size of the program, in bytes.
    pub binary: u64,
    /// The size of the zip that is deployed, in bytes.
    pub zip: u64,
}

/// Builds all functions with the release profile of the workspace and the tool that SAM builds them with.
pub fn build() -> Result<Vec<Lambda>> {
    for functions in lambda_build::groups() {
        for format in ["binary", "zip"] {
            cargo_lambda(&functions, format)?;
        }
    }
    built()
}

/// The functions as they were built last.
pub fn built() -> Result<Vec<Lambda>> {
    FUNCTIONS.into_iter().map(one).collect()
}

fn cargo_lambda(functions: &[&str], format: &str) -> Result<()> {
    let mut lambda = Environment::Deploy.program("cargo-lambda")?;
    lambda.current_dir(root::repository()).args(["lambda", "build", "--release", "--compiler", "cargo"]);
    lambda.args(["--output-format", format]);
    lambda.args(functions.iter().flat_map(|function| ["--package", *function]));
    let log = root::target().join("bench-lambdas.log");
    run_quietly(&format!("building {} ({format})", functions.join(", ")), &mut lambda, &log)
}

fn one(name: &'static str) -> Result<Lambda> {
    let directory = root::target().join("lambda").join(name);
    let program = directory.join("bootstrap");
    let (binary, zip) = (bytes(&program)?, bytes(&directory.join("bootstrap.zip"))?);
    Ok(Lambda { name, program, binary, zip })
}

fn bytes(file: &Path) -> Result<u64> {
    Ok(fs::metadata(file).with_context(|| format!("{} was not built", file.display()))?.len())
}

/// Bytes as KB (1000 bytes), rounded up.
pub fn kilobytes(bytes: u64) -> u64 {
    bytes.div_ceil(1000)
}
