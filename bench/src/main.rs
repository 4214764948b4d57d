//! The adaptive search on simulated functions, and on functions that others measured, beside what the reference tool
//! does.
//!
//! The kinds of functions, and how invocations and environments vary, are calibrated on what others measured of AWS
//! Lambda and published (`bench/data`). No AWS is called.

mod coverage;
mod cpu_quota;
mod drift;
mod environment;
mod experiment;
mod family;
mod function;
mod measured;
mod objective;
mod policy;
mod report;
mod suggestion;

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use clap::{Parser, ValueEnum};
use tuning::{
    decide::search::{Goal, Settings},
    run::objective::Effort,
};

use self::{
    experiment::Experiment,
    family::{Family, Real, Scatter, Simulation},
    measured::{Curves, Samples},
    objective::Objective,
    policy::Policy,
};

/// Where the mean durations that others measured are.
const CURVES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/curves.json");

/// Compare the search for the best memory size with other ways, on simulated functions and on measured ones.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench search")]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line, each by itself")]
struct Options {
    /// The first seed.
    #[arg(long, default_value_t = 500)]
    first_seed: u64,
    /// How many seeds: functions of each family.
    #[arg(long, default_value_t = 24)]
    seeds: u64,
    /// Only these kinds of functions.
    #[arg(long, value_delimiter = ',')]
    families: Vec<Family>,
    /// Only these goals.
    #[arg(long, value_delimiter = ',')]
    goals: Vec<Objective>,
    /// Only these policies.
    #[arg(long, value_delimiter = ',')]
    policies: Vec<Choice>,
    /// Mean durations of functions for the kind "real"; by default those that the project holds.
    #[arg(long, alias = "real-curves", value_name = "FILE")]
    curves: Option<PathBuf>,
    /// Play back the invocations of this file instead: the kind "real" alone, each environment a real one, and nothing
    /// is simulated but cold starts. The project holds some: bench/data/samples.json.
    #[arg(long, value_name = "FILE", conflicts_with = "curves")]
    samples: Option<PathBuf>,
    /// Print how often the 95 % intervals of the output hold the truth on the environments of this file, and nothing
    /// else.
    #[arg(long, requires = "samples")]
    coverage: bool,
    /// Print how good suggestions are of which one memory size is known, on these mean durations, and nothing else.
    #[arg(long, conflicts_with = "samples")]
    suggest: bool,
    /// Print how often two runs of a function are told apart, where nothing has changed and where something has, and
    /// nothing else. --pairs says how many of each.
    #[arg(long, conflicts_with_all = ["samples", "suggest"])]
    drift: bool,
    /// How many pairs of runs --drift compares of each kind.
    #[arg(long, value_name = "N", requires = "drift", default_value_t = 200)]
    pairs: u32,
    /// How durations of simulated functions vary.
    #[arg(long, value_enum, default_value_t)]
    noise: Scatter,
    /// Also print what came of each kind of functions, and of each source of real ones.
    #[arg(long, alias = "by-source")]
    by_family: bool,
    /// Also print every single choice.
    #[arg(long)]
    choices: bool,
    /// How many threads.
    #[arg(long, default_value_t = 2)]
    threads: usize,
}

/// A policy to be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Choice {
    /// The reference tool with 6 sizes.
    Six,
    /// The reference tool with 46 sizes.
    All,
    /// The search with the settings of the plain reference implementation.
    Plain,
    /// The search.
    Search,
    /// The search as it is by default, with the rule for near-ties: of equally cheap sizes the fastest wins, and the
    /// other way round.
    NearTies,
    /// The search with less effort.
    Quick,
    /// The search with more effort.
    Thorough,
    /// What six sizes can give: the best of them, without noise.
    ExactSix,
    /// What 46 sizes can give: the best of them, without noise.
    ExactAll,
    /// What the rule for near-ties can give, without noise.
    Exact,
}

impl Choice {
    fn policy(self) -> Policy {
        let search = |name, settings, tolerance| Policy::Search { name, settings, tolerance };
        match self {
            Self::Six => Policy::six(),
            Self::All => Policy::all(),
            Self::Plain => search("search as the plain reference", Settings::REFERENCE, 0.0),
            Self::Search => search("search, tolerance 0", Settings::NORMAL, 0.0),
            Self::NearTies => search("search, with near-ties (the default)", Settings::NORMAL, Goal::TOLERANCE),
            Self::Quick => search("search, effort quick", Effort::Quick.into(), 0.0),
            Self::Thorough => search("search, effort thorough", Effort::Thorough.into(), 0.0),
            Self::ExactSix => Policy::exact_six(),
            Self::ExactAll => Policy::exact_all(),
            Self::Exact => Policy::exact(),
        }
    }
}

/// Returns the values that were asked for, or all.
fn chosen<T: ValueEnum + Clone>(some: &[T]) -> Vec<T> {
    if some.is_empty() { T::value_variants().to_vec() } else { some.to_vec() }
}

/// Runs the experiment and prints its table.
fn main() -> Result<()> {
    let options = Options::parse();
    ensure!(options.seeds > 0, "--seeds 0 leaves nothing to run: give at least 1");
    if let (true, Some(file)) = (options.coverage, &options.samples) {
        println!("{}", coverage::table(&Samples::read(file)?));
        return Ok(());
    }
    if options.suggest {
        println!("{}", suggestion::tables(&options.curves()?)?);
        return Ok(());
    }
    if options.drift {
        println!("{}", drift::table(&options.simulation()?, options.first_seed, options.pairs)?);
        return Ok(());
    }
    let experiment = options.experiment()?;
    let results = experiment.run();
    println!("{}", report::policies(&experiment, &results));
    if options.by_family {
        println!("{}", report::groups(&experiment, &results));
    }
    if options.choices {
        println!("{}", report::choices(&experiment, &results));
    }
    Ok(())
}

impl Options {
    fn experiment(&self) -> Result<Experiment> {
        let families = if self.samples.is_some() { vec![Family::Real] } else { chosen(&self.families) };
        let policies = chosen(&self.policies);
        Ok(Experiment {
            families,
            objectives: chosen(&self.goals),
            seeds: (self.first_seed..self.first_seed.saturating_add(self.seeds)).collect(),
            policies: policies.into_iter().map(Choice::policy).collect(),
            simulation: self.simulation()?,
            threads: self.threads,
        })
    }

    fn simulation(&self) -> Result<Simulation> {
        Ok(Simulation { real: self.real()?, noise: self.noise })
    }

    fn real(&self) -> Result<Real> {
        if let Some(file) = &self.samples {
            return Samples::read(file).map(Real::Samples);
        }
        self.curves().map(Real::Curves)
    }

    fn curves(&self) -> Result<Curves> {
        Curves::read(self.curves.as_deref().unwrap_or(Path::new(CURVES)))
    }
}
