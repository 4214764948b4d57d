//! Building and deploying with SAM, as on AWS.

use std::{env::consts::ARCH, path::Path};

use anyhow::{Context, Result, bail};

use super::LocalAws;
use crate::{
    command::run_quietly,
    lambda_build::relax,
    python::Environment,
    root,
    stack::{Destination, LOCAL_BUCKET},
};

/// The stack of the tuner.
const STACK: &str = "power-tuner";
/// The stack of the sample functions.
const SAMPLES: &str = "power-tuner-samples";
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
    let destination = Destination::Local(aws);
    let parameters = [
        format!("architecture={architecture}"),
        format!("payloadS3Bucket={PAYLOAD_BUCKET}"),
        format!("assumableRoles={ASSUMABLE_ROLES}"),
    ];
    destination.deploy("deploying the tuner", STACK, &built.join("template.yaml"), &parameters, log)?;
    let parameters = [format!("architecture={architecture}"), "rationed=true".to_owned()];
    destination.deploy("deploying the sample functions", SAMPLES, &samples.join("template.yaml"), &parameters, log)?;
    destination.outputs(STACK)?.remove("StateMachineARN").context("the stack has no state machine")
}

/// The architecture of this machine: the functions run on it directly.
pub fn architecture() -> Result<&'static str> {
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
    let url = format!("{}/{LOCAL_BUCKET}", aws.endpoint);
    let create = ureq::put(&url).header("authorization", LocalAws::authorization("s3"));
    create.send_empty().map(drop).with_context(|| format!("failed to create the bucket {url}"))
}
