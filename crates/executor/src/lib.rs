//! The Executor: invokes one version until its share of samples is complete or its own deadline is near, and returns what
//! it has. The state machine calls it again while it returns `continue`.

mod error;
mod lane;
mod verdict;

use std::cell::Cell;

use futures_util::future::join_all;
use lambda_control::{ControlError, Deadline, LambdaApi};
use tuning::{
    measurement::{Infeasible, Measured, Measurement, Statistics},
    plan::Plan,
    power::Power,
    sample::Sample,
    step::executor::{Input, Lane, Progress},
};

pub use error::Error;
use lane::LaneRun;

/// Takes the samples that are left, or as many as there is time for.
pub async fn handle(
    api: &impl LambdaApi,
    deadline: Deadline,
    random: &mut fastrand::Rng,
    input: Input,
) -> Result<Progress, Error> {
    let Input { plan, target, mut progress } = input;
    progress.calls += 1;
    progress.lanes.resize_with(plan.request.sampling.lanes as usize, Lane::default);
    let stop = &Cell::new(false);
    let runs = progress.lanes.drain(..).enumerate().map(|(number, lane)| {
        let run = LaneRun { api, plan: &plan, target, deadline, number, stop, random: random.fork() };
        run.take_samples(lane)
    });
    let runs = join_all(runs.collect::<Vec<_>>()).await;
    let (mut infeasible, mut blocked, before) = (None, None, progress.spent.invocations);
    for run in runs {
        let run = run?;
        blocked = blocked.or(run.blocked);
        progress.spent += run.spent;
        progress.max_memory_used = progress.max_memory_used.max(run.max_memory_used);
        infeasible = infeasible.or(run.infeasible);
        progress.lanes.push(run.lane);
    }
    progress.unfinished = progress.lanes.iter().zip(0..).any(|(lane, number)| !is_complete(&plan, number, lane));
    // A call that got nothing done must not be followed by another one like it, and another.
    if let Some(error) = blocked.filter(|_| progress.spent.invocations == before) {
        return Err(ControlError::from(error).into());
    }
    if infeasible.is_some() || !progress.unfinished {
        summarise(&plan, target.power, infeasible, &mut progress);
    }
    tracing::info!(
        function = %plan.function, power = %target.power, version = %target.version, unfinished = progress.unfinished,
        "took samples"
    );
    Ok(progress)
}

fn is_complete(plan: &Plan, number: usize, lane: &Lane) -> bool {
    plan.request.sampling.share_of(number).count() <= lane.done as usize
}

/// Replaces the samples by their summary: only that leaves the Map.
fn summarise(plan: &Plan, power: Power, infeasible: Option<Infeasible>, progress: &mut Progress) {
    let samples: Vec<Sample> = progress.lanes.drain(..).flat_map(|lane| lane.samples).collect();
    let result = match (infeasible, Statistics::of(&samples, plan.request.trim)) {
        (Some(infeasible), _) => Measured::Infeasible(infeasible),
        (None, Some(statistics)) => Measured::Samples(statistics),
        (None, None) => Measured::NoReports,
    };
    progress.unfinished = false;
    progress.measurement = Some(Measurement {
        value: power,
        result,
        spent: std::mem::take(&mut progress.spent),
        max_memory_used: progress.max_memory_used,
        executor_calls: progress.calls,
    });
}

#[cfg(test)]
mod tests;
