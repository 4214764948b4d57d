//! Stacks of `CloudFormation`, by the SAM CLI: on the local AWS as on AWS.

use std::{collections::BTreeMap, os::unix::process::CommandExt, path::Path, process::Command};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::{command::run_quietly, local::LocalAws, python::Environment};

/// Where SAM puts what it deploys to the local AWS.
pub const LOCAL_BUCKET: &str = "power-tuner-artifacts";

/// Where stacks are deployed.
#[derive(Debug, Clone, Copy)]
pub enum Destination<'a> {
    /// The local AWS.
    Local(&'a LocalAws),
    /// The account of the present credentials, in this region, or in theirs.
    Account(Option<&'a str>),
}

impl Destination<'_> {
    /// The environment of programs that talk to it.
    pub fn environment(self) -> Vec<(&'static str, String)> {
        match self {
            Self::Local(aws) => aws.environment().to_vec(),
            Self::Account(None) => Vec::new(),
            Self::Account(Some(region)) => {
                ["AWS_REGION", "AWS_DEFAULT_REGION"].map(|name| (name, region.to_owned())).to_vec()
            }
        }
    }

    /// Where SAM is to put what it deploys. On AWS it has a bucket of its own for this.
    fn artifacts(self) -> &'static [&'static str] {
        match self {
            Self::Local(_) => &["--s3-bucket", LOCAL_BUCKET],
            Self::Account(_) => &["--resolve-s3"],
        }
    }

    fn program(self, name: &str) -> Result<Command> {
        let mut program = Environment::Deploy.program(name)?;
        program.envs(self.environment());
        Ok(program)
    }

    /// Deploys a template, in whose directory everything is that it names.
    pub fn deploy(self, what: &str, stack: &str, template: &Path, parameters: &[String], log: &Path) -> Result<()> {
        let mut sam = self.program("sam")?;
        sam.current_dir(template.parent().context("a template has a directory")?);
        sam.args(["deploy", "--stack-name", stack, "--template-file"]).arg(template).args(self.artifacts());
        sam.args(["--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--no-fail-on-empty-changeset"]);
        if !parameters.is_empty() {
            sam.arg("--parameter-overrides").args(parameters);
        }
        run_quietly(what, &mut sam, log)
    }

    /// The outputs of a stack.
    pub fn outputs(self, stack: &str) -> Result<BTreeMap<String, String>> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Output {
            output_key: String,
            output_value: String,
        }
        const SCRIPT: &str = "import boto3, json, sys
stack = boto3.client('cloudformation').describe_stacks(StackName=sys.argv[1])['Stacks'][0]
print(json.dumps(stack['Outputs']))";
        let output = self.program("python3")?.args(["-c", SCRIPT, stack]).output()?;
        if !output.status.success() {
            bail!("failed to read the outputs of the stack {stack}: {}", String::from_utf8_lossy(&output.stderr));
        }
        let outputs: Vec<Output> = serde_json::from_slice(&output.stdout)?;
        Ok(outputs.into_iter().map(|output| (output.output_key, output.output_value)).collect())
    }

    /// Deletes a stack, and waits until it is gone. Ctrl-C does not reach it.
    pub fn delete(self, stack: &str, log: &Path) -> Result<()> {
        let mut sam = self.program("sam")?;
        sam.args(["delete", "--stack-name", stack, "--no-prompts"]).process_group(0);
        run_quietly(&format!("removing the stack {stack}"), &mut sam, log)
    }
}
