//! What tuning very many functions costs, and how long it takes within the quotas of an account: computed and simulated, not
//! tried. No AWS is called.
//!
//! What a run does is in `calls.rs` and `run.rs`, what an account allows in `quota.rs`.

mod calls;
mod quota;
mod run;
mod simulation;
mod time;

use anyhow::{Result, ensure};
use clap::{Args, ValueEnum};
use tuning::{
    price::{Architecture, Prices},
    search::{Effort, Settings},
};

use self::{calls::CALLS, quota::Quota, run::Shape, simulation::simulate};

/// The region whose prices are taken.
const REGION: &str = "eu-west-1";

/// Options of `bench scale`.
#[derive(Debug, Args)]
pub struct Options {
    /// How many functions are tuned, each by one run.
    #[arg(long, default_value_t = 10_000)]
    functions: u32,
    /// How many power values a run measures, in one round.
    #[arg(long, default_value_t = 6)]
    power_values: u32,
    /// Invocations of each power value.
    #[arg(long, default_value_t = 10)]
    invocations: u32,
    /// How many of them at a time.
    #[arg(long, default_value_t = 5)]
    lanes: u32,
    /// Instead of a list of power values, "AUTO" with this effort: rounds, versions and invocations are the means of
    /// `cargo xtask bench search`.
    #[arg(long, conflicts_with_all = ["power_values", "invocations", "lanes"])]
    search: Option<SearchEffort>,
    /// How long an invocation of the function takes, in ms.
    #[arg(long, default_value_t = 100.0)]
    function_ms: f64,
    /// How long an API call takes, in ms.
    #[arg(long, default_value_t = 50.0)]
    call_ms: f64,
    /// How long a step of ours takes besides its calls, in ms.
    #[arg(long, default_value_t = 10.0)]
    step_ms: f64,
    /// How long an update of a function's memory takes to have effect, in ms.
    #[arg(long, default_value_t = 1000.0)]
    update_ms: f64,
    /// How often the Publisher looks after each update whether it has effect.
    #[arg(long, default_value_t = 2)]
    looks: u32,
    /// How many Lambda environments may run at the same time, ours and those of the functions that are tuned.
    #[arg(long, default_value_t = 1000)]
    concurrency: u32,
    /// How many runs there are at a time.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 5, 10, 20, 50, 100, 1000])]
    at_once: Vec<u32>,
}

/// The effort of a search.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum SearchEffort {
    Quick,
    Normal,
    Thorough,
}

/// Prints what all runs cost, and a line for each number of runs at a time.
pub fn run(options: &Options) -> Result<()> {
    let shape = options.shape();
    let needed = shape.concurrency();
    ensure!(
        needed <= options.concurrency,
        "a run takes up to {needed} environments at a time, and --concurrency is {}: give fewer --lanes",
        options.concurrency
    );
    print_run(&shape);
    print_cost(options, &shape)?;
    print_times(options, &shape);
    Ok(())
}

impl Options {
    fn shape(&self) -> Shape {
        let seconds = |ms: f64| ms / 1e3;
        let (rounds, invocations, lanes) = match self.search {
            None => (vec![self.power_values], self.invocations, self.lanes),
            Some(effort) => effort.shape(),
        };
        Shape {
            rounds,
            invocations,
            lanes,
            function: seconds(self.function_ms),
            call: seconds(self.call_ms),
            step: seconds(self.step_ms),
            update: seconds(self.update_ms),
            looks: self.looks,
        }
    }
}

impl SearchEffort {
    /// How many power values each round measures, the invocations of each of them, and how many at a time: the means of
    /// the section "Search" of BENCHMARKS.md, in whole numbers.
    fn shape(self) -> (Vec<u32>, u32, u32) {
        let (rounds, effort) = match self {
            Self::Quick => (vec![2, 2, 2, 2], Effort::Quick),
            Self::Normal => (vec![2, 2, 2, 1, 1, 1], Effort::Normal),
            Self::Thorough => (vec![2, 2, 2, 1, 1], Effort::Thorough),
        };
        let invocations: u32 = match self {
            Self::Quick => 50,
            Self::Normal => 74,
            Self::Thorough => 132,
        };
        let versions: u32 = rounds.iter().sum();
        (rounds, invocations.div_ceil(versions), Settings::from(effort).explore.count)
    }
}

