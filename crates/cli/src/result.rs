//! The output of a run as a document.

use tuning::{
    contract::outcome::{Alternative, DecidedBy, DryRunOutcome, Outcome, StatsRow, TuningOutcome},
    decide::search::CurvePoint,
    measure::comparison::Ratio,
    price::Currency,
    units::{counted::counted, power::Power, usd::Usd},
};

use crate::output::{Cell, Column, Document, Grid, Note, Plot, Row, Weight};

/// Columns that are left out where nothing stands in them.
const OPTIONAL: [&str; 6] = [
    "intervalLow",
    "intervalHigh",
    "metricDuration",
    "estimatedDuration",
    "estimatedCostPerMillion",
    "costAgainstCurrent",
];

/// The result of a run, and what is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct RunResult {
    /// The execution's output as it is.
    pub json: String,
    /// The same, read.
    pub outcome: Outcome,
    /// The function, if it is known.
    pub function: Option<String>,
    /// The currency of the prices.
    pub currency: Currency,
}

impl RunResult {
    /// The result as a document.
    pub fn document(&self) -> Document {
        let document = match &self.outcome {
            Outcome::Tuned(outcome) => self.tuned(outcome),
            Outcome::DryRun(outcome) => dry_run(outcome),
        };
        Document { json: self.json.clone(), ..document }
    }

    fn tuned(&self, outcome: &TuningOutcome) -> Document {
        let rows = outcome.stats.as_deref().unwrap_or_default();
        let function = self.function.as_deref().map_or_else(String::new, |function| format!("{function}: "));
        Document {
            title: format!("{function}{} is {}", outcome.power, verdict(outcome)),
            json: String::new(),
            grid: self.grid(outcome, rows),
            plots: self.plots(outcome, rows),
            notes: self.notes(outcome),
            notes_say_all: false,
        }
    }

    fn grid(&self, outcome: &TuningOutcome, rows: &[StatsRow]) -> Grid {
        let estimated_cost = match self.currency {
            Currency::Usd => "est. USD per million",
            Currency::Cny => "est. CNY per million",
            Currency::Eur => "est. EUR per million",
        };
        let columns = [
            Column { head: "power (MB)", key: "power" },
            Column { head: "vCPU", key: "vcpus" },
            Column { head: "duration (ms)", key: "duration" },
            Column { head: "95 % from", key: "intervalLow" },
            Column { head: "to", key: "intervalHigh" },
            Column { head: "metric (ms)", key: "metricDuration" },
            Column { head: per_million(self.currency), key: "costPerMillion" },
            Column { head: "est. ms", key: "estimatedDuration" },
            Column { head: estimated_cost, key: "estimatedCostPerMillion" },
            Column { head: "cold start (ms)", key: "coldStart" },
            Column { head: "used (MB)", key: "maxMemoryUsed" },
            Column { head: "used (%)", key: "memoryUsedPercent" },
            Column { head: "samples", key: "samples" },
            Column { head: "cost vs current (%)", key: "costAgainstCurrent" },
            Column { head: "verdict", key: "verdict" },
        ];
        let mut grid = Grid::new(&columns);
        let current = outcome.subject.as_ref().and_then(|subject| rows.iter().find(|row| row.value == subject.present));
        let current = current.and_then(|row| row.average_price);
        grid.rows = rows.iter().map(|row| grid_row(outcome, row, current)).collect();
        grid.without_empty(&OPTIONAL)
    }

    fn plots(&self, outcome: &TuningOutcome, rows: &[StatsRow]) -> Vec<Plot> {
        let plot = |title, of_row: &dyn Fn(&StatsRow) -> Option<f64>, model: Vec<(f64, f64)>| {
            let point = |row: &StatsRow| Some((f64::from(row.value.megabytes()), of_row(row)?));
            Plot {
                title,
                measured: rows.iter().filter(|row| row.excluded.is_none()).filter_map(point).collect(),
                winner: rows.iter().find(|row| row.value == outcome.power).and_then(point),
                model,
            }
        };
        let curve = outcome.model.as_ref().map(|model| model.curve.as_slice()).unwrap_or_default();
        let modelled = |of_point: &dyn Fn(&CurvePoint) -> f64| {
            curve.iter().map(|point| (f64::from(point.power.megabytes()), of_point(point))).collect()
        };
        let cost = match self.currency {
            Currency::Usd => "USD per million over MB",
            Currency::Cny => "CNY per million over MB",
            Currency::Eur => "EUR per million over MB",
        };
        vec![
            plot("ms over MB", &|row| row.average_duration.map(|ms| ms.0), modelled(&|point| point.duration.0)),
            plot(cost, &|row| row.average_price.map(|usd| usd.0 * 1e6), modelled(&|point| point.cost.0 * 1e6)),
        ]
    }

