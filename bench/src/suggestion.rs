//! The quality of suggestions that nothing was measured for, on functions that others measured.
//!
//! Each function is known at one memory size, without noise; what is suggested is compared with its durations at the
//! others.

use std::{collections::BTreeSet, fmt::Write as _};

use anyhow::{Context, Result};
use tuning::{
    price::{Architecture, Prices},
    run::objective::{Strategy, Tolerance, Weight},
    suggest::{Aim, Durations, History, Interval, SIZES, Subject, Suggestion, suggest},
    units::{milliseconds::Milliseconds, power::Power},
};

use super::measured::Curves;

/// Where functions are billed; prices of other regions change nothing but the unit of money.
const REGION: &str = "us-east-1";
/// A month.
const INVOCATIONS: u64 = 1000;

/// A function that others measured, at those of the six sizes that lie between the smallest and the largest measured
/// one.
struct Function {
    source: String,
    /// Sizes with durations in ms.
    sizes: Vec<(Power, f64)>,
}

/// The part of it that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    /// Its present size.
    One,
    /// The size next to it, too: the smaller one, if there is one.
    Two,
}

/// A suggestion, and how it has turned out.
struct Judged {
    source: String,
    present: u32,
    /// The distance of the value that is looked for from the best of the sizes, as a fraction: at the suggested size,
    /// and at the present one.
    regret: f64,
    stayed: f64,
    /// True if the saving lies within its interval; nothing if the present size is suggested.
    saving_held: Option<bool>,
    /// Of the other sizes, how many there are, and at how many the duration lies within its interval.
    durations: (usize, usize),
}

/// The tables of BENCHMARKS.
pub fn tables(curves: &Curves) -> Result<String> {
    let prices = Prices::bundled().context("failed to read the prices")?;
    let functions: Vec<Function> = curves.all().map(|(name, points)| Function::of(name, &points)).collect();
    let mut text = String::new();
    let head = "cases | right one | within 5 % | within 10 % | mean regret | of the present size | saving in its \
                interval | durations in theirs |";
    let rule = "|---".repeat(8);
    let _ = writeln!(text, "| what is looked for | known sizes | {head}\n|---|---{rule}|");
    for (name, strategy) in strategies() {
        for known in [Known::One, Known::Two] {
            for (how, tolerance) in [("", Tolerance::NONE), (", near-ties", Tolerance::OF_A_SEARCH)] {
                if tolerance == Tolerance::OF_A_SEARCH && matches!(strategy, Strategy::Balanced { .. }) {
                    continue;
                }
                let judged = judge(&functions, strategy, tolerance, known, &prices);
                let sizes = if known == Known::One { 1 } else { 2 };
                let _ = writeln!(text, "| {name}{how} | {sizes} | {}", line(&judged.iter().collect::<Vec<_>>()));
            }
        }
    }
    let judged = judge(&functions, Strategy::Cost, Tolerance::OF_A_SEARCH, Known::One, &prices);
    let _ = writeln!(text, "\n| cost, near-ties, 1 known size | {head}\n|---{rule}|");
    for present in SIZES {
        let own: Vec<&Judged> = judged.iter().filter(|judged| judged.present == present).collect();
        let _ = writeln!(text, "| from {present} MB | {}", line(&own));
    }
    for source in judged.iter().map(|judged| judged.source.clone()).collect::<BTreeSet<_>>() {
        let own: Vec<&Judged> = judged.iter().filter(|judged| judged.source == source).collect();
        let _ = writeln!(text, "| {source} | {}", line(&own));
    }
    Ok(text)
}

fn strategies() -> Vec<(String, Strategy)> {
    let balanced =
        |weight: f64| (format!("balanced, weight {weight}"), Strategy::Balanced { weight: Weight::clamped(weight) });
    let mut all = vec![("cost".to_owned(), Strategy::Cost), ("speed".to_owned(), Strategy::Speed)];
    all.extend([0.75, 0.5, 0.25].map(balanced));
    all
}

