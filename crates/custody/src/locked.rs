//! $LATEST of a function that the run has locked: it is set to memory sizes and published; never over somebody
//! else's change, and never after somebody has begun to clean up.
//!
//! Whoever cleans up closes the lock first and changes the revision then. So a revision at which the lock was seen open
//! is refused from then on, and so is every revision that changes of this run, each on condition of the one before,
//! have led to. Where the revision changes by itself, too, the moment of the last update tells whose it was.

use std::time::Duration;

use aws::api::{ApiErrorKind, Configuration, LambdaApi, LastModified, LastUpdate, Update, Version};
use tokio::time::{Instant, sleep_until};
use tuning::{
    contract::step::publisher::KnownLatest,
    run::plan::Plan,
    units::{power::Power, revision::Revision, version::VersionNumber},
};

use crate::{
    doubt::look_again,
    error::ControlError,
    latest::{self, Change, Set},
    lock,
};

/// The number of times that a change is tried again because somebody else's, or one of our own whose answer was lost,
/// came first.
const ATTEMPTS: u32 = 6;
/// The first look at the first update, where updates take a while: none is over at once.
const FIRST_LOOK: Duration = Duration::from_millis(50);

/// $LATEST, and what is known of it.
pub struct Locked<'a, A> {
    api: &'a A,
    plan: &'a Plan,
    /// Nothing, when only another look tells.
    known: Option<KnownLatest>,
    /// The memory sizes that it can have by this run.
    own: OwnMemory,
    /// True if a memory that this did not set is to be set once more: a look may be stale, and an update on condition
    /// of the revision that was seen tells.
    is_to_be_confirmed: bool,
    /// True after a look that does not show the last update of this run, until its next update: it may be stale.
    is_doubtful: bool,
    revisions: Revisions,
    /// The last update of which it is known that nobody had begun to clean up before: seen while the lock was open, or
    /// this run's own, on condition of the one before. As long as a look shows no later one, nobody needs to be asked.
    guarded: Option<LastModified>,
    /// True if this run may have changed its memory since it was put back last.
    is_touched: bool,
    /// When the update was asked for that nobody has looked at since.
    asked: Option<Instant>,
    /// The time that the shortest update took that was waited for.
    shortest: Option<Duration>,
}

/// The state in which the steps before have left $LATEST.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// With the memory that it had before the run: any other is somebody else's choice, also if the run measures it.
    PutBack,
    /// A step was cut off: with any memory of the run.
    Unknown,
}

impl Left {
    /// Returns the state in which a call of a step finds it that the state machine makes for the first time, or again.
    #[must_use]
    pub fn before_retry(retries: u32) -> Self {
        if retries == 0 { Self::PutBack } else { Self::Unknown }
    }
}

/// The memory sizes that $LATEST can have by this run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OwnMemory {
    /// All that the plan names.
    Planned,
    /// The memory that it had at the last look, or that was asked for since.
    OneOf([Power; 2]),
}

/// Where revisions come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Revisions {
    /// As far as anybody has seen, from changes alone: the one that a change gives back holds until the next change.
    Changes,
    /// From AWS, too, when an update has taken effect and when a version is published: each change takes a look before
    /// it. A version cannot be published, either, before the update has taken effect.
    Aws,
}

impl<'a, A: LambdaApi> Locked<'a, A> {
    /// Goes on from what is known of $LATEST, seen while the lock was open or led to by this run since, or with a look
    /// at it.
    #[must_use]
    pub fn new(api: &'a A, plan: &'a Plan, known: Option<KnownLatest>, left: Left) -> Self {
        let own = match left {
            Left::PutBack => OwnMemory::OneOf([plan.before.memory; 2]),
            Left::Unknown => OwnMemory::Planned,
        };
        // What a call found that was cut off says nothing of what that call has done since.
        let known = known.filter(|_| left == Left::PutBack);
        let revisions = if known.is_some() { Revisions::Changes } else { Revisions::Aws };
        let is_touched = left == Left::Unknown;
        Self {
            api,
            plan,
            known,
            own,
            is_to_be_confirmed: false,
            is_doubtful: false,
            revisions,
            guarded: None,
            is_touched,
            asked: None,
            shortest: None,
        }
    }

