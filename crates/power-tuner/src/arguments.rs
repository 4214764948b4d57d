//! The command line.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};
use serde_json::{Value, json};

use crate::report::Report;

/// Finds the right memory size of AWS Lambda functions.
#[derive(Parser)]
#[command(version)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    /// Tune a function: start an execution of the deployed state machine, and wait for its result.
    Tune(Tune),
    /// Draw results on one HTML page, which needs nothing else to be looked at.
    Report(Report),
}

/// What to tune, and how. Every flag is the field of the same name in the execution's input.
#[derive(Args, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub struct Tune {
    /// The function: an ARN or a name.
    #[arg(required_unless_present = "input")]
    pub function: Option<String>,
    /// A file with the execution's input; flags go before its fields.
    #[arg(long)]
    pub input: Option<PathBuf>,
    /// Invocations per power value.
    #[arg(long)]
    pub num: Option<u32>,
    /// Power values in MB, separated by commas, or ALL.
    #[arg(long)]
    pub power_values: Option<String>,
    /// The payload, as JSON.
    #[arg(long)]
    pub payload: Option<String>,
    /// Invoke concurrently.
    #[arg(long)]
    pub parallel_invocation: bool,
    /// The most invocations of a power value at the same time.
    #[arg(long)]
    pub max_concurrency: Option<u32>,
    /// cost, speed or balanced.
    #[arg(long)]
    pub strategy: Option<String>,
    /// The weight of cost in the balanced strategy, from 0 to 1.
    #[arg(long)]
    pub balanced_weight: Option<f64>,
    /// The share of samples to drop at both ends.
    #[arg(long)]
    pub discard_top_bottom: Option<f64>,
    /// Leave the function at the winner.
    #[arg(long)]
    pub auto_optimize: bool,
    /// Publish the winner and point this alias at it, instead of changing $LATEST.
    #[arg(long, requires = "auto_optimize")]
    pub auto_optimize_alias: Option<String>,
    /// Try everything out with one invocation per power value, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// The ARN of the state machine. Without it, the only one whose name begins as deployed by default.
    #[arg(long, env = "POWER_TUNER_STATE_MACHINE")]
    pub state_machine: Option<String>,
    /// Print the execution's output as it is, instead of a table.
    #[arg(long)]
    pub json: bool,
    /// Write the execution's output to a file, too.
    #[arg(long)]
    pub output: Option<PathBuf>,
}

impl Tune {
    /// The input of the execution.
    pub fn input(&self) -> Result<Value> {
        let mut input = match &self.input {
            None => json!({"num": 10}),
            Some(path) => {
                let text =
                    std::fs::read_to_string(path).with_context(|| format!("failed to read {}", path.display()))?;
                serde_json::from_str(&text).with_context(|| format!("{} is not JSON", path.display()))?
            }
        };
        let fields = input.as_object_mut().context("the input is not a JSON object")?;
        let payload = self.payload.as_deref().map(serde_json::from_str::<Value>).transpose();
        let flags = [
            ("lambdaARN", self.function.clone().map(Value::from)),
            ("num", self.num.map(Value::from)),
            ("powerValues", self.power_values.as_deref().map(power_values)),
            ("payload", payload.context("--payload is not JSON; a text needs quotes of its own: '\"text\"'")?),
            ("parallelInvocation", self.parallel_invocation.then_some(Value::Bool(true))),
            ("maxConcurrency", self.max_concurrency.map(Value::from)),
            ("strategy", self.strategy.clone().map(Value::from)),
            ("balancedWeight", self.balanced_weight.map(Value::from)),
            ("discardTopBottom", self.discard_top_bottom.map(Value::from)),
            ("autoOptimize", self.auto_optimize.then_some(Value::Bool(true))),
            ("autoOptimizeAlias", self.auto_optimize_alias.clone().map(Value::from)),
            ("dryRun", self.dry_run.then_some(Value::Bool(true))),
            // The table shows every power value.
            ("includeOutputResults", Some(Value::Bool(true))),
        ];
        for (name, value) in flags {
            if let Some(value) = value {
                fields.insert(name.to_owned(), value);
            }
        }
        Ok(input)
    }
}

/// What is wrong with them is said by the Initializer, in the same words for everybody.
fn power_values(flag: &str) -> Value {
    if flag.chars().any(|c| c.is_ascii_digit()) {
        flag.split(',').map(|value| Value::from(value.trim())).collect()
    } else {
        Value::from(flag)
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

    #[test]
    fn flags_become_fields() {
        let line =
            "power-tuner tune f --num 7 --power-values 128,512 --payload {\"a\":1} --strategy speed --auto-optimize";
        let Command::Tune(tune) = Arguments::try_parse_from(line.split(' ')).unwrap().command else {
            panic!("{line} does not tune");
        };
        let expected = json!({
            "num": 7, "lambdaARN": "f", "powerValues": ["128", "512"], "payload": {"a": 1}, "strategy": "speed",
            "autoOptimize": true, "includeOutputResults": true,
        });
        assert_eq!(tune.input().unwrap(), expected);
    }

    #[test]
    fn a_payload_that_is_no_json_is_refused_with_advice() {
        let tune = Tune { payload: Some("text".to_owned()), ..Tune::default() };
        assert!(tune.input().unwrap_err().to_string().contains("quotes"));
    }
}
