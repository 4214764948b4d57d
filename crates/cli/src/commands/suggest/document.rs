//! Suggestions as a table, and what is to be said of them.

use std::collections::BTreeMap;

use tuning::{
    price::Currency,
    suggest::{Interval, Unknown, Warning},
    units::{counted::counted, power::Power},
};

use super::{Suggested, Suggestions};
use crate::{
    failure::Failure,
    output::{Cell, Column, Document, Grid, Note, Row, Weight, as_json},
};

/// So many warnings are said in full; the table has them all.
const MOST_WARNINGS: usize = 10;

/// All of it.
pub fn document(suggestions: &Suggestions, prices: Vec<Note>) -> Result<Document, Failure> {
    let mut notes = said(suggestions);
    notes.extend(warnings(suggestions));
    notes.extend(prices);
    if let Some(first) = suggestions.functions.first() {
        notes.push(Note::Hint(format!(
            "measure before you change anything: power-tuner tune {} --power-values AUTO --payload @payload.json",
            first.function
        )));
    }
    Ok(Document {
        title: "Which functions are worth tuning".to_owned(),
        json: as_json(suggestions)?,
        grid: grid(suggestions),
        notes,
        ..Document::default()
    })
}

fn grid(suggestions: &Suggestions) -> Grid {
    let (cost, saving) = match suggestions.currency {
        Currency::Usd => ("USD a month", "saving (USD)"),
        Currency::Cny => ("CNY a month", "saving (CNY)"),
        Currency::Eur => ("EUR a month", "saving (EUR)"),
    };
    let columns = [
        Column { head: "function", key: "function" },
        Column { head: "memory (MB)", key: "memory" },
        Column { head: "used (%)", key: "memoryUsedPercent" },
        Column { head: "invocations a month", key: "invocations" },
        Column { head: cost, key: "monthlyCost" },
        Column { head: "suggested (MB)", key: "power" },
        Column { head: saving, key: "saving" },
        Column { head: "from", key: "savingLow" },
        Column { head: "to", key: "savingHigh" },
        Column { head: "faster (%)", key: "speedUpPercent" },
        Column { head: "to be found (%)", key: "toBeFoundPercent" },
        Column { head: "Compute Optimizer (MB)", key: "computeOptimizer" },
        Column { head: "warnings", key: "warnings" },
    ];
    let mut grid = Grid::new(&columns);
    grid.rows = suggestions.functions.iter().map(row).collect();
    grid
}

fn row(suggested: &Suggested) -> Row {
    let suggestion = &suggested.suggestion;
    let percent = |share: f64| Cell::number(Some(share * 100.0), 0);
    let money = |amount: f64| Cell::number(Some(amount), decimals(suggestion.monthly_cost.0));
    let warnings: Vec<String> = suggestion.warnings.iter().map(Warning::brief).collect();
    let cells = vec![
        Cell::text(&suggested.function),
        Cell::count(Some(suggested.memory.megabytes())),
        percent(suggested.memory_used_share),
        Cell::number(Some(suggested.invocations as f64), 0),
        money(suggestion.monthly_cost.0),
        Cell::count(Some(suggestion.power.megabytes())),
        money(suggestion.saving.expected),
        money(suggestion.saving.low),
        money(suggestion.saving.high),
        percent(suggestion.speed_up.expected),
        percent(suggestion.to_be_found),
        Cell::count(suggested.compute_optimizer.map(Power::megabytes)),
        Cell::text(warnings.join(", ")),
    ];
    Row { cells, weight: Weight::Normal }
}

/// Cents, of what costs that much.
fn decimals(monthly_cost: f64) -> usize {
    if monthly_cost >= 1.0 { 2 } else { 4 }
}

