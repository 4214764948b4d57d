//! Finding the deployed state machine.

use anyhow::{Context, Result, bail};
use aws_sdk_sfn::Client;

/// What the template's parameter `stateMachineNamePrefix` is by default.
const DEFAULT_PREFIX: &str = "powerTuningStateMachine-";

/// The ARN of the state machine: the given one, or the only one that is named like it.
pub async fn state_machine(sfn: &Client, given: Option<&str>) -> Result<String> {
    if let Some(arn) = given {
        return Ok(arn.to_owned());
    }
    let mut found = Vec::new();
    let mut pages = sfn.list_state_machines().into_paginator().items().send();
    while let Some(machine) = pages.next().await {
        let machine = machine.context("failed to list the state machines; check credentials and region")?;
        if machine.name().starts_with(DEFAULT_PREFIX) {
            found.push(machine.state_machine_arn);
        }
    }
    match found.as_slice() {
        [] => bail!(
            "no state machine is named {DEFAULT_PREFIX}… in this region\nhint: deploy the template, or give --state-machine"
        ),
        [one] => Ok(one.clone()),
        several => bail!(
            "several state machines could be meant\nhint: give --state-machine with one of\n  {}",
            several.join("\n  ")
        ),
    }
}
