//! What people are told.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use tuning::{fleet::FleetName, units::counted::counted};

use crate::Drifted;

/// A message to people, as Amazon SNS takes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The subject: ASCII, less than 100 characters.
    pub subject: String,
    /// The text.
    pub text: String,
}

impl Message {
    /// What is told about the functions that have drifted, of which only the first ones are given; nothing about none.
    pub(crate) fn about(fleet: &FleetName, drifted: usize, told: &[Drifted]) -> Option<Self> {
        let first = told.first()?;
        let subject = match drifted {
            1 => "power-tuner: 1 function has drifted".to_owned(),
            _ => format!("power-tuner: {drifted} functions have drifted"),
        };
        let mut text = format!("{subject} (fleet {fleet}).\n");
        for Drifted { function, since, findings } in told {
            let _ = write!(text, "\n{function}, compared with the run of {since}:\n");
            for finding in findings {
                let _ = writeln!(text, "- {}", finding.sentence);
            }
        }
        let more = drifted - told.len();
        if more > 0 {
            let _ = writeln!(text, "\nAnd {} more.", counted(u64::try_from(more).unwrap_or(u64::MAX), "function"));
        }
        let _ = writeln!(text, "\nTo see all runs of a function: power-tuner history {}", first.function);
        Some(Self { subject, text })
    }
}
