//! The construct for the AWS CDK: its code is TypeScript, its tests run on the package of this repository.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use package::FUNCTIONS;
use tuning::price::Architecture;

use crate::{command::run, npm, packages, python::Environment, root};

/// What decides about the packages from npm.
const PINS: [&str; 3] = ["package.json", "package-lock.json", ".npmrc"];

/// Checks the types of the construct and of its tests, and compiles it.
pub fn build() -> Result<()> {
    let modules = npm::linked_modules(Environment::Viewer, "the AWS CDK", &source(), &PINS)?;
    for project in ["tsconfig.json", "tsconfig.test.json"] {
        let mut compiler = node()?;
        run(compiler.arg(modules.join(".bin/tsc")).arg("--project").arg(source().join(project)))?;
    }
    Ok(())
}

/// Runs the tests of the construct, and of the function that waits for runs.
pub fn test() -> Result<()> {
    build()?;
    let package = root::target().join("cdk/package");
    stand_in(&package)?;
    let mut tests = node()?;
    tests.current_dir(source()).args(["--test", "test/"]).env("POWER_TUNER_PACKAGE", package);
    run(&mut tests)?;
    let mut tests = Environment::Emulator.program("python3")?;
    run(tests.current_dir(source().join("handler")).args(["-B", "-m", "unittest", "--quiet"]))
}

/// Node.js.
pub fn node() -> Result<Command> {
    Environment::Viewer.program("node")
}

/// Where the construct is.
fn source() -> PathBuf {
    root::repository().join("infra/cdk")
}

/// Unpacks the package of this repository, with names in place of programs.
fn stand_in(folder: &Path) -> Result<()> {
    let programs = FUNCTIONS.map(|function| (function.to_owned(), function.as_bytes().to_vec()));
    let package = packages::of(Architecture::Arm, BTreeMap::from(programs))?;
    for (name, content) in package.files() {
        let file = folder.join(name);
        fs::create_dir_all(file.parent().unwrap_or(folder))?;
        fs::write(&file, content).with_context(|| format!("failed to write {}", file.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn read(name: &str) -> Value {
        serde_json::from_str(&fs::read_to_string(source().join(name)).unwrap()).unwrap()
    }

    #[test]
    fn it_has_the_version_of_everything_else() {
        for name in ["package.json", "package-lock.json"] {
            assert_eq!(read(name)["version"], packages::version(), "{name}");
        }
    }

    #[test]
    fn nothing_but_the_cdk_is_needed_to_use_it_and_no_registry_is_named() {
        let package = read("package.json");
        assert_eq!(package.get("dependencies"), None);
        let peers: Vec<&String> = package["peerDependencies"].as_object().unwrap().keys().collect();
        assert_eq!(peers, ["aws-cdk-lib", "constructs"]);
        let lock = read("package-lock.json").to_string();
        assert!(!lock.contains("resolved") && !lock.contains("registry"), "the lock file names a registry");
    }
}
