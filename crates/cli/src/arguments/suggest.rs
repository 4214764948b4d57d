//! Which functions to look at, and what to look for.

use std::str::FromStr;

use aws::usage::Tag;
use clap::{Args, ValueEnum};
use serde::Serialize;
use tuning::run::objective::Strategy;

use super::{Output, Select};

/// Which functions to look at.
#[derive(Args)]
pub struct Suggest {
    /// Which functions.
    #[command(flatten)]
    pub select: Select,
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

/// A tag, as people write it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagArgument(pub Tag);

impl From<SuggestStrategy> for Strategy {
    fn from(strategy: SuggestStrategy) -> Self {
        match strategy {
            SuggestStrategy::Cost => Self::Cost,
            SuggestStrategy::Speed => Self::Speed,
        }
    }
}

impl FromStr for TagArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((key, value)) if !key.is_empty() => Ok(Self(Tag { key: key.to_owned(), value: value.to_owned() })),
            _ => Err("expected KEY=VALUE, such as team=checkout".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_a_key_and_a_value_which_may_hold_anything() {
        let tag = |text: &str| text.parse::<TagArgument>().map(|TagArgument(tag)| (tag.key, tag.value));
        assert_eq!(tag("team=a=b"), Ok(("team".to_owned(), "a=b".to_owned())));
        assert_eq!(tag("team="), Ok(("team".to_owned(), String::new())));
        assert!(tag("team").is_err() && tag("=a").is_err());
    }
}
