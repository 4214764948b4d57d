//! The bucket in which fleets keep their runs.

use aws_sdk_cloudformation::types::Stack;

use crate::{
    account::{Account, Call, code},
    failure::Failure,
};

/// The name that `infra/fleet/template.yaml` gives the output that is the bucket.
const OUTPUT: &str = "FleetBucket";

/// The bucket of this stack; without one, of the only stack of a fleet in the region.
pub async fn of_fleet(account: &Account, stack: Option<&str>) -> Result<String, Failure> {
    let on = stack.unwrap_or("*");
    let request = account.cloudformation().describe_stacks().set_stack_name(stack.map(str::to_owned));
    let mut stacks = request.into_paginator().items().send();
    let mut found: Vec<(String, String)> = Vec::new();
    while let Some(one) = stacks.next().await {
        let one = one.map_err(|error| match (stack, code(&error)) {
            // CloudFormation's way to say that there is none.
            (Some(name), Some("ValidationError")) => {
                Failure::bad_input(format!("there is no stack {name} in {}", account.region))
                    .hint("check --stack, the region and the account")
            }
            _ => Call { to: "look for the fleet", action: "cloudformation:DescribeStacks", on }.failed(&error),
        })?;
        found.extend(bucket(&one));
    }
    match (found.as_slice(), stack) {
        ([(_, bucket)], _) => Ok(bucket.clone()),
        ([], Some(stack)) => {
            Err(Failure::bad_input(format!("the stack {stack} has no output {OUTPUT}: it is no fleet"))
                .hint("give the name of the stack that infra/fleet/template.yaml was deployed as"))
        }
        ([], None) => Err(Failure::other(format!("there is no stack of a fleet in {}", account.region))
            .hint("docs/fleet.md says how to deploy one; or give --stack NAME, --region REGION, --profile NAME")),
        (several, _) => {
            let names: Vec<&str> = several.iter().map(|(stack, _)| stack.as_str()).collect();
            Err(Failure::bad_input(format!("several fleets could be meant: {}", names.join(", ")))
                .hint("give --stack with one of them"))
        }
    }
}

/// The name of the stack, and its bucket, if it is one of a fleet.
fn bucket(stack: &Stack) -> Option<(String, String)> {
    let output = stack.outputs().iter().find(|output| output.output_key() == Some(OUTPUT))?;
    Some((stack.stack_name()?.to_owned(), output.output_value()?.to_owned()))
}
