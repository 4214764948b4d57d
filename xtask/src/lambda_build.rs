//! Building the Lambda functions without SAM.

use std::process::Command;

use anyhow::Result;

use crate::{
    command::{run_quietly, succeeds},
    python::Environment,
    root,
};

/// The Lambda functions.
pub const FUNCTIONS: [&str; 6] = ["initializer", "publisher", "executor", "analyzer", "optimizer", "cleaner"];
/// What the template's parameter `architecture` is by default, as rustc calls it.
const ARM: &str = "aarch64-unknown-linux-gnu";
/// The other one.
const X86: &str = "x86_64-unknown-linux-gnu";

/// Relaxed settings: what is only to be tried out is to be built fast; `cargo xtask bench size` builds the real thing.
///
/// With debug assertions, and so with log lines below INFO, which released functions do not have: a test looks for
/// payloads in them.
pub fn relax(command: &mut Command) -> &mut Command {
    command
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "64")
        .env("CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS", "true")
}

/// `sam build` as it is done for AWS, where zig links for its C library.
pub fn sam_build_for_aws(architecture: &str) -> Result<Command> {
    let target = if architecture == "arm64" { ARM } else { X86 };
    run_quietly(
        &format!("adding the target {target}"),
        Command::new("rustup").current_dir(root::repository()).args(["target", "add", target]),
        &root::target().join("rustup.log"),
    )?;
    let mut sam = Environment::Deploy.program_with(Environment::Cross, "sam")?;
    sam.current_dir(root::repository()).args(["build", "--parameter-overrides"]);
    sam.arg(format!("architecture={architecture}"));
    Ok(sam)
}

/// Builds all functions for arm64, as `sam build` does by default, where rustup can get what that takes.
pub fn arm() -> Result<()> {
    if !succeeds(Command::new("rustup").current_dir(root::repository()).args(["target", "add", ARM])) {
        println!("skipped: rustup cannot add the target {ARM} here");
        return Ok(());
    }
    let log = root::target().join("arm.log");
    for function in FUNCTIONS {
        let mut lambda = Environment::Cross.program("cargo-lambda")?;
        lambda
            .current_dir(root::repository().join("crates/functions").join(function))
            .args(["lambda", "build", "--release", "--arm64"])
            // Beside what is built for this machine, not in its place.
            .arg("--lambda-dir")
            .arg(root::target().join("lambda-arm64"));
        run_quietly(&format!("building {function} for arm64"), relax(&mut lambda), &log)?;
    }
    Ok(())
}
