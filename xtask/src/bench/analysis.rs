//! What the pure parts of the steps take: instructions, time on this machine, and what that is in a small Lambda function.

use anyhow::{Context, Result};
use clap::Args;
use tuning::statistics::quantile;

use crate::instructions::{Counted, PIECES, Piece};

/// The memory that comes with one virtual CPU, in MB.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>
const VCPU: f64 = 1769.0;
/// Memory sizes of our functions, in MB: the smallest that Lambda has, and those of `template.yaml`.
const MEMORY: [f64; 3] = [128.0, 256.0, 512.0];

/// Options of `bench analysis`.
#[derive(Debug, Args)]
pub struct Options {
    /// How often each piece is timed.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..))]
    times: u16,
}

/// Measures all pieces and prints their table.
pub fn run(options: &Options) -> Result<()> {
    let counted = Counted::build()?;
    let shares: Vec<String> = MEMORY.iter().map(|memory| format!("at {memory} MB (x {:.1})", VCPU / memory)).collect();
    println!(
        "| piece | instructions (millions) | ms here: median, 5 % to 95 % | ms {} |\n|---|---|---|{}",
        shares.join(" | ms "),
        "---|".repeat(MEMORY.len())
    );
    for piece in PIECES {
        println!("{}", line(&counted, piece, options.times.into())?);
    }
    Ok(())
}

fn line(counted: &Counted, piece: Piece, times: usize) -> Result<String> {
    let millions = counted.instructions(piece)? as f64 / 1e6;
    let times: Vec<f64> = counted.times(piece, times)?.iter().map(|time| time.as_secs_f64() * 1e3).collect();
    let at = |p| quantile(&times, p).context("it was not timed");
    let (median, low, high) = (at(0.5)?, at(0.05)?, at(0.95)?);
    // A function with less memory than a virtual CPU takes gets its part of one.
    let in_lambda: Vec<String> = MEMORY.iter().map(|memory| format!("{:.1}", median * VCPU / memory)).collect();
    let (what, in_lambda) = (piece.what, in_lambda.join(" | "));
    Ok(format!("| {what} | {millions:.2} | {median:.2}, {low:.2} to {high:.2} | {in_lambda} |"))
}
