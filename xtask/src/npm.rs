//! Packages from npm, pinned by a lock file: installed once, kept in the user's cache, shared by all checkouts.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::{
    command::run_quietly,
    python::{Environment, fingerprint},
};

/// The `node_modules` of these files: `package.json`, its lock file, and what else npm reads.
pub fn modules(environment: Environment, what: &str, pins: &[(&str, String)]) -> Result<PathBuf> {
    let all: String = pins.iter().map(|(_, content)| content.as_str()).collect();
    let directory = environment.directory()?.join(format!("npm-{}", fingerprint(&all)));
    if !directory.join("complete").exists() {
        fs::create_dir_all(&directory)?;
        for (name, content) in pins {
            fs::write(directory.join(name), content)?;
        }
        let mut npm = environment.program("npm")?;
        npm.current_dir(&directory).args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]);
        run_quietly(&format!("installing {what}"), &mut npm, &directory.join("npm.log"))?;
        fs::write(directory.join("complete"), "")?;
    }
    Ok(directory.join("node_modules"))
}

/// The `node_modules` of the files with these names in a directory, which gets a link to them: tools look for it there.
pub fn linked_modules(
    environment: Environment,
    what: &str,
    directory: &Path,
    pins: &[&'static str],
) -> Result<PathBuf> {
    let pins = pins.iter().map(|name| Ok((*name, fs::read_to_string(directory.join(name))?)));
    let modules = modules(environment, what, &pins.collect::<Result<Vec<_>>>()?)?;
    let link = directory.join("node_modules");
    if fs::read_link(&link).ok().as_ref() != Some(&modules) {
        let _ = fs::remove_file(&link);
        std::os::unix::fs::symlink(&modules, &link)
            .with_context(|| format!("failed to link {} to {}", link.display(), modules.display()))?;
    }
    Ok(modules)
}
