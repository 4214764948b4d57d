//! Development commands of power-tuner: `cargo xtask demo`, `test`, `lint`,
//! `local up|patterns|fleet|schedule|down|status`, `diagram`, `contract`, `bench`, `simulate`, `conformance`, `prices`,
//! `viewer`, `install`, `docs`, `arm`, `package`.

mod bench;
mod browser;
mod cargo_tool;
mod cdk;
mod command;
mod conformance;
mod contract;
mod debian;
mod demo;
mod diagram;
mod docs;
mod install;
mod lambda_build;
mod links;
mod lint;
mod local;
mod marked;
mod npm;
mod packages;
mod prices;
mod programs;
mod python;
mod root;
mod sbom;
mod simulate;
mod snippets;
mod stack;
mod test;
mod tuner;
mod viewer;
mod workflows;

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
    /// Check the format, the code, the dependencies, the templates, the state machine, the workflows, and the
    /// documentation.
    Lint,
    /// Build the Lambda functions for arm64, which is what the template deploys by default.
    Arm,
    /// Build and pack what a release deploys: for each architecture one zip, with checksums and bills of materials.
    ///
    /// The same sources make the same bytes.
    Package(packages::Options),
    /// The local AWS: MiniStack with the template and the sample functions deployed.
    #[command(subcommand)]
    Local(LocalCommand),
    /// Bundle the page that draws results into crates/report/web/dist/index.html.
    Viewer,
    /// Bundle that page, then build the command line program with it, and install it.
    Install {
        /// Arguments for `cargo install`, such as --root.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Draw statemachine.asl.json into docs/architecture.md.
    Diagram {
        /// Only check that the drawing is current.
        #[arg(long)]
        check: bool,
    },
    /// Make everything in the documentation that is made from something else: the diagram, the tables, and the pictures
    /// of the report and of a terminal in docs/images.
    Docs {
        /// Only check that what can be made without a browser is current.
        #[arg(long)]
        check: bool,
        /// First record anew, on the local AWS, what the terminal session shows.
        #[arg(long, conflicts_with = "check")]
        record: bool,
    },
    /// Write the JSON Schemas of input and output into schema/, and the tables in docs/.
    Contract {
        /// Only check that they are current.
        #[arg(long)]
        check: bool,
    },
    /// Play schedules of runs that meet each other, their users, and everything that AWS and the network do.
    Simulate(simulate::Options),
    /// Measure.
    #[command(subcommand)]
    Bench(BenchCommand),
    /// Show on an account what this project believes of AWS: deploy it under a name of its own, check, and remove
    /// everything.
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
        /// Only compare: fail if the files say otherwise than the table. Where they cannot be downloaded, nothing
        /// fails.
        #[arg(long)]
        check: bool,
    },
}

#[derive(Subcommand)]
enum LocalCommand {
    /// Start it if it is not running, then build and deploy.
    Up,
    /// Build and deploy the pattern samples (docs/patterns.md) to it.
    Patterns {
        /// What the function that calls an external API requests; the local AWS itself if there is none.
        #[arg(long, value_name = "URL")]
        api_url: Option<String>,
    },
    /// Build and deploy the stack of fleets (docs/fleet.md) to it.
    Fleet,
    /// Build and deploy the stack of fleets and that of the schedule (docs/schedule.md) to it.
    Schedule,
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
    /// The cold start of each Lambda function, and the memory that it takes.
    Start(bench::start::Options),
    /// The search for the best memory size: how far from the optimum it ends, and what it takes.
    Search(bench::search::Options),
    /// Suggestions without measuring: how good they are, and whether their intervals hold.
    Suggest(bench::search::Options),
    /// Two runs of simulated functions: how often they are told apart, with and without a change between them.
    Drift(bench::search::Options),
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
        Command::Package(options) => packages::make(&options),
        Command::Local(LocalCommand::Up) => local::up().map(|(aws, _)| local::describe(&aws)),
        Command::Local(LocalCommand::Patterns { api_url }) => local::patterns(api_url),
        Command::Local(LocalCommand::Fleet) => local::fleet(),
        Command::Local(LocalCommand::Schedule) => local::schedule(),
        Command::Local(LocalCommand::Down) => local::down(),
        Command::Local(LocalCommand::Status) => {
            local::status()?;
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
        Command::Simulate(options) => simulate::play(&options),
        Command::Bench(BenchCommand::Size) => bench::size(),
        Command::Bench(BenchCommand::Run(options)) => bench::run::run(&options),
        Command::Bench(BenchCommand::Start(options)) => bench::start::run(&options),
        Command::Bench(BenchCommand::Search(options)) => bench::search::search(&options),
        Command::Bench(BenchCommand::Suggest(options)) => bench::search::suggest(&options),
        Command::Bench(BenchCommand::Drift(options)) => bench::search::drift(&options),
        Command::Conformance(options) => conformance::run(&options),
        Command::Prices { from, check: true } => prices::check(from.as_deref()),
        Command::Prices { from, check: false } => prices::renew(from.as_deref()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_the_name_of_a_test_goes_to_cargo_test_as_it_is() {
        let given = ["cargo xtask", "test", "a_fault", "--", "--nocapture"];
        let Command::Test { arguments } = Arguments::parse_from(given).command else { panic!("no tests") };
        assert_eq!(arguments, ["a_fault", "--", "--nocapture"]);
    }
}
