//! `cargo xtask conformance`: deploys power-tuner under a name of its own, shows there what it believes of AWS, and
//! removes everything. The checks themselves are a program of `tests/`, which has the AWS SDK.

mod interrupt;
mod stacks;

use std::{
    io::{IsTerminal, Write, stderr, stdin},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::json;
use tuning::price::Architecture;

use self::stacks::Stacks;
use crate::{
    command::{run as run_command, run_quietly},
    lambda_build,
    local::{self, Session},
    packages, programs, root,
    stack::Destination,
};

/// What is deployed where.
#[derive(clap::Args)]
pub struct Options {
    /// On the local AWS instead of the account of the present credentials.
    #[arg(long)]
    local: bool,
    /// Do not ask whether it may cost what it costs.
    #[arg(long)]
    yes: bool,
    /// The region. Without it: that of the environment or of the profile.
    #[arg(long, conflicts_with = "local")]
    region: Option<String>,
    /// The architecture that the functions are built for.
    #[arg(
        long,
        default_value = "arm64",
        value_name = "arm64|x86_64",
        value_parser = packages::architecture,
        conflicts_with = "local"
    )]
    architecture: Architecture,
    /// Subnets for the steps, from which they reach AWS.
    #[arg(long, value_name = "ID", value_delimiter = ',', requires = "security_group_ids", conflicts_with = "local")]
    subnet_ids: Vec<String>,
    /// Security groups for the steps.
    #[arg(long, value_name = "ID", value_delimiter = ',', requires = "subnet_ids", conflicts_with = "local")]
    security_group_ids: Vec<String>,
    /// A function whose code is a container image, to be tuned, too: name or ARN.
    #[arg(long, value_name = "FUNCTION", conflicts_with = "local")]
    image_function: Option<String>,
    /// Where the result is written.
    #[arg(long, value_name = "FILE", default_value = "conformance.md")]
    output: PathBuf,
}

/// Runs the checks.
pub fn run(options: &Options) -> Result<()> {
    let program = programs::build("conformance", Some("end-to-end/local-aws"))?;
    run_command(Command::new(&program).arg("plan"))?;
    if !options.local && !options.yes {
        ask()?;
    }
    interrupt::outlive()?;
    let session = if options.local { Some(Session::open(false)?) } else { None };
    let destination = match &session {
        Some(session) => Destination::Local(&session.aws),
        None => Destination::Account(options.region.as_deref()),
    };
    let logs = root::target().join("conformance");
    std::fs::create_dir_all(&logs)?;
    let mut stacks = Stacks::new(destination, logs.join("sam.log"));
    let checked = deploy(options, &mut stacks).and_then(|setting| check(options, &program, &stacks, &setting));
    stacks.remove().and(checked)
}

/// The state machine that was deployed, and the setting of the checks.
struct Deployed {
    state_machine: String,
    setting: serde_json::Value,
}

fn deploy(options: &Options, stacks: &mut Stacks<'_>) -> Result<Deployed> {
    let parts_name = Stacks::name("parts");
    let template = root::repository().join("infra/samples/conformance.yaml");
    let name = format!("name={parts_name}");
    let mut parts = stacks.deploy("the key, the role and the functions of the checks", "parts", &template, &[name])?;
    let mut part = |name: &str| parts.remove(name).with_context(|| format!("the stack has no output {name}"));
    let (key, nobody) = (part("KeyArn")?, part("NobodyArn")?);
    let (tuner, samples) = built(options, stacks.log())?;
    let (waiting, computing) = if options.local {
        ("power-tuner-sample-io-bound".to_owned(), "power-tuner-sample-cpu-bound".to_owned())
    } else {
        let parameters =
            [format!("architecture={}", package::name(options.architecture)), format!("namePrefix={parts_name}")];
        stacks.deploy("the sample functions", "samples", &samples.join("template.yaml"), &parameters)?;
        (format!("{parts_name}-io-bound"), format!("{parts_name}-cpu-bound"))
    };
    let architecture = if options.local { local::architecture()? } else { package::name(options.architecture) };
    let mut parameters = vec![
        format!("architecture={architecture}"),
        "tracing=Active".to_owned(),
        format!("kmsKeyArns={key}"),
        format!("functionLogGroups=/aws/lambda/{parts_name}-keyed"),
    ];
    if !options.subnet_ids.is_empty() {
        parameters.push(format!("subnetIds={}", options.subnet_ids.join(",")));
        parameters.push(format!("securityGroupIds={}", options.security_group_ids.join(",")));
    }
    let mut outputs = stacks.deploy("the tuner", "tuner", &tuner.join("template.yaml"), &parameters)?;
    let setting = json!({
        "isLocal": options.local, "waiting": waiting, "computing": computing, "keyed": part("KeyedArn")?,
        "snapped": part("SnappedArn")?, "prober": part("ProberArn")?, "nobody": nobody,
        "isInVpc": !options.subnet_ids.is_empty(), "image": options.image_function,
    });
    let state_machine = outputs.remove("StateMachineARN").context("the stack has no state machine")?;
    Ok(Deployed { state_machine, setting })
}

fn check(options: &Options, program: &Path, stacks: &Stacks<'_>, deployed: &Deployed) -> Result<()> {
    ensure!(!interrupt::came(), "interrupted");
    eprintln!("checking");
    let output = std::path::absolute(&options.output)?;
    let mut checks = Command::new(program);
    checks.arg(deployed.setting.to_string()).arg(&output);
    checks.envs(stacks.destination().environment()).env("POWER_TUNER_STATE_MACHINE", &deployed.state_machine);
    run_command(&mut checks).context("not everything is as believed")?;
    eprintln!("written to {}", output.display());
    Ok(())
}

/// The built templates of the tuner and of the samples.
fn built(options: &Options, log: &Path) -> Result<(PathBuf, PathBuf)> {
    if options.local {
        return Ok((local::built(), local::built_samples()));
    }
    let build = |template: &str, to: &str| -> Result<PathBuf> {
        let to = root::target().join("conformance").join(to);
        let mut sam = lambda_build::sam_build_for_aws(options.architecture)?;
        sam.arg("--template-file").arg(root::repository().join(template)).arg("--build-dir").arg(&to);
        run_quietly(&format!("building {template}"), &mut sam, log)?;
        Ok(to)
    };
    Ok((build("template.yaml", "tuner")?, build("infra/samples/template.yaml", "samples")?))
}

fn ask() -> Result<()> {
    ensure!(stdin().is_terminal(), "nobody can be asked whether it may cost this: give --yes");
    eprint!("It deploys stacks into the account of the present credentials, and removes them again. Go on? [y/N] ");
    stderr().flush()?;
    let mut answer = String::new();
    stdin().read_line(&mut answer)?;
    if answer.trim().eq_ignore_ascii_case("y") { Ok(()) } else { bail!("nothing was deployed") }
}
