//! Building the Lambda functions without SAM.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Result, ensure};
use package::FUNCTIONS;
use tuning::price::Architecture;

use crate::{
    command::{run_quietly, succeeds},
    python::Environment,
    root,
};

/// A target, as rustc calls it.
pub fn target(architecture: Architecture) -> &'static str {
    match architecture {
        Architecture::Arm => "aarch64-unknown-linux-gnu",
        Architecture::X86 => "x86_64-unknown-linux-gnu",
    }
}

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

/// The way in which functions are built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recipe {
    /// As they are released.
    Release,
    /// Fast to build, and larger.
    Relaxed,
}

/// Where a build leaves the functions: a directory with a `bootstrap` for each.
pub fn directory(architecture: Architecture) -> PathBuf {
    root::target().join(format!("lambda-{}", package::name(architecture)))
}

/// Builds all functions as they run on AWS, where zig links for its C library.
///
/// One call of cargo for all that use the AWS SDK: what they have in common is compiled once, and they are linked side
/// by side. The Analyzer is built by itself, as SAM builds it: in one call with the others it would get the features
/// that they need of crates that it shares with them.
pub fn for_aws(architecture: Architecture, recipe: Recipe) -> Result<()> {
    let log = root::target().join(format!("lambda-{}.log", package::name(architecture)));
    for functions in groups() {
        let mut lambda = Environment::Cross.program("cargo-lambda")?;
        lambda
            .current_dir(root::repository())
            .args(["lambda", "build", "--locked", "--release", "--target", target(architecture), "--lambda-dir"])
            // Beside what is built for this machine, not in its place.
            .arg(directory(architecture))
            .args(functions.iter().flat_map(|function| ["--package", *function]))
            .env("RUSTFLAGS", same_everywhere()?);
        if recipe == Recipe::Relaxed {
            relax(&mut lambda);
        }
        let what = format!("building {} for {}", functions.join(", "), package::name(architecture));
        run_quietly(&what, &mut lambda, &log)?;
    }
    Ok(())
}

/// The functions, those that one call of cargo builds in a group.
pub fn groups() -> [Vec<&'static str>; 2] {
    let (sdk, without) = FUNCTIONS.into_iter().partition(|function| *function != "analyzer");
    [sdk, without]
}

/// Has rustc write into a program no path of the machine that builds it: those of crates are in the messages of panics.
fn same_everywhere() -> Result<String> {
    let home = |name: &str, default: &str| {
        let chosen = std::env::var_os(name).map(PathBuf::from);
        chosen.or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(default)))
    };
    let mut flags = Vec::new();
    for (from, to) in [
        (home("CARGO_HOME", ".cargo"), "/cargo"),
        (home("RUSTUP_HOME", ".rustup"), "/rustup"),
        (Some(root::target()), "/target"),
        (Some(root::repository()), "/power-tuner"),
    ] {
        let Some(from) = from else { continue };
        let from = from.display().to_string();
        ensure!(!from.contains(char::is_whitespace), "a path with a space can't be built in: {from}");
        flags.push(format!("--remap-path-prefix={from}={to}"));
    }
    Ok(flags.join(" "))
}

/// `sam build` as it is done for AWS.
pub fn sam_build_for_aws(architecture: Architecture) -> Result<Command> {
    add_target(architecture)?;
    let mut sam = Environment::Deploy.program_with(Environment::Cross, "sam")?;
    sam.current_dir(root::repository()).args(["build", "--parameter-overrides"]);
    sam.arg(format!("architecture={}", package::name(architecture)));
    Ok(sam)
}

/// Has rustup get what building for an architecture takes.
pub fn add_target(architecture: Architecture) -> Result<()> {
    let target = target(architecture);
    let mut rustup = Command::new("rustup");
    rustup.current_dir(root::repository()).args(["target", "add", target]);
    run_quietly(&format!("adding the target {target}"), &mut rustup, &root::target().join("rustup.log"))
}

/// Builds all functions for arm64, as `sam build` does by default, where rustup can get what that takes.
pub fn arm() -> Result<()> {
    let target = target(Architecture::Arm);
    if !succeeds(Command::new("rustup").current_dir(root::repository()).args(["target", "add", target])) {
        println!("skipped: rustup cannot add the target {target} here");
        return Ok(());
    }
    for_aws(Architecture::Arm, Recipe::Relaxed)
}
