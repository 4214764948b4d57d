//! The pieces.

use std::{fmt::Write as _, hint::black_box};

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;
use serde_json::{Value, json};
use tuning::{
    input::Input,
    log_tail,
    plan::Sampling,
    power::Power,
    price::Prices,
    step::analyzer::{self, Next},
};

use crate::{
    run::{self, Run},
    simulated::Function,
};

/// Samples of each power value of the largest analysis.
const SAMPLES: u32 = 1_000;
/// In how many lanes they were taken.
const LANES: u32 = 10;
/// The most that a log tail holds, in bytes.
const LOG_TAIL: usize = 4096;

/// A piece of the steps' work. What travels between steps is read from JSON and written as JSON, as the Lambda runtime does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Piece {
    /// Initializer: a complete input is checked.
    Input,
    /// Executor: the report is found in the fullest log tail there is.
    LogTail,
    /// Executor: 1,000 samples of a power value are summarised.
    Summary,
    /// Analyzer: 46 power values with 1,000 samples each are decided on.
    List,
    /// Analyzer: a search plans its next round, after all but the last one that it takes.
    Search,
}

/// A piece that is ready to be done.
pub type Work = Box<dyn FnOnce() -> Result<()>>;

impl Piece {
    /// Everything that comes before.
    pub fn prepare(self) -> Result<Work> {
        match self {
            Self::Input => check_input(),
            Self::LogTail => find_report(),
            Self::Summary => summarise(),
            Self::List => decide_on_list(),
            Self::Search => go_on_searching(),
        }
    }
}

fn check_input() -> Result<Work> {
    let text = serde_json::to_vec(&json!({
        "lambdaARN": "arn:aws:lambda:eu-west-1:123456789012:function:f", "powerValues": "ALL", "num": 100,
        "payload": {"some": "payload"}, "parallelInvocation": true, "strategy": "balanced", "balancedWeight": 0.3,
        "autoOptimize": true, "autoOptimizeAlias": "live", "includeOutputResults": true, "discardTopBottom": 0.1,
    }))?;
    Ok(Box::new(move || {
        let value: Value = serde_json::from_slice(&text)?;
        black_box(Input::parse(&value, &run::deployment(), None)?);
        Ok(())
    }))
}

fn find_report() -> Result<Work> {
    const ID: &str = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";
    let report = format!(
        "END RequestId: {ID}\nREPORT RequestId: {ID}\tDuration: 123.45 ms\tBilled Duration: 124 ms\tMemory Size: 1024 \
         MB\tMax Memory Used: 64 MB\tInit Duration: 100.00 ms\t\n"
    );
    let mut tail = String::new();
    while tail.len() + report.len() < LOG_TAIL {
        writeln!(tail, "2026-11-21T12:00:00Z\t{ID}\tINFO\tsomething that the function has to say")?;
    }
    tail += &report;
    Ok(Box::new(move || {
        black_box(log_tail::report(black_box(&tail), ID).context("there is a report")?);
        Ok(())
    }))
}

fn summarise() -> Result<Work> {
    let sampling = Sampling { lanes: LANES, ..Sampling::serial(SAMPLES) };
    let lanes = Function::new().lanes(power(1024)?, sampling);
    let estimator = run::estimator(sampling);
    Ok(Box::new(move || {
        let measurement = run::summarised(&estimator, power(1024)?, &lanes);
        black_box(serde_json::to_vec(&measurement)?);
        Ok(())
    }))
}

fn decide_on_list() -> Result<Work> {
    let input = json!({
        "lambdaARN": "f", "powerValues": "ALL", "num": 100, "parallelInvocation": true, "includeOutputResults": true,
    });
    let mut run = Run::begun(&input)?;
    run.set_sampling(Sampling { lanes: LANES, ..Sampling::serial(SAMPLES) });
    analysis(&run.measured()?, Next::Clean)
}

/// As many rounds as a search takes are counted first: the last one only ends it.
fn go_on_searching() -> Result<Work> {
    let prices = Prices::bundled()?;
    let begun = || Run::begun(&json!({"lambdaARN": "f", "powerValues": "AUTO"}));
    let mut rounds = 1;
    let mut run = begun()?;
    while run.goes_on(&prices)? {
        rounds += 1;
    }
    ensure!(rounds > 2, "the search ended after {rounds} rounds: there is none in its middle");
    let mut run = begun()?;
    for _ in 0..rounds - 2 {
        run.goes_on(&prices)?;
    }
    analysis(&run.measured()?, Next::Publish)
}

/// What the Analyzer does with an event.
fn analysis(input: &analyzer::Input, expected: Next) -> Result<Work> {
    let prices = Prices::bundled()?;
    let event = serde_json::to_vec(input)?;
    Ok(Box::new(move || {
        let state = ::analyzer::handle(&prices, serde_json::from_slice(&event)?)?;
        if state.analysis.next != expected {
            bail!("the Analyzer wants {:?} and not {expected:?}", state.analysis.next);
        }
        black_box(serde_json::to_vec(&state)?);
        Ok(())
    }))
}

fn power(megabytes: u32) -> Result<Power> {
    Ok(Power::new(megabytes)?)
}
