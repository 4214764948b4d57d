//! The exit code of the program, for whoever called it.

use std::process::ExitCode;

/// The exit code of the program. The numbers are part of the contract with scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// The program did what was asked for.
    Done = 0,
    /// Something else went wrong: no credentials, no deployment, AWS did not answer.
    Failed = 1,
    /// The arguments or the input are wrong; nothing was started.
    BadInput = 2,
    /// The run was made, and failed.
    RunFailed = 3,
    /// A gate did not let a result pass: that of the run, or one that a file was compared with.
    GateFailed = 4,
    /// Somebody interrupted the program, as a shell says it of Ctrl-C.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
