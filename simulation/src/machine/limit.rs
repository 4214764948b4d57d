//! The limit on what one state may hand to another.

use serde_json::Value;

use super::{Failure, Result};

/// The most bytes that the input or the output of a task, of a state or of an execution may have.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>
const LARGEST: usize = 262_144;

/// The name of the error of what is larger, which `States.ALL` does not catch.
pub(super) const DATA_LIMIT_EXCEEDED: &str = "States.DataLimitExceeded";

/// A value, if it is not too large.
pub(super) fn bounded(value: Value) -> Result<Value> {
    let bytes = value.to_string().len();
    if bytes <= LARGEST {
        return Ok(value);
    }
    Err(Failure::new(DATA_LIMIT_EXCEEDED, format!("{bytes} bytes are more than {LARGEST}")))
}
