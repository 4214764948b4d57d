//! A function, and whether it can be tuned: by dry runs, which are what a run needs, in small.

use custody::lock::Found;
use serde_json::{Map, Value, json};
use tuning::{
    contract::outcome::Outcome,
    measure::measurement::Measurement,
    units::{
        arn::{FunctionArn, FunctionReference},
        counted::counted,
        power::Power,
    },
};

use super::check::Check;
use crate::{
    account::Account,
    arguments::{Follow, fields::FUNCTION},
    commands::tune,
    console::Console,
    failure::Failure,
    follow::{Ended, Follower, Interrupts},
    locked, reasons,
};

const FUNCTION_CHECK: &str = "function";
const RESERVED: &str = "reserved concurrency";
/// The lanes of a run in parallel, unless the input says otherwise.
const USUAL_LANES: u32 = 10;
/// The largest memory size, which not every account may use.
const LARGEST: u32 = 10_240;
/// Up to there every account goes.
const ALWAYS: u32 = 3008;

/// Everything that can be said of a function; by dry runs, too, if the deployment is there.
pub async fn checks(
    account: &Account,
    state_machine: Option<&str>,
    reference: &FunctionReference,
    payload: Option<&Value>,
    console: Console,
) -> Vec<Check> {
    let found = match locked::configuration(account, reference).await {
        Ok(found) => found,
        Err(failure) => return vec![Check::of(FUNCTION_CHECK, &failure)],
    };
    let leftovers = leftovers(account, reference, &found.function).await;
    let mut checks = vec![leftovers.unwrap_or_else(|failure| Check::of(FUNCTION_CHECK, &failure))];
    checks.extend(found.reserved_concurrency.map(|reserved| concurrency(reference, reserved)));
    if let Some(state_machine) = state_machine.filter(|_| found.reserved_concurrency != Some(0)) {
        checks.extend(dry_runs(account, state_machine, reference, found.memory, payload, console).await);
    }
    checks
}

/// Checks what runs have left on the function.
async fn leftovers(account: &Account, reference: &FunctionReference, function: &FunctionArn) -> Result<Check, Failure> {
    let clean = format!("power-tuner clean {reference}");
    let attention = |what: String, what_to_do: String| Check::attention(FUNCTION_CHECK, what, what_to_do);
    Ok(match locked::lock(account, reference).await? {
        Found::Nothing => match locked::marks(account, function).await {
            Ok(marks) if marks.is_empty() => {
                Check::ok(FUNCTION_CHECK, format!("no run has left anything on {reference}"))
            }
            Ok(marks) => {
                let what = format!("runs have left versions and aliases on {reference}: {}", marks.len());
                attention(what, clean)
            }
            Err(failure) => Check::unknown(FUNCTION_CHECK, &failure),
        },
        Found::Lock(lock) if locked::holder(account, function, &lock.journal).await?.is_running => attention(
            format!("a run is in progress on {reference}"),
            format!("power-tuner watch {}", lock.journal.execution),
        ),
        Found::Lock(_) => attention(format!("a run that is over has left its lock on {reference}"), clean),
        Found::Foreign(description) => Check::of(
            FUNCTION_CHECK,
            &Failure::other(format!(
                "an alias power-tuning-lock on {reference} was not created by power-tuner (\"{description}\"): the \
                 function cannot be tuned"
            ))
            .hint("delete it, if nobody needs it"),
        ),
    })
}

/// Checks how many invocations of the function can run at a time.
fn concurrency(function: &FunctionReference, reserved: u32) -> Check {
    match reserved {
        0 => Check::of(
            RESERVED,
            &Failure::other(format!("it is 0: Lambda lets no invocation of {function} through"))
                .hint("reserve at least 1, or remove the reservation"),
        ),
        most if most < USUAL_LANES => Check::attention(
            RESERVED,
            format!(
                "only {} of {function} can run at a time: runs use at most {}",
                counted(most, "invocation"),
                counted(most, "lane")
            ),
            format!("reserve at least {USUAL_LANES} to measure in parallel, and more where the function has traffic"),
        ),
        most => Check::ok(RESERVED, format!("{} of {function} can run at a time", counted(most, "invocation"))),
    }
}

/// Tries a run at the current memory, and one at the largest.
async fn dry_runs(
    account: &Account,
    state_machine: &str,
    function: &FunctionReference,
    current: Power,
    payload: Option<&Value>,
    console: Console,
) -> Vec<Check> {
    console.say(format_args!("dry run of {function} at {current} …"));
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
    let works = match dry_run(account, state_machine, &input(current.megabytes())).await {
        Err(failure) => return vec![Check::of("dry run", &failure)],
        Ok(Some(why)) => Check::attention(
            "dry run",
            format!("the deployment may tune {function}, but at {current}: {why}"),
            "try another payload: --payload",
        ),
        Ok(None) => Check::ok("dry run", format!("the deployment may tune {function}, and it works at {current}")),
    };
    console.say(format_args!("dry run of {function} at {LARGEST} MB …"));
    let largest = match dry_run(account, state_machine, &input(LARGEST)).await {
        Ok(None) => Check::ok("memory limit", format!("the account goes up to {LARGEST} MB")),
        Ok(Some(why)) | Err(Failure { what: why, .. }) => Check::attention(
            "memory limit",
            format!("{LARGEST} MB cannot be measured: {why}"),
            format!("give memory sizes up to {ALWAYS}, or ask AWS Support to raise the account's memory limit"),
        ),
    };
    vec![works, largest]
}

/// Why the memory size cannot be measured, if it cannot.
async fn dry_run(account: &Account, state_machine: &str, input: &Value) -> Result<Option<String>, Failure> {
    let mut interrupts = Interrupts::listen().map_err(|error| Failure::other(error.to_string()))?;
    let execution = tune::start(account, state_machine, input).await?;
    // Nothing of a dry run is worth keeping.
    let mut follower = Follower::new(account, &execution, Follow { stop_on_interrupt: true }, Console::Quiet);
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
