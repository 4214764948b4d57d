//! What to look for in past invocations.

use clap::{Args, ValueEnum};
use serde::Serialize;
use tuning::run::objective::Strategy;

use super::{Output, Selection};

/// Which functions to look at.
#[derive(Args)]
pub struct Suggest {
    /// Which functions.
    #[command(flatten)]
    pub selection: Selection,
    /// How many days to look back. CloudWatch Logs Insights bills what it reads: fewer days cost less.
    #[arg(long, value_name = "N", default_value = "14", value_parser = clap::value_parser!(u32).range(1..=365))]
    pub days: u32,
    /// What "best" means, as tune has it.
    #[arg(long, value_enum, default_value_t)]
    pub strategy: SuggestStrategy,
    /// Show only so many functions: those that are most worth tuning.
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// How to show the result.
    #[command(flatten)]
    pub output: Output,
}

/// What is best. The best balance of both is not among it: one known size says too little of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum SuggestStrategy {
    /// The cheapest.
    #[default]
    Cost,
    /// The fastest.
    Speed,
}

impl From<SuggestStrategy> for Strategy {
    fn from(strategy: SuggestStrategy) -> Self {
        match strategy {
            SuggestStrategy::Cost => Self::Cost,
            SuggestStrategy::Speed => Self::Speed,
        }
    }
}
