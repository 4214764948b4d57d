//! Counting instructions: the pure parts of the steps take the same number each time, on any machine of an architecture,
//! whatever else it does.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, ensure};

use crate::{command::run_quietly, debian::Programs, root};

const VALGRIND: Programs =
    Programs { names: &["valgrind"], packages: &["valgrind"], purpose: "needed for counting instructions" };
/// Optimised like the Lambdas, but without link-time optimisation, which takes minutes.
const PROFILE: &str = "measured";

/// A piece of the steps' work, as `xtask/counted` knows it.
#[derive(Debug, Clone, Copy)]
pub struct Piece {
    /// Its name there.
    pub name: &'static str,
    /// What is done.
    pub what: &'static str,
}

/// All of them.
pub const PIECES: [Piece; 5] = [
    Piece { name: "input", what: "Initializer: check a complete input" },
    Piece { name: "log-tail", what: "Executor: find the report in 4 KB of log" },
    Piece { name: "summary", what: "Executor: summarise 1,000 samples" },
    Piece { name: "list", what: "Analyzer: decide on 46 power values x 1,000 samples" },
    Piece { name: "search", what: "Analyzer: plan a search's next round" },
];

/// The program that does the pieces.
pub struct Counted(PathBuf);

impl Counted {
    /// Builds it, and sees that there is something to count with.
    pub fn build() -> Result<Self> {
        VALGRIND.ensure()?;
        let mut cargo = Command::new("cargo");
        cargo.current_dir(root::repository()).args(["build", "--profile", PROFILE, "--package", "counted"]);
        run_quietly("building what is counted", &mut cargo, &root::target().join("counted.log"))?;
        Ok(Self(root::target().join(PROFILE).join("counted")))
    }

    /// How many instructions a piece takes.
    pub fn instructions(&self, piece: Piece) -> Result<u64> {
        let whole = count(&self.0, &[piece.name])?;
        let before = count(&self.0, &[piece.name, "--only-prepare"])?;
        whole.checked_sub(before).with_context(|| format!("{} takes fewer instructions than nothing", piece.name))
    }

    /// How long it takes here, so many times.
    pub fn times(&self, piece: Piece, times: usize) -> Result<Vec<Duration>> {
        let output = Command::new(&self.0).args([piece.name, "--time", &times.to_string()]).output()?;
        ensure!(output.status.success(), "{} failed: {}", piece.name, String::from_utf8_lossy(&output.stderr));
        let lines = String::from_utf8(output.stdout)?;
        lines.lines().map(|line| Ok(Duration::from_nanos(line.parse()?))).collect()
    }
}

/// Instructions that a program executes, as callgrind counts them.
fn count(program: &Path, arguments: &[&str]) -> Result<u64> {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(program).args(arguments);
    let output = valgrind.stdin(Stdio::null()).output().context("failed to start valgrind")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{valgrind:?} ended with {}:\n{said}", output.status);
    collected(&said).with_context(|| format!("valgrind did not say how many instructions it saw:\n{said}"))
}

/// The number of the line `==1== Collected : 123`.
fn collected(said: &str) -> Option<u64> {
    said.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_valgrind_says_is_read() {
        let said =
            "==12== \n==12== Events    : Ir\n==12== Collected : 123456\n==12== \n==12== I   refs:      123,456\n";
        assert_eq!(collected(said), Some(123_456));
        assert_eq!(collected("==12== Events    : Ir"), None);
    }
}
