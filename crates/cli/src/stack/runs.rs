//! Runs that a change of the stack would meet.

use aws_sdk_sfn::types::ExecutionStatus;
use tuning::units::counted::counted;

use crate::{
    account::{Account, Call},
    failure::Failure,
};

/// The number of runs that are named.
const NAMED: usize = 5;

/// Fails if a run is at work: it would go on with steps of another version, or without any.
pub async fn check_none(account: &Account, state_machine: &str, doing: &str) -> Result<(), Failure> {
    let running = account.sfn.list_executions().state_machine_arn(state_machine);
    let running = running.status_filter(ExecutionStatus::Running).send().await.map_err(|error| {
        Call { to: "look for runs that are at work", action: "states:ListExecutions", on: state_machine }.failed(&error)
    })?;
    let runs = running.executions();
    if runs.is_empty() {
        return Ok(());
    }
    let named = runs.iter().take(NAMED).map(|run| format!("\n  {}", run.execution_arn()));
    let named: String = named.collect::<Vec<_>>().concat();
    let (are, more) = (if runs.len() == 1 { "is" } else { "are" }, if runs.len() > NAMED { "\n  …" } else { "" });
    let what = format!("{} {are} at work, which {doing} would break:{named}{more}", counted(runs.len(), "run"));
    Err(Failure::other(what)
        .hint("wait until they have ended: power-tuner watch EXECUTION")
        .hint("or stop them, and put their functions back: power-tuner clean FUNCTION --stop"))
}
