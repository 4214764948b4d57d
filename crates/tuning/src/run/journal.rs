//! The journal that a run writes on the function itself, so that anyone can put the function back.

use std::{fmt, str::FromStr};

use crate::units::{arn::ExecutionArn, power::Power, version::VersionNumber};

/// The word at the head of every description that power-tuner writes.
const SIGNATURE: &str = "power-tuning";
/// The word that stands there while the run looks whether what it says still holds now that it has the lock.
const TAKING: &str = "power-taking";
/// The word that stands there instead once somebody has begun to clean up: from then on, no step of the run may change
/// anything.
const CLOSING: &str = "power-tuning!";
/// The word that stands there once the run is over: the lock is free, and whoever wrote this deletes it.
const RELEASED: &str = "power-released";

/// The description of the lock alias: who tunes the function, and what to restore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journal {
    /// The run that holds the lock.
    pub execution: ExecutionArn,
    /// The memory that $LATEST is to have when the run is over.
    pub memory: Power,
    /// The highest version number before the run: only higher ones can be the run's own.
    pub highest_version: VersionNumber,
    /// The phase of the run, which says if it may still change the function.
    pub phase: Phase,
    /// The number of times that the state machine had tried the Initializer before the call that wrote this: the newest
    /// call has the lock.
    pub retries: u32,
}

/// The phase of a run, which says if it may still change the function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Not yet, and it has changed nothing: the memory may be what another run had set for a moment, and is not
    /// believed.
    Taking,
    /// It may.
    Open,
    /// Somebody cleans up after it: a step that is still running must stop.
    Closing,
    /// It is over, and has left nothing but this lock, which is about to be deleted.
    Released,
}

/// The description of every version and alias that a run creates. What does not carry it is not the run's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark(pub ExecutionArn);

/// The description of the version that a run publishes for the user's alias. Until the alias points at it, it is the
/// run's own to delete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptimumMark(pub ExecutionArn);

/// A description of the lock alias that power-tuner did not write.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the description \"{0}\" is not a journal of power-tuner")]
pub struct NotAJournal(pub String);

impl Journal {
    /// Returns true if there is nothing to put back: the run has changed nothing yet, or everything is put back.
    #[must_use]
    pub fn owes_nothing(&self) -> bool {
        matches!(self.phase, Phase::Taking | Phase::Released)
    }
}

impl Mark {
    /// The mark that a description is.
    #[must_use]
    pub fn read(description: &str) -> Option<Self> {
        let run = description.strip_prefix(SIGNATURE)?.strip_prefix(' ')?;
        (run.starts_with("arn:") && !run.contains(' ')).then(|| Self(ExecutionArn(run.to_owned())))
    }

    /// Returns true if a version or an alias with this description was made by this run.
    #[must_use]
    pub fn is_on(&self, description: &str) -> bool {
        description == self.to_string()
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SIGNATURE} {}", self.0)
    }
}

impl OptimumMark {
    /// Returns true if a version with this description was published by this run for the user's alias.
    #[must_use]
    pub fn is_on(&self, description: &str) -> bool {
        description == self.to_string()
    }
}

impl fmt::Display for OptimumMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SIGNATURE} optimum {}", self.0)
    }
}

impl fmt::Display for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { execution, memory, highest_version, phase, retries } = self;
        let signature = match phase {
            Phase::Taking => TAKING,
            Phase::Open => SIGNATURE,
            Phase::Closing => CLOSING,
            Phase::Released => RELEASED,
        };
        write!(f, "{signature} {} {highest_version} {execution}", memory.megabytes())?;
        if *retries > 0 { write!(f, " {retries}") } else { Ok(()) }
    }
}

impl FromStr for Journal {
    type Err = NotAJournal;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || NotAJournal(text.to_owned());
        let parts: Vec<&str> = text.split(' ').collect();
        let [signature, memory, version, execution, rest @ ..] = parts.as_slice() else { return Err(bad()) };
        let retries = match rest {
            [] => 0,
            [retries] => retries.parse().map_err(|_| bad())?,
            _ => return Err(bad()),
        };
        let phase = match *signature {
            TAKING => Phase::Taking,
            SIGNATURE => Phase::Open,
            CLOSING => Phase::Closing,
            RELEASED => Phase::Released,
            _ => return Err(bad()),
        };
        let memory = memory.parse().ok().and_then(|mb| Power::new(mb).ok()).ok_or_else(bad)?;
        let highest_version = version.parse().map_err(|_| bad())?;
        Ok(Self { execution: ExecutionArn((*execution).to_owned()), memory, highest_version, phase, retries })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Lambda's limit for the description of a version or an alias.
    const DESCRIPTION_LIMIT: usize = 256;

    fn longest_execution() -> ExecutionArn {
        let name = "n".repeat(80);
        ExecutionArn(format!("arn:aws-us-gov:states:us-gov-west-1:123456789012:execution:{name}:{name}"))
    }

    #[test]
    fn the_longest_legal_names_fit_a_description() {
        let execution = longest_execution();
        let journal = Journal {
            execution: execution.clone(),
            memory: Power::MAX,
            highest_version: "9999999999".parse().unwrap(),
            phase: Phase::Released,
            retries: 5,
        };
        assert!(journal.to_string().len() <= DESCRIPTION_LIMIT, "{}", journal.to_string().len());
        assert!(OptimumMark(execution.clone()).to_string().len() <= DESCRIPTION_LIMIT);
        assert!(Mark(execution).to_string().len() <= DESCRIPTION_LIMIT);
    }

    proptest! {
        #[test]
        fn a_journal_is_read_as_it_was_written(mb in 128u32..=10_240, version in any::<u64>(), name in "[!-~]{1,80}", phase in 0usize..4, retries in 0u32..6) {
            let journal = Journal {
                execution: ExecutionArn(name),
                memory: Power::new(mb).unwrap(),
                highest_version: version.to_string().parse().unwrap(),
                phase: [Phase::Taking, Phase::Open, Phase::Closing, Phase::Released][phase],
                retries,
            };
            prop_assert_eq!(journal.to_string().parse::<Journal>(), Ok(journal));
        }

        #[test]
        fn no_description_makes_the_parser_panic(text in ".*") {
            let _ = text.parse::<Journal>();
        }
    }

    #[test]
    fn the_mark_of_another_run_is_not_ours() {
        let ours = Mark(ExecutionArn("arn:a".to_owned()));
        let theirs = Mark(ExecutionArn("arn:ab".to_owned()));
        assert!(ours.is_on(&ours.to_string()));
        assert!(!ours.is_on(&theirs.to_string()));
        assert!(!ours.is_on(""));
    }

    #[test]
    fn only_a_mark_is_a_mark() {
        let run = ExecutionArn("arn:e".to_owned());
        assert_eq!(Mark::read(&Mark(run.clone()).to_string()), Some(Mark(run.clone())));
        let optimum = OptimumMark(run).to_string();
        for other in ["", SIGNATURE, "power-tuning arn:e 128 7", &optimum, "mine arn:e"] {
            assert_eq!(Mark::read(other), None, "{other:?}");
        }
    }
}
