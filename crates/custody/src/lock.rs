//! The lock: an alias on the function itself, which only one run can create. Its description is the journal.
//!
//! AWS deletes an alias by name, whoever it belongs to by then. So a lock is released first, by an update on condition
//! of its revision, and deleted at once by whoever made that update. Whoever finds a released lock waits longer than
//! that takes, and then takes it over by an update of the same kind: a deletion that comes late meets nothing.

use std::{cmp::Ordering, time::Duration};

use aws::api::{Alias, AliasChange, AliasTarget, ApiErrorKind, LambdaApi};
use tokio::time::{Instant, sleep};
use tuning::{
    run::{
        journal::{Journal, Phase},
        plan::Plan,
    },
    units::{
        alias_name::AliasName,
        arn::{ExecutionArn, FunctionArn, FunctionReference},
        printable::printable,
    },
};

use crate::{alias, doubt::look_again, error::ControlError};

/// The longest description of somebody else's alias that a message repeats.
const LONGEST_DESCRIPTION: usize = 100;
/// The time within which a lock must be released after that was asked for, so that whoever did it may still delete it.
const DELETED_WITHIN: Duration = Duration::from_secs(4);
/// The longest time that a request to delete a lock may be on its way, by all that is assumed of AWS: with the time
/// before it, less than a released lock is left alone.
const DELETION_TAKES_EFFECT: Duration = Duration::from_millis(7_900);
/// For how long a released lock is left to whoever released it.
const LEFT_FOR: Duration = Duration::from_secs(12);
/// The number of times that a lock is released again that was changed between a look and its release.
const RELEASES: u32 = 3;
/// Between two looks at a lock.
const PAUSE: Duration = Duration::from_millis(500);

/// The outcome of trying to take the lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// This call has taken it, from an earlier call of the same run if that had it. It is still to be confirmed.
    Now(Lock),
    /// This very call has confirmed it already, by all that can be told: with its journal, which is believed, because
    /// the function may have been changed since.
    Before(Journal),
    /// Another run has it, or had it when it was stopped.
    ByAnother(Lock),
}

/// A lock as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// The journal that it carries.
    pub journal: Journal,
    alias: Alias,
}

impl Lock {
    /// Returns true if it is not free for a call of the same run: it was not released, or by a later call.
    fn is_held_against(&self, journal: &Journal) -> bool {
        self.journal.phase != Phase::Released || self.journal.retries > journal.retries
    }
}

/// The alias that stands under the lock's name, if there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Nothing: nobody tunes the function.
    Nothing,
    /// The lock of a run.
    Lock(Lock),
    /// An alias that power-tuner did not write, with its description.
    Foreign(String),
}

