//! `power-tuner fleet watch`: follows a fleet to its end.

use std::time::Duration;

use aws_sdk_sfn::{operation::describe_execution::DescribeExecutionOutput, types::ExecutionStatus};
use report::fleet::money;
use serde_json::Value;
use tokio::time::sleep;
use tuning::fleet::{FleetName, Plan, Totals};

use super::{document, found::Fleets};
use crate::{
    account::{Account, Call, Place},
    arguments::{Output, WatchFleet},
    exit::Exit,
    failure::Failure,
    follow::Interrupts,
    output,
};

/// The interval at which an execution is looked at; the objects of the runs are read as often.
const LOOK: Duration = Duration::from_secs(5);

/// Follows an execution.
pub async fn run(place: &Place, arguments: &WatchFleet) -> Result<Exit, Failure> {
    let (given, wanted) = (arguments.execution.as_str(), arguments.deployed.fleet_state_machine.as_deref());
    let account = Account::connect(&place.of(wanted).of(Some(given))).await?;
    let fleets = Fleets::find(&account, &arguments.deployed).await?;
    let execution = if given.starts_with("arn:") {
        given.to_owned()
    } else {
        format!("{}:{given}", fleets.state_machine.replacen(":stateMachine:", ":execution:", 1))
    };
    let fleet = fleet_of(&describe(&account, &execution).await?)?;
    to_the_end(&account, &fleets, &execution, &fleet, &arguments.output).await
}

/// Follows an execution, says how far it is, and shows what came of the fleet.
pub async fn to_the_end(
    account: &Account,
    fleets: &Fleets<'_>,
    execution: &str,
    fleet: &FleetName,
    output: &Output,
) -> Result<Exit, Failure> {
    let console = output.console();
    let mut interrupts =
        Interrupts::listen().map_err(|error| Failure::other(format!("failed to listen to Ctrl-C: {error}")))?;
    let mut said = String::new();
    let ended = loop {
        let described = describe(account, execution).await?;
        if described.status != ExecutionStatus::Running {
            break described;
        }
        // Before the Finder has written the plan, there is nothing to say.
        if let Ok(plan) = fleets.plan(fleet).await {
            let progress = progress(&fleets.summary(&plan).await?.totals);
            if progress != said {
                console.say(&progress);
                said = progress;
            }
        }
        tokio::select! {
            () = sleep(LOOK) => {}
            () = interrupts.next() => {
                console.say("interrupted; the fleet goes on");
                console.hint(format_args!("to follow it: power-tuner fleet watch {execution}"));
                console.hint(format_args!("to stop it: aws stepfunctions stop-execution --execution-arn {execution}"));
                return Ok(Exit::Interrupted);
            }
        }
    };
    finish(fleets, &ended, fleet, output).await
}

async fn finish(
    fleets: &Fleets<'_>,
    ended: &DescribeExecutionOutput,
    fleet: &FleetName,
    output: &Output,
) -> Result<Exit, Failure> {
    let failure = (ended.status != ExecutionStatus::Succeeded).then(|| failure(ended, fleet));
    let plan: Plan = match (fleets.plan(fleet).await, failure.clone()) {
        (Ok(plan), _) => plan,
        // It failed before it had one.
        (Err(_), Some(failure)) => return Err(failure),
        (Err(error), None) => return Err(error),
    };
    let summary = fleets.summary(&plan).await?;
    output::print(output.format(), &document::of_summary(&summary)?)?;
    failure.map_or(Ok(Exit::Done), Err)
}

/// The end of an execution that did not succeed, in words.
pub fn failure(ended: &DescribeExecutionOutput, fleet: &FleetName) -> Failure {
    let (error, cause) = (ended.error().unwrap_or_default(), ended.cause().unwrap_or_default());
    let exit = if error == "ValidationError" { Exit::BadInput } else { Exit::RunFailed };
    let what = match &ended.status {
        ExecutionStatus::Aborted => format!("the fleet {fleet} was stopped"),
        status if error.is_empty() => format!("the fleet {fleet} ended {status}, and did not say why"),
        _ => format!("the fleet {fleet} failed: {error}: {cause}"),
    };
    let failure = Failure::new(exit, what);
    if exit == Exit::BadInput {
        return failure;
    }
    failure.hint(format!("to go on with it: power-tuner fleet start --name {fleet}, with the same functions"))
}

/// What is said while a fleet is at work.
fn progress(totals: &Totals) -> String {
    let (tuned, failed) = (totals.tuned_functions, totals.failed_functions);
    let cost = money(totals.lambda_cost + totals.execution_cost);
    let all = totals.functions - totals.skipped_functions;
    let failures = if failed > 0 { format!(", {failed} failed") } else { String::new() };
    format!("{} of {all} functions: {tuned} tuned{failures}; so far {cost} {}", tuned + failed, totals.currency)
}

/// An execution as AWS describes it.
pub async fn describe(account: &Account, execution: &str) -> Result<DescribeExecutionOutput, Failure> {
    account.sfn.describe_execution().execution_arn(execution).send().await.map_err(|error| {
        Call { to: "look at the execution", action: "states:DescribeExecution", on: execution }.failed(&error)
    })
}

/// The name of the fleet of an execution: in its input, or else its own.
fn fleet_of(described: &DescribeExecutionOutput) -> Result<FleetName, Failure> {
    let input: Value = serde_json::from_str(described.input().unwrap_or_default()).unwrap_or_default();
    let own = described.name().unwrap_or_default();
    let name = input.get("fleet").and_then(Value::as_str).unwrap_or(own);
    name.parse().map_err(|error| Failure::bad_input(format!("the execution is not that of a fleet: {error}")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn progress_counts_what_is_tuned_and_what_failed_and_says_what_it_cost() {
        let totals = |failed: usize| -> Totals {
            serde_json::from_value(json!({
                "fleet": "weekly", "functions": 10, "tunedFunctions": 3, "failedFunctions": failed, "openFunctions": 4,
                "skippedFunctions": 2, "currency": "USD", "lambdaCost": 0.02, "executionCost": 0.5,
                "monthlySaving": 0.0, "functionsWithoutTraffic": 3,
            }))
            .unwrap()
        };
        assert_eq!(progress(&totals(0)), "3 of 8 functions: 3 tuned; so far 0.52 USD");
        assert_eq!(progress(&totals(1)), "4 of 8 functions: 3 tuned, 1 failed; so far 0.52 USD");
    }
}
