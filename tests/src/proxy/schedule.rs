//! Which calls of a run go wrong, and how.

use std::{fmt, time::Duration};

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
    /// How many.
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
        let (luck, which) = (self.random.f64(), self.random.usize(..FAULTS.len()));
        (luck < (self.probability)(action)).then_some(FAULTS[which])
    }
}

impl Schedule {
    /// What becomes of a call, which is one of this number among those of its kind.
    pub(super) fn fault(&mut self, call: &Call, number: usize) -> Option<Fault> {
        match self {
            Self::Calm => None,
            Self::At(moment, fault) => moment.is(call, number).then_some(*fault),
            Self::Random(chances) => chances.draw(&call.action),
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
        let faults: Vec<_> = (0..4).map(|number| schedule.fault(&call("Publisher"), number)).collect();
        assert_eq!(faults, [None, None, Some(Fault::DropAfter), None]);
        assert_eq!(schedule.fault(&call("Cleaner"), 2), None);
    }

    #[test]
    fn the_same_seed_draws_the_same_faults_and_as_many_as_are_likely() {
        let draw = |seed| {
            let mut schedule = Schedule::Random(Chances::new(seed, |_| 0.1));
            (0..1000).map(|number| schedule.fault(&call("Executor"), number)).collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        let faults = draw(7).into_iter().flatten().count();
        assert!((60..150).contains(&faults), "{faults}");
    }
}
