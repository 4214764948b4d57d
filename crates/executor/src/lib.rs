//! The Executor: invokes the versions of one power value until its share of samples is complete or its own deadline is
//! near, and returns what it has. The state machine calls it again while it returns `continue`.

mod call;
mod error;
mod lane;
pub mod processors;
mod reports;
mod verdict;

use std::cell::Cell;

use futures_util::future::join_all;
use lambda_control::{ControlError, Deadline, FunctionLogs, LambdaApi, ObjectStore, object_store::ObjectError};
use tuning::{
    failure::OnFailure,
    measurement::{Estimator, FEWEST_WARM_SAMPLES, Infeasible, Measured, Measurement, Source, Spent},
    payload::{Payload, PayloadSource},
    plan::Plan,
    round::Tally,
    sample::Strata,
    step::executor::{Input, Lane, Progress},
};

pub use error::Error;
use lane::{LaneRun, Measuring};

/// Takes the samples that are left, or as many as there is time for.
pub async fn handle(
    api: &(impl LambdaApi + ObjectStore + FunctionLogs),
    deadline: Deadline,
    random: &mut fastrand::Rng,
    input: Input,
) -> Result<Progress, Error> {
    let Input { plan, round, target, mut progress, retries } = input;
    let api = &api.acting_as(plan.request.assume_role.as_ref());
    deadline.within(&plan)?;
    progress.calls += 1;
    progress.retries += retries;
    progress.lanes.resize_with(round.sampling.lanes as usize, Lane::default);
    let payload = read_payload(api, &plan).await?;
    let measuring = Measuring { api, plan: &plan, round: &round, target: &target, payload: &payload, deadline };
    let infeasible = take_samples(&measuring, random, &mut progress).await?;
    if let Some(why) = infeasible.filter(|_| plan.request.failures.on_failure == OnFailure::Fail) {
        return Err(Error::infeasible(target.power, why, &progress.spent));
    }
    if infeasible.is_some() || !progress.unfinished {
        summarise(&measuring, infeasible, &mut progress);
    }
    tracing::info!(function = %plan.function, power = %target.power, unfinished = progress.unfinished, "took samples");
    Ok(progress)
}

/// What the function is invoked with. An object in S3 must still be the one that the input was checked with.
async fn read_payload(store: &impl ObjectStore, plan: &Plan) -> Result<Payload, Error> {
    match &plan.request.payload {
        PayloadSource::Inline(payload) => Ok(payload.clone()),
        PayloadSource::S3 { uri, etag, num } => {
            let object = store.object(uri).await?;
            let overwritten = ObjectError::Overwritten { uri: uri.clone() };
            if object.etag != *etag {
                return Err(overwritten.into());
            }
            Payload::from_object(&object.text, *num).map_err(|_| overwritten.into())
        }
    }
}

/// Runs all lanes at once, and adds what they did to the progress. Returns why the function cannot run at this memory size,
/// if it cannot.
async fn take_samples<A: LambdaApi + FunctionLogs>(
    measuring: &Measuring<'_, A>,
    random: &mut fastrand::Rng,
    progress: &mut Progress,
) -> Result<Option<Infeasible>, Error> {
    let (stop, tally) = (&Cell::new(false), &Cell::new(tally(&progress.spent)));
    let runs = progress
        .lanes
        .drain(..)
        .enumerate()
        .map(|(number, lane)| LaneRun { measuring, number, stop, tally, random: random.fork() }.take_samples(lane));
    let runs = join_all(runs.collect::<Vec<_>>()).await;
    let (mut infeasible, mut blocked, mut unreported) = (None, None, Vec::new());
    let before = progress.spent.invocations;
    for run in runs {
        let run = run?;
        blocked = blocked.or(run.blocked);
        infeasible = infeasible.or(run.infeasible);
        unreported.extend(run.unreported);
        progress.spent += run.spent;
        progress.max_memory_used = progress.max_memory_used.max(run.max_memory_used);
        progress.lanes.push(run.lane);
    }
    reports::complete(measuring, unreported, progress).await;
    let is_complete =
        |(lane, number): (&Lane, usize)| measuring.round.sampling.share_of(number).count() <= lane.done as usize;
    let has_allowance = measuring.has_allowance(tally.get());
    progress.unfinished = has_allowance && !progress.lanes.iter().zip(0..).all(is_complete);
    // A call that got nothing done must not be followed by another one like it, and another.
    match blocked.filter(|_| progress.spent.invocations == before) {
        Some(error) => Err(ControlError::from(error).into()),
        None => Ok(infeasible),
    }
}

fn tally(spent: &Spent) -> Tally {
    let billed_ms = spent.billed.0 + spent.timed.0;
    Tally { begun: spent.invocations, answered: spent.invocations, billed_ms }
}

/// Replaces the samples by their summary: only that leaves the Map.
fn summarise<A>(measuring: &Measuring<'_, A>, infeasible: Option<Infeasible>, progress: &mut Progress) {
    let &Measuring { plan, round, target, payload, .. } = measuring;
    let in_logs = progress.spent.found_in_logs > 0;
    let (lanes, source) =
        chosen(std::mem::take(&mut progress.lanes), if in_logs { Source::Logs } else { Source::Report });
    let sampling = round.sampling;
    let estimator = Estimator {
        shares: payload.shares(sampling.invocations),
        environments: sampling.environments,
        trim: plan.request.trim,
        metric: plan.request.metric,
        keep: sampling.keep_samples as usize,
    };
    let result = match (infeasible, estimator.estimate(&lanes, source)) {
        (Some(infeasible), _) => Measured::Infeasible(infeasible),
        (None, Some(statistics)) => Measured::Samples(Box::new(statistics)),
        (None, None) => Measured::NoSamples,
    };
    progress.unfinished = false;
    progress.measurement = Some(Measurement {
        value: target.power,
        result,
        spent: std::mem::take(&mut progress.spent),
        max_memory_used: progress.max_memory_used,
        executor_calls: progress.calls,
        retries: progress.retries,
        rounds: 1,
        series: if plan.request.search.is_some() { lanes } else { Vec::new() },
    });
}

/// Reported samples, or the client's timing where there are hardly any. The two are never mixed: one includes the way there
/// and back.
fn chosen(lanes: Vec<Lane>, source: Source) -> (Vec<Strata>, Source) {
    let reported: usize = lanes.iter().map(|lane| lane.samples.samples().count()).sum();
    let is_timed = lanes.iter().any(|lane| !lane.timed.is_empty());
    if reported < FEWEST_WARM_SAMPLES && is_timed {
        (lanes.into_iter().map(|lane| lane.timed).collect(), Source::Client)
    } else {
        (lanes.into_iter().map(|lane| lane.samples).collect(), source)
    }
}

#[cfg(test)]
mod tests;
