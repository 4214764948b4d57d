//! The result of a sweep of faults.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use crate::proxy::fault::Fault;

/// The verdict on the end of a run that a fault was injected into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// As it would have without the fault.
    Right,
    /// With an error that the contract names, and the function as before.
    FailedCleanly,
    /// In any other way.
    Lost(Vec<String>),
}

/// A run that a fault was injected into.
#[derive(Debug, Clone)]
pub struct Survived {
    /// The name of what was tuned, and of where the fault was.
    pub case: String,
    /// The action that went wrong, with its service.
    pub action: String,
    /// The fault.
    pub fault: Fault,
    /// The number of times that it was injected.
    pub injected: usize,
    /// The verdict on the end of the run.
    pub verdict: Verdict,
}

/// The result of a sweep of faults.
#[derive(Debug, Default)]
pub struct Sweep {
    runs: Vec<Survived>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Count {
    injected: usize,
    right: usize,
    failed: usize,
    lost: usize,
}

impl Count {
    fn add(&mut self, run: &Survived) {
        self.injected += run.injected;
        match run.verdict {
            Verdict::Right => self.right += 1,
            Verdict::FailedCleanly => self.failed += 1,
            Verdict::Lost(_) => self.lost += 1,
        }
    }

    fn row(self, name: &str) -> String {
        format!("| {name} | {} | {} | {} | {} |\n", self.injected, self.right, self.failed, self.lost)
    }
}

impl Sweep {
    /// Adds a run.
    pub fn add(&mut self, run: Survived) {
        self.runs.push(run);
    }

    /// The runs that ended neither right nor clean, and what was wrong.
    #[must_use]
    pub fn lost(&self) -> Vec<String> {
        let wrong = |run: &Survived| match &run.verdict {
            Verdict::Lost(why) => Some(format!("{}: {}: {}", run.case, run.fault, why.join("; "))),
            Verdict::Right | Verdict::FailedCleanly => None,
        };
        self.runs.iter().filter_map(wrong).collect()
    }

    /// The number of faults that were injected.
    #[must_use]
    pub fn injected(&self) -> usize {
        self.runs.iter().map(|run| run.injected).sum()
    }

    /// The kinds of faults that were injected.
    #[must_use]
    pub fn faults(&self) -> BTreeSet<Fault> {
        self.runs.iter().filter(|run| run.injected > 0).map(|run| run.fault).collect()
    }

    /// The figures as Markdown: by action, by fault, and in all.
    #[must_use]
    pub fn table(&self) -> String {
        let (mut by_action, mut by_fault) = (BTreeMap::<&str, Count>::new(), BTreeMap::<String, Count>::new());
        let mut all = Count::default();
        for run in &self.runs {
            by_action.entry(&run.action).or_default().add(run);
            by_fault.entry(run.fault.to_string()).or_default().add(run);
            all.add(run);
        }
        let mut table = String::from("| | faults injected | ended as without a fault | failed cleanly | lost |\n");
        table.push_str("|---|---|---|---|---|\n");
        for (action, count) in by_action {
            table.push_str(&count.row(&format!("`{action}`")));
        }
        for (fault, count) in by_fault {
            table.push_str(&count.row(&fault));
        }
        table.push_str(&all.row("**all**"));
        let _ = writeln!(table, "\n{} faults, {} of them led to a lost run.", all.injected, all.lost);
        table
    }

    /// Prints the table, and keeps it in cargo's target directory.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn publish(&self, name: &str) -> io::Result<()> {
        say(&self.table())?;
        keep(name, &self.table())
    }
}

/// Prints a text, also where the test that says it succeeds.
///
/// # Errors
///
/// If it cannot be written.
pub fn say(text: &str) -> io::Result<()> {
    writeln!(io::stdout(), "\n{text}")
}

/// Writes a file into cargo's target directory.
///
/// # Errors
///
/// If it cannot be written.
pub fn keep(name: &str, content: &str) -> io::Result<()> {
    fs::create_dir_all(target())?;
    fs::write(target().join(name), content)
}

fn target() -> PathBuf {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target");
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(default, PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_counts_by_action_and_by_fault() {
        let mut sweep = Sweep::default();
        let run = |action: &str, fault, verdict| {
            let (case, action) = ("case".to_owned(), action.to_owned());
            Survived { case, action, fault, injected: 1, verdict }
        };
        sweep.add(run("lambda:GetAlias", Fault::DropAfter, Verdict::Right));
        sweep.add(run("lambda:GetAlias", Fault::DropBefore, Verdict::FailedCleanly));
        sweep.add(run("lambda:CreateAlias", Fault::DropAfter, Verdict::Lost(vec!["a lock".to_owned()])));
        let table = sweep.table();
        for row in [
            "| `lambda:CreateAlias` | 1 | 0 | 0 | 1 |",
            "| `lambda:GetAlias` | 2 | 1 | 1 | 0 |",
            "| connection dropped after effect | 2 | 1 | 0 | 1 |",
            "| **all** | 3 | 1 | 1 | 1 |",
            "3 faults, 1 of them led to a lost run.",
        ] {
            assert!(table.contains(row), "{table}");
        }
        assert_eq!(sweep.injected(), 3);
        assert_eq!(sweep.lost(), ["case: connection dropped after effect: a lock"]);
    }
}
