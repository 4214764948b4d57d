//! A function, and whether it can be tuned: by dry runs, which are what a run needs, in small.

use aws_sdk_lambda::Client;
use serde_json::{Map, Value, json};
use tuning::{arn::FunctionReference, measurement::Measurement, outcome::Outcome};

use super::check::Check;
use crate::{
    arguments::{Follow, fields::FUNCTION},
    aws::{Aws, Call},
    commands::tune,
    failure::Failure,
    follow::{Ended, Follower, Interrupts},
    leftovers,
    lock::{self, Lock},
    reasons,
    talk::Talk,
};

const RESERVED: &str = "reserved concurrency";
/// The lanes of a run in parallel, unless the input says otherwise.
const USUAL_LANES: i32 = 10;
/// The largest memory size, which not every account may use.
const LARGEST: u32 = 10_240;
/// Up to there every account goes.
const ALWAYS: u32 = 3008;

/// What runs have left on the function.
pub async fn lock(aws: &Aws, lambda: &Client, function: &FunctionReference) -> Check {
    const CHECK: &str = "function";
    let clean = format!("power-tuner clean {function}");
    match lock::read(lambda, function).await {
        Ok(Lock::Free) => match leftovers::find(lambda, function).await {
            Ok(found) if found.is_empty() => Check::ok(CHECK, format!("no run has left anything on {function}")),
            Ok(found) => {
                let what = format!("{} versions and aliases of runs are left on {function}", found.len());
                Check::attention(CHECK, what, clean)
            }
            Err(failure) => Check::unknown(CHECK, &failure),
        },
        Ok(Lock::Held(held)) => match held.holder(aws).await {
            Err(failure) => Check::of(CHECK, &failure),
            Ok(holder) if holder.is_running => Check::attention(
                CHECK,
                format!("a run is at work on {function}"),
                format!("power-tuner watch {}", held.journal.execution),
            ),
            Ok(_) => Check::attention(CHECK, format!("a run that is over has left its lock on {function}"), clean),
        },
        Ok(Lock::Foreign(description)) => Check::of(
            CHECK,
            &Failure::other(format!(
                "an alias power-tuning-lock on {function} is not of power-tuner (\"{description}\"): the function cannot be tuned"
            ))
            .hint("delete it, if nobody needs it"),
        ),
        Err(failure) => Check::of(CHECK, &failure),
    }
}

/// How many invocations of the function can run at a time, if that is reserved for it.
pub async fn concurrency(lambda: &Client, function: &FunctionReference) -> Option<Check> {
    let name = &function.function;
    let reserved = match lambda.get_function_concurrency().function_name(name).send().await {
        Ok(answer) => answer.reserved_concurrent_executions?,
        Err(error) => {
            let call = Call { to: "read the reserved concurrency", action: "lambda:GetFunctionConcurrency", on: name };
            return Some(Check::unknown(RESERVED, &call.failed(&error)));
        }
    };
    Some(match reserved {
        0 => Check::of(
            RESERVED,
            &Failure::other(format!("it is 0: Lambda lets no invocation of {function} through"))
                .hint("reserve at least 1, or remove the reservation"),
        ),
        most if most < USUAL_LANES => Check::attention(
            RESERVED,
            format!("only {most} invocations of {function} can run at a time: runs use at most {most} lanes"),
            format!("reserve at least {USUAL_LANES} to measure in parallel, and more where the function has traffic"),
        ),
        most => Check::ok(RESERVED, format!("{most} invocations of {function} can run at a time")),
    })
}

/// Tries a run at the present memory, and one at the largest.
pub async fn dry_runs(
    aws: &Aws,
    state_machine: &str,
    lambda: &Client,
    function: &FunctionReference,
    payload: Option<&Value>,
    talk: Talk,
) -> Vec<Check> {
    let present = match memory(lambda, function).await {
        Ok(present) => present,
        Err(failure) => return vec![Check::of("dry run", &failure)],
    };
    talk.say(format_args!("dry run of {function} at {present} MB …"));
    let input = |power: u32| {
        let mut input = Map::from_iter([
            (FUNCTION.to_owned(), json!(function.to_string())),
            ("num".to_owned(), json!(10)),
            ("dryRun".to_owned(), json!(true)),
            ("powerValues".to_owned(), json!([power])),
        ]);
        input.extend(payload.map(|payload| ("payload".to_owned(), payload.clone())));
        Value::Object(input)
    };
    let works = match dry_run(aws, state_machine, &input(present)).await {
        Err(failure) => return vec![Check::of("dry run", &failure)],
        Ok(Some(why)) => Check::attention(
            "dry run",
            format!("the deployment may tune {function}, but at {present} MB: {why}"),
            "try another payload: --payload",
        ),
        Ok(None) => Check::ok("dry run", format!("the deployment may tune {function}, and it works at {present} MB")),
    };
    talk.say(format_args!("dry run of {function} at {LARGEST} MB …"));
    let largest = match dry_run(aws, state_machine, &input(LARGEST)).await {
        Ok(None) => Check::ok("memory limit", format!("the account goes up to {LARGEST} MB")),
        Ok(Some(why)) | Err(Failure { what: why, .. }) => Check::attention(
            "memory limit",
            format!("{LARGEST} MB cannot be measured: {why}"),
            format!("give power values up to {ALWAYS}, or ask AWS Support to raise the account's memory limit"),
        ),
    };
    vec![works, largest]
}

async fn memory(lambda: &Client, function: &FunctionReference) -> Result<u32, Failure> {
    let name = &function.function;
    let known = lambda.get_function_configuration().function_name(name).send().await.map_err(|error| {
        Call { to: "look at the function", action: "lambda:GetFunctionConfiguration", on: name }.failed(&error)
    })?;
    Ok(known.memory_size().and_then(|mb| u32::try_from(mb).ok()).unwrap_or(ALWAYS))
}

/// Why the power value cannot be measured, if it cannot.
async fn dry_run(aws: &Aws, state_machine: &str, input: &Value) -> Result<Option<String>, Failure> {
    let mut interrupts = Interrupts::listen().map_err(|error| Failure::other(error.to_string()))?;
    let execution = tune::start(aws, state_machine, input).await?;
    // Nothing of a dry run is worth keeping.
    let mut follower = Follower::new(aws, &execution, Follow { stop_on_interrupt: true }, Talk::Quiet);
    match follower.follow(&mut interrupts).await? {
        Ended::Succeeded(output) => match serde_json::from_str(&output) {
            Ok(Outcome::DryRun(outcome)) => Ok(outcome.invocations.iter().find_map(Measurement::exclusion)),
            Ok(Outcome::Tuned(_)) | Err(_) => {
                Err(Failure::other("the output of the dry run is not of this version's contract")
                    .hint("install the version of power-tuner that is deployed"))
            }
        },
        Ended::Failed { status, error, cause } => {
            Err(reasons::of(&execution, follower.function.as_deref(), &status, &error, &cause))
        }
        Ended::Left | Ended::Stopped => Err(Failure::other("the dry run was interrupted")),
    }
}
