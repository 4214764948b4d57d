//! The numbers that sentences are held against: the rows of a result, read without the code that wrote the sentences.

use tuning::{
    contract::outcome::{StatsRow, TuningOutcome},
    run::{
        objective::{Strategy, Tolerance, Weight},
        plan::Request,
    },
};

/// The settings that a run was asked for.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    pub(super) strategy: Strategy,
    pub(super) tolerance: Tolerance,
    pub(super) max_duration: Option<f64>,
    pub(super) max_cost: Option<f64>,
    pub(super) headroom: f64,
    pub(super) is_search: bool,
}

impl From<&Request> for Asked {
    fn from(request: &Request) -> Self {
        Self {
            strategy: request.strategy,
            tolerance: request.limits.tolerance,
            max_duration: request.limits.max_duration.map(|limit| limit.0),
            max_cost: request.limits.max_cost.map(|limit| limit.0),
            headroom: request.limits.memory_headroom,
            is_search: request.search.is_some(),
        }
    }
}

/// A row as it is compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Number {
    pub(super) power: u32,
    pub(super) cost: f64,
    pub(super) duration: f64,
    pub(super) used: Option<u32>,
}

/// The rows that were not left out: by their averages, or by the estimates of the search.
pub(super) fn rows(outcome: &TuningOutcome, by_estimates: bool) -> Vec<Number> {
    let rows = outcome.stats.as_deref().unwrap_or_default().iter().filter(|row| row.excluded.is_none());
    rows.map(|row| number(row, by_estimates)).collect()
}

fn number(row: &StatsRow, by_estimates: bool) -> Number {
    let averages = (row.average_price.unwrap().0, row.metric_duration.or(row.average_duration).unwrap().0);
    let estimates = row.estimated_cost.zip(row.estimated_duration).map(|(cost, duration)| (cost.0, duration.0));
    let (cost, duration) = if by_estimates { estimates.unwrap_or(averages) } else { averages };
    Number { power: row.value.megabytes(), cost, duration, used: row.max_memory_used }
}

impl Asked {
    /// Returns true if a row keeps to the limit of this name.
    pub(super) fn meets(&self, limit: &str, row: &Number) -> bool {
        self.excess(limit, row) <= 0.0
    }

    /// By what fraction a row exceeds it.
    pub(super) fn excess(&self, limit: &str, row: &Number) -> f64 {
        match limit {
            "maxDuration" => self.max_duration.map_or(-1.0, |limit| row.duration / limit - 1.0),
            "maxCost" => self.max_cost.map_or(-1.0, |limit| row.cost / limit - 1.0),
            "memoryHeadroom" => row.used.map_or(-1.0, |used| {
                let memory = f64::from(row.power);
                (f64::from(used) * (1.0 + self.headroom) - memory) / memory
            }),
            other => panic!("there is no limit {other}"),
        }
    }

    /// The limits that were set.
    pub(super) fn limits(&self) -> Vec<&'static str> {
        let headroom = (self.headroom > 0.0).then_some("memoryHeadroom");
        let duration = self.max_duration.map(|_| "maxDuration");
        [headroom, duration, self.max_cost.map(|_| "maxCost")].into_iter().flatten().collect()
    }

    pub(super) fn meets_all(&self, row: &Number) -> bool {
        self.limits().iter().all(|limit| self.meets(limit, row))
    }

    /// Returns what is to be small, by a superlative.
    pub(super) fn value(&self, superlative: &str, row: &Number, among: &[Number]) -> f64 {
        match superlative {
            "the cheapest" => row.cost,
            "the fastest" => row.duration,
            "the best balance of cost and speed" => {
                let weight = self.strategy.weight().map_or(0.5, Weight::of_cost);
                let cost = among.iter().map(|row| row.cost).fold(0.0, f64::max);
                let duration = among.iter().map(|row| row.duration).fold(0.0, f64::max);
                weight * row.cost / cost + (1.0 - weight) * row.duration / duration
            }
            other => panic!("there is no superlative {other}"),
        }
    }

    /// The superlative of the strategy.
    pub(super) fn superlative(&self) -> &'static str {
        match self.strategy {
            Strategy::Cost => "the cheapest",
            Strategy::Speed => "the fastest",
            Strategy::Balanced { .. } => "the best balance of cost and speed",
        }
    }

    /// Returns true if a row wins among these, by the rule of the documentation.
    pub(super) fn wins(&self, winner: u32, among: &[Number]) -> bool {
        let superlative = self.superlative();
        let value = |row: &Number| self.value(superlative, row, among);
        let least = among.iter().map(value).fold(f64::INFINITY, f64::min);
        let tolerance = if matches!(self.strategy, Strategy::Balanced { .. }) { 0.0 } else { self.tolerance.0 };
        let near: Vec<&Number> = among.iter().filter(|row| value(row) <= least * (1.0 + tolerance + 1e-11)).collect();
        let second = |row: &Number| match self.strategy {
            Strategy::Cost => row.duration,
            Strategy::Speed => row.cost,
            Strategy::Balanced { .. } => 0.0,
        };
        let best = near.iter().map(|row| second(row)).fold(f64::INFINITY, f64::min);
        near.iter().any(|row| row.power == winner && second(row) <= best * (1.0 + 1e-11))
    }
}
