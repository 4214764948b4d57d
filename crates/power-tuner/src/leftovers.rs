//! Versions and aliases on a function that carry the mark of a run which is over, and whose journal is gone.

use aws_sdk_lambda::Client;
use tuning::{
    arn::{ExecutionArn, FunctionReference},
    journal::Mark,
    version::VersionNumber,
};

use crate::{
    aws::{Aws, Call, code},
    failure::Failure,
    follow,
    talk::Talk,
};

/// What is marked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leftover {
    /// A version; its number cannot be `$LATEST`, so that the function itself is not meant.
    Version(VersionNumber),
    /// An alias, by its name.
    Alias(String),
}

/// What carries the mark of a run, with the run.
pub async fn find(lambda: &Client, function: &FunctionReference) -> Result<Vec<(ExecutionArn, Leftover)>, Failure> {
    let name = &function.function;
    let mut found = Vec::new();
    let mut aliases = lambda.list_aliases().function_name(name).into_paginator().items().send();
    while let Some(alias) = aliases.next().await {
        let alias =
            alias.map_err(|e| Call { to: "list the aliases", action: "lambda:ListAliases", on: name }.failed(&e))?;
        if let (Some(run), Some(name)) = (marked(alias.description()), alias.name()) {
            found.push((run, Leftover::Alias(name.to_owned())));
        }
    }
    let mut versions = lambda.list_versions_by_function().function_name(name).into_paginator().items().send();
    while let Some(version) = versions.next().await {
        let version = version.map_err(|error| {
            Call { to: "list the versions", action: "lambda:ListVersionsByFunction", on: name }.failed(&error)
        })?;
        let number = version.version().and_then(|number| number.parse().ok());
        if let (Some(run), Some(number)) = (marked(version.description()), number) {
            found.push((run, Leftover::Version(number)));
        }
    }
    Ok(found)
}

/// The run whose mark a description is.
fn marked(description: Option<&str>) -> Option<ExecutionArn> {
    let description = description?;
    let run = ExecutionArn(description.rsplit(' ').next()?.to_owned());
    (run.0.starts_with("arn:") && Mark(run.clone()).is_on(description)).then_some(run)
}

/// Deletes what is marked: aliases first, because a version in use stays. A run that still goes on is left alone.
pub async fn delete(aws: &Aws, lambda: &Client, function: &FunctionReference, talk: Talk) -> Result<(), Failure> {
    let name = &function.function;
    for (run, leftover) in find(lambda, function).await? {
        if is_running(aws, &run).await? {
            continue;
        }
        match leftover {
            Leftover::Alias(alias) => {
                lambda.delete_alias().function_name(name).name(&alias).send().await.map_err(|error| {
                    Call { to: "delete an alias of a run that is over", action: "lambda:DeleteAlias", on: name }
                        .failed(&error)
                })?;
                talk.say(format_args!("deleted the alias {alias}, which a run had left"));
            }
            Leftover::Version(number) => {
                let deleted = lambda.delete_function().function_name(name).qualifier(number.to_string()).send().await;
                match deleted {
                    Ok(_) => talk.say(format_args!("deleted version {number}, which a run had left")),
                    Err(error) if code(&error) == Some("ResourceConflictException") => {
                        talk.warn(format_args!("version {number} of a run was kept, because it is in use"));
                    }
                    Err(error) => {
                        return Err(Call {
                            to: "delete a version of a run that is over",
                            action: "lambda:DeleteFunction",
                            on: &format!("{name}:{number}"),
                        }
                        .failed(&error));
                    }
                }
            }
        }
    }
    Ok(())
}

async fn is_running(aws: &Aws, run: &ExecutionArn) -> Result<bool, Failure> {
    match aws.in_region(run.region()).describe_execution().execution_arn(&run.0).send().await {
        Ok(state) => Ok(follow::is_running(&state.status)),
        Err(error) if matches!(code(&error), Some("ExecutionDoesNotExist" | "InvalidArn")) => Ok(false),
        Err(error) => {
            Err(Call { to: "look at the run", action: "states:DescribeExecution", on: &run.0 }.failed(&error))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_mark_is_a_mark() {
        assert_eq!(marked(Some("power-tuning arn:e")), Some(ExecutionArn("arn:e".to_owned())));
        for other in [None, Some(""), Some("power-tuning"), Some("power-tuning optimum arn:e"), Some("mine arn:e")] {
            assert_eq!(marked(other), None, "{other:?}");
        }
    }
}
