//! A stack as it is.

use aws_sdk_cloudformation::{error::ProvideErrorMetadata as _, types::Stack};

use super::{STATE_MACHINE, parameters::Given};
use crate::{
    account::{Account, Call, code},
    failure::Failure,
};

/// The beginning of the description of the stack.
const DESCRIPTION: &str = "power-tuner";
/// The parameter that its template has.
const PREFIX: &str = "stateMachineNamePrefix";

/// A stack that is there.
#[derive(Debug, Clone)]
pub struct Found {
    /// Its ARN.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its parameters, as they were set.
    pub parameters: Vec<Given>,
    /// Its outputs, with their names.
    pub outputs: Vec<Given>,
    /// Its status, as AWS calls it.
    pub status: String,
    description: Option<String>,
}

/// The standing of a stack: it decides what can be done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is deployed.
    Deployed,
    /// A change set was made for it, and never executed: it has no resources.
    Empty,
    /// Its creation or its removal failed: it can only be deleted.
    Failed,
    /// It is being changed.
    Busy,
    /// An update failed, and so did its way back: AWS refuses changes until that is put right.
    Stuck,
}

impl Found {
    /// The standing of the stack, which decides what can be done with it.
    pub fn standing(&self) -> Standing {
        match self.status.as_str() {
            "REVIEW_IN_PROGRESS" => Standing::Empty,
            "CREATE_FAILED" | "ROLLBACK_COMPLETE" | "ROLLBACK_FAILED" | "DELETE_FAILED" => Standing::Failed,
            "UPDATE_ROLLBACK_FAILED" => Standing::Stuck,
            status if status.ends_with("_IN_PROGRESS") => Standing::Busy,
            _ => Standing::Deployed,
        }
    }

    /// True if it is one of power-tuner: by its description, or where AWS gives none, by a parameter that only its
    /// template has. One without resources says nothing of itself.
    pub fn is_ours(&self) -> bool {
        self.standing() == Standing::Empty || self.is_of_template()
    }

    fn is_of_template(&self) -> bool {
        match &self.description {
            Some(text) => text.starts_with(DESCRIPTION),
            None => self.parameter(PREFIX).is_some(),
        }
    }

    /// True if `power-tuner monitor` has made it. One without resources says nothing of itself.
    pub fn is_monitoring(&self) -> bool {
        let is_described = || self.description.as_deref() == Some(monitoring::DESCRIPTION);
        let has_output = || value(&self.outputs, monitoring::OUTPUT).is_some();
        self.standing() == Standing::Empty || is_described() || has_output()
    }

    /// The value of a parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        value(&self.parameters, name)
    }

    /// The state machine.
    pub fn state_machine(&self) -> Option<&str> {
        value(&self.outputs, STATE_MACHINE)
    }

    /// Fails if it is not one of power-tuner, which is not touched.
    pub fn check_ours(&self) -> Result<(), Failure> {
        if self.is_ours() {
            return Ok(());
        }
        Err(Failure::bad_input(format!("the stack {} is not one of power-tuner: it was left alone", self.name))
            .hint("give another name: --stack NAME"))
    }

    /// Fails if it is being changed.
    pub fn check_quiet(&self) -> Result<(), Failure> {
        match self.standing() {
            Standing::Busy => {
                Err(Failure::other(format!("the stack {} is being changed ({})", self.name, self.status))
                    .hint("wait until that has ended, and run this again"))
            }
            _ => Ok(()),
        }
    }
}

fn value<'a>(all: &'a [Given], name: &str) -> Option<&'a str> {
    all.iter().find(|one| one.name == name).map(|one| one.value.as_str())
}

impl From<&Stack> for Found {
    fn from(stack: &Stack) -> Self {
        let given = |name: Option<&str>, value: Option<&str>| Given {
            name: name.unwrap_or_default().to_owned(),
            value: value.unwrap_or_default().to_owned(),
        };
        Self {
            id: stack.stack_id().unwrap_or_default().to_owned(),
            name: stack.stack_name().unwrap_or_default().to_owned(),
            parameters: stack.parameters().iter().map(|p| given(p.parameter_key(), p.parameter_value())).collect(),
            outputs: stack.outputs().iter().map(|o| given(o.output_key(), o.output_value())).collect(),
            status: stack.stack_status().map_or_else(String::new, |status| status.as_str().to_owned()),
            description: stack.description().filter(|text| !text.is_empty()).map(str::to_owned),
        }
    }
}

/// The stack of this name or ARN; `None` if there is none any more, or yet.
pub async fn stack(account: &Account, name: &str) -> Result<Option<Found>, Failure> {
    let described = account.cloudformation().describe_stacks().stack_name(name).send().await;
    let described = match described {
        Ok(described) => described,
        Err(error) if is_absent(code(&error), error.message()) => return Ok(None),
        Err(error) => {
            let call = Call { to: "look at the stack", action: "cloudformation:DescribeStacks", on: name };
            return Err(call.failed(&error));
        }
    };
    let found = described.stacks().first().map(Found::from);
    Ok(found.filter(|found| found.status != "DELETE_COMPLETE"))
}

/// True if AWS says that there is no such stack.
pub fn is_absent(code: Option<&str>, message: Option<&str>) -> bool {
    code == Some("ValidationError") && message.is_some_and(|message| message.contains("does not exist"))
}

/// All stacks of power-tuner in the region.
pub async fn all(account: &Account) -> Result<Vec<Found>, Failure> {
    let mut found = Vec::new();
    let mut stacks = account.cloudformation().describe_stacks().into_paginator().items().send();
    while let Some(stack) = stacks.next().await {
        let stack = stack.map_err(|error| {
            Call { to: "look for stacks of power-tuner", action: "cloudformation:DescribeStacks", on: "*" }
                .failed(&error)
        })?;
        found.push(Found::from(&stack));
    }
    found.retain(Found::is_of_template);
    Ok(found)
}
