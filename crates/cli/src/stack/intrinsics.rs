//! Intrinsic functions of a template, as far as they can be computed before anything is deployed.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::parameters::Given;

/// The values that references in a template stand for.
#[derive(Debug)]
pub struct Scope<'t> {
    conditions: Option<&'t Map<String, Value>>,
    known: BTreeMap<&'t str, Value>,
}

impl<'t> Scope<'t> {
    /// Of a template, with parameters that are set: the others have their defaults. `pseudo` are what AWS defines,
    /// such as `AWS::Region`.
    pub fn new(template: &'t Value, set: &[Given], pseudo: [(&'t str, &str); 4]) -> Self {
        let mut known: BTreeMap<&str, Value> = pseudo.map(|(name, value)| (name, Value::from(value))).into();
        let parameters = template.get("Parameters").and_then(Value::as_object);
        for (name, parameter) in parameters.into_iter().flatten() {
            let default = || parameter.get("Default").map(plain).unwrap_or_default();
            let value = set.iter().find(|given| given.name == *name).map_or_else(default, |given| given.value.clone());
            let kind = parameter.get("Type").and_then(Value::as_str).unwrap_or_default();
            let is_list = kind == "CommaDelimitedList" || kind.starts_with("List<");
            let items = || value.split(',').map(|item| Value::from(item.trim())).collect();
            known.insert(name, if is_list { items() } else { Value::from(value) });
        }
        Self { conditions: template.get("Conditions").and_then(Value::as_object), known }
    }

    /// True if a resource with this condition, or without one, is there.
    pub fn holds(&self, condition: Option<&Value>) -> bool {
        match condition.and_then(Value::as_str) {
            Some(name) => self.conditions.and_then(|all| all.get(name)).is_none_or(|condition| self.is_true(condition)),
            None => true,
        }
    }

    fn is_true(&self, condition: &Value) -> bool {
        let Some((function, argument)) = function(condition) else { return condition.as_bool().unwrap_or(false) };
        let list = argument.as_array().map(Vec::as_slice).unwrap_or_default();
        match (function, list) {
            ("Fn::Equals", [one, other]) => self.resolve(one) == self.resolve(other),
            ("Fn::Not", [one]) => !self.is_true(one),
            ("Fn::And", all) => all.iter().all(|one| self.is_true(one)),
            ("Fn::Or", all) => all.iter().any(|one| self.is_true(one)),
            ("Condition", _) => self.holds(Some(argument)),
            _ => false,
        }
    }

    /// The value without intrinsic functions; `None`: it is left out. What is known only once it is deployed is named
    /// as the template names it.
    pub fn resolve(&self, value: &Value) -> Option<Value> {
        if let Some((function, argument)) = function(value) {
            return self.call(function, argument);
        }
        Some(match value {
            Value::Array(items) => {
                let items = items.iter().filter_map(|item| self.resolve(item));
                // A list in a list is what a reference to a list gives.
                items.flat_map(|item| if let Value::Array(items) = item { items } else { vec![item] }).collect()
            }
            Value::Object(fields) => {
                let fields = fields.iter().filter_map(|(name, value)| Some((name.clone(), self.resolve(value)?)));
                Value::Object(fields.collect())
            }
            other => other.clone(),
        })
    }

    fn call(&self, function: &str, argument: &Value) -> Option<Value> {
        let list = argument.as_array().map(Vec::as_slice).unwrap_or_default();
        match (function, list) {
            ("Ref", _) if argument.as_str() == Some("AWS::NoValue") => None,
            ("Ref", _) => Some(self.reference(argument.as_str()?)),
            ("Fn::If", [condition, one, other]) => self.resolve(if self.holds(Some(condition)) { one } else { other }),
            ("Fn::Sub", [text, variables]) => Some(self.filled(text.as_str()?, Some(variables))),
            ("Fn::Sub", _) => Some(self.filled(argument.as_str()?, None)),
            ("Fn::GetAtt", list) if !list.is_empty() => {
                Some(Value::from(list.iter().map(plain).collect::<Vec<_>>().join(".")))
            }
            ("Fn::Join", [by, items]) => Some(Value::from(match self.resolve(items)? {
                Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(by.as_str()?),
                one => plain(&one),
            })),
            _ => Some(Value::from(plain(argument))),
        }
    }

    fn reference(&self, name: &str) -> Value {
        self.known.get(name).cloned().unwrap_or_else(|| Value::from(name))
    }

    /// A text with what its `${…}` stand for.
    fn filled(&self, text: &str, variables: Option<&Value>) -> Value {
        let (mut filled, mut rest) = (String::new(), text);
        while let Some((before, (name, after))) =
            rest.split_once("${").and_then(|(before, after)| Some((before, after.split_once('}')?)))
        {
            filled.push_str(before);
            let own = variables.and_then(|variables| self.resolve(variables.get(name)?));
            filled.push_str(&own.map_or_else(|| plain(&self.reference(name)), |own| plain(&own)));
            rest = after;
        }
        filled.push_str(rest);
        Value::from(filled)
    }
}

