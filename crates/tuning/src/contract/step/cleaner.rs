//! The Cleaner: puts the function back and deletes what the run created.

use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{
    analyzer, optimizer,
    publisher::{self, Publication, Target},
};
use crate::{
    contract::{
        error_name::ErrorName,
        outcome::{Applied, Outcome},
    },
    run::plan::{AutoOptimize, Plan},
    units::{arn::ExecutionArn, power::Power, version::VersionNumber},
};

/// Who calls the Cleaner.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Call {
    /// `EventBridge`, because an execution was stopped, ran out of time or failed.
    Event(StatusChange),
    /// The state machine, or a person.
    Step(Box<Input>),
}

/// "Step Functions Execution Status Change", as `EventBridge` sends it.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html>
#[derive(Debug, Clone, Deserialize)]
pub struct StatusChange {
    /// What happened.
    pub detail: StatusDetail,
}

/// The execution whose status has changed.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusDetail {
    /// The execution.
    pub execution_arn: ExecutionArn,
}

/// What the Cleaner is given at the end of a run. It is called wherever a run ends, so it takes the state as it happens
/// to be.
#[derive(Debug, Clone, Deserialize)]
pub struct Input {
    /// The run.
    pub execution: ExecutionArn,
    /// The state of the execution; nothing, when a person or an event calls the Cleaner for a run that was stopped.
    #[serde(default)]
    pub state: State,
    /// How often the state machine has tried this call before.
    #[serde(default)]
    pub retries: u32,
}

impl From<Call> for Input {
    fn from(call: Call) -> Self {
        match call {
            Call::Step(input) => *input,
            Call::Event(StatusChange { detail }) => {
                Self { execution: detail.execution_arn, state: State::default(), retries: 0 }
            }
        }
    }
}

/// What the steps before have left in the state. Before the Initializer was done the state is whatever the caller sent,
/// so that a field of another shape counts as absent.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct State {
    /// The plan, if the Initializer got that far.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub plan: Option<Plan>,
    /// The analysis, if the Analyzer got that far.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub analysis: Option<analyzer::Analysis>,
    /// What the Publisher has made, if it got that far.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub publication: Option<Publication>,
    /// What the Optimizer has done, if it got that far.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub optimization: Option<optimizer::Output>,
    /// The error that ended the run.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub error: Option<CaughtError>,
}

impl State {
    /// Whether the run has its result, and no step can be at work any more.
    #[must_use]
    pub fn is_over(&self) -> bool {
        let is_decided =
            self.error.is_none() && self.analysis.as_ref().is_some_and(|analysis| analysis.outcome.is_some());
        is_decided && self.is_first_try()
    }

    /// Whether no step was called again that changes the function. Of one that was nobody knows whether its first call
    /// has ended.
    fn is_first_try(&self) -> bool {
        let published = self.publication.as_ref().map_or(0, |publication| publication.retries);
        let optimized = self.optimization.as_ref().map_or(0, |optimization| optimization.retries);
        published + optimized == 0
    }

    /// Whether a step has put $LATEST back, and none was to change it since.
    #[must_use]
    pub fn is_put_back(&self) -> bool {
        let (Some(analysis), Some(publication)) = (&self.analysis, &self.publication) else { return false };
        let is_published = publication.round == analysis.round.number && publication.next != publisher::Next::Publish;
        let is_optimized = analysis.next != analyzer::Next::Optimize || self.optimization.is_some();
        is_published && is_optimized && self.is_first_try()
    }

    /// Whether the Optimizer has found that somebody has changed the function: then it has put $LATEST back itself,
    /// unless the lock was lost.
    #[must_use]
    pub fn has_given_up(&self) -> bool {
        let is_changed = self.error.as_ref().is_some_and(|error| error.error == ErrorName::FunctionChanged.as_str());
        let was_to_optimize = self.analysis.as_ref().is_some_and(|analysis| analysis.next == analyzer::Next::Optimize);
        is_changed && was_to_optimize && self.is_first_try()
    }

    /// The winner, once there is one.
    #[must_use]
    pub fn winner(&self) -> Option<Power> {
        self.analysis.as_ref().and_then(|analysis| analysis.winner)
    }

