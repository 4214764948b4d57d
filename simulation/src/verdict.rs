//! The verdict on a simulation, once all is quiet.

use std::{collections::BTreeSet, time::Duration};

use aws::api::AliasTarget;
use serde_json::Value;
use tuning::{
    contract::error_name::ErrorName,
    units::{power::Power, version::VersionNumber},
};

use crate::{
    ledger::{Actor, End, Entry, Event, Ledger},
    schedule::{Kind, Optimize, Run, Schedule},
    watch::{maker, points_at},
    world::{LOCK, World},
};

/// The names by which Step Functions and Lambda call failures that are not ours.
const OF_AWS: [&str; 4] =
    ["Runtime.ExitError", "Lambda.Unknown", "Sandbox.Timedout", "Lambda.TooManyRequestsException"];

/// The greatest age of a stale read.
const STALE: Duration = Duration::from_millis(900);

/// Why the lock and what belongs to it are still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leftovers {
    None,
    /// The lock says what to do, and the next run does it.
    Locked,
}

impl World {
    /// The leftovers of runs; notes a violation if they may not be.
    pub(crate) fn leftovers(&self) -> Leftovers {
        let holder = self.journal().and_then(|journal| crate::world::number(&journal.execution));
        let Some(holder) = holder else { return Leftovers::None };
        let mut ledger = self.ledger.borrow_mut();
        // A request to create the lock that took effect after the run was cleaned up.
        let is_late = ledger.is_made_late(holder, LOCK);
        if ledger.cleaned.contains_key(&holder) && !is_late {
            ledger.violation(self.now(), format!("run {holder} was cleaned up, and its lock is still there"));
        }
        Leftovers::Locked
    }

    /// Judges the function and the executions at the end.
    pub(crate) fn judge(&self, schedule: &Schedule) -> Vec<String> {
        let state = self.aws.state();
        let ledger = self.ledger.borrow();
        let mut wrong = ledger.violations.clone();
        let allowed = ledger.memories(schedule);
        if !allowed.contains(&state.latest.memory) {
            wrong.push(format!("$LATEST has {} instead of {allowed:?}", state.latest.memory));
        }
        for version in &ledger.owners_versions {
            if !state.versions.iter().any(|known| known.number == *version) {
                wrong.push(format!("the owner's version {version} is gone"));
            }
        }
        for version in state.versions.iter().filter(|version| !ledger.owners_versions.contains(&version.number)) {
            let was_kept = ledger
                .entries
                .iter()
                .any(|entry| matches!(entry.event, Event::Kept { version: kept } if kept == version.number));
            // What the Optimizer published for the owner's alias is the owner's.
            let published = AliasTarget::Version(version.number);
            let is_optimum = ledger.entries.iter().any(
                |entry| matches!(&entry.event, Event::Pointed { alias, at, .. } if alias == "live" && *at == published),
            );
            let is_allowed =
                was_kept || is_optimum || maker(&version.description).is_some_and(|run| ledger.is_unknown(run));
            if !is_allowed && !points_at(&state.aliases, AliasTarget::Version(version.number)) {
                wrong.push(format!("version {} is left: {}", version.number, version.description));
            }
        }
        for (name, at) in &ledger.owners_aliases {
            if !state.aliases.iter().any(|alias| alias.name.as_str() == name && alias.target == *at) {
                wrong.push(format!("the owner's alias {name} does not point at {at:?} any more"));
            }
        }
        for alias in &state.aliases {
            let is_edited_lock = alias.name.as_str() == LOCK && alias.description == "what is this?";
            let is_a_runs = maker(&alias.description)
                .is_some_and(|run| !ledger.is_unknown(run) && !ledger.is_made_late(run, alias.name.as_str()));
            if is_a_runs || alias.name.as_str() == LOCK && !is_edited_lock {
                wrong.push(format!("the alias {} is left: {}", alias.name.as_str(), alias.description));
            }
        }
        for number in 0..schedule.runs.len() {
            wrong.extend(ledger.judge_run(schedule, number));
        }
        wrong
    }
}

