//! The parameters as properties of the construct for the AWS CDK.

use std::fmt::Write as _;

use serde_json::Value;

use super::parameters::{Kind, Parameter};

/// The length of lines.
const WIDTH: usize = 120;

/// The module that declares them.
pub fn module(parameters: &[Parameter]) -> String {
    let mut properties = String::new();
    let mut names = String::new();
    for parameter in parameters {
        let property = property(&parameter.name);
        let _ = writeln!(properties, "  /**");
        for line in wrapped(&parameter.description, WIDTH - "   * ".len()) {
            let _ = writeln!(properties, "   * {line}");
        }
        if let Some(default) = default(parameter) {
            let _ = writeln!(properties, "   *\n   * @default {default}");
        }
        let _ = writeln!(properties, "   */\n  readonly {property}?: {};", r#type(&parameter.kind));
        let _ = writeln!(names, "  {property}: \"{}\",", parameter.name);
    }
    format!(
        "// Made by `cargo xtask contract` from template.yaml.

/** The parameters of power-tuner's template. */
export interface Parameters {{
{properties}}}

/** The parameter that each property sets. */
export const PARAMETERS: Readonly<Record<keyof Parameters, string>> = {{
{names}}};
"
    )
}

/// Properties begin with a small letter.
fn property(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect()
}

fn r#type(kind: &Kind) -> String {
    match kind {
        Kind::Text => "string".to_owned(),
        Kind::Choice(values) => {
            values.iter().map(|value| Value::from(value.as_str()).to_string()).collect::<Vec<_>>().join(" | ")
        }
        Kind::Truth => "boolean".to_owned(),
        Kind::Number => "number".to_owned(),
        Kind::Texts => "readonly string[]".to_owned(),
        Kind::Numbers => "readonly number[]".to_owned(),
    }
}

fn default(parameter: &Parameter) -> Option<String> {
    let text = match &parameter.default {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    Some(match parameter.kind {
        Kind::Text | Kind::Choice(_) => Value::from(text).to_string(),
        Kind::Truth | Kind::Number => text,
        Kind::Texts | Kind::Numbers => format!("[{}]", text.replace(',', ", ")),
    })
}

/// A text in lines of at most so many characters, unless a word is longer.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_parameter_is_an_optional_property_of_its_type() {
        let parameter = |name: &str, kind, default| Parameter {
            name: name.to_owned(),
            kind,
            default,
            description: "What it is.".to_owned(),
        };
        let made = module(&[
            parameter("PowerValues", Kind::Numbers, json!("128,256")),
            parameter("tracing", Kind::Choice(vec!["A".to_owned(), "B".to_owned()]), json!("A")),
            parameter("bucket", Kind::Text, json!("")),
        ]);
        insta::assert_snapshot!(made, @r#"
        // Made by `cargo xtask contract` from template.yaml.

        /** The parameters of power-tuner's template. */
        export interface Parameters {
          /**
           * What it is.
           *
           * @default [128, 256]
           */
          readonly powerValues?: readonly number[];
          /**
           * What it is.
           *
           * @default "A"
           */
          readonly tracing?: "A" | "B";
          /**
           * What it is.
           *
           * @default ""
           */
          readonly bucket?: string;
        }

        /** The parameter that each property sets. */
        export const PARAMETERS: Readonly<Record<keyof Parameters, string>> = {
          powerValues: "PowerValues",
          tracing: "tracing",
          bucket: "bucket",
        };
        "#);
    }

    #[test]
    fn lines_are_no_wider_than_asked_for() {
        assert_eq!(wrapped("aa bb cc dddddd", 5), ["aa bb", "cc", "dddddd"]);
    }
}
