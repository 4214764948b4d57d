//! The watch over what must never happen, at the moment at which it would.

use std::time::Duration;

use aws::api::{Alias, AliasTarget};
use tuning::{
    run::journal::{Journal, Phase},
    units::arn::ExecutionArn,
};

use crate::{
    ledger::{Actor, Entry, Event},
    world::{LOCK, Snapshot, World, number},
};

/// The longest time after its last look at an alias at which a run may still ask for its deletion.
const SINCE_THE_LOOK: Duration = Duration::from_millis(1_500);

impl World {
    /// Enters into the books what somebody has just done.
    pub(crate) fn enter(&self, actor: Actor, event: Event) {
        let Some(before) = self.last() else { return };
        let journal = self.journal();
        if let Actor::Run(run) = actor
            && let Some(violation) = self.violation(run, &event, &before, journal.as_ref())
        {
            self.ledger.borrow_mut().violation(self.now(), violation);
        }
        let mut ledger = self.ledger.borrow_mut();
        match (&event, actor) {
            (Event::Published { version, .. }, Actor::Owner) if !has_version(&before, *version) => {
                ledger.owners_versions.insert(*version);
            }
            (Event::Pointed { alias, at, .. }, Actor::Owner) => {
                ledger.owners_aliases.insert(alias.clone(), *at);
                ledger.pointed.insert(alias.clone(), self.now());
            }
            (Event::Pointed { alias, .. }, Actor::Run(run)) if alias == LOCK => {
                let is_released = journal.is_some_and(|journal| journal.phase == Phase::Released);
                ledger.released = is_released.then_some(run);
            }
            // The Optimizer moves the alias that the owner asked for.
            (Event::Pointed { alias, at, .. }, Actor::Run(_)) if alias == "live" => {
                ledger.owners_aliases.insert(alias.clone(), *at);
            }
            (Event::Tampered, _) => {
                let released = ledger.released.take();
                ledger.overtaken.extend(released);
            }
            (Event::DeletedAlias { alias, .. }, _) => {
                ledger.owners_aliases.remove(alias);
            }
            _ => {}
        }
        ledger.entries.push(Entry { at: self.now(), actor, event });
        drop(ledger);
        self.remember();
    }

    /// The violation, if this must not have happened.
    fn violation(&self, run: usize, event: &Event, before: &Snapshot, journal: Option<&Journal>) -> Option<String> {
        let is_tampered = self.ledger.borrow().entries.iter().any(|entry| matches!(entry.event, Event::Tampered));
        let holder = journal.and_then(|journal| number(&journal.execution));
        match event {
            Event::SetMemory { to } => {
                // Whoever is still taking the lock has changed nothing, and looks once more before it relies on a
                // memory.
                let is_relied_on = journal.is_some_and(|journal| journal.phase != Phase::Taking);
                let is_theirs = is_relied_on && holder.is_some_and(|holder| !self.may_undo(run, holder));
                // On condition of a revision from before: a repetition of what that run has done itself when it took
                // over.
                let is_change = before.latest.memory != *to;
                (is_theirs && is_change && !is_tampered)
                    .then(|| format!("run {run} set the memory to {to} while {journal:?} had the lock"))
            }
            Event::Published { version, .. } if !has_version(before, *version) => {
                // While the lock is closed, too: whoever closed it deletes what comes before the revision is changed.
                let is_own = holder == Some(run) && journal.is_some_and(|journal| journal.phase != Phase::Released);
                (!is_own && !is_tampered).then(|| format!("run {run} published version {version} without the lock"))
            }
            Event::DeletedVersion { version } => {
                let deleted = before.versions.iter().find(|known| known.number == *version)?;
                let is_own = maker(&deleted.description).is_some_and(|maker| self.may_undo(run, maker));
                (!is_own).then(|| format!("run {run} deleted version {version}, which is \"{}\"", deleted.description))
            }
            Event::DeletedAlias { alias, sent } => {
                let deleted = before.aliases.iter().find(|known| known.name.as_str() == alias)?;
                (!self.may_delete(run, deleted, *sent))
                    .then(|| format!("run {run} deleted the alias {alias}, which is \"{}\"", deleted.description))
            }
            Event::Pointed { alias, .. } => {
                let before = before.aliases.iter().find(|known| known.name.as_str() == alias)?;
                let is_owners = before.description.is_empty() && alias != "live";
                is_owners.then(|| format!("run {run} moved the owner's alias {alias}"))
            }
            _ => None,
        }
    }

    /// True if a run may undo what a run did: itself, or one that is over.
    fn may_undo(&self, run: usize, maker: usize) -> bool {
        run == maker || self.ledger.borrow().is_over(maker)
    }

    fn may_delete(&self, run: usize, alias: &Alias, sent: Duration) -> bool {
        if alias.name.as_str() == LOCK {
            if self.ledger.borrow().overtaken.contains(&run) {
                return true;
            }
            let journal: Option<Journal> = alias.description.parse().ok();
            let is_released = journal.as_ref().is_some_and(|journal| journal.phase == Phase::Released);
            let holder = journal.and_then(|journal| number(&journal.execution));
            return is_released && holder.is_some_and(|holder| self.may_undo(run, holder));
        }
        // A request that arrives late may meet the alias of another run: nothing is lost, since versions are invoked by
        // number. AWS has no conditional deletion, so that the owner's may be met that came after the last look.
        let pointed = self.ledger.borrow().pointed.get(alias.name.as_str()).copied();
        maker(&alias.description).is_some() || pointed.is_some_and(|at| sent < at + SINCE_THE_LOOK)
    }
}

fn has_version(snapshot: &Snapshot, version: tuning::units::version::VersionNumber) -> bool {
    snapshot.versions.iter().any(|known| known.number == version)
}

/// The run whose mark a description carries.
pub(crate) fn maker(description: &str) -> Option<usize> {
    let execution = description.strip_prefix("power-tuning ")?;
    number(&ExecutionArn(execution.trim_start_matches("optimum ").to_owned()))
}

/// True if an alias of a snapshot, other than the lock, points at the target.
pub(crate) fn points_at(aliases: &[Alias], target: AliasTarget) -> bool {
    aliases.iter().any(|alias| alias.target == target && alias.name.as_str() != LOCK)
}
