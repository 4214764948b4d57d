//! The parts of a call that are believed. Whoever may invoke the Cleaner can tell it anything: so AWS Step Functions is
//! asked.

use aws::{ApiError, Executions, LambdaApi, executions::Execution};
use custody::{
    ControlError,
    doubt::look_again,
    lock::{self, OfRun},
};
use tuning::{
    contract::{started::Started, step::cleaner::State},
    units::arn::ExecutionArn,
};

use crate::Error;

/// The parts of a call that are believed.
pub struct Believed {
    /// The input that the execution was started with, by AWS.
    pub started: Option<Started>,
    /// The state of the execution; nothing unless the execution itself hands it over.
    pub state: State,
    /// True if the execution is over, and has been cleaned up before.
    pub is_cleaned_up: bool,
}

/// Where an execution is.
enum Place {
    /// At a state that calls the Cleaner.
    CleaningUp(Option<Started>),
    Over {
        started: Option<Started>,
        has_cleaned_up: bool,
    },
    Unknown,
}

/// Believes the state that a call brings along only while the execution is at a state that calls the Cleaner, and a
/// plan only for the function that the execution's input names. Of an execution that is over, the lock on that function
/// says what is to be undone. One that is at work is left alone.
///
/// When Step Functions does not answer, as in a VPC without a way to it, a plan is believed while its run holds the
/// lock on its function: a function that stays at a wrong memory is worse than a run that somebody else ends. Without a
/// plan nothing is done to any function then, and the error that ended the run is kept.
pub async fn believed(
    api: &(impl LambdaApi + Executions),
    execution: &ExecutionArn,
    state: State,
) -> Result<Believed, Error> {
    let state = State { plan: state.plan.filter(|plan| plan.execution == *execution), ..state };
    match place(api, execution).await {
        Ok(Some(Place::CleaningUp(started))) => {
            let plan = state.plan.filter(|plan| started.as_ref().is_none_or(|s| s.tunes(&plan.function)));
            Ok(Believed { started, state: State { plan, ..state }, is_cleaned_up: false })
        }
        Ok(Some(Place::Over { started, has_cleaned_up })) => {
            Ok(Believed { started, state: State::default(), is_cleaned_up: has_cleaned_up })
        }
        Ok(Some(Place::Unknown)) => Err(Error::Unknown { execution: execution.clone() }),
        Ok(None) => Err(Error::AtWork { execution: execution.clone() }),
        Err(unanswered) if has_failed_before_its_plan(&state) || holds_the_lock(api, &state).await? => {
            tracing::warn!(%execution, error = %unanswered, "whether the execution is cleaning up is not known");
            Ok(Believed { started: None, state, is_cleaned_up: false })
        }
        Err(unanswered) => Err(unanswered.into()),
    }
}

/// `None` when several looks say that it is at work.
async fn place(api: &impl Executions, execution: &ExecutionArn) -> Result<Option<Place>, ControlError> {
    look_again(async || look(api, execution).await.map_err(ControlError::from)).await
}

async fn look(api: &impl Executions, execution: &ExecutionArn) -> Result<Option<Place>, ApiError> {
    let started = |input: Option<String>| input.map(|input| Started::read(execution, &input));
    Ok(match api.execution(execution).await? {
        Execution::Running { input } if api.cleaner_calls(execution).await? > 0 => {
            Some(Place::CleaningUp(started(input)))
        }
        Execution::Running { .. } => None,
        Execution::Over { input, has_cleaned_up } => Some(Place::Over { started: started(input), has_cleaned_up }),
        Execution::Gone => Some(Place::Unknown),
    })
}

fn has_failed_before_its_plan(state: &State) -> bool {
    state.plan.is_none() && state.error.is_some()
}

async fn holds_the_lock(api: &impl LambdaApi, state: &State) -> Result<bool, ControlError> {
    let Some(plan) = &state.plan else { return Ok(false) };
    let api = &api.acting_as(plan.request.assume_role.as_ref());
    let lock = lock::of_run(api, &(&plan.function).into(), &plan.execution).await?;
    Ok(matches!(lock, OfRun::Held(_)))
}
