//! The lock: an alias on the function itself, which only one run can create. Its description is the journal.
//!
//! AWS deletes an alias by name, whoever it belongs to by then. So a lock is released first, by an update on condition of its
//! revision, and deleted at once by whoever made that update. Whoever finds a released lock waits longer than that takes, and
//! then takes it over by an update of the same kind: a deletion that comes late meets nothing.

use std::{cmp::Ordering, time::Duration};

use tokio::time::{Instant, sleep};
use tuning::{
    alias_name::AliasName,
    arn::{ExecutionArn, FunctionArn, FunctionReference},
    journal::{Journal, Phase},
    plan::Plan,
    printable::printable,
};

use crate::{
    alias,
    api::{Alias, AliasChange, AliasTarget, ApiErrorKind, LambdaApi, Requests},
    doubt::look_again,
    error::ControlError,
};

/// The longest description of somebody else's alias that a message repeats.
const LONGEST_DESCRIPTION: usize = 100;
/// For how long whoever released a lock tries to delete it.
const DELETED_WITHIN: Duration = Duration::from_secs(4);
/// For how long a released lock is left to whoever released it.
const LEFT_FOR: Duration = Duration::from_secs(12);
/// How often a lock is released again that was changed between a look and its release.
const RELEASES: u32 = 3;
/// Between two looks at a lock.
const PAUSE: Duration = Duration::from_millis(500);

/// What came of trying to take the lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// This call has taken it, from an earlier call of the same run if that had it, with this journal, and may give it back.
    Now(Journal),
    /// This very call has it already, by all that can be told: with its journal, which is believed, because the function may have been
    /// changed since.
    Before(Journal),
    /// Another run has it, or had it when it was stopped.
    ByAnother(Lock),
}

/// A lock as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// What it says.
    pub journal: Journal,
    alias: Alias,
}

/// What stands under the lock's name.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Found {
    Nothing,
    Lock(Lock),
    /// An alias that power-tuner did not write, with its description.
    Foreign(String),
}

/// Takes the lock, if nobody has it.
pub async fn take(api: &impl LambdaApi, function: &FunctionArn, journal: Journal) -> Result<Taken, ControlError> {
    let give_up = Instant::now() + 2 * LEFT_FOR;
    // A released lock, and when it was first seen.
    let mut released: Option<(Lock, Instant)> = None;
    loop {
        match api.create_alias(function, &AliasName::lock(), AliasTarget::Latest, &journal.to_string()).await {
            Ok(()) => {
                tracing::info!(%function, execution = %journal.execution, "took the lock");
                return Ok(Taken::Now(journal));
            }
            Err(error) if error.kind == ApiErrorKind::Conflict => {}
            Err(error) => return Err(error.into()),
        }
        match find(api, &function.into()).await? {
            Found::Lock(lock) if lock.journal.phase != Phase::Released => {
                if lock.journal.execution != journal.execution {
                    return Ok(Taken::ByAnother(lock));
                }
                match (lock.journal.phase, journal.retries.cmp(&lock.journal.retries)) {
                    // The state machine calls the Initializer again only while nothing else of the run is at work.
                    (Phase::Open, Ordering::Greater) => {
                        if take_over(api, function, &lock, &journal).await? {
                            return Ok(Taken::Now(journal));
                        }
                    }
                    (Phase::Open, Ordering::Equal) => return Ok(Taken::Before(lock.journal)),
                    (Phase::Open, Ordering::Less) | (Phase::Closing | Phase::Released, _) => {
                        return Err(ended(function));
                    }
                }
            }
            Found::Lock(lock) => {
                let since = released.filter(|(known, _)| *known == lock).map_or_else(Instant::now, |(_, since)| since);
                if since.elapsed() >= LEFT_FOR && take_over(api, function, &lock, &journal).await? {
                    return Ok(Taken::Now(journal));
                }
                released = Some((lock, since));
            }
            Found::Nothing => released = None,
            Found::Foreign(description) => {
                return Err(ControlError::LockNameTaken { function: function.to_string(), description });
            }
        }
        if Instant::now() >= give_up {
            return Err(ControlError::LockUnsteady { function: function.to_string() });
        }
        sleep(PAUSE).await;
    }
}

/// Writes the journal of this run over another one's, whose run is over; false if somebody was faster.
pub async fn take_over(
    api: &impl LambdaApi,
    function: &FunctionArn,
    from: &Lock,
    journal: &Journal,
) -> Result<bool, ControlError> {
    let is_taken = rewrite(api, function, from, journal).await?;
    if is_taken {
        tracing::info!(%function, execution = %journal.execution, from = %from.journal.execution, "took over the lock");
    }
    Ok(is_taken)
}

/// Fails unless this run holds the lock, and nobody has begun to clean up after it. [`Locked`](crate::Locked) asks after it has
/// looked at the revision that its changes depend on.
pub async fn must_be_open(api: &impl LambdaApi, plan: &Plan) -> Result<(), ControlError> {
    match of_run(api, &(&plan.function).into(), &plan.execution).await? {
        OfRun::Held(Lock { journal: Journal { phase: Phase::Open, .. }, .. }) => Ok(()),
        OfRun::Held(_) => Err(ended(&plan.function)),
        OfRun::Lost { .. } => {
            let what = "this run's lock was deleted or changed".to_owned();
            Err(ControlError::Changed { function: plan.function.to_string(), what })
        }
    }
}

fn ended(function: &FunctionArn) -> ControlError {
    ControlError::Changed { function: function.to_string(), what: "this run is being cleaned up".to_owned() }
}

/// The lock of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfRun {
    /// The run has it.
    Held(Lock),
    /// The run does not have it, after several looks.
    Lost {
        /// Whether another run has it, or had it at one of the looks.
        another_holds: bool,
    },
}

