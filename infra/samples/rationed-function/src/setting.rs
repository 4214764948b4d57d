//! Settings of one word; those of several words and of numbers are in `work`.

use serde_json::Value;

/// A setting: the field of that name in the payload, else the environment variable of the same name in capitals, which
/// `variable` looks up: as JSON, or as text if it is none.
pub fn setting(name: &str, payload: &Value, variable: impl Fn(&str) -> Option<String>) -> Option<Value> {
    let from_environment = || {
        let text = variable(&name.to_uppercase())?;
        Some(serde_json::from_str(&text).unwrap_or(Value::String(text)))
    };
    payload.get(name).cloned().or_else(from_environment)
}