fn said(suggestions: &Suggestions) -> Vec<Note> {
    let mut notes = Vec::new();
    match suggestions.functions.first() {
        Some(first) => {
            notes.push(Note::Sentence(most(first, suggestions.currency)));
            notes.push(Note::Sentence(
                "These are expectations of a model, not measurements: the intervals hold with 95 % probability if \
                 durations change with memory as it assumes. Costs are without the free tier."
                    .to_owned(),
            ));
        }
        None => notes.push(Note::Sentence("There is no function of which enough is known.".to_owned())),
    }
    notes.extend(unknown(suggestions).map(Note::Sentence));
    let hidden = suggestions.suggested - suggestions.functions.len();
    if hidden > 0 {
        let them = counted(hidden, "function");
        notes.push(Note::Sentence(format!("Not shown, because less worth tuning: {them}.")));
    }
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for left_out in &suggestions.left_out {
        reasons.entry(&left_out.reason).or_default().push(&left_out.function);
    }
    notes.extend(reasons.into_iter().map(|(reason, functions)| Note::Sentence(left_out(reason, &functions))));
    notes
}

/// The sentence about the function that is most worth tuning.
fn most(first: &Suggested, currency: Currency) -> String {
    let Suggested { function, memory, suggestion, .. } = first;
    let power = suggestion.power;
    let percent = suggestion.to_be_found * 100.0;
    if power == *memory {
        return format!(
            "{function} is most worth tuning: its current {memory} looks best, but another size may be better; \
             {percent:.0} % is to be found on average."
        );
    }
    let Interval { expected, low, high } = suggestion.saving;
    let decimals = decimals(suggestion.monthly_cost.0);
    let speed = suggestion.speed_up;
    format!(
        "{function} is most worth tuning: at {power} instead of {memory} its cost would change by {:+.decimals$} \
         {currency} a month ({:+.decimals$} to {:+.decimals$}), and its duration by {:+.0} % ({:+.0} % to {:+.0} %).",
        0.0 - expected,
        0.0 - high,
        0.0 - low,
        -100.0 * speed.expected,
        -100.0 * speed.high,
        -100.0 * speed.low,
    )
}

/// Sentences that name what is not known, and of how many functions.
fn unknown(suggestions: &Suggestions) -> impl Iterator<Item = String> {
    let count = |is: fn(&Unknown) -> bool| {
        let all = suggestions.functions.iter();
        all.filter(|function| function.suggestion.unknown.iter().any(is)).count()
    };
    let kinds: [(usize, &str); 4] = [
        (
            count(|unknown| matches!(unknown, Unknown::Curve)),
            "only the current memory size is known, and how the duration changes with memory is an assumption",
        ),
        (
            count(|unknown| matches!(unknown, Unknown::OtherTimes { .. })),
            "several memory sizes are known, of different times: code or traffic may have changed in between",
        ),
        (
            count(|unknown| matches!(unknown, Unknown::FewInvocations { .. })),
            "fewer than 50 invocations at the current memory size are known",
        ),
        (
            count(|unknown| matches!(unknown, Unknown::Init)),
            "there are cold starts, and INIT is assumed to take as long at every memory size",
        ),
    ];
    kinds
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("Of {} {what}.", counted(count, "function")))
}

/// Some names, and how many more there are.
fn left_out(reason: &str, functions: &[&str]) -> String {
    const NAMED: usize = 3;
    let named = functions.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    let more = functions.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let verb = if functions.len() == 1 { "is" } else { "are" };
    format!("{named}{more} {verb} left out: {reason}.")
}

