//! The changes that a run has made on the function for good, and how to make more, or to undo them.

use tuning::{
    contract::outcome::{Applied, Outcome},
    units::{arn::FunctionReference, power::Power},
};

use crate::output::Note;

/// Notes on what the run has set, or on how to set what it found. Nothing where it is not known what the function had
/// before.
pub fn notes(outcome: &Outcome) -> Vec<Note> {
    let Outcome::Tuned(outcome) = outcome else { return Vec::new() };
    let Some(subject) = &outcome.subject else { return Vec::new() };
    let reference: Option<FunctionReference> = subject.function.parse().ok();
    let function = reference.as_ref().map_or(subject.function.as_str(), FunctionReference::name);
    let region = &subject.region;
    match &outcome.applied {
        Some(Applied::Alias { alias, version, version_before, memory }) => {
            let from = version_before.map_or_else(String::new, |before| format!(" from version {before}"));
            let was_set =
                format!("the alias {alias} of {function} was pointed{from} at version {version} with {memory}");
            let undo = version_before.map(|before| {
                format!(
                    "to undo that: aws lambda update-alias --function-name {function} --name {alias} \
                     --function-version {before} --region {region}"
                )
            });
            [Note::Good(was_set)].into_iter().chain(undo.map(Note::Hint)).collect()
        }
        Some(Applied::Latest { memory, memory_before }) if memory == memory_before => Vec::new(),
        Some(Applied::Latest { memory, memory_before }) => vec![
            Note::Good(format!("{function} was set from {memory_before} to {memory}")),
            Note::Hint(format!("to undo that: {}", set(function, region, *memory_before))),
        ],
        None if outcome.recommendation.hardly_measured || outcome.power == subject.present => Vec::new(),
        None => vec![Note::Hint(format!("to apply {}: {}", outcome.power, set(function, region, outcome.power)))],
    }
}

/// The command of the AWS CLI that sets a memory size.
fn set(function: &str, region: &str, memory: Power) -> String {
    let memory = memory.megabytes();
    format!(
        "aws lambda update-function-configuration --function-name {function} --memory-size {memory} --region {region}"
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn said(winner: u32, hardly_measured: bool, applied: &Value) -> String {
        let outcome = serde_json::from_value(json!({
            "power": winner, "cost": 1e-7, "duration": 200.0,
            "stateMachine": {"executionCost": 0.0, "lambdaCost": 0.0, "visualization": ""},
            "subject": {
                "function": "arn:aws:lambda:eu-west-1:123456789012:function:f", "region": "eu-west-1",
                "architecture": "arm64", "present": 1024, "ephemeralStorageMb": 512, "strategy": "cost",
            },
            "applied": applied,
            "recommendation": {"reasons": [], "hardlyMeasured": hardly_measured}, "warnings": [],
        }));
        notes(&outcome.unwrap()).iter().map(|note| format!("{note:?}")).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn what_was_set_is_said_with_the_way_back_and_what_was_not_with_the_way_there() {
        let all = [
            Value::Null,
            json!({"memory": 512, "memoryBefore": 1024}),
            json!({"alias": "live", "version": 7, "versionBefore": 6, "memory": 512}),
            json!({"alias": "live", "version": 7, "memory": 512}),
        ];
        insta::assert_snapshot!(all.map(|applied| said(512, false, &applied)).join("\n"), @r#"
        Hint("to apply 512 MB: aws lambda update-function-configuration --function-name f --memory-size 512 --region eu-west-1")
        Good("f was set from 1024 MB to 512 MB")
        Hint("to undo that: aws lambda update-function-configuration --function-name f --memory-size 1024 --region eu-west-1")
        Good("the alias live of f was pointed from version 6 at version 7 with 512 MB")
        Hint("to undo that: aws lambda update-alias --function-name f --name live --function-version 6 --region eu-west-1")
        Good("the alias live of f was pointed at version 7 with 512 MB")
        "#);
        assert_eq!(said(512, true, &Value::Null), "");
        assert_eq!(said(1024, false, &Value::Null), "");
        assert_eq!(said(1024, false, &json!({"memory": 1024, "memoryBefore": 1024})), "");
    }
}
