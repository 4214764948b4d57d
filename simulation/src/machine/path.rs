//! References and templates of the Amazon States Language, as far as the state machine uses them.

use serde_json::{Map, Value};

/// The values that the paths of a state refer to: its input (`$`), and the context object (`$$`).
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) input: &'a Value,
    pub(super) context: &'a Value,
}

impl<'a> Scope<'a> {
    /// The value that a path refers to.
    pub(super) fn resolve(self, path: &str) -> Option<&'a Value> {
        let (root, rest) = match path.strip_prefix("$$") {
            Some(rest) => (self.context, rest),
            None => (self.input, path.strip_prefix('$')?),
        };
        rest.split('.').skip(1).try_fold(root, |value, name| value.get(name))
    }

    /// A payload template: fields whose names end with `.$` hold paths.
    pub(super) fn fill(self, template: &Value) -> Option<Value> {
        let Value::Object(fields) = template else { return Some(template.clone()) };
        let filled = fields.iter().map(|(name, value)| match (name.strip_suffix(".$"), value) {
            (Some(name), Value::String(path)) => Some((name.to_owned(), self.resolve(path)?.clone())),
            _ => Some((name.clone(), self.fill(value)?)),
        });
        filled.collect::<Option<Map<_, _>>>().map(Value::Object)
    }

    /// A text, a path to one, or `States.Format` with paths.
    pub(super) fn text(self, expression: &str) -> Option<String> {
        let Some(inner) = expression.strip_prefix("States.Format(").and_then(|rest| rest.strip_suffix(')')) else {
            return self.resolve(expression)?.as_str().map(str::to_owned);
        };
        let (template, paths) = inner.strip_prefix('\'')?.rsplit_once('\'')?;
        let mut paths = paths.split(',').map(str::trim).skip(1);
        let mut parts = template.split("{}");
        let mut text = parts.next()?.to_owned();
        for part in parts {
            text += self.resolve(paths.next()?)?.as_str()?;
            text += part;
        }
        Some(text)
    }
}

/// Puts a result where a `ResultPath` says: without one it replaces the input.
pub(super) fn place(mut input: Value, path: Option<&str>, result: Value) -> Value {
    match (path.and_then(|path| path.strip_prefix("$.")), input.as_object_mut()) {
        (Some(path), Some(fields)) => {
            insert(fields, path, result);
            input
        }
        _ => result,
    }
}

fn insert(fields: &mut Map<String, Value>, path: &str, result: Value) {
    let Some((name, rest)) = path.split_once('.') else {
        fields.insert(path.to_owned(), result);
        return;
    };
    let inner = fields.entry(name).or_insert_with(|| Value::Object(Map::new()));
    if let Some(inner) = inner.as_object_mut() {
        insert(inner, rest, result);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn templates_take_paths_of_the_input_and_of_the_context() {
        let (input, context) = (json!({"a": {"b": 1}}), json!({"Execution": {"Id": "e"}}));
        let scope = Scope { input: &input, context: &context };
        let filled = scope.fill(&json!({"x.$": "$.a.b", "y": {"z.$": "$$.Execution.Id"}, "all.$": "$", "kept": "$.a"}));
        assert_eq!(filled, Some(json!({"x": 1, "y": {"z": "e"}, "all": {"a": {"b": 1}}, "kept": "$.a"})));
        assert_eq!(scope.fill(&json!({"x.$": "$.missing"})), None);
    }

    #[test]
    fn a_format_takes_its_arguments_in_turn() {
        let (input, context) = (json!({"e": {"Error": "E", "Cause": "c"}}), json!({}));
        let scope = Scope { input: &input, context: &context };
        let text = scope.text("States.Format('It failed, {}: {}. Sorry', $.e.Error, $.e.Cause)");
        assert_eq!(text.as_deref(), Some("It failed, E: c. Sorry"));
        assert_eq!(scope.text("$.e.Cause").as_deref(), Some("c"));
    }

    #[test]
    fn a_result_is_put_beside_the_input_or_replaces_it() {
        assert_eq!(place(json!({"a": {"b": 1}}), Some("$.a.c"), json!(2)), json!({"a": {"b": 1, "c": 2}}));
        assert_eq!(place(json!({"a": 1}), None, json!(2)), json!(2));
    }
}
