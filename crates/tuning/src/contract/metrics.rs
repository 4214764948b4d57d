//! What Amazon CloudWatch is told of a run: a line in the log of the step that knows it, in the Embedded Metric Format,
//! from which CloudWatch makes metrics without any call.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    contract::{
        outcome::{Comparison, Outcome, TuningOutcome},
        step::{RunState, cleaner::FailedRun},
    },
    units::{arn::ExecutionArn, moment::Moment, printable::printable},
};

/// The namespace of all metrics.
const NAMESPACE: &str = "PowerTuner";
/// The longest value of a dimension that is written; CloudWatch takes 1,024 characters.
const LONGEST_VALUE: usize = 250;
/// What stands for a dimension's value that is not known.
const UNKNOWN: &str = "unknown";

/// A line of the log: metrics with their dimensions, and what else is worth finding there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Document {
    #[serde(rename = "_aws")]
    metadata: Metadata,
    /// The values of metrics and dimensions, by their names, and other members.
    #[serde(flatten)]
    members: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata {
    timestamp: Moment,
    cloud_watch_metrics: [Directive; 1],
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive {
    namespace: &'static str,
    /// The sets of dimensions: each makes metrics of its own.
    dimensions: Vec<Vec<&'static str>>,
    metrics: Vec<Definition>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Definition {
    name: &'static str,
    unit: Unit,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
enum Unit {
    Megabytes,
    Milliseconds,
    Percent,
    Count,
    /// Of money: CloudWatch has no unit for it.
    None,
}

impl Document {
    /// Of a run that has its result; `None` of one that measures on, and of a dry one.
    #[must_use]
    pub fn of_result(state: &RunState, at: Moment) -> Option<Self> {
        let Some(Outcome::Tuned(outcome)) = &state.analysis.outcome else { return None };
        let plan = &state.plan;
        let mut document = Self::of_run(&plan.execution, at);
        document.add_dimensions(&[("FunctionName", plan.function.name()), ("Strategy", plan.request.strategy.name())]);
        document.members.insert("FunctionArn".to_owned(), plan.function.to_string().into());
        let TuningOutcome { power, cost, duration, state_machine, recommendation, .. } = &**outcome;
        // What the winner has, divided by what it has more than the current memory.
        let before = |at_winner: f64, percent: fn(&Comparison) -> f64| {
            recommendation.against_present.as_ref().map(|present| at_winner / (1.0 + percent(present) / 100.0))
        };
        let per_million = cost.0 * 1e6;
        let invocations = state_machine.invocations.map(f64::from);
        let saving = recommendation.against_present.map(|present| 0.0 - present.cost_percent);
        let metrics = [
            ("MemoryBefore", Unit::Megabytes, Some(f64::from(plan.before.memory.megabytes()))),
            ("MemoryAtWinner", Unit::Megabytes, Some(f64::from(power.megabytes()))),
            ("CostPerMillionBefore", Unit::None, before(per_million, |present| present.cost_percent)),
            ("CostPerMillionAtWinner", Unit::None, Some(per_million)),
            ("DurationBefore", Unit::Milliseconds, before(duration.0, |present| present.duration_percent)),
            ("DurationAtWinner", Unit::Milliseconds, Some(duration.0)),
            ("Saving", Unit::Percent, saving),
            ("Invocations", Unit::Count, invocations),
            ("RunCost", Unit::None, Some(state_machine.lambda_cost.0 + state_machine.execution_cost.0)),
            ("Failures", Unit::Count, Some(0.0)),
        ];
        for (name, unit, value) in metrics {
            document.add_metric(name, unit, value);
        }
        Some(document)
    }

    /// Of a run that failed.
    #[must_use]
    pub fn of_failure(run: &FailedRun, at: Moment) -> Self {
        let mut document = Self::of_run(&run.execution, at);
        let (function, strategy) = (run.function.as_deref(), run.strategy);
        let dimensions = [("FunctionName", function.unwrap_or_default()), ("Strategy", strategy.unwrap_or_default())];
        document.add_dimensions(&dimensions);
        document.add_dimensions(&[("Error", &run.failure.error)]);
        document.add_metric("Failures", Unit::Count, Some(1.0));
        document
    }

    fn of_run(execution: &ExecutionArn, at: Moment) -> Self {
        let directive = Directive { namespace: NAMESPACE, dimensions: Vec::new(), metrics: Vec::new() };
        let metadata = Metadata { timestamp: at, cloud_watch_metrics: [directive] };
        Self { metadata, members: Map::from_iter([("Execution".to_owned(), execution.to_string().into())]) }
    }

    /// Adds a set of dimensions: those of the set before, if there is one, and these.
    fn add_dimensions(&mut self, dimensions: &[(&'static str, &str)]) {
        let [directive] = &mut self.metadata.cloud_watch_metrics;
        let mut set = directive.dimensions.last().cloned().unwrap_or_default();
        for (name, value) in dimensions {
            set.push(name);
            self.members.insert((*name).to_owned(), dimension_value(value).into());
        }
        directive.dimensions.push(set);
    }

    /// Adds a metric, if its value is known.
    fn add_metric(&mut self, name: &'static str, unit: Unit, value: Option<f64>) {
        let Some(value) = value.filter(|value| value.is_finite()) else { return };
        let [directive] = &mut self.metadata.cloud_watch_metrics;
        directive.metrics.push(Definition { name, unit });
        self.members.insert(name.to_owned(), value.into());
    }
}

/// As CloudWatch takes it: ASCII characters, some of which can be seen, and no colon in front.
fn dimension_value(value: &str) -> String {
    let printable = printable(value, LONGEST_VALUE);
    let ascii: String = printable.chars().map(|character| if character.is_ascii() { character } else { '?' }).collect();
    let value = ascii.trim_start_matches(|first: char| first == ':' || first.is_ascii_whitespace()).trim_end();
    if value.is_empty() { UNKNOWN.to_owned() } else { value.to_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::contract::step::cleaner::Failure;

    /// What the specification asks of a document, as far as a schema says it; written after
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>.
    fn specification() -> jsonschema::Validator {
        const UNITS: [&str; 27] = [
            "Seconds",
            "Microseconds",
            "Milliseconds",
            "Bytes",
            "Kilobytes",
            "Megabytes",
            "Gigabytes",
            "Terabytes",
            "Bits",
            "Kilobits",
            "Megabits",
            "Gigabits",
            "Terabits",
            "Percent",
            "Count",
            "Bytes/Second",
            "Kilobytes/Second",
            "Megabytes/Second",
            "Gigabytes/Second",
            "Terabytes/Second",
            "Bits/Second",
            "Kilobits/Second",
            "Megabits/Second",
            "Gigabits/Second",
            "Terabits/Second",
            "Count/Second",
            "None",
        ];
        let text = |longest: u32| json!({"type": "string", "minLength": 1, "maxLength": longest});
        let object = |properties: Value, required: Value| json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false});
        let list = |items: Value, most: u32| json!({"type": "array", "items": items, "minItems": 1, "maxItems": most});
        let metric = object(
            json!({"Name": text(1024), "Unit": {"enum": UNITS}, "StorageResolution": {"enum": [1, 60]}}),
            json!(["Name"]),
        );
        let directive = object(
            json!({
                "Namespace": text(1024),
                "Dimensions": list(list(text(250), 30), 100),
                "Metrics": list(metric, 100),
            }),
            json!(["Namespace", "Dimensions", "Metrics"]),
        );
        let metadata = object(
            json!({"Timestamp": {"type": "integer"}, "CloudWatchMetrics": list(directive, 100)}),
            json!(["Timestamp", "CloudWatchMetrics"]),
        );
        let root = json!({"type": "object", "properties": {"_aws": metadata}, "required": ["_aws"]});
        jsonschema::draft202012::new(&root).unwrap()
    }

    /// What a schema can't say: each metric and each dimension has its value at the root.
    fn refers_to_what_is_not_there(document: &Value) -> Vec<String> {
        let directive = &document["_aws"]["CloudWatchMetrics"][0];
        let metrics = directive["Metrics"].as_array().unwrap().iter().map(|metric| metric["Name"].as_str().unwrap());
        let dimensions = directive["Dimensions"].as_array().unwrap().iter().flat_map(|set| set.as_array().unwrap());
        let lacks_number = metrics.filter(|name| !document[*name].is_number()).map(str::to_owned);
        let is_good = |text: &str| text.is_ascii() && !text.trim().is_empty() && !text.starts_with(':');
        let is_text = |value: &Value| value.as_str().is_some_and(|text| is_good(text) && text.len() <= 1024);
        let lacks_text = dimensions.map(|name| name.as_str().unwrap()).filter(|name| !is_text(&document[*name]));
        lacks_number.chain(lacks_text.map(str::to_owned)).collect()
    }

    fn assert_as_specified(document: &Document) -> Value {
        let line = serde_json::to_string(document).unwrap();
        assert!(!line.contains('\n'));
        let value: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(specification().validate(&value).map_err(|error| error.to_string()), Ok(()), "{value:#}");
        assert_eq!(refers_to_what_is_not_there(&value), [""; 0], "{value:#}");
        value
    }

    fn failed(error: &str, function: Option<&str>) -> FailedRun {
        FailedRun {
            failure: Failure { error: error.to_owned(), cause: String::new() },
            execution: ExecutionArn("arn:e".to_owned()),
            function: function.map(str::to_owned),
            strategy: Some("cost"),
        }
    }

    #[test]
    fn a_failure_counts_for_its_function_and_for_its_error() {
        let document = assert_as_specified(&Document::of_failure(&failed("FunctionError", Some("f")), Moment(7)));
        insta::assert_json_snapshot!(document);
    }

    #[test]
    fn what_the_specification_does_not_allow_is_noticed() {
        let written = serde_json::to_value(Document::of_failure(&failed("e", Some("f")), Moment(7))).unwrap();
        let with = |pointer: &str, value: Value| {
            let mut document = written.clone();
            *document.pointer_mut(pointer).unwrap() = value;
            specification().is_valid(&document) && refers_to_what_is_not_there(&document).is_empty()
        };
        assert!(with("/Failures", json!(2)));
        for (pointer, value) in [
            ("/_aws/Timestamp", json!("7")),
            ("/_aws/CloudWatchMetrics", json!([])),
            ("/_aws/CloudWatchMetrics/0/Namespace", json!("")),
            ("/_aws/CloudWatchMetrics/0/Metrics/0/Unit", json!("USD")),
            ("/_aws/CloudWatchMetrics/0/Metrics/0/Name", json!("Missing")),
            ("/_aws/CloudWatchMetrics/0/Dimensions/0/0", json!("Missing")),
            ("/Failures", json!("1")),
            ("/Error", json!("")),
        ] {
            assert!(!with(pointer, value), "{pointer}");
        }
    }

    proptest! {
        #[test]
        fn whatever_a_failure_is_called_the_line_is_as_specified(error in ":{0,2}\\PC{0,400}|[ :\n\t]{0,3}", function in prop::option::of("\\PC{0,400}")) {
            assert_as_specified(&Document::of_failure(&failed(&error, function.as_deref()), Moment(7)));
        }
    }
}
