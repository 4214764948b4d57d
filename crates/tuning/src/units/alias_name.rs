//! Names of aliases.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::units::power::Power;

/// The name of an alias of a Lambda function: 1 to 128 letters, digits, `-` and `_`, not all of them digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AliasName(String);

/// A text that cannot be the name of an alias.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" cannot be the name of an alias: allowed are 1 to 128 letters, digits, - and _, not all of them digits"
)]
pub struct BadAliasName(pub String);

impl AliasName {
    /// The alias that locks a function for one run.
    #[must_use]
    pub fn lock() -> Self {
        Self("power-tuning-lock".to_owned())
    }

    /// The alias that points at the version of a memory size, as users of the reference tool know it.
    #[must_use]
    pub fn for_power(power: Power) -> Self {
        Self(format!("RAM{}", power.megabytes()))
    }

    /// The name to take where `RAM<power>` is somebody else's: the version number makes it unique on the function.
    #[must_use]
    pub fn for_power_and_version(power: Power, version: crate::units::version::VersionNumber) -> Self {
        Self(format!("RAM{}-power-tuning-{version}", power.megabytes()))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for AliasName {
    type Error = BadAliasName;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let fits = (1..=128).contains(&name.len()) && name.bytes().all(allowed);
        if fits && !name.bytes().all(|b| b.is_ascii_digit()) { Ok(Self(name)) } else { Err(BadAliasName(name)) }
    }
}

impl From<AliasName> for String {
    fn from(name: AliasName) -> Self {
        name.0
    }
}

impl fmt::Display for AliasName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lambda_refuses_are_refused() {
        for name in ["", "12", "a b", "$LATEST", "ä", &"a".repeat(129)] {
            assert!(AliasName::try_from((*name).to_owned()).is_err(), "{name}");
        }
        for name in ["live", "1a", "a-b_c", &"a".repeat(128)] {
            assert!(AliasName::try_from((*name).to_owned()).is_ok(), "{name}");
        }
    }
}