fn print_run(shape: &Shape) {
    let counts = CALLS.count(&shape.rounds, shape.looks);
    let lambda: u32 = counts.iter().filter(|(action, _)| action.is_of_lambda()).map(|(_, n)| n).sum();
    let list: Vec<String> = counts.iter().map(|(action, count)| format!("{count} {action}")).collect();
    println!(
        "A run of {} power values in {} round(s): {} state transitions, {} invocations of our own functions, {} of the \
         function that is tuned, {lambda} other calls to Lambda: {}.\n",
        shape.rounds.iter().sum::<u32>(),
        shape.rounds.len(),
        shape.transitions(),
        shape.own_invocations(),
        shape.rounds.iter().sum::<u32>() * shape.invocations,
        list.join(", "),
    );
}

fn print_cost(options: &Options, shape: &Shape) -> Result<()> {
    let prices = Prices::bundled()?;
    let sheet = prices.sheet(REGION, Architecture::Arm);
    let alone = simulate(&shape.acts(), 1, 1, options.concurrency);
    let runs = f64::from(options.functions);
    let transitions = prices.transitions(REGION, shape.transitions()).0 * runs;
    let gb_seconds = alone.gb_seconds * runs;
    let requests = f64::from(shape.own_invocations()) * runs;
    println!("| of {} runs | number | USD |\n|---|---|---|", options.functions);
    println!("| state transitions | {:.0} | {transitions:.2} |", f64::from(shape.transitions()) * runs);
    println!("| GB-seconds of our own functions (arm64) | {gb_seconds:.0} | {:.2} |", sheet.tiers.cost(gb_seconds));
    println!("| their requests | {requests:.0} | {:.2} |\n", requests * sheet.request);
    Ok(())
}

fn print_times(options: &Options, shape: &Shape) {
    println!(
        "| runs at a time | hours | s per run | GB-seconds of ours | environments, at most | rate of each quota, and the share of the run spent waiting for it |\n|---|---|---|---|---|---|"
    );
    let acts = shape.acts();
    for &at_once in &options.at_once {
        let result = simulate(&acts, options.functions, at_once, options.concurrency);
        let quotas: Vec<String> = result
            .buckets
            .iter()
            .map(|(quota, bucket)| {
                let (rate, _) = quota.allows();
                let per_second = bucket.taken as f64 / result.seconds;
                let waiting = bucket.waited / (result.run_seconds * f64::from(options.functions)) * 100.0;
                format!("{} {per_second:.1} of {rate}/s ({waiting:.0} %)", quota.name())
            })
            .collect();
        println!(
            "| {at_once} | {:.2} | {:.1} | {:.0} | {} | {} |",
            result.seconds / 3600.0,
            result.run_seconds,
            result.gb_seconds,
            result.peak,
            quotas.join(", ")
        );
    }
    let counts = CALLS.count(&shape.rounds, shape.looks);
    let control: u32 =
        counts.iter().filter(|(action, _)| Quota::of(**action) == Quota::ControlPlane).map(|(_, count)| count).sum();
    let hours = f64::from(control) * f64::from(options.functions) / Quota::ControlPlane.allows().0 / 3600.0;
    println!("\nBecause of the {control} calls of a run that share 15 a second, it takes at least {hours:.2} hours.");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_runs_at_a_time_take_what_the_control_plane_allows_and_one_takes_its_own_time() {
        let shape = Shape {
            rounds: vec![6],
            invocations: 10,
            lanes: 5,
            function: 0.1,
            call: 0.05,
            step: 0.01,
            update: 1.0,
            looks: 2,
        };
        let (acts, runs) = (shape.acts(), 300);
        let alone = simulate(&acts, 1, 1, 1000);
        let serial = simulate(&acts, runs, 1, 1000);
        assert!((serial.seconds / f64::from(runs) / alone.seconds - 1.0).abs() < 0.01);
        let calls = CALLS.count(&shape.rounds, shape.looks);
        let control: u32 = calls.iter().filter(|(a, _)| Quota::of(**a) == Quota::ControlPlane).map(|(_, n)| n).sum();
        let bound = f64::from(control * runs - 15) / 15.0;
        let many = simulate(&acts, runs, 100, 1000);
        assert!((bound..bound * 1.05).contains(&many.seconds), "{} {bound}", many.seconds);
    }
}
