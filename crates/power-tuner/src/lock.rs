//! The lock of a run on a function, as anyone can read it: the alias whose description is the journal. As anyone who
//! may create an alias can write it, too: the execution tells whether the lock is its own.

use aws_sdk_lambda::Client;
use tuning::{
    alias_name::AliasName,
    arn::{FunctionArn, FunctionReference},
    journal::Journal,
    started::Started,
    unproven_lock,
};

use crate::{
    aws::{Aws, Call, code},
    failure::Failure,
    follow,
};

/// Who tunes a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lock {
    /// Nobody.
    Free,
    /// A run.
    Held(Held),
    /// There is an alias of that name which power-tuner did not write.
    Foreign(String),
}

/// A lock that a run may have taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// What it says.
    pub journal: Journal,
    function: FunctionArn,
}

/// The run that holds a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Whether it goes on.
    pub is_running: bool,
    /// Its state machine.
    pub state_machine: String,
}

impl Held {
    /// The run that holds the lock.
    ///
    /// # Errors
    ///
    /// If no run can be shown to have taken it, or AWS does not tell.
    pub async fn holder(&self, aws: &Aws) -> Result<Holder, Failure> {
        let execution = &self.journal.execution;
        let described =
            match aws.in_region(execution.region()).describe_execution().execution_arn(&execution.0).send().await {
                Ok(described) => Some(described),
                Err(error) if matches!(code(&error), Some("ExecutionDoesNotExist" | "InvalidArn")) => None,
                Err(error) => {
                    let call = Call { to: "look at the run", action: "states:DescribeExecution", on: &execution.0 };
                    return Err(call.failed(&error));
                }
            };
        let input = described.as_ref().and_then(|described| described.input());
        let started = input.map(|input| Started::read(execution, input));
        unproven_lock::believe(&self.journal, &self.function, started.as_ref()).map_err(|unproven| {
            let hint = format!("then delete what a run has left, if anything: power-tuner clean {}", self.function);
            Failure::other(unproven.to_string()).hint(hint)
        })?;
        Ok(Holder {
            is_running: described.as_ref().is_some_and(|described| follow::is_running(&described.status)),
            state_machine: described.map(|described| described.state_machine_arn).unwrap_or_default(),
        })
    }
}

/// Reads the lock of a function.
pub async fn read(lambda: &Client, function: &FunctionReference) -> Result<Lock, Failure> {
    let name = AliasName::lock().to_string();
    let alias = lambda.get_alias().function_name(&function.function).name(name).send().await;
    match alias {
        Ok(alias) => {
            let description = alias.description.unwrap_or_default();
            let Ok(journal) = description.parse() else { return Ok(Lock::Foreign(description)) };
            let arn = alias.alias_arn.unwrap_or_default();
            let function =
                arn.parse().map_err(|error| Failure::other(format!("AWS named an alias by no ARN: {error}")))?;
            Ok(Lock::Held(Held { journal, function }))
        }
        Err(error) if code(&error) == Some("ResourceNotFoundException") => {
            let known = lambda.get_function_configuration().function_name(&function.function).send().await;
            match known {
                Ok(_) => Ok(Lock::Free),
                Err(error) => Err(Call {
                    to: "look at the function",
                    action: "lambda:GetFunctionConfiguration",
                    on: &function.function,
                }
                .failed(&error)),
            }
        }
        Err(error) => {
            Err(Call { to: "look at the function's lock", action: "lambda:GetAlias", on: &function.function }
                .failed(&error))
        }
    }
}
