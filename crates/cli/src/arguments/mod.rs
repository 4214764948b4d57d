//! The command line.

mod apply;
pub mod count;
mod deploy;
mod examples;
pub mod execution;
pub mod fields;
mod fleet;
pub mod gate;
mod history;
mod monitor;
mod report;
mod selection;
mod suggest;

use std::path::PathBuf;

use clap::{
    Args, Parser, Subcommand, ValueEnum,
    builder::{Styles, styling::AnsiColor},
};
use clap_complete::Shell;
use serde::Serialize;
use tuning::price::{Architecture, Startup};

use crate::{
    account::Place,
    console::Console,
    failure::Failure,
    output::{
        Format,
        saved::{self, Destination},
    },
};
pub use apply::Apply;
use count::Count;
pub use deploy::{Code, Deploy, Destroy, How};
use fields::Fields;
pub use fleet::{DeployedFleet, Fleet, ReportFleet, Start, WatchFleet};
use gate::{Limit, Percent};
pub use history::History;
pub use monitor::Monitor;
pub use report::{NamedResult, Report, Source};
pub use selection::Selection;
pub use suggest::{Suggest, SuggestStrategy};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// Finds the right memory size of AWS Lambda functions.
#[derive(Parser)]
#[command(name = "power-tuner", version, styles = STYLES, after_help = examples::ALL, after_long_help = examples::ALL)]
#[command(arg_required_else_help = true, subcommand_required = true, max_term_width = 120)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Where.
    #[command(flatten)]
    pub place: Place,
}

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    /// Tune a function: start a run of the deployed state machine, follow it, and show what came of it.
    #[command(after_help = examples::TUNE, after_long_help = examples::TUNE)]
    Tune(Box<Tune>),
    /// Follow a run that somebody has started, and show what came of it.
    #[command(after_help = examples::WATCH, after_long_help = examples::WATCH)]
    Watch(Watch),
    /// Compute what a function costs a month, from durations that you know; no AWS call is made.
    #[command(after_help = examples::ESTIMATE, after_long_help = examples::ESTIMATE)]
    Estimate(Estimate),
    /// Say which functions are worth tuning, from what their past invocations have reported; nothing is invoked.
    #[command(after_help = examples::SUGGEST, after_long_help = examples::SUGGEST)]
    Suggest(Suggest),
    /// Show the runs of a function that fleets and schedules have kept, and what has changed from one to the next.
    #[command(after_help = examples::HISTORY, after_long_help = examples::HISTORY)]
    History(History),
    /// Tune many functions with one execution, and see what all of them would save.
    #[command(subcommand, after_help = examples::FLEET, after_long_help = examples::FLEET)]
    Fleet(Fleet),
    /// Watch functions: make a template with metrics of their reports, alarms and a dashboard, or deploy it.
    #[command(after_help = examples::MONITOR, after_long_help = examples::MONITOR)]
    Monitor(Monitor),
    /// Check credentials, what is deployed, its permissions and limits, and leftovers of runs that were interrupted.
    #[command(after_help = examples::DOCTOR, after_long_help = examples::DOCTOR)]
    Doctor(Doctor),
    /// Put a function right after a run that could not clean up.
    #[command(after_help = examples::CLEAN, after_long_help = examples::CLEAN)]
    Clean(Clean),
    /// Draw results on one HTML page, which needs nothing else to be looked at.
    #[command(after_help = examples::REPORT, after_long_help = examples::REPORT)]
    Report(Report),
    /// Write the memory size of a result to the template that declares the function.
    #[command(after_help = examples::APPLY, after_long_help = examples::APPLY)]
    Apply(Apply),
    /// Deploy power-tuner into the account: a stack, and a bucket with its code. It shows what it creates, and asks.
    #[command(after_help = examples::DEPLOY, after_long_help = examples::DEPLOY)]
    Deploy(Deploy),
    /// Bring a deployment to the version of this program, or change its parameters.
    #[command(after_help = examples::UPGRADE, after_long_help = examples::UPGRADE)]
    Upgrade(Deploy),
    /// Remove a deployment: its stack, and the bucket that deploy has created.
    #[command(after_help = examples::DESTROY, after_long_help = examples::DESTROY)]
    Destroy(Destroy),
    /// Write what makes a shell complete arguments to standard output.
    #[command(after_help = examples::COMPLETIONS, after_long_help = examples::COMPLETIONS)]
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Write the man pages into a directory.
    Man {
        /// The directory; it is made if it does not exist.
        directory: PathBuf,
    },
}

