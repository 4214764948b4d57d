//! What an execution was started with: by AWS, not by whoever tells of the execution.

use std::str::FromStr;

use serde_json::Value;

use crate::{
    contract::input,
    units::{
        arn::{ExecutionArn, FunctionArn, FunctionReference, RoleArn},
        power::Power,
    },
};

/// An execution's input as it was sent: nobody has checked it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    execution: ExecutionArn,
    input: Value,
}

impl Started {
    /// The input of an execution; one that is not JSON names nothing.
    #[must_use]
    pub fn read(execution: &ExecutionArn, input: &str) -> Self {
        Self { execution: execution.clone(), input: serde_json::from_str(input).unwrap_or_default() }
    }

    /// The function that it names; `None` when it names none, and so nothing can have been changed.
    #[must_use]
    pub fn function(&self) -> Option<FunctionReference> {
        self.field("lambdaARN")
    }

    /// The role to assume for every call on the function.
    #[must_use]
    pub fn role(&self) -> Option<RoleArn> {
        self.field("assumeRoleARN")
    }

    /// What it lists to be measured.
    #[must_use]
    pub fn power_values(&self) -> Option<Vec<Power>> {
        input::named_memory_sizes(&self.input)
    }

    /// Whether it names this function: a name without a region is one in the region of the execution.
    #[must_use]
    pub fn tunes(&self, function: &FunctionArn) -> bool {
        let Some(named) = self.function() else { return false };
        let region = named.region.clone().or_else(|| self.execution.region().map(str::to_owned));
        FunctionReference { region, ..named }.may_be(&function.into())
    }

    fn field<T: FromStr>(&self, name: &str) -> Option<T> {
        self.input.get(name)?.as_str()?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn started(input: &Value) -> Started {
        let execution = "arn:aws:states:us-east-1:123456789012:execution:m:run";
        Started::read(&ExecutionArn(execution.to_owned()), &input.to_string())
    }

    fn arn(region: &str, account: &str, name: &str) -> FunctionArn {
        format!("arn:aws:lambda:{region}:{account}:function:{name}").parse().unwrap()
    }

    #[test]
    fn an_execution_tunes_the_function_that_its_input_names_and_no_other() {
        let here = arn("us-east-1", "123456789012", "f");
        for name in ["f", "f:live", "123456789012:function:f", "arn:aws:lambda:us-east-1:123456789012:function:f:7"] {
            let started = started(&json!({"lambdaARN": name}));
            assert!(started.tunes(&here), "{name}");
            assert!(!started.tunes(&arn("us-east-1", "123456789012", "g")), "{name}");
            assert!(!started.tunes(&arn("eu-west-1", "123456789012", "f")), "{name}");
        }
        // With a role of another account, a bare name is a function there.
        assert!(started(&json!({"lambdaARN": "f"})).tunes(&arn("us-east-1", "222222222222", "f")));
        let elsewhere = arn("eu-west-1", "222222222222", "f");
        assert!(started(&json!({"lambdaARN": elsewhere.to_string()})).tunes(&elsewhere));
        assert!(!started(&json!({"lambdaARN": elsewhere.to_string()})).tunes(&here));
    }

    #[test]
    fn an_input_that_names_no_function_tunes_none() {
        for input in [json!({}), json!({"lambdaARN": 7}), json!("text"), json!(null)] {
            let started = started(&input);
            assert_eq!(started.function(), None);
            assert!(!started.tunes(&arn("us-east-1", "123456789012", "f")));
        }
    }

    proptest! {
        #[test]
        fn no_input_makes_the_reader_fail(input in ".*", name in ".*") {
            let execution = ExecutionArn(name);
            let started = Started::read(&execution, &input);
            let _ = (started.function(), started.role(), started.power_values());
        }
    }
}
