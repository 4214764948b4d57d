//! Shareable test events of Lambda, as they lie in the schema registry of Amazon `EventBridge`.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::units::{arn::FunctionArn, printable::printable};

/// The registry that the Lambda console and the AWS SAM CLI keep shareable test events in.
pub const REGISTRY: &str = "lambda-testevent-schemas";

/// The longest part of a name that a message repeats, in characters.
const LONGEST_QUOTE: usize = 80;

/// Why a test event cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoTestEvent {
    /// The function has none at all.
    #[error("the tag power-tuner:event names \"{0}\", but the function has no shareable test events")]
    NoSchema(String),
    /// It has others.
    #[error("the tag power-tuner:event names \"{named}\", but the function's test events are {}", .there.join(", "))]
    OtherNames {
        /// The name in the tag.
        named: String,
        /// The names that there are.
        there: Vec<String>,
    },
    /// The schema is not what the Lambda console writes.
    #[error("the schema of the function's test events cannot be read: {0}")]
    Unreadable(String),
}

/// The name of the schema that has the test events of a function.
#[must_use]
pub fn schema_name(function: &FunctionArn) -> String {
    format!("_{}-schema", function.name())
}

/// The test event of this name; `schema` is the content of the function's schema, an `OpenAPI` document with an example
/// for each event.
pub fn test_event(schema: &str, named: &str) -> Result<Value, NoTestEvent> {
    #[derive(Deserialize)]
    struct Document {
        components: Components,
    }
    #[derive(Deserialize)]
    struct Components {
        #[serde(default)]
        examples: Map<String, Value>,
    }
    let unreadable = |error: serde_json::Error| NoTestEvent::Unreadable(error.to_string());
    let Document { components: Components { examples } } = serde_json::from_str(schema).map_err(unreadable)?;
    let quote = |name: &str| printable(name, LONGEST_QUOTE);
    match examples.get(named) {
        Some(example) => match example.get("value") {
            Some(value) => Ok(value.clone()),
            None => Err(NoTestEvent::Unreadable(format!("the event \"{}\" has no value", quote(named)))),
        },
        None if examples.is_empty() => Err(NoTestEvent::NoSchema(quote(named))),
        None => {
            let there = examples.keys().map(|name| format!("\"{}\"", quote(name))).collect();
            Err(NoTestEvent::OtherNames { named: quote(named), there })
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// As the Lambda console writes it.
    fn schema() -> String {
        json!({
            "openapi": "3.0.0",
            "info": {"version": "1.0.0", "title": "Event"},
            "paths": {},
            "components": {
                "schemas": {"Event": {"type": "object", "properties": {"id": {"type": "number"}}}},
                "examples": {"order": {"value": {"id": 7}}, "refund": {"value": [1]}},
            },
        })
        .to_string()
    }

    #[test]
    fn an_event_is_found_by_its_name() {
        assert_eq!(test_event(&schema(), "order"), Ok(json!({"id": 7})));
        assert_eq!(test_event(&schema(), "refund"), Ok(json!([1])));
    }

    #[test]
    fn an_event_that_is_not_there_is_said_with_those_that_are() {
        let error = test_event(&schema(), "ordr").unwrap_err().to_string();
        assert_eq!(
            error,
            "the tag power-tuner:event names \"ordr\", but the function's test events are \"order\", \"refund\""
        );
        let none = r#"{"components": {"schemas": {}}}"#;
        assert_eq!(test_event(none, "order"), Err(NoTestEvent::NoSchema("order".to_owned())));
    }

    proptest! {
        #[test]
        fn no_schema_makes_the_reader_fail(schema in ".*", name in ".*") {
            prop_assert!(test_event(&schema, &name).is_err());
        }
    }
}