impl Ledger {
    /// The memory sizes that $LATEST may have at the end. There are several where nobody can know who set it.
    fn memories(&self, schedule: &Schedule) -> BTreeSet<Power> {
        let mut allowed = BTreeSet::from([self.before]);
        for (position, entry) in self.entries.iter().enumerate() {
            match (&entry.event, entry.actor) {
                (Event::SetMemory { to }, Actor::Owner) => {
                    // A run that takes it for its own puts back what it found.
                    let runs = self.may_be_of(schedule, position, *to);
                    if runs.is_empty() {
                        allowed.clear();
                    }
                    for run in runs {
                        allowed.extend(self.memories_before(run));
                        if optimizes(schedule, run) {
                            allowed.extend(self.written_by_optimizer(run, position));
                        }
                    }
                    allowed.insert(*to);
                }
                // First the memory, then the journal: whoever stops the run from then on finds it there.
                (Event::Pointed { alias, is_taken: false, .. }, Actor::Run(run))
                    if alias == LOCK
                        && optimizes(schedule, run)
                        && self.state_of(run, position) == Some("Optimizer") =>
                {
                    allowed.extend(self.set_by_optimizer(run, position));
                }
                (Event::Ended, Actor::Run(run))
                    if optimizes(schedule, run) && matches!(self.ends[run], End::Succeeded(_)) =>
                {
                    let is_set_since = self.entries[..position]
                        .iter()
                        .rev()
                        .take_while(|entry| !is_entry_of(entry, run, "Publisher"))
                        .any(|entry| matches!(entry.event, Event::SetMemory { .. }) && entry.actor != Actor::Run(run));
                    if let Some(winner) = winner(&self.ends[run]) {
                        if !is_set_since {
                            allowed.clear();
                        }
                        allowed.insert(winner);
                    }
                }
                _ => {}
            }
        }
        // With the lock went what memory there was, and nobody has the state of an execution that was stopped. A step
        // of it may still be at work.
        for (number, run) in schedule.runs.iter().enumerate() {
            if self.is_beyond_help(number) || self.is_made_late(number, LOCK) {
                allowed.extend(run.powers());
                allowed.extend(self.memories_before(number));
            }
        }
        allowed
    }

    /// The memory sizes that the Optimizer of a run has set and written into the lock by then.
    fn written_by_optimizer(&self, run: usize, position: usize) -> Vec<Power> {
        let writes = |at: &usize| writes(&self.entries[*at], run, LOCK) && self.state_of(run, *at) == Some("Optimizer");
        let written = (0..position).rfind(writes);
        written.map(|at| self.set_by_optimizer(run, at).collect()).unwrap_or_default()
    }

    /// The memory sizes that a run has set since its Optimizer began.
    fn set_by_optimizer(&self, run: usize, position: usize) -> impl Iterator<Item = Power> {
        let since =
            self.entries[..position].iter().rev().take_while(move |entry| !is_entry_of(entry, run, "Optimizer"));
        since.filter_map(move |entry| match entry.event {
            Event::SetMemory { to } if entry.actor == Actor::Run(run) => Some(to),
            _ => None,
        })
    }

    /// True if the owner took the lock of a run away, and that run was stopped, or met another one and says so.
    fn is_beyond_help(&self, run: usize) -> bool {
        let is_tampered = self.entries.iter().any(|entry| matches!(entry.event, Event::Tampered));
        let has_met_another = self.entries.iter().any(|entry| locks_instead(entry, run));
        let is_answer_lost = self.is_answer_lost(run);
        let is_told = |text: &str| {
            let says = |words: &str| text.contains(words);
            let says_deleted =
                says("this run's lock was deleted or changed") || says("another run has the lock by now");
            says("the lock was lost") || says("the lock is gone by now") || has_met_another && says_deleted
        };
        is_tampered
            && match &self.ends[run] {
                End::Running => false,
                End::Aborted => true,
                End::Failed(failure) => is_answer_lost || is_told(&failure.cause),
                End::Succeeded(output) => is_answer_lost || is_told(&output["warnings"].to_string()),
            }
    }

    /// True if what the first call of a run's Cleaner had to say was lost with its answer.
    fn is_answer_lost(&self, run: usize) -> bool {
        self.calls(run, "Cleaner") > 1
    }