    /// The same, but $LATEST may have this memory, too: it is what the run would set anyway.
    #[must_use]
    pub fn accepting(mut self, memory: Power) -> Self {
        if self.own == OwnMemory::OneOf([self.plan.before.memory; 2]) {
            self.own = OwnMemory::OneOf([self.plan.before.memory, memory]);
            self.is_to_be_confirmed = memory != self.plan.before.memory;
        }
        self
    }

    /// Returns true if this run may have changed the memory of $LATEST since it was put back last: otherwise, whatever
    /// memory it has is somebody else's choice.
    #[must_use]
    pub fn is_touched(&self) -> bool {
        self.is_touched
    }

    /// Returns what is known of $LATEST at the end, if it will hold.
    #[must_use]
    pub fn known(self) -> Option<KnownLatest> {
        self.known.filter(|_| self.revisions == Revisions::Changes)
    }

    /// Sets the memory of $LATEST, and waits until that has taken effect unless AWS does not mind. Stops when somebody
    /// else has changed the function.
    pub async fn set_memory(&mut self, memory: Power) -> Result<Revision, ControlError> {
        for _ in 0..ATTEMPTS {
            let known = self.look(memory).await?;
            if known.memory == memory && !self.is_to_be_confirmed {
                return Ok(known.revision);
            }
            self.is_to_be_confirmed &= !self.ask_for(memory, &known).await?;
        }
        Err(self.changed("its revision changed again and again"))
    }

    /// Asks that $LATEST get back the memory that it had before the run. That this has taken effect is seen by the
    /// Cleaner.
    pub async fn put_back(&mut self) -> Result<(), ControlError> {
        let memory = self.plan.before.memory;
        for _ in 0..ATTEMPTS {
            let known = self.look(memory).await?;
            let is_there = known.memory == memory && !self.is_doubtful;
            if is_there || self.ask_for(memory, &known).await? {
                return Ok(());
            }
        }
        Err(self.changed("its revision changed again and again"))
    }

    /// Sets $LATEST to a memory size and publishes it. What Lambda hands back may be an older version: when nothing has
    /// changed since it was published.
    pub async fn publish(&mut self, memory: Power, description: &str) -> Result<Version, ControlError> {
        let function = &self.plan.function;
        for _ in 0..ATTEMPTS {
            let revision = self.set_memory(memory).await?;
            match self.api.publish(function, &revision, description).await {
                Ok(version) if version.memory == memory => {
                    tracing::info!(%function, version = %version.number, %memory, "published a version");
                    self.asked = None;
                    self.forget_if_aws_changes_revisions();
                    return Ok(version);
                }
                Ok(other) => {
                    let what =
                        format!("version {} was published with {} instead of {memory}", other.number, other.memory);
                    return Err(self.changed(&what));
                }
                Err(error) if matches!(error.kind, ApiErrorKind::Stale | ApiErrorKind::Conflict) => self.was_refused(),
                Err(error) => return Err(error.into()),
            }
        }
        Err(self.changed("it changed whenever a version was to be published"))
    }

    /// The same, but never an older version that does not count as `new`: then a version of another memory size is
    /// published in between, which is the run's own like every other one.
    pub async fn publish_new(
        &mut self,
        memory: Power,
        description: &str,
        is_new: impl Fn(&Version) -> bool,
    ) -> Result<VersionNumber, ControlError> {
        let version = self.publish(memory, description).await?;
        if is_new(&version) {
            return Ok(version.number);
        }
        self.publish(self.plan.spacer(memory), &self.plan.mark().to_string()).await?;
        Ok(self.publish(memory, description).await?.number)
    }

