//! The facts of an execution that are known beside its output.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tuning::{contract::input::FIELDS, run::payload::Payload};

/// The facts of an execution that are known beside its output. None of it is in the output of a run, but for the ARN.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Execution {
    /// Its ARN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// When it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<Date>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Date>,
    /// The input, which says what it was asked for.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub input: Map<String, Value>,
}

/// A date as AWS describes it: version 1 of the AWS CLI writes the seconds since 1970, version 2 a text of ISO 8601.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Date {
    /// Seconds since 1970.
    Seconds(f64),
    /// A text of ISO 8601.
    Text(String),
}

impl Execution {
    /// Reads what `DescribeExecution` says of it, as JSON.
    pub(crate) fn described(description: &Value) -> Self {
        let text = |name: &str| description.get(name).and_then(Value::as_str);
        let date = |name: &str| serde_json::from_value(description.get(name)?.clone()).ok();
        Self {
            arn: text("executionArn").map(str::to_owned),
            started: date("startDate"),
            stopped: date("stopDate"),
            input: text("input").map(asked).unwrap_or_default(),
        }
    }

    /// The region of the function that the input names by its ARN; else that of the execution.
    pub(crate) fn region(&self) -> Option<&str> {
        let function = self.input.get("lambdaARN").and_then(Value::as_str);
        [function, self.arn.as_deref()]
            .into_iter()
            .flatten()
            .find_map(|arn| arn.strip_prefix("arn:")?.split(':').nth(2))
    }
}

/// The fields of the contract in the input of an execution. Of a payload only what kind it is: a report goes from hand
/// to hand.
#[must_use]
pub fn asked(input: &str) -> Map<String, Value> {
    let Ok(Value::Object(given)) = serde_json::from_str(input) else { return Map::new() };
    let is_set = |value: &Value| !value.is_null() && value.as_str() != Some("");
    let known = FIELDS.iter().filter_map(|field| Some((field.name, given.get(field.name).filter(|v| is_set(v))?)));
    known.map(|(name, value)| (name.to_owned(), without_payload(name, value))).collect()
}

fn without_payload(name: &str, value: &Value) -> Value {
    match name {
        "payload" => Value::from(
            // The shares do not matter here: with so many invocations, each payload has one.
            match Payload::from_field(Some(value), u32::MAX) {
                Ok(Payload::Weighted(shares)) => format!("a weighted list of {}", shares.len()),
                Ok(Payload::None | Payload::Same(_)) => "one for all invocations".to_owned(),
                Err(_) => "not shown".to_owned(),
            },
        ),
        "payloadS3" => Value::from("an object in S3"),
        _ => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_an_input_only_known_fields_are_kept_and_no_payload() {
        let input = |payload: Value| {
            let input = json!({
                "lambdaARN": "f", "num": 50, "powerValues": "AUTO", "strategy": "", "tolerance": null,
                "payload": payload, "payloadS3": "s3://secret/key", "token": "secret",
            });
            Value::from(asked(&input.to_string()))
        };
        let one = json!({
            "lambdaARN": "f", "num": 50, "powerValues": "AUTO",
            "payload": "one for all invocations", "payloadS3": "an object in S3",
        });
        assert_eq!(input(json!({"secret": true})), one);
        let weighted = input(json!([{"payload": "secret", "weight": 1}, {"payload": "secret", "weight": 1_000_000}]));
        assert_eq!(weighted["payload"], "a weighted list of 2");
        assert!(!weighted.to_string().contains("secret"));
        assert!(asked("no JSON").is_empty());
    }

    #[test]
    fn the_region_is_that_of_the_function_or_else_of_the_execution() {
        let region = |function: &str| {
            let input = json!({"lambdaARN": function}).to_string();
            let arn = "arn:aws:states:eu-west-1:123456789012:execution:m:e";
            Execution::described(&json!({"executionArn": arn, "input": input})).region().map(str::to_owned)
        };
        assert_eq!(region("arn:aws:lambda:sa-east-1:123456789012:function:f").as_deref(), Some("sa-east-1"));
        assert_eq!(region("f").as_deref(), Some("eu-west-1"));
        assert_eq!(Execution::default().region(), None);
    }
}
