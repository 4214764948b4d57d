//! Everything in the documentation that is made from something else.

mod terminal;

use std::process::Command;

use anyhow::Result;

use crate::{browser, command::run, contract, diagram, programs, root, viewer};

/// Makes it: the diagram, the tables, the terminal session, and the pictures of the report.
pub fn make() -> Result<()> {
    diagram::run(false)?;
    contract::run(false)?;
    viewer::build()?;
    terminal::draw()?;
    browser::ensure()?;
    let screenshots = programs::build("screenshots", Some("end-to-end/browser"))?;
    run(Command::new(screenshots).arg(root::repository().join("docs/images")))
}

/// Checks that the diagram and the tables are current. A test looks at the terminal session.
pub fn check() -> Result<()> {
    diagram::run(true)?;
    contract::run(true)
}

/// Records anew, on the local AWS, what the terminal session shows.
pub fn record() -> Result<()> {
    terminal::record()
}
