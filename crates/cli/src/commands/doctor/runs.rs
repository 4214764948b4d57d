//! Leftovers of runs that were interrupted: functions that still carry their lock.

use aws_sdk_sfn::types::ExecutionStatus;
use custody::lock::Found;
use tuning::units::{arn::FunctionReference, counted::counted};

use super::check::Check;
use crate::{
    account::{Account, Call},
    failure::Failure,
    follow, locked,
};

/// How many of the latest runs that ended badly are looked at, of each kind of end.
const LATEST: i32 = 20;
const CHECK: &str = "interrupted runs";

/// A check for each function that a run has left locked, or one that says that there is none.
pub async fn left_over(account: &Account, state_machine: &str) -> Vec<Check> {
    let functions = match functions(account, state_machine).await {
        Ok(functions) => functions,
        Err(failure) => return vec![Check::unknown(CHECK, &failure)],
    };
    let mut checks = Vec::new();
    for function in &functions {
        // A function that was deleted since, or that the user may not see, is nobody's leftover.
        if is_left_locked(account, function).await.unwrap_or(false) {
            checks.push(Check::attention(
                CHECK,
                format!("a run that is over has left its lock on {function}"),
                format!("power-tuner clean {function}; the next run on it would put it right, too"),
            ));
        }
    }
    if checks.is_empty() {
        let looked_at = counted(functions.len(), "function");
        checks.push(Check::ok(CHECK, format!("none of the latest runs has left anything ({looked_at})")));
    }
    checks
}

/// The functions of the latest runs that did not succeed.
async fn functions(account: &Account, state_machine: &str) -> Result<Vec<String>, Failure> {
    let mut functions: Vec<String> = Vec::new();
    for status in [ExecutionStatus::Failed, ExecutionStatus::Aborted, ExecutionStatus::TimedOut] {
        let listed =
            account.sfn.list_executions().state_machine_arn(state_machine).status_filter(status).max_results(LATEST);
        let listed = listed.send().await.map_err(|error| {
            Call { to: "list the latest runs", action: "states:ListExecutions", on: state_machine }.failed(&error)
        })?;
        for run in listed.executions() {
            let state = follow::describe(account, run.execution_arn()).await?;
            functions.extend(follow::function_of(&state));
        }
    }
    functions.sort_unstable();
    functions.dedup();
    Ok(functions)
}

async fn is_left_locked(account: &Account, function: &str) -> Result<bool, Failure> {
    let Ok(reference) = function.parse::<FunctionReference>() else { return Ok(false) };
    let Found::Lock(lock) = locked::lock(account, &reference).await? else { return Ok(false) };
    let function = locked::configuration(account, &reference).await?.function;
    Ok(locked::holder(account, &function, &lock.journal).await.map_or(true, |holder| !holder.is_running))
}
