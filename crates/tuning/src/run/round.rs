//! Rounds: a list of memory sizes is measured in one, a search takes several.

use serde::{Deserialize, Serialize};

use crate::{
    measure::{
        lane::Environments,
        measurement::{Measured, Measurement, Spent},
    },
    price::GbSecondPrice,
    run::plan::{Plan, Request, Sampling},
    units::{power::Power, usd::Usd, version::VersionNumber},
};

/// One pass through Publisher, Executors and Analyzer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Round {
    /// Counted from 1.
    pub number: u32,
    /// The memory sizes that are measured, ascending, each once.
    pub power_values: Vec<Power>,
    /// The way in which samples are taken at each of them.
    pub sampling: Sampling,
    /// The versions of this round have higher numbers. 0: an older one will do, too, if nothing has changed since it
    /// was published.
    pub after: VersionNumber,
    /// The amount that each memory size may spend, because of `maxSpend`, or because no more can be measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowance: Option<Allowance>,
}

/// The amount that may be spent at a memory size: billed milliseconds x MB. No further invocation begins that would
/// probably exceed it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Allowance(pub f64);

impl Round {
    /// The only round of a run that measures a list.
    #[must_use]
    pub fn of_list(plan: &Plan, price: GbSecondPrice) -> Self {
        let Request { power_values, sampling, max_spend, .. } = &plan.request;
        let after = match sampling.environments {
            Environments::Reused => VersionNumber::NONE,
            // A version that nobody has invoked yet.
            Environments::Fresh => plan.before.highest_version,
        };
        let allowance = max_spend.map(|usd| Allowance::of(usd, power_values.len(), price));
        Self { number: 1, power_values: power_values.clone(), sampling: *sampling, after, allowance }
    }
}

/// The progress of the invocations of a memory size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Invocations that were begun.
    pub begun: u32,
    /// Those of them that were answered.
    pub answered: u32,
    /// Milliseconds that these were billed.
    pub billed_ms: u64,
}

impl Measurement {
    /// One that could not even be published.
    #[must_use]
    pub fn refused(refusal: &Refusal) -> Self {
        Self {
            value: refusal.power,
            result: Measured::Refused(refusal.reason.clone()),
            spent: Spent::default(),
            max_memory_used: None,
            executor_calls: 0,
            retries: 0,
            series: Vec::new(),
        }
    }
}

impl Allowance {
    /// No further invocation, but for the first one.
    pub const NONE: Self = Self(0.0);

    /// An equal part of an amount for each memory size.
    #[must_use]
    pub fn of(amount: Usd, power_values: usize, price: GbSecondPrice) -> Self {
        Self(amount.0.max(0.0) / power_values.max(1) as f64 / price.per_megabyte_millisecond())
    }

    /// Returns true if one more invocation fits, if it and those under way are billed like the average of those that
    /// were answered. As long as none was, nobody knows.
    #[must_use]
    pub fn has_room(self, power: Power, tally: Tally) -> bool {
        let average = tally.billed_ms as f64 / f64::from(tally.answered);
        tally.answered == 0 || average * f64::from(tally.begun + 1) * f64::from(power.megabytes()) <= self.0
    }
}

/// A memory size that could not be published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The memory size.
    pub power: Power,
    /// The reason that AWS gave.
    pub reason: String,
}

/// The memory sizes of a round that could not be published. What AWS said of them is read by taking it out, so that
/// nobody can look at what was taken before.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Refusals(Vec<Refusal>);

impl Refusals {
    /// Adds one.
    pub fn push(&mut self, refusal: Refusal) {
        self.0.push(refusal);
    }

    /// Returns true if a memory size is among them.
    #[must_use]
    pub fn contains(&self, power: Power) -> bool {
        self.0.iter().any(|refusal| refusal.power == power)
    }

    /// Returns true if there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes all of them out.
    #[must_use]
    pub fn take(&mut self) -> Vec<Refusal> {
        std::mem::take(&mut self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowance_ends_before_it_is_exceeded() {
        let has_room = |begun, answered, billed_ms| {
            Allowance(10_000.0).has_room(Power::new(1000).unwrap(), Tally { begun, answered, billed_ms })
        };
        assert_eq!((has_room(0, 0, 0), has_room(1, 1, 5), has_room(1, 1, 6)), (true, true, false));
        assert_eq!((has_room(9, 9, 9), has_room(10, 9, 9), has_room(9, 9, 10)), (true, false, false));
    }
}
