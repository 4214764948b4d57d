//! Functions that runs have left locked: what an interrupted run owes them is not done.

use aws_sdk_sfn::types::ExecutionStatus;
use custody::lock::Found;
use tuning::units::arn::FunctionReference;

use crate::{
    account::{Account, Call},
    failure::Failure,
    follow, locked,
};

/// The number of the latest runs that ended badly that are looked at, of each kind of end.
const LATEST: i32 = 20;

/// The locks that the latest runs that did not succeed have left.
#[derive(Debug)]
pub struct LeftLocked {
    /// The functions that still carry the lock of a run that is over.
    pub functions: Vec<String>,
    /// The number of functions that were looked at.
    pub looked_at: usize,
}

/// Looks at the functions of the latest runs that did not succeed: those that did have freed their lock.
pub async fn find(account: &Account, state_machine: &str) -> Result<LeftLocked, Failure> {
    let functions = functions(account, state_machine).await?;
    let looked_at = functions.len();
    let mut locked = Vec::new();
    for function in functions {
        // A function that was deleted since, or that the user may not see, is nobody's leftover.
        if is_left_locked(account, &function).await.unwrap_or(false) {
            locked.push(function);
        }
    }
    Ok(LeftLocked { functions: locked, looked_at })
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
