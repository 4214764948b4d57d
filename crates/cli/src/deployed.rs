//! Finding what is deployed: by the output of its stack, by name, by tag, or as the user says.

use std::fmt::{self, Display, Formatter};

use aws_sdk_cloudformation::types::Stack;
use aws_sdk_sfn::types::StateMachineListItem;
use serde_json::Value;

use crate::{
    account::{Account, Call},
    arguments::Deployed,
    failure::Failure,
    prompt,
};

/// The name that `template.yaml` gives the output that is the state machine.
const OUTPUT: &str = "StateMachineARN";
/// The beginning of the description of the stack.
const DESCRIPTION: &str = "power-tuner";
/// The default of the template's parameter `stateMachineNamePrefix`.
const PREFIX: &str = "powerTuningStateMachine-";
/// The tag of the state machine, whose value is the version.
const TAG: &str = "power-tuner";

/// A power-tuner in the account.
struct Deployment {
    state_machine: String,
    /// The name of its stack, if it was found by that.
    stack: Option<String>,
}

impl Display for Deployment {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match &self.stack {
            Some(stack) => write!(formatter, "--stack {stack}: {}", self.state_machine),
            None => write!(formatter, "{}", self.state_machine),
        }
    }
}

/// The ARN of the state machine; of several, the one that the user chooses.
pub async fn state_machine(account: &Account, wanted: &Deployed) -> Result<String, Failure> {
    if let Some(given) = &wanted.state_machine {
        return if given.starts_with("arn:") { Ok(given.clone()) } else { named(account, given).await };
    }
    if let Some(stack) = &wanted.stack {
        return of_stack(account, stack).await;
    }
    let mut found = in_stacks(account).await?;
    if found.is_empty() {
        let machines = in_state_machines(account).await?.into_iter();
        found = machines.map(|state_machine| Deployment { state_machine, stack: None }).collect();
    }
    match found.as_slice() {
        [] => Err(Failure::other(format!("power-tuner is not deployed in {}", account.region))
            .hint("deploy it: power-tuner deploy")
            .hint("or name what you mean: --state-machine ARN, --stack NAME, --region REGION, --profile NAME")),
        [one] => Ok(one.state_machine.clone()),
        several => {
            let chosen = prompt::select("Which power-tuner?", several).and_then(|chosen| several.get(chosen));
            chosen.map(|chosen| chosen.state_machine.clone()).ok_or_else(|| {
                let list = several.iter().map(|deployment| format!("\n  {deployment}")).collect::<Vec<_>>().concat();
                Failure::bad_input(format!("several deployments of power-tuner could be meant:{list}"))
                    .hint("give --state-machine with one of them, or --stack with the name of its stack")
            })
        }
    }
}

/// The version of what is deployed, by the tag of its state machine; `None` if it has none.
pub async fn version(account: &Account, state_machine: &str) -> Result<Option<String>, Failure> {
    let tags = account.sfn.list_tags_for_resource().resource_arn(state_machine).send().await.map_err(|error| {
        Call { to: "read the version of what is deployed", action: "states:ListTagsForResource", on: state_machine }
            .failed(&error)
    })?;
    Ok(tags.tags().iter().find(|tag| tag.key() == Some(TAG)).and_then(|tag| tag.value()).map(str::to_owned))
}

/// The definition of a state machine.
pub async fn definition(account: &Account, state_machine: &str) -> Result<Value, Failure> {
    let described =
        account.sfn.describe_state_machine().state_machine_arn(state_machine).send().await.map_err(|error| {
            Call { to: "look at what is deployed", action: "states:DescribeStateMachine", on: state_machine }
                .failed(&error)
        })?;
    serde_json::from_str(&described.definition)
        .map_err(|error| Failure::other(format!("the definition of {state_machine} is not JSON: {error}")))
}

