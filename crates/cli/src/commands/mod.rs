//! The commands of the program: one module for each subcommand.

mod apply;
mod clean;
pub mod completions;
mod deploy;
mod destroy;
mod doctor;
mod estimate;
mod fleet;
mod history;
mod man;
mod monitor;
mod report;
mod suggest;
mod tune;
mod upgrade;
mod watch;

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
        Command::Suggest(arguments) => suggest::run(&place, &arguments).await,
        Command::History(arguments) => history::run(&place, &arguments).await,
        Command::Fleet(arguments) => fleet::run(&place, &arguments).await,
        Command::Monitor(arguments) => monitor::run(&place, &arguments).await,
        Command::Doctor(arguments) => doctor::run(&place, &arguments).await,
        Command::Clean(arguments) => clean::run(&place, &arguments).await,
        Command::Apply(arguments) => apply::run(&place, &arguments).await,
        Command::Deploy(arguments) => deploy::run(&place, &arguments).await,
        Command::Upgrade(arguments) => upgrade::run(&place, &arguments).await,
        Command::Destroy(arguments) => destroy::run(&place, &arguments).await,
        Command::Report(report) => match report::run(&place, &report).await {
            Ok(()) => Ok(Exit::Done),
            Err(error) => Err(error.downcast().unwrap_or_else(|error| Failure::other(format!("{error:#}")))),
        },
        Command::Completions { shell } => completions::register(shell),
        Command::Man { directory } => man::write(&directory),
    }
}
