//! What the first reason claims of the winner holds for the rows that stand beside it.

use proptest::{prelude::*, strategy::Strategy as _};
use serde_json::{Value, json};
use tuning::{
    choice::{Choice, Contender, Limits, MissedLimit},
    measurement::{Basis, Measured, Measurement},
    milliseconds::Milliseconds,
    outcome::{StatsRow, TuningOutcome},
    power::Power,
    search::Estimate,
    strategy::{Candidate, Strategy, Weight},
    usd::Usd,
};

use crate::{
    claim::Claim,
    tests::{analyze, infeasible, measured, plan_with, tuned},
};

/// A row as a reader of the table compares it.
#[derive(Debug, Clone, Copy)]
struct Row {
    mb: u32,
    cost: f64,
    duration: f64,
}

/// What the reader knows besides the rows.
struct Asked {
    strategy: Strategy,
    tolerance: f64,
    has_limits: bool,
}

impl Asked {
    /// How bad a row is for the strategy.
    fn badness(&self, row: &Row, rows: &[Row]) -> f64 {
        let largest = |value: fn(&Row) -> f64| rows.iter().map(value).fold(0.0, f64::max);
        match self.strategy {
            Strategy::Cost => row.cost,
            Strategy::Speed => row.duration,
            Strategy::Balanced { weight } => {
                weight.of_cost() * row.cost / largest(|r| r.cost)
                    + (1.0 - weight.of_cost()) * row.duration / largest(|r| r.duration)
            }
        }
    }

    fn is_best(&self, mb: u32, rows: &[Row]) -> bool {
        let row = rows.iter().find(|row| row.mb == mb);
        row.is_some_and(|row| {
            rows.iter().all(|other| self.badness(row, rows) <= self.badness(other, rows) * (1.0 + 1e-12))
        })
    }

    /// Checks the claim; `rows` took part, and meet the limits.
    fn check(&self, sentence: &str, winner: u32, rows: &[Row]) -> Result<(), String> {
        let superlative = self.strategy.superlative();
        let row = |mb: u32| rows.iter().find(|row| row.mb == mb).copied().ok_or(format!("{mb} MB took no part"));
        let holds = |is_true: bool| is_true.then_some(()).ok_or(format!("{sentence} {rows:?}"));
        if sentence.starts_with(&format!("{winner} MB is {superlative}")) {
            holds(self.is_best(winner, rows) && self.has_limits == sentence.contains("that meets"))
        } else if let Some((_, rest)) = sentence.split_once(" is within ") {
            let (percent, rest) = rest.split_once(" % of ").ok_or("no percent")?;
            let best: u32 =
                rest.split_once('(').and_then(|(_, mb)| mb.split_once(" MB")?.0.parse().ok()).ok_or("no best")?;
            let times = rest.split_once("and ").and_then(|(_, by)| by.split_once(' ')).ok_or("no advantage")?;
            let by: f64 = times.0.parse().map_err(|_| "no number")?;
            let (winner, best_row) = (row(winner)?, row(best)?);
            let (worse, better) = match self.strategy {
                Strategy::Speed => (winner.duration / best_row.duration, best_row.cost / winner.cost),
                _ => (winner.cost / best_row.cost, best_row.duration / winner.duration),
            };
            let said = if times.1.starts_with("times") { better } else { (1.0 - 1.0 / better) * 100.0 };
            let tolerance = percent.parse::<f64>().map_err(|_| "no number")? / 100.0;
            holds((tolerance - self.tolerance).abs() < 1e-3)?;
            holds(self.is_best(best, rows) && worse <= 1.0 + self.tolerance + 1e-12)?;
            holds(better > 1.0 && (said - by).abs() <= 0.051)
        } else if let Some((_, best)) = sentence.split_once("by its own average ") {
            let best: u32 = best.split_once(" MB").and_then(|(mb, _)| mb.parse().ok()).ok_or("no best")?;
            holds(sentence.ends_with(&format!("is {superlative}.")) && best != winner && self.is_best(best, rows))
        } else {
            holds(sentence.starts_with(&format!("{winner} MB was chosen of ")))
        }
    }
}

fn strategies() -> impl proptest::strategy::Strategy<Value = Strategy> {
    prop_oneof![
        Just(Strategy::Cost),
        Just(Strategy::Speed),
        (0.0..1.0_f64).prop_map(|weight| Strategy::Balanced { weight: Weight::clamped(weight) }),
    ]
}

/// Durations that are often equal, or equally dear at their size, or just apart.
fn durations() -> impl proptest::strategy::Strategy<Value = f64> {
    prop_oneof![Just(100.0), Just(101.0), Just(50.0), Just(25.0), Just(1.5), 0.5..5000.0]
}

const SIZES: [u32; 8] = [128, 256, 512, 1024, 1536, 1769, 3008, 10_240];

/// One row: none, out of memory, with two samples only, or with five.
fn rows() -> impl proptest::strategy::Strategy<Value = Vec<Measurement>> {
    let row = prop_oneof![
        1 => Just(None),
        8 => (durations(), durations(), 0..10_u32).prop_map(Some),
    ];
    prop::collection::vec(row, SIZES.len()).prop_map(|rows| {
        let measurement = |(row, mb): (Option<(f64, f64, u32)>, u32)| {
            let (ms, metric, kind) = row?;
            Some(match kind {
                0 => Measurement { value: Power::new(mb).unwrap(), ..infeasible(mb) },
                1 => measured(mb, &[ms; 2]),
                _ => {
                    let mut measurement = measured(mb, &[ms; 5]);
                    let Measured::Samples(statistics) = &mut measurement.result else { unreachable!() };
                    statistics.metric = Some(Milliseconds(metric));
                    measurement
                }
            })
        };
        rows.into_iter().zip(SIZES).filter_map(measurement).collect()
    })
}

