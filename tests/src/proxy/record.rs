//! The record of what the proxy saw, and of what it is to do.

use std::{
    collections::{BTreeSet, HashMap},
    time::Instant,
};

use super::{
    call::{Call, Resource},
    fault::Fault,
    schedule::Schedule,
};

/// A use of a permission: a step, an action, and what the permission has to name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// The step.
    pub step: String,
    /// The action, with its service.
    pub action: String,
    /// The resource that the permission has to name.
    pub resource: Resource,
}

/// A call, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The call.
    pub call: Call,
    /// Its number among the calls of its step and action in this run, from 0.
    pub number: usize,
    /// The fault that was made in it.
    pub fault: Option<Fault>,
    /// When it was made.
    pub at: Instant,
}

/// The record of what the proxy saw, and of what it is to do.
#[derive(Debug, Default)]
pub(super) struct Record {
    uses: BTreeSet<Use>,
    runs: HashMap<RunId, Run>,
    /// Which run a call belongs to, by what it concerns.
    subjects: HashMap<String, RunId>,
    begun: usize,
}

/// A run that the proxy counts the calls of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RunId(usize);

#[derive(Debug)]
struct Run {
    schedule: Schedule,
    seen: Vec<Seen>,
}

impl Record {
    /// Begins to count the calls that concern some subjects.
    pub(super) fn begin(&mut self, subjects: &[&str], schedule: Schedule) -> RunId {
        self.begun += 1;
        let id = RunId(self.begun);
        self.runs.insert(id, Run { schedule, seen: Vec::new() });
        self.subjects.extend(subjects.iter().map(|subject| ((*subject).to_owned(), id)));
        id
    }

    /// Ends that, and returns the calls.
    pub(super) fn end(&mut self, id: RunId) -> Vec<Seen> {
        self.subjects.retain(|_, run| *run != id);
        self.runs.remove(&id).map(|run| run.seen).unwrap_or_default()
    }

    /// The calls of a run up to now; nothing if it is not counted any more.
    pub(super) fn calls(&self, id: RunId) -> Option<&[Seen]> {
        self.runs.get(&id).map(|run| run.seen.as_slice())
    }

    /// The permissions that were used.
    pub(super) fn uses(&self) -> BTreeSet<Use> {
        self.uses.clone()
    }

    /// Writes a call down, and says what is to become of it. If it is an invocation, so many others are under way.
    pub(super) fn write(&mut self, call: Call, others: usize) -> Option<(RunId, Fault)> {
        let (step, action) = (call.step.to_owned(), call.action.clone());
        self.uses.insert(Use { step, action, resource: call.resource });
        let id = *self.subjects.get(&call.subject)?;
        let run = self.runs.get_mut(&id)?;
        let same = |seen: &&Seen| (seen.call.step, &seen.call.action) == (call.step, &call.action);
        let number = run.seen.iter().filter(same).count();
        let fault = run.schedule.fault(&call, number, others);
        run.seen.push(Seen { call, number, fault, at: Instant::now() });
        Some((id, fault?))
    }
}