    fn notes(&self, outcome: &TuningOutcome) -> Vec<Note> {
        let recommendation = &outcome.recommendation;
        let mut notes: Vec<Note> = recommendation.reasons.iter().cloned().map(Note::Sentence).collect();
        notes.extend(outcome.search.as_ref().map(|search| {
            Note::Sentence(format!("The search took {}: {}", counted(search.rounds, "round"), search.ended))
        }));
        notes.extend(unsure(outcome));
        notes.extend(missing(outcome));
        notes.extend(outcome.warnings.iter().cloned().map(Note::Warning));
        let (state_machine, currency) = (&outcome.state_machine, self.currency);
        notes.push(Note::Sentence(format!(
            "this run cost {:.6} {currency} (Lambda) + {:.6} {currency} (Step Functions)",
            state_machine.lambda_cost.0, state_machine.execution_cost.0
        )));
        notes.push(Note::Link { title: "chart", url: state_machine.visualization.clone() });
        notes
    }
}

/// The hint at what it takes to know what the winner saves a month; where that is known, it is one of the reasons.
fn missing(outcome: &TuningOutcome) -> Option<Note> {
    let recommendation = &outcome.recommendation;
    match (recommendation.monthly.and_then(|monthly| monthly.saving), recommendation.against_present) {
        (Some(_), _) => None,
        (None, Some(_)) => Some(Note::Hint("--invocations-per-month N says what that is a month".to_owned())),
        (None, None) => {
            let flags = "--compare-with-current --invocations-per-month N";
            Some(Note::Hint(format!("{flags} says what the winner saves a month against the current memory")))
        }
    }
}

/// `current` is what an invocation costs at the current memory size, if that was measured.
fn grid_row(outcome: &TuningOutcome, row: &StatsRow, current: Option<Usd>) -> Row {
    let (verdict, weight) = match &row.excluded {
        // How often, and in whose words, stands in the warnings.
        Some(why) => (Cell::text(format!("left out: {}", why.split(" (").next().unwrap_or(why))), Weight::Faint),
        None if row.value == outcome.power => (Cell::text("winner"), Weight::Winner),
        None => (alternative(outcome, row.value).map_or(Cell::Empty, Cell::text), Weight::Normal),
    };
    // They are shown where they decided against the averages.
    let decided = outcome.recommendation.decided_by == DecidedBy::Estimates;
    let cells = vec![
        Cell::count(Some(row.value.megabytes())),
        Cell::number(Some(row.value.vcpus()), 2),
        Cell::number(row.average_duration.map(|duration| duration.0), 2),
        Cell::number(row.interval.map(|interval| interval.low.0), 2),
        Cell::number(row.interval.map(|interval| interval.high.0), 2),
        Cell::number(row.metric_duration.map(|duration| duration.0), 2),
        Cell::number(row.average_price.map(|price| price.0 * 1e6), 4),
        Cell::number(row.estimated_duration.filter(|_| decided).map(|duration| duration.0), 2),
        Cell::number(row.estimated_cost.filter(|_| decided).map(|price| price.0 * 1e6), 4),
        Cell::number(row.init_duration.map(|init| init.mean), 0),
        Cell::count(row.max_memory_used),
        // A column of its own: programs that read CSV get a number.
        Cell::number(row.max_memory_used.map(|used| 100.0 * f64::from(used) / f64::from(row.value.megabytes())), 0),
        Cell::count(u32::try_from(row.samples).ok()),
        Cell::number(row.average_price.zip(current).map(|(price, current)| 100.0 * (price.0 / current.0 - 1.0)), 1),
        verdict,
    ];
    Row { cells, weight }
}

