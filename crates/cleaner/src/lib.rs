//! The Cleaner: puts $LATEST back, deletes what this run created, frees the lock.
//!
//! The state machine calls it at the end of a run, `EventBridge` when one was stopped from outside, and a person by hand. It
//! can be called twice, in any state.

mod error;

use lambda_control::{
    ApiErrorKind, ControlError, Deadline, Executions, LambdaApi,
    executions::Execution,
    latest::{MayHaveSet, Steps},
    undo::{UndoError, undo},
};
use serde_json::Value;
use tuning::{
    input,
    step::cleaner::{Call, Failure, Input, Output, Started},
};

pub use error::Error;

/// Cleans up after a run, and says how the execution is to end.
pub async fn handle(api: &(impl LambdaApi + Executions), deadline: Deadline, call: Call) -> Result<Output, Error> {
    let input = Input::from(call);
    // What a step or a caller left in the state comes first: AWS is asked only if that says nothing.
    let started = match &input.input {
        None if input.state.plan.is_none() => started(api, &input).await?,
        known => known.clone(),
    };
    let warnings = clean(api, deadline, &input, started).await?;
    let outcome = input.state.analysis.and_then(|analysis| analysis.outcome);
    Ok(match (input.state.error, outcome) {
        (Some(error), _) => Output::Failed(explain(error.into(), &warnings)),
        (None, Some(mut outcome)) => {
            outcome.warn(warnings);
            Output::Succeeded(outcome)
        }
        (None, None) => Output::Cleaned { warnings },
    })
}

/// The input of the execution: an event leaves it out when it is large.
async fn started(api: &impl Executions, input: &Input) -> Result<Option<Started>, Error> {
    match api.execution(&input.execution).await.map_err(ControlError::from)? {
        Execution::Over { input: Some(text) } => Ok(serde_json::from_str::<Value>(&text).ok().map(Started)),
        Execution::Over { input: None } | Execution::Running | Execution::Gone => Ok(None),
    }
}

async fn clean(
    api: &impl LambdaApi,
    deadline: Deadline,
    input: &Input,
    started: Option<Started>,
) -> Result<Vec<String>, Error> {
    let Some(function) = input.function(started.as_ref()) else { return Ok(Vec::new()) };
    let api = &api.acting_as(input.role(started.as_ref()).as_ref());
    let listed = started.and_then(|started| input::named_power_values(&started.0));
    let may_have_set = match (&input.state.plan, &listed) {
        (Some(plan), _) => MayHaveSet::Planned(plan),
        (None, Some(listed)) => MayHaveSet::Listed(listed),
        (None, None) => MayHaveSet::Unknown,
    };
    // Only at the end of a run that succeeded can no other step be at work.
    let is_decided = input.state.analysis.as_ref().is_some_and(|analysis| analysis.outcome.is_some());
    let succeeded = is_decided && input.state.error.is_none();
    let steps = if succeeded { Steps::Over } else { Steps::Interrupted };
    match undo(api, deadline, &function, &input.execution, may_have_set, steps).await {
        // Without a plan the run did not get past its Initializer, and a deployment that may not even look for its lock on the
        // function cannot have taken it.
        Err(UndoError::Control(error)) if error.is(ApiErrorKind::Denied) && input.state.plan.is_none() => {
            Ok(Vec::new())
        }
        undone => Ok(undone?),
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
