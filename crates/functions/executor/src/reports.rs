//! Invocations whose log tail had no report: CloudWatch Logs may have it; otherwise the client's own timing stands in.

use std::time::Duration;

use aws::FunctionLogs;
use tokio::time::{Instant, sleep};
use tuning::{
    contract::{deployment::TIME_TO_RETURN, step::executor::Taken},
    measure::{
        lane::Environments,
        log_tail::{self, Report},
        sample::{Sample, Start},
    },
    run::plan::Sampling,
    units::milliseconds::{BilledMilliseconds, Milliseconds},
};

use crate::measuring::Measuring;

/// The time for which CloudWatch Logs is asked: events can be found some seconds after they were written.
const LOOKUP_TIME: Duration = Duration::from_secs(15);
/// The pause between two queries.
const PAUSE: Duration = Duration::from_secs(1);
/// The time before now within which events are looked for: no Executor runs longer.
const WITHIN: Duration = Duration::from_mins(16);

/// An invocation whose log tail had no report.
pub(crate) struct Unreported {
    pub(crate) request_id: Option<String>,
    pub(crate) lane: usize,
    pub(crate) stratum: u32,
    /// True if it was the first one of its lane, which starts an environment.
    pub(crate) is_first: bool,
    /// True if the function ran as it should.
    pub(crate) is_sample: bool,
    /// The time that it took by the client's clock.
    pub(crate) took: Milliseconds,
}

/// Completes what was taken by what is known of these invocations.
pub(crate) async fn complete<A: FunctionLogs>(
    measuring: &Measuring<'_, A>,
    mut unreported: Vec<Unreported>,
    taken: &mut Taken,
) {
    taken.spent.unreported += u32::try_from(unreported.len()).unwrap_or(u32::MAX);
    if measuring.plan.before.logs.reports {
        look_up(measuring, &mut unreported, taken).await;
    }
    let environments = measuring.round.sampling.environments;
    for invocation in unreported {
        taken.spent.timed.0 += rounded_up(invocation.took).0;
        if let (true, Some(sample)) = (invocation.is_sample, timed(&invocation, environments))
            && let Some(lane) = taken.lanes.get_mut(invocation.lane)
        {
            lane.timed.push(invocation.stratum, sample);
        }
    }
}

/// Makes a sample of what the client timed. The time that an environment took to start cannot be told apart: where cold
/// starts do not count anyway, such an invocation is no sample.
fn timed(invocation: &Unreported, environments: Environments) -> Option<Sample> {
    let start = match (environments, invocation.is_first) {
        (Environments::Fresh, _) => Start::ColdUnmeasured,
        (Environments::Reused, false) => Start::Warm,
        (Environments::Reused, true) => return None,
    };
    let (duration, billed) = (invocation.took, rounded_up(invocation.took));
    Some(Sample { duration, billed, start, memory_used: None, trace_id: None })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a duration is not negative, and far below 2^52"
)]
pub(crate) fn rounded_up(duration: Milliseconds) -> BilledMilliseconds {
    BilledMilliseconds(duration.0.ceil() as u64)
}

/// Asks CloudWatch Logs until every report is found or the time is over. What it finds leaves the list.
async fn look_up<A: FunctionLogs>(measuring: &Measuring<'_, A>, unreported: &mut Vec<Unreported>, taken: &mut Taken) {
    let plan = measuring.plan;
    let begin = Instant::now();
    loop {
        let ids: Vec<String> = unreported.iter().filter_map(|invocation| invocation.request_id.clone()).collect();
        if ids.is_empty() {
            return;
        }
        let events = match measuring.api.events_of(&plan.function, &plan.before.logs.group, &ids, WITHIN).await {
            Ok(events) => events,
            Err(error) => {
                tracing::warn!(function = %plan.function, %error, "reports could not be looked up");
                return;
            }
        };
        let logged: String = events.iter().flat_map(|event| [event, "\n"]).collect();
        unreported.retain(|invocation| match report_of(invocation, &logged) {
            Some(report) => {
                take(invocation, measuring.round.sampling, &report, taken);
                false
            }
            None => true,
        });
        let is_over = begin.elapsed() + PAUSE > LOOKUP_TIME || !measuring.deadline.allows(PAUSE + TIME_TO_RETURN);
        if unreported.is_empty() || is_over {
            return;
        }
        sleep(PAUSE).await;
    }
}

fn report_of(invocation: &Unreported, logged: &str) -> Option<Report> {
    log_tail::report(logged, invocation.request_id.as_deref()?)
}

fn take(invocation: &Unreported, sampling: Sampling, report: &Report, taken: &mut Taken) {
    taken.spent.found_in_logs += 1;
    taken.spent.billed.0 += report.billed.0;
    taken.max_memory_used = taken.max_memory_used.max(Some(report.max_memory_used_mb));
    if let (true, Some(lane)) = (invocation.is_sample, taken.lanes.get_mut(invocation.lane)) {
        let starts_a_lane = invocation.is_first && sampling.environments == Environments::Reused;
        lane.push(invocation.stratum, sampling.sample(report), starts_a_lane);
    }
}