/// The rows that take part, and meet the limits.
fn compared(outcome: &TuningOutcome, is_metric: bool, limits: &Value) -> Vec<Row> {
    let stats: Vec<&StatsRow> = outcome.stats.iter().flatten().filter(|row| row.average_price.is_some()).collect();
    let some_are_warm = stats.iter().any(|row| row.basis == Some(Basis::Warm));
    let row = |stats: &StatsRow| Row {
        mb: stats.value.megabytes(),
        cost: stats.average_price.unwrap().0,
        duration: if is_metric { stats.metric_duration } else { stats.average_duration }.unwrap().0,
    };
    let rows = stats.into_iter().filter(|row| !some_are_warm || row.basis == Some(Basis::Warm)).map(row);
    let meets = |value: f64, limit: &Value| limit.as_f64().is_none_or(|limit| value <= limit);
    rows.filter(|r| meets(r.duration, &limits["maxDuration"]) && meets(r.cost, &limits["maxCost"])).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn only_true_sentences_are_said_of_the_winner_of_a_list(
        mut measurements in rows(),
        strategy in strategies(),
        tolerance in prop_oneof![Just(0.0), Just(0.02), 0.0..0.5],
        max_duration in prop::option::weighted(0.3, 0.5..2000.0),
        max_cost in prop::option::weighted(0.3, 1e-8..1e-5),
        is_metric: bool,
    ) {
        prop_assume!(measurements.iter().any(|m| m.statistics().is_some()));
        for measurement in &mut measurements {
            if let (Measured::Samples(statistics), false) = (&mut measurement.result, is_metric) {
                statistics.metric = Some(statistics.average_duration);
            }
        }
        let powers: Vec<u32> = measurements.iter().map(|m| m.value.megabytes()).collect();
        let limits = json!({"maxDuration": max_duration, "maxCost": max_cost});
        let plan = plan_with(&json!({
            "powerValues": powers, "strategy": strategy.name(), "balancedWeight": strategy.weight().map(Weight::of_cost),
            "tolerance": tolerance, "maxDuration": max_duration, "maxCost": max_cost,
            "metric": if is_metric { "p50" } else { "average" },
        }));
        let outcome = tuned(analyze(plan, measurements).unwrap());
        let asked = Asked { strategy, tolerance, has_limits: max_duration.is_some() || max_cost.is_some() };
        let rows = compared(&outcome, is_metric, &limits);
        let sentence = &outcome.recommendation.reasons[0];
        let was_chosen = sentence.contains(" was chosen of ");
        // Only where no row meets the limits there is no more to say.
        prop_assert!(!was_chosen || !rows.iter().any(|row| row.mb == outcome.power.megabytes()), "{}", sentence);
        prop_assert_eq!(asked.check(sentence, outcome.power.megabytes(), &rows), Ok(()));
    }

    /// A search decides by a model: whatever it chooses, what is said of it holds for the averages.
    #[test]
    fn only_true_sentences_are_said_of_whatever_a_search_chooses(
        averages in prop::collection::vec((prop_oneof![Just(1e-6), Just(1.01e-6), 1e-7..1e-5], durations()), 1..8),
        chosen: prop::sample::Index,
        strategy in strategies(),
        tolerance in prop_oneof![Just(0.0), Just(0.02), 0.0..0.5],
        max_duration in prop::option::weighted(0.3, 0.5..2000.0),
    ) {
        let contenders: Vec<Contender> = averages.iter().zip(SIZES).map(|(&(cost, ms), mb)| {
            let average = Candidate { power: Power::new(mb).unwrap(), cost: Usd(cost), duration: Milliseconds(ms) };
            Contender { average, metric: Milliseconds(ms), max_memory_used: None }
        }).collect();
        let winner = *chosen.get(&contenders);
        let limits = Limits { max_duration: max_duration.map(Milliseconds), tolerance, ..Limits::default() };
        let missed = limits.max_duration.filter(|limit| winner.metric > *limit).map(|limit| {
            MissedLimit::Duration { limit, power: winner.average.power, least: winner.metric }
        });
        let choice = Choice { winner, missed: missed.into_iter().collect() };
        let estimates: Vec<Estimate> = contenders.iter().map(|contender| {
            let Candidate { power, cost, duration } = contender.average;
            Estimate { power, cost, duration }
        }).collect();
        let sentence = Claim::of(&choice, &contenders, strategy, &limits, &estimates).to_string();
        let rows: Vec<Row> = contenders.iter().filter(|contender| limits.are_met_by(contender)).map(|contender| {
            let Candidate { power, cost, duration } = contender.average;
            Row { mb: power.megabytes(), cost: cost.0, duration: duration.0 }
        }).collect();
        let asked = Asked { strategy, tolerance, has_limits: max_duration.is_some() };
        prop_assert_eq!(asked.check(&sentence, winner.average.power.megabytes(), &rows), Ok(()));
    }
}
