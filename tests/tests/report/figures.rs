//! Figures, charts and sentences on the page.

use std::{fs, path::PathBuf};

use end_to_end::{browser::Look, results::Subject};
use report::{Execution, Reader};
use serde_json::Value;

use crate::visit::{Visit, run, site};

/// Checks that a text shows a figure, to as many decimals as it has.
fn assert_shows(text: &str, figure: f64) {
    let digits: String =
        text.chars().take_while(|c| !c.is_alphabetic() && *c != '–').filter(|c| *c != ',' && *c != ' ').collect();
    let shown: f64 = digits.parse().unwrap_or_else(|_| panic!("{text} is no figure"));
    let decimals = digits.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let half_a_unit = 0.5 * 10_f64.powi(-i32::try_from(decimals).unwrap());
    assert!((shown - figure).abs() <= half_a_unit * 1.000_001, "{text} is not {figure}");
}

#[tokio::test]
async fn every_golden_link_is_drawn_with_its_numbers_by_the_viewer_and_by_the_report() {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden/visualization-golden.json");
    let golden: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let reader = Reader::new().unwrap();
    let site = site();
    let mut visit = Visit::to(&site, Look::DESK).await;
    for case in golden["cases"].as_array().unwrap() {
        let url = case["url"].as_str().unwrap();
        let (_, data) = url.split_once('#').unwrap();
        let runs = reader.read(url, "", &Execution::default()).unwrap();
        for is_viewer in [true, false] {
            if is_viewer {
                visit.then_to(&format!("{site}#{data}"), Look::DESK).await;
            } else {
                visit.then_of(runs.clone(), Look::DESK).await;
            }
            let rows = visit.rows("table.values").await;
            let column =
                |name: &str| case[name].as_array().unwrap().iter().map(|n| n.as_f64().unwrap()).collect::<Vec<_>>();
            let (powers, durations, costs) = (column("powers"), column("durationsMs"), column("costsUsd"));
            assert_eq!(rows.len(), powers.len(), "{url}");
            for (row, ((power, duration), cost)) in rows.iter().zip(powers.iter().zip(&durations).zip(&costs)) {
                assert_shows(&row[0], *power);
                assert_shows(&row[1], *duration);
                assert_shows(&row[2], cost * 1e6);
            }
            assert_eq!(visit.count("#cost .average > *").await, powers.len());
        }
    }
    visit.end().await;
}

#[tokio::test]
async fn a_result_is_shown_with_everything_that_it_says() {
    let output = Subject::default().output();
    let visit = Visit::of(vec![run(&output, "before")], Look::DESK).await;
    let heads: Vec<String> = serde_json::from_value(
        visit.browser.run("return [...document.querySelectorAll('table.values thead th')].map(h => h.innerText)").await,
    )
    .unwrap();
    let at = |head: &str| {
        heads.iter().position(|other| other == head).unwrap_or_else(|| panic!("{head} is not in {heads:?}"))
    };
    let rows = visit.rows("table.values").await;
    let stats = output["stats"].as_array().unwrap();
    assert_eq!(rows.len(), stats.len());
    for (row, stat) in rows.iter().zip(stats) {
        let number = |name: &str| stat[name].as_f64().unwrap();
        assert_shows(&row[0], number("value"));
        let verdict = row.last().unwrap();
        if let Some(why) = stat["excluded"].as_str() {
            assert_eq!(*verdict, format!("left out: {why}"));
            continue;
        }
        assert_shows(&row[at("Duration")], number("averageDuration"));
        assert_shows(&row[at("Per million (USD)")], number("averagePrice") * 1e6);
        let (low, high) = row[at("95 % interval")].split_once(" – ").unwrap();
        assert_shows(low, stat["interval"]["low"].as_f64().unwrap());
        assert_shows(high, stat["interval"]["high"].as_f64().unwrap());
        assert_shows(&row[at("Cold start")], stat["initDuration"]["mean"].as_f64().unwrap());
        assert_shows(&row[at("Memory used")], number("maxMemoryUsed"));
        assert_shows(&row[at("Samples")], number("samples"));
        assert_eq!(verdict.contains("winner"), stat["value"] == output["power"], "{row:?}");
    }
    let main = visit.text("main").await;
    let said = [&output["recommendation"]["reasons"], &output["warnings"]];
    for sentence in said.into_iter().flat_map(|list| list.as_array().unwrap()) {
        assert!(main.contains(sentence.as_str().unwrap()), "{sentence} is not on the page");
    }
    let verdict = output["recommendation"]["verdict"].as_str().unwrap();
    let winner = visit.text(".winner").await;
    assert!(winner.starts_with(&format!("{} MB", output["power"])) && winner.ends_with(verdict), "{winner}");
    assert!(visit.text("h1").await.contains("thumbnails"));
    let measured = stats.iter().filter(|stat| stat["excluded"].is_null()).count();
    for (chart, mark, expected) in [
        ("duration", "average", measured),
        ("duration", "interval", measured),
        ("duration", "sample", measured * 28),
        ("duration", "cold-sample", measured * 2),
        ("duration", "best", 1),
        ("duration", "left-out", 1),
        ("duration", "model-line", 1),
        ("duration", "model-band", 1),
        ("cost", "average", measured),
        ("cost", "interval", measured),
        ("cost", "model-line", 1),
    ] {
        let drawn = visit.count(&format!("#{chart} .{mark} > *")).await;
        assert_eq!(drawn, expected, "{mark} of the chart {chart}");
    }
    for chart in ["duration", "cost"] {
        assert!(visit.text(&format!("#{chart} figcaption")).await.contains("a model, not measured"));
    }
    assert_eq!(visit.count("#cold-starts svg, #memory svg").await, 2);
    visit.end().await;
}

/// Where a mark is drawn, read back through the axis beside it, is its figure.
#[tokio::test]
async fn the_marks_are_where_the_axis_says() {
    let output = Subject::default().output();
    let visit = Visit::of(vec![run(&output, "")], Look::DESK).await;
    let script = "
        const plot = document.querySelector('#duration svg');
        const middle = e => { const { top, bottom } = e.getBoundingClientRect(); return (top + bottom) / 2; };
        const labels = [...plot.querySelectorAll('[aria-label=\"y-axis tick label\"] text')];
        const ticks = [...plot.querySelectorAll('[aria-label=\"y-axis tick\"] path')];
        const value = index => Number(labels.at(index).textContent.replaceAll(',', ''));
        const [y1, y2] = [middle(ticks[0]), middle(ticks.at(-1))];
        return [...plot.querySelectorAll('.average > *')].map(e => value(0) + (middle(e) - y1) / (y2 - y1) * (value(-1) - value(0)));";
    let drawn: Vec<f64> = serde_json::from_value(visit.browser.run(script).await).unwrap();
    let averages = output["stats"].as_array().unwrap().iter().filter_map(|row| row["averageDuration"].as_f64());
    let averages: Vec<f64> = averages.collect();
    assert_eq!(drawn.len(), averages.len());
    let largest = averages.iter().copied().fold(0.0, f64::max);
    for (drawn, average) in drawn.iter().zip(averages) {
        assert!((drawn - average).abs() < largest / 200.0, "{average} ms is drawn at {drawn}");
    }
    visit.end().await;
}
