//! Development commands of power-tuner: `cargo xtask demo`, `test`, `lint`, `local up|down|status`, `diagram`, `contract`,
//! `bench`, `guard`, `simulate`, `conformance`, `prices`, `viewer`, `install`, `docs`.

mod bench;
mod browser;
mod command;
mod conformance;
mod contract;
mod debian;
mod demo;
mod diagram;
mod docs;
mod guard;
mod install;
mod instructions;
mod lambda_build;
mod lint;
mod local;
mod marked;
mod prices;
mod python;
mod root;
mod simulate;
mod stack;
mod test;
mod tuner;
mod viewer;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Development commands of power-tuner.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Deploy everything to a local AWS, and tune three sample functions there.
    Demo {
        /// Leave the local AWS running afterwards.
        #[arg(long)]
        keep: bool,
    },
    /// Run the unit, property and golden tests, then the end-to-end tests on a local AWS.
    Test {
        /// Arguments for `cargo test`, such as a part of a test's name.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Check the format, the code, the dependencies, the templates and the state machine.
    Lint,
    /// Build the Lambda functions for arm64, which is what the template deploys by default.
    Arm,
    /// The local AWS: MiniStack with the template and the sample functions deployed.
    #[command(subcommand)]
    Local(LocalCommand),
    /// Bundle the page that draws results into infra/viewer/dist/index.html.
    Viewer,
    /// Bundle that page, then build the command line program with it, and install it.
    Install {
        /// Arguments for `cargo install`, such as --root.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Draw statemachine.asl.json into README.md.
    Diagram {
        /// Only check that the drawing is current.
        #[arg(long)]
        check: bool,
    },
    /// Make everything in the documentation that is made from something else: the diagram, the tables, and the pictures of
    /// the report and of a terminal in docs/.
    Docs {
        /// Only check that what can be made without a browser is current.
        #[arg(long)]
        check: bool,
        /// First record anew, on the local AWS, what the terminal session shows.
        #[arg(long, conflicts_with = "check")]
        record: bool,
    },
    /// Write the JSON Schemas of input and output into schema/, and the tables of README.md.
    Contract {
        /// Only check that they are current.
        #[arg(long)]
        check: bool,
    },
    /// Compare what needs no clock with its ceilings: instructions of the pure parts of the steps.
    Guard {
        /// Sizes of the Lambda functions, too: builds them as they are released, which takes minutes.
        #[arg(long)]
        with_sizes: bool,
    },
    /// Play schedules of runs that meet each other, their users, and everything that AWS and the network do.
    Simulate(simulate::Options),
    /// Measure.
    #[command(subcommand)]
    Bench(BenchCommand),
    /// Show on an account what this project believes of AWS: deploy it under a name of its own, check, and remove everything.
    ///
    /// docs/conformance.md says what it takes, and how to send the result back.
    Conformance(conformance::Options),
    /// Renew the price table crates/tuning/data/prices.json from the price list files of AWS.
    ///
    /// Figures that the files do not have keep what they are, with their old source and date.
    Prices {
        /// Read the price list files from this directory instead of downloading them: every .json file in it, with any
        /// name, each of one offer (of Lambda or Step Functions) for all regions, as at …/current/index.json, or for
        /// one region, as at …/current/eu-west-1/index.json.
        #[arg(long, value_name = "DIRECTORY")]
        from: Option<PathBuf>,
        /// Only compare: fail if the files say otherwise than the table. Where they cannot be downloaded, nothing fails.
        #[arg(long)]
        check: bool,
    },
}

#[derive(Subcommand)]
enum LocalCommand {
    /// Start it if it is not running, then build and deploy.
    Up,
    /// End it and delete what it left.
    Down,
    /// Say whether it is running, and where.
    Status,
}

#[derive(Subcommand)]
enum BenchCommand {
    /// The size of each Lambda function, as it is released: binary and zip.
    Size,
    /// Whole runs on the local AWS: time, states entered, calls of AWS Lambda.
    Run(bench::run::Options),
    /// What the Analyzer and the pure parts of other steps take: instructions, and time here and in a small Lambda function.
    Analysis(bench::analysis::Options),
    /// What the Executor itself takes for an invocation: time, CPU, memory.
    Executor(bench::executor::Options),
    /// What tuning very many functions costs, and how long it takes within the quotas of an account: a simulation.
    Scale(bench::scale::Options),
    /// The cold start of each Lambda function, and the memory that it takes.
    Start(bench::start::Options),
    /// The adaptive search on simulated functions: how far from the optimum it ends, and what it takes.
    Search(bench::search::Options),
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Demo { keep } => demo::run_demo(keep),
        Command::Test { arguments } => test::run_all(&arguments),
        Command::Lint => lint::run_all(),
        Command::Arm => lambda_build::arm(),
        Command::Local(LocalCommand::Up) => local::up().map(|(aws, _)| local::describe(&aws)),
        Command::Local(LocalCommand::Down) => local::down(),
        Command::Local(LocalCommand::Status) => {
            local::status();
            Ok(())
        }
        Command::Viewer => viewer::build().map(|page| println!("{}", page.display())),
        Command::Install { arguments } => install::run(&arguments),
        Command::Diagram { check } => diagram::run(check),
        Command::Contract { check } => contract::run(check),
        Command::Docs { check: true, .. } => docs::check(),
        Command::Docs { check: false, record } => {
            if record {
                docs::record()?;
            }
            docs::make()
        }
        Command::Guard { with_sizes } => guard::run(with_sizes),
        Command::Simulate(options) => simulate::play(&options),
        Command::Bench(BenchCommand::Size) => bench::size(),
        Command::Bench(BenchCommand::Run(options)) => bench::run::run(&options),
        Command::Bench(BenchCommand::Analysis(options)) => bench::analysis::run(&options),
        Command::Bench(BenchCommand::Executor(options)) => bench::executor::run(&options),
        Command::Bench(BenchCommand::Scale(options)) => bench::scale::run(&options),
        Command::Bench(BenchCommand::Start(options)) => bench::start::run(&options),
        Command::Bench(BenchCommand::Search(options)) => bench::search::run(&options),
        Command::Conformance(options) => conformance::run(&options),
        Command::Prices { from, check: true } => prices::check(from.as_deref()),
        Command::Prices { from, check: false } => prices::renew(from.as_deref()),
    }
}