/// What to tune, and how.
#[derive(Args, Default)]
pub struct Tune {
    /// The function: a name or an ARN.
    #[arg(required_unless_present = "input")]
    pub function: Option<String>,
    /// A file with the execution's input as JSON; '-' is standard input. Flags go before its fields.
    #[arg(long, value_name = "FILE")]
    pub input: Option<PathBuf>,
    /// Start the run, print its ARN, and leave.
    #[arg(long, conflicts_with_all = ["fail_if_saving_above", "fail_if_slower_than", "save", "markdown_summary"])]
    pub detach: bool,
    /// How to follow it.
    #[command(flatten)]
    pub follow: Follow,
    /// What is deployed.
    #[command(flatten)]
    pub deployed: Deployed,
    /// How to show the result.
    #[command(flatten)]
    pub show: Show,
    /// What the result must meet.
    #[command(flatten)]
    pub gates: Gates,
    /// The fields of the input.
    #[command(flatten)]
    pub fields: Fields,
}

/// What to follow.
#[derive(Args)]
pub struct Watch {
    /// The execution: its ARN, its name, or the address of its page in the AWS console.
    pub execution: String,
    /// How to follow it.
    #[command(flatten)]
    pub follow: Follow,
    /// What is deployed.
    #[command(flatten)]
    pub deployed: Deployed,
    /// How to show the result.
    #[command(flatten)]
    pub show: Show,
    /// What the result must meet.
    #[command(flatten)]
    pub gates: Gates,
}

/// What is best of what is estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum EstimateStrategy {
    /// The cheapest.
    #[default]
    Cost,
    /// The fastest.
    Speed,
    /// The best balance of both, as tune has it.
    Balanced,
    /// The lowest monthly cost per point of the performance rating.
    Ratio,
}

/// What to compute.
#[derive(Args)]
pub struct Estimate {
    /// Memory in MB and duration in ms, such as 128=830 (or 128=0.83s).
    #[arg(value_name = "MB=DURATION", required_unless_present_any = ["csv", "result"])]
    pub pairs: Vec<String>,
    /// A CSV file of memory in MB and duration in ms; '-' is standard input. A head is skipped, or names the columns as
    /// the CSV output of tune does.
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// What a run has measured, to price it for another volume, region or architecture: a file with its output.
    #[arg(long, value_name = "FILE")]
    pub result: Option<PathBuf>,
    /// Invocations a month, such as 5000000, 5M or 5e6.
    #[arg(long, value_name = "N")]
    pub invocations: Count,
    /// What "best" means. `ratio` is the monthly cost per point of a performance rating: 10 less one for every 100 ms,
    /// at least 1. Equal costs go to the faster.
    #[arg(long, value_enum, default_value_t)]
    pub strategy: EstimateStrategy,
    /// The memory size that savings are computed against; without it, the first one.
    #[arg(long, value_name = "MB")]
    pub baseline: Option<u32>,
    /// The discount of a Compute Savings Plan on duration and provisioned concurrency, such as 12%. Requests, storage
    /// and SnapStart have none.
    #[arg(long, value_name = "PERCENT", value_parser = discount, default_value = "0%")]
    pub savings_plan: Percent,
    /// The architecture of the function. Without it: that of --result, or else that of x86 processors.
    #[arg(long, value_parser = architecture, value_name = "x86_64|arm64")]
    pub architecture: Option<Architecture>,
    /// The ephemeral storage of the function, in MB.
    #[arg(long, value_name = "MB", default_value = "512", value_parser = clap::value_parser!(u32).range(512..=10_240))]
    pub ephemeral_storage: u32,
    /// Execution environments that provisioned concurrency keeps ready all month (730 hours). Invocations that take
    /// more time than these have are priced on demand.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub provisioned_concurrency: Option<u32>,
    /// With SnapStart: the environments that are restored in a month, such as 20k. The snapshot of one published
    /// version is kept all month. Functions in Java do not pay for it.
    #[arg(long, value_name = "RESTORES", conflicts_with = "provisioned_concurrency")]
    pub snap_start: Option<Count>,
    /// How to show the result.
    #[command(flatten)]
    pub output: Output,
}

impl Estimate {
    /// What keeps cold starts short.
    pub fn startup(&self) -> Startup {
        match (self.provisioned_concurrency, self.snap_start) {
            (Some(concurrency), _) => Startup::Provisioned { concurrency },
            (None, Some(Count(restores))) => Startup::SnapStart { restores },
            (None, None) => Startup::OnDemand,
        }
    }
}

