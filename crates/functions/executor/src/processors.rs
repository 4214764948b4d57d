//! The functions that are invoked around each invocation.

use aws::{
    LambdaApi,
    api::{FunctionError, Wanted},
    body::Body,
};
use custody::Deadline;
use tuning::{measure::measurement::Infeasible, run::plan::Plan, units::arn::FunctionReference};

use crate::{
    call::{Attempt, Tries, until_answered},
    error::{Error, Processor},
};

/// The payload as the pre-processor leaves it: what it returns, unless that is nothing.
pub(crate) async fn before(
    api: &impl LambdaApi,
    plan: &Plan,
    deadline: Deadline,
    random: fastrand::Rng,
    body: Option<Body>,
) -> Result<Option<Body>, Error> {
    let Some(processor) = &plan.request.processors.pre else { return Ok(body) };
    let response = run(api, plan, Processor::Pre, processor, deadline, random, body.clone()).await?;
    let is_nothing = response.is_empty() || response.as_ref() == b"null";
    Ok(if is_nothing { body } else { Some(response) })
}

/// Hands what the function returned to the post-processor.
pub(crate) async fn after(
    api: &impl LambdaApi,
    plan: &Plan,
    deadline: Deadline,
    random: fastrand::Rng,
    response: Body,
) -> Result<(), Error> {
    let Some(processor) = &plan.request.processors.post else { return Ok(()) };
    let body = (!response.is_empty()).then_some(response);
    run(api, plan, Processor::Post, processor, deadline, random, body).await.map(drop)
}

async fn run(
    api: &impl LambdaApi,
    plan: &Plan,
    which: Processor,
    processor: &FunctionReference,
    deadline: Deadline,
    random: fastrand::Rng,
    body: Option<Body>,
) -> Result<Body, Error> {
    // What a post-processor returns is of no use.
    let wanted = if which == Processor::Pre { Wanted::Response } else { Wanted::Rejection };
    let invoke = || api.invoke_processor(processor, body.clone(), wanted);
    let failed = |error: FunctionError| Error::processor_failed(plan, which, processor, &error);
    let unanswered = |message: String| failed(FunctionError { error_type: "no answer".to_owned(), message });
    match until_answered(deadline, random, &mut Tries::default(), invoke).await {
        Ok(Attempt::Answered(invocation)) => match invocation.error {
            None => Ok(invocation.response),
            Some(error) => Err(failed(error)),
        },
        Ok(Attempt::TooSlow) => Err(unanswered(Infeasible::TooSlow.to_string())),
        Ok(Attempt::OutOfTime(error)) | Err(error) => Err(unanswered(error.to_string())),
    }
}
