//! Completions: a shell asks the program itself what may follow, which also knows what comes after a subcommand.

use std::io::stdout;

use clap::CommandFactory;
use clap_complete::{
    Shell,
    env::{CompleteEnv, Shells},
};

use crate::{arguments::Arguments, exit::Exit, failure::Failure};

/// The environment variable that the shell sets to its own name when it asks.
const VARIABLE: &str = "POWER_TUNER_COMPLETE";
/// The program that is completed, and that is asked.
const PROGRAM: &str = "power-tuner";

/// Ends the program with an answer if a shell has asked.
pub fn answer() {
    CompleteEnv::with_factory(Arguments::command).var(VARIABLE).bin(PROGRAM).completer(PROGRAM).complete();
}

/// Writes what makes a shell ask.
pub fn register(shell: Shell) -> Result<Exit, Failure> {
    let shells = Shells::builtins();
    let unknown = || Failure::bad_input(format!("there are no completions for {shell}"));
    let completer = shells.completer(&shell.to_string()).ok_or_else(unknown)?;
    // It is the program's own, and a shell reads it as it is.
    completer
        .write_registration(VARIABLE, PROGRAM, PROGRAM, PROGRAM, &mut stdout())
        .map_err(|error| Failure::other(format!("failed to write the completions: {error}")))?;
    Ok(Exit::Done)
}
