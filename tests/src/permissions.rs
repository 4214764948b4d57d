//! The permissions that the template gives the steps, against what they really do.

use std::{collections::BTreeSet, fmt::Write as _};

use serde_json::Value;

use crate::proxy::{call::Resource, record::Use};

/// The actions that the policies of a template allow its functions, which are called like the steps.
#[must_use]
pub fn granted(template: &str) -> BTreeSet<Use> {
    // Intrinsic functions are tags, which are left out: what remains is their arguments.
    let template: Value = serde_saphyr::from_str(template).expect("the template is YAML");
    let conditions = template["Conditions"].as_object().expect("it has conditions");
    let is_condition = |text: &str| conditions.contains_key(text);
    let resources = template["Resources"].as_object().expect("it has resources");
    let functions = resources.iter().filter(|(_, resource)| resource["Type"] == "AWS::Serverless::Function");
    let mut granted = BTreeSet::new();
    for (step, function) in functions {
        for statement in statements(&function["Properties"]["Policies"]) {
            for action in texts(&statement["Action"]) {
                for resource in texts(&statement["Resource"]).into_iter().filter(|text| !is_condition(text)) {
                    let (step, action) = (step.clone(), action.to_owned());
                    granted.insert(Use { step, action, resource: shape(resource) });
                }
            }
        }
    }
    granted
}

/// The resource that a permission names, by the shape of its ARN, or by the parameter that it comes from.
fn shape(resource: &str) -> Resource {
    match resource {
        "*" => Resource::Account,
        "lambdaResource" | "processorResource" => Resource::Function,
        "${lambdaResource}:*" => Resource::QualifiedFunction,
        "assumableRoles" => Resource::Role,
        arn if arn.ends_with(":function:*:*") => Resource::QualifiedFunction,
        arn if arn.ends_with(":function:*") => Resource::Function,
        "Bucket.Arn" => Resource::Bucket,
        arn if arn.starts_with("${Bucket.Arn}/") => Resource::Object,
        arn if arn.contains(":s3:::") && !arn.contains('/') => Resource::Bucket,
        arn if arn.contains(":s3:::") => Resource::Object,
        arn if arn.contains(":cloudformation:") => Resource::Stack,
        arn if arn.contains(":schemas:") => Resource::Schema,
        arn if arn.contains(":log-group:") => Resource::LogGroup,
        arn if arn.contains(":states:") => Resource::Execution,
        _ => Resource::Unknown,
    }
}

/// All statements, wherever they are.
fn statements(policies: &Value) -> Vec<&Value> {
    match policies {
        Value::Array(list) => list.iter().flat_map(statements).collect(),
        Value::Object(policy) => policy["Statement"].as_array().into_iter().flatten().collect(),
        _ => Vec::new(),
    }
}

/// All texts, wherever they are.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(list) => list.iter().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// The differences between what is granted and what was used: what is missing, and what was never used.
#[must_use]
pub fn differences(granted: &BTreeSet<Use>, used: &BTreeSet<Use>) -> Vec<String> {
    let missing = used.difference(granted).map(|missing| format!("used, but not granted: {}", words(missing)));
    let unused = granted.difference(used).map(|unused| format!("granted, but not used: {}", words(unused)));
    missing.chain(unused).collect()
}

fn words(of: &Use) -> String {
    format!("{} {} on a {}", of.step, of.action, of.resource)
}

/// The permissions that each step uses, as Markdown.
#[must_use]
pub fn table(used: &BTreeSet<Use>) -> String {
    let mut table = String::from("| step | action | on |\n|---|---|---|\n");
    let mut rows: Vec<(&str, &str, Vec<String>)> = Vec::new();
    for Use { step, action, resource } in used {
        match rows.last_mut() {
            Some((last_step, last_action, resources)) if last_step == step && last_action == action => {
                resources.push(resource.to_string());
            }
            _ => rows.push((step, action, vec![resource.to_string()])),
        }
    }
    for (step, action, resources) in rows {
        let _ = writeln!(table, "| {step} | `{action}` | {} |", resources.join(", "));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = r#"
Conditions:
  AnyFunction: !Equals [!Ref lambdaResource, "*"]
Resources:
  Cleaner:
    Type: AWS::Serverless::Function
    Properties:
      Policies:
        - Version: "2012-10-17"
          Statement:
            - Effect: Allow
              Action: [lambda:GetAlias, lambda:GetFunction]
              Resource: !If [AnyFunction, !Sub "arn:${AWS::Partition}:lambda:*:*:function:*", !Ref lambdaResource]
            - Effect: Allow
              Action: lambda:DeleteFunction
              Resource:
                !If [AnyFunction, !Sub "arn:${AWS::Partition}:lambda:*:*:function:*:*", !Sub "${lambdaResource}:*"]
        - !If
          - HasAssumableRoles
          - Version: "2012-10-17"
            Statement:
              - { Effect: Allow, Action: sts:AssumeRole, Resource: !Ref assumableRoles }
          - !Ref AWS::NoValue
  Logs:
    Type: AWS::Logs::LogGroup
"#;

    fn of(action: &str, resource: Resource) -> Use {
        Use { step: "Cleaner".to_owned(), action: action.to_owned(), resource }
    }

    fn expected() -> BTreeSet<Use> {
        BTreeSet::from([
            of("lambda:DeleteFunction", Resource::QualifiedFunction),
            of("lambda:GetAlias", Resource::Function),
            of("lambda:GetFunction", Resource::Function),
            of("sts:AssumeRole", Resource::Role),
        ])
    }

    #[test]
    fn policies_are_read_through_intrinsic_functions() {
        assert_eq!(granted(TEMPLATE), expected());
    }

    #[test]
    fn differences_are_named_both_ways() {
        let mut used = expected();
        used.remove(&of("lambda:GetAlias", Resource::Function));
        used.insert(of("lambda:DeleteFunction", Resource::Function));
        assert_eq!(
            differences(&expected(), &used),
            [
                "used, but not granted: Cleaner lambda:DeleteFunction on a function",
                "granted, but not used: Cleaner lambda:GetAlias on a function"
            ]
        );
        assert_eq!(differences(&expected(), &expected()), Vec::<String>::new());
    }

    #[test]
    fn the_table_has_a_row_for_each_step_and_action() {
        let mut used = expected();
        used.insert(of("lambda:GetFunction", Resource::QualifiedFunction));
        let table = table(&used);
        assert!(table.contains("| Cleaner | `lambda:GetFunction` | function, version or alias |\n"), "{table}");
        assert_eq!(table.lines().count(), 2 + 4);
    }
}
