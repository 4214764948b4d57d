//! The command line program: starts and follows runs of what is deployed, shows what came of them, and helps when
//! something is not as it should be. Results go to standard output; everything else is said on standard error.

mod account;
mod applied;
mod arguments;
mod chosen;
mod commands;
mod console;
mod deployed;
mod exit;
mod failure;
mod follow;
mod gates;
mod left_locked;
mod locked;
mod output;
mod prompt;
mod reasons;
mod request;
mod result;
mod stack;
mod stop;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

use arguments::Arguments;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    commands::completions::answer();
    let done = commands::run(Arguments::parse()).await.unwrap_or_else(|failure| {
        console::fail(&failure);
        failure.exit
    });
    done.into()
}
