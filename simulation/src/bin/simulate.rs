//! Plays schedules and says what went wrong: `cargo xtask simulate`.

use std::{
    collections::BTreeMap,
    fs,
    path::PathBuf,
    process::ExitCode,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Instant,
};

use anyhow::{Context as _, Result, anyhow};
use clap::Parser;
use simulation::{
    Report, Simulation,
    found::{self, Found},
    guards::GUARDS,
    schedule::Schedule,
};

/// Plays schedules: runs that meet each other, their users, and everything that AWS and the network do.
#[derive(Parser)]
struct Arguments {
    /// How many schedules.
    #[arg(long, default_value_t = 20_000)]
    seeds: u64,
    /// The first one's seed.
    #[arg(long, default_value_t = 0)]
    first_seed: u64,
    /// Play those first that went wrong once, and end with the first one that goes wrong now.
    #[arg(long)]
    until_wrong: bool,
    /// Only list the guards of the protocol, as JSON.
    #[arg(long)]
    list_guards: bool,
    /// Play the schedule in this file instead, as JSON.
    #[arg(long, conflicts_with = "seeds")]
    schedule: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<bool> {
    if arguments.list_guards {
        println!("{}", serde_json::to_string(&GUARDS)?);
        return Ok(true);
    }
    if let Some(path) = &arguments.schedule {
        let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        let schedule: Schedule = serde_json::from_str(&text).context("reading the schedule")?;
        let report = Simulation::new()?.play(&schedule)?;
        println!("{report:#?}");
        return Ok(report.wrong.is_empty());
    }
    if arguments.until_wrong
        && let Some(Found { what, .. }) = first_wrong()?
    {
        println!("found again: {what}");
        return Ok(false);
    }
    let began = Instant::now();
    let cores = thread::available_parallelism().map_or(1, usize::from) as u64;
    let is_ended = &AtomicBool::new(false);
    let totals = thread::scope(|scope| {
        let workers: Vec<_> =
            (0..cores).map(|worker| scope.spawn(move || work(arguments, (worker, cores), is_ended))).collect();
        workers.into_iter().map(|worker| worker.join().map_err(|_| anyhow!("a worker panicked"))?).collect()
    });
    let total = Result::<Vec<Total>>::into_iter(totals).flatten().fold(Total::default(), Total::plus);
    println!("{} schedules in {} s: {} went wrong", total.schedules, began.elapsed().as_secs(), total.wrong);
    for (what, count) in &total.sum {
        println!("{what}: {count}");
    }
    Ok(total.wrong == 0)
}

/// The first of the schedules that went wrong once which goes wrong now.
fn first_wrong() -> Result<Option<Found>> {
    let simulation = Simulation::new()?;
    for found in found::all()? {
        if !simulation.play(&found.schedule)?.wrong.is_empty() {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

#[derive(Debug, Default)]
struct Total {
    schedules: u64,
    wrong: u64,
    sum: BTreeMap<&'static str, u64>,
}

impl Total {
    fn add(&mut self, report: &Report) {
        self.schedules += 1;
        self.wrong += u64::from(!report.wrong.is_empty());
        let counts = [
            ("executions that succeeded", report.succeeded),
            ("executions that failed", report.failed),
            ("executions that were stopped", report.stopped),
            ("locks left to the next run", u32::from(report.is_healed)),
            ("faults", report.faults),
            ("events", report.events),
        ];
        for (name, count) in counts {
            *self.sum.entry(name).or_default() += u64::from(count);
        }
    }

    fn plus(mut self, other: Self) -> Self {
        self.schedules += other.schedules;
        self.wrong += other.wrong;
        for (name, count) in other.sum {
            *self.sum.entry(name).or_default() += count;
        }
        self
    }
}

/// One worker's share of the seeds.
fn work(arguments: &Arguments, (worker, workers): (u64, u64), is_ended: &AtomicBool) -> Result<Total> {
    let simulation = Simulation::new()?;
    let mut total = Total::default();
    let mut seed = arguments.first_seed + worker;
    while seed < arguments.first_seed + arguments.seeds && !is_ended.load(Ordering::Relaxed) {
        let (report, smallest) = simulation.try_seed(seed)?;
        total.add(&report);
        if let Some(schedule) = smallest {
            println!("seed {seed}: {:#?}\n{}", report.wrong, serde_json::to_string(&schedule)?);
            is_ended.fetch_or(arguments.until_wrong, Ordering::Relaxed);
        }
        seed += workers;
    }
    Ok(total)
}
