//! The fields of the input, and those of the output.

use anyhow::{Context, Result};
use serde_json::{Map, Value};
use tuning::contract::input::{FIELDS, Field, Origin};

use super::table::Table;

/// The depth of the table of the output: `stats[].warm`, but not what is in it.
const DEPTH: usize = 2;

/// The fields that the input takes, in their order.
pub fn of_input(origin: Origin) -> Table {
    let mut table = Table::new(&["field", "type, default", "meaning"]);
    for field in FIELDS.iter().filter(|field| field.origin == origin) {
        table.add(&[&format!("`{}`", field.name), &type_and_default(field), &field.sentence()]);
    }
    table
}

fn type_and_default(field: &Field) -> String {
    let allowed = field.kind.allowed();
    match field.default {
        "" => allowed.into_owned(),
        required if field.is_required() => format!("{allowed}; {required}"),
        default => format!("{allowed}; default: {default}"),
    }
}

/// The fields that a definition of the schema describes, and those in them.
pub fn of_output(schema: &Value, definition: &str) -> Result<Table> {
    let mut table = Table::new(&["field", "meaning"]);
    let defined = schema.get("$defs").and_then(|definitions| definitions.get(definition));
    let node = Node::new(schema, defined.with_context(|| format!("the schema does not define {definition}"))?);
    add_fields(&mut table, node, "", DEPTH)?;
    Ok(table)
}

fn add_fields(table: &mut Table, node: Node<'_>, prefix: &str, depth: usize) -> Result<()> {
    for (name, property) in node.properties().into_iter().flatten() {
        let path = format!("{prefix}{name}");
        let description = property.get("description").and_then(Value::as_str);
        let description = description.with_context(|| format!("{path} has no doc comment"))?;
        let (node, inside) = Node::new(node.schema, property).element();
        let is_expanded = depth > 1 && node.properties().is_some();
        let names = if is_expanded { String::new() } else { node.names() };
        table.add(&[&format!("`{path}`"), &format!("{description}{names}")]);
        if is_expanded {
            add_fields(table, node, &format!("{path}{inside}."), depth - 1)?;
        }
    }
    Ok(())
}

/// A part of a schema.
#[derive(Clone, Copy)]
struct Node<'a> {
    /// All of it.
    schema: &'a Value,
    /// The part.
    part: &'a Value,
}

impl<'a> Node<'a> {
    /// A part, or what it refers to; that it may be null does not matter.
    fn new(schema: &'a Value, part: &'a Value) -> Self {
        let choice = part.get("anyOf").and_then(|choices| choices.get(0)).unwrap_or(part);
        let reference = choice.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix('#'));
        Self { schema, part: reference.and_then(|path| schema.pointer(path)).unwrap_or(choice) }
    }

    fn properties(self) -> Option<&'a Map<String, Value>> {
        self.part.get("properties").and_then(Value::as_object)
    }

    /// The element of a list, and how a path goes into it.
    fn element(self) -> (Self, &'static str) {
        match self.part.get("items") {
            Some(items) => (Self::new(self.schema, items), "[]"),
            None => (self, ""),
        }
    }

    /// The names of what is in it, or of what it can be, as a sentence.
    fn names(self) -> String {
        let quoted = |name: &str| format!("`{name}`");
        if let Some(properties) = self.properties() {
            let names: Vec<String> = properties.keys().map(|name| quoted(name)).collect();
            return format!(" Holds {}.", names.join(", "));
        }
        let variants = self.part.get("oneOf").and_then(Value::as_array).into_iter().flatten();
        let names: Vec<String> = variants.filter_map(variant).map(quoted).collect();
        match names.split_last() {
            Some((last, others)) => format!(" One of {} and {last}.", others.join(", ")),
            None => String::new(),
        }
    }
}

/// The name of a variant of an enum: itself, or the field that holds the rest.
fn variant(variant: &Value) -> Option<&str> {
    let field = || variant.get("properties")?.as_object()?.keys().next().map(String::as_str);
    variant.get("const").and_then(Value::as_str).or_else(field)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_in_lists_and_objects_have_paths_and_deeper_ones_are_named() {
        let schema = json!({"$defs": {
            "A": {"properties": {
                "number": {"description": "A number.", "type": "number"},
                "rows": {"description": "Rows.", "type": ["array", "null"], "items": {"$ref": "#/$defs/B"}},
            }},
            "B": {"properties": {
                "warm": {"description": "Warm.", "anyOf": [{"$ref": "#/$defs/C"}, {"type": "null"}]},
                "basis": {"description": "Which.", "$ref": "#/$defs/D"},
            }},
            "C": {"properties": {"n": {"description": "How many."}, "mean": {"description": "Mean."}}},
            "D": {"oneOf": [{"const": "x"}, {"properties": {"y": {}}}]},
        }});
        insta::assert_snapshot!(of_output(&schema, "A").unwrap(), @r"
        | field | meaning |
        |---|---|
        | `number` | A number. |
        | `rows` | Rows. |
        | `rows[].warm` | Warm. Holds `n`, `mean`. |
        | `rows[].basis` | Which. One of `x` and `y`. |
        ");
    }

    #[test]
    fn a_field_without_a_doc_comment_is_named() {
        let schema = json!({"$defs": {"A": {"properties": {"b": {}}}}});
        assert!(of_output(&schema, "A").err().unwrap().to_string().starts_with("b has no doc comment"));
    }

    #[test]
    fn the_tables_of_the_input_hold_every_field_once() {
        let tables = of_input(Origin::Reference).to_string() + &of_input(Origin::New).to_string();
        for field in FIELDS {
            assert_eq!(tables.matches(&format!("| `{}` | ", field.name)).count(), 1, "{}", field.name);
        }
    }
}
