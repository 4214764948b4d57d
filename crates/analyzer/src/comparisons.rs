//! The winner against others.

use tuning::{
    choice::{Contender, choose},
    comparison::{Compared, cost_ratio, duration_ratio, invocations_to_tell_apart},
    outcome::{Comparison, Ratio},
    price::GbSecondPrice,
    strategy::{Candidate, Strategy},
};

use crate::measured::MeasuredRun;

/// The winner against the two that matter.
pub(crate) struct Comparisons {
    /// The function's present memory, if that was measured.
    pub(crate) present: Option<Comparison>,
    /// What would win without the winner.
    pub(crate) runner_up: Option<Comparison>,
}

impl Comparisons {
    pub(crate) fn of(run: &MeasuredRun, price: GbSecondPrice, contenders: &[Contender], winner: Candidate) -> Self {
        let (strategy, limits) = (run.plan.request.strategy, &run.plan.request.limits);
        let others: Vec<Contender> =
            contenders.iter().filter(|contender| contender.average.power != winner.power).copied().collect();
        let against = |other: Candidate| compare(run, strategy, winner, other);
        let present = run.measurements.iter().filter_map(|m| m.average(price));
        Self {
            present: present.into_iter().find(|average| average.power == run.plan.before.memory).map(against),
            runner_up: choose(&others, strategy, limits).map(|choice| against(choice.winner.average)),
        }
    }
}

/// The winner against another power value.
pub(crate) fn compare(run: &MeasuredRun, strategy: Strategy, winner: Candidate, other: Candidate) -> Comparison {
    let compared = |candidate: Candidate| {
        run.measurements
            .iter()
            .find(|m| m.value == candidate.power && winner.power != other.power)
            .and_then(Compared::of)
    };
    let both = compared(winner).zip(compared(other));
    let cost = both.and_then(|(one, two)| cost_ratio(one, two));
    let duration = both.and_then(|(one, two)| duration_ratio(one, two));
    let decisive: Option<Ratio> = match strategy {
        Strategy::Speed => duration,
        Strategy::Cost | Strategy::Balanced { .. } => cost,
    };
    let open = decisive.filter(|ratio| !ratio.distinguishable);
    let change = |new: f64, old: f64| (new / old - 1.0) * 100.0;
    Comparison {
        power: other.power,
        cost_percent: change(winner.cost.0, other.cost.0),
        duration_percent: change(winner.duration.0, other.duration.0),
        cost_ratio: cost,
        duration_ratio: duration,
        invocations_to_tell_apart: open
            .zip(both)
            .and_then(|(ratio, (one, two))| invocations_to_tell_apart(ratio, one.lanes, two.lanes)),
    }
}
