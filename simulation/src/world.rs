//! The world that all executions, the function's owner and AWS share: one function, its past, and the books.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
    time::Duration,
};

use aws::{
    api::{Alias, Configuration, Version},
    fake::{FakeFunction, FakeLambda},
};
use tokio::time::Instant;
use tuning::{price::Prices, run::journal::Journal, units::arn::ExecutionArn};

use crate::{faults::Faults, ledger::Ledger, schedule::Schedule};

/// The name of the lock.
pub(crate) const LOCK: &str = "power-tuning-lock";
/// For how long the past can be read.
const REMEMBERED: Duration = Duration::from_secs(2);

/// One function, and everything around it.
pub(crate) struct World {
    pub(crate) aws: FakeLambda,
    pub(crate) prices: Rc<Prices>,
    pub(crate) ledger: RefCell<Ledger>,
    pub(crate) faults: RefCell<Faults>,
    /// The inputs that executions were started with, by their ARN.
    pub(crate) inputs: RefCell<HashMap<String, String>>,
    past: RefCell<Vec<Snapshot>>,
    random: RefCell<fastrand::Rng>,
    began: Instant,
    /// True if nothing can go wrong any more.
    pub(crate) is_calm: Cell<bool>,
}

/// The function as reads could see it at one moment.
#[derive(Clone)]
pub(crate) struct Snapshot {
    at: Instant,
    pub(crate) latest: Configuration,
    pub(crate) versions: Vec<Version>,
    pub(crate) aliases: Vec<Alias>,
}

impl Snapshot {
    fn of(function: &FakeFunction) -> Self {
        Self {
            at: Instant::now(),
            latest: function.latest.clone(),
            versions: function.versions.clone(),
            aliases: function.aliases.clone(),
        }
    }
}

impl World {
    pub(crate) fn new(schedule: &Schedule, aws: FakeLambda, prices: Rc<Prices>) -> Rc<Self> {
        aws.state().revisions_move = schedule.revisions_move;
        let ledger = Ledger::new(schedule.runs.len(), aws.state().latest.memory);
        let past = RefCell::new(vec![Snapshot::of(&aws.state())]);
        Rc::new(Self {
            aws,
            prices,
            ledger: RefCell::new(ledger),
            faults: RefCell::new(Faults::new(schedule.faults.clone())),
            inputs: RefCell::default(),
            past,
            random: RefCell::new(fastrand::Rng::with_seed(schedule.seed)),
            began: Instant::now(),
            is_calm: Cell::new(false),
        })
    }

    /// The time since the beginning.
    pub(crate) fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// The time that half of a call takes that nothing is wrong with.
    pub(crate) fn latency(&self) -> Duration {
        Duration::from_millis(self.random.borrow_mut().u64(0..30))
    }

    /// Keeps what the function looks like now, for reads that are answered from the past.
    pub(crate) fn remember(&self) {
        let snapshot = Snapshot::of(&self.aws.state());
        let mut past = self.past.borrow_mut();
        let forgotten = past.iter().rposition(|known| known.at.elapsed() > REMEMBERED).unwrap_or_default();
        past.drain(..forgotten);
        past.push(snapshot);
    }

    /// The function as it looked after the last thing that happened to it.
    pub(crate) fn last(&self) -> Option<Snapshot> {
        self.past.borrow().last().cloned()
    }

    /// The function as it looked some time ago.
    pub(crate) fn ago(&self, age: Duration) -> Option<Snapshot> {
        let past = self.past.borrow();
        past.iter().rfind(|known| known.at.elapsed() >= age).or(past.first()).cloned()
    }

    /// The journal in the lock, if there is one.
    pub(crate) fn journal(&self) -> Option<Journal> {
        let state = self.aws.state();
        let lock = state.aliases.iter().find(|alias| alias.name.as_str() == LOCK)?;
        lock.description.parse().ok()
    }
}

/// The ARN of an execution, by its number.
pub(crate) fn execution(run: usize) -> ExecutionArn {
    ExecutionArn(format!("arn:aws:states:us-east-1:123456789012:execution:m:{run}"))
}

/// The number of an execution.
pub(crate) fn number(execution: &ExecutionArn) -> Option<usize> {
    execution.0.rsplit_once(':')?.1.parse().ok()
}
