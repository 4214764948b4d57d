//! Comparing two runs.

use serde::{Deserialize, Serialize};

use super::{
    Thresholds,
    finding::{Finding, Moved},
    measured::Measured,
};
use crate::{
    contract::outcome::{StatsRow, Subject, TuningOutcome},
    measure::comparison::Ratio,
    run::objective::{Strategy, Weight},
    units::{milliseconds::Milliseconds, power::Power, usd::Usd},
};

/// What a comparison has come to.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Compared {
    /// The memory size at which cost, duration and memory use were compared: the last winner, or else the function's
    /// current memory; `None` if neither was measured in both runs.
    pub at: Option<Power>,
    /// What has changed.
    pub findings: Vec<Finding>,
}

/// Compares the result of a run with the last one of the same function. Both need `includeOutputResults`.
#[must_use]
pub fn compare(last: &TuningOutcome, now: &TuningOutcome, thresholds: &Thresholds) -> Compared {
    let present = now.subject.as_ref().map(|subject| subject.present);
    let in_both = |power| Pair::of(power, last, now);
    let pair = in_both(last.power).or_else(|| present.and_then(in_both));
    let drifted = pair.into_iter().flat_map(|pair| pair.findings(thresholds));
    Compared {
        at: pair.map(|pair| pair.now.power),
        findings: moved(last, now, thresholds).into_iter().chain(drifted).collect(),
    }
}

/// A memory size in both runs.
#[derive(Clone, Copy)]
struct Pair {
    last: Measured,
    now: Measured,
}

impl Pair {
    fn of(power: Power, last: &TuningOutcome, now: &TuningOutcome) -> Option<Self> {
        let pair = Self { last: Measured::at(power, last)?, now: Measured::at(power, now)? };
        pair.now.is_like(&pair.last).then_some(pair)
    }

    fn findings(self, thresholds: &Thresholds) -> impl Iterator<Item = Finding> {
        let Self { last, now } = self;
        let (at, limit) = (now.power, thresholds.drift.fraction());
        let drift = |ratio: Ratio| is_surely_beyond(ratio, limit).then_some(ratio);
        let cost = drift(now.cost.over(last.cost)).map(|ratio| Finding::CostDrifted {
            at,
            last: Usd(last.cost.value),
            now: Usd(now.cost.value),
            ratio,
        });
        let duration = drift(now.duration.over(last.duration)).map(|ratio| Finding::DurationDrifted {
            at,
            last: Milliseconds(last.duration.value),
            now: Milliseconds(now.duration.value),
            ratio,
        });
        let from = (1.0 - thresholds.memory.fraction()) * f64::from(at.megabytes());
        let memory = last.max_memory_used.zip(now.max_memory_used);
        let memory = memory.filter(|&(last, now)| f64::from(last) < from && f64::from(now) >= from);
        cost.into_iter().chain(duration).chain(memory.map(|(last, now)| Finding::MemoryNearLimit { at, last, now }))
    }
}

/// True if the whole interval is further from 1 than a fraction, up or down alike: half is as far as double.
fn is_surely_beyond(ratio: Ratio, fraction: f64) -> bool {
    ratio.low > 1.0 + fraction || ratio.high < 1.0 / (1.0 + fraction)
}

/// Whether another memory size is the best one now; nothing if the two runs did not look for the same.
fn moved(last: &TuningOutcome, now: &TuningOutcome, thresholds: &Thresholds) -> Option<Finding> {
    let (from, to) = (last.power, now.power);
    let (then, subject) = (last.subject.as_ref()?, now.subject.as_ref()?);
    let is_sound = !last.recommendation.hardly_measured && !now.recommendation.hardly_measured;
    if from == to || !is_sound || !is_same_goal(then, subject) {
        return None;
    }
    let row = now.stats.iter().flatten().find(|row| row.value == from)?;
    let because = left_out(row).or_else(|| {
        let (old, new) = (Measured::at(from, now)?, Measured::at(to, now)?);
        misses_a_limit(old, new, subject).or_else(|| worse(old, new, subject, now, thresholds.tolerance.fraction()))
    })?;
    Some(Finding::OptimumMoved { from, to, because })
}

fn is_same_goal(one: &Subject, other: &Subject) -> bool {
    let goal = |subject: &Subject| {
        let Subject { balanced_weight, max_duration, max_cost, memory_headroom, .. } = *subject;
        (subject.strategy.clone(), balanced_weight, max_duration, max_cost, memory_headroom, subject.metric.clone())
    };
    goal(one) == goal(other)
}

/// Only if invocations failed there: a size of which there are no reports may be as good as ever.
fn left_out(row: &StatsRow) -> Option<Moved> {
    let does_not_run = row.average_duration.is_none() && !row.spent.errors.is_empty();
    row.excluded.clone().filter(|_| does_not_run).map(|reason| Moved::LeftOut { reason })
}

/// The limit that the old one surely misses, and the new one does not.
fn misses_a_limit(old: Measured, new: Measured, subject: &Subject) -> Option<Moved> {
    let slow = subject.max_duration.filter(|limit| old.duration.low > limit.0 && new.duration.value <= limit.0);
    let expensive = subject.max_cost.filter(|limit| old.cost.low > limit.0 && new.cost.value <= limit.0);
    let duration = Milliseconds(old.duration.value);
    slow.map(|max_duration| Moved::TooSlow { duration, max_duration })
        .or_else(|| expensive.map(|max_cost| Moved::TooExpensive { cost: Usd(old.cost.value), max_cost }))
}

/// What makes the old one surely worse than the new one, by what the run looked for.
fn worse(old: Measured, new: Measured, subject: &Subject, outcome: &TuningOutcome, tolerance: f64) -> Option<Moved> {
    let weight = subject.balanced_weight.unwrap_or(Weight::DEFAULT);
    let strategies = [Strategy::Cost, Strategy::Speed, Strategy::Balanced { weight }];
    let strategy = strategies.into_iter().find(|strategy| strategy.name() == subject.strategy)?;
    let ratio = match strategy {
        Strategy::Cost => old.cost.over(new.cost),
        Strategy::Speed => old.duration.over(new.duration),
        Strategy::Balanced { weight } => old.balance_over(new, weight, &Measured::all(outcome).collect::<Vec<_>>()),
    };
    (ratio.low > 1.0 + tolerance).then_some(match strategy {
        Strategy::Cost => Moved::CostsMore { ratio },
        Strategy::Speed => Moved::TakesLonger { ratio },
        Strategy::Balanced { .. } => Moved::WorseBalance { ratio },
    })
}