impl Function {
    fn of(name: &str, points: &[(f64, f64)]) -> Self {
        let at = |mb: u32| {
            let (mb, power) = (f64::from(mb), Power::new(mb).ok()?);
            let after = points.iter().position(|(size, _)| *size >= mb)?;
            let (m, t) = *points.get(after)?;
            if m <= mb {
                return Some((power, t));
            }
            // In the logarithms of both, between the nearest ones that were measured.
            let (m0, t0) = *points.get(after.checked_sub(1)?)?;
            let along = (mb / m0).ln() / (m / m0).ln();
            Some((power, (t0.ln() + along * (t / t0).ln()).exp()))
        };
        let source = name.split(' ').next().unwrap_or(name).to_owned();
        Self { source, sizes: SIZES.into_iter().filter_map(at).collect() }
    }

    /// The value that is looked for at each size, relative to the best one.
    fn values(&self, strategy: Strategy) -> Vec<f64> {
        let costs: Vec<f64> = self.sizes.iter().map(|(power, ms)| f64::from(power.megabytes()) * (ms + 0.5)).collect();
        let durations: Vec<f64> = self.sizes.iter().map(|(_, ms)| *ms).collect();
        let relative = |values: &[f64]| -> Vec<f64> {
            let least = values.iter().copied().fold(f64::INFINITY, f64::min);
            values.iter().map(|value| value / least).collect()
        };
        let (costs, durations) = (relative(&costs), relative(&durations));
        match strategy {
            Strategy::Cost => costs,
            Strategy::Speed => durations,
            Strategy::Balanced { weight } => {
                let weighed =
                    |(cost, duration): (&f64, &f64)| weight.of_cost() * cost + (1.0 - weight.of_cost()) * duration;
                relative(&costs.iter().zip(&durations).map(weighed).collect::<Vec<_>>())
            }
        }
    }

    fn judged(&self, present: usize, known: Known, aim: &Aim, prices: &Prices) -> Option<Judged> {
        let &(memory, duration) = self.sizes.get(present)?;
        let next = if present == 0 { 1 } else { present - 1 };
        let seen = [Some(present), Some(next).filter(|_| known == Known::Two)];
        let past = seen.into_iter().flatten().filter_map(|at| self.sizes.get(at));
        let history: Vec<History> = past.map(|&(memory, duration)| reported(memory, duration)).collect();
        let suggestion = suggest(&subject(memory), &history, aim, prices)?;
        let values = self.values(aim.strategy);
        let chosen = self.sizes.iter().position(|(power, _)| *power == suggestion.power)?;
        let price = prices.lambda(REGION, Architecture::X86).price;
        let cost = |&(power, ms): &(Power, f64)| INVOCATIONS as f64 * (ms + 0.5) * price.per_millisecond(power);
        let truly_saved = cost(&(memory, duration)) - cost(self.sizes.get(chosen)?);
        Some(Judged {
            source: self.source.clone(),
            present: memory.megabytes(),
            regret: values.get(chosen)? - 1.0,
            stayed: values.get(present)? - 1.0,
            saving_held: (chosen != present).then(|| holds(&suggestion.saving, truly_saved)),
            durations: self.durations(memory, &suggestion),
        })
    }

    fn durations(&self, present: Power, suggestion: &Suggestion) -> (usize, usize) {
        let truth = |power: Power| self.sizes.iter().find(|(size, _)| *size == power).map(|(_, ms)| *ms);
        let others = suggestion.sizes.iter().filter(|size| size.power != present);
        let held: Vec<bool> = others.filter_map(|size| Some(holds(&size.duration, truth(size.power)?))).collect();
        (held.len(), held.iter().filter(|held| **held).count())
    }
}

fn holds(interval: &Interval, truth: f64) -> bool {
    interval.low <= truth && truth <= interval.high
}