/// The head of the column that says what a million invocations cost.
pub fn per_million(currency: Currency) -> &'static str {
    match currency {
        Currency::Usd => "USD per million",
        Currency::Cny => "CNY per million",
        Currency::Eur => "EUR per million",
    }
}

/// The verdict on the winner; outputs of older versions have none.
fn verdict(outcome: &TuningOutcome) -> &str {
    Some(outcome.recommendation.verdict.as_str()).filter(|verdict| !verdict.is_empty()).unwrap_or("the winner")
}

/// The meaning of the marks in the table.
fn unsure(outcome: &TuningOutcome) -> Option<Note> {
    let ratios = |alternative: &Alternative| [alternative.cost_ratio, alternative.duration_ratio];
    let mut ratios = outcome.recommendation.alternatives.iter().flat_map(ratios).flatten();
    let is_marked = outcome.stats.is_some() && ratios.any(|ratio| !ratio.distinguishable);
    is_marked
        .then(|| Note::Sentence("(?): this difference from the winner is not statistically significant.".to_owned()))
}

/// The reasons for which a memory size is worth knowing, against the winner: "knee: cost +5.0 %, duration -92.3 %".
fn alternative(outcome: &TuningOutcome, power: Power) -> Option<String> {
    let alternative = outcome.recommendation.alternatives.iter().find(|alternative| alternative.power == power)?;
    let kinds = alternative.kinds.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let Alternative { cost_percent, cost_ratio, duration_percent, duration_ratio, .. } = *alternative;
    Some(format!("{kinds}: {}", difference((cost_percent, cost_ratio), (duration_percent, duration_ratio))))
}

/// The differences of cost and duration, in percent, each with a mark if its ratio is not statistically significant:
/// "cost +5.0 % (?), duration -92.3 %".
pub fn difference(cost: (f64, Option<Ratio>), duration: (f64, Option<Ratio>)) -> String {
    let unsure = |ratio: Option<Ratio>| if ratio.is_some_and(|ratio| !ratio.distinguishable) { " (?)" } else { "" };
    format!("cost {:+.1} %{}, duration {:+.1} %{}", cost.0, unsure(cost.1), duration.0, unsure(duration.1))
}

fn dry_run(outcome: &DryRunOutcome) -> Document {
    let columns = [
        Column { head: "power (MB)", key: "power" },
        Column { head: "invocations", key: "invocations" },
        Column { head: "billed (ms)", key: "billed" },
        Column { head: "used (MB)", key: "maxMemoryUsed" },
        Column { head: "verdict", key: "verdict" },
    ];
    let mut grid = Grid::new(&columns);
    grid.rows = outcome
        .invocations
        .iter()
        .map(|tried| {
            let verdict = tried.exclusion().map_or_else(|| Cell::text("works"), Cell::text);
            let cells = vec![
                Cell::count(Some(tried.value.megabytes())),
                Cell::count(Some(tried.spent.invocations)),
                Cell::number(Some(tried.spent.billed.0 as f64), 0),
                Cell::count(tried.max_memory_used),
                verdict,
            ];
            Row { cells, weight: if tried.exclusion().is_some() { Weight::Faint } else { Weight::Normal } }
        })
        .collect();
    let mut notes: Vec<Note> = outcome.checked.iter().cloned().map(Note::Good).collect();
    notes.extend(outcome.expected.map(|expected| {
        Note::Sentence(format!(
            "A real run would make {} and take about {:.0} s; it would cost about {:.6} (Lambda) + {:.6} (Step Functions).",
            counted(expected.invocations, "invocation"),
            expected.seconds,
            expected.lambda_cost.0,
            expected.execution_cost.0
        ))
    }));
    notes.extend(outcome.warnings.iter().cloned().map(Note::Warning));
    let title = format!("Dry run of {}: nothing was measured, nothing was changed", outcome.function);
    notes.insert(
        0,
        Note::Sentence(format!("dry run of {}: nothing was measured, nothing was changed", outcome.function)),
    );
    Document { title, grid, notes, ..Document::default() }
}

#[cfg(test)]
mod tests;
