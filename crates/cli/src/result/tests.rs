use analyzer::true_sentences::{DrawnRun, lists, searches, untrue};
use proptest::prelude::*;
use serde_json::{Value, json};
use tuning::price::Currency;

use super::*;
use crate::output::{Format, writer};

fn row(power: u32, ms: f64, usd_per_million: f64) -> Value {
    json!({"value": power, "averagePrice": usd_per_million / 1e6, "averageDuration": ms,
           "totalCost": 1e-5, "samples": 10, "spent": {}, "maxMemoryUsed": 80,
           "initDuration": {"n": 1, "mean": 120.4, "median": 120.4, "min": 120.4, "max": 120.4, "standardDeviation": null}})
}

fn outcome() -> Value {
    json!({
        "power": 512, "cost": 1.7e-6, "duration": 210.74,
        "stateMachine": {"executionCost": 0.0005, "lambdaCost": 0.0001, "visualization": "https://example.com/#a;b;c"},
        "stats": [
            {"value": 128, "totalCost": 1e-9, "samples": 0, "spent": {}, "maxMemoryUsed": 128,
             "excluded": "the function ran out of memory (of 1 invocations 1 x Runtime.ExitError)"},
            row(256, 418.4, 1.7458), row(512, 210.74, 1.7), row(1024, 107.1, 1.8),
        ],
        "recommendation": {
            "verdict": "the cheapest of 3 measured memory sizes",
            "alternatives": [
                {"power": 1024, "kinds": ["fastest", "balanced", "knee"], "costPercent": 5.88, "durationPercent": -49.18,
                 "costRatio": {"ratio": 1.0588, "low": 0.98, "high": 1.14, "distinguishable": false}},
            ],
            "reasons": ["512 MB is the cheapest of 3 measured memory sizes."],
        },
        "warnings": ["128 MB was left out: the function ran out of memory"],
    })
}

fn with(fields: &Value) -> Value {
    let mut outcome = outcome();
    for (pointer, value) in fields.as_object().unwrap() {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        outcome.pointer_mut(parent).unwrap()[name] = value.clone();
    }
    outcome
}

fn shown(outcome: &Value, format: Format) -> String {
    let result = RunResult {
        json: outcome.to_string(),
        outcome: serde_json::from_value(outcome.clone()).unwrap(),
        function: Some("my-function".to_owned()),
        currency: Currency::Usd,
    };
    let text = writer(format).write(&result.document()).unwrap();
    anstream::adapter::strip_str(&text).to_string()
}

#[test]
fn a_result_is_a_table_a_chart_reasons_and_a_link() {
    insta::assert_snapshot!(shown(&outcome(), Format::Table));
}

#[test]
fn intervals_a_saving_and_a_model_are_shown_where_there_are_some() {
    let interval = json!({"low": 200.12, "high": 220.98});
    let ratio = json!({"ratio": 0.9, "low": 0.8, "high": 0.95, "distinguishable": true});
    let curve: Vec<Value> = [256, 384, 512, 768, 1024]
        .map(
            |mb| json!({"power": mb, "duration": 107_000.0 / f64::from(mb), "low": 1.0, "high": 500.0, "cost": 1.7e-6}),
        )
        .to_vec();
    let outcome = with(&json!({
        "/stats/2/interval": interval,
        "/stats/2/metricDuration": 230.5,
        "/recommendation/againstPresent": {"power": 1024, "costPercent": -5.6, "durationPercent": 96.8, "costRatio": ratio},
        "/recommendation/monthly": {"invocations": 1_000_000, "atWinner": 1.9, "atPresent": 2.0, "saving": 0.1},
        "/model": {"curve": curve},
        "/search": {"rounds": 2, "ended": "no other size would be better by more than the tolerance"},
    }));
    insta::assert_snapshot!(shown(&outcome, Format::Table));
}

#[test]
fn programs_get_rows_with_full_numbers_and_people_on_the_web_get_markdown() {
    insta::assert_snapshot!("csv", shown(&outcome(), Format::Csv));
    insta::assert_snapshot!("markdown", shown(&outcome(), Format::Markdown));
    assert_eq!(shown(&outcome(), Format::Json), outcome().to_string());
}

