//! What `power-tuner fleet` is to do.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use tuning::fleet::FleetName;

use super::{How, Output, Selection, examples};

/// What to do with a fleet.
#[derive(Subcommand)]
pub enum Fleet {
    /// Tune many functions. It shows which, and what that may cost, and asks.
    #[command(after_help = examples::FLEET_START, after_long_help = examples::FLEET_START)]
    Start(Box<Start>),
    /// Follow a fleet that somebody has started, and show what came of it.
    #[command(after_help = examples::FLEET_WATCH, after_long_help = examples::FLEET_WATCH)]
    Watch(WatchFleet),
    /// Show what came of a fleet so far: those functions first that would save most.
    #[command(after_help = examples::FLEET_REPORT, after_long_help = examples::FLEET_REPORT)]
    Report(ReportFleet),
}

/// Which functions to tune, and how.
#[derive(Args)]
pub struct Start {
    /// Which functions.
    #[command(flatten)]
    pub selection: Selection,
    /// A list of functions: a file, or the S3 URI of an object in the fleet's bucket. It is a JSON list of names, or
    /// what suggest --output json writes, by which the saving a month is known, too.
    #[arg(long, value_name = "FILE|URI", conflicts_with_all = ["functions", "prefix", "tags", "stack"])]
    pub list: Option<String>,
    /// The name of the fleet. With the name of one that was stopped, it goes on, and leaves out what has its result.
    #[arg(long, value_name = "NAME")]
    pub name: Option<FleetName>,
    /// A file with fields of the input of runs as JSON, for all functions. Without `powerValues` it is "AUTO".
    #[arg(long, value_name = "FILE")]
    pub input: Option<PathBuf>,
    /// How many functions are tuned at a time; those of a group count as one.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub max_concurrency: Option<u32>,
    /// Stop when more than this share of the groups has failed, in percent. A function without a group is one by
    /// itself.
    #[arg(long, value_name = "PERCENT")]
    pub tolerated_failures: Option<f64>,
    /// The most that all invocations may cost, in the currency of the region. Each run gets an equal share.
    #[arg(long, value_name = "AMOUNT")]
    pub max_spend: Option<f64>,
    /// Start it, print the ARN of its execution, and leave.
    #[arg(long)]
    pub detach: bool,
    /// Do not ask.
    #[arg(long, short)]
    pub yes: bool,
    /// What is deployed.
    #[command(flatten)]
    pub deployed: DeployedFleet,
    /// How to show the result.
    #[command(flatten)]
    pub output: Output,
}

/// What to follow.
#[derive(Args)]
pub struct WatchFleet {
    /// The execution: its ARN or its name.
    pub execution: String,
    /// What is deployed.
    #[command(flatten)]
    pub deployed: DeployedFleet,
    /// How to show the result.
    #[command(flatten)]
    pub output: Output,
}

/// What to show.
#[derive(Args)]
pub struct ReportFleet {
    /// The name of the fleet.
    pub name: FleetName,
    /// Write one HTML page for all functions, with a link to each result.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// What is deployed.
    #[command(flatten)]
    pub deployed: DeployedFleet,
    /// How to show the result.
    #[command(flatten)]
    pub output: Output,
}

/// The stack of fleets.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "AWS")]
pub struct DeployedFleet {
    /// The state machine of fleets, by ARN. Without it: the only one of the region.
    #[arg(long, env = "POWER_TUNER_FLEET", hide_env_values = true, value_name = "ARN")]
    pub fleet_state_machine: Option<String>,
}

impl Start {
    /// How it is done.
    pub fn how(&self) -> How {
        How { yes: self.yes, quiet: self.output.quiet }
    }
}