/// What to check.
#[derive(Args)]
pub struct Doctor {
    /// A function to check, too. It is tried out by a dry run: the function is invoked once per memory size, with
    /// --payload.
    pub function: Option<String>,
    /// What the function is invoked with.
    #[arg(long, requires = "function", value_name = "JSON|@FILE", value_parser = fields::json)]
    pub payload: Option<serde_json::Value>,
    /// What is deployed.
    #[command(flatten)]
    pub deployed: Deployed,
    /// How to show the result.
    #[command(flatten)]
    pub output: Output,
}

/// What to clean.
#[derive(Args)]
pub struct Clean {
    /// The function: a name or an ARN.
    pub function: String,
    /// Stop the run first, if one is at work on the function.
    #[arg(long)]
    pub stop: bool,
    /// Say nothing but errors.
    #[arg(long, short)]
    pub quiet: bool,
    /// What is deployed.
    #[command(flatten)]
    pub deployed: Deployed,
}

/// What is deployed.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "AWS")]
pub struct Deployed {
    /// The state machine, by ARN or name. Without it: the one of the only stack of power-tuner in the region.
    #[arg(
        long,
        env = "POWER_TUNER_STATE_MACHINE",
        hide_env_values = true,
        value_name = "ARN|NAME",
        conflicts_with = "stack"
    )]
    pub state_machine: Option<String>,
    /// The stack that power-tuner was deployed as.
    #[arg(long, value_name = "NAME")]
    pub stack: Option<String>,
}

/// How to follow a run.
#[derive(Args, Debug, Clone, Copy, Default)]
pub struct Follow {
    /// Stop the run when this program is interrupted (Ctrl-C), instead of asking, or, without a terminal, of leaving
    /// it.
    #[arg(long)]
    pub stop_on_interrupt: bool,
}

/// How results are shown.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Output")]
pub struct Output {
    /// The form of what is written to standard output.
    #[arg(long = "output", value_enum, default_value_t, value_name = "FORM")]
    pub form: Format,
    /// The same as --output json.
    #[arg(long, hide = true, conflicts_with = "form")]
    pub json: bool,
    /// Say nothing but errors: only the result is written.
    #[arg(long, short)]
    pub quiet: bool,
}

/// How the result of a run is shown, and kept.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Output")]
pub struct Show {
    /// On standard output.
    #[command(flatten)]
    pub output: Output,
    /// Write the execution's output to a file, too, as JSON; '-' is standard output, in place of the table.
    #[arg(long, value_name = "FILE")]
    pub save: Option<Destination>,
    /// Append the result as Markdown to a file: for a comment on a pull request, or the summary of a job.
    #[arg(long, value_name = "FILE")]
    pub markdown_summary: Option<PathBuf>,
}

/// What a result must meet for exit code 0.
#[derive(Args, Debug, Clone, Copy, Default)]
#[command(next_help_heading = "Gates")]
pub struct Gates {
    /// Fail (exit code 4) if the winner costs so much less than the function's current memory, which is measured, too.
    #[arg(long, value_name = "PERCENT")]
    pub fail_if_saving_above: Option<Percent>,
    /// Fail (exit code 4) if the function takes longer, by --metric, at the memory that the run leaves it at: the
    /// current one, which is measured, too, or with --auto-optimize the winner.
    #[arg(long, value_name = "DURATION")]
    pub fail_if_slower_than: Option<Limit>,
    /// Judge by the measured means alone. Without it, a gate fails only if the whole 95 % confidence interval is beyond
    /// its limit.
    #[arg(long)]
    pub strict: bool,
}

impl Show {
    /// Fails if the result could not be kept where it is to be.
    pub fn check(&self) -> Result<(), Failure> {
        self.save.iter().try_for_each(Destination::check)?;
        self.markdown_summary.iter().try_for_each(|file| saved::check(file))
    }
}

impl Output {
    /// What is said beside the result.
    pub fn console(&self) -> Console {
        if self.quiet { Console::Quiet } else { Console::Normal }
    }

    /// The form that was asked for.
    pub fn format(&self) -> Format {
        if self.json { Format::Json } else { self.form }
    }
}

fn discount(text: &str) -> Result<Percent, String> {
    let percent: Percent = text.parse()?;
    let is_discount = (0.0..=100.0).contains(&percent.0);
    is_discount.then_some(percent).ok_or_else(|| "expected 0% to 100%".to_owned())
}

/// An architecture as AWS Lambda calls it.
pub fn architecture(text: &str) -> Result<Architecture, String> {
    match text {
        "x86_64" => Ok(Architecture::X86),
        "arm64" => Ok(Architecture::Arm),
        _ => Err("expected x86_64 or arm64".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
