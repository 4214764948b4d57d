//! The guards of the protocol, each with what is left when it is taken out: `cargo xtask simulate --guards` shows that
//! schedules go wrong without it.

use serde::Serialize;

/// A guard in the code.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Guard {
    /// What it sees to.
    pub what: &'static str,
    /// The file that has it.
    pub file: &'static str,
    /// Its code, which is there once.
    pub with: &'static str,
    /// The code without it.
    pub without: &'static str,
}

const LOCK: &str = "crates/lambda-control/src/lock.rs";
const LOCKED: &str = "crates/lambda-control/src/locked.rs";
const LATEST: &str = "crates/lambda-control/src/latest.rs";
const UNDO: &str = "crates/lambda-control/src/undo.rs";

/// All of them.
pub const GUARDS: [Guard; 14] = [
    Guard {
        what: "a lock is released before it is deleted",
        file: LOCK,
        with: "let Some(released) = release(api, function, lock).await? else { return Ok(()) };",
        without: "let released = lock.journal.clone();",
    },
    Guard {
        what: "a lock whose release was answered late is released once more before it is deleted",
        file: LOCK,
        with: " && Instant::now() < until {",
        without: " {",
    },
    Guard {
        what: "a released lock is left to whoever released it for a while",
        file: LOCK,
        with: "if since.elapsed() >= LEFT_FOR",
        without: "if since.elapsed() >= Duration::ZERO",
    },
    Guard {
        what: "a second request to delete the lock waits until the first one cannot take effect any more",
        file: LOCK,
        with: "const DELETION_TAKES_EFFECT: Duration = Duration::from_millis(7_900);",
        without: "const DELETION_TAKES_EFFECT: Duration = Duration::ZERO;",
    },
    Guard {
        what: "the newest call of the Initializer takes the lock from an earlier one",
        file: LOCK,
        with: "            Ok(take_over(api, function, &lock, journal).await?.map(Taken::Now))",
        without: "            Ok(Some(Taken::Before(lock.journal)))",
    },
    Guard {
        what: "the memory in a lock that was not confirmed yet is not believed",
        file: "crates/tuning/src/journal.rs",
        with: "matches!(self.phase, Phase::Taking | Phase::Released)",
        without: "matches!(self.phase, Phase::Released)",
    },
    Guard {
        what: "a step that is called again looks before it trusts what its first call was given",
        file: LOCKED,
        with: "known.filter(|_| left == Left::PutBack)",
        without: "known",
    },
    Guard {
        what: "a look may be stale: it must show what this step set last",
        file: LOCKED,
        with: "self.own = OwnMemory::OneOf([memory; 2]);",
        without: "",
    },
    Guard {
        what: "$LATEST is changed only while the lock is open",
        file: LOCKED,
        with: "lock::must_be_open(self.api, self.plan).await?;",
        without: "",
    },
    Guard {
        what: "whoever interrupts a run changes the revision, so that what its steps are about to do is refused",
        file: LATEST,
        with: "After::Interruption => (None, true),",
        without: "After::Interruption => (None, false),",
    },
    Guard {
        what: "a run whose steps were called again ends as one that was interrupted",
        file: "crates/tuning/src/step/cleaner.rs",
        with: "is_decided && self.is_first_try()",
        without: "is_decided",
    },
    Guard {
        what: "a lock that is there after its run was cleaned up moves no memory",
        file: "crates/initializer/src/lib.rs",
        with: "_ if has_cleaned_up => MayHaveSet::Nothing,",
        without: "_ if has_cleaned_up => MayHaveSet::Unknown,",
    },
    Guard {
        what: "what is not there is looked for again",
        file: "crates/lambda-control/src/doubt.rs",
        with: "const LOOKS: u32 = 3;",
        without: "const LOOKS: u32 = 1;",
    },
    Guard {
        what: "versions that the state names and the list lacks are looked up",
        file: UNDO,
        with: "&& !is_listed(number)",
        without: "&& !is_listed(number) && number.to_string().is_empty()",
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
