//! The books: what was done to the function, by whom, and what was wrong with it at that very moment.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use aws::api::AliasTarget;
use serde_json::Value;
use tuning::units::{power::Power, version::VersionNumber};

use crate::machine::Failure;

/// Who did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Actor {
    Owner,
    Run(usize),
}

/// Something that happened to the function.
#[derive(Debug, Clone)]
pub(crate) enum Event {
    SetMemory {
        to: Power,
    },
    Deployed,
    Published {
        version: VersionNumber,
        memory: Power,
    },
    /// An alias was created or changed.
    Pointed {
        alias: String,
        at: AliasTarget,
        /// True if it was created, or is a lock that was taken over.
        is_taken: bool,
    },
    DeletedAlias {
        alias: String,
        /// When the request was sent.
        sent: Duration,
    },
    DeletedVersion {
        version: VersionNumber,
    },
    /// A version could not be deleted, because it is in use.
    Kept {
        version: VersionNumber,
    },
    /// The lock was deleted or edited by the owner.
    Tampered,
    /// An execution enters a state.
    Entered {
        state: String,
    },
    /// An execution has ended.
    Ended,
    /// A step is invoked, whether the request arrives or not.
    Invoked {
        step: String,
    },
    /// A step begins to work.
    Stepped,
    /// A step has ended.
    SteppedOut,
}

/// An entry.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) at: Duration,
    pub(crate) actor: Actor,
    pub(crate) event: Event,
}

/// The end of an execution.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum End {
    Running,
    Succeeded(Value),
    Failed(Failure),
    Aborted,
}

/// The books.
#[derive(Debug)]
pub(crate) struct Ledger {
    pub(crate) entries: Vec<Entry>,
    pub(crate) ends: Vec<End>,
    /// Invocations that took effect, by run.
    pub(crate) invoked: BTreeMap<usize, u32>,
    /// The targets of the owner's aliases.
    pub(crate) owners_aliases: BTreeMap<String, AliasTarget>,
    /// The owner's versions, with the memory that they were published with.
    pub(crate) owners_versions: BTreeSet<VersionNumber>,
    /// When the Cleaner has last begun and finished its work, by run.
    pub(crate) cleaned: BTreeMap<usize, (Duration, Duration)>,
    /// The run that released the lock last, if nobody has taken it since.
    pub(crate) released: Option<usize>,
    /// Runs whose released lock the owner deleted or edited before they could delete it: AWS has no conditional
    /// deletion, so that theirs may meet the next run's.
    pub(crate) overtaken: BTreeSet<usize>,
    /// When the owner last pointed an alias somewhere, by its name.
    pub(crate) pointed: BTreeMap<String, Duration>,
    /// Descriptions of what happened and must not have.
    pub(crate) violations: Vec<String>,
    pub(crate) before: Power,
}

impl Ledger {
    pub(crate) fn new(runs: usize, before: Power) -> Self {
        Self {
            entries: Vec::new(),
            ends: vec![End::Running; runs],
            invoked: BTreeMap::new(),
            owners_aliases: BTreeMap::new(),
            owners_versions: BTreeSet::new(),
            cleaned: BTreeMap::new(),
            released: None,
            overtaken: BTreeSet::new(),
            pointed: BTreeMap::new(),
            violations: Vec::new(),
            before,
        }
    }

    pub(crate) fn violation(&mut self, at: Duration, what: impl Into<String>) {
        self.violations.push(format!("{:.3} s: {}", at.as_secs_f64(), what.into()));
    }

    /// The things that happened, a line each, and the ends of the executions.
    pub(crate) fn log(&self) -> Vec<String> {
        let entries = self
            .entries
            .iter()
            .map(|Entry { at, actor, event }| format!("{:.3} s: {actor:?} {event:?}", at.as_secs_f64()));
        let ends = self.ends.iter().enumerate().map(|(number, end)| match end {
            End::Succeeded(output) => format!("run {number} succeeded: {}", output["warnings"]),
            other => format!("run {number}: {other:?}"),
        });
        entries.chain(ends).collect()
    }

    pub(crate) fn is_over(&self, run: usize) -> bool {
        self.ends.get(run).is_some_and(|end| *end != End::Running)
    }
}
