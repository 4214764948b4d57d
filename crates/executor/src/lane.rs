//! One lane: a series of invocations, each begun when the one before has ended, so that all but the first find a warm
//! environment.

use std::{cell::Cell, time::Duration};

use lambda_control::{
    ApiErrorKind, ControlError, Deadline, LambdaApi,
    api::{ApiError, Invocation},
    retry::Backoff,
};
use tokio::time::sleep;
use tuning::{
    log_tail,
    measurement::{Infeasible, Spent},
    plan::Plan,
    sample::Sample,
    step::{executor::Lane, publisher::PublishedVersion},
};

use crate::{
    error::Error,
    verdict::{Verdict, judge},
};

/// What is left for returning the samples.
const TIME_TO_RETURN: Duration = Duration::from_secs(2);
/// How often a request is made again that AWS did not let through: with the pauses between, some two minutes.
const MOST_THROTTLES: u32 = 20;
/// How often a request is made again that may have run without an answer.
const MOST_UNCLEAR: u32 = 5;
/// The bound of the first pause between two tries, and of the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(20));

/// Everything that a lane needs to take its samples.
pub(crate) struct LaneRun<'a, A> {
    pub(crate) api: &'a A,
    pub(crate) plan: &'a Plan,
    pub(crate) target: PublishedVersion,
    pub(crate) deadline: Deadline,
    pub(crate) number: usize,
    /// Set by the first lane that finds the value infeasible or the function failing: the others need not go on.
    pub(crate) stop: &'a Cell<bool>,
    pub(crate) random: fastrand::Rng,
}

/// What a lane did in this call.
pub(crate) struct LaneResult {
    pub(crate) lane: Lane,
    pub(crate) spent: Spent,
    pub(crate) max_memory_used: Option<u32>,
    pub(crate) infeasible: Option<Infeasible>,
    /// What AWS said to the last request, if the lane ended because no request got through before the deadline.
    pub(crate) blocked: Option<ApiError>,
}

/// An invocation that was answered, or why there was none before the deadline.
enum Attempt {
    Answered(Invocation),
    OutOfTime(ApiError),
}

impl<A: LambdaApi> LaneRun<'_, A> {
    /// Takes samples until the lane's share is complete, its time is over, or another lane says stop.
    pub(crate) async fn take_samples(mut self, lane: Lane) -> Result<LaneResult, Error> {
        let mut result =
            LaneResult { lane, spent: Spent::default(), max_memory_used: None, infeasible: None, blocked: None };
        let taken = self.go_on(&mut result).await;
        if taken.is_err() || result.infeasible.is_some() {
            self.stop.set(true);
        }
        taken.map(|()| result)
    }

    async fn go_on(&mut self, result: &mut LaneResult) -> Result<(), Error> {
        let sampling = self.plan.request.sampling;
        for (made, index) in sampling.share_of(self.number).skip(result.lane.done as usize).enumerate() {
            if self.stop.get() || made > 0 && !self.deadline.allows(self.time_for_one_more(&result.lane)) {
                break;
            }
            if made > 0 {
                sleep(Duration::from_millis(sampling.pause_ms.into())).await;
            }
            match self.invoke(self.plan.request.payload.body(index), &mut result.spent).await? {
                Attempt::Answered(invocation) => self.record(&invocation, result)?,
                Attempt::OutOfTime(error) => {
                    result.blocked = Some(error);
                    break;
                }
            }
            if result.infeasible.is_some() {
                break;
            }
        }
        Ok(())
    }

    /// What one more invocation may take: no longer than the function's own time limit, and hardly longer than the
    /// longest so far. Of a function whose limit is beyond the Executor's, the first invocation of a call is always begun.
    fn time_for_one_more(&self, lane: &Lane) -> Duration {
        let longest = lane.samples.iter().map(|sample| sample.duration.0 + sample.cold_start.map_or(0.0, |ms| ms.0));
        let longest = longest.fold(None, |longest: Option<f64>, ms| Some(longest.map_or(ms, |l| l.max(ms))));
        let limit = self.plan.before.timeout.0;
        let expected = longest.map_or(limit, |ms| (ms * 2.0).min(limit));
        Duration::from_secs_f64(expected / 1000.0)
            + Duration::from_millis(self.plan.request.sampling.pause_ms.into())
            + TIME_TO_RETURN
    }

    /// Invokes until there is an answer. A request that was throttled did not run and is made again; one that broke off may
    /// have run, which is counted.
    async fn invoke(&mut self, body: Option<String>, spent: &mut Spent) -> Result<Attempt, Error> {
        let (mut throttles, mut unclear) = (0, 0);
        let mut pauses = Backoff::new(PAUSES.0, PAUSES.1, self.random.fork());
        loop {
            let error = match self.api.invoke(&self.plan.function, self.target.version, body.clone()).await {
                Ok(invocation) => {
                    spent.invocations += 1;
                    return Ok(Attempt::Answered(invocation));
                }
                Err(error) => error,
            };
            let give_up = match error.kind {
                // A conflict: the version is not active yet.
                ApiErrorKind::Throttled | ApiErrorKind::Conflict => {
                    throttles += 1;
                    throttles > MOST_THROTTLES
                }
                ApiErrorKind::Unclear => {
                    spent.unconfirmed += 1;
                    unclear += 1;
                    unclear > MOST_UNCLEAR
                }
                ApiErrorKind::NotFound | ApiErrorKind::Stale | ApiErrorKind::Denied | ApiErrorKind::Refused => true,
            };
            if give_up {
                return Err(self.explain(error));
            }
            let pause = pauses.next().unwrap_or(PAUSES.1);
            if !self.deadline.allows(pause + TIME_TO_RETURN) {
                return Ok(Attempt::OutOfTime(error));
            }
            sleep(pause).await;
        }
    }

    fn explain(&self, error: ApiError) -> Error {
        if error.kind == ApiErrorKind::NotFound {
            let what = format!("version {} was deleted", self.target.version);
            return ControlError::Changed { function: self.plan.function.to_string(), what }.into();
        }
        ControlError::from(error).into()
    }

    fn record(&self, invocation: &Invocation, result: &mut LaneResult) -> Result<(), Error> {
        result.lane.done += 1;
        let report = log_tail::report(&invocation.tail, invocation.request_id.as_deref());
        match &report {
            Some(report) => {
                result.spent.billed.0 += report.billed.0;
                result.max_memory_used = result.max_memory_used.max(report.max_memory_used_mb);
            }
            None => result.spent.unreported += 1,
        }
        match judge(invocation.error.as_ref(), report.as_ref(), self.target.power) {
            Verdict::Sample => result.lane.samples.extend(report.as_ref().map(Sample::from)),
            Verdict::Infeasible(why) => {
                let kind = invocation.error.as_ref().map_or("unknown", |error| error.error_type.as_str());
                *result.spent.errors.entry(kind.to_owned()).or_default() += 1;
                result.infeasible = Some(why);
            }
            Verdict::Raised(error) => {
                return Err(Error::function_raised(self.plan, self.target, error));
            }
        }
        Ok(())
    }
}
