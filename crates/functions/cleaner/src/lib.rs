//! The Cleaner: puts $LATEST back, deletes what this run created, frees the lock.
//!
//! The state machine calls it at the end of a run, `EventBridge` when one was stopped from outside, and a person by
//! hand. It can be called twice, in any state, by anybody: what a call says is believed as far as AWS Step Functions
//! confirms it.

mod caller;
mod error;

use aws::{ApiErrorKind, Executions, LambdaApi};
use caller::Believed;
use custody::{
    Deadline,
    latest::{MayHaveSet, Steps},
    lock,
    undo::{self, Run, UndoError, Undone, undo},
};
pub use error::Error;
use tuning::{
    contract::{
        started::Started,
        step::cleaner::{Call, FailedRun, Failure, Input, Output, State},
    },
    units::arn::{ExecutionArn, FunctionReference},
};

/// Cleans up after a run, and says how the execution is to end.
pub async fn handle(api: &(impl LambdaApi + Executions), deadline: Deadline, call: Call) -> Result<Output, Error> {
    let Input { execution, state, retries } = Input::from(call);
    let believed = caller::believed(api, &execution, state).await?;
    let warnings = clean(api, deadline, &execution, &believed, retries).await?;
    let Believed { started, state: State { plan, analysis, optimization, error, .. }, .. } = believed;
    let outcome = analysis.and_then(|analysis| analysis.outcome);
    Ok(match (error, outcome) {
        (Some(error), _) => {
            let named = || started.as_ref().and_then(Started::function).map(|function| function.name().to_owned());
            Output::Failed(FailedRun {
                failure: explain(error.into(), &warnings),
                execution,
                function: plan.as_ref().map(|plan| plan.function.name().to_owned()).or_else(named),
                strategy: plan.map(|plan| plan.request.strategy.name()),
            })
        }
        (None, Some(mut outcome)) => {
            outcome.warn(warnings);
            outcome.apply(optimization.and_then(|optimization| optimization.applied));
            Output::Succeeded(outcome)
        }
        (None, None) => Output::Cleaned { warnings },
    })
}

async fn clean(
    api: &(impl LambdaApi + Executions),
    deadline: Deadline,
    execution: &ExecutionArn,
    Believed { started, state, is_cleaned_up }: &Believed,
    retries: u32,
) -> Result<Vec<String>, Error> {
    let planned = state.plan.as_ref().map(|plan| FunctionReference::from(&plan.function));
    let named = || started.as_ref().and_then(Started::function);
    // An input that names no function has changed none.
    let Some(function) = planned.or_else(named) else { return Ok(Vec::new()) };
    let role = match &state.plan {
        Some(plan) => plan.request.assume_role.clone(),
        None => started.as_ref().and_then(Started::role),
    };
    let api = &api.acting_as(role.as_ref());
    let listed = started.as_ref().and_then(Started::power_values);
    let may_have_set = match (&state.plan, &listed) {
        _ if *is_cleaned_up => MayHaveSet::Nothing,
        (Some(plan), _) => MayHaveSet::Planned(plan),
        (None, Some(sizes)) => MayHaveSet::Listed(sizes),
        (None, None) => MayHaveSet::Unknown,
    };
    let steps = if state.is_over() { Steps::Over } else { Steps::Interrupted };
    let targets = state.targets();
    let known = state.plan.as_ref().map(|plan| undo::State {
        plan,
        memory: state.memory(plan),
        targets: &targets,
        winner: state.winner(),
        optimum: state.optimum(),
        is_put_back: state.is_put_back(),
        has_given_up: state.has_given_up(),
        retries,
    });
    let run = Run { function: &function, execution, state: known, may_have_set, steps };
    match undo(api, deadline, run).await {
        // Without a plan the run did not get past its Initializer, and a deployment that may not even look for its lock
        // on the function cannot have taken it.
        Err(UndoError::Control(error)) if error.is(ApiErrorKind::Denied) && state.plan.is_none() => Ok(Vec::new()),
        Err(error) => Err(error.into()),
        Ok(Undone { warnings, lock, .. }) => {
            if let Some((function, lock)) = lock {
                lock::free(api, &function, lock).await?;
            }
            Ok(warnings)
        }
    }
}

/// Adds to the cause of a failure what could not be undone.
fn explain(failure: Failure, warnings: &[String]) -> Failure {
    let cause =
        warnings.iter().fold(failure.cause, |cause, warning| format!("{}. {warning}", cause.trim_end_matches('.')));
    Failure { cause, ..failure }
}

#[cfg(test)]
mod tests;
