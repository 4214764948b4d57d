//! `power-tuner clean`: puts a function right after a run that could not.
//!
//! What a run did is undone by the deployment's own Cleaner, from the journal on the function. Only what carries the
//! mark of a run whose journal is gone is deleted from here.

use aws_sdk_lambda::primitives::Blob;
use custody::lock::Found;
use serde::Deserialize;
use serde_json::{Value, json};
use tuning::{
    contract::error_name::ErrorName,
    run::journal::Journal,
    units::arn::{ExecutionArn, FunctionArn, FunctionReference},
};

use crate::{
    account::{Account, Call, Place},
    arguments::{Clean, Deployed},
    console::Console,
    deployed,
    exit::Exit,
    failure::Failure,
    locked, prompt, stop,
};

/// The number of times that the Cleaner may say that it needs more time.
const CALLS: u32 = 100;

/// Puts a function right.
pub async fn run(place: &Place, arguments: &Clean) -> Result<Exit, Failure> {
    let console = if arguments.quiet { Console::Quiet } else { Console::Normal };
    let function: FunctionReference =
        arguments.function.parse().map_err(|error| Failure::bad_input(format!("FUNCTION: {error}")))?;
    let account = Account::connect(&place.of(arguments.deployed.state_machine.as_deref())).await?;
    let arn = locked::configuration(&account, &function).await?.function;
    match locked::lock(&account, &function).await? {
        Found::Nothing => console.say(format_args!("no run has left its lock on {function}")),
        Found::Foreign(description) => {
            return Err(Failure::other(format!(
                "{function} has an alias power-tuning-lock that power-tuner did not write (\"{description}\"): it was left alone"
            ))
            .hint("if nobody needs it, delete it; as long as it is there, the function cannot be tuned"));
        }
        Found::Lock(lock) => undo(&account, &function, &arn, &lock.journal, arguments, console).await?,
    }
    locked::delete_marked(&account, &arn, console).await?;
    console.say(format_args!("{function} is in order"));
    Ok(Exit::Done)
}

async fn undo(
    account: &Account,
    function: &FunctionReference,
    arn: &FunctionArn,
    journal: &Journal,
    arguments: &Clean,
    console: Console,
) -> Result<(), Failure> {
    let execution = &journal.execution;
    let is_running = locked::holder(account, arn, journal).await?.is_running;
    if is_running {
        let stops = arguments.stop || {
            console.say(format_args!("a run is in progress on {function}: {execution}"));
            prompt::select("It must not be cleaned up while it runs:", &["leave it", "stop it"]) == Some(1)
        };
        if !stops {
            return Err(Failure::other(format!(
                "a run is in progress on {function}, which is not cleaned up meanwhile: {execution}"
            ))
            .hint(format!("to follow it: power-tuner watch {execution}"))
            .hint(format!("to stop it: power-tuner clean {function} --stop")));
        }
        stop::stop(account, &execution.0, console).await?;
        return stop::until_clean(account, &execution.0, &function.to_string(), console).await;
    }
    console
        .say(format_args!("{execution} is over, and has left its lock, to put {function} back to {}", journal.memory));
    let cleaner = cleaner(account, execution, &arguments.deployed).await?;
    call(account, &cleaner, &json!({"execution": execution}), console).await?;
    match locked::lock(account, function).await? {
        Found::Lock(left) if left.journal.execution == *execution => {
            Err(Failure::other(format!("the Cleaner has not freed the lock of {execution} on {function}"))
                .hint("its log says why: the log group ends with /cleaner"))
        }
        _ => Ok(()),
    }
}

/// The Cleaner of a deployment, by the definition of its state machine.
async fn cleaner(account: &Account, execution: &ExecutionArn, wanted: &Deployed) -> Result<String, Failure> {
    let is_named = wanted.state_machine.is_some() || wanted.stack.is_some();
    let state_machine = match execution.state_machine().filter(|_| !is_named) {
        Some(own) => own,
        None => deployed::state_machine(account, wanted).await?,
    };
    let definition = deployed::definition(account, &state_machine).await?;
    definition.pointer("/States/Cleaner/Resource").and_then(Value::as_str).map(str::to_owned).ok_or_else(|| {
        Failure::other(format!("{state_machine} has no Cleaner: power-tuner did not create it"))
            .hint("name the right one: --state-machine ARN, --stack NAME")
    })
}

/// Calls the Cleaner until it is done.
async fn call(account: &Account, cleaner: &str, payload: &Value, console: Console) -> Result<(), Failure> {
    let region = cleaner.parse().ok().and_then(|reference: FunctionReference| reference.region);
    let lambda = account.lambda(region.as_deref());
    for _ in 0..CALLS {
        let answer = lambda.invoke().function_name(cleaner).payload(Blob::new(payload.to_string())).send().await;
        let answer = answer.map_err(|error| {
            Call { to: "call the Cleaner", action: "lambda:InvokeFunction", on: cleaner }.failed(&error)
        })?;
        let said = answer.payload.map(Blob::into_inner).unwrap_or_default();
        if answer.function_error.is_none() {
            let Cleaned { warnings } = serde_json::from_slice(&said).unwrap_or_default();
            for warning in warnings {
                console.warn(warning);
            }
            return Ok(());
        }
        let error: LambdaError = serde_json::from_slice(&said).unwrap_or_default();
        if error.error_type != ErrorName::CleanupIncomplete.as_str() {
            return Err(Failure::other(format!("the Cleaner failed: {}: {}", error.error_type, error.error_message))
                .hint("when that is put right, run this again: nothing is lost as long as the lock is there"));
        }
        console.say("there is more to clean up …");
    }
    Err(Failure::other("the Cleaner is still not done").hint("run this again: it goes on where it was"))
}

#[derive(Deserialize, Default)]
struct Cleaned {
    #[serde(default)]
    warnings: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct LambdaError {
    error_type: String,
    error_message: String,
}
