//! `power-tuner tune`: starts a run, and follows it.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use super::watch;
use crate::{
    account::{Account, Call, Place},
    arguments::Tune,
    deployed,
    exit::Exit,
    failure::Failure,
    follow::Interrupts,
    output::{self, Format},
    request::Request,
};

/// Tunes a function.
pub async fn run(place: &Place, arguments: &Tune) -> Result<Exit, Failure> {
    let console = arguments.show.output.console();
    let request = Request::new(arguments)?;
    for warning in &request.warnings {
        console.warn(warning);
    }
    arguments.show.check()?;
    let named = arguments.deployed.state_machine.as_deref();
    let account = Account::connect(&place.of(named)).await?;
    let state_machine = deployed::state_machine(&account, &arguments.deployed).await?;
    let interrupts =
        Interrupts::listen().map_err(|error| Failure::other(format!("failed to listen to Ctrl-C: {error}")))?;
    console.say(account.told(place, named, &state_machine));
    let execution = start(&account, &state_machine, &request.input).await?;
    if arguments.detach {
        match arguments.show.output.format() {
            Format::Json => output::write(&serde_json::json!({"executionArn": execution}).to_string())?,
            Format::Table | Format::Csv | Format::Markdown | Format::Html => output::write(&execution)?,
        }
        console.say(format_args!("the run was started on {}", request.function()));
        console.hint(format_args!("power-tuner watch {execution}"));
        return Ok(Exit::Done);
    }
    console.say(format_args!("execution {execution}"));
    watch::to_the_end(&account, &execution, interrupts, arguments.follow, &arguments.show, arguments.gates).await
}

/// Starts an execution, and returns its ARN.
pub async fn start(account: &Account, state_machine: &str, input: &Value) -> Result<String, Failure> {
    // With a name of its own a call that is repeated, because its answer was lost, starts no second run.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    let name = format!("cli-{now}-{}", std::process::id());
    let started = account.sfn.start_execution().state_machine_arn(state_machine).name(name).input(input.to_string());
    let started = started.send().await.map_err(|error| {
        Call { to: "start the execution", action: "states:StartExecution", on: state_machine }.failed(&error)
    })?;
    Ok(started.execution_arn)
}
