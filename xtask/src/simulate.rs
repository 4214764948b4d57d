//! The simulation: schedules without end, and the guards taken out one after the other.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::{
    command::{OPTIMISED, output, run, run_quietly},
    root,
};

/// What is played.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// How many schedules; with --guards, how many at most without each guard.
    #[arg(long, default_value_t = 20_000)]
    seeds: u64,
    /// The first one's seed.
    #[arg(long, default_value_t = 0)]
    first_seed: u64,
    /// Play the schedule in this file instead, as JSON.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["seeds", "guards"])]
    schedule: Option<PathBuf>,
    /// Take each guard of the protocol out of a copy of the code, and see schedules go wrong without it.
    #[arg(long)]
    guards: bool,
}

/// Plays schedules. Fails if one goes wrong, or with `--guards`, if none does without a guard.
pub fn play(options: &Options) -> Result<()> {
    if options.guards {
        return without_guards(options);
    }
    let program = built(&root::repository())?;
    let mut simulate = Command::new(program);
    match &options.schedule {
        Some(file) => simulate.arg("--schedule").arg(file),
        None => simulate.args(seeds(options)),
    };
    run(&mut simulate)
}

fn seeds(options: &Options) -> [String; 4] {
    let Options { seeds, first_seed, .. } = options;
    ["--seeds".to_owned(), seeds.to_string(), "--first-seed".to_owned(), first_seed.to_string()]
}

fn built(repository: &Path) -> Result<PathBuf> {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(repository).args(["build", "--profile", OPTIMISED, "--package", "simulation"]);
    // The guards change one crate at a time.
    cargo.env("CARGO_INCREMENTAL", "1").env("CARGO_TARGET_DIR", root::target());
    run_quietly("building the simulation", &mut cargo, &root::target().join("simulation.log"))?;
    Ok(root::target().join(OPTIMISED).join("simulate"))
}

fn without_guards(options: &Options) -> Result<()> {
    let guards: Vec<Guard> =
        serde_json::from_str(&output(Command::new(built(&root::repository())?).arg("--list-guards"))?)?;
    let copy = root::target().join("without-guards");
    copy_of_repository(&copy)?;
    println!("| without this guard | this went wrong |\n|---|---|");
    let mut unneeded = Vec::new();
    for guard in guards {
        let file = copy.join(&guard.file);
        let code = fs::read_to_string(&file)?;
        ensure!(code.matches(&guard.with).count() == 1, "{} has not \"{}\" once", guard.file, guard.with);
        fs::write(&file, code.replace(&guard.with, &guard.without))?;
        let played = Command::new(built(&copy)?).arg("--until-wrong").args(seeds(options)).output()?;
        fs::write(&file, code)?;
        let said = String::from_utf8_lossy(&played.stdout);
        let again = said.lines().find_map(|line| line.strip_prefix("found again: ")).map(str::to_owned);
        let drawn = said.lines().find_map(|line| line.split_once(" schedules in "));
        let found = again.or(drawn.map(|(count, _)| format!("one of {count} that were drawn")));
        let found = found.filter(|_| !played.status.success()).unwrap_or_else(|| "nothing".to_owned());
        println!("| {} | {found} |", guard.what);
        if played.status.success() {
            unneeded.push(guard.what);
        }
    }
    ensure!(unneeded.is_empty(), "no schedule went wrong without: {}", unneeded.join("; "));
    Ok(())
}

/// A guard, as the simulation lists it.
#[derive(Debug, serde::Deserialize)]
struct Guard {
    what: String,
    file: String,
    with: String,
    without: String,
}

/// The files of the repository as they are, into a folder of their own.
fn copy_of_repository(copy: &Path) -> Result<()> {
    let mut git = Command::new("git");
    git.current_dir(root::repository()).args(["ls-files", "--cached", "--others", "--exclude-standard"]);
    for name in output(&mut git)?.lines() {
        let (from, to) = (root::repository().join(name), copy.join(name));
        // A link to a folder, whose files git lists where they are.
        if from.is_dir() {
            continue;
        }
        fs::create_dir_all(to.parent().context("a file without a folder")?)?;
        // What is the same is left alone: cargo looks at the time of its last change.
        let code = fs::read(&from)?;
        if fs::read(&to).ok().as_ref() != Some(&code) {
            fs::write(&to, code)?;
        }
    }
    Ok(())
}
