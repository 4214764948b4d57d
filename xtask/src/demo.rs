//! The demo: three functions tuned on the local AWS, their winners compared with the computed optimum.

use std::{fs, path::Path, thread};

use anyhow::{Context, Result, anyhow, bail, ensure};
use rationed_function::{optimum::optimum, work::Work};
use serde_json::json;
use tuning::{
    contract::outcome::{Outcome, TuningOutcome},
    price::{Architecture, Prices},
    run::objective::{Strategy, Weight},
};

use crate::{
    command::run,
    local::{FunctionState, LocalAws, REGION, SAMPLE_FUNCTIONS, Session},
    root, tuner,
};

/// The memory sizes that the demo measures: those that the template has by default.
const POWER_VALUES: [u32; 6] = [128, 256, 512, 1024, 1536, 3008];

/// One run of the demo.
struct Run {
    title: &'static str,
    function: &'static str,
    strategy: Strategy,
    /// The settings of the function in `infra/samples/template.yaml`: the payload repeats them, so that they stand
    /// here.
    work: serde_json::Value,
}

fn runs() -> [Run; 3] {
    [
        Run {
            title: "a function that computes, tuned for the best balance of cost and speed",
            function: SAMPLE_FUNCTIONS[0],
            strategy: Strategy::Balanced { weight: Weight::DEFAULT },
            work: json!({"cpuMs": 60, "ioMs": 3, "jitter": 0.02}),
        },
        Run {
            title: "a function that waits, tuned for cost",
            function: SAMPLE_FUNCTIONS[1],
            strategy: Strategy::Cost,
            work: json!({"cpuMs": 1, "ioMs": 60, "jitter": 0.02}),
        },
        Run {
            title: "a function that computes, waits and needs memory, tuned for speed",
            function: SAMPLE_FUNCTIONS[2],
            strategy: Strategy::Speed,
            work: json!({"cpuMs": 60, "threads": 2, "ioMs": 40, "memoryMb": 150, "jitter": 0.02}),
        },
    ]
}

/// Builds, deploys, and tunes three functions.
pub fn run_demo(keep: bool) -> Result<()> {
    eprintln!("1. the local AWS, and meanwhile the command line program");
    let (session, program) = thread::scope(|scope| {
        let built = scope.spawn(tuner::build);
        let session = Session::open(keep);
        let program = built.join().map_err(|_| anyhow!("building the command line program broke off"))??;
        anyhow::Ok((session?, program))
    })?;
    for (number, demo) in (2..).zip(runs()) {
        eprintln!("{number}. {}", demo.title);
        tune(&session.aws, &program, &demo)?;
    }
    if keep {
        eprintln!("the local AWS goes on; cargo xtask local status says where, cargo xtask local down ends it");
    }
    Ok(())
}

fn tune(aws: &LocalAws, program: &Path, demo: &Run) -> Result<()> {
    let before = FunctionState::read(aws, demo.function)?;
    let power_values = POWER_VALUES.map(|mb| mb.to_string()).join(",");
    let result = root::target().join("demo-result.json");
    let mut tuner = tuner::on(aws, program);
    tuner
        .args([
            "tune",
            demo.function,
            "--num",
            "10",
            "--power-values",
            &power_values,
            "--strategy",
            demo.strategy.name(),
        ])
        .args(["--payload", &demo.work.to_string()])
        .args(["--parallel-invocation", "--max-concurrency", "2", "--save"])
        .arg(&result);
    run(&mut tuner)?;
    let outcome =
        serde_json::from_slice(&fs::read(&result)?).context("the output of the run is not of the contract")?;
    let Outcome::Tuned(outcome) = outcome else { bail!("the run was a dry run") };
    prove(aws, demo, &before, &outcome)
}

/// Compares the winner with the optimum that follows from the function's own parameters, and looks at what is left.
fn prove(aws: &LocalAws, demo: &Run, before: &FunctionState, outcome: &TuningOutcome) -> Result<()> {
    let price = Prices::bundled()?.lambda(REGION, Architecture::X86).price;
    let optimum = optimum(&Work::new(&demo.work, |_| None), demo.strategy, price, &POWER_VALUES)
        .context("the function runs at no memory size")?;
    ensure!(outcome.power == optimum, "the winner is {}, but the optimum is {optimum}", outcome.power);
    println!("✓ {optimum} is the optimum that follows from the function's parameters");
    let after = FunctionState::read(aws, demo.function)?;
    ensure!(after == *before, "the function was {before:?} and is {after:?}");
    println!(
        "✓ $LATEST has {} MB as before; versions: {}, aliases: {} (no lock), as before\n",
        after.memory,
        after.versions.len(),
        after.aliases.len()
    );
    Ok(())
}
