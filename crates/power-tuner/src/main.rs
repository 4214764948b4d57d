//! The command line program: starts an execution of the deployed state machine, follows it, and prints what came of it.

mod arguments;
mod deployed;
mod follow;
mod report;
mod table;

use std::process::ExitCode;

use anyhow::{Context, Result};
use aws_config::BehaviorVersion;
use clap::Parser;

use arguments::{Arguments, Command, Tune};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Tune(tune) => run(&tune).await,
        Command::Report(report) => report.run().await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(tune: &Tune) -> Result<()> {
    let input = tune.input()?;
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let sfn = aws_sdk_sfn::Client::new(&config);
    let state_machine = deployed::state_machine(&sfn, tune.state_machine.as_deref()).await?;
    let output = follow::run(&sfn, &state_machine, &input).await?;
    if let Some(file) = &tune.output {
        std::fs::write(file, &output).with_context(|| format!("failed to write {}", file.display()))?;
    }
    if tune.json {
        println!("{output}");
    } else {
        println!("{}", table::render(&serde_json::from_str(&output)?));
    }
    Ok(())
}
