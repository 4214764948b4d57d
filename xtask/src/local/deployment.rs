//! Building and deploying with SAM, as on AWS.

use std::{env::consts::ARCH, path::Path};

use anyhow::{Context, Result, bail};
use serde_json::json;

use super::LocalAws;
use crate::{
    command::{output, run_quietly},
    lambda_build::relax,
    python::Environment,
    root,
    stack::{Destination, LOCAL_BUCKET},
};

/// The stack of the tuner.
const STACK: &str = "power-tuner";
/// The stack of the sample functions.
const SAMPLES: &str = "power-tuner-samples";
/// The stack of the pattern samples.
const PATTERNS: &str = "power-tuner-patterns";
/// The stack of fleets, in whose bucket payloads lie, too.
const FLEET: &str = "power-tuner-fleet";
/// The stack of the schedule.
const SCHEDULE: &str = "power-tuner-schedule";
/// It starts nothing by itself, and waits for no quiet hour: tests say when. SAM takes what has spaces in quotes only.
const NEVER: [&str; 2] = [r#"schedule="cron(0 0 1 1 ? 2099)""#, "quietHour=false"];
/// From where payloads may be read. Whoever puts one there makes the bucket.
pub const PAYLOAD_BUCKET: &str = "power-tuner-payloads";

/// The roles that inputs may name in `assumeRoleARN`: those that the end-to-end tests create, in any account.
const ASSUMABLE_ROLES: &str = "arn:aws:iam::*:role/end-to-end-*";

/// Builds and deploys both templates. Returns the ARN of the state machine.
pub fn deploy(aws: &LocalAws, log: &Path) -> Result<String> {
    let architecture = format!("architecture={}", architecture()?);
    let root = root::repository();
    let (built, samples) = (super::built(), super::built_samples());
    let parameters = std::slice::from_ref(&architecture);
    build("building the Lambda functions", &root.join("template.yaml"), &built, parameters, log)?;
    build("building the sample functions", &root.join("infra/samples/template.yaml"), &samples, parameters, log)?;
    create_bucket(aws)?;
    let destination = Destination::Local(aws);
    let parameters = [
        architecture.clone(),
        // And from the bucket of fleets, which is called after their stack.
        "payloadS3Bucket=power-tuner-*".to_owned(),
        format!("assumableRoles={ASSUMABLE_ROLES}"),
    ];
    destination.deploy("deploying the tuner", STACK, &built.join("template.yaml"), &parameters, log)?;
    let parameters = [architecture, "rationed=true".to_owned()];
    destination.deploy("deploying the sample functions", SAMPLES, &samples.join("template.yaml"), &parameters, log)?;
    destination.outputs(STACK)?.remove("StateMachineARN").context("the stack has no state machine")
}

/// Builds and deploys the pattern samples, of which one requests `api_url`.
pub fn deploy_patterns(aws: &LocalAws, api_url: &str, log: &Path) -> Result<()> {
    let template = root::repository().join("infra/samples/patterns/template.yaml");
    let built = super::directory().join("build-patterns");
    let mut parameters = vec![format!("architecture={}", architecture()?), format!("runtime={}", python_runtime()?)];
    build("building the pattern samples", &template, &built, &parameters, log)?;
    parameters.extend([format!("apiUrl={api_url}"), "emulated=true".to_owned()]);
    let template = built.join("template.yaml");
    Destination::Local(aws).deploy("deploying the pattern samples", PATTERNS, &template, &parameters, log)?;
    fill(aws)
}

/// Has the pattern samples' function `fill` make what the others read, less of it than on AWS.
fn fill(aws: &LocalAws) -> Result<()> {
    let url = format!("{}/2015-03-31/functions/power-tuner-pattern-fill/invocations", aws.endpoint);
    let request = ureq::post(&url).header("authorization", LocalAws::authorization("lambda"));
    let payload = json!({"objectMegabytes": 3, "pictureWidth": 600});
    let mut answer = request.send_json(payload).with_context(|| format!("failed to call {url}"))?;
    if answer.headers().contains_key("x-amz-function-error") {
        bail!("power-tuner-pattern-fill failed: {}", answer.body_mut().read_to_string()?);
    }
    Ok(())
}

/// Builds and deploys the stack of fleets, and returns its state machine.
pub fn deploy_fleet(aws: &LocalAws, log: &Path) -> Result<String> {
    let template = root::repository().join("infra/fleet/template.yaml");
    let built = super::directory().join("build-fleet");
    let tuner = aws.state_machine.as_ref().context("the tuner is not deployed")?;
    let tuner = format!("tunerStateMachineARN={tuner}");
    let parameters = [format!("architecture={}", architecture()?), tuner, "emulated=true".to_owned()];
    build("building the functions of fleets", &template, &built, &parameters, log)?;
    let destination = Destination::Local(aws);
    destination.deploy("deploying the stack of fleets", FLEET, &built.join("template.yaml"), &parameters, log)?;
    destination.outputs(FLEET)?.remove("FleetStateMachineARN").context("the stack has no state machine")
}

/// Builds and deploys the stack of the schedule, and returns its state machine. That of fleets is there.
pub fn deploy_schedule(aws: &LocalAws, log: &Path) -> Result<String> {
    let template = root::repository().join("infra/schedule/template.yaml");
    let built = super::directory().join("build-schedule");
    let destination = Destination::Local(aws);
    let fleet = destination.outputs(FLEET)?;
    let of_fleet =
        |output: &str| fleet.get(output).with_context(|| format!("the stack {FLEET} has no output {output}"));
    let mut parameters = vec![
        format!("architecture={}", architecture()?),
        format!("fleetStateMachine={}", of_fleet("FleetStateMachineARN")?),
        format!("fleetBucket={}", of_fleet("FleetBucket")?),
    ];
    parameters.extend(NEVER.map(str::to_owned));
    build("building the functions of the schedule", &template, &built, &parameters, log)?;
    destination.deploy("deploying the schedule", SCHEDULE, &built.join("template.yaml"), &parameters, log)?;
    destination.outputs(SCHEDULE)?.remove("ScheduleStateMachineARN").context("the stack has no state machine")
}

/// The runtime of Lambda that has the version of Python that SAM runs on: it builds for no other one.
fn python_runtime() -> Result<String> {
    let mut python = Environment::Deploy.program("python3")?;
    let version = output(python.args(["-c", "import sys; print('%d.%d' % sys.version_info[:2])"]))?;
    Ok(format!("python{}", version.trim()))
}

/// The architecture of this machine: the functions run on it directly.
pub fn architecture() -> Result<&'static str> {
    match ARCH {
        "x86_64" => Ok("x86_64"),
        "aarch64" => Ok("arm64"),
        other => bail!("the local AWS runs Lambda functions on this machine, and Lambda has no {other}"),
    }
}

fn build(what: &str, template: &Path, to: &Path, parameters: &[String], log: &Path) -> Result<()> {
    let mut sam = Environment::Deploy.program("sam")?;
    sam.current_dir(root::repository()).args(["build", "--template-file"]).arg(template).arg("--build-dir").arg(to);
    sam.arg("--parameter-overrides").args(parameters);
    // Only building for another machine needs zig.
    sam.env("CARGO_LAMBDA_COMPILER", "cargo");
    run_quietly(what, relax(&mut sam), log)
}

fn create_bucket(aws: &LocalAws) -> Result<()> {
    let url = format!("{}/{LOCAL_BUCKET}", aws.endpoint);
    let create = ureq::put(&url).header("authorization", LocalAws::authorization("s3"));
    create.send_empty().map(drop).with_context(|| format!("failed to create the bucket {url}"))
}