#[test]
fn a_dry_run_is_what_was_tried_and_what_was_checked() {
    let invocation = |power: u32, result: Value| {
        let unreported = u32::from(result == "noSamples");
        json!({"value": power, "result": result, "maxMemoryUsed": 30,
               "spent": {"invocations": 1, "billed": 24, "unreported": unreported},
               "executorCalls": 1})
    };
    let outcome = json!({
        "dryRun": true, "function": "arn:aws:lambda:us-east-1:123456789012:function:f", "powerValues": [128, 512],
        "checked": ["the input is valid"],
        "invocations": [invocation(128, json!({"infeasible": "outOfMemory"})), invocation(512, json!("noSamples"))],
        "expected": {"invocations": 20, "lambdaCost": 0.0001, "executionCost": 0.0005, "seconds": 12.4},
        "warnings": ["careful"],
    });
    insta::assert_snapshot!(shown(&outcome, Format::Table));
}

#[test]
fn estimates_are_shown_where_they_decided() {
    let estimated = |ms: f64, usd: f64| json!({"ms": ms, "usd": usd / 1e6});
    let rows = [(1, estimated(419.0, 1.76)), (2, estimated(205.0, 1.68)), (3, estimated(108.0, 1.81))];
    let mut outcome = with(&json!({"/recommendation/decidedBy": "estimates"}));
    for (row, estimate) in rows {
        outcome["stats"][row]["estimatedDuration"] = estimate["ms"].clone();
        outcome["stats"][row]["estimatedCost"] = estimate["usd"].clone();
    }
    insta::assert_snapshot!(shown(&outcome, Format::Table));
}

/// All that is said of a drawn run, in Markdown and in the table, that its numbers contradict.
fn untrue_of(run: &DrawnRun) -> Vec<String> {
    let result = RunResult {
        json: String::new(),
        outcome: Outcome::Tuned(Box::new(run.outcome.clone())),
        function: Some("my-function".to_owned()),
        currency: Currency::Usd,
    };
    let document = result.document();
    let written = |format| anstream::adapter::strip_str(&writer(format).write(&document).unwrap()).to_string();
    let (markdown, table) = (written(Format::Markdown).replace('\\', ""), written(Format::Table));
    let title = markdown.lines().next().unwrap().strip_prefix("### my-function: ").unwrap();
    let notes = markdown.lines().filter_map(|line| line.strip_prefix("- "));
    let said = notes.map(|note| note.strip_prefix("⚠️ ").unwrap_or(note)).filter(|note| is_about_the_numbers(note));
    let mut untrue_ones: Vec<String> =
        [title].into_iter().chain(said).filter_map(|sentence| untrue(sentence, &run.outcome, &run.asked)).collect();
    for line in table.lines().chain(markdown.lines()).filter(|line| line.starts_with('|')) {
        let cells: Vec<String> = line.trim_matches('|').split('|').map(|cell| cell.trim().replace("**", "")).collect();
        let (Ok(power), Some(verdict)) = (cells[0].parse::<u32>(), cells.last()) else { continue };
        if !is_verdict_true(&run.outcome, power, verdict) {
            untrue_ones.push(format!("{power} MB: {verdict}"));
        }
    }
    for lines in [&table, &markdown] {
        untrue_ones.extend(untrue_cells(&run.outcome, lines));
    }
    untrue_ones
}

