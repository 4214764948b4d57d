//! Does one piece of the steps' work, so that its instructions or its time can be counted: `cargo xtask bench analysis` and
//! `cargo xtask guard` run it. A program of its own, because it is built like the Lambdas, and quickly.
//!
//! What is done before the piece (`--only-prepare`) is the same with and without it: the difference of the two counts is the
//! piece alone.

mod pieces;
mod run;
mod simulated;

use std::{
    hint::black_box,
    mem::forget,
    time::{Duration, Instant},
};

use anyhow::Result;
use clap::Parser;

use self::pieces::Piece;

/// Does one piece of the steps' work.
#[derive(Parser)]
struct Arguments {
    /// What is done.
    piece: Piece,
    /// Do everything up to the piece, and not the piece.
    #[arg(long)]
    only_prepare: bool,
    /// Do it so many times, and print what each took, in nanoseconds.
    #[arg(long, value_name = "TIMES", conflicts_with = "only_prepare")]
    time: Option<usize>,
}

fn main() -> Result<()> {
    let Arguments { piece, only_prepare, time } = Arguments::parse();
    if let Some(times) = time {
        for _ in 0..times {
            println!("{}", timed(piece)?.as_nanos());
        }
        return Ok(());
    }
    let work = piece.prepare()?;
    if only_prepare {
        // Dropping it is part of the piece.
        forget(black_box(work));
        return Ok(());
    }
    work()
}

fn timed(piece: Piece) -> Result<Duration> {
    let work = piece.prepare()?;
    let begin = Instant::now();
    work()?;
    Ok(begin.elapsed())
}
