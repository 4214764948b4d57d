//! One lane: a series of invocations, each begun when the one before has ended, so that all but the first find a warm
//! environment.

use std::{cell::Cell, time::Duration};

use aws::{
    ApiErrorKind, LambdaApi,
    api::{ApiError, Invocation, Wanted},
};
use tokio::time::{Instant, sleep};
use tuning::{
    contract::{deployment::TIME_TO_RETURN, step::executor::Lane},
    measure::{
        error_rate::Failed,
        lane::Environments,
        log_tail::{self, Report},
        measurement::{Infeasible, Spent},
        rejection::rejection_in,
    },
    run::round::Tally,
    units::version::VersionNumber,
};

use crate::{
    call::{Attempt, Tries, until_answered},
    error::Error,
    measuring::Measuring,
    processors,
    reports::{Unreported, rounded_up},
    verdict::{Verdict, judge},
};

/// Everything that a lane needs to take its samples.
pub(crate) struct LaneRun<'a, A> {
    pub(crate) measuring: &'a Measuring<'a, A>,
    pub(crate) number: usize,
    /// Set by the first lane that finds the value infeasible or the function failing: the others need not go on.
    pub(crate) stop: &'a Cell<bool>,
    /// The tally of all lanes.
    pub(crate) tally: &'a Cell<Tally>,
    /// The number of invocations of all lanes that have ended with an error of the code that is not allowed.
    pub(crate) raised: &'a Cell<u32>,
    pub(crate) random: fastrand::Rng,
}

/// The result of a lane in this call.
pub(crate) struct LaneResult {
    pub(crate) lane: Lane,
    pub(crate) spent: Spent,
    pub(crate) max_memory_used: Option<u32>,
    pub(crate) unreported: Vec<Unreported>,
    pub(crate) infeasible: Option<Infeasible>,
    /// The first error of the code that is not allowed.
    pub(crate) raised: Option<Error>,
    /// The answer of AWS to the last request, if the lane ended because no request got through before the deadline.
    pub(crate) blocked: Option<ApiError>,
}