fn warnings(suggestions: &Suggestions) -> Vec<Note> {
    let all = suggestions.functions.iter().flat_map(|function| {
        function.suggestion.warnings.iter().map(move |warning| format!("{} {warning}", function.function))
    });
    let mut all: Vec<String> = all.collect();
    let more = all.len().saturating_sub(MOST_WARNINGS);
    all.truncate(MOST_WARNINGS);
    if more > 0 {
        all.push(format!("{} more in the table", counted(more, "warning")));
    }
    all.into_iter().map(Note::Warning).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tuning::{suggest::Suggestion, units::usd::Usd};

    use super::*;
    use crate::arguments::SuggestStrategy;

    fn intervals(of: std::ops::Range<f64>) -> impl Strategy<Value = Interval> {
        (of.clone(), of.clone(), of).prop_map(|(one, other, third)| {
            let mut values = [one, other, third];
            values.sort_by(f64::total_cmp);
            Interval { low: values[0], expected: values[1], high: values[2] }
        })
    }

    fn powers() -> impl Strategy<Value = Power> {
        prop::sample::select(vec![128, 256, 512, 1024]).prop_map(|mb| Power::new(mb).unwrap())
    }

    fn unknown() -> impl Strategy<Value = Vec<Unknown>> {
        let kinds = [
            Unknown::Curve,
            Unknown::OtherTimes { sizes: 2 },
            Unknown::FewInvocations { invocations: 3 },
            Unknown::Init,
        ];
        prop::sample::subsequence(kinds.to_vec(), 0..=4)
    }

    fn rows() -> impl Strategy<Value = Suggested> {
        let suggestion = (powers(), 0.0..9.0, intervals(-5.0..5.0), intervals(-3.0..1.0), 0.0..1.0, unknown())
            .prop_map(|(power, monthly_cost, saving, speed_up, to_be_found, unknown)| Suggestion {
                power,
                monthly_cost: Usd(monthly_cost),
                saving,
                speed_up,
                to_be_found,
                sizes: Vec::new(),
                warnings: Vec::new(),
                unknown,
            });
        (powers(), suggestion).prop_map(|(memory, suggestion)| Suggested {
            function: "checkout".to_owned(),
            memory,
            max_memory_used: 100,
            memory_used_share: 100.0 / f64::from(memory.megabytes()),
            duration: 100.0,
            invocations: 1000,
            compute_optimizer: None,
            suggestion,
        })
    }

    /// The numbers of a text, with their signs.
    fn numbers(text: &str) -> Vec<f64> {
        let words = text.split(|character: char| !(character.is_ascii_digit() || "+-.".contains(character)));
        words.filter_map(|word| word.trim_end_matches('.').parse().ok()).collect()
    }

    fn sentences(document: &Document) -> Vec<&str> {
        let notes = document.notes.iter();
        let sentences = notes.filter_map(|note| match note {
            Note::Sentence(sentence) => Some(sentence.as_str()),
            _ => None,
        });
        sentences.collect()
    }

    proptest! {
        /// Sentences are read back, and compared with the numbers that stand in the table.
        #[test]
        fn only_true_sentences_stand_beside_suggestions(
            functions in prop::collection::vec(rows(), 0..5), hidden in 0usize..4,
        ) {
            let suggestions = Suggestions {
                region: "eu-west-1".to_owned(),
                currency: Currency::Usd,
                strategy: SuggestStrategy::Cost,
                days: 14,
                suggested: functions.len() + hidden,
                functions,
                left_out: Vec::new(),
            };
            let document = document(&suggestions, Vec::new()).unwrap();
            let shown = |row: &Row, column: usize| row.cells[column].shown().parse::<f64>().unwrap();
            for sentence in sentences(&document) {
                let said = numbers(sentence);
                if let Some(first) = document.grid.rows.first()
                    && sentence.contains("is most worth tuning")
                {
                    let of = |column| shown(first, column);
                    let expected = if of(1) == of(5) {
                        vec![of(1), of(10)]
                    } else {
                        let (saving, faster) = ([of(6), of(8), of(7)], of(9));
                        [&[of(5), of(1)][..], &saving.map(|saving| -saving), &[-faster]].concat()
                    };
                    prop_assert_eq!(&said[..expected.len()], &expected[..], "{}", sentence);
                } else if sentence.starts_with("Of ") {
                    let is = |unknown: &Unknown| match unknown {
                        Unknown::Curve => sentence.contains("only the current memory size"),
                        Unknown::OtherTimes { .. } => sentence.contains("several memory sizes"),
                        Unknown::FewInvocations { .. } => sentence.contains("fewer than 50"),
                        Unknown::Init => sentence.contains("INIT"),
                    };
                    let functions = suggestions.functions.iter();
                    let count = functions.filter(|row| row.suggestion.unknown.iter().any(is)).count();
                    prop_assert_eq!(said[0], count as f64, "{}", sentence);
                } else if sentence.starts_with("Not shown") {
                    prop_assert_eq!(said, vec![hidden as f64], "{}", sentence);
                } else {
                    let is_empty = suggestions.functions.is_empty();
                    prop_assert_eq!(sentence.starts_with("There is no function"), is_empty, "{}", sentence);
                }
            }
        }
    }
}
