//! The parameters of the deployment.

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::table::Table;

/// What of a template is read.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Template {
    parameters: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Parameter {
    #[serde(default)]
    default: Value,
    description: String,
}

/// The parameters of a template, in its order.
pub fn table(template: &str) -> Result<Table> {
    let template: Template = serde_saphyr::from_str(template).context("failed to read the template")?;
    let mut table = Table::new(&["parameter", "default", "meaning"]);
    for (name, parameter) in template.parameters {
        let Parameter { default, description } =
            serde_json::from_value(parameter).with_context(|| format!("failed to read the parameter {name}"))?;
        table.add(&[&format!("`{name}`"), &shown(&default), &description]);
    }
    Ok(table)
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

    #[test]
    fn a_parameter_is_a_row_and_the_rest_of_the_template_does_not_matter() {
        let template = r#"
Parameters:
  z: { Type: Number, Default: 7, Description: Seven. }
  list:
    Type: List<Number>
    Default: 128,256
    Description: >-
      Two
      values.
  a: { Type: String, Default: "", Description: "Anything, as *." }
Resources:
  Function: { Name: !Ref a, Arn: !Sub "${a}:*", If: !If [A, !GetAtt B.Arn, !Ref AWS::NoValue] }
"#;
        insta::assert_snapshot!(table(template).unwrap(), @r"
        | parameter | default | meaning |
        |---|---|---|
        | `z` | `7` | Seven. |
        | `list` | `128,256` | Two values. |
        | `a` |  | Anything, as \*. |
        ");
    }

    #[test]
    fn a_parameter_without_a_description_is_named() {
        let error = table("Parameters: {a: {Type: String}}").err().unwrap();
        assert!(error.to_string().contains("parameter a"), "{error:#}");
    }
}
