//! A memory size in a run, as it is compared with another one, or with itself in another run.

use crate::{
    contract::outcome::{StatsRow, TuningOutcome},
    decide::strategy::{Balance, Candidate},
    measure::{
        comparison::Ratio,
        measurement::{Basis, Source},
    },
    run::objective::Weight,
    units::{milliseconds::Milliseconds, power::Power, usd::Usd},
};

/// A number above 0, and its 95 % confidence interval, which holds it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Estimate {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

impl Estimate {
    fn of(value: f64, low: f64, high: f64) -> Option<Self> {
        let (low, high) = (low.min(value), high.max(value));
        (low.is_normal() && low > 0.0 && high.is_finite()).then_some(Self { value, low, high })
    }

    /// Its ratio to another one that was measured independently. The interval is as far from the ratio, in the
    /// logarithm, as the two distances to the ends are together, added as squares.
    ///
    /// Zou, G. Y., and Donner, A. (2008). Construction of confidence limits about effect measures: a general approach.
    /// Statistics in Medicine 27.
    pub(super) fn over(self, other: Self) -> Ratio {
        let together = |one: f64, two: f64| one.ln().hypot(two.ln()).exp();
        let ratio = self.value / other.value;
        let down = together(self.value / self.low, other.high / other.value);
        let up = together(self.high / self.value, other.value / other.low);
        Ratio::of(ratio, ratio / down, ratio * up)
    }
}

/// What was measured at a memory size; there is none of a size that could not win.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Measured {
    pub power: Power,
    /// In ms.
    pub duration: Estimate,
    /// Of an average invocation.
    pub cost: Estimate,
    /// In MB.
    pub max_memory_used: Option<u32>,
    basis: Option<Basis>,
    source: Option<Source>,
}

impl Measured {
    /// The memory size in the rows of a run; `None` if it could not win there, or if nobody knows how sure it is.
    pub(super) fn at(power: Power, outcome: &TuningOutcome) -> Option<Self> {
        Self::all(outcome).find(|measured| measured.power == power)
    }

    /// Every memory size of a run that could win.
    pub(super) fn all(outcome: &TuningOutcome) -> impl Iterator<Item = Self> {
        outcome.stats.iter().flatten().filter(|row| row.excluded.is_none()).filter_map(Self::of)
    }

    fn of(row: &StatsRow) -> Option<Self> {
        let (average, interval) = (row.average_duration?.0, row.interval?);
        let (cost, billed) = (row.average_price?.0, row.average_billed?);
        let duration = Estimate::of(average, interval.low.0, interval.high.0)?;
        // Lambda bills whole milliseconds: of a function of about 1 ms, some invocations are billed 1 ms and some 2 ms,
        // and nobody knows how many on another day.
        let per_millisecond = cost / billed.ceil();
        let at = |end: f64| billed + end - average;
        let low = at(duration.low).floor().max(1.0) * per_millisecond;
        let cost = Estimate::of(cost, low, at(duration.high).ceil() * per_millisecond)?;
        let StatsRow { value: power, max_memory_used, basis, source, .. } = *row;
        Some(Self { power, duration, cost, max_memory_used, basis, source })
    }

    /// True if the averages of both speak of the same: of warm invocations as Lambda reports them, for example.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        (self.basis, self.source) == (other.basis, other.source)
    }

    /// By how many times its weighted sum of cost and duration exceeds that of another one, among all of a run. At any
    /// memory size cost is proportional to duration, and so is the sum.
    pub(super) fn balance_over(self, other: Self, weight: Weight, all: &[Self]) -> Ratio {
        let candidate = |measured: &Self| Candidate {
            power: measured.power,
            cost: Usd(measured.cost.value),
            duration: Milliseconds(measured.duration.value),
        };
        let balance = Balance::of(weight, &all.iter().map(candidate).collect::<Vec<_>>());
        let score = |measured: Self| {
            let value = balance.score(&candidate(&measured));
            let Estimate { value: duration, low, high } = measured.duration;
            Estimate { value, low: value * low / duration, high: value * high / duration }
        };
        score(self).over(score(other))
    }
}