/// Few enough invocations that the price of a GB-second is that of the first tier.
fn subject(memory: Power) -> Subject {
    Subject {
        region: REGION.to_owned(),
        architecture: Architecture::X86,
        memory,
        timeout: Milliseconds::from_seconds(u32::MAX),
        ephemeral_storage_mb: 512,
        invocations: INVOCATIONS,
        counts: None,
    }
}

fn reported(memory: Power, ms: f64) -> History {
    History {
        memory,
        invocations: 100_000,
        duration: Durations { mean: ms, p50: ms, p95: ms, p99: ms, max: ms },
        billed: ms + 0.5,
        starts: None,
        max_memory_used: 1,
    }
}

fn judge(
    functions: &[Function],
    strategy: Strategy,
    tolerance: Tolerance,
    known: Known,
    prices: &Prices,
) -> Vec<Judged> {
    let mut judged = Vec::new();
    for function in functions.iter().filter(|function| function.sizes.len() > 1) {
        let sizes = function.sizes.iter().map(|(power, _)| *power).collect();
        let aim = Aim { strategy, tolerance, sizes };
        judged.extend((0..function.sizes.len()).filter_map(|at| function.judged(at, known, &aim, prices)));
    }
    judged
}

fn line(judged: &[&Judged]) -> String {
    let cases = judged.len();
    let share =
        |is: &dyn Fn(&Judged) -> bool| 100.0 * judged.iter().filter(|judged| is(judged)).count() as f64 / cases as f64;
    let mean = |of: fn(&Judged) -> f64| 100.0 * judged.iter().map(|judged| of(judged)).sum::<f64>() / cases as f64;
    let held: Vec<bool> = judged.iter().filter_map(|judged| judged.saving_held).collect();
    let part = |of: usize, all: usize| {
        if all == 0 { String::new() } else { format!("{:.0} % of {all}", 100.0 * of as f64 / all as f64) }
    };
    let count = |of: fn(&Judged) -> usize| judged.iter().map(|judged| of(judged)).sum::<usize>();
    format!(
        "{cases} | {:.0} % | {:.0} % | {:.0} % | {:.1} % | {:.1} % | {} | {} |",
        share(&|judged| judged.regret <= 1e-9),
        share(&|judged| judged.regret <= 0.05),
        share(&|judged| judged.regret <= 0.10),
        mean(|judged| judged.regret),
        mean(|judged| judged.stayed),
        part(held.iter().filter(|held| **held).count(), held.len()),
        part(count(|judged| judged.durations.1), count(|judged| judged.durations.0)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_between_two_measured_ones_lies_on_the_power_law_through_them() {
        let function = Function::of("me f", &[(128.0, 800.0), (512.0, 200.0), (600.0, 150.0)]);
        let sizes: Vec<(u32, f64)> = function.sizes.iter().map(|(power, ms)| (power.megabytes(), *ms)).collect();
        assert_eq!(function.source, "me");
        assert_eq!(sizes.iter().map(|(mb, _)| *mb).collect::<Vec<_>>(), [128, 256, 512]);
        assert!((sizes[1].1 - 400.0).abs() < 1e-9 && sizes[2].1 == 200.0, "{sizes:?}");
    }

    #[test]
    fn the_best_size_has_no_regret_and_a_suggestion_of_it_is_the_right_one() {
        let waits = Function::of("me f", &[(128.0, 100.0), (3008.0, 100.0)]);
        assert_eq!(waits.values(Strategy::Cost)[0], 1.0);
        let prices = Prices::bundled().unwrap();
        let judged = judge(&[waits], Strategy::Cost, Tolerance::NONE, Known::Two, &prices);
        assert_eq!(judged.len(), 6);
        let right = judged.iter().filter(|judged| judged.regret == 0.0).count();
        assert!(right >= 3, "{right}");
        assert!(judged.last().unwrap().stayed > 20.0);
    }
}