    /// True if nobody was ever told, either, or a step went on after that.
    fn is_unknown(&self, run: usize) -> bool {
        let is_own = |entry: &&Entry| entry.actor == Actor::Run(run) && matches!(entry.event, Event::Published { .. });
        let published = self.entries.iter().rfind(is_own);
        let is_cleaned = |(began, _): &(Duration, Duration)| published.is_none_or(|entry| entry.at < *began);
        self.is_beyond_help(run) && !self.cleaned.get(&run).is_some_and(is_cleaned)
    }

    /// True if a request to create or take over an alias took effect after its run had been cleaned up, by the Cleaner
    /// or by the next run, which takes over the lock.
    fn is_made_late(&self, run: usize, name: &str) -> bool {
        let locked = self.entries.iter().position(|entry| writes(entry, run, LOCK));
        let by_next = locked.and_then(|at| self.entries[at..].iter().find(|entry| locks_instead(entry, run)));
        let by_next = by_next.map(|entry| entry.at);
        let by_cleaner = self.cleaned.get(&run).map(|(began, _)| *began);
        // What the Cleaner itself does to the lock takes nothing.
        let taken = self
            .entries
            .iter()
            .rfind(|entry| writes(entry, run, name) && matches!(entry.event, Event::Pointed { is_taken: true, .. }));
        taken.is_some_and(|taken| by_cleaner.into_iter().chain(by_next).any(|undone| taken.at >= undone))
    }

    /// The runs that a memory size which the owner set may just as well be of.
    fn may_be_of(&self, schedule: &Schedule, position: usize, memory: Power) -> Vec<usize> {
        let may_be = |number: &usize| {
            let puts_back = || {
                optimizes(schedule, *number)
                    && !self.is_quiet(*number)
                    && self.memories_before(*number).contains(&memory)
            };
            self.is_at_work(*number, position)
                && (may_set(&schedule.runs[*number], memory) || puts_back())
                && !self.knows_better(schedule, *number, position)
        };
        (0..schedule.runs.len()).filter(may_be).collect()
    }

    /// True if a run has begun with the function by then, and is not done with it: also one that is over, but not
    /// cleaned up.
    fn is_at_work(&self, run: usize, position: usize) -> bool {
        // A run that was stopped before it could look at the function again under the lock cannot know, either.
        let is_stopped = self.ends[run] == End::Aborted;
        let at = self.entries[position].at;
        // The look under the lock may be stale.
        let until = self.entries.iter().take_while(|entry| entry.at <= at + STALE);
        let has_begun =
            { until }.any(|entry| is_stopped && is_entry_of(entry, run, "Initializer") || writes(entry, run, LOCK));
        let is_done = self.is_over(run) && self.cleaned.get(&run).is_some_and(|(_, cleaned)| *cleaned < at);
        has_begun && !is_done
    }

    /// True if a run knows that it has put $LATEST back: while it measures, if no step of it was cut off, and it comes
    /// to its end.
    fn knows_better(&self, schedule: &Schedule, run: usize, position: usize) -> bool {
        let is_measuring = matches!(self.state_of(run, position), Some("Measure" | "Executor" | "Analyzer"));
        // What a search publishes later, or the Optimizer for an alias, may have the same memory.
        let is_last = schedule.runs[run].kind != Kind::Auto && schedule.runs[run].optimize != Optimize::Alias;
        let is_ended = matches!(self.ends[run], End::Succeeded(_) | End::Failed(_));
        // An Optimizer whose look was stale does not know whether it was its own update that led there.
        let is_seen = |entry: &Entry| self.entries[position].at + STALE <= entry.at;
        let optimizer = self.entries.iter().find(|entry| is_entry_of(entry, run, "Optimizer"));
        let is_clear = optimizer.is_none_or(is_seen);
        is_measuring && is_last && self.is_quiet(run) && is_ended && is_clear
    }

    /// True if no step of a run was called again that changes the function.
    fn is_quiet(&self, run: usize) -> bool {
        let rounds = self.entries.iter().filter(|entry| is_entry_of(entry, run, "Publisher")).count();
        self.calls(run, "Initializer") == 1
            && self.calls(run, "Publisher") == rounds
            && self.calls(run, "Optimizer") <= 1
    }

    /// How often the state machine has called a step of a run.
    fn calls(&self, run: usize, name: &str) -> usize {
        let is_its = |entry: &&Entry| entry.actor == Actor::Run(run);
        let until_end = self.entries.iter().filter(is_its).take_while(|entry| !matches!(entry.event, Event::Ended));
        until_end.filter(|entry| matches!(&entry.event, Event::Invoked { step } if step == name)).count()
    }

