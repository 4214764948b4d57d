//! `power-tuner clean`: puts a function right after a run that could not.
//!
//! What a run did is undone by the deployment's own Cleaner, from the journal on the function. Only what carries the mark of a run
//! whose journal is gone is deleted from here.

use aws_sdk_lambda::{Client, primitives::Blob};
use serde::Deserialize;
use serde_json::{Value, json};
use tuning::{
    arn::{ExecutionArn, FunctionReference},
    error_name::ErrorName,
    journal::Journal,
};

use crate::{
    arguments::{Clean, Deployed, fields::FUNCTION},
    ask,
    aws::{Aws, Call, Place, code},
    deployed,
    exit::Exit,
    failure::Failure,
    follow, leftovers,
    lock::{self, Lock},
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
    let aws = Aws::connect(place).await?;
    let lambda = aws.lambda(function.region.as_deref());
    match lock::read(&lambda, &function).await? {
        Lock::Free => talk.say(format_args!("no run has left its lock on {function}")),
        Lock::Foreign(description) => {
            return Err(Failure::other(format!(
                "{function} has an alias power-tuning-lock that power-tuner did not write (\"{description}\"): it was left alone"
            ))
            .hint("if nobody needs it, delete it; as long as it is there, the function cannot be tuned"));
        }
        Lock::Held(journal) => undo(&aws, &lambda, &function, &journal, arguments, talk).await?,
    }
    leftovers::delete(&aws, &lambda, &function, talk).await?;
    talk.say(format_args!("{function} is in order"));
    Ok(Exit::Done)
}

async fn undo(
    aws: &Aws,
    lambda: &Client,
    function: &FunctionReference,
    journal: &Journal,
    arguments: &Clean,
    talk: Talk,
) -> Result<(), Failure> {
    let execution = &journal.execution.0;
    let run = Run::find(aws, execution).await?;
    if run.as_ref().is_some_and(|run| run.is_running) {
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
    let cleaner = cleaner(aws, run.as_ref(), &arguments.deployed).await?;
    let input = run.and_then(|run| run.input).unwrap_or_else(|| json!({FUNCTION: function.to_string()}));
    call(aws, &cleaner, &json!({"execution": execution, "input": input}), talk).await?;
    match lock::read(lambda, function).await? {
        Lock::Held(left) if left.execution == journal.execution => {
            Err(Failure::other(format!("the Cleaner has not freed the lock of {execution} on {function}"))
                .hint("its log says why: the log group ends with /cleaner"))
        }
        _ => Ok(()),
    }
}

/// A run that AWS still knows.
struct Run {
    is_running: bool,
    state_machine: String,
    input: Option<Value>,
}

impl Run {
    /// `None` if AWS has forgotten it.
    async fn find(aws: &Aws, execution: &str) -> Result<Option<Self>, Failure> {
        let there = aws.in_region(ExecutionArn(execution.to_owned()).region());
        match there.describe_execution().execution_arn(execution).send().await {
            Ok(state) => Ok(Some(Self {
                is_running: follow::is_running(&state.status),
                input: state.input.and_then(|text| serde_json::from_str(&text).ok()),
                state_machine: state.state_machine_arn,
            })),
            Err(error) if matches!(code(&error), Some("ExecutionDoesNotExist" | "InvalidArn")) => Ok(None),
            Err(error) => {
                Err(Call { to: "look at the run", action: "states:DescribeExecution", on: execution }.failed(&error))
            }
        }
    }
}

/// The Cleaner of a deployment, by the definition of its state machine.
async fn cleaner(aws: &Aws, run: Option<&Run>, wanted: &Deployed) -> Result<String, Failure> {
    let state_machine = match run {
        Some(run) if wanted.state_machine.is_none() && wanted.stack.is_none() => run.state_machine.clone(),
        _ => deployed::state_machine(aws, wanted).await?,
    };
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
