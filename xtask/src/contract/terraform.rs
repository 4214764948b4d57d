//! The parameters and outputs as those of the Terraform module.

use std::fmt::Write as _;

use serde_json::Value;

use super::parameters::{Kind, Output, Parameter};

const MADE: &str = "# Made by `cargo xtask contract` from template.yaml.\n";

/// The variables.
pub fn variables(parameters: &[Parameter]) -> String {
    let mut text = MADE.to_owned();
    for parameter in parameters {
        let Parameter { name, kind, default, description } = parameter;
        let (name, r#type, default) = (snake(name), r#type(kind), literal(kind, default));
        let description = quoted(description);
        let _ = write!(
            text,
            "
variable \"{name}\" {{
  description = {description}
  type        = {type}
  default     = {default}
  nullable    = false
}}
"
        );
    }
    text
}

/// The local value `parameters`: what the stack gets of the variables.
pub fn parameters(parameters: &[Parameter]) -> String {
    let width = parameters.iter().map(|parameter| parameter.name.len()).max().unwrap_or_default();
    let mut text = format!("{MADE}\nlocals {{\n  parameters = {{\n");
    for Parameter { name, kind, .. } in parameters {
        let variable = format!("var.{}", snake(name));
        let value = match kind {
            Kind::Text | Kind::Choice(_) => variable,
            Kind::Truth | Kind::Number => format!("tostring({variable})"),
            Kind::Texts | Kind::Numbers => format!("join(\",\", {variable})"),
        };
        let _ = writeln!(text, "    {name:width$} = {value}");
    }
    text + "  }\n}\n"
}

/// The outputs.
pub fn outputs(outputs: &[Output]) -> String {
    let mut text = MADE.to_owned();
    for Output { name, description } in outputs {
        let (snake, description) = (snake(name), quoted(description));
        let _ = write!(
            text,
            "
output \"{snake}\" {{
  description = {description}
  value       = aws_cloudformation_stack.power_tuner.outputs[\"{name}\"]
}}
"
        );
    }
    text
}

fn r#type(kind: &Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Choice(_) => "string",
        Kind::Truth => "bool",
        Kind::Number => "number",
        Kind::Texts => "list(string)",
        Kind::Numbers => "list(number)",
    }
}

fn literal(kind: &Kind, value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
    match kind {
        Kind::Text | Kind::Choice(_) => quoted(&text),
        Kind::Truth | Kind::Number => text,
        Kind::Texts => format!("[{}]", items.map(quoted).collect::<Vec<_>>().join(", ")),
        Kind::Numbers => format!("[{}]", items.collect::<Vec<_>>().join(", ")),
    }
}

/// A text in quotes, in which nothing is a template.
fn quoted(text: &str) -> String {
    Value::from(text).to_string().replace("${", "$${").replace("%{", "%%{")
}

