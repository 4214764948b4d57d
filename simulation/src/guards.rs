//! The guards of the protocol, each with what is left when it is taken out: `cargo xtask simulate --guards` shows that
//! schedules go wrong without it.

use serde::Serialize;

/// A guard in the code.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Guard {
    /// A description of what it sees to.
    pub what: &'static str,
    /// The file that has it.
    pub file: &'static str,
    /// Its code, which is there once.
    pub with: &'static str,
    /// The code without it.
    pub without: &'static str,
}

const LOCK: &str = "crates/custody/src/lock.rs";
const LOCKED: &str = "crates/custody/src/locked.rs";
const INITIALIZER: &str = "crates/functions/initializer/src/lib.rs";
const LATEST: &str = "crates/custody/src/latest.rs";
const UNDO: &str = "crates/custody/src/undo.rs";

/// All of them.
pub const GUARDS: [Guard; 30] = [
    Guard {
        what: "a lock is released before it is deleted",
        file: LOCK,
        with: "let Some(released) = release(api, function, lock).await? else { return Ok(()) };",
        without: "let released = lock.clone();",
    },
    Guard {
        what: "a call that finds the lock released by another one does not take that for its own doing",
        file: LOCK,
        with: "Err(error) if matches!(error.kind, ApiErrorKind::Stale | ApiErrorKind::NotFound) => Ok(None),",
        without: "Err(error) if matches!(error.kind, ApiErrorKind::Stale | ApiErrorKind::NotFound) => {
                Ok(match of_run(api, &function.into(), &lock.journal.execution).await? {
                    OfRun::Held(now) if now.journal == journal => Some(now),
                    OfRun::Held(_) | OfRun::Lost { .. } => None,
                })
            }",
    },
    Guard {
        what: "a lock that was released while this call tried to is left to whoever did it",
        file: LOCK,
        with: "let Some(left) = left_to_others(api, function, now).await? else { return Ok(None) };",
        without: "let left = now;",
    },
    Guard {
        what: "a released lock that a later call has taken is left to that call",
        file: LOCK,
        with: "OfRun::Held(now) if now.journal.retries == lock.journal.retries => {",
        without: "OfRun::Held(now) => {",
    },
    Guard {
        what: "a lock that is released once more is left for as long again",
        file: LOCK,
        with: "                left_until = Instant::now() + LEFT_FOR;",
        without: "",
    },
    Guard {
        what: "a released lock is left to whoever released it for a while",
        file: LOCK,
        with: "if since.elapsed() >= LEFT_FOR",
        without: "if since.elapsed() >= Duration::ZERO",
    },
    Guard {
        what: "a lock that was released while its run was undone is left to whoever released it",
        file: LOCK,
        with: "if from.journal.phase == Phase::Released { Ok(None) }",
        without: "if from.journal == *journal { Ok(None) }",
    },
    Guard {
        what: "a second request to delete the lock waits until the first one cannot take effect any more",
        file: LOCK,
        with: "const DELETION_TAKES_EFFECT: Duration = Duration::from_millis(7_900);",
        without: "const DELETION_TAKES_EFFECT: Duration = Duration::ZERO;",
    },
    Guard {
        what: "$LATEST is changed only while the lock is open",
        file: LOCKED,
        with: "lock::must_be_open(self.api, self.plan).await?;",
        without: "",
    },
    Guard {
        what: "an update that is not the run's own makes it look at the lock again",
        file: LOCKED,
        with: "let is_own = self.guarded.is_some() && self.guarded == current.last_modified;",
        without: "let is_own = self.guarded.is_some();",
    },
    Guard {
        what: "whoever interrupts a run changes the revision, so that what its steps are about to do is refused",
        file: LATEST,
        with: "After::Interruption => (None, true),",
        without: "After::Interruption => (None, false),",
    },
    Guard {
        what: "a run whose steps were called again ends as one that was interrupted",
        file: "crates/tuning/src/contract/step/cleaner.rs",
        with: "is_decided && self.is_first_try()",
        without: "is_decided",
    },
    Guard {
        what: "a memory that the run cannot have set is left alone",
        file: LATEST,
        with: "let theirs = current.memory != journal.memory && !may_have_set.includes(current.memory);",
        without: "let theirs = false;",
    },
    Guard {
        what: "an Optimizer that has found the winner on $LATEST does not put back another memory",
        file: LOCKED,
        with: "self.is_touched |= known.memory != memory;",
        without: "self.is_touched = true;",
    },
    Guard {
        what: "a call of the Optimizer that comes late leaves $LATEST to whoever cleans up",
        file: UNDO,
        with: "OfRun::Held(lock) if lock.journal.phase == Phase::Open => lock,",
        without: "OfRun::Held(lock) if !lock.journal.execution.0.is_empty() => lock,",
    },
    Guard {
        what: "a call of the Cleaner that is repeated leaves $LATEST alone when nothing of the run is left",
        file: UNDO,
        with: " || is_undone(api, &function, &journal, run).await? => Standing::Nobody",
        without: " => Standing::Nobody",
    },
    Guard {
        what: "a call of the Cleaner that the execution does not wait for any more leaves $LATEST alone",
        file: UNDO,
        with: "_ if !waits(api, run).await? || ",
        without: "_ if ",
    },
    Guard {
        what: "a call of the Cleaner leaves $LATEST alone when the execution has made another one since",
        file: UNDO,
        with: "(1..=this_call).contains(&api.cleaner_calls(run.execution).await?)",
        without: "(1..=this_call.max(9)).contains(&api.cleaner_calls(run.execution).await?)",
    },
    Guard {
        what: "a look that does not show the run's last update is not taken for that $LATEST was put back",
        file: LOCKED,
        with: "self.is_doubtful |= self.is_touched && !is_own;",
        without: "",
    },
    Guard {
        what: "the function is looked at again under the lock",
        file: INITIALIZER,
        with: "let is_steady = latest.memory == memory && latest.fingerprint == found.fingerprint;",
        without: "let is_steady = true;",
    },
    Guard {
        what: "what was published after the run's own first version is not from before the run",
        file: INITIALIZER,
        with: "first.is_none_or(|own| number < own)",
        without: "first.is_none_or(|own| number != own)",
    },
    Guard {
        what: "a lock whose run is at work is respected",
        file: INITIALIZER,
        with: "    if is_running {",
        without: "    if is_running && holder.0.is_empty() {",
    },
    Guard {
        what: "the Cleaner works from the state where the lock is lost",
        file: UNDO,
        with: "(_, Some(state)) => state.plan.journal(state.memory),",
        without: "(_, Some(_)) => return delete_marked(api, deadline, run).await,",
    },
    Guard {
        what: "a lock that is being taken is changed before it is believed",
        file: LOCK,
        with: "Phase::Taking => Phase::Taking,",
        without: "Phase::Taking => return Ok(OfRun::Held(lock)),",
    },
    Guard {
        what: "a lock that the plan did not write says nothing of the memory",
        file: UNDO,
        with: "if state.plan.has_written(&lock.journal, state.winner) =>",
        without: "if lock.journal.execution == *run.execution && state.plan.execution == *run.execution =>",
    },
    Guard {
        what: "a lock that another call of the Initializer took than the one that made the plan is not the plan's",
        file: "crates/tuning/src/run/plan.rs",
        with: "&& journal.retries == self.retries",
        without: "",
    },
    Guard {
        what: "a call that looks at the function again writes a new journal",
        file: LOCK,
        with: "if lock.journal == *journal =>",
        without: "if lock.journal.execution == journal.execution =>",
    },
    Guard {
        what: "only what carries the run's mark is deleted",
        file: UNDO,
        with: "|version: &Version| published::is_disposable(&journal.execution, &version.description);",
        without: "|_: &Version| true;",
    },
    Guard {
        what: "an alias of an old list is looked at before it is deleted",
        file: UNDO,
        with: "if listed.asked.elapsed() < BELIEVED_FOR {",
        without: "if listed.asked.elapsed() < Duration::MAX {",
    },
    Guard {
        what: "an alias without the run's mark is left alone",
        file: "crates/custody/src/published.rs",
        with: ".filter(|alias| mark.is_on(&alias.description)).collect())",
        without: ".filter(|alias| alias.name != AliasName::lock()).collect())",
    },
];

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    #[test]
    fn every_guard_is_in_the_code_once() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for Guard { what, file, with, .. } in GUARDS {
            let code = fs::read_to_string(root.join(file)).unwrap_or_default();
            assert_eq!(code.matches(with).count(), 1, "{what}: {with}");
        }
    }
}