/// Takes the lock, if nobody has it. Whoever takes it looks at the function once more, and confirms it then.
pub async fn take(api: &impl LambdaApi, function: &FunctionArn, journal: Journal) -> Result<Taken, ControlError> {
    let give_up = Instant::now() + 2 * LEFT_FOR;
    let journal = Journal { phase: Phase::Taking, ..journal };
    // A released lock, and when it was first seen.
    let mut released: Option<(Lock, Instant)> = None;
    loop {
        if let Some(lock) = create(api, function, &journal).await? {
            return Ok(Taken::Now(lock));
        }
        match find(api, &function.into()).await? {
            Found::Lock(lock) if lock.journal.execution == journal.execution && lock.is_held_against(&journal) => {
                if let Some(taken) = take_from_earlier_call(api, function, lock, &journal).await? {
                    return Ok(taken);
                }
            }
            Found::Lock(lock) if lock.journal.phase != Phase::Released => return Ok(Taken::ByAnother(lock)),
            Found::Lock(lock) => {
                let since = released.filter(|(known, _)| *known == lock).map_or_else(Instant::now, |(_, since)| since);
                if since.elapsed() >= LEFT_FOR
                    && let Some(taken) = take_over(api, function, &lock, &journal).await?
                {
                    return Ok(Taken::Now(taken));
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

/// Creates the lock; nothing if there is an alias of that name.
async fn create(api: &impl LambdaApi, function: &FunctionArn, journal: &Journal) -> Result<Option<Lock>, ControlError> {
    let (name, target, description) = (AliasName::lock(), AliasTarget::Latest, journal.to_string());
    match api.create_alias(function, &name, target, &description).await {
        Ok(revision) => {
            tracing::info!(%function, execution = %journal.execution, "took the lock");
            let alias = Alias { name, target, is_weighted: false, description, revision };
            Ok(Some(Lock { journal: journal.clone(), alias }))
        }
        Err(error) if error.kind == ApiErrorKind::Conflict => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Takes the lock that this run has already; nothing if it was changed since it was read. The state machine calls the
/// Initializer again only while nothing else of the run is at work, so that the newest call may write its own journal.
async fn take_from_earlier_call(
    api: &impl LambdaApi,
    function: &FunctionArn,
    lock: Lock,
    journal: &Journal,
) -> Result<Option<Taken>, ControlError> {
    match (lock.journal.phase, journal.retries.cmp(&lock.journal.retries)) {
        (Phase::Taking | Phase::Open, Ordering::Greater) => {
            Ok(take_over(api, function, &lock, journal).await?.map(Taken::Now))
        }
        (Phase::Taking, Ordering::Equal) if lock.journal == *journal => Ok(Some(Taken::Now(lock))),
        // Of this call, but from before it looked at the function again.
        (Phase::Taking, Ordering::Equal) => Ok(take_over(api, function, &lock, journal).await?.map(Taken::Now)),
        (Phase::Open, Ordering::Equal) => Ok(Some(Taken::Before(lock.journal))),
        (Phase::Taking | Phase::Open, Ordering::Less) | (Phase::Closing | Phase::Released, _) => Err(ended(function)),
    }
}

/// Takes the lock of a run that is over and was undone; nothing if somebody was faster, or another call has released it
/// meanwhile, which may have asked for its deletion. The lock is still to be confirmed.
pub async fn inherit(
    api: &impl LambdaApi,
    function: &FunctionArn,
    from: &Lock,
    journal: &Journal,
) -> Result<Option<Lock>, ControlError> {
    if from.journal.phase == Phase::Released { Ok(None) } else { take_over(api, function, from, journal).await }
}

/// Writes the journal of this run over another one, of a run that is over or of an earlier call; nothing if somebody
/// was faster. The lock is still to be confirmed.
async fn take_over(
    api: &impl LambdaApi,
    function: &FunctionArn,
    from: &Lock,
    journal: &Journal,
) -> Result<Option<Lock>, ControlError> {
    let journal = Journal { phase: Phase::Taking, ..journal.clone() };
    if !rewrite(api, function, from, &journal).await? {
        return Ok(None);
    }
    tracing::info!(%function, execution = %journal.execution, from = %from.journal.execution, "took over the lock");
    Ok(match of_run(api, &function.into(), &journal.execution).await? {
        OfRun::Held(lock) if lock.journal == journal => Some(lock),
        OfRun::Held(_) | OfRun::Lost { .. } => None,
    })
}

/// Says in the lock that its memory holds: the function was looked at since it was taken. Returns the journal from now
/// on; nothing if somebody else has the lock by now.
pub async fn confirm(
    api: &impl LambdaApi,
    function: &FunctionArn,
    lock: &Lock,
) -> Result<Option<Journal>, ControlError> {
    let open = Journal { phase: Phase::Open, ..lock.journal.clone() };
    Ok(rewrite(api, function, lock, &open).await?.then_some(open))
}

/// Fails unless this run holds the lock, and nobody has begun to clean up after it. [`Locked`](crate::Locked) asks
/// after it has looked at the revision that its changes depend on.
pub async fn must_be_open(api: &impl LambdaApi, plan: &Plan) -> Result<(), ControlError> {
    match of_run(api, &(&plan.function).into(), &plan.execution).await? {
        OfRun::Held(Lock { journal, .. }) if journal.retries == plan.retries => match journal.phase {
            Phase::Open => Ok(()),
            Phase::Taking | Phase::Closing | Phase::Released => Err(ended(&plan.function)),
        },
        // Another call of the Initializer, which came late, has taken a lock that was lost.
        OfRun::Held(_) | OfRun::Lost { .. } => {
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
        /// True if another run has it, or had it at one of the looks.
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

/// Looks for a lock, once. As anyone who may create an alias can write one, [`holder`](crate::holder) tells whether a
/// run has taken it.
pub async fn find(api: &impl LambdaApi, function: &FunctionReference) -> Result<Found, ControlError> {
    match api.alias(function, &AliasName::lock()).await {
        Ok(alias) => Ok(match alias.description.parse::<Journal>() {
            Ok(journal) => Found::Lock(Lock { journal, alias }),
            Err(_) => Found::Foreign(printable(&alias.description, LONGEST_DESCRIPTION)),
        }),
        Err(error) if error.kind == ApiErrorKind::NotFound => Ok(Found::Nothing),
        Err(error) => Err(error.into()),
    }
}

/// Closes the lock: from now on, no step of the run may change anything. Returns the lock as it is then. One that is
/// still being taken keeps its words, because its memory must not be trusted; but nobody can confirm it any more, as
/// its revision has changed.
pub async fn close(api: &impl LambdaApi, function: &FunctionArn, mut lock: Lock) -> Result<OfRun, ControlError> {
    for _ in 0..RELEASES {
        let phase = match lock.journal.phase {
            Phase::Taking => Phase::Taking,
            Phase::Open => Phase::Closing,
            Phase::Closing | Phase::Released => return Ok(OfRun::Held(lock)),
        };
        let journal = Journal { phase, ..lock.journal.clone() };
        if let Some(closed) = write(api, function, &lock, journal).await? {
            return Ok(OfRun::Held(closed));
        }
        match of_run(api, &function.into(), &lock.journal.execution).await? {
            OfRun::Held(now) => lock = now,
            lost @ OfRun::Lost { .. } => return Ok(lost),
        }
    }
    Err(ControlError::LockUnsteady { function: function.to_string() })
}

/// Writes another journal into the lock by AWS's own word alone, because another call may write the same; `None` if the
/// lock was changed or deleted since it was read, or the look was stale.
async fn write(
    api: &impl LambdaApi,
    function: &FunctionArn,
    lock: &Lock,
    journal: Journal,
) -> Result<Option<Lock>, ControlError> {
    let description = journal.to_string();
    match api.update_alias(function, &lock.alias, AliasChange::Description(&description)).await {
        Ok(revision) => Ok(Some(Lock { journal, alias: Alias { description, revision, ..lock.alias.clone() } })),
        Err(error) if matches!(error.kind, ApiErrorKind::Stale | ApiErrorKind::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
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
    let Some(mut lock) = left_to_others(api, function, lock).await? else { return Ok(()) };
    let mut attempts = 0;
    loop {
        let Some(released) = release(api, function, lock).await? else { return Ok(()) };
        let Err(error) = api.delete_alias(function, &AliasName::lock()).await else {
            tracing::info!(%function, "released the lock");
            return Ok(());
        };
        if error.kind == ApiErrorKind::Throttled {
            // It did not get through.
            sleep(PAUSE).await;
        } else {
            tracing::warn!(%function, %error, "whether the lock is deleted is not known yet");
            if is_gone_in_the_end(api, function, &released.journal).await? {
                return Ok(());
            }
        }
        attempts += 1;
        if attempts == RELEASES {
            return Err(error.into());
        }
        lock = released;
    }
}

/// Returns true if a released lock goes while the request to delete it can still take effect. A second request before
/// that might delete it, and the first one the next run's.
async fn is_gone_in_the_end(
    api: &impl LambdaApi,
    function: &FunctionArn,
    released: &Journal,
) -> Result<bool, ControlError> {
    let until = Instant::now() + DELETION_TAKES_EFFECT;
    while Instant::now() < until {
        sleep(PAUSE).await;
        match find(api, &function.into()).await? {
            Found::Lock(lock) if lock.journal == *released => {}
            Found::Lock(_) | Found::Nothing | Found::Foreign(_) => return Ok(true),
        }
    }
    Ok(false)
}

/// Releases a lock, and returns it as it is then; `None` if somebody else has changed it. Whoever releases it may
/// delete it, so that only AWS's own word counts that it was this call: another one writes the same. That an update was
/// refused is a doubt, since the look before it may have been stale, or its first answer lost. When its answer takes
/// too long, another run may have the lock before it could be deleted, and only another update tells.
async fn release(api: &impl LambdaApi, function: &FunctionArn, mut lock: Lock) -> Result<Option<Lock>, ControlError> {
    for _ in 0..RELEASES {
        let journal = Journal { phase: Phase::Released, ..lock.journal.clone() };
        let until = Instant::now() + DELETED_WITHIN;
        if let Some(released) = write(api, function, &lock, journal).await? {
            if Instant::now() < until {
                return Ok(Some(released));
            }
            lock = released;
            continue;
        }
        let now = match of_run(api, &function.into(), &lock.journal.execution).await? {
            OfRun::Held(now) if now.journal.retries == lock.journal.retries => now,
            OfRun::Held(_) | OfRun::Lost { .. } => break,
        };
        let Some(left) = left_to_others(api, function, now).await? else { return Ok(None) };
        lock = left;
    }
    tracing::warn!(%function, execution = %lock.journal.execution, "somebody else has the lock by now, or will have it");
    Ok(None)
}

/// A lock that somebody has released already is theirs to delete, for a while, and for as long again if it is released
/// once more; `None` once it is gone, or a later call has taken it.
async fn left_to_others(
    api: &impl LambdaApi,
    function: &FunctionArn,
    mut lock: Lock,
) -> Result<Option<Lock>, ControlError> {
    let mut left_until = Instant::now() + LEFT_FOR;
    while lock.journal.phase == Phase::Released && Instant::now() < left_until {
        sleep(PAUSE).await;
        match of_run(api, &function.into(), &lock.journal.execution).await? {
            OfRun::Held(now) if now == lock => {}
            OfRun::Held(now) if now.journal.retries == lock.journal.retries => {
                left_until = Instant::now() + LEFT_FOR;
                lock = now;
            }
            OfRun::Held(_) | OfRun::Lost { .. } => return Ok(None),
        }
    }
    Ok(Some(lock))
}
