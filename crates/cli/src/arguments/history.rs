//! Whose runs to show.

use std::path::PathBuf;

use clap::Args;

use super::{DeployedFleet, Output};

/// Whose runs to show.
#[derive(Args)]
pub struct History {
    /// The function: a name or an ARN.
    pub function: String,
    /// Draw the runs on an HTML page, too: the last one in full, and cost and duration over time.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// What is deployed.
    #[command(flatten)]
    pub deployed: DeployedFleet,
    /// How to show the result.
    #[command(flatten)]
    pub output: Output,
}
