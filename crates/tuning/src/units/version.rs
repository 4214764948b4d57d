//! Version numbers of a Lambda function.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The number of a published version. Numbers only grow, and none is ever given twice.
///
/// There is no way to write `$LATEST` as one: deleting "version `$LATEST`" would delete the function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VersionNumber(u64);

/// A text that is not the number of a published version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not the number of a published version")]
pub struct NotAVersionNumber(pub String);

impl VersionNumber {
    /// The number that stands for "no version was ever published": every real number is higher.
    pub const NONE: Self = Self(0);
}

impl FromStr for VersionNumber {
    type Err = NotAVersionNumber;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| NotAVersionNumber(text.to_owned()))
    }
}

impl fmt::Display for VersionNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latest_is_no_version_number() {
        assert!("$LATEST".parse::<VersionNumber>().is_err());
        assert!("".parse::<VersionNumber>().is_err());
    }

    #[test]
    fn numbers_compare_as_numbers() {
        assert!("9".parse::<VersionNumber>().unwrap() < "10".parse().unwrap());
    }
}
