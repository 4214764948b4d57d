//! Everything that is checked without running it.

use std::{fs, path::Path, process::Command};

use anyhow::Result;

use crate::{
    cargo_tool::CargoTool,
    cdk,
    command::{run, succeeds},
    docs, links, npm, packages,
    python::Environment,
    root, snippets, viewer, workflows,
};

const CARGO_DENY: CargoTool = CargoTool { name: "cargo-deny", version: "0.20.2" };
/// The workspace of the fuzz targets.
const FUZZ: &str = "fuzz/Cargo.toml";
/// Templates that are deployed.
const TEMPLATES: [&str; 10] = [
    "template.yaml",
    "infra/fleet/template.yaml",
    "infra/samples/template.yaml",
    "infra/samples/patterns/template.yaml",
    "infra/samples/conformance.yaml",
    "infra/schedule/template.yaml",
    "infra/monitoring/template.json",
    "infra/examples/from-another-state-machine/template.yaml",
    "infra/examples/nested-stack/template.yaml",
    "infra/examples/nested-stack/application.yaml",
];
/// State machines that are deployed.
const STATE_MACHINES: [&str; 4] = [
    "statemachine.asl.json",
    "infra/examples/from-another-state-machine/statemachine.asl.json",
    "infra/fleet/statemachine.asl.json",
    "infra/schedule/statemachine.asl.json",
];

/// The packages from npm that check something, pinned.
const PINS: [(&str, &str); 2] = [
    ("package.json", include_str!("../requirements/package.json")),
    ("package-lock.json", include_str!("../requirements/package-lock.json")),
];

/// Runs all checks.
pub fn run_all() -> Result<()> {
    let root = root::repository();
    eprintln!("format");
    for workspace in ["Cargo.toml", FUZZ] {
        run(cargo(&root).args(["fmt", "--all", "--check", "--manifest-path", workspace]))?;
    }
    eprintln!("clippy");
    run(cargo(&root).args(["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"]))?;
    eprintln!("fuzz targets");
    // They are not linked here: libFuzzer, which takes a C++ compiler, need not be built.
    run(cargo(&root)
        .args(["clippy", "--manifest-path", FUZZ, "--all-targets", "--", "-D", "warnings"])
        .env("CUSTOM_LIBFUZZER_PATH", root::target().join("libfuzzer.a"))
        .env("CARGO_TARGET_DIR", root::target()))?;
    eprintln!("dependencies");
    check_dependencies(&root)?;
    eprintln!("templates");
    for template in TEMPLATES {
        let mut sam = Environment::Deploy.program("sam")?;
        run(sam.current_dir(&root).args(["validate", "--lint", "--region", "us-east-1", "--template-file", template]))?;
    }
    let mut checkov = Environment::Lint.program("checkov")?;
    run(checkov.current_dir(&root).args(["--config-file", ".checkov.yaml", "--file"]).args(TEMPLATES))?;
    let packaged = root::target().join("packaged.yaml");
    fs::write(&packaged, packages::template()?)?;
    let mut sam = Environment::Deploy.program("sam")?;
    run(sam.args(["validate", "--lint", "--region", "us-east-1", "--template-file"]).arg(packaged))?;
    eprintln!("page of the report");
    viewer::check()?;
    eprintln!("construct for the AWS CDK");
    cdk::build()?;
    eprintln!("state machines");
    for state_machine in STATE_MACHINES {
        run(node("asl-validator")?.current_dir(&root).args(["--json-path", state_machine]))?;
    }
    eprintln!("workflows");
    workflows::check()?;
    eprintln!("documentation");
    links::check()?;
    snippets::check()?;
    docs::check()
}

fn cargo(root: &Path) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root);
    cargo
}

/// Licences, sources and banned crates; known vulnerabilities where the database of advisories can be reached.
fn check_dependencies(root: &Path) -> Result<()> {
    let program = CARGO_DENY.program()?;
    let deny = || {
        let mut deny = Command::new(&program);
        deny.current_dir(root);
        deny
    };
    run(deny().args(["check", "bans", "licenses", "sources"]))?;
    if succeeds(deny().args(["fetch", "db"])) {
        run(deny().args(["check", "--disable-fetch", "advisories"]))
    } else {
        eprintln!("skipped: advisories, because their database cannot be fetched");
        Ok(())
    }
}

/// A program of a package from npm; Node.js comes from PyPI.
pub fn node(program: &str) -> Result<Command> {
    let pins = PINS.map(|(name, content)| (name, content.to_owned()));
    let modules = npm::modules(Environment::Lint, "the checks from npm", &pins)?;
    let mut node = Environment::Lint.program("node")?;
    node.arg(modules.join(".bin").join(program));
    Ok(node)
}
