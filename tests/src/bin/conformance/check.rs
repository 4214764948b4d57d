//! A check, and its outcome.

/// The purpose of a check.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// The name of what is looked at.
    pub title: &'static str,
    /// The belief about AWS that would be shown.
    pub proves: &'static str,
    /// The number of GB-seconds of functions that it takes, at most about.
    pub gb_seconds: f64,
    /// The cost beside these, in USD.
    pub further_usd: f64,
    /// Why the local AWS cannot show it, if it cannot.
    pub not_shown_locally: Option<&'static str>,
}

/// The outcome of a check.
#[derive(Debug)]
pub enum Outcome {
    /// AWS is as believed.
    Passed(String),
    /// AWS is not as believed, or power-tuner fails on it.
    Failed(String),
    /// It cannot be shown here.
    NotShown(String),
}

/// A check that was run.
#[derive(Debug)]
pub struct Row {
    /// Its number.
    pub number: usize,
    /// The purpose of the check.
    pub about: About,
    /// Its outcome.
    pub outcome: Outcome,
}

impl Outcome {
    /// Returns `Passed` if it is as believed, else `Failed`.
    pub fn of(is_so: bool, seen: String) -> Self {
        if is_so { Self::Passed(seen) } else { Self::Failed(seen) }
    }

    /// In a word or two.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Passed(_) => "passed",
            Self::Failed(_) => "failed",
            Self::NotShown(_) => "cannot be shown here",
        }
    }

    /// The thing that was seen, or the reason why nothing could be.
    pub fn seen(&self) -> &str {
        match self {
            Self::Passed(seen) | Self::Failed(seen) | Self::NotShown(seen) => seen,
        }
    }
}
