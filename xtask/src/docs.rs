//! Everything in the documentation that is made from something else.

use std::process::Command;

use anyhow::Result;

use crate::{browser, command::run, contract, diagram, root, viewer};

/// Makes it: the diagram, the tables, and the pictures of the report.
pub fn make() -> Result<()> {
    diagram::run(false)?;
    contract::run(false)?;
    viewer::build()?;
    browser::ensure()?;
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root::repository());
    cargo.args(["run", "--quiet", "--package", "end-to-end", "--features", "browser", "--bin", "screenshots", "--"]);
    run(cargo.arg(root::repository().join("docs")))
}