    /// The version that the Optimizer has published for an alias, or that was there already.
    #[must_use]
    pub fn optimum(&self) -> Option<VersionNumber> {
        match self.optimization.as_ref()?.applied.as_ref()? {
            Applied::Alias { version, .. } => Some(*version),
            Applied::Latest { .. } => None,
        }
    }

    /// The memory that $LATEST is to have now.
    #[must_use]
    pub fn memory(&self, plan: &Plan) -> Power {
        let is_optimum = self.optimization.is_some() && plan.request.auto_optimize == AutoOptimize::Latest;
        self.winner().filter(|_| is_optimum).unwrap_or(plan.before.memory)
    }

    /// What was published in the last round.
    #[must_use]
    pub fn targets(&self) -> Vec<Target> {
        self.publication.iter().flat_map(Publication::published).cloned().collect()
    }
}

/// An error as a Catch of the state machine hands it on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaughtError {
    /// Its name.
    #[serde(rename = "Error")]
    pub error: String,
    /// Of a Lambda function, JSON with `errorType` and `errorMessage`.
    #[serde(rename = "Cause", default)]
    pub cause: String,
}

/// What the Cleaner gives back.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Output {
    /// The run succeeded: its output.
    Succeeded(Outcome),
    /// The run failed.
    Failed(FailedRun),
    /// There was no run to speak of, only a function to put back.
    Cleaned {
        /// What was left as it is, and why.
        warnings: Vec<String>,
    },
}

/// A run that failed. The state machine needs how it is to end; the rest is for the metrics.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FailedRun {
    /// How the execution is to end.
    #[serde(flatten)]
    pub failure: Failure,
    /// The execution.
    #[serde(skip)]
    pub execution: ExecutionArn,
    /// The name of the function, if there is a plan, or the input names one.
    #[serde(skip)]
    pub function: Option<String>,
    /// The strategy, if there is a plan.
    #[serde(skip)]
    pub strategy: Option<&'static str>,
}

/// How a failed execution ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The name of the error.
    pub error: String,
    /// The cause, for a person.
    pub cause: String,
}

impl From<CaughtError> for Failure {
    fn from(caught: CaughtError) -> Self {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct LambdaError {
            error_message: String,
        }
        let message = serde_json::from_str(&caught.cause).map(|error: LambdaError| error.error_message);
        Self { error: caught.error, cause: message.unwrap_or(caught.cause) }
    }
}

fn if_it_fits<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Option<T>, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn input(state: &Value) -> Input {
        let whole = json!({"execution": "arn:e", "state": state});
        serde_json::from_value(whole).unwrap()
    }

    #[test]
    fn fields_of_the_user_that_are_named_like_ours_do_no_harm() {
        let input = input(&json!({"lambdaARN": "f", "plan": "premium", "analysis": [], "error": 7}));
        assert!(input.state.plan.is_none() && input.state.analysis.is_none() && input.state.error.is_none());
    }

    #[test]
    fn the_message_of_a_lambda_error_becomes_the_cause() {
        let caught = CaughtError {
            error: "ValidationError".to_owned(),
            cause: r#"{"errorType":"ValidationError","errorMessage":"num: received 3"}"#.to_owned(),
        };
        let expected = Failure { error: "ValidationError".to_owned(), cause: "num: received 3".to_owned() };
        assert_eq!(Failure::from(caught), expected);
        let other = CaughtError { error: "States.Timeout".to_owned(), cause: "plain".to_owned() };
        assert_eq!(Failure::from(other).cause, "plain");
    }

    #[test]
    fn an_event_names_the_execution() {
        let event = json!({
            "version": "0", "source": "aws.states", "detail-type": "Step Functions Execution Status Change",
            "detail": {"executionArn": "arn:e", "stateMachineArn": "arn:m", "status": "ABORTED", "input": "{}"},
        });
        let input = Input::from(serde_json::from_value::<Call>(event).unwrap());
        assert!(input.execution.0 == "arn:e" && input.state.plan.is_none());
    }

    proptest! {
        #[test]
        fn no_state_makes_the_parser_fail(key in "(plan|analysis|error|x)", text in ".*", number in any::<i64>()) {
            for value in [json!(text), json!(number), json!([text]), json!({ text.clone(): number })] {
                input(&json!({ key.clone(): value }));
            }
        }
    }
}
