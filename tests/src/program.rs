//! The command line program, as `cargo xtask test` has built it.

use std::process::{Command, Output};

use crate::variable;

/// A call of it.
#[must_use]
pub fn program(arguments: &[&str]) -> Command {
    let mut program = Command::new(variable("POWER_TUNER_PROGRAM"));
    program.args(arguments);
    program
}

/// Runs it to its end, while the test's own runtime goes on.
pub async fn run(mut program: Command) -> Output {
    tokio::task::spawn_blocking(move || program.output().unwrap()).await.unwrap()
}

/// The words of a program that succeeded.
#[track_caller]
#[expect(clippy::must_use_candidate, reason = "some only want to know that it succeeded")]
pub fn said(output: &Output) -> String {
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(output.status.success(), "{said}");
    said
}
