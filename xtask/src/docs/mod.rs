//! Everything in the documentation that is made from something else.

mod terminal;

use std::process::Command;

use anyhow::Result;

use crate::{browser, command::run, contract, diagram, root, viewer};

/// Makes it: the diagram, the tables, the terminal session, and the pictures of the report.
pub fn make() -> Result<()> {
    diagram::run(false)?;
    contract::run(false)?;
    viewer::build()?;
    terminal::draw(false)?;
    browser::ensure()?;
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root::repository());
    cargo.args(["run", "--quiet", "--features", "end-to-end/browser", "--bin", "screenshots", "--"]);
    run(cargo.arg(root::repository().join("docs/images")))
}

/// Checks that what can be made without a browser is current.
pub fn check() -> Result<()> {
    diagram::run(true)?;
    contract::run(true)?;
    terminal::draw(true)
}

/// Records anew, on the local AWS, what the terminal session shows.
pub fn record() -> Result<()> {
    terminal::record()
}