/// `visualizationURL` as `visualization_url`.
fn snake(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (place, letter) in letters.iter().enumerate() {
        let before = place.checked_sub(1).and_then(|before| letters.get(before));
        let ends_a_word = before.is_some_and(|before| !before.is_ascii_uppercase());
        let after = letters.get(place + 1);
        let begins_a_word = before.is_some() && after.is_some_and(char::is_ascii_lowercase);
        if letter.is_ascii_uppercase() && (ends_a_word || begins_a_word) {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs};

    use hcl_edit::{
        expr::Expression,
        structure::{Block, Body},
    };
    use serde_json::json;

    use super::{super::parameters::outputs as read_outputs, *};
    use crate::{contract, root};

    fn module(file: &str) -> Body {
        fs::read_to_string(root::repository().join("infra/terraform").join(file)).unwrap().parse().unwrap()
    }

    fn names<'a>(body: &'a Body, kind: &'a str) -> BTreeSet<&'a str> {
        body.get_blocks(kind).map(label).collect()
    }

    fn label(block: &Block) -> &str {
        block.labels.last().unwrap().as_str()
    }

    /// The names that expressions of a file take from `var`.
    fn used(file: &str) -> BTreeSet<String> {
        let text = fs::read_to_string(root::repository().join("infra/terraform").join(file)).unwrap();
        let names = text.split("var.").skip(1);
        names
            .map(|rest| rest.chars().take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '_').collect())
            .collect()
    }

    #[test]
    fn every_parameter_of_the_template_is_set_by_a_variable_of_its_own() {
        let template = fs::read_to_string(root::repository().join("template.yaml")).unwrap();
        let expected = contract::of_packages(&template).unwrap();
        let variables = module("variables.tf");
        let locals = module("parameters.tf");
        let locals = locals.get_blocks("locals").next().unwrap();
        let Expression::Object(passed) = &locals.body.get_attribute("parameters").unwrap().value else { panic!() };
        let keys: BTreeSet<&str> = passed.iter().map(|(key, _)| key.as_ident().unwrap().as_str()).collect();
        assert_eq!(keys, expected.iter().map(|parameter| parameter.name.as_str()).collect());
        let used = used("parameters.tf");
        assert_eq!(names(&variables, "variable"), used.iter().map(String::as_str).collect());
        assert_eq!(used.len(), keys.len());
    }

    #[test]
    fn the_stack_gets_the_parameters_and_every_output_of_the_template_is_one_of_the_module() {
        let main = module("main.tf");
        let stack = main
            .get_blocks("resource")
            .find(|block| block.labels.first().is_some_and(|kind| kind.as_str() == "aws_cloudformation_stack"))
            .unwrap();
        assert_eq!(label(stack), "power_tuner");
        let parameters = stack.body.get_attribute("parameters").unwrap().value.to_string();
        assert!(parameters.contains("local.parameters"), "{parameters}");
        let template = fs::read_to_string(root::repository().join("template.yaml")).unwrap();
        let expected: Vec<String> = read_outputs(&template).unwrap().iter().map(|output| snake(&output.name)).collect();
        assert_eq!(names(&module("outputs.tf"), "output"), expected.iter().map(String::as_str).collect());
    }

    #[test]
    fn variables_that_no_parameter_takes_are_used_in_the_module() {
        let main = module("main.tf");
        assert_eq!(names(&main, "variable"), used("main.tf").iter().map(String::as_str).collect());
    }

    #[test]
    fn the_example_sets_only_what_there_is() {
        let example = module("example/main.tf");
        let tuner = example.get_blocks("module").next().unwrap();
        let (main, variables) = (module("main.tf"), module("variables.tf"));
        let known: BTreeSet<&str> = names(&main, "variable").union(&names(&variables, "variable")).copied().collect();
        for attribute in tuner.body.attributes() {
            let name = attribute.key.as_str();
            assert!(name == "source" || known.contains(name), "{name}");
        }
    }

    #[test]
    fn names_are_words_with_underscores() {
        let names = ["PowerValues", "visualizationURL", "payloadS3Bucket", "kmsKeyArns", "UncleanedRunsQueueURL"];
        assert_eq!(
            names.map(snake),
            ["power_values", "visualization_url", "payload_s3_bucket", "kms_key_arns", "uncleaned_runs_queue_url"]
        );
    }

    #[test]
    fn defaults_have_the_type_of_their_variable() {
        let literals = [
            literal(&Kind::Text, &json!("a \"b\" ${c}")),
            literal(&Kind::Truth, &json!("true")),
            literal(&Kind::Number, &json!(7)),
            literal(&Kind::Texts, &json!("")),
            literal(&Kind::Texts, &json!("a,b")),
            literal(&Kind::Numbers, &json!("1,2")),
        ];
        assert_eq!(literals, ["\"a \\\"b\\\" $${c}\"", "true", "7", "[]", "[\"a\", \"b\"]", "[1, 2]"]);
    }
}
