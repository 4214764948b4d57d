//! What the program can do: one module for each subcommand.

mod clean;
mod doctor;
mod estimate;
mod man;
mod tune;
mod watch;

use clap::CommandFactory;

use crate::{
    arguments::{Arguments, Command},
    exit::Exit,
    failure::Failure,
};

/// Does what the arguments say.
pub async fn run(Arguments { command, place }: Arguments) -> Result<Exit, Failure> {
    match command {
        Command::Tune(arguments) => tune::run(&place, &arguments).await,
        Command::Watch(arguments) => watch::run(&place, &arguments).await,
        Command::Estimate(arguments) => estimate::run(&place, &arguments),
        Command::Doctor(arguments) => doctor::run(&place, &arguments).await,
        Command::Clean(arguments) => clean::run(&place, &arguments).await,
        Command::Report(report) => match report.run(&place).await {
            Ok(()) => Ok(Exit::Done),
            Err(error) => Err(error.downcast().unwrap_or_else(|error| Failure::other(format!("{error:#}")))),
        },
        Command::Completions { shell } => {
            // It is the program's own, and a shell reads it as it is.
            clap_complete::generate(shell, &mut Arguments::command(), "power-tuner", &mut std::io::stdout());
            Ok(Exit::Done)
        }
        Command::Man { directory } => man::write(&directory),
    }
}
