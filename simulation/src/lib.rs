//! Deterministic simulation: the real steps and the real state machine, against an AWS in memory on which everything
//! goes wrong that can, in virtual time. `docs/safety.md` says what holds; this shows it.

mod aws;
mod execution;
mod faults;
pub mod found;
pub mod guards;
mod lambda;
mod ledger;
pub mod machine;
mod near;
mod owner;
pub mod schedule;
mod verdict;
mod watch;
mod world;

use std::{rc::Rc, time::Duration};

use ::aws::fake::FakeLambda;
use anyhow::{Context as _, Result};
use proptest::{
    prop_oneof,
    strategy::{BoxedStrategy, Strategy as _, ValueTree as _},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::Value;
use tokio::{
    runtime::Builder,
    task::{LocalSet, spawn_local},
    time::sleep,
};
use tuning::price::Prices;

use self::{
    ledger::{End, Ledger},
    machine::StateMachine,
    schedule::{Kind, Optimize, Run, Schedule},
    verdict::Leftovers,
    world::World,
};

/// After so long all executions have ended, with all retries, and all that was under way has arrived.
const ALL_IS_QUIET: Duration = Duration::from_hours(3);
/// The number of times that a schedule is made smaller at most.
const SIMPLER: u32 = 2_000;

/// The outcome of a simulation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Descriptions of what happened and must not have.
    pub wrong: Vec<String>,
    /// Executions that succeeded.
    pub succeeded: u32,
    /// Executions that failed as documented.
    pub failed: u32,
    /// Executions that were stopped.
    pub stopped: u32,
    /// True if a lock was left, with which the next run put the function back.
    pub is_healed: bool,
    /// Faults that met a call.
    pub faults: u32,
    /// Things that happened to the function.
    pub events: u32,
    /// The things that happened, if somebody wants to read that.
    pub log: Vec<String>,
}

/// The means to draw schedules, and to play them.
#[derive(Debug)]
pub struct Simulation {
    machine: Rc<StateMachine>,
    prices: Rc<Prices>,
    schedules: BoxedStrategy<Schedule>,
}

impl Simulation {
    /// With the state machine and the prices that are deployed. Half of the schedules that it draws are near one that
    /// went wrong once.
    ///
    /// # Errors
    ///
    /// If one of them cannot be read.
    pub fn new() -> Result<Self> {
        let machine = Rc::new(StateMachine::deployed().context("reading statemachine.asl.json")?);
        let found = found::all().context("reading found.jsonl")?.into_iter().map(|found| found.schedule).collect();
        let schedules = prop_oneof![Schedule::any(), near::near(found)].boxed();
        Ok(Self { machine, prices: Rc::new(Prices::bundled()?), schedules })
    }

    /// Plays a schedule.
    ///
    /// # Errors
    ///
    /// If the runtime cannot be built.
    pub fn play(&self, schedule: &Schedule) -> Result<Report> {
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build()?;
        fastrand::seed(schedule.seed);
        Ok(LocalSet::new().block_on(&runtime, self.all_of(schedule)))
    }

    /// Runs one execution, with which nothing goes wrong, of a function that behaves like that.
    ///
    /// # Errors
    ///
    /// If the runtime cannot be built.
    pub fn execute(&self, function: FakeLambda, input: Value) -> Result<machine::Result<Value>> {
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build()?;
        let calm = Schedule {
            seed: 0,
            revisions_move: false,
            runs: vec![undisturbed()],
            deeds: Vec::new(),
            faults: Vec::new(),
        };
        let executed = async {
            let world = World::new(&calm, function, Rc::clone(&self.prices));
            execution::undisturbed(world, &self.machine, input).await
        };
        Ok(LocalSet::new().block_on(&runtime, executed))
    }

    /// Draws the schedule of a seed, and plays it. One that goes wrong is returned with it, as small as it could be
    /// made.
    ///
    /// # Errors
    ///
    /// If the runtime cannot be built.
    pub fn try_seed(&self, seed: u64) -> Result<(Report, Option<Schedule>)> {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let mut runner = TestRunner::new_with_rng(Config::default(), random);
        let mut tree = self.schedules.new_tree(&mut runner).map_err(|reason| anyhow::anyhow!("{reason}"))?;
        let mut report = self.play(&tree.current())?;
        if report.wrong.is_empty() {
            return Ok((report, None));
        }
        let mut smallest = tree.current();
        let mut is_simpler = tree.simplify();
        for _ in 0..SIMPLER {
            if !is_simpler {
                break;
            }
            let schedule = tree.current();
            let now = self.play(&schedule)?;
            if now.wrong.is_empty() {
                is_simpler = tree.complicate();
            } else {
                (smallest, report) = (schedule, now);
                is_simpler = tree.simplify();
            }
        }
        Ok((report, Some(smallest)))
    }

    async fn all_of(&self, schedule: &Schedule) -> Report {
        let world = World::new(schedule, FakeLambda::new(), Rc::clone(&self.prices));
        for (number, run) in schedule.runs.iter().enumerate() {
            spawn_local(execution::run(Rc::clone(&world), Rc::clone(&self.machine), number, run.clone()));
        }
        for deed in schedule.deeds.clone() {
            let world = Rc::clone(&world);
            spawn_local(async move {
                sleep(Duration::from_millis(deed.at_ms.into())).await;
                world.owner_does(&deed.what).await;
            });
        }
        sleep(ALL_IS_QUIET).await;
        let is_healed = world.leftovers() == Leftovers::Locked && self.heal(&world).await;
        let wrong = world.judge(schedule);
        let ledger = world.ledger.borrow();
        let count = |is: fn(&End) -> bool| {
            let runs = &ledger.ends[..schedule.runs.len()];
            u32::try_from(runs.iter().filter(|end| is(end)).count()).unwrap_or(u32::MAX)
        };
        Report {
            wrong,
            succeeded: count(|end| matches!(end, End::Succeeded(_))),
            failed: count(|end| matches!(end, End::Failed(_))),
            stopped: count(|end| matches!(end, End::Aborted)),
            is_healed,
            faults: world.faults.borrow().met(),
            events: u32::try_from(ledger.entries.len()).unwrap_or(u32::MAX),
            log: ledger.log(),
        }
    }

    /// The next run, with which nothing goes wrong.
    async fn heal(&self, world: &Rc<World>) -> bool {
        let number = world.ledger.borrow_mut().one_more();
        world.is_calm.set(true);
        execution::run(Rc::clone(world), Rc::clone(&self.machine), number, undisturbed()).await;
        let end = world.ledger.borrow().ends[number].clone();
        if let End::Failed(failure) = &end {
            let what = format!("the next run failed with {}: {}", failure.error, failure.cause);
            world.ledger.borrow_mut().violation(world.now(), what);
        }
        matches!(end, End::Succeeded(_))
    }
}

fn undisturbed() -> Run {
    let kind = Kind::List(vec![128, 256]);
    Run { starts_ms: 0, kind, optimize: Optimize::No, stopped_ms: None, events_ms: Vec::new() }
}

impl Ledger {
    fn one_more(&mut self) -> usize {
        self.ends.push(End::Running);
        self.ends.len() - 1
    }
}