/// The function and the argument of a call of an intrinsic function.
fn function(value: &Value) -> Option<(&str, &Value)> {
    let object = value.as_object().filter(|object| object.len() == 1)?;
    let (name, argument) = object.iter().next()?;
    (name.starts_with("Fn::") || ["Ref", "Condition"].contains(&name.as_str())).then_some((name, argument))
}

/// A value as a text.
pub fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn resolved(value: &Value) -> Option<Value> {
        let template = json!({
            "Parameters": {
                "resource": {"Type": "String", "Default": "*"},
                "roles": {"Type": "CommaDelimitedList", "Default": ""},
                "days": {"Type": "Number", "Default": 7}
            },
            "Conditions": {
                "Any": {"Fn::Equals": [{"Ref": "resource"}, "*"]},
                "HasRoles": {"Fn::Not": [{"Fn::Equals": [{"Fn::Join": ["", {"Ref": "roles"}]}, ""]}]},
                "Both": {"Fn::And": [{"Condition": "Any"}, {"Condition": "HasRoles"}]}
            }
        });
        let roles = Given { name: "roles".to_owned(), value: "a,b".to_owned() };
        let pseudo =
            [("AWS::Region", "eu-west-1"), ("AWS::AccountId", "1"), ("AWS::Partition", "aws"), ("AWS::StackName", "s")];
        Scope::new(&template, &[roles], pseudo).resolve(value)
    }

    #[test]
    fn what_can_be_computed_is_computed_and_the_rest_is_named() {
        for (value, expected) in [
            (json!({"Ref": "resource"}), json!("*")),
            (json!({"Ref": "days"}), json!("7")),
            (json!(["x", {"Ref": "roles"}]), json!(["x", "a", "b"])),
            (json!({"Ref": "Queue"}), json!("Queue")),
            (json!({"Fn::Sub": "${AWS::Partition}:${resource}:${Cleaner.Arn}"}), json!("aws:*:Cleaner.Arn")),
            (json!({"Fn::Sub": ["${one}-${days}", {"one": {"Ref": "AWS::Region"}}]}), json!("eu-west-1-7")),
            (json!({"Fn::GetAtt": ["Cleaner", "Arn"]}), json!("Cleaner.Arn")),
            (json!({"Fn::If": ["Any", "every", {"Ref": "resource"}]}), json!("every")),
            (json!({"Fn::If": ["Both", "both", "not"]}), json!("both")),
            (json!([{"Fn::If": ["HasRoles", {"Ref": "AWS::NoValue"}, "none"]}, "x"]), json!(["x"])),
            (json!({"a": {"Fn::Join": ["-", ["x", {"Ref": "roles"}]]}}), json!({"a": "x-a-b"})),
        ] {
            assert_eq!(resolved(&value), Some(expected), "{value}");
        }
        assert_eq!(resolved(&json!({"Ref": "AWS::NoValue"})), None);
    }
}
