//! The construct for the AWS CDK: its code is TypeScript, its tests run on the package of this repository.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use package::{FUNCTIONS, Package};
use tuning::price::Architecture;

use crate::{
    command::{self, run},
    npm, packages,
    python::Environment,
    root,
};

/// The files that decide about the packages from npm.
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
    unpack(&stand_in()?, &package)?;
    let mut tests = node()?;
    tests.current_dir(source()).args(["--test", "test/*.test.mts"]).env("POWER_TUNER_PACKAGE", package);
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

/// Packs the construct with these packages as a file for npm; returns its name.
pub fn pack(packages: &[Package], output: &Path) -> Result<String> {
    build()?;
    let folder = source().join("package");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    for package in packages {
        unpack(package, &folder.join(package::name(package.manifest.architecture)))?;
    }
    fs::copy(root::repository().join("LICENSE"), source().join("LICENSE"))?;
    let mut npm = Environment::Viewer.program("npm")?;
    npm.current_dir(source()).args(["pack", "--silent", "--ignore-scripts", "--pack-destination"]).arg(output);
    Ok(command::output(&mut npm)?.trim().to_owned())
}

/// The package of this repository, with names in place of programs.
fn stand_in() -> Result<Package> {
    let programs = FUNCTIONS.map(|function| (function.to_owned(), function.as_bytes().to_vec()));
    packages::of(Architecture::Arm, BTreeMap::from(programs))
}

fn unpack(package: &Package, folder: &Path) -> Result<()> {
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
    fn a_package_that_was_unpacked_is_the_one_that_was_made() {
        let folder = root::target().join("cdk/unpacked");
        let made = stand_in().unwrap();
        unpack(&made, &folder).unwrap();
        assert_eq!(Package::open(&folder).unwrap().manifest, made.manifest);
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
