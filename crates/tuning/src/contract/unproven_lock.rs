//! A lock that may be forged: whoever may create an alias on a function can write one.

use std::fmt;

use crate::{
    contract::started::Started,
    run::journal::Journal,
    units::{
        arn::{ExecutionArn, FunctionArn},
        power::Power,
    },
};

/// A lock that no run can be shown to have taken. Its journal is not believed: it moves no memory.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{function} has a lock (the alias power-tuning-lock) of {holder}, {why}. So its note that the function had \
     {memory} is not believed, and nothing was changed. Check the function's memory, then delete the alias: aws lambda \
     delete-alias --function-name {function} --name power-tuning-lock"
)]
pub struct UnprovenLock {
    function: String,
    holder: ExecutionArn,
    memory: Power,
    why: Why,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    Unknown,
    Elsewhere,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => {
                "an execution whose input AWS does not know: it never existed, ended more than 90 days ago, or its state machine was deleted"
            }
            Self::Elsewhere => "an execution whose input does not name this function",
        })
    }
}

/// Believes the journal of a lock, if what its execution was started with names the function, and returns that;
/// `started` is nothing if AWS does not know the execution.
pub fn believe(journal: &Journal, function: &FunctionArn, started: Option<Started>) -> Result<Started, UnprovenLock> {
    let why = match started {
        None => Why::Unknown,
        Some(started) if started.tunes(function) => return Ok(started),
        Some(_) => Why::Elsewhere,
    };
    Err(UnprovenLock { function: function.to_string(), holder: journal.execution.clone(), memory: journal.memory, why })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{run::journal::Phase, units::version::VersionNumber};

    fn believed(input: Option<&str>) -> Result<(), String> {
        let execution = ExecutionArn("arn:aws:states:us-east-1:123456789012:execution:m:run".to_owned());
        let started = input.map(|input| Started::read(&execution, input));
        let journal = Journal {
            execution,
            memory: Power::MIN,
            highest_version: VersionNumber::NONE,
            phase: Phase::Open,
            retries: 0,
        };
        let function = "arn:aws:lambda:us-east-1:123456789012:function:f".parse().unwrap();
        believe(&journal, &function, started).map(drop).map_err(|unproven| unproven.to_string())
    }

    #[test]
    fn only_the_lock_of_an_execution_that_names_the_function_is_believed() {
        assert_eq!(believed(Some(r#"{"lambdaARN": "f"}"#)), Ok(()));
        insta::assert_snapshot!(believed(None).unwrap_err(), @"arn:aws:lambda:us-east-1:123456789012:function:f has a lock (the alias power-tuning-lock) of arn:aws:states:us-east-1:123456789012:execution:m:run, an execution whose input AWS does not know: it never existed, ended more than 90 days ago, or its state machine was deleted. So its note that the function had 128 MB is not believed, and nothing was changed. Check the function's memory, then delete the alias: aws lambda delete-alias --function-name arn:aws:lambda:us-east-1:123456789012:function:f --name power-tuning-lock");
        for input in ["", "null", r#"{"lambdaARN": "g"}"#] {
            let said = believed(Some(input)).unwrap_err();
            assert!(said.contains("an execution whose input does not name this function"), "{said}");
        }
    }
}
