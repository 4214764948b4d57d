//! The Initializer: checks the input, reads the function, takes the lock, makes the plan.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::units::arn::ExecutionArn;

/// What the Initializer is given.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Input {
    /// The run.
    pub execution: ExecutionArn,
    /// The execution's input, not looked at yet.
    pub input: Value,
    /// How often the state machine has tried this call before.
    pub retries: u32,
}
