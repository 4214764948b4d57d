//! The programs of the workspace that other commands start, built for this machine.

use std::{fs, path::PathBuf, process::Command};

use anyhow::Result;

use crate::{command::run_quietly, root};

/// Builds the program `name`, with a feature if its package has it only with that, and says where it is.
pub fn build(name: &str, feature: Option<&str>) -> Result<PathBuf> {
    let mut cargo = Command::new("cargo");
    // Dependencies get the features that they have in tests if something of tests is asked for: here all examples, of
    // which there are none. Cargo builds a dependency anew for each set of features, and the AWS SDK takes minutes.
    cargo.current_dir(root::repository()).args(["build", "--workspace", "--examples", "--bin", name]);
    cargo.args(feature.iter().flat_map(|feature| ["--features", *feature]));
    let target = root::target();
    fs::create_dir_all(&target)?;
    run_quietly(&format!("building {name}"), &mut cargo, &target.join(format!("{name}-build.log")))?;
    Ok(target.join("debug").join(name))
}
