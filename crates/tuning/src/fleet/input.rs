//! The input of the fleet's state machine.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{
    contract::{
        deployment::Deployment,
        input::{Field, Input, ValidationError},
    },
    fleet::FleetName,
    units::{arn::FunctionReference, printable::printable, s3_uri::S3Uri, usd::Usd},
};

/// The input of an execution of the fleet's state machine, checked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FleetInput {
    /// The name of the fleet; without one, the execution's name. A fleet that was stopped goes on under its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fleet: Option<FleetName>,
    /// The functions to tune.
    pub functions: Selection,
    /// Fields of the tuner's input, for all functions. Without `powerValues` it is `"AUTO"`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub input: Map<String, Value>,
    /// How many groups are tuned at a time.
    #[serde(default = "default_concurrency")]
    pub max_concurrency: u32,
    /// The fleet stops when the runs of more groups than this have failed, in percent of the groups.
    #[serde(default = "default_tolerance")]
    pub tolerated_failure_percentage: f64,
    /// The most that all invocations of the fleet's runs may cost. Each run gets an equal share, and keeps to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_spend: Option<Usd>,
    /// True to write the plan and to tune nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub plan_only: bool,
}

/// Which functions are tuned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawSelection", into = "RawSelection")]
pub enum Selection {
    /// These.
    Names(Vec<FunctionReference>),
    /// Those that an object in S3 names: a JSON list of names, or what `power-tuner suggest --output json` writes.
    List(S3Uri),
    /// Those of the region that match.
    Matching(Matching),
}

/// What functions must match, all of it; nothing matches all functions of the region.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Matching {
    /// Their names begin so.
    pub prefix: String,
    /// They have these tags.
    pub tags: BTreeMap<String, String>,
    /// They belong to this CloudFormation stack, or to one in it.
    pub stack: Option<String>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawSelection {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    names: Option<Vec<FunctionReference>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    list: Option<S3Uri>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    prefix: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tags: Option<BTreeMap<String, String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stack: Option<String>,
}

/// What is wrong with an input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It does not have the form of an input.
    #[error("the input of the fleet cannot be read: {0}")]
    Form(String),
    /// `functions` is something else than an object.
    #[error(
        "functions: expected an object, such as {{\"names\": [\"checkout\", \"refund\"]}} or {{\"prefix\": \"shop-\"}}"
    )]
    NoObject,
    /// Both ways to name functions are used.
    #[error("functions: \"{0}\" names functions, so nothing else can stand beside it. Remove one of them")]
    TwoSelections(&'static str),
    /// It names no functions.
    #[error("functions.names: expected at least one function, received an empty list")]
    NoNames,
    /// A field is the fleet's to set.
    #[error("input.{field}: {reason}")]
    NotForAll {
        /// The field.
        field: &'static str,
        /// Why, and what to do instead.
        reason: &'static str,
    },
    /// A field that the tuner does not know.
    #[error(
        "input.{received}: the tuner has no such field{}",
        .meant.map(|name| format!("; did you mean {name}?")).unwrap_or_default()
    )]
    UnknownField {
        /// Its name.
        received: String,
        /// The one that was probably meant.
        meant: Option<&'static str>,
    },
    /// A value that the tuner refuses.
    #[error("input: {0}")]
    Tuner(#[from] ValidationError),
    /// `maxConcurrency` is out of range.
    #[error("maxConcurrency: expected an integer from 1 to {MOST_CONCURRENCY}, received {0}")]
    Concurrency(u32),
    /// `toleratedFailurePercentage` is no percentage.
    #[error("toleratedFailurePercentage: expected a number from 0 to 100, received {0}")]
    Tolerance(String),
    /// `maxSpend` is no amount that can be spent.
    #[error("maxSpend: expected a number above 0, received {0}")]
    Spend(String),
}

/// The number of child executions that a Distributed Map can run at a time:
/// <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>.
const MOST_CONCURRENCY: u32 = 10_000;

/// AWS Step Functions adds it if another state machine starts this one.
const STARTED_BY: &str = "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID";

