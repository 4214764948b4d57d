//! The deployed state machine with copies of its steps that have other settings.

use std::path::Path;

use aws_sdk_lambda::types::Environment;
use serde_json::{Map, Value};

use crate::{Aws, log_group, proxy::Proxy, variable};

/// A copy of a step.
#[derive(Debug, Clone, Copy)]
pub struct Copy<'a> {
    /// The name of its state.
    pub step: &'a str,
    /// Its time limit, in seconds.
    pub timeout: i32,
    /// Environment variables beside those of the original.
    pub variables: &'a [(&'a str, &'a str)],
}

/// The steps, and the time limits that their copies have behind a proxy, in seconds.
pub const STEPS: [(&str, i32); 6] =
    [("Initializer", 60), ("Publisher", 90), ("Executor", 60), ("Analyzer", 20), ("Optimizer", 60), ("Cleaner", 60)];

/// A state machine that belongs to one test.
pub struct Machine<'a> {
    aws: &'a Aws,
    /// Its ARN.
    pub arn: String,
    functions: Vec<String>,
}

impl Aws {
    /// The deployed state machine, with copies of some of its steps.
    pub async fn machine_with(&self, name: &str, copies: &[Copy<'_>]) -> Machine<'_> {
        let original = self.sfn.describe_state_machine().state_machine_arn(&self.state_machine).send().await.unwrap();
        let parsed: Value = serde_json::from_str(&original.definition).unwrap();
        let (mut definition, mut functions) = (original.definition, Vec::new());
        for copy in copies {
            let resource = resource(parsed["States"].as_object().unwrap(), copy.step).expect("the step exists");
            let own = self.copy(name, copy, resource).await;
            definition = definition.replace(resource, &own.arn);
            functions.push(own.name);
        }
        // The steps may only look up executions of a machine that is called like the deployed one.
        let prefix = original.name.split('-').next().unwrap_or_default();
        let name = format!("{prefix}-end-to-end-{name}-{}", std::process::id());
        let machine = self.sfn.create_state_machine().name(name).role_arn(&original.role_arn).definition(definition);
        Machine { aws: self, arn: machine.send().await.unwrap().state_machine_arn, functions }
    }

    /// The deployed state machine, with copies of all its steps that make their calls through a proxy.
    pub async fn machine_behind(&self, name: &str, proxy: &Proxy) -> Machine<'_> {
        let variables = STEPS.map(|(step, _)| proxy.variables(step));
        let borrowed = variables
            .each_ref()
            .map(|of_step| of_step.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect::<Vec<_>>());
        let copies: Vec<_> = STEPS
            .iter()
            .zip(&borrowed)
            .map(|(&(step, timeout), variables)| Copy { step, timeout, variables: variables.as_slice() })
            .collect();
        self.machine_with(name, &copies).await
    }

    /// The function of each deployed step, by its ARN.
    pub async fn functions_of_steps(&self) -> Vec<(&'static str, String)> {
        let machine = self.sfn.describe_state_machine().state_machine_arn(&self.state_machine).send().await.unwrap();
        let parsed: Value = serde_json::from_str(&machine.definition).unwrap();
        let function =
            |step| resource(parsed["States"].as_object().unwrap(), step).expect("the step exists").to_owned();
        STEPS.iter().map(|&(step, _)| (step, function(step))).collect()
    }

    /// The role of each deployed step.
    pub async fn roles_of_steps(&self) -> Vec<(&'static str, String)> {
        let mut roles = Vec::new();
        for (step, function) in self.functions_of_steps().await {
            let deployed = self.lambda.get_function_configuration().function_name(function).send().await.unwrap();
            roles.push((step, deployed.role.expect("the step has a role")));
        }
        roles
    }

    async fn copy(&self, name: &str, copy: &Copy<'_>, original: &str) -> crate::Function<'_> {
        let deployed = self.lambda.get_function_configuration().function_name(original).send().await.unwrap();
        let variables = deployed.environment.and_then(|environment| environment.variables).unwrap_or_default();
        let own = copy.variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let environment = Environment::builder().set_variables(Some(variables.into_iter().chain(own).collect()));
        let bootstrap = Path::new(&variable("POWER_TUNER_BUILT")).join(copy.step).join("bootstrap");
        let name = format!("end-to-end-{name}-{}", copy.step);
        let role = deployed.role.expect("the step has a role");
        self.create_function(&name, &bootstrap, &role, copy.timeout, environment.build()).await
    }
}

/// The resource that a state calls, wherever it is.
fn resource<'a>(states: &'a Map<String, Value>, step: &str) -> Option<&'a str> {
    let here = states.get(step).and_then(|state| state["Resource"].as_str());
    let inner = || states.values().filter_map(|state| state["ItemProcessor"]["States"].as_object());
    here.or_else(|| inner().find_map(|states| resource(states, step)))
}

impl Machine<'_> {
    /// The name of the copy of a step.
    #[must_use]
    pub fn function(&self, step: &str) -> &str {
        self.functions.iter().find(|name| name.ends_with(step)).expect("the step is copied")
    }

    /// The log groups of the copies.
    #[must_use]
    pub fn log_groups(&self) -> Vec<String> {
        self.functions.iter().map(|name| log_group(name)).collect()
    }

    /// Deletes it and the copies.
    pub async fn delete(self) {
        self.aws.sfn.delete_state_machine().state_machine_arn(self.arn).send().await.unwrap();
        for name in self.functions {
            self.aws.lambda.delete_function().function_name(name).send().await.unwrap();
        }
    }
}
