//! Building and deploying with SAM, as on AWS.

use std::{env::consts::ARCH, path::Path};

use anyhow::{Context, Result, bail};

use super::LocalAws;
use crate::{command::run_quietly, lambda_build::relax, python::Environment, root};

/// The stack of the tuner.
const STACK: &str = "power-tuner";
/// The stack of the sample functions.
const SAMPLES: &str = "power-tuner-samples";
/// Where SAM puts what it deploys.
const BUCKET: &str = "power-tuner-artifacts";
/// From where payloads may be read. Whoever puts one there makes the bucket.
pub const PAYLOAD_BUCKET: &str = "power-tuner-payloads";

/// What inputs may name in `assumeRoleARN`: the roles that the end-to-end tests create, in any account.
const ASSUMABLE_ROLES: &str = "arn:aws:iam::*:role/end-to-end-*";

/// Builds and deploys both templates. Returns the ARN of the state machine.
pub fn deploy(aws: &LocalAws, log: &Path) -> Result<String> {
    let architecture = architecture()?;
    let root = root::repository();
    let (built, samples) = (super::built(), super::built_samples());
    build("building the Lambda functions", &root.join("template.yaml"), &built, architecture, log)?;
    build("building the sample functions", &root.join("infra/samples/template.yaml"), &samples, architecture, log)?;
    create_bucket(aws)?;
    let parameters = [
        format!("architecture={architecture}"),
        format!("payloadS3Bucket={PAYLOAD_BUCKET}"),
        format!("assumableRoles={ASSUMABLE_ROLES}"),
    ];
    send("deploying the tuner", STACK, &built, &parameters, aws, log)?;
    let parameters = [format!("architecture={architecture}"), "rationed=true".to_owned()];
    send("deploying the sample functions", SAMPLES, &samples, &parameters, aws, log)?;
    state_machine(aws)
}

/// The architecture of this machine: the functions run on it directly.
fn architecture() -> Result<&'static str> {
    match ARCH {
        "x86_64" => Ok("x86_64"),
        "aarch64" => Ok("arm64"),
        other => bail!("the local AWS runs Lambda functions on this machine, and Lambda has no {other}"),
    }
}

fn build(what: &str, template: &Path, to: &Path, architecture: &str, log: &Path) -> Result<()> {
    let mut sam = Environment::Deploy.program("sam")?;
    sam.current_dir(root::repository()).args(["build", "--template-file"]).arg(template).arg("--build-dir").arg(to);
    sam.args(["--parameter-overrides", &format!("architecture={architecture}")]);
    // Only building for another machine needs zig.
    sam.env("CARGO_LAMBDA_COMPILER", "cargo");
    run_quietly(what, relax(&mut sam), log)
}

fn create_bucket(aws: &LocalAws) -> Result<()> {
    let url = format!("{}/{BUCKET}", aws.endpoint);
    let create = ureq::put(&url).header("authorization", LocalAws::authorization("s3"));
    create.send_empty().map(drop).with_context(|| format!("failed to create the bucket {url}"))
}

fn send(what: &str, stack: &str, built: &Path, parameters: &[String], aws: &LocalAws, log: &Path) -> Result<()> {
    let mut sam = Environment::Deploy.program("sam")?;
    sam.current_dir(built)
        .args(["deploy", "--template-file", "template.yaml", "--stack-name", stack, "--s3-bucket", BUCKET])
        .args(["--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--no-fail-on-empty-changeset"])
        .arg("--parameter-overrides")
        .args(parameters)
        .envs(aws.environment());
    run_quietly(what, &mut sam, log)
}

/// The stack's output, asked for by the emulator's own Python.
fn state_machine(aws: &LocalAws) -> Result<String> {
    const SCRIPT: &str = "import boto3, sys
stack = boto3.client('cloudformation').describe_stacks(StackName=sys.argv[1])['Stacks'][0]
print(next(o['OutputValue'] for o in stack['Outputs'] if o['OutputKey'] == 'StateMachineARN'))";
    let mut python = Environment::Emulator.program("python3")?;
    let output = python.args(["-c", SCRIPT, STACK]).envs(aws.environment()).output()?;
    if !output.status.success() {
        bail!("failed to read the outputs of the stack: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
