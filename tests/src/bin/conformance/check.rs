//! What a check is, and how it ends.

/// What a check is for.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// What is looked at.
    pub title: &'static str,
    /// What is believed of AWS, and would be shown.
    pub proves: &'static str,
    /// How many GB-seconds of functions it takes, at most about.
    pub gb_seconds: f64,
    /// What it costs beside these, in USD.
    pub further_usd: f64,
    /// Why the local AWS cannot show it, if it cannot.
    pub not_shown_locally: Option<&'static str>,
}

/// How a check ended.
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
    /// What it is for.
    pub about: About,
    /// How it ended.
    pub outcome: Outcome,
}

impl Outcome {
    /// Whether it is as believed.
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

    /// What was seen, or why nothing could be.
    pub fn seen(&self) -> &str {
        match self {
            Self::Passed(seen) | Self::Failed(seen) | Self::NotShown(seen) => seen,
        }
    }
}
