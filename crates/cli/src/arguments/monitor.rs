//! What `power-tuner monitor` is to watch, and what becomes of it.

use std::path::PathBuf;

use clap::Args;

use super::{How, Selection, gate::Percent};

/// What to watch, and what becomes of it.
#[derive(Args)]
pub struct Monitor {
    /// Which functions.
    #[command(flatten)]
    pub selection: Selection,
    /// A file with the output of a run; repeat it for several. Functions are compared with what was measured of them:
    /// without a result, they have no alarms on drift.
    #[arg(long = "result", value_name = "FILE")]
    pub results: Vec<PathBuf>,
    /// How far the duration or the cost of a function may rise above what was measured.
    #[arg(long, value_name = "PERCENT", default_value = "20%", value_parser = drift)]
    pub drift: Percent,
    /// What alarms call, such as the ARN of a topic of Amazon SNS; several are separated by commas.
    #[arg(long, value_name = "ARN", value_delimiter = ',')]
    pub alarm_actions: Vec<String>,
    /// What becomes of it.
    #[command(flatten)]
    pub action: Action,
    /// The name of the stack with metrics, alarms and the dashboard.
    #[arg(long, value_name = "NAME", default_value = "power-tuner-monitoring")]
    pub name: String,
    /// How it is done.
    #[command(flatten)]
    pub how: How,
}

/// What becomes of the template. Without any of these: it is written to standard output.
#[derive(Args)]
pub struct Action {
    /// Deploy it as a stack, or change the stack to it. What changes is shown first.
    #[arg(long)]
    pub deploy: bool,
    /// Delete the stack, and with it the metric filters, alarms and the dashboard.
    #[arg(long, conflicts_with_all = ["deploy", "functions", "prefix", "tags", "stack", "results", "alarm_actions"])]
    pub remove: bool,
}

fn drift(text: &str) -> Result<Percent, String> {
    let percent: Percent = text.parse()?;
    (percent.0 > 0.0).then_some(percent).ok_or_else(|| "expected more than 0%".to_owned())
}