impl<A: LambdaApi> LaneRun<'_, A> {
    /// Takes samples until the lane's share is complete, its time is over, or another lane says stop.
    pub(crate) async fn take_samples(mut self, lane: Lane) -> Result<LaneResult, Error> {
        let mut result = LaneResult {
            lane,
            spent: Spent::default(),
            max_memory_used: None,
            unreported: Vec::new(),
            infeasible: None,
            raised: None,
            blocked: None,
        };
        let taken = self.go_on(&mut result).await;
        if taken.is_err() || result.infeasible.is_some() {
            self.stop.set(true);
        }
        taken.map(|()| result)
    }

    async fn go_on(&mut self, result: &mut LaneResult) -> Result<(), Error> {
        let sampling = self.measuring.round.sampling;
        let mut longest: Option<Duration> = None;
        for index in sampling.share_of(self.number).skip(result.lane.done as usize) {
            // The first one of a call is always begun, so that every call gets ahead.
            let in_time = longest.is_none_or(|longest| self.measuring.deadline.allows(self.time_for_one_more(longest)));
            if self.stop.get() || !in_time || !self.measuring.has_allowance(self.tally.get()) {
                break;
            }
            if result.lane.done > 0 {
                sleep(Duration::from_millis(sampling.pause_ms.into())).await;
            }
            let begin = Instant::now();
            self.tally.update(|tally| Tally { begun: tally.begun + 1, ..tally });
            self.measure(index, result).await?;
            longest = longest.max(Some(begin.elapsed()));
            if result.infeasible.is_some() || result.blocked.is_some() {
                break;
            }
        }
        Ok(())
    }

    /// Returns the time that one more invocation may take: hardly longer than the longest so far, and, unless
    /// processors take time of their own, no longer than the function's time limit.
    fn time_for_one_more(&self, longest: Duration) -> Duration {
        let request = &self.measuring.plan.request;
        let limit = Duration::from_secs_f64(self.measuring.plan.before.timeout.0 / 1000.0);
        let has_processors = request.processors.pre.is_some() || request.processors.post.is_some();
        let expected = if has_processors { longest * 2 } else { (longest * 2).min(limit.max(longest)) };
        expected + Duration::from_millis(request.sampling.pause_ms.into()) + TIME_TO_RETURN
    }

    /// One invocation, with the processors around it.
    async fn measure(&mut self, index: u32, result: &mut LaneResult) -> Result<(), Error> {
        let &Measuring { api, plan, target, payload, deadline, .. } = self.measuring;
        let Some(version) = target.version(index) else { return Err(Error::nothing_published(plan, target.power)) };
        let body = payload.body(self.measuring.stratum(index));
        let body = processors::before(api, plan, deadline, self.random.fork(), body).await?;
        let has_use = plan.request.processors.post.is_some();
        let wanted = if has_use { Wanted::Response } else { Wanted::Rejection };
        let mut tries = Tries::default();
        let invoke = || api.invoke(&plan.function, version, plan.before.timeout, body.clone(), wanted);
        let attempt = until_answered(deadline, self.random.fork(), &mut tries, invoke).await;
        // Another lane may be waiting for the room that it takes.
        drop(body);
        result.spent.throttled += tries.throttled;
        result.spent.unconfirmed += tries.unconfirmed;
        match attempt {
            Ok(Attempt::Answered(invocation)) => {
                result.spent.invocations += 1;
                self.record(&invocation, index, version, result);
                processors::after(api, plan, deadline, self.random.fork(), invocation.response).await
            }
            Ok(Attempt::TooSlow) => {
                result.infeasible = Some(Infeasible::TooSlow);
                Ok(())
            }
            // What the lanes have measured so far is kept: the next call of the Executor goes on.
            Ok(Attempt::OutOfTime(error)) => {
                result.blocked = Some(error);
                Ok(())
            }
            Err(error)
                if matches!(
                    error.kind,
                    ApiErrorKind::Throttled
                        | ApiErrorKind::Expired
                        | ApiErrorKind::Unreached
                        | ApiErrorKind::NotReady
                        | ApiErrorKind::Unclear
                ) =>
            {
                result.blocked = Some(error);
                Ok(())
            }
            Err(error) => Err(Error::not_invoked(plan, version, error)),
        }
    }

    fn record(&self, invocation: &Invocation, index: u32, version: VersionNumber, result: &mut LaneResult) {
        let &Measuring { plan, round, target, .. } = self.measuring;
        let is_first = result.lane.done == 0;
        result.lane.done += 1;
        if let Some(error) = &invocation.error {
            let message = (!plan.request.sampling.hide_payloads).then_some(error.message.as_str());
            result.spent.errors.record(&error.error_type, message);
        }
        if invocation.error.is_none()
            && let Some(rejection) = rejection_in(&invocation.response)
        {
            result.spent.rejections.record(&rejection, None);
        }
        let report = self.report(invocation);
        let billed_ms = report.as_ref().map_or_else(|| rounded_up(invocation.took).0, |report| report.billed.0);
        self.tally.update(|tally| Tally {
            answered: tally.answered + 1,
            billed_ms: tally.billed_ms + billed_ms,
            ..tally
        });
        let verdict = judge(invocation, report.as_ref(), target.power, &plan.request.failures.allowed);
        let stratum = self.measuring.stratum(index);
        match &report {
            Some(report) => {
                result.spent.billed.0 += report.billed.0;
                result.spent.inits_given_up += u32::from(report.init_given_up.is_some());
                result.max_memory_used = result.max_memory_used.max(Some(report.max_memory_used_mb));
            }
            None => result.unreported.push(Unreported {
                request_id: invocation.request_id.clone(),
                lane: self.number,
                stratum,
                is_first,
                is_sample: verdict == Verdict::Sample,
                took: invocation.took,
            }),
        }
        match verdict {
            Verdict::Sample => {
                if let Some(report) = &report {
                    let starts_a_lane = is_first && round.sampling.environments == Environments::Reused;
                    result.lane.push(stratum, round.sampling.sample(report), starts_a_lane);
                }
            }
            Verdict::Infeasible(why) => result.infeasible = Some(why),
            Verdict::Raised(error) => {
                result.spent.raised += 1;
                self.raised.update(|count| count + 1);
                let raised = Error::function_raised(plan, target.power, version, error);
                result.raised.get_or_insert(raised);
                // Even if all others succeed, these are too many.
                let at_best = Failed { errors: self.raised.get(), of: round.sampling.invocations };
                if plan.request.failures.allowed_rate.is_exceeded_by(at_best) {
                    result.infeasible = Some(Infeasible::FunctionError);
                }
            }
        }
    }

    /// The report of an invocation. Where the function's log settings rule reports out, what looks like one was not
    /// written by Lambda.
    fn report(&self, invocation: &Invocation) -> Option<Report> {
        let request_id = invocation.request_id.as_deref().filter(|_| self.measuring.plan.before.logs.reports)?;
        log_tail::report(&invocation.tail, request_id)
    }
}
