//! One request, made until AWS answers it.

use std::{future::Future, time::Duration};

use lambda_control::{
    ApiErrorKind, Deadline,
    api::{ApiError, Invocation},
    retry::Backoff,
};
use tokio::time::sleep;

/// What is left for returning the samples.
pub(crate) const TIME_TO_RETURN: Duration = Duration::from_secs(2);
/// How often a request is made again that AWS did not let through: with the pauses between, some two minutes.
const MOST_THROTTLES: u32 = 20;
/// How often a request is made again for a version that Lambda does not know yet, right after it was published: with
/// the pauses between, at most some ten seconds.
const MOST_ABSENT: u32 = 6;
/// How often a request is made again that may have run without an answer.
const MOST_UNCLEAR: u32 = 5;
/// The bound of the first pause between two tries, and of the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(20));

/// An invocation that was answered, or why there was none before the deadline.
pub(crate) enum Attempt {
    Answered(Invocation),
    OutOfTime(ApiError),
}

/// What it took.
#[derive(Default)]
pub(crate) struct Tries {
    /// Requests that AWS did not let through.
    pub(crate) throttled: u32,
    /// Requests that broke off: they may have run.
    pub(crate) unconfirmed: u32,
}

/// Invokes until there is an answer. A request that was throttled did not run and is made again; one that broke off may
/// have run, which is counted.
pub(crate) async fn until_answered<F: Future<Output = Result<Invocation, ApiError>>>(
    deadline: Deadline,
    random: fastrand::Rng,
    tries: &mut Tries,
    mut invoke: impl FnMut() -> F,
) -> Result<Attempt, ApiError> {
    let (mut not_yet, mut unclear, mut absent) = (0, 0, 0);
    let mut pauses = Backoff::new(PAUSES.0, PAUSES.1, random);
    loop {
        let error = match invoke().await {
            Ok(invocation) => return Ok(Attempt::Answered(invocation)),
            Err(error) => error,
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