    /// The state that a run was in.
    fn state_of(&self, run: usize, position: usize) -> Option<&str> {
        self.entries[..position].iter().rev().find_map(|entry| match &entry.event {
            Event::Entered { state } if entry.actor == Actor::Run(run) => Some(state.as_str()),
            _ => None,
        })
    }

    fn judge_run(&self, schedule: &Schedule, number: usize) -> Vec<String> {
        let mut wrong = Vec::new();
        match &self.ends[number] {
            End::Running => wrong.push(format!("run {number} never ended")),
            End::Aborted => {}
            End::Failed(failure) => {
                let names = ErrorName::ALL.map(ErrorName::as_str);
                if !names.contains(&failure.error.as_str()) && !OF_AWS.contains(&failure.error.as_str()) {
                    wrong.push(format!("run {number} failed with {}: {}", failure.error, failure.cause));
                }
                wrong.extend(self.unnamed(schedule, number, &failure.cause));
            }
            End::Succeeded(output) => {
                let warnings = output["warnings"].as_array().cloned().unwrap_or_default();
                let warnings = warnings.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n");
                wrong.extend(self.unnamed(schedule, number, &warnings));
                let count = |row: &Value, name: &str| row["spent"][name].as_u64().unwrap_or_default();
                let rows = output["stats"].as_array().cloned().unwrap_or_default();
                let told: u64 = rows.iter().map(|row| count(row, "invocations") + count(row, "unconfirmed")).sum();
                let made = self.invoked.get(&number).copied().unwrap_or_default();
                if u64::from(made) > told && !warnings.contains("lambdaCost lacks") {
                    wrong.push(format!("run {number} made {made} invocations, and says that it made {told}"));
                }
            }
        }
        wrong
    }

    /// The changes that the owner made while a run was at work, and that it does not name.
    fn unnamed(&self, schedule: &Schedule, number: usize, said: &str) -> Vec<String> {
        let run = &schedule.runs[number];
        let position = |state: &str| self.entries.iter().position(|entry| is_entry_of(entry, number, state));
        let Some(begin) = position("Publisher") else { return Vec::new() };
        // Another run has the function then, and whatever there is may be its own.
        if self.is_beyond_help(number) || said.contains("another run has the lock by now") {
            return Vec::new();
        }
        let ends = ["Cleaner", "CleanUpAfterFailure", "Optimizer"];
        let end = ends.iter().filter_map(|state| position(state)).min().unwrap_or(self.entries.len());
        // The last look may be as stale as reads are here.
        let is_seen = |position: &usize| {
            let until = self.entries.get(end).map_or(Duration::MAX, |entry| entry.at);
            self.entries[*position].at + STALE <= until
        };
        let owners = (begin..end).filter(|&position| self.entries[position].actor == Actor::Owner).filter(is_seen);
        let mut unnamed = Vec::new();
        for position in owners {
            let is_last = |of_kind: &dyn Fn(&Event) -> bool| {
                !self.entries[position + 1..].iter().any(|entry| entry.actor == Actor::Owner && of_kind(&entry.event))
            };
            let what = match &self.entries[position].event {
                Event::SetMemory { to } => {
                    let is_known = !may_set(run, *to) || self.knows_better(schedule, number, position);
                    let is_last = is_last(&|event| matches!(event, Event::SetMemory { .. }));
                    let is_change = !self.memories_before(number).contains(to);
                    let is_wanted = run.optimize == Optimize::Latest && winner(&self.ends[number]) == Some(*to);
                    let is_unseen = self.is_answer_lost(number) && self.is_replaced_by_another(number, position);
                    let is_to_be_named = is_known && is_last && is_change && !is_wanted && !is_unseen;
                    (is_to_be_named && !said.contains(&to.to_string())).then(|| format!("set {to}"))
                }
                Event::Deployed => (!said.contains("code")).then(|| "deployed".to_owned()),
                Event::Published { version, memory }
                    if self.owners_versions.contains(version) && !self.had_been_published(*version, position) =>
                {
                    let is_odd = run.kind != Kind::Auto
                        && may_set(run, *memory)
                        && !self.memories_before(number).contains(memory);
                    (is_odd && !said.contains(&format!("version {version}"))).then(|| format!("published {version}"))
                }
                _ => None,
            };
            unnamed.extend(what.map(|what| format!("run {number} does not say that the owner {what}: \"{said}\"")));
        }
        unnamed
    }

