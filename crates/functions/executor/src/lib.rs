//! The Executor: invokes the versions of one memory size until its share of samples is complete or its own deadline is
//! near, and returns what it has. The state machine calls it again while samples are left.

mod bodies;
mod call;
mod error;
mod lane;
mod measuring;
pub mod processors;
mod reports;
mod verdict;

use std::{cell::Cell, fmt};

use aws::{FunctionLogs, LambdaApi, ObjectStore, object_store::ObjectError};
use bodies::Bodies;
use custody::{ControlError, Deadline};
pub use error::Error;
use futures_util::future::join_all;
use lane::LaneRun;
use measuring::Measuring;
use tuning::{
    contract::step::{
        executor::{Input, Lane, Progress, Taken},
        publisher::Target,
    },
    measure::{
        measurement::{Estimator, FEWEST_WARM_SAMPLES, Infeasible, Measured, Measurement, Source, Spent},
        sample::Strata,
    },
    run::{
        failure::OnFailure,
        payload::{Payload, PayloadSource},
        plan::Plan,
        round::Tally,
    },
};

/// Takes the samples that are left, or as many as there is time for.
pub async fn handle(
    api: &(impl LambdaApi + ObjectStore + FunctionLogs),
    deadline: Deadline,
    random: &mut fastrand::Rng,
    input: Input,
) -> Result<Target, Error> {
    let Input { plan, round, mut target, retries } = input;
    // What is measured stays as it is: nothing would be left to take.
    let Progress::Unfinished(mut taken) = std::mem::take(&mut target.progress) else { return Ok(target) };
    let api = &api.acting_as(plan.request.assume_role.as_ref());
    deadline.within(&plan)?;
    taken.calls += 1;
    taken.retries += retries;
    taken.lanes.resize_with(round.sampling.lanes as usize, Lane::default);
    let payload = Bodies::of(read_payload(api, &plan).await?);
    let measuring = Measuring { api, plan: &plan, round: &round, target: &target, payload: &payload, deadline };
    let end = take_samples(&measuring, random, &mut taken).await?;
    tracing::info!(function = %plan.function, power = %target.power, %end, "took samples");
    let progress = match end {
        End::Infeasible(why, raised) if plan.request.failures.on_failure == OnFailure::Fail => {
            return Err(raised.unwrap_or_else(|| Error::infeasible(target.power, why, &taken.spent)));
        }
        End::Infeasible(why, _) => Progress::Measured(Box::new(summarise(&measuring, Some(why), taken))),
        End::Complete => Progress::Measured(Box::new(summarise(&measuring, None, taken))),
        End::SamplesLeft => Progress::Unfinished(taken),
    };
    Ok(Target { progress, ..target })
}

/// Reads the payload that the function is invoked with. An object in S3 must still be the one that the input was
/// checked with.
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

/// The end of a call of the Executor.
#[derive(Debug)]
enum End {
    /// All samples are taken.
    Complete,
    /// There is no time for more.
    SamplesLeft,
    /// The function cannot run at this memory size. If that is because its code raises errors: the first of them.
    Infeasible(Infeasible, Option<Error>),
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Complete => f.write_str("all samples are taken"),
            Self::SamplesLeft => f.write_str("samples are left"),
            Self::Infeasible(why, _) => why.fmt(f),
        }
    }
}

/// Runs all lanes at once, and adds what they did to what was taken.
async fn take_samples<A: LambdaApi + FunctionLogs>(
    measuring: &Measuring<'_, A>,
    random: &mut fastrand::Rng,
    taken: &mut Taken,
) -> Result<End, Error> {
    let (stop, tally, raised) = (&Cell::new(false), &Cell::new(tally(&taken.spent)), &Cell::new(taken.spent.raised));
    let runs = taken.lanes.drain(..).enumerate().map(|(number, lane)| {
        LaneRun { measuring, number, stop, tally, raised, random: random.fork() }.take_samples(lane)
    });
    let runs = join_all(runs.collect::<Vec<_>>()).await;
    let (mut infeasible, mut first_raised, mut blocked, mut unreported) = (None, None, None, Vec::new());
    let before = taken.spent.invocations;
    for run in runs {
        let run = run?;
        blocked = blocked.or(run.blocked);
        infeasible = infeasible.or(run.infeasible);
        first_raised = first_raised.or(run.raised);
        unreported.extend(run.unreported);
        taken.spent += run.spent;
        taken.max_memory_used = taken.max_memory_used.max(run.max_memory_used);
        taken.lanes.push(run.lane);
    }
    reports::complete(measuring, unreported, taken).await;
    let is_complete =
        |(lane, number): (&Lane, usize)| measuring.round.sampling.share_of(number).count() <= lane.done as usize;
    let has_allowance = measuring.has_allowance(tally.get());
    let are_left = has_allowance && !taken.lanes.iter().zip(0..).all(is_complete);
    // With `maxSpend`, fewer may have been made than were planned.
    if !are_left && measuring.plan.request.failures.allowed_rate.is_exceeded_by(taken.spent.raised()) {
        infeasible = infeasible.or(Some(Infeasible::FunctionError));
    }
    // A call that got nothing done must not be followed by another one like it, and another.
    match (blocked.filter(|_| taken.spent.invocations == before), infeasible) {
        (Some(error), _) => Err(ControlError::from(error).into()),
        (None, Some(why)) => Ok(End::Infeasible(why, first_raised.filter(|_| why == Infeasible::FunctionError))),
        (None, None) => Ok(if are_left { End::SamplesLeft } else { End::Complete }),
    }
}

fn tally(spent: &Spent) -> Tally {
    let billed_ms = spent.billed.0 + spent.timed.0;
    Tally { begun: spent.invocations, answered: spent.invocations, billed_ms }
}

/// Replaces the samples by their summary.
fn summarise<A>(measuring: &Measuring<'_, A>, infeasible: Option<Infeasible>, mut taken: Taken) -> Measurement {
    let &Measuring { plan, round, target, payload, .. } = measuring;
    for lane in &mut taken.lanes {
        taken.spent.suspected_starts += u32::from(lane.settle());
    }
    let in_logs = taken.spent.found_in_logs > 0;
    let (lanes, source) = chosen(taken.lanes, if in_logs { Source::Logs } else { Source::Report });
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
    Measurement {
        value: target.power,
        result,
        spent: taken.spent,
        max_memory_used: taken.max_memory_used,
        executor_calls: taken.calls,
        retries: taken.retries,
        series: if plan.request.search.is_some() { lanes } else { Vec::new() },
    }
}

/// Reported samples, or the client's timing where there are hardly any. The two are never mixed: one includes the way
/// there and back.
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
mod as_on_aws;
#[cfg(test)]
mod tests;
