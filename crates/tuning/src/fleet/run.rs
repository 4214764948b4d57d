//! The run of one function of a fleet, as it is kept in S3.

use serde::{Deserialize, Serialize};

use crate::{
    contract::outcome::TuningOutcome,
    units::arn::{ExecutionArn, FunctionArn},
};

/// The run of one function: the history of functions is made of these.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// The function.
    pub function: FunctionArn,
    /// The execution that tuned it; absent if none was started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution: Option<ExecutionArn>,
    /// When it had finished: UTC in ISO 8601, as AWS Step Functions writes it. Later times are greater texts.
    pub finished: String,
    /// What came of it.
    #[serde(flatten)]
    pub result: RunResult,
}

/// What came of the run of a function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RunResult {
    /// It was tuned.
    Tuned {
        /// The output of the run, with `stats`.
        output: Box<TuningOutcome>,
    },
    /// The run failed, or could not be started.
    Failed {
        /// The name of the error.
        error: String,
        /// The cause.
        cause: String,
    },
}

/// An object that is not a run.
#[derive(Debug, thiserror::Error)]
#[error("the object is not a run of a fleet: {0}")]
pub struct UnreadableRun(#[from] serde_json::Error);

impl Run {
    /// Reads an object.
    pub fn read(text: &str) -> Result<Self, UnreadableRun> {
        Ok(serde_json::from_str(text)?)
    }

    /// The output, if the function was tuned.
    #[must_use]
    pub fn output(&self) -> Option<&TuningOutcome> {
        match &self.result {
            RunResult::Tuned { output } => Some(output),
            RunResult::Failed { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn run(result: &serde_json::Value) -> serde_json::Value {
        let mut run = json!({
            "function": "arn:aws:lambda:eu-west-1:123456789012:function:f",
            "execution": "arn:aws:states:eu-west-1:123456789012:execution:m:f",
            "finished": "2026-11-27T02:00:00.000Z",
        });
        run.as_object_mut().unwrap().extend(result.as_object().unwrap().clone());
        run
    }

    #[test]
    fn a_tuned_and_a_failed_run_are_read_and_written_as_they_are() {
        let output = json!({"output": {
            "power": 512, "cost": 2.5e-7, "duration": 15.0,
            "stateMachine": {"executionCost": 0.001, "lambdaCost": 0.0001, "visualization": "https://v/#x"},
            "recommendation": {
                "verdict": "the cheapest", "decidedBy": "averages", "alternatives": [], "reasons": ["it is"],
            },
            "warnings": [],
        }});
        for result in [output, json!({"error": "FunctionBusy", "cause": "another run has it"})] {
            let written = run(&result);
            let read = Run::read(&written.to_string()).unwrap();
            assert_eq!(read.output().is_some(), result.get("output").is_some());
            assert_eq!(serde_json::to_value(&read).unwrap(), written);
        }
    }

    #[test]
    fn an_object_that_says_neither_is_refused() {
        assert!(Run::read(&run(&json!({"error": "without cause"})).to_string()).is_err());
        assert!(Run::read("{}").is_err());
    }
}
