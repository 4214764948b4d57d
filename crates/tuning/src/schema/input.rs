//! The schema of the input, from the table that the reader reads by.
//!
//! It refuses nothing that the reader accepts. The other way round, the reader sees more: how fields go together, and the
//! range of a number that is sent as a text.

use serde_json::{Map, Value, json};

use super::DRAFT;
use crate::{
    input::{FIELDS, Field, Kind},
    power::Power,
};

/// A number in a text.
const NUMBER: &str = r"^\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*$";
/// What holds for all fields.
const DESCRIPTION: &str = "What an execution of power-tuner's state machine takes. Numbers may also be sent as texts, and null \
    is as good as absent for every field that is not required, but for `payload`, where it is sent. Other fields are allowed, \
    because a parent state machine adds one, and an editor may want \"$schema\"; the output's `warnings` names those that are \
    not known.";

/// The schema of what [`crate::input::Input::parse`] takes.
#[must_use]
pub fn input() -> Value {
    let properties: Map<String, Value> = FIELDS.iter().map(|field| (field.name.to_owned(), property(field))).collect();
    let required: Vec<&str> = FIELDS.iter().filter(|field| field.is_required()).map(|field| field.name).collect();
    json!({
        "$schema": DRAFT,
        "title": "Input of power-tuner",
        "description": DESCRIPTION,
        "type": "object",
        "properties": properties,
        "required": required,
        "if": {"properties": {"powerValues": {"const": "AUTO"}}, "required": ["powerValues"]},
        "else": {"required": ["num"]},
        "additionalProperties": true,
    })
}

fn property(field: &Field) -> Value {
    let mut property = Map::new();
    property.insert("description".to_owned(), description(field).into());
    property.extend(allowed(field));
    if let Some(default) = default(field) {
        property.insert("default".to_owned(), default);
    }
    let example: Option<Value> = serde_json::from_str(field.example).ok();
    property.insert("examples".to_owned(), example.into_iter().collect());
    property.into()
}

fn description(field: &Field) -> String {
    let default = match field.default {
        "" => String::new(),
        _ if field.is_required() => " Required.".to_owned(),
        default => format!(" Default: {default}."),
    };
    let clamped = if matches!(field.kind, Kind::Clamped { .. }) { "; one outside is brought there" } else { "" };
    format!("{} Allowed: {}{clamped}.{default}", field.sentence(), field.kind.allowed())
}

/// The default, where it is a value and not a sentence.
fn default(field: &Field) -> Option<Value> {
    match field.kind {
        Kind::Word(_) => Some(field.default.trim_matches('`').into()),
        _ => serde_json::from_str(field.default).ok(),
    }
}

/// What is allowed, as keywords. One list of types says more to whoever got it wrong than a choice of schemas would: each
/// of the other keywords looks at one type only.
fn allowed(field: &Field) -> Map<String, Value> {
    let types = |types: &[&'static str]| -> Value {
        match ([types, if field.is_required() { &[] } else { &["null"] }].concat()).as_slice() {
            [one] => (*one).into(),
            several => several.into(),
        }
    };
    let keywords = match field.kind {
        Kind::Boolean => json!({"type": types(&["boolean"])}),
        Kind::Integer { min, max } => {
            json!({"type": types(&["integer", "string"]), "minimum": min, "maximum": max, "pattern": NUMBER})
        }
        Kind::Number { min, max } => {
            json!({"type": types(&["number", "string"]), "minimum": min, "maximum": max, "pattern": NUMBER})
        }
        Kind::Clamped { .. } => json!({"type": types(&["number", "string"]), "pattern": NUMBER}),
        Kind::Word(words) => json!({"enum": enumerated(field, words)}),
        Kind::Text { pattern, .. } => json!({"type": types(&["string"]), "pattern": pattern}),
        Kind::PowerValues => {
            json!({"anyOf": [{"enum": ["ALL", "AUTO"]}, {"type": types(&["array"]), "items": power_value()}]})
        }
        Kind::Texts => json!({"type": types(&["array"]), "items": {"type": "string"}}),
        Kind::Json { .. } => json!({}),
    };
    match keywords {
        Value::Object(keywords) => keywords,
        _ => Map::new(),
    }
}

fn enumerated(field: &Field, words: &[&str]) -> Vec<Value> {
    words.iter().copied().map(Value::from).chain((!field.is_required()).then_some(Value::Null)).collect()
}

fn power_value() -> Value {
    let (min, max) = (Power::MIN.megabytes(), Power::MAX.megabytes());
    json!({"type": ["integer", "string"], "minimum": min, "maximum": max, "pattern": NUMBER})
}