/// Looks for the lock of a run. That it is not there is believed only when several looks say so.
pub async fn of_run(
    api: &impl LambdaApi,
    function: &FunctionReference,
    execution: &ExecutionArn,
) -> Result<OfRun, ControlError> {
    let mut another_holds = false;
    let own = look_again(async || {
        let found = find(api, function).await?;
        another_holds |= matches!(&found, Found::Lock(lock) if lock.journal.execution != *execution);
        Ok(match found {
            Found::Lock(lock) if lock.journal.execution == *execution => Some(lock),
            Found::Lock(_) | Found::Nothing | Found::Foreign(_) => None,
        })
    })
    .await?;
    Ok(own.map_or(OfRun::Lost { another_holds }, OfRun::Held))
}

/// The lock of a run by one look, which takes what it sees for true.
pub(crate) async fn of_run_now(
    api: &impl LambdaApi,
    function: &FunctionArn,
    execution: &ExecutionArn,
) -> Result<OfRun, ControlError> {
    Ok(match find(api, &function.into()).await? {
        Found::Lock(lock) if lock.journal.execution == *execution && lock.journal.phase != Phase::Released => {
            OfRun::Held(lock)
        }
        Found::Lock(lock) => OfRun::Lost { another_holds: lock.journal.execution != *execution },
        Found::Nothing | Found::Foreign(_) => OfRun::Lost { another_holds: false },
    })
}

async fn find(api: &impl LambdaApi, function: &FunctionReference) -> Result<Found, ControlError> {
    match api.alias(function, &AliasName::lock()).await {
        Ok(alias) => Ok(match alias.description.parse::<Journal>() {
            Ok(journal) => Found::Lock(Lock { journal, alias }),
            Err(_) => Found::Foreign(printable(&alias.description, LONGEST_DESCRIPTION)),
        }),
        Err(error) if error.kind == ApiErrorKind::NotFound => Ok(Found::Nothing),
        Err(error) => Err(error.into()),
    }
}

/// Closes the lock: from now on, no step of the run may change anything. Returns the lock as it is then.
pub async fn close(api: &impl LambdaApi, function: &FunctionArn, lock: Lock) -> Result<OfRun, ControlError> {
    if lock.journal.phase != Phase::Open {
        return Ok(OfRun::Held(lock));
    }
    let closing = Journal { phase: Phase::Closing, ..lock.journal.clone() };
    rewrite(api, function, &lock, &closing).await?;
    of_run(api, &function.into(), &closing.execution).await
}

/// Writes another journal into the lock; false if somebody has changed or deleted it since it was read.
pub async fn rewrite(
    api: &impl LambdaApi,
    function: &FunctionArn,
    lock: &Lock,
    journal: &Journal,
) -> Result<bool, ControlError> {
    match alias::change(api, function, &lock.alias, AliasChange::Description(&journal.to_string())).await {
        Ok(()) => Ok(true),
        Err(error) if matches!(error.kind, ApiErrorKind::Stale | ApiErrorKind::NotFound) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Frees the lock: the last thing that a run does. A lock that somebody has changed since it was read is theirs.
pub async fn free(api: &impl LambdaApi, function: &FunctionArn, lock: Lock) -> Result<(), ControlError> {
    let Some(lock) = left_to_others(api, function, lock).await? else { return Ok(()) };
    let Some((released, until)) = release(api, function, lock).await? else { return Ok(()) };
    while let Err(error) = api.delete_alias(function, &AliasName::lock(), Requests::One).await {
        match find(api, &function.into()).await? {
            Found::Lock(lock) if lock.journal == released => {}
            Found::Lock(_) | Found::Nothing | Found::Foreign(_) => break,
        }
        if Instant::now() >= until {
            return Err(error.into());
        }
        sleep(PAUSE).await;
    }
    tracing::info!(%function, "released the lock");
    Ok(())
}

/// Releases a lock, and returns what it says then, and until when it may be deleted; `None` if somebody else has changed it. That an
/// update was refused is a doubt, since the look before it may have been stale. When its answer takes too long, another run may have
/// the lock by then, and only another update tells.
async fn release(
    api: &impl LambdaApi,
    function: &FunctionArn,
    mut lock: Lock,
) -> Result<Option<(Journal, Instant)>, ControlError> {
    for _ in 0..RELEASES {
        let released = Journal { phase: Phase::Released, ..lock.journal.clone() };
        let until = Instant::now() + DELETED_WITHIN;
        if rewrite(api, function, &lock, &released).await? && Instant::now() < until {
            return Ok(Some((released, until)));
        }
        match of_run(api, &function.into(), &lock.journal.execution).await? {
            OfRun::Held(now) if now.journal.retries == lock.journal.retries => lock = now,
            OfRun::Held(_) | OfRun::Lost { .. } => break,
        }
    }
    tracing::warn!(%function, execution = %lock.journal.execution, "somebody else has the lock by now, or will have it");
    Ok(None)
}

/// A lock that somebody has released already is theirs to delete, for a while; `None` once it is gone.
async fn left_to_others(
    api: &impl LambdaApi,
    function: &FunctionArn,
    mut lock: Lock,
) -> Result<Option<Lock>, ControlError> {
    let left_until = Instant::now() + LEFT_FOR;
    while lock.journal.phase == Phase::Released && Instant::now() < left_until {
        sleep(PAUSE).await;
        match of_run(api, &function.into(), &lock.journal.execution).await? {
            OfRun::Held(now) => lock = now,
            OfRun::Lost { .. } => return Ok(None),
        }
    }
    Ok(Some(lock))
}
