//! Which rights a stack gives to its roles, as its template says.

use std::collections::BTreeMap;

use serde_json::Value;

use super::intrinsics::{Scope, plain};

/// The number of resources of a right that are named.
const NAMED: usize = 3;

/// The rights of all roles, a line for each: who may do what on what.
pub fn lines(template: &Value, scope: &Scope<'_>) -> Vec<String> {
    let mut rights: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let resources = template.get("Resources").and_then(Value::as_object);
    for (name, resource) in resources.into_iter().flatten() {
        if !scope.holds(resource.get("Condition")) {
            continue;
        }
        let kind = resource.get("Type").and_then(Value::as_str).unwrap_or_default();
        let properties = resource.get("Properties").and_then(|properties| scope.resolve(properties));
        let Some(properties) = properties else { continue };
        match kind {
            "AWS::IAM::Role" => rights.entry(name.clone()).or_default().extend(of_role(&properties)),
            "AWS::IAM::Policy" => {
                for role in list(properties.get("Roles")) {
                    rights.entry(plain(role)).or_default().extend(of_policy(properties.get("PolicyDocument")));
                }
            }
            _ => {}
        }
    }
    let said = rights.into_iter().filter(|(_, rights)| !rights.is_empty());
    said.flat_map(|(role, rights)| std::iter::once(format!("{role}:")).chain(rights)).collect()
}

fn of_role(properties: &Value) -> Vec<String> {
    let managed = list(properties.get("ManagedPolicyArns")).iter().map(|arn| {
        let arn = plain(arn);
        format!("  the managed policy {}", arn.rsplit('/').next().unwrap_or(&arn))
    });
    let own = list(properties.get("Policies")).iter().flat_map(|policy| of_policy(policy.get("PolicyDocument")));
    managed.chain(own).collect()
}

fn of_policy(document: Option<&Value>) -> Vec<String> {
    let statements = document.and_then(|document| document.get("Statement"));
    list(statements).iter().map(statement).collect()
}

fn statement(statement: &Value) -> String {
    let texts = |name: &str| list(statement.get(name)).iter().map(plain).collect::<Vec<_>>();
    let (actions, resources) = (texts("Action").join(", "), texts("Resource"));
    let named = resources.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    let more = match resources.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let is_deny = statement.get("Effect").and_then(Value::as_str) == Some("Deny");
    let never = if is_deny { "never " } else { "" };
    let condition = if statement.get("Condition").is_some() { ", on a condition" } else { "" };
    format!("  {never}{actions} on {named}{more}{condition}")
}

/// One value, or several.
fn list(value: Option<&Value>) -> &[Value] {
    match value {
        Some(Value::Array(items)) => items,
        Some(one) => std::slice::from_ref(one),
        None => &[],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_right_is_said_of_its_role() {
        let nothing = json!({"Ref": "AWS::NoValue"});
        let deny = json!({"Effect": "Deny", "Action": "lambda:*", "Resource": {"Fn::GetAtt": ["Cleaner", "Arn"]}});
        let template = json!({
            "Parameters": {"resource": {"Type": "String", "Default": "*"}},
            "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
            "Resources": {
                "CleanerRole": {"Type": "AWS::IAM::Role", "Properties": {
                    "ManagedPolicyArns": [{"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/service-role/Basic"}],
                    "Policies": [
                        {"PolicyDocument": {"Statement": [
                            {"Action": ["lambda:GetFunction", "lambda:GetAlias"], "Resource": {"Ref": "resource"}},
                            {"Action": "kms:Decrypt", "Resource": ["a", "b", "c", "d", "e"], "Condition": {}}
                        ]}},
                        {"Fn::If": ["Never", {"PolicyDocument": {"Statement": {"Action": "iam:*"}}}, nothing]}
                    ]
                }},
                "Deny": {"Type": "AWS::IAM::Policy", "Properties": {
                    "Roles": [{"Ref": "CleanerRole"}],
                    "PolicyDocument": {"Statement": [deny]}
                }},
                "Unused": {"Type": "AWS::IAM::Role", "Condition": "Never", "Properties": {"ManagedPolicyArns": ["x"]}},
                "Cleaner": {"Type": "AWS::Lambda::Function", "Properties": {}}
            }
        });
        let pseudo =
            [("AWS::Region", "eu-west-1"), ("AWS::AccountId", "1"), ("AWS::Partition", "aws"), ("AWS::StackName", "s")];
        let scope = Scope::new(&template, &[], pseudo);
        insta::assert_snapshot!(lines(&template, &scope).join("\n"), @r"
        CleanerRole:
          the managed policy Basic
          lambda:GetFunction, lambda:GetAlias on *
          kms:Decrypt on a, b, c and 2 more, on a condition
          never lambda:* on Cleaner.Arn
        ");
    }
}
