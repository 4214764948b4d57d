//! What the Executor itself takes for an invocation: time, CPU, memory.
//!
//! The program that is deployed runs in a process of its own, between a Runtime API that hands it one event, and a server that
//! answers invocations after a fixed time. No AWS is called.

mod event;
mod invoke_api;
mod runtime_api;
mod scenario;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    rc::Rc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use tokio::task::LocalSet;
use tuning::{
    statistics::quantile,
    step::{executor::Progress, publisher::Target},
};

use self::{invoke_api::InvokeApi, runtime_api::RuntimeApi, scenario::Scenario};
use super::{http, lambdas, process::Process};

/// Options of `bench executor`.
#[derive(Debug, Args)]
pub struct Options {
    /// How long the function that is invoked takes, in ms.
    #[arg(long, default_value_t = 50)]
    service_ms: u64,
    /// Only the lines whose name holds this.
    #[arg(long, default_value = "")]
    only: String,
    /// The Executor to measure instead of the one of this repository.
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
}

/// What a scenario took.
struct Taken {
    /// From an answer to the next request on the same connection, in ms.
    gaps: Vec<f64>,
    /// CPU time for each invocation, in ms.
    cpu: f64,
    /// Wall-clock for each invocation of a lane beyond the service's own time, in ms.
    beyond: f64,
    /// In MiB.
    peak_memory: f64,
}

/// Runs all scenarios and prints their table.
pub fn run(options: &Options) -> Result<()> {
    let program = match &options.program {
        Some(program) => program.clone(),
        None => build()?,
    };
    let service = Duration::from_millis(options.service_ms);
    println!(
        "| invocations of {} ms | client between two of them (ms): median, 5 % to 95 % | wall-clock beyond them, per \
         invocation of a lane (ms) | CPU per invocation (ms) | peak memory (MiB) |\n|---|---|---|---|---|",
        options.service_ms
    );
    let all = scenario::overhead(service).into_iter().chain(scenario::large(service));
    for scenario in all.filter(|scenario| scenario.name.contains(&options.only)) {
        let taken = measure(&program, &scenario).with_context(|| scenario.name.clone())?;
        println!("{}", taken.line(&scenario.name));
    }
    Ok(())
}

/// The Executor as it is deployed.
fn build() -> Result<PathBuf> {
    let executor = lambdas::build()?.into_iter().find(|lambda| lambda.name == "executor");
    Ok(executor.context("there is no Executor among the functions")?.program)
}

fn measure(program: &Path, scenario: &Scenario) -> Result<Taken> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, take(program, scenario))
}

async fn take(program: &Path, scenario: &Scenario) -> Result<Taken> {
    let (runtime_api, invoke_api) = (Rc::new(RuntimeApi::new()), Rc::new(InvokeApi::new(scenario.answers.clone())));
    let addresses = (http::start(Rc::clone(&runtime_api)).await?, http::start(Rc::clone(&invoke_api)).await?);
    let executor = start(program, addresses.0, addresses.1)?;
    // The first call of an environment makes its clients and connections; what counts is what every invocation takes.
    runtime_api.invoke(event::of(scenario, scenario.lanes)?).await?;
    invoke_api.take_gaps();
    let invocations = scenario.lanes * scenario.each;
    let (cpu, begin) = (executor.cpu_time()?, Instant::now());
    let result = runtime_api.invoke(event::of(scenario, invocations)?).await?;
    let (took, cpu) = (begin.elapsed(), executor.cpu_time()?.saturating_sub(cpu));
    ensure!(made(&result)? == invocations, "not all of {invocations} invocations were made: {result:?}");
    let gaps = invoke_api.take_gaps();
    Ok(Taken {
        gaps: gaps.iter().map(|gap| gap.as_secs_f64() * 1e3).collect(),
        beyond: (took.as_secs_f64() / f64::from(scenario.each) - scenario.service_time().as_secs_f64()) * 1e3,
        cpu: cpu.as_secs_f64() * 1e3 / f64::from(invocations),
        peak_memory: executor.peak_memory_kib()? as f64 / 1024.0,
    })
}

/// Starts the program as AWS Lambda would, with its Runtime API and everything of AWS at these addresses.
fn start(program: &Path, runtime_api: SocketAddr, aws: SocketAddr) -> Result<Process> {
    let mut program = Command::new(program);
    program
        .env_clear()
        .envs([("AWS_LAMBDA_RUNTIME_API", runtime_api.to_string()), ("AWS_ENDPOINT_URL", format!("http://{aws}"))])
        .envs([
            ("AWS_LAMBDA_FUNCTION_NAME", "executor"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "none"),
            ("AWS_SECRET_ACCESS_KEY", "none"),
            ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
        ]);
    Process::start(&mut program)
}

/// How many invocations a result of the Executor speaks of.
fn made(result: &[u8]) -> Result<u32> {
    let said = || format!("the Executor answered {}", String::from_utf8_lossy(result));
    match serde_json::from_slice::<Target>(result).with_context(said)?.progress {
        Progress::Measured(measurement) => Ok(measurement.spent.invocations),
        Progress::Unfinished(_) => bail!("the Executor was not done"),
    }
}

impl Taken {
    fn line(&self, name: &str) -> String {
        let gap = |p| quantile(&self.gaps, p).unwrap_or(f64::NAN);
        let Self { beyond, cpu, peak_memory, .. } = self;
        let (median, low, high) = (gap(0.5), gap(0.05), gap(0.95));
        format!("| {name} | {median:.2}, {low:.2} to {high:.2} | {beyond:.2} | {cpu:.2} | {peak_memory:.0} |")
    }
}
