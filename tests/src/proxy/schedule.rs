//! Which calls of a run go wrong, and how.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use super::{
    call::Call,
    fault::{Fault, Refusal},
};

/// Which calls of a run go wrong, and how.
#[derive(Debug)]
pub enum Schedule {
    /// None.
    Calm,
    /// Some calls of one kind.
    At(Moment, Fault),
    /// Any, by chance.
    Random(Chances),
    /// Those that are more than the account may make of the control plane of Lambda.
    Paced(Arc<Quota>),
    /// Those that a new account has no room for, in a run that is the only one.
    SmallAccount,
}

/// The answer of AWS about an account that may run ten functions at a time.
const SMALL_ACCOUNT: &str =
    r#"{"AccountLimit": {"ConcurrentExecutions": 10, "UnreservedConcurrentExecutions": 10}, "AccountUsage": {}}"#;
/// The number of invocations that it has room for, if an Executor waits for each.
const MOST_INVOCATIONS: usize = 5;

/// The number of calls of the control plane of Lambda that an account may make in a second; the others are refused.
#[derive(Debug)]
pub struct Quota {
    a_second: usize,
    /// When those were made that were let through in the last second.
    made: Mutex<VecDeque<Instant>>,
}

/// Calls of one kind, counted from 0 within a run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// The step that makes them.
    pub step: &'static str,
    /// The action, with its service.
    pub action: String,
    /// The first of them.
    pub first: usize,
    /// The number of calls.
    pub count: usize,
}

/// Faults by chance; the same ones in each run with the same seed, as far as the calls are the same.
#[derive(Debug)]
pub struct Chances {
    random: fastrand::Rng,
    /// The probability of a fault, by action.
    probability: fn(&str) -> f64,
}

impl Moment {
    /// One call.
    #[must_use]
    pub fn once(step: &'static str, action: &str, first: usize) -> Self {
        Self { step, action: action.to_owned(), first, count: 1 }
    }

    /// Every call of a kind.
    #[must_use]
    pub fn always(step: &'static str, action: &str) -> Self {
        Self { step, action: action.to_owned(), first: 0, count: usize::MAX }
    }

    fn is(&self, call: &Call, number: usize) -> bool {
        (self.step, self.action.as_str()) == (call.step, call.action.as_str())
            && number >= self.first
            && number - self.first < self.count
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} number {}", self.action, self.step, self.first)
    }
}

impl Quota {
    /// So many a second, for all runs that share it.
    #[must_use]
    pub fn of(a_second: usize) -> Arc<Self> {
        Arc::new(Self { a_second, made: Mutex::default() })
    }

    /// True if a call that is made now is let through.
    fn has_room(&self, now: Instant) -> bool {
        let mut made = self.made.lock().expect("nothing panics while it holds this");
        while made.front().is_some_and(|at| now.duration_since(*at) >= Duration::from_secs(1)) {
            made.pop_front();
        }
        let has_room = made.len() < self.a_second;
        if has_room {
            made.push_back(now);
        }
        has_room
    }
}

impl Chances {
    /// Chances with a seed.
    #[must_use]
    pub fn new(seed: u64, probability: fn(&str) -> f64) -> Self {
        Self { random: fastrand::Rng::with_seed(seed), probability }
    }

    fn draw(&mut self, action: &str) -> Option<Fault> {
        const FAULTS: [Fault; 6] = [
            Fault::Refused(Refusal::Throttled),
            Fault::Refused(Refusal::Internal),
            Fault::Refused(Refusal::Unavailable),
            Fault::DropBefore,
            Fault::DropAfter,
            Fault::Delay { time: Duration::from_millis(200), after: false },
        ];
        // Drawn in any case, so that one action's probability does not change the faults of the others.
        let (drawn, which) = (self.random.f64(), self.random.usize(..FAULTS.len()));
        (drawn < (self.probability)(action)).then_some(FAULTS[which])
    }
}

impl Schedule {
    /// The fault of a call, which is one of this number among those of its kind; nothing, if it is let through. If it
    /// is an invocation, so many others are under way.
    pub(super) fn fault(&mut self, call: &Call, number: usize, others: usize) -> Option<Fault> {
        match self {
            Self::Calm => None,
            Self::At(moment, fault) => moment.is(call, number).then_some(*fault),
            Self::Random(chances) => chances.draw(&call.action),
            Self::Paced(quota) => {
                let is_control = call.action.starts_with("lambda:") && call.action != "lambda:InvokeFunction";
                (is_control && !quota.has_room(Instant::now())).then_some(Fault::Refused(Refusal::Throttled))
            }
            Self::SmallAccount => match call.action.as_str() {
                "lambda:GetAccountSettings" => Some(Fault::Answered(SMALL_ACCOUNT)),
                "lambda:InvokeFunction" if others >= MOST_INVOCATIONS => Some(Fault::Refused(Refusal::Throttled)),
                _ => None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::call::Resource;

    fn call(step: &'static str) -> Call {
        let (action, subject) = ("lambda:GetFunction".to_owned(), "mine".to_owned());
        Call { step, action, subject, resource: Resource::Function }
    }

    #[test]
    fn a_moment_is_one_call_of_one_kind() {
        let mut schedule = Schedule::At(Moment::once("Publisher", "lambda:GetFunction", 2), Fault::DropAfter);
        let faults: Vec<_> = (0..4).map(|number| schedule.fault(&call("Publisher"), number, 0)).collect();
        assert_eq!(faults, [None, None, Some(Fault::DropAfter), None]);
        assert_eq!(schedule.fault(&call("Cleaner"), 2, 0), None);
    }

    #[test]
    fn a_quota_lets_so_many_calls_through_in_any_second() {
        let (quota, begin) = (Quota::of(3), Instant::now());
        let taken = |ms: &u64| quota.has_room(begin + Duration::from_millis(*ms));
        let let_through: Vec<u64> = [0, 10, 20, 30, 990, 1000, 1005, 1010, 1011].into_iter().filter(taken).collect();
        assert_eq!(let_through, [0, 10, 20, 1000, 1010]);
    }

    #[test]
    fn the_same_seed_draws_the_same_faults_and_as_many_as_are_likely() {
        let draw = |seed| {
            let mut schedule = Schedule::Random(Chances::new(seed, |_| 0.1));
            (0..1000).map(|number| schedule.fault(&call("Executor"), number, 0)).collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        let faults = draw(7).into_iter().flatten().count();
        assert!((60..150).contains(&faults), "{faults}");
    }
}
