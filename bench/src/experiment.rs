//! All policies on all functions.

use std::{
    io::{IsTerminal, Write, stderr},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use tuning::units::power::Power;

use crate::{
    family::{Family, Simulation},
    objective::{Objective, Regret},
    policy::{Found, Policy},
};

/// The functions, objectives and policies of a run, and the simulation that it uses.
pub struct Experiment {
    pub families: Vec<Family>,
    pub objectives: Vec<Objective>,
    pub seeds: Vec<u64>,
    pub policies: Vec<Policy>,
    pub simulation: Simulation,
    pub threads: usize,
}

/// The outcome of a policy on a function, for an objective.
#[derive(Debug)]
pub struct Result {
    /// The position of the policy.
    pub policy: usize,
    pub family: Family,
    /// Who measured the function, of one that others measured.
    pub source: Option<String>,
    pub seed: u64,
    pub objective: Objective,
    /// The true optimum.
    pub optimum: Option<Power>,
    pub regret: Regret,
    /// Its duration as a multiple of that of the fastest size of the same cost, where only the cost counts.
    pub slowdown: Option<f64>,
    pub found: Found,
    /// Its cost, in units of the cost of the first policy.
    pub money: f64,
}

impl Experiment {
    /// Runs everything, on several threads; progress is talk, and goes to stderr.
    pub fn run(&self) -> Vec<Result> {
        let functions: Vec<(Family, u64)> =
            self.families.iter().flat_map(|&family| self.seeds.iter().map(move |&seed| (family, seed))).collect();
        let (next, results) = (AtomicUsize::new(0), Mutex::new(vec![]));
        thread::scope(|scope| {
            for _ in 0..self.threads.max(1) {
                scope.spawn(|| {
                    while let Some(&(family, seed)) = functions.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let new = self.function(family, seed);
                        results.lock().unwrap_or_else(PoisonError::into_inner).extend(new);
                        progress(next.load(Ordering::Relaxed).min(functions.len()), functions.len());
                    }
                });
            }
        });
        results.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn function(&self, family: Family, seed: u64) -> Vec<Result> {
        let function = family.function(seed, &self.simulation);
        let mut results = vec![];
        for (number, &objective) in self.objectives.iter().enumerate() {
            let yardstick = objective.yardstick(&function);
            let optimum = yardstick.optimum();
            let run_seed = seed.wrapping_mul(31).wrapping_add(number as u64);
            let mut unit = None;
            for (policy, runs) in self.policies.iter().enumerate() {
                let found = runs.run(&function, objective, run_seed);
                let unit = *unit.get_or_insert(found.bill.dollars);
                let (regret, slowdown) = (yardstick.regret(found.choice), yardstick.slowdown(found.choice));
                let source = function.source.clone();
                let money = found.bill.dollars / unit;
                results.push(Result {
                    policy,
                    family,
                    source,
                    seed,
                    objective,
                    optimum,
                    regret,
                    slowdown,
                    found,
                    money,
                });
            }
        }
        results
    }
}

fn progress(done: usize, all: usize) {
    if stderr().is_terminal() {
        let _ = write!(stderr(), "\r{done} of {all} functions{}", if done == all { "\n" } else { "" });
    } else if done.is_multiple_of(all.div_ceil(4)) {
        eprintln!("{done} of {all} functions");
    }
}
