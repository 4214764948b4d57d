//! The schema of the input, from the table that the reader reads by.
//!
//! It refuses nothing that the reader accepts. The other way round, the reader sees more: how fields go together, and
//! the range of a number that is sent as a text.

use serde_json::{Map, Value, json};

use super::DRAFT;
use crate::{
    contract::input::{FIELDS, Field, Kind},
    units::power::Power,
};

/// A number in a text.
const NUMBER: &str = r"^(\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*)?$";
/// A truth value in a text.
const TRUTH: &str = r"^(\s*([Tt]rue|TRUE|[Ff]alse|FALSE)\s*)?$";
/// A text that means not set.
const EMPTY: &str = "^$";
/// What holds for all fields.
const DESCRIPTION: &str = "What an execution of power-tuner's state machine takes. Numbers and truth values may also be sent as texts. `null` \
    and an empty text mean not set, except for `payload`, where they are sent. Other fields are allowed, because a parent state machine adds one, and an editor may want \"$schema\"; the output's `warnings` names those that are \
    not known.";

/// The schema of what [`crate::contract::input::Input::parse`] takes.
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
    let clamped = if matches!(field.kind, Kind::Clamped { .. }) {
        "; a value outside is set to the nearest one inside"
    } else {
        ""
    };
    format!("{} Allowed: {}{clamped}.{default}", field.sentence(), field.kind.allowed())
}

/// The default, where it is a value and not a sentence.
fn default(field: &Field) -> Option<Value> {
    match field.kind {
        Kind::Word(_) => Some(field.default.trim_matches('`').into()),
        _ => serde_json::from_str(field.default).ok(),
    }
}

/// What is allowed, as keywords. One list of types says more to whoever got it wrong than a choice of schemas would:
/// each of the other keywords looks at one type only.
fn allowed(field: &Field) -> Map<String, Value> {
    let types = |types: &[&'static str]| -> Value {
        match ([types, if field.is_required() { &[] } else { &["null"] }].concat()).as_slice() {
            [one] => (*one).into(),
            several => several.into(),
        }
    };
    let keywords = match field.kind {
        Kind::Boolean => json!({"type": types(&["boolean", "string"]), "pattern": TRUTH}),
        Kind::Integer { min, max } => {
            json!({"type": types(&["integer", "string"]), "minimum": min, "maximum": max, "pattern": NUMBER})
        }
        Kind::Number { min, max } => {
            json!({"type": types(&["number", "string"]), "minimum": min, "maximum": max, "pattern": NUMBER})
        }
        Kind::Clamped { .. } => json!({"type": types(&["number", "string"]), "pattern": NUMBER}),
        Kind::Word(words) => json!({"enum": enumerated(field, words)}),
        Kind::Text { pattern, .. } if field.is_required() => json!({"type": "string", "pattern": pattern}),
        Kind::Text { pattern, .. } => {
            json!({"type": types(&["string"]), "pattern": format!("{pattern}|{EMPTY}")})
        }
        Kind::PowerValues => {
            let empty = json!({"type": "string", "pattern": EMPTY});
            let list = json!({"type": types(&["array"]), "items": power_value()});
            json!({"anyOf": [{"enum": ["ALL", "AUTO"]}, list, empty]})
        }
        Kind::Texts => json!({"type": types(&["array", "string"]), "items": {"type": "string"}, "pattern": EMPTY}),
        Kind::Json { .. } => json!({}),
    };
    match keywords {
        Value::Object(keywords) => keywords,
        _ => Map::new(),
    }
}

fn enumerated(field: &Field, words: &[&str]) -> Vec<Value> {
    let words = words.iter().copied().map(Value::from);
    if field.is_required() { words.collect() } else { words.chain([Value::Null, "".into()]).collect() }
}

fn power_value() -> Value {
    let (min, max) = (Power::MIN.megabytes(), Power::MAX.megabytes());
    json!({"type": ["integer", "string"], "minimum": min, "maximum": max, "pattern": NUMBER})
}
