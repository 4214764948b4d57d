//! The cold start of each Lambda function: how long it takes from its process to its first request for work, how long
//! its first invocation takes, and how much memory both take.
//!
//! The harness plays the Lambda Runtime API and AWS. AWS is reached without TLS and answers that it knows no function,
//! so that an invocation ends with the first answers: what is measured is the start, not the work.

mod aws;
mod cold_start;
mod runtime_api;
mod step;

use anyhow::{Context, Result, ensure};
use clap::Args;
use tuning::measure::statistics::quantile;

use self::{cold_start::ColdStart, step::Step};
use super::lambdas::{self, Lambda, kilobytes};

/// Options of `bench start`.
#[derive(Debug, Args)]
pub struct Options {
    /// How often each function is started.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    starts: u32,
    /// Measure what is built already.
    #[arg(long)]
    no_build: bool,
}

/// One function and its starts.
struct Measured {
    step: Step,
    starts: Vec<ColdStart>,
}

/// Measures, and prints a table.
pub fn run(options: &Options) -> Result<()> {
    let lambdas = if options.no_build { lambdas::built()? } else { lambdas::build()? };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let measured = runtime.block_on(measure(lambdas, options.starts))?;
    println!(
        "Median (quartiles) of {} starts.\n\n\
         | function | start to first request for work (ms) | first invocation (ms) | AWS calls in it | peak memory (MB) | binary (KB) | zip (KB) |\n\
         |---|---|---|---|---|---|---|",
        options.starts
    );
    for one in &measured {
        println!("{}", row(one)?);
    }
    Ok(())
}

/// The functions take turns, so that whatever else the machine does strikes all of them.
async fn measure(lambdas: Vec<Lambda>, starts: u32) -> Result<Vec<Measured>> {
    let steps = lambdas.into_iter().map(|lambda| Ok(Measured { step: Step::new(lambda)?, starts: Vec::new() }));
    let mut measured = steps.collect::<Result<Vec<_>>>()?;
    // The first turn brings the programs into the page cache, and does not count.
    for turn in 0..=starts {
        for Measured { step, starts } in &mut measured {
            let name = step.lambda.name;
            let start = cold_start::measure(step).await.with_context(|| format!("failed to start {name}"))?;
            ensure!(
                (start.calls > 0) == step.calls_aws,
                "the first invocation of {name} made {} AWS calls and ended with: {}",
                start.calls,
                start.ending
            );
            if turn > 0 {
                starts.push(start);
            }
        }
    }
    Ok(measured)
}

fn row(measured: &Measured) -> Result<String> {
    let Lambda { name, binary, zip, .. } = measured.step.lambda;
    let spread = |value: fn(&ColdStart) -> f64| {
        let values: Vec<f64> = measured.starts.iter().map(value).collect();
        let at = |p: f64| quantile(&values, p).context("nothing was measured");
        Ok::<_, anyhow::Error>(format!("{:.1} ({:.1} to {:.1})", at(0.5)?, at(0.25)?, at(0.75)?))
    };
    Ok(format!(
        "| {name} | {} | {} | {} | {} | {} | {} |",
        spread(|start| start.to_request.as_secs_f64() * 1e3)?,
        spread(|start| start.invocation.as_secs_f64() * 1e3)?,
        measured.starts.iter().map(|start| start.calls).max().unwrap_or(0),
        spread(|start| start.peak_memory_kib as f64 * 1024.0 / 1e6)?,
        kilobytes(binary),
        kilobytes(zip)
    ))
}
