//! The command line program: starts and follows runs of what is deployed, shows what came of them, and helps when something is
//! not as it should be. Results go to standard output; everything else is said on standard error.

mod arguments;
mod ask;
mod aws;
mod commands;
mod deployed;
mod exit;
mod failure;
mod follow;
mod gates;
mod leftovers;
mod lock;
mod output;
mod reasons;
mod report;
mod request;
mod result;
mod stop;
mod talk;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

use arguments::Arguments;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let done = commands::run(Arguments::parse()).await.unwrap_or_else(|failure| {
        talk::fail(&failure);
        failure.exit
    });
    done.into()
}
