//! Bills of materials: which crates are in each program of a release.

use std::{fs, path::Path, process::Command};

use anyhow::{Context, Result};
use package::FUNCTIONS;

use crate::{cargo_tool::CargoTool, command::run_quietly, packages, root};

const CYCLONEDX: CargoTool = CargoTool { name: "cargo-cyclonedx", version: "0.5.9" };
/// The name of the files where cargo-cyclonedx leaves them: beside the manifest of each crate of the workspace.
const LEFT: &str = "bill-of-materials.cdx";

/// Writes one for the command line program and for each function; returns the names of the files.
pub fn make(output: &Path) -> Result<Vec<String>> {
    let root = root::repository();
    let mut command = Command::new(CYCLONEDX.program()?);
    command
        .current_dir(&root)
        .args(["cyclonedx", "--format", "json", "--spec-version", "1.5", "--override-filename", LEFT])
        // Without the time and a number drawn at random, which would be others every time.
        .env("SOURCE_DATE_EPOCH", "315532800");
    run_quietly("making the bills of materials", &mut command, &root::target().join("sbom.log"))?;
    let programs = [("power-tuner", "crates/cli".to_owned())];
    let functions = FUNCTIONS.map(|function| (function, format!("crates/functions/{function}")));
    let mut made = Vec::new();
    for (name, folder) in programs.into_iter().chain(functions) {
        let file = format!("{name}-{}.cdx.json", packages::version());
        let left = root.join(folder).join(LEFT).with_extension("cdx.json");
        let bill = fs::read_to_string(&left).with_context(|| format!("{} was not made", left.display()))?;
        // Crates of the workspace are named by their path, which is another one on another machine.
        let bill = bill.replace(&root.display().to_string(), "/power-tuner");
        fs::write(output.join(&file), bill).with_context(|| format!("failed to write {file}"))?;
        made.push(file);
    }
    remove_left(&root)?;
    Ok(made)
}

/// Those of crates that are no program of a release are of no use.
fn remove_left(root: &Path) -> Result<()> {
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let name = entry.file_name();
            if entry.file_type()?.is_dir() {
                if !["target", "node_modules", ".git"].iter().any(|skipped| name == *skipped) {
                    folders.push(entry.path());
                }
            } else if name == *format!("{LEFT}.json") {
                fs::remove_file(entry.path())?;
            }
        }
    }
    Ok(())
}