const EACH_HAS_ITS_OWN: &str = "each function has a payload of its own. Put it into the fleet's bucket as \
                                payloads/<function>.json, or name a test event in the tag power-tuner:event";

/// Fields of the tuner's input that cannot be the same for all, and why.
const NOT_FOR_ALL: [(&str, &str); 6] = [
    ("lambdaARN", "the fleet sets it for each function. Choose them in `functions`"),
    ("payload", EACH_HAS_ITS_OWN),
    ("payloadS3", EACH_HAS_ITS_OWN),
    ("dryRun", "a fleet keeps results, and a dry run has none. Use planOnly to see what would be tuned"),
    ("includeOutputResults", "the fleet sets it: results are kept with all their rows"),
    ("includeSamples", "the samples of a run can be more than an execution carries beside the rest. Leave it out"),
];

fn default_concurrency() -> u32 {
    super::DEFAULT_CONCURRENCY
}

fn default_tolerance() -> f64 {
    super::DEFAULT_TOLERANCE
}

impl FleetInput {
    /// Reads and checks an input.
    pub fn read(mut input: Value) -> Result<Self, Problem> {
        if let Some(fields) = input.as_object_mut() {
            fields.remove(STARTED_BY);
        }
        // An empty list would be read as an object without fields, which chooses all functions.
        if input.get("functions").is_some_and(|functions| !functions.is_object()) {
            return Err(Problem::NoObject);
        }
        let read: Self = serde_json::from_value(input).map_err(|error| Problem::Form(error.to_string()))?;
        if !(1..=MOST_CONCURRENCY).contains(&read.max_concurrency) {
            return Err(Problem::Concurrency(read.max_concurrency));
        }
        if !(0.0..=100.0).contains(&read.tolerated_failure_percentage) {
            return Err(Problem::Tolerance(read.tolerated_failure_percentage.to_string()));
        }
        match read.max_spend {
            Some(Usd(amount)) if amount <= 0.0 => return Err(Problem::Spend(amount.to_string())),
            Some(_) if read.input.contains_key("maxSpend") => {
                return Err(Problem::NotForAll {
                    field: "maxSpend",
                    reason: "the fleet's own maxSpend is shared out among the functions. Remove one of both",
                });
            }
            _ => {}
        }
        for received in read.input.keys() {
            if let Some((field, reason)) = NOT_FOR_ALL.iter().find(|(field, _)| field == received) {
                return Err(Problem::NotForAll { field, reason });
            }
            if Field::named(received).is_none() {
                let meant = Field::meant_by(received).map(|field| field.name);
                return Err(Problem::UnknownField { received: printable(received, 80), meant });
            }
        }
        read.check_for_the_tuner()?;
        Ok(read)
    }

    /// Has the fields that all functions share checked as the tuner does it: each run would fail.
    fn check_for_the_tuner(&self) -> Result<(), ValidationError> {
        let deployment = Deployment {
            power_values: Vec::new(),
            auto_optimize: false,
            visualization_url: String::new(),
            execution_time_limit: Duration::from_hours(24),
            total_execution_timeout: Duration::from_mins(5),
            own_functions: Vec::new(),
        };
        let mut input = self.input.clone();
        input.insert("lambdaARN".to_owned(), json!("function"));
        if !input.contains_key("powerValues") {
            input.insert("powerValues".to_owned(), json!("AUTO"));
        }
        Input::parse(&Value::Object(input), &deployment, None).map(drop)
    }
}

impl TryFrom<RawSelection> for Selection {
    type Error = Problem;

    fn try_from(raw: RawSelection) -> Result<Self, Problem> {
        let RawSelection { names, list, prefix, tags, stack } = raw;
        let is_matching = prefix.is_some() || tags.is_some() || stack.is_some();
        match (names, list) {
            (Some(names), None) if names.is_empty() => Err(Problem::NoNames),
            (Some(names), None) if !is_matching => Ok(Self::Names(names)),
            (None, Some(list)) if !is_matching => Ok(Self::List(list)),
            (Some(_), _) => Err(Problem::TwoSelections("names")),
            (None, Some(_)) => Err(Problem::TwoSelections("list")),
            (None, None) => {
                let (prefix, tags) = (prefix.unwrap_or_default(), tags.unwrap_or_default());
                Ok(Self::Matching(Matching { prefix, tags, stack }))
            }
        }
    }
}

