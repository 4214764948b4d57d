//! Stacks of `CloudFormation` that belong to one test.

use std::{collections::BTreeMap, time::Instant};

use aws_sdk_cloudformation::{
    Client,
    types::{Capability, Parameter, StackStatus},
};
use tokio::time::sleep;

use crate::{Aws, LIMIT, LOOK};

/// A stack.
pub struct Stack {
    cloudformation: Client,
    name: String,
}

impl Aws {
    /// A stack that there is.
    #[must_use]
    pub fn stack(&self, name: &str) -> Stack {
        Stack { cloudformation: Client::new(&self.home), name: name.to_owned() }
    }

    /// Creates a stack, and waits until it is there.
    pub async fn create_stack(&self, name: &str, template: &str, parameters: &[(&str, &str)]) -> Stack {
        let stack = self.stack(name);
        let create = stack.cloudformation.create_stack().stack_name(name).template_body(template);
        let create = create.set_capabilities(Some(capabilities())).set_parameters(Some(given(parameters)));
        create.send().await.expect("the stack is created");
        let status = stack.settled().await;
        assert_eq!(status, StackStatus::CreateComplete, "{}", stack.failures().await);
        stack
    }
}

impl Stack {
    /// Updates it, and returns how that ended.
    pub async fn update(&self, template: &str) -> StackStatus {
        let update = self.cloudformation.update_stack().stack_name(&self.name).template_body(template);
        update.set_capabilities(Some(capabilities())).send().await.expect("the stack is updated");
        self.settled().await
    }

    /// Its outputs.
    pub async fn outputs(&self) -> BTreeMap<String, String> {
        let described = self.cloudformation.describe_stacks().stack_name(&self.name).send().await.unwrap();
        let outputs =
            described.stacks.unwrap_or_default().into_iter().flat_map(|stack| stack.outputs.unwrap_or_default());
        outputs.filter_map(|output| Some((output.output_key?, output.output_value?))).collect()
    }

    /// Why resources failed.
    pub async fn failures(&self) -> String {
        let events = self.cloudformation.describe_stack_events().stack_name(&self.name).send().await.unwrap();
        let events = events.stack_events.unwrap_or_default().into_iter();
        let failures =
            events.filter(|event| event.resource_status().is_some_and(|status| status.as_str().ends_with("FAILED")));
        let reasons = failures.map(|event| {
            format!(
                "{}: {}",
                event.logical_resource_id().unwrap_or_default(),
                event.resource_status_reason().unwrap_or_default()
            )
        });
        reasons.collect::<Vec<_>>().join("; ")
    }

    /// Deletes it, and waits until it is gone.
    pub async fn delete(self) {
        self.cloudformation.delete_stack().stack_name(&self.name).send().await.expect("the stack is deleted");
        let start = Instant::now();
        while let Ok(described) = self.cloudformation.describe_stacks().stack_name(&self.name).send().await {
            let status = described.stacks().first().and_then(|stack| stack.stack_status().cloned());
            if status.as_ref().is_none_or(|status| *status == StackStatus::DeleteComplete) {
                return;
            }
            assert_ne!(status, Some(StackStatus::DeleteFailed), "{}", self.failures().await);
            assert!(start.elapsed() < LIMIT, "the stack {} is not deleted", self.name);
            sleep(LOOK).await;
        }
    }

    /// Waits until nothing is in progress.
    async fn settled(&self) -> StackStatus {
        let start = Instant::now();
        loop {
            let described = self.cloudformation.describe_stacks().stack_name(&self.name).send().await.unwrap();
            let status = described.stacks().first().and_then(|stack| stack.stack_status().cloned()).unwrap();
            if !status.as_str().ends_with("IN_PROGRESS") {
                return status;
            }
            assert!(start.elapsed() < LIMIT, "the stack {} is {status}", self.name);
            sleep(LOOK).await;
        }
    }
}

fn capabilities() -> Vec<Capability> {
    vec![Capability::CapabilityIam, Capability::CapabilityAutoExpand]
}

fn given(parameters: &[(&str, &str)]) -> Vec<Parameter> {
    let one = |&(name, value): &(&str, &str)| Parameter::builder().parameter_key(name).parameter_value(value).build();
    parameters.iter().map(one).collect()
}
