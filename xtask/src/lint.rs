//! Everything that is checked without running it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;

use crate::{
    command::{run, run_quietly},
    docs,
    python::Environment,
    root, viewer,
};

/// The version of cargo-deny; it is built once, into the cache.
const CARGO_DENY: &str = "0.20.2";
/// Templates that are deployed.
const TEMPLATES: [&str; 4] = [
    "template.yaml",
    "infra/samples/template.yaml",
    "infra/samples/conformance.yaml",
    "infra/examples/from-another-state-machine/template.yaml",
];
/// State machines that are deployed.
const STATE_MACHINES: [&str; 2] =
    ["statemachine.asl.json", "infra/examples/from-another-state-machine/statemachine.asl.json"];

/// Runs all checks.
pub fn run_all() -> Result<()> {
    let root = root::repository();
    eprintln!("format");
    run(cargo(&root).args(["fmt", "--all", "--check"]))?;
    eprintln!("clippy");
    run(cargo(&root).args(["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"]))?;
    eprintln!("dependencies");
    run(Command::new(cargo_deny()?).current_dir(&root).args(["check", "bans", "licenses", "sources"]))?;
    eprintln!("templates");
    for template in TEMPLATES {
        let mut sam = Environment::Deploy.program("sam")?;
        run(sam.current_dir(&root).args(["validate", "--lint", "--region", "us-east-1", "--template-file", template]))?;
        let mut checkov = Environment::Lint.program("checkov")?;
        run(checkov.current_dir(&root).args(["--config-file", ".checkov.yaml", "--file", template]))?;
    }
    eprintln!("page of the report");
    viewer::check()?;
    eprintln!("state machines");
    validate_state_machines(&root)?;
    eprintln!("documentation");
    docs::check()
}

fn cargo(root: &Path) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root);
    cargo
}

fn cargo_deny() -> Result<PathBuf> {
    let directory = root::cache()?.join(format!("cargo-deny-{CARGO_DENY}"));
    let program = directory.join("bin/cargo-deny");
    if !program.exists() {
        fs::create_dir_all(&directory)?;
        let mut install = Command::new("cargo");
        install
            .args(["install", "--quiet", "--locked", "cargo-deny", "--version", CARGO_DENY, "--root"])
            .arg(&directory);
        run_quietly("building cargo-deny", &mut install, &directory.join("install.log"))?;
    }
    Ok(program)
}

/// The schema of the Amazon States Language, by asl-validator; Node.js comes from PyPI.
fn validate_state_machines(root: &Path) -> Result<()> {
    let directory = Environment::Lint.directory()?;
    let validator = directory.join("node_modules/.bin/asl-validator");
    if !validator.exists() {
        let log = directory.join("npm.log");
        for (name, content) in [
            ("package.json", include_str!("../requirements/package.json")),
            ("package-lock.json", include_str!("../requirements/package-lock.json")),
        ] {
            fs::write(directory.join(name), content)?;
        }
        let mut npm = Environment::Lint.program("npm")?;
        npm.current_dir(&directory).args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]);
        run_quietly("installing asl-validator", &mut npm, &log)?;
    }
    for state_machine in STATE_MACHINES {
        let mut node = Environment::Lint.program("node")?;
        run(node.current_dir(root).arg(&validator).args(["--json-path", state_machine]))?;
    }
    Ok(())
}