async fn named(account: &Account, name: &str) -> Result<String, Failure> {
    let all = state_machines(account).await?;
    all.into_iter().find(|machine| machine.name == name).map(|machine| machine.state_machine_arn).ok_or_else(|| {
        Failure::bad_input(format!("there is no state machine {name} in {}", account.region))
            .hint("check --state-machine, the region and the account; power-tuner doctor says what is deployed")
    })
}

async fn of_stack(account: &Account, name: &str) -> Result<String, Failure> {
    let described = account.cloudformation().describe_stacks().stack_name(name).send().await;
    let described = described.map_err(|error| match crate::account::code(&error) {
        // CloudFormation's way to say that there is none.
        Some("ValidationError") => Failure::bad_input(format!("there is no stack {name} in {}", account.region))
            .hint("check --stack, the region and the account"),
        _ => Call { to: "look at the stack", action: "cloudformation:DescribeStacks", on: name }.failed(&error),
    })?;
    described.stacks().iter().find_map(output).ok_or_else(|| {
        Failure::bad_input(format!("the stack {name} has no output {OUTPUT}: power-tuner did not create it"))
            .hint("give --state-machine instead, if it is in that stack under another name")
    })
}

/// The state machines of all stacks of power-tuner; none if the user may not look at stacks.
async fn in_stacks(account: &Account) -> Result<Vec<Deployment>, Failure> {
    let mut found = Vec::new();
    let mut stacks = account.cloudformation().describe_stacks().into_paginator().items().send();
    while let Some(stack) = stacks.next().await {
        let stack = match stack {
            Ok(stack) => stack,
            Err(error) if is_denied(crate::account::code(&error)) => return Ok(Vec::new()),
            Err(error) => {
                let call = Call { to: "look for power-tuner", action: "cloudformation:DescribeStacks", on: "*" };
                return Err(call.failed(&error));
            }
        };
        if stack.description().is_some_and(|description| description.starts_with(DESCRIPTION)) {
            let stack_name = stack.stack_name().map(str::to_owned);
            found.extend(output(&stack).map(|state_machine| Deployment { state_machine, stack: stack_name }));
        }
    }
    Ok(found)
}

fn is_denied(code: Option<&str>) -> bool {
    matches!(code, Some("AccessDenied" | "AccessDeniedException"))
}

fn output(stack: &Stack) -> Option<String> {
    let output = stack.outputs().iter().find(|output| output.output_key() == Some(OUTPUT))?;
    output.output_value().map(str::to_owned)
}

/// State machines that are named as by default, or else those that carry the tag.
async fn in_state_machines(account: &Account) -> Result<Vec<String>, Failure> {
    let all = state_machines(account).await?;
    let named: Vec<String> =
        all.iter().filter(|m| m.name.starts_with(PREFIX)).map(|m| m.state_machine_arn.clone()).collect();
    if !named.is_empty() {
        return Ok(named);
    }
    let mut tagged = Vec::new();
    for machine in all {
        // A state machine whose tags the user may not see is none that he may start.
        if matches!(version(account, &machine.state_machine_arn).await, Ok(Some(_))) {
            tagged.push(machine.state_machine_arn);
        }
    }
    Ok(tagged)
}

/// All state machines of the region.
pub async fn state_machines(account: &Account) -> Result<Vec<StateMachineListItem>, Failure> {
    let listed = account.sfn.list_state_machines().into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
    listed.map_err(|error| {
        Call { to: "look for power-tuner", action: "states:ListStateMachines", on: "*" }
            .failed(&error)
            .hint("or name the state machine, then none is looked for: --state-machine ARN")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_has_what_a_deployment_is_found_by() {
        let template = include_str!("../../../template.yaml");
        let tag = format!("Tags: {{ {TAG}: {} }}", env!("CARGO_PKG_VERSION"));
        for part in [tag, format!("\n  {OUTPUT}:"), format!("\nDescription: {DESCRIPTION}")] {
            assert!(template.contains(&part), "template.yaml lacks: {part}");
        }
        let prefix = PREFIX.trim_end_matches('-');
        assert!(template.contains(&format!("Default: {prefix}\n")), "the prefix is another one");
    }
}
