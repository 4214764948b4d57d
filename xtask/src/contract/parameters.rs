//! The parameters of the deployment.

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::table::Table;

/// The parts of a template that are read.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Template {
    parameters: Map<String, Value>,
    #[serde(default)]
    outputs: Map<String, Value>,
}

/// The declaration of a parameter in a template.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Declaration {
    r#type: String,
    #[serde(default)]
    default: Value,
    #[serde(default)]
    allowed_values: Vec<Value>,
    description: String,
}

/// A parameter of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its name in the template.
    pub name: String,
    /// The values that it takes.
    pub kind: Kind,
    /// Its value, if none is given.
    pub default: Value,
    /// Its meaning.
    pub description: String,
}

/// The values that a parameter takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// One of these texts.
    Choice(Vec<String>),
    /// `true` or `false`.
    Truth,
    /// A number.
    Number,
    /// Texts, with commas between them.
    Texts,
    /// Numbers, with commas between them.
    Numbers,
}

/// An output of a template.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    /// Its name.
    #[serde(skip)]
    pub name: String,
    /// Its meaning.
    pub description: String,
}

/// The parameters of a template, in its order.
pub fn read(template: &str) -> Result<Vec<Parameter>> {
    let parameters = parse(template)?.parameters.into_iter();
    parameters
        .map(|(name, value)| {
            let Declaration { r#type, default, allowed_values, description } =
                serde_json::from_value(value).with_context(|| format!("failed to read the parameter {name}"))?;
            let kind = Kind::new(&r#type, &allowed_values).with_context(|| format!("the parameter {name}"))?;
            Ok(Parameter { name, kind, default, description })
        })
        .collect()
}

/// The outputs of a template, in its order.
pub fn outputs(template: &str) -> Result<Vec<Output>> {
    let outputs = parse(template)?.outputs.into_iter();
    outputs
        .map(|(name, value)| {
            let output: Output =
                serde_json::from_value(value).with_context(|| format!("failed to read the output {name}"))?;
            Ok(Output { name, ..output })
        })
        .collect()
}

fn parse(template: &str) -> Result<Template> {
    serde_saphyr::from_str(template).context("failed to read the template")
}

impl Kind {
    fn new(r#type: &str, allowed: &[Value]) -> Result<Self> {
        let texts: Option<Vec<String>> = allowed.iter().map(|value| value.as_str().map(str::to_owned)).collect();
        Ok(match (r#type, texts) {
            ("String", Some(texts)) if texts == ["true", "false"] => Self::Truth,
            ("String", Some(texts)) if !texts.is_empty() => Self::Choice(texts),
            ("String", _) => Self::Text,
            ("Number", _) => Self::Number,
            ("CommaDelimitedList", _) => Self::Texts,
            ("List<Number>", _) => Self::Numbers,
            (other, _) => bail!("the type {other} is not known"),
        })
    }
}

/// The parameters as a table.
pub fn table(parameters: &[Parameter]) -> Table {
    let mut table = Table::new(&["parameter", "default", "meaning"]);
    for Parameter { name, default, description, .. } in parameters {
        table.add(&[&format!("`{name}`"), &shown(default), description]);
    }
    table
}

fn shown(default: &Value) -> String {
    match default {
        Value::Null => String::new(),
        Value::String(text) if text.is_empty() => String::new(),
        Value::String(text) => format!("`{text}`"),
        other => format!("`{other}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = r#"
Parameters:
  z: { Type: Number, Default: 7, Description: Seven. }
  list:
    Type: List<Number>
    Default: 128,256
    Description: >-
      Two
      values.
  a: { Type: String, Default: "", Description: "Anything, as *." }
  choice: { Type: String, Default: b, AllowedValues: [a, b], Description: One. }
  truth: { Type: String, Default: "true", AllowedValues: ["true", "false"], Description: Yes or no. }
  texts: { Type: CommaDelimitedList, Default: "", Description: Some. }
Resources:
  Function: { Name: !Ref a, Arn: !Sub "${a}:*", If: !If [A, !GetAtt B.Arn, !Ref AWS::NoValue] }
Outputs:
  Arn: { Description: It., Value: !Ref Function }
"#;

    #[test]
    fn a_parameter_is_a_row_and_the_rest_of_the_template_does_not_matter() {
        insta::assert_snapshot!(table(&read(TEMPLATE).unwrap()), @r"
        | parameter | default | meaning |
        |---|---|---|
        | `z` | `7` | Seven. |
        | `list` | `128,256` | Two values. |
        | `a` |  | Anything, as \*. |
        | `choice` | `b` | One. |
        | `truth` | `true` | Yes or no. |
        | `texts` |  | Some. |
        ");
    }

    #[test]
    fn the_type_and_the_allowed_values_say_which_values_a_parameter_takes() {
        let kinds: Vec<Kind> = read(TEMPLATE).unwrap().into_iter().map(|parameter| parameter.kind).collect();
        let choice = Kind::Choice(vec!["a".to_owned(), "b".to_owned()]);
        assert_eq!(kinds, [Kind::Number, Kind::Numbers, Kind::Text, choice, Kind::Truth, Kind::Texts]);
    }

    #[test]
    fn outputs_have_a_name_and_a_meaning() {
        let output = Output { name: "Arn".to_owned(), description: "It.".to_owned() };
        assert_eq!(outputs(TEMPLATE).unwrap(), [output]);
    }

    #[test]
    fn a_parameter_without_a_description_or_of_an_unknown_type_is_named() {
        for declaration in ["{Type: String}", "{Type: Secret, Description: x}"] {
            let error = read(&format!("Parameters: {{a: {declaration}}}")).unwrap_err();
            assert!(error.to_string().contains("parameter a"), "{error:#}");
        }
    }
}
