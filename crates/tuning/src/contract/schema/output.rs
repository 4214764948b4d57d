//! The schema of the output, from the types that write it.

use schemars::{Schema, generate::SchemaSettings, transform::RecursiveTransform};
use serde_json::{Map, Value};

use super::DRAFT;
use crate::contract::outcome::Outcome;

/// The schema of [`Outcome`], as it is written.
#[must_use]
pub fn output() -> Value {
    let schema = SchemaSettings::draft2020_12()
        .for_serialize()
        .with_transform(RecursiveTransform(without_what_concerns_rust))
        .with_transform(RecursiveTransform(on_one_line))
        .into_generator()
        .into_root_schema_for::<Outcome>();
    // What a reader looks for first comes first.
    let mut ordered = Map::new();
    ordered.insert("$schema".to_owned(), DRAFT.into());
    ordered.insert("title".to_owned(), "Output of power-tuner".into());
    for (keyword, value) in schema.as_object().into_iter().flatten() {
        ordered.entry(keyword.clone()).or_insert_with(|| value.clone());
    }
    ordered.into()
}

/// `double` and `uint32` are formats of `OpenAPI`, not of JSON Schema, and strict validators refuse what they do not
/// know. A default is what a step reads where an older one wrote nothing; the output has every field.
fn without_what_concerns_rust(schema: &mut Schema) {
    schema.remove("format");
    schema.remove("default");
}

/// A doc comment breaks its lines where the source does.
fn on_one_line(schema: &mut Schema) {
    if let Some(Value::String(description)) = schema.get_mut("description") {
        *description = description.replace('\n', " ");
    }
}
