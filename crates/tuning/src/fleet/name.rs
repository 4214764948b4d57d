//! Names of fleets.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::units::printable::printable;

/// The name of a fleet: 1 to 80 letters, digits, hyphens and underscores. It is a part of keys in S3, and names a
/// partition for Athena; an execution's name of these characters can be one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FleetName(String);

/// A text that cannot be the name of a fleet; it is cut to 80 printable characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" cannot be the name of a fleet: expected 1 to 80 letters, digits, - and _")]
pub struct NotAFleetName(String);

/// The most characters that a name has, as of an execution.
const LONGEST: usize = 80;

impl FleetName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for FleetName {
    type Err = NotAFleetName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if (1..=LONGEST).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAFleetName(printable(text, LONGEST)))
        }
    }
}

impl TryFrom<String> for FleetName {
    type Error = NotAFleetName;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<FleetName> for String {
    fn from(name: FleetName) -> Self {
        name.0
    }
}

impl fmt::Display for FleetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_that_is_a_path_or_nothing_is_refused() {
        for text in ["", "a/b", "..", "a=b", "ä", "a b", &"a".repeat(81)] {
            assert!(text.parse::<FleetName>().is_err(), "{text}");
        }
        assert_eq!("2026_Q4-all".parse::<FleetName>().unwrap().as_str(), "2026_Q4-all");
    }

    proptest! {
        #[test]
        fn an_accepted_name_is_kept_as_it_is(text in ".{0,90}") {
            if let Ok(name) = text.parse::<FleetName>() {
                prop_assert_eq!(name.to_string(), text);
            }
        }
    }
}