/// The cells of a table that are not the numbers of their row, by the words above them.
fn untrue_cells(outcome: &TuningOutcome, table: &str) -> Vec<String> {
    let cells = |line: &str| -> Vec<String> {
        line.trim_matches('|').split('|').map(|cell| cell.trim().replace("**", "")).collect()
    };
    let lines: Vec<Vec<String>> = table.lines().filter(|line| line.starts_with('|')).map(cells).collect();
    let (head, rows) = lines.split_first().expect("a head");
    let mut untrue = Vec::new();
    for row in rows.iter().filter(|row| row[0].parse::<u32>().is_ok()) {
        let stat = outcome.stats.iter().flatten().find(|stat| stat.value.megabytes().to_string() == row[0]).unwrap();
        let decided = outcome.recommendation.decided_by == DecidedBy::Estimates;
        for (head, cell) in head.iter().zip(row) {
            let expected = match head.as_str() {
                "duration (ms)" => stat.average_duration.map(|ms| ms.0),
                "95 % from" => stat.interval.map(|interval| interval.low.0),
                "to" => stat.interval.map(|interval| interval.high.0),
                "metric (ms)" => stat.metric_duration.map(|ms| ms.0),
                "USD per million" => stat.average_price.map(|usd| usd.0 * 1e6),
                "est. ms" => stat.estimated_duration.filter(|_| decided).map(|ms| ms.0),
                "est. USD per million" => stat.estimated_cost.filter(|_| decided).map(|usd| usd.0 * 1e6),
                "cold start (ms)" => stat.init_duration.map(|init| init.mean),
                "used (MB)" => stat.max_memory_used.map(f64::from),
                "vCPU" => Some(f64::from(stat.value.megabytes()) / 1769.0),
                "used (%)" => {
                    stat.max_memory_used.map(|used| 100.0 * f64::from(used) / f64::from(stat.value.megabytes()))
                }
                "cost vs current (%)" => outcome.subject.as_ref().and_then(|subject| {
                    let mut rows = outcome.stats.iter().flatten();
                    let current = rows.find(|row| row.value == subject.present)?.average_price?;
                    Some(100.0 * (stat.average_price?.0 - current.0) / current.0)
                }),
                "samples" => u32::try_from(stat.samples).ok().map(f64::from),
                "power (MB)" | "verdict" => continue,
                other => panic!("no test knows the column {other}"),
            };
            let decimals = cell.split_once('.').map_or(0, |(_, decimals)| decimals.len());
            let half = 0.5 * 10_f64.powi(-i32::try_from(decimals).unwrap()) * 1.000_001;
            let said: Option<f64> = cell.parse().ok();
            let is_true = match (said, expected) {
                (Some(said), Some(expected)) => (said - expected).abs() <= half,
                (said, expected) => said.is_none() && expected.is_none(),
            };
            if !is_true {
                untrue.push(format!("{head} of {} MB: {cell} is not {expected:?}", row[0]));
            }
        }
    }
    untrue
}

/// True if the program says the note itself of the run, and not of memory sizes.
fn is_about_the_numbers(note: &str) -> bool {
    const OTHERS: [&str; 6] = ["The search took", "this run cost", "[chart]", "💡", "(?)", "✅"];
    !OTHERS.iter().any(|other| note.starts_with(other))
}

/// True if a cell of the table is what the rows say, without the code that wrote it.
fn is_verdict_true(outcome: &TuningOutcome, power: u32, verdict: &str) -> bool {
    let row = |mb: u32| outcome.stats.as_ref().unwrap().iter().find(|row| row.value.megabytes() == mb).unwrap();
    let (own, winner) = (row(power), row(outcome.power.megabytes()));
    let Some((kinds, rest)) = verdict.split_once(": cost ") else {
        return match verdict {
            "" => own.excluded.is_none(),
            "winner" => own.value == outcome.power,
            other => other.starts_with("left out: ") && own.excluded.is_some(),
        };
    };
    let alternative = outcome.recommendation.alternatives.iter().find(|other| other.power == own.value);
    let known: Vec<String> = alternative.iter().flat_map(|other| &other.kinds).map(ToString::to_string).collect();
    let duration = |row: &StatsRow| row.metric_duration.or(row.average_duration).unwrap().0;
    let percents = [
        (own.average_price.unwrap().0 / winner.average_price.unwrap().0 - 1.0) * 100.0,
        (duration(own) / duration(winner) - 1.0) * 100.0,
    ];
    let said = rest.replace(" %", "").replace(" (?)", "");
    let said: Vec<f64> = said.split(", duration ").map(|number| number.parse().unwrap()).collect();
    known == kinds.split(", ").collect::<Vec<_>>()
        && said.iter().zip(percents).all(|(said, percent)| (said - percent).abs() <= 0.050_001)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, max_global_rejects: 100_000, ..ProptestConfig::default() })]

    #[test]
    fn only_true_sentences_stand_in_the_table_and_in_markdown(run in lists()) {
        let untrue = untrue_of(&run);
        prop_assert!(untrue.is_empty(), "{:#?}", untrue);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20, max_global_rejects: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn only_true_sentences_stand_in_the_table_of_a_search(run in searches()) {
        let untrue = untrue_of(&run);
        prop_assert!(untrue.is_empty(), "{:#?}", untrue);
    }
}
