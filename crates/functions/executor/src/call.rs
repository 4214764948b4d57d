//! One request, made until AWS answers it.

use std::{future::Future, time::Duration};

use aws::{
    ApiErrorKind,
    api::{ApiError, Invocation},
};
use custody::{Deadline, retry::Backoff};
use tokio::time::{sleep, timeout};
use tuning::contract::deployment::TIME_TO_RETURN;

/// The greatest number of times that a request is made again that AWS did not let through: with the pauses between,
/// some two minutes.
const MOST_THROTTLES: u32 = 20;
/// The greatest number of times that a request is made again for a version that Lambda does not know yet, right after
/// it was published: with the pauses between, at most some ten seconds.
const MOST_ABSENT: u32 = 6;
/// The greatest number of times that a request is made again that may have run without an answer.
const MOST_UNCLEAR: u32 = 5;
/// The bound of the first pause between two tries, and of the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(20));

/// The share of the Executor's time without an answer that makes the function too slow for it.
const TOO_SLOW: f64 = 0.9;

/// An invocation that was answered, or why there was none before the deadline.
pub(crate) enum Attempt {
    Answered(Invocation),
    /// The last request was not answered, though it had nearly all of the Executor's time.
    TooSlow,
    OutOfTime(ApiError),
}

/// The tries that brought no result.
#[derive(Default)]
pub(crate) struct Tries {
    /// Requests that AWS did not let through.
    pub(crate) throttled: u32,
    /// Requests that broke off: they may have run.
    pub(crate) unconfirmed: u32,
}

/// Invokes until there is an answer. A request that was throttled did not run and is made again; one that broke off, or
/// is not answered before the deadline, may have run, which is counted.
pub(crate) async fn until_answered<F: Future<Output = Result<Invocation, ApiError>>>(
    deadline: Deadline,
    random: fastrand::Rng,
    tries: &mut Tries,
    mut invoke: impl FnMut() -> F,
) -> Result<Attempt, ApiError> {
    let (mut not_yet, mut unclear, mut absent) = (0, 0, 0);
    let mut pauses = Backoff::new(PAUSES.0, PAUSES.1, random);
    loop {
        let time = deadline.left().saturating_sub(TIME_TO_RETURN);
        let error = match timeout(time, invoke()).await {
            Ok(Ok(invocation)) => return Ok(Attempt::Answered(invocation)),
            Ok(Err(error)) => error,
            Err(_) => {
                tries.unconfirmed += 1;
                let had_all = time >= deadline.whole().mul_f64(TOO_SLOW).saturating_sub(TIME_TO_RETURN);
                return Ok(if had_all { Attempt::TooSlow } else { Attempt::OutOfTime(unanswered()) });
            }
        };
        let give_up = match error.kind {
            // None of these ran. A conflict: the version is not active yet, or was inactive and is waking up.
            ApiErrorKind::Throttled
            | ApiErrorKind::Conflict
            | ApiErrorKind::Expired
            | ApiErrorKind::Unreached
            | ApiErrorKind::NotReady => {
                tries.throttled += u32::from(error.kind == ApiErrorKind::Throttled);
                not_yet += 1;
                not_yet > MOST_THROTTLES
            }
            ApiErrorKind::Unclear => {
                tries.unconfirmed += 1;
                unclear += 1;
                unclear > MOST_UNCLEAR
            }
            ApiErrorKind::NotFound => {
                absent += 1;
                absent > MOST_ABSENT
            }
            ApiErrorKind::Stale
            | ApiErrorKind::Denied
            | ApiErrorKind::NoCredentials
            | ApiErrorKind::BadCredentials
            | ApiErrorKind::MemoryNotAllowed
            | ApiErrorKind::Refused
            | ApiErrorKind::Unstartable => true,
        };
        if give_up {
            return Err(error);
        }
        let pause = pauses.next().unwrap_or(PAUSES.1);
        if !deadline.allows(pause + TIME_TO_RETURN) {
            return Ok(Attempt::OutOfTime(error));
        }
        sleep(pause).await;
    }
}

fn unanswered() -> ApiError {
    let message = "there was no answer before the Executor's own time was over".to_owned();
    ApiError { call: "Invoke", kind: ApiErrorKind::Unclear, message }
}