impl From<Selection> for RawSelection {
    fn from(selection: Selection) -> Self {
        match selection {
            Selection::Names(names) => Self { names: Some(names), ..Self::default() },
            Selection::List(list) => Self { list: Some(list), ..Self::default() },
            Selection::Matching(Matching { prefix, tags, stack }) => Self {
                prefix: (!prefix.is_empty()).then_some(prefix),
                tags: (!tags.is_empty()).then_some(tags),
                stack,
                ..Self::default()
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refused(input: Value) -> String {
        FleetInput::read(input).unwrap_err().to_string()
    }

    #[test]
    fn the_smallest_input_chooses_functions_and_the_rest_has_defaults() {
        let read = FleetInput::read(json!({"functions": {"prefix": "checkout-"}})).unwrap();
        let matching = Matching { prefix: "checkout-".to_owned(), ..Matching::default() };
        assert_eq!(read.functions, Selection::Matching(matching));
        assert_eq!((read.fleet, read.max_spend, read.plan_only), (None, None, false));
        assert_eq!(read.max_concurrency, crate::fleet::DEFAULT_CONCURRENCY);
        let all = FleetInput::read(json!({"functions": {}})).unwrap();
        assert_eq!(all.functions, Selection::Matching(Matching::default()));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let with = |field: &str, value: Value| {
            let mut input = json!({"functions": {}});
            input[field] = value;
            refused(input)
        };
        let said = [
            refused(json!({})),
            with("functions", json!([])),
            with("functions", json!({"names": []})),
            with("functions", json!({"names": ["f"], "prefix": "g"})),
            with("functions", json!({"list": "s3://bucket/l.json", "stack": "s"})),
            with("functions", json!({"list": "bucket/l.json"})),
            with("functions", json!({"names": ["a b"]})),
            with("fleet", json!("a/b")),
            with("input", json!({"payload": {}})),
            with("input", json!({"stratgy": "cost"})),
            with("input", json!({"powerValues": [128]})),
            with("maxConcurrency", json!(0)),
            with("toleratedFailurePercentage", json!(101)),
            with("maxSpend", json!(-1)),
            with("maxSpent", json!(1)),
            refused(json!({"functions": {}, "maxSpend": 5, "input": {"maxSpend": 1}})),
        ];
        insta::assert_snapshot!(said.join("\n"));
    }

    #[test]
    fn a_fleet_can_be_started_by_another_state_machine() {
        let input = json!({"functions": {}, "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID": "arn"});
        assert!(FleetInput::read(input).is_ok());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(
            fleet in proptest::option::of("[a-z]{1,9}"),
            functions in prop_oneof![
                Just(json!({"names": ["f", "123456789012:function:g"]})),
                Just(json!({"list": "s3://bucket/list.json"})),
                ("[a-z]{0,4}", proptest::collection::btree_map("[a-z:]{1,4}", "[a-z]{0,4}", 0..3))
                    .prop_map(|(prefix, tags)| json!({"prefix": prefix, "tags": tags, "stack": "s"})),
            ],
            most in 1u32..10_001,
            tolerated in 0.0..100.0f64,
            spend in proptest::option::of(0.001..100.0f64),
        ) {
            let mut input = json!({
                "functions": functions, "maxConcurrency": most, "toleratedFailurePercentage": tolerated,
                "input": {"strategy": "cost", "num": 10}, "planOnly": true,
            });
            if let Some(fleet) = fleet {
                input["fleet"] = json!(fleet);
            }
            if let Some(spend) = spend {
                input["maxSpend"] = json!(spend);
            }
            let read = FleetInput::read(input).unwrap();
            prop_assert_eq!(FleetInput::read(serde_json::to_value(&read).unwrap()).unwrap(), read);
        }
    }
}