    /// Returns what is known, or what a look shows while nobody has begun to clean up. An update that was to lead to
    /// `wanted` and failed is an error.
    async fn look(&mut self, wanted: Power) -> Result<KnownLatest, ControlError> {
        if let Some(known) = &self.known {
            return Ok(known.clone());
        }
        let current = self.unchanged().await?;
        if let (LastUpdate::Failed { reason }, true) = (&current.last_update, current.memory == wanted) {
            let function = self.plan.function.to_string();
            return Err(ControlError::UpdateFailed { function, reason: reason.clone() });
        }
        let is_own = self.guarded.is_some() && self.guarded == current.last_modified;
        if !is_own {
            lock::must_be_open(self.api, self.plan).await?;
            self.guarded = current.last_modified;
        }
        self.is_doubtful |= self.is_touched && !is_own;
        let known = KnownLatest { memory: current.memory, revision: current.revision };
        Ok(self.known.insert(known).clone())
    }

    /// A look that shows nothing that somebody else did; an error when several looks do.
    async fn unchanged(&mut self) -> Result<Configuration, ControlError> {
        let mut change = None;
        let seen = look_again(async || {
            let current = self.settled().await?;
            change = self.check_unchanged(&current).err();
            Ok(change.is_none().then_some(current))
        })
        .await?;
        seen.ok_or_else(|| change.unwrap_or_else(|| self.changed("it changed again and again")))
    }

    /// A look when no update is in progress any more. Until shortly before the shortest one up to now was over, no look
    /// is worth its call.
    async fn settled(&mut self) -> Result<Configuration, ControlError> {
        let asked = self.asked.take();
        if let Some(asked) = asked {
            sleep_until(asked + self.shortest.map_or(FIRST_LOOK, |shortest| shortest * 7 / 8)).await;
        }
        let current = latest::settled(self.api, &(&self.plan.function).into()).await?;
        let took = asked.map(|asked| asked.elapsed());
        self.shortest = self.shortest.into_iter().chain(took).min();
        Ok(current)
    }

    /// Asks for a memory size; false if what is known of $LATEST did not hold.
    async fn ask_for(&mut self, memory: Power, known: &KnownLatest) -> Result<bool, ControlError> {
        self.own = OwnMemory::OneOf([known.memory, memory]);
        self.is_touched |= known.memory != memory;
        let change = Change { from: known.memory, to: memory };
        match latest::try_to_set(self.api, &self.plan.function, change, &known.revision).await? {
            Set::Done(Update { revision, last_modified }) => {
                self.guarded = last_modified;
                self.is_doubtful = false;
                self.own = OwnMemory::OneOf([memory; 2]);
                self.known = Some(KnownLatest { memory, revision });
                self.asked = Some(Instant::now());
                self.forget_if_aws_changes_revisions();
                Ok(true)
            }
            Set::SomebodyWasFaster => {
                self.was_refused();
                Ok(false)
            }
        }
    }

    fn forget_if_aws_changes_revisions(&mut self) {
        if self.revisions == Revisions::Aws {
            self.known = None;
        }
    }

    fn was_refused(&mut self) {
        (self.known, self.revisions) = (None, Revisions::Aws);
    }

    fn check_unchanged(&self, current: &Configuration) -> Result<(), ControlError> {
        if current.fingerprint != self.plan.before.fingerprint {
            return Err(self.changed("its code or configuration is not what it was at the start"));
        }
        let is_own = match self.own {
            OwnMemory::Planned => self.plan.may_have_set(current.memory),
            OwnMemory::OneOf(sizes) => sizes.contains(&current.memory),
        };
        if !is_own {
            return Err(self.changed(&format!("somebody set its memory to {}", current.memory)));
        }
        Ok(())
    }

    fn changed(&self, what: &str) -> ControlError {
        latest::changed(&self.plan.function, what)
    }
}
