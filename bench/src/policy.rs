//! Ways of finding a size.

use std::{fmt, time::Duration};

use rustix::time::{ClockId, clock_gettime};
use tuning::{
    decide::{
        search::{Budget, Goal, LaneSummary, Lanes, Observation, Plan, Progress, Seeded, Settings, Step, plan},
        strategy::Candidate,
    },
    measure::statistics::{Trim, trimmed_mean},
    run::objective::Strategy,
    units::{milliseconds::Milliseconds, power::Power},
};

use crate::{
    environment::{Bill, Cold, Environment, Sighting},
    function::{Function, powers},
    objective::Objective,
};

/// Invocations of each size by the reference tool.
const INVOCATIONS: u32 = 10;

/// A way of finding a size.
#[derive(Debug, Clone, PartialEq)]
pub enum Policy {
    /// The reference tool: these sizes, ten invocations each, in a series on one environment. Sizes that fail are left
    /// out.
    Fixed { name: &'static str, powers: Vec<Power> },
    /// The adaptive search.
    Search { name: &'static str, settings: Settings, tolerance: f64 },
    /// The best that could be found without noise, at no cost: the truly best one of these sizes.
    Exact { name: &'static str, powers: Vec<Power>, tolerance: f64 },
}

/// The result of a policy.
#[derive(Debug)]
pub struct Found {
    pub choice: Option<Power>,
    pub bill: Bill,
    /// CPU time of each plan.
    pub planning: Vec<Duration>,
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed { name, .. } | Self::Search { name, .. } | Self::Exact { name, .. } => f.write_str(name),
        }
    }
}

impl Policy {
    /// The reference tool with six sizes.
    pub fn six() -> Self {
        Self::Fixed { name: "reference tool, 6 x 10", powers: six_sizes() }
    }

    /// The reference tool with the 46 sizes of `"ALL"`.
    pub fn all() -> Self {
        Self::Fixed { name: "reference tool, ALL x 10", powers: all_sizes() }
    }

    /// The best of six sizes.
    pub fn exact_six() -> Self {
        Self::Exact { name: "without noise: best of 6", powers: six_sizes(), tolerance: 0.0 }
    }

    /// The best of the 46 sizes of `"ALL"`.
    pub fn exact_all() -> Self {
        Self::Exact { name: "without noise: best of 46", powers: all_sizes(), tolerance: 0.0 }
    }

    /// The best of all sizes, by the rule for near-ties.
    pub fn exact() -> Self {
        let tolerance = Goal::TOLERANCE;
        Self::Exact { name: "without noise: the rule for near-ties", powers: powers().collect(), tolerance }
    }

    /// Finds a size.
    pub fn run(&self, function: &Function, objective: Objective, seed: u64) -> Found {
        let mut environment = Environment::new(function, seed);
        match self {
            Self::Fixed { powers, .. } => {
                let known =
                    powers.iter().copied().filter(|power| (function.sizes.0..=function.sizes.1).contains(power));
                let powers: Vec<Power> = known.collect();
                let choice = fixed(&mut environment, &powers, &objective.goal(function, 0.0));
                Found { choice, bill: environment.bill, planning: vec![] }
            }
            Self::Search { settings, tolerance, .. } => {
                let (choice, planning) = search(&mut environment, settings, &objective.goal(function, *tolerance));
                Found { choice, bill: environment.bill, planning }
            }
            Self::Exact { powers, tolerance, .. } => {
                let choice = objective.yardstick(function).best_of(powers, *tolerance);
                Found { choice, bill: environment.bill, planning: vec![] }
            }
        }
    }
}

fn six_sizes() -> Vec<Power> {
    [128, 256, 512, 1024, 1536, 3008].into_iter().filter_map(|mb| Power::new(mb).ok()).collect()
}

fn all_sizes() -> Vec<Power> {
    Power::all(Power::MIN..=Power::ALL_MAX)
}

fn fixed(environment: &mut Environment, powers: &[Power], goal: &Goal) -> Option<Power> {
    environment.round();
    let lanes = Lanes { count: 1, warm: INVOCATIONS };
    let sightings: Vec<Sighting> =
        powers.iter().map(|&power| environment.measure(power, lanes, false, Cold::Counts)).collect();
    let candidates: Vec<Candidate> = sightings
        .iter()
        .filter(|sighting| !sighting.failed)
        .filter_map(|sighting| {
            let duration = trimmed_mean(&sighting.lanes.concat(), Trim::DEFAULT)?;
            let cost = goal.price.average_cost(sighting.power, duration);
            Some(Candidate { power: sighting.power, cost, duration: Milliseconds(duration) })
        })
        .collect();
    let within = |candidate: &&Candidate| {
        goal.max_cost.is_none_or(|limit| candidate.cost <= limit)
            && goal.max_duration.is_none_or(|limit| candidate.duration <= limit)
    };
    let allowed: Vec<Candidate> = candidates.iter().filter(within).copied().collect();
    // With no size within a limit, what comes nearest to it.
    let nearest = if goal.max_cost.is_some() { Strategy::Cost } else { Strategy::Speed };
    goal.strategy.winner(&allowed).or_else(|| nearest.winner(&candidates)).map(|winner| winner.power)
}

/// The adaptive search: the size that it finds, and the CPU time of each plan.
pub fn search(environment: &mut Environment, settings: &Settings, goal: &Goal) -> (Option<Power>, Vec<Duration>) {
    let mut observations: Vec<Observation> = vec![];
    let mut progress = Progress::default();
    let mut planning = vec![];
    loop {
        let start = cpu_time();
        let Plan { step, .. } = plan(&observations, progress, goal, settings, &Budget::default(), &mut Seeded::new(1));
        planning.push(cpu_time().saturating_sub(start));
        let round = match step {
            Step::Measure(round) => round,
            Step::Verify(round, stop) => {
                progress.verified = Some(stop);
                round
            }
            Step::Done { winner, .. } => return (Some(winner), planning),
            Step::Failed(_) => return (None, planning),
        };
        environment.round();
        progress.rounds += 1;
        for series in round {
            let sighting = environment.measure(series.power, series.lanes, series.again, Cold::Apart);
            record(&mut observations, &sighting);
        }
    }
}

fn record(observations: &mut Vec<Observation>, sighting: &Sighting) {
    let observation = Observation {
        power: sighting.power,
        lanes: sighting.lanes.iter().filter_map(|lane| LaneSummary::of(lane)).collect(),
        failed: sighting.failed,
        max_memory_used: sighting.used,
    };
    match observations.iter_mut().find(|known| known.power == observation.power) {
        Some(known) => known.absorb(observation),
        None => observations.push(observation),
    }
}

/// CPU time of this thread.
fn cpu_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::{Family, Simulation};

    #[test]
    fn six_sizes_take_60_invocations_and_a_version_each() {
        let function = Family::OneThread.function(1, &Simulation::default());
        let found = Policy::six().run(&function, Objective::Cost, 1);
        assert_eq!((found.bill.invocations, found.bill.versions, found.bill.rounds), (60, 6, 1));
        assert!(found.choice.is_some());
    }

    #[test]
    fn the_search_finds_a_size_that_runs() {
        let function = Family::MemoryFloor.function(1, &Simulation::default());
        let policy = Policy::Search { name: "search", settings: Settings::REFERENCE, tolerance: 0.0 };
        let found = policy.run(&function, Objective::Cost, 1);
        assert!(found.choice.is_some_and(|choice| choice.megabytes() >= function.floor));
        assert!(!found.planning.is_empty());
    }
}
