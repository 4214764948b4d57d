//! The stacks of a run: whatever becomes of it, they are removed.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process,
};

use anyhow::{Result, bail, ensure};

use super::interrupt;
use crate::stack::Destination;

/// Stacks with names of their own. Those that are left are removed when this goes out of scope.
pub struct Stacks<'a> {
    destination: Destination<'a>,
    log: PathBuf,
    /// In the order in which they were deployed.
    deployed: Vec<String>,
}

impl<'a> Stacks<'a> {
    pub fn new(destination: Destination<'a>, log: PathBuf) -> Self {
        Self { destination, log, deployed: Vec::new() }
    }

    pub fn destination(&self) -> Destination<'a> {
        self.destination
    }

    pub fn log(&self) -> &Path {
        &self.log
    }

    /// The name of a stack of this run.
    pub fn name(of: &str) -> String {
        format!("power-tuner-conformance-{}-{of}", process::id())
    }

    /// Deploys a stack, and returns its outputs.
    pub fn deploy(
        &mut self,
        what: &str,
        of: &str,
        template: &Path,
        parameters: &[String],
    ) -> Result<BTreeMap<String, String>> {
        ensure!(!interrupt::came(), "interrupted");
        let name = Self::name(of);
        // One that failed half-way is to be removed, too.
        self.deployed.push(name.clone());
        self.destination.deploy(&format!("deploying {what}"), &name, template, parameters, &self.log)?;
        self.destination.outputs(&name)
    }

    /// Removes what was deployed, the latest first. What cannot be removed is named.
    pub fn remove(&mut self) -> Result<()> {
        let mut left = Vec::new();
        for name in self.deployed.drain(..).rev() {
            if let Err(error) = self.destination.delete(&name, &self.log) {
                left.push(format!("{name}: {error:#}\nhint: sam delete --stack-name {name}"));
            }
        }
        if left.is_empty() { Ok(()) } else { bail!("failed to remove stacks\n{}", left.join("\n")) }
    }
}

impl Drop for Stacks<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.remove() {
            eprintln!("error: {error:#}");
        }
    }
}
