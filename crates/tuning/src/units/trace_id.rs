//! Trace ids of AWS X-Ray.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The id of a trace, such as `1-5e34a614-10bdabcdf1fb44f07bc535a1`: the version, which is 1, when the trace began, in
/// seconds since 1970, and 96 bits of chance.
/// <https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(inline, with = "String", extend("pattern" = "^1-[0-9a-f]{8}-[0-9a-f]{24}$"))
)]
#[serde(try_from = "String", into = "String")]
pub struct TraceId(u128);

/// The number of digits that stand for the time at which a trace began.
const DIGITS_OF_TIME: usize = 8;
/// The number of digits that stand for chance.
const DIGITS_OF_CHANCE: usize = 24;

/// A text that is no id of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a trace id of AWS X-Ray, which looks like 1-5e34a614-10bdabcdf1fb44f07bc535a1")]
pub struct NotATraceId;

impl FromStr for TraceId {
    type Err = NotATraceId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (time, chance) = text.strip_prefix("1-").and_then(|rest| rest.split_once('-')).ok_or(NotATraceId)?;
        let is_hexadecimal =
            |digits: &str| digits.bytes().all(|digit| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit));
        let is_whole = time.len() == DIGITS_OF_TIME && chance.len() == DIGITS_OF_CHANCE;
        let number = u128::from_str_radix(&format!("{time}{chance}"), 16).map_err(|_| NotATraceId)?;
        (is_whole && is_hexadecimal(time) && is_hexadecimal(chance)).then_some(Self(number)).ok_or(NotATraceId)
    }
}

impl TryFrom<String> for TraceId {
    type Error = NotATraceId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<TraceId> for String {
    fn from(id: TraceId) -> Self {
        id.to_string()
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:032x}", self.0);
        let (time, chance) = digits.split_at(DIGITS_OF_TIME);
        write!(f, "1-{time}-{chance}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_id_is_read_back_as_it_is_written(id in "1-[0-9a-f]{8}-[0-9a-f]{24}") {
            prop_assert_eq!(id.parse::<TraceId>().unwrap().to_string(), id);
        }

        #[test]
        fn anything_else_is_none(text in "1-[0-9a-g]{7,9}-[0-9a-fA-F+]{23,25}|\\PC{0,40}") {
            if let Ok(id) = text.parse::<TraceId>() {
                prop_assert_eq!(id.to_string(), text);
            }
        }
    }
}
