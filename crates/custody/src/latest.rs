//! The memory of $LATEST: read, and put back; never over somebody else's change.

use std::time::Duration;

use aws::api::{ApiErrorKind, Configuration, LambdaApi, LastUpdate, State, Update};
use tokio::time::sleep;
use tuning::{
    run::{journal::Journal, plan::Plan},
    units::{
        arn::{FunctionArn, FunctionReference},
        power::Power,
        revision::Revision,
    },
};

use crate::error::ControlError;

/// The first pause between two looks at an update in progress; each further one is longer.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// The longest pause between two looks.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// The number of times that an update in progress is looked at: about two minutes.
const LOOKS: u32 = 120;
/// The number of times that an update is tried again because somebody else's, or one of our own whose answer was lost,
/// came first.
const ATTEMPTS: u32 = 6;

/// The configuration of $LATEST, once it is active and no update is in progress any more.
pub async fn settled(api: &impl LambdaApi, function: &FunctionReference) -> Result<Configuration, ControlError> {
    let mut pause = FIRST_PAUSE;
    for _ in 0..LOOKS {
        let configuration = api.configuration(function).await?;
        if configuration.last_update != LastUpdate::InProgress && configuration.state != State::Pending {
            return Ok(configuration);
        }
        sleep(pause).await;
        pause = (pause * 3 / 2).min(LONGEST_PAUSE);
    }
    let reason = "it was still Pending, or an update still in progress, after two minutes".to_owned();
    Err(ControlError::UpdateFailed { function: function.to_string(), reason })
}

/// The state in which $LATEST was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restored {
    /// With the memory of the journal.
    AsWritten,
    /// With a memory that this run never set: somebody else's choice.
    LeftAlone(Power),
    /// With a memory that this run may have set: another run has the lock.
    LeftToAnotherRun(Power),
    /// With a memory that this run may have set: the lock that said what to put back is gone.
    LeftWithoutLock(Power),
}

/// The memory sizes that a run can have set $LATEST to, as far as is known.
#[derive(Debug, Clone, Copy)]
pub enum MayHaveSet<'a> {
    /// By its plan.
    Planned(&'a Plan),
    /// By the memory sizes of its input.
    Listed(&'a [Power]),
    /// Anything.
    Unknown,
    /// Nothing: a step has put it back since.
    Nothing,
}

impl MayHaveSet<'_> {
    pub(crate) fn includes(self, memory: Power) -> bool {
        match self {
            Self::Planned(plan) => plan.may_have_set(memory),
            Self::Listed(powers) => powers.iter().any(|power| *power == memory || power.neighbour() == memory),
            Self::Unknown => true,
            Self::Nothing => false,
        }
    }
}

/// The state of the steps of a run: whether they may still be at work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Steps {
    /// They have ended.
    Over,
    /// They may not know yet that the run is over: the revision is changed, so that what they are about to do is
    /// refused.
    Interrupted,
}

/// The event after which $LATEST is put back.
#[derive(Debug)]
pub enum After {
    /// The end of all steps, and a look since then.
    Steps(Box<Configuration>),
    /// The lock was closed; steps may still be at work. Only a look from now on counts, and the revision is changed.
    Interruption,
}

/// Who has the function while a run is undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Still this call: nobody else has undone the run.
    Ours,
    /// Another run has the lock.
    AnotherRun,
    /// Nobody: another call has undone the run, or the lock that said what to put back was deleted.
    Nobody,
}

/// Puts $LATEST back to the memory of the journal. What was deployed in between stays; so does a memory size that the
/// run cannot have set. Who has the function is asked after each look, so that a change on condition of the revision
/// that was seen is refused once another run has made one.
pub async fn restore(
    api: &impl LambdaApi,
    function: &FunctionArn,
    journal: &Journal,
    may_have_set: MayHaveSet<'_>,
    after: After,
    standing: impl AsyncFn() -> Result<Standing, ControlError>,
) -> Result<Restored, ControlError> {
    let (mut seen, mut revision_must_change) = match after {
        After::Steps(seen) => (Some(*seen), false),
        After::Interruption => (None, true),
    };
    for _ in 0..ATTEMPTS {
        let current = match seen.take() {
            Some(seen) => seen,
            None => settled(api, &function.into()).await?,
        };
        if current.memory == journal.memory && !revision_must_change {
            return Ok(Restored::AsWritten);
        }
        let theirs = current.memory != journal.memory && !may_have_set.includes(current.memory);
        if theirs && !revision_must_change {
            tracing::warn!(%function, memory = %current.memory, "left the memory of $LATEST alone: somebody else set it");
            return Ok(Restored::LeftAlone(current.memory));
        }
        match standing().await? {
            Standing::Ours => {}
            Standing::AnotherRun => return Ok(Restored::LeftToAnotherRun(current.memory)),
            Standing::Nobody => return Ok(Restored::LeftWithoutLock(current.memory)),
        }
        let memory = if theirs { current.memory } else { journal.memory };
        let set = try_to_set(api, function, Change { from: current.memory, to: memory }, &current.revision).await?;
        revision_must_change &= set == Set::SomebodyWasFaster;
    }
    Err(changed(function, "its revision changed again and again"))
}

/// A change of the memory of $LATEST.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Change {
    /// The memory that it has.
    pub(crate) from: Power,
    /// The memory that it is to have.
    pub(crate) to: Power,
}

/// The outcome of asking for a memory size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Set {
    /// It is set, or will be soon.
    Done(Update),
    /// Nothing was changed.
    SomebodyWasFaster,
}

/// Asks for a memory size, if the function is still as it was when it was looked at. If it is not, somebody was faster,
/// perhaps this very call when its first answer was lost: that is no failure, and the next look tells.
pub(crate) async fn try_to_set(
    api: &impl LambdaApi,
    function: &FunctionArn,
    change: Change,
    revision: &Revision,
) -> Result<Set, ControlError> {
    let Change { from, to } = change;
    match api.set_memory(function, to, revision).await {
        Ok(update) => {
            tracing::info!(%function, %from, %to, "set the memory of $LATEST");
            Ok(Set::Done(update))
        }
        Err(error) if matches!(error.kind, ApiErrorKind::Stale | ApiErrorKind::Conflict) => Ok(Set::SomebodyWasFaster),
        Err(error) => Err(error.into()),
    }
}

pub(crate) fn changed(function: &FunctionArn, what: &str) -> ControlError {
    ControlError::Changed { function: function.to_string(), what: what.to_owned() }
}