    /// True if another run has set the memory since, before this one ended.
    fn is_replaced_by_another(&self, number: usize, position: usize) -> bool {
        let is_end = |entry: &&Entry| entry.actor == Actor::Run(number) && matches!(entry.event, Event::Ended);
        self.entries[position..].iter().take_while(|entry| !is_end(entry)).any(
            |entry| matches!((&entry.event, entry.actor), (Event::SetMemory { .. }, Actor::Run(run)) if run != number),
        )
    }

    /// True if publishing gave back a version that there was: AWS publishes none if nothing has changed since.
    fn had_been_published(&self, version: VersionNumber, position: usize) -> bool {
        let is_it = |entry: &Entry| matches!(entry.event, Event::Published { version: known, .. } if known == version);
        self.entries[..position].iter().any(is_it)
    }

    /// The memory that a run may have found: what the last change led to before it took the lock, each time that it
    /// did, or before it published. Its look may have been stale.
    fn memories_before(&self, run: usize) -> BTreeSet<Power> {
        let takes =
            |entry: &Entry| writes(entry, run, LOCK) && matches!(entry.event, Event::Pointed { is_taken: true, .. });
        let found = self.entries.iter().enumerate();
        let found = found.filter(|(_, entry)| takes(entry) || is_entry_of(entry, run, "Publisher"));
        found.flat_map(|(position, _)| self.memories_by_a_look(run, position)).collect()
    }

    /// The memory sizes that a look may show: the last one that was set by then, and what others replaced since the
    /// moment that the look may be of.
    fn memories_by_a_look(&self, run: usize, position: usize) -> Vec<Power> {
        let since = self.entries.get(position).map_or(Duration::MAX, |entry| entry.at.saturating_sub(STALE));
        let mut memories = Vec::new();
        for entry in self.entries[..position].iter().rev() {
            let Event::SetMemory { to } = entry.event else { continue };
            if memories.is_empty() || entry.actor != Actor::Run(run) {
                memories.push(to);
            }
            if entry.at < since {
                return memories;
            }
        }
        memories.push(self.before);
        memories
    }
}

/// True if a run creates or changes an alias.
fn writes(entry: &Entry, run: usize, name: &str) -> bool {
    entry.actor == Actor::Run(run) && matches!(&entry.event, Event::Pointed { alias, .. } if alias == name)
}

fn is_entry_of(entry: &Entry, run: usize, wanted: &str) -> bool {
    entry.actor == Actor::Run(run) && matches!(&entry.event, Event::Entered { state } if state == wanted)
}

impl Run {
    /// The memory sizes of a list.
    fn powers(&self) -> Vec<Power> {
        match &self.kind {
            // Any: this is asked only where nobody can know.
            Kind::Auto => (0..=u32::from(u16::MAX)).filter_map(|mb| Power::new(mb).ok()).collect(),
            Kind::List(powers) | Kind::ColdStarts(powers) => {
                powers.iter().filter_map(|&mb| Power::new(mb).ok()).collect()
            }
        }
    }
}

/// True if a run is to leave $LATEST at the winner.
fn optimizes(schedule: &Schedule, run: usize) -> bool {
    schedule.runs.get(run).is_some_and(|run| run.optimize == Optimize::Latest)
}

/// True if a run can have set a memory size.
fn may_set(run: &Run, memory: Power) -> bool {
    run.kind == Kind::Auto || run.powers().iter().any(|power| *power == memory || power.neighbour() == memory)
}

fn winner(end: &End) -> Option<Power> {
    let End::Succeeded(output) = end else { return None };
    output["power"].as_u64().and_then(|mb| Power::new(u32::try_from(mb).ok()?).ok())
}

/// True if another run than this one creates or changes the lock.
fn locks_instead(entry: &Entry, run: usize) -> bool {
    entry.actor != Actor::Run(run) && matches!(&entry.event, Event::Pointed { alias, .. } if alias == LOCK)
}
