//! The winner against others.

use tuning::{
    contract::outcome::Comparison,
    decide::strategy::Candidate,
    measure::{
        comparison::{self, Compared, Ratio, invocations_to_tell_apart},
        lane::LaneSummary,
        measurement::Measurement,
    },
    run::{objective::Strategy, plan::Request},
    units::power::Power,
};

use crate::answer::Answer;

/// The winner against the two that matter.
pub(crate) struct Comparisons {
    /// The function's current memory, if that was measured, and can be compared.
    pub(crate) present: Option<Comparison>,
    /// The memory size that would win without the winner.
    pub(crate) runner_up: Option<Comparison>,
}

impl Comparisons {
    pub(crate) fn of(request: &Request, present: Power, answer: &Answer, lanes: &Lanes<'_>) -> Self {
        let against = |power: Power| {
            let other = answer.comparable.iter().find(|contender| contender.power() == power)?;
            Some(lanes.compare(request.strategy, answer.choice.winner.average, other.average))
        };
        Self { present: against(present), runner_up: answer.runner_up(request).and_then(against) }
    }
}

/// The measured memory sizes, to be compared by what the environments say of them.
pub(crate) struct Lanes<'a>(pub(crate) &'a [Measurement]);

impl Lanes<'_> {
    /// Cost of the first by that of the second.
    pub(crate) fn cost_ratio(&self, one: Power, other: Power) -> Option<Ratio> {
        comparison::cost_ratio(self.compared(one)?, self.compared(other)?)
    }

    /// Average duration of the first by that of the second.
    pub(crate) fn duration_ratio(&self, one: Power, other: Power) -> Option<Ratio> {
        comparison::duration_ratio(self.compared(one)?, self.compared(other)?)
    }

    fn compared(&self, power: Power) -> Option<Compared<'_>> {
        let statistics = self.0.iter().find(|measurement| measurement.value == power)?.statistics()?;
        Some(Compared {
            power,
            lanes: &statistics.lanes,
            duration: statistics.average_duration,
            billed: statistics.average_billed,
        })
    }

    fn summaries(&self, power: Power) -> &[LaneSummary] {
        self.compared(power).map_or(&[], |compared| compared.lanes)
    }

    fn compare(&self, strategy: Strategy, winner: Candidate, other: Candidate) -> Comparison {
        let (one, two) = (winner.power, other.power);
        let is_other = one != two;
        let cost = self.cost_ratio(one, two).filter(|_| is_other);
        let duration = self.duration_ratio(one, two).filter(|_| is_other);
        let open = decisive(strategy, cost, duration).filter(|ratio| !ratio.distinguishable);
        let change = |new: f64, old: f64| (new / old - 1.0) * 100.0;
        Comparison {
            power: two,
            cost_percent: change(winner.cost.0, other.cost.0),
            duration_percent: change(winner.duration.0, other.duration.0),
            cost_ratio: cost,
            duration_ratio: duration,
            invocations_to_tell_apart: open
                .and_then(|ratio| invocations_to_tell_apart(ratio, self.summaries(one), self.summaries(two))),
        }
    }
}

/// The ratio of what the strategy looks at first.
pub(crate) fn decisive<T>(strategy: Strategy, cost: T, duration: T) -> T {
    match strategy {
        Strategy::Speed => duration,
        Strategy::Cost | Strategy::Balanced { .. } => cost,
    }
}
