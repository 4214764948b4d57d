//! The Cleaner: puts $LATEST back, deletes what this run created, frees the lock.
//!
//! The state machine calls it at the end of a run, `EventBridge` when one was stopped from outside, and a person by hand. It
//! can be called twice, in any state.

mod error;

use lambda_control::{
    ApiErrorKind, ControlError, Deadline, Executions, LambdaApi,
    executions::Execution,
    latest::{MayHaveSet, Steps},
    lock,
    undo::{Run, State, UndoError, Undone, undo},
};
use serde_json::Value;
use tuning::{
    input,
    step::cleaner::{Call, Failure, Input, Output, Started},
};

pub use error::Error;

/// Cleans up after a run, and says how the execution is to end.
pub async fn handle(api: &(impl LambdaApi + Executions), deadline: Deadline, call: Call) -> Result<Output, Error> {
    let mut input = Input::from(call);
    // Whoever may call the Cleaner could hand it the plan of another run.
    input.state.plan = input.state.plan.filter(|plan| plan.execution == input.execution);
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
    let optimizers = input.state.plan.as_ref().and_then(|plan| input.state.optimizers(plan));
    let may_have_set = match (&input.state.plan, optimizers.as_ref().or(listed.as_ref())) {
        (Some(plan), _) if optimizers.is_none() => MayHaveSet::Planned(plan),
        (_, Some(listed)) => MayHaveSet::Listed(listed),
        (_, None) => MayHaveSet::Unknown,
    };
    let steps = if input.state.is_over() { Steps::Over } else { Steps::Interrupted };
    let versions = input.state.versions();
    let state = input.state.plan.as_ref().map(|plan| State {
        plan,
        memory: input.state.memory(plan),
        versions: &versions,
        is_put_back: input.state.is_put_back(),
        is_repeated: input.retries > 0,
    });
    let run = Run { function: &function, execution: &input.execution, state, may_have_set, steps };
    match undo(api, deadline, run).await {
        // Without a plan the run did not get past its Initializer, and a deployment that may not even look for its lock on the
        // function cannot have taken it.
        Err(UndoError::Control(error)) if error.is(ApiErrorKind::Denied) && input.state.plan.is_none() => {
            Ok(Vec::new())
        }
        Err(error) => Err(error.into()),
        Ok(Undone { warnings, lock }) => {
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
