//! `cargo xtask package`: what a release deploys, in files that take neither Rust nor SAM to deploy.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use package::{FUNCTIONS, Package, Parts};
use sha2::{Digest, Sha256};
use tuning::price::Architecture;

use crate::{
    cdk,
    lambda_build::{self, Recipe},
    root, sbom,
};

/// The checksums of all files of the folder.
const CHECKSUMS: &str = "SHA256SUMS";

/// What is packed, and where to.
#[derive(clap::Args)]
pub struct Options {
    /// An architecture; repeat it for several. Without it, there is a package of each.
    #[arg(long, value_name = "arm64|x86_64", value_parser = architecture)]
    architecture: Vec<Architecture>,
    /// The folder that gets the packages. The build of the command line program embeds what is in dist.
    #[arg(long, value_name = "FOLDER", default_value = "dist")]
    output: PathBuf,
    /// Build the functions fast, and larger than they are released; without a bill of materials and the construct for
    /// the AWS CDK.
    #[arg(long)]
    relaxed: bool,
    /// Build nothing: pack the functions that 'sam build' has left in this folder. Takes one architecture, which is
    /// theirs.
    #[arg(long, value_name = "FOLDER", requires = "architecture")]
    built: Option<PathBuf>,
}

/// Makes them.
pub fn make(options: &Options) -> Result<()> {
    let all = [Architecture::Arm, Architecture::X86];
    let architectures = if options.architecture.is_empty() { &all[..] } else { &options.architecture };
    let output = root::repository().join(&options.output);
    fs::create_dir_all(&output).with_context(|| format!("failed to create {}", output.display()))?;
    let (mut packages, mut made) = (Vec::new(), Vec::new());
    for architecture in architectures {
        let programs = match &options.built {
            Some(folder) => programs(|function| folder.join(logical_id(function)))?,
            None => build(*architecture, options.relaxed)?,
        };
        let package = of(*architecture, programs)?;
        made.push(write(&package, &output)?);
        packages.push(package);
    }
    if !options.relaxed && options.built.is_none() {
        made.push(cdk::pack(&packages, &output)?);
        made.extend(sbom::make(&output)?);
    }
    let mut sums = String::new();
    for file in &made {
        let digest = Sha256::digest(fs::read(output.join(file))?);
        let hex = digest.iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        writeln!(sums, "{hex}  {file}")?;
        println!("{}", output.join(file).display());
    }
    fs::write(output.join(CHECKSUMS), sums).context("failed to write the checksums")
}

fn build(architecture: Architecture, is_relaxed: bool) -> Result<BTreeMap<String, Vec<u8>>> {
    lambda_build::add_target(architecture)?;
    let recipe = if is_relaxed { Recipe::Relaxed } else { Recipe::Release };
    lambda_build::for_aws(architecture, recipe)?;
    programs(|function| lambda_build::directory(architecture).join(function))
}

/// The programs, each called `bootstrap` in a folder of its own.
fn programs(folder: impl Fn(&str) -> PathBuf) -> Result<BTreeMap<String, Vec<u8>>> {
    let program = |function: &str| {
        let file = folder(function).join("bootstrap");
        let program = fs::read(&file).with_context(|| format!("{} was not built", file.display()))?;
        Ok((function.to_owned(), program))
    };
    FUNCTIONS.into_iter().map(program).collect()
}

/// The name that the template gives a function, and so SAM the folder that it is built into.
fn logical_id(function: &str) -> String {
    let (first, rest) = function.split_at(1);
    first.to_uppercase() + rest
}

/// Writes a package; returns the name of the file.
fn write(package: &Package, output: &Path) -> Result<String> {
    let name = package::file_name(version(), package.manifest.architecture);
    fs::write(output.join(&name), package.write()?).with_context(|| format!("failed to write {name}"))?;
    Ok(name)
}

/// The package of these programs.
pub fn of(architecture: Architecture, programs: BTreeMap<String, Vec<u8>>) -> Result<Package> {
    let read = |file: &str| fs::read(root::repository().join(file)).with_context(|| format!("failed to read {file}"));
    Ok(Package::make(Parts {
        version: version().to_owned(),
        architecture,
        template: String::from_utf8(read("template.yaml")?)?,
        definition: read("statemachine.asl.json")?,
        programs,
        licence: read("LICENSE")?,
        readme: read("README.md")?,
    })?)
}

/// The version of the workspace.
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// The template of a package, for whoever checks it: its code is not there.
pub fn template() -> Result<String> {
    let text = fs::read_to_string(root::repository().join("template.yaml"))?;
    Ok(package::template(&text, Architecture::Arm)?)
}

/// An architecture as AWS Lambda calls it.
pub fn architecture(text: &str) -> Result<Architecture, String> {
    let all = [Architecture::Arm, Architecture::X86].into_iter();
    let known = all.into_iter().find(|architecture| package::name(*architecture) == text);
    known.ok_or_else(|| "expected arm64 or x86_64".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_is_in_the_template_under_the_name_of_its_folder() {
        let template = fs::read_to_string(root::repository().join("template.yaml")).unwrap();
        for function in FUNCTIONS {
            assert!(template.contains(&format!("\n  {}:\n", logical_id(function))), "{function}");
        }
    }
}
