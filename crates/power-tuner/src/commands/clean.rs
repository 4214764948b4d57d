//! `power-tuner clean`: puts a function right after a run that could not.
//!
//! What a run did is undone by the deployment's own Cleaner, from the journal on the function. Only what carries the mark of a run
//! whose journal is gone is deleted from here.

use aws_sdk_lambda::{Client, primitives::Blob};
use serde::Deserialize;
use serde_json::{Value, json};
use tuning::{arn::FunctionReference, error_name::ErrorName};

use crate::{
    arguments::{Clean, Deployed},
    ask,
    aws::{Aws, Call, Place},
    deployed,
    exit::Exit,
    failure::Failure,
    leftovers,
    lock::{self, Held, Holder, Lock},
    stop,
    talk::Talk,
};

/// How often the Cleaner may say that it needs more time.
const CALLS: u32 = 100;

/// Puts a function right.
pub async fn run(place: &Place, arguments: &Clean) -> Result<Exit, Failure> {
    let talk = if arguments.quiet { Talk::Quiet } else { Talk::Normal };
    let function: FunctionReference =
        arguments.function.parse().map_err(|error| Failure::bad_input(format!("FUNCTION: {error}")))?;
    let aws = Aws::connect(&place.of(arguments.deployed.state_machine.as_deref())).await?;
    let lambda = aws.lambda(function.region.as_deref());
    match lock::read(&lambda, &function).await? {
        Lock::Free => talk.say(format_args!("no run has left its lock on {function}")),
        Lock::Foreign(description) => {
            return Err(Failure::other(format!(
                "{function} has an alias power-tuning-lock that power-tuner did not write (\"{description}\"): it was left alone"
            ))
            .hint("if nobody needs it, delete it; as long as it is there, the function cannot be tuned"));
        }
        Lock::Held(held) => undo(&aws, &lambda, &function, &held, arguments, talk).await?,
    }
    leftovers::delete(&aws, &lambda, &function, talk).await?;
    talk.say(format_args!("{function} is in order"));
    Ok(Exit::Done)
}

async fn undo(
    aws: &Aws,
    lambda: &Client,
    function: &FunctionReference,
    held: &Held,
    arguments: &Clean,
    talk: Talk,
) -> Result<(), Failure> {
    let journal = &held.journal;
    let execution = &journal.execution.0;
    let holder = held.holder(aws).await?;
    if holder.is_running {
        let stops = arguments.stop || {
            talk.say(format_args!("a run is at work on {function}: {execution}"));
            ask::select("It must not be cleaned up while it runs:", &["leave it", "stop it"]) == Some(1)
        };
        if !stops {
            return Err(Failure::other(format!(
                "a run is at work on {function}, which is not cleaned up meanwhile: {execution}"
            ))
            .hint(format!("to follow it: power-tuner watch {execution}"))
            .hint(format!("to stop it: power-tuner clean {function} --stop")));
        }
        stop::stop(aws, execution, talk).await?;
        return stop::until_clean(aws, execution, &function.to_string(), talk).await;
    }
    talk.say(format_args!("{execution} is over, and has left its lock, to put {function} back to {}", journal.memory));
    let cleaner = cleaner(aws, &holder, &arguments.deployed).await?;
    call(aws, &cleaner, &json!({"execution": execution}), talk).await?;
    match lock::read(lambda, function).await? {
        Lock::Held(left) if left.journal.execution == journal.execution => {
            Err(Failure::other(format!("the Cleaner has not freed the lock of {execution} on {function}"))
                .hint("its log says why: the log group ends with /cleaner"))
        }
        _ => Ok(()),
    }
}

/// The Cleaner of a deployment, by the definition of its state machine.
async fn cleaner(aws: &Aws, holder: &Holder, wanted: &Deployed) -> Result<String, Failure> {
    let is_named = wanted.state_machine.is_some() || wanted.stack.is_some();
    let state_machine =
        if is_named { deployed::state_machine(aws, wanted).await? } else { holder.state_machine.clone() };
    let definition = deployed::definition(aws, &state_machine).await?;
    definition.pointer("/States/Cleaner/Resource").and_then(Value::as_str).map(str::to_owned).ok_or_else(|| {
        Failure::other(format!("{state_machine} has no Cleaner: it is none of power-tuner"))
            .hint("name the right one: --state-machine ARN, --stack NAME")
    })
}

/// Calls the Cleaner until it is done.
async fn call(aws: &Aws, cleaner: &str, payload: &Value, talk: Talk) -> Result<(), Failure> {
    let region = cleaner.parse().ok().and_then(|reference: FunctionReference| reference.region);
    let lambda = aws.lambda(region.as_deref());
    for _ in 0..CALLS {
        let answer = lambda.invoke().function_name(cleaner).payload(Blob::new(payload.to_string())).send().await;
        let answer = answer.map_err(|error| {
            Call { to: "call the Cleaner", action: "lambda:InvokeFunction", on: cleaner }.failed(&error)
        })?;
        let said = answer.payload.map(Blob::into_inner).unwrap_or_default();
        if answer.function_error.is_none() {
            let Cleaned { warnings } = serde_json::from_slice(&said).unwrap_or_default();
            for warning in warnings {
                talk.warn(warning);
            }
            return Ok(());
        }
        let error: LambdaError = serde_json::from_slice(&said).unwrap_or_default();
        if error.error_type != ErrorName::CleanupIncomplete.as_str() {
            return Err(Failure::other(format!("the Cleaner failed: {}: {}", error.error_type, error.error_message))
                .hint("when that is put right, run this again: nothing is lost as long as the lock is there"));
        }
        talk.say("there is more to clean up …");
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
