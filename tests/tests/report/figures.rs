//! Figures, charts and sentences on the page.

use std::{fs, path::PathBuf};

use end_to_end::{browser::Look, results::Subject};
use report::{Execution, Past, Reader, asked};
use serde_json::{Value, json};

use crate::visit::{Visit, run, site};

/// Checks that a text shows a figure, to as many decimals as it has.
fn assert_shows(text: &str, figure: f64) {
    let digits: String = text
        .chars()
        .take_while(|c| !c.is_alphabetic() && !"–%(".contains(*c))
        .filter(|c| *c != ',' && *c != ' ')
        .collect();
    let shown: f64 = digits.parse().unwrap_or_else(|_| panic!("{text} is no figure"));
    let decimals = digits.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let half_a_unit = 0.5 * 10_f64.powi(-i32::try_from(decimals).unwrap());
    assert!((shown - figure).abs() <= half_a_unit * 1.000_001, "{text} is not {figure}");
}

/// The position of the column whose head begins so.
async fn column(visit: &Visit, head: &str) -> usize {
    let heads = "return [...document.querySelectorAll('table.values thead th')].map(h => h.innerText)";
    let heads: Vec<String> = serde_json::from_value(visit.browser.run(heads).await).unwrap();
    let found = heads.iter().position(|other| other.replace('\u{a0}', " ").starts_with(head));
    found.unwrap_or_else(|| panic!("{head} is not in {heads:?}"))
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
            let (duration_at, cost_at) = (column(&visit, "Duration").await, column(&visit, "Per million").await);
            let column =
                |name: &str| case[name].as_array().unwrap().iter().map(|n| n.as_f64().unwrap()).collect::<Vec<_>>();
            let (powers, durations, costs) = (column("powers"), column("durationsMs"), column("costsUsd"));
            assert_eq!(rows.len(), powers.len(), "{url}");
            for (row, ((power, duration), cost)) in rows.iter().zip(powers.iter().zip(&durations).zip(&costs)) {
                assert_shows(&row[0], *power);
                assert_shows(&row[duration_at], *duration);
                assert_shows(&row[cost_at], cost * 1e6);
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
    let mut columns = Vec::new();
    for head in ["Duration", "Per million (USD)", "95 % interval", "Cold start", "vCPU", "Memory used", "Samples"] {
        columns.push((head, column(&visit, head).await));
    }
    let at = |head: &str| columns.iter().find(|(known, _)| *known == head).unwrap().1;
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
        assert_shows(&row[at("vCPU")], number("vcpus"));
        let (used, share) = row[at("Memory used")].split_once(" (").unwrap();
        assert_shows(used, number("maxMemoryUsed"));
        assert_shows(share, number("memoryUsedShare") * 100.0);
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

/// The drawing fills its picture, and nothing is drawn beside it: the model knows sizes up to 10,240 MB, where a
/// million invocations cost four times as much as at the largest one that was measured.
#[tokio::test]
async fn the_axes_fit_what_is_drawn() {
    let no_op = Subject { cpu_ms: 0.4, io_ms: 0.6, ..Subject::default() };
    let one = Subject { power_values: vec![1024], ..Subject::default() };
    let mut visit = Visit::to(&site(), Look::DESK).await;
    for (subject, is_logarithmic) in [(Subject::default(), false), (no_op.clone(), false), (one, false), (no_op, true)]
    {
        visit.then_of(vec![run(&subject.output(), "")], Look::DESK).await;
        if is_logarithmic {
            visit.browser.run("document.getElementById('logarithmic').click()").await;
        }
        for chart in ["duration", "cost"] {
            let script = "
                const plot = document.querySelector(`#${arguments[0]} svg`);
                const boxes = [...plot.querySelectorAll('.average > *, .interval > *, .sample > *, .cold-sample > *, .model-line > *, .model-band > *')]
                    .map(mark => mark.getBoundingClientRect());
                const frame = plot.getBoundingClientRect();
                const label = [...plot.querySelectorAll('text')].find(text => text.textContent.endsWith(' MB')).getBoundingClientRect();
                return {
                    highest: (frame.bottom - Math.min(...boxes.map(box => box.top))) / frame.height,
                    left: Math.min(label.left, ...boxes.map(box => box.left)) - frame.left,
                    right: frame.right - Math.max(label.right, ...boxes.map(box => box.right)),
                    above: label.top - frame.top,
                };";
            let drawn = visit.browser.run_with(script, vec![json!(chart)]).await;
            let number = |name: &str| drawn[name].as_f64().unwrap();
            assert!((0.6..1.0).contains(&number("highest")), "{chart}: {drawn}");
            assert!(["left", "right", "above"].iter().all(|edge| number(edge) >= 0.0), "{chart}: {drawn}");
        }
    }
    visit.end().await;
}

#[tokio::test]
async fn how_it_was_measured_is_shown_without_any_payload_and_what_is_not_known_is_left_out() {
    let limited = json!({"strategy": "balanced", "maxDuration": 900, "memoryHeadroom": 0.2, "tolerance": 0.015});
    let output = Subject { input: limited, ..Subject::default() }.output();
    let input = json!({"lambdaARN": "thumbnails", "num": 30, "powerValues": "ALL", "payload": {"token": "secret"}});
    let described = json!({
        "executionArn": "arn:aws:states:eu-west-1:123456789012:execution:power-tuning:run", "status": "SUCCEEDED",
        "startDate": "2026-11-26T18:30:05.250000+00:00", "stopDate": 1_795_717_965.0,
        "input": input.to_string(), "output": output.to_string(),
    });
    let mut visit = Visit::of(vec![run(&described, "")], Look::DESK).await;
    assert_eq!(asked(&input.to_string())["payload"], "one for all invocations");
    insta::assert_snapshot!(settings(&visit).await);
    assert!(!visit.browser.run("return document.documentElement.outerHTML").await.to_string().contains("secret"));
    // The output alone does not say when it ran and what it was asked for; that of the reference tool says nothing.
    visit.then_of(vec![run(&output, "")], Look::DESK).await;
    insta::assert_snapshot!(settings(&visit).await);
    let link = "https://lambda-power-tuning.show/#AAEAAsALACg=;AACgQQAA8EEAAPBBAADwQQ==;sA+hNJW/VjSVv9YzsA+hNA==";
    let linked = Reader::new().unwrap().read(link, "", &Execution::default()).unwrap();
    visit.then_of(linked, Look::DESK).await;
    assert_eq!(visit.count("#settings").await, 0);
    visit.end().await;
}

/// The settings of a run, a line each.
async fn settings(visit: &Visit) -> String {
    let script = "return [...document.querySelectorAll('.settings dl > div')].map(line => `${line.children[0].innerText}: ${line.children[1].innerText}`).join('\\n')";
    visit.browser.run(script).await.as_str().unwrap().to_owned()
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

#[tokio::test]
async fn the_history_of_a_function_is_drawn_and_written() {
    let mut result = run(&Subject::default().output(), "");
    let past = |month: u32, power: u32, duration: f64| -> Past {
        serde_json::from_value(json!({
            "finished": format!("2026-{month:02}-07T03:00:00.000Z"), "power": power, "cost": 2e-6, "duration": duration,
            "interval": {"low": duration - 2.0, "high": duration + 3.0},
        }))
        .unwrap()
    };
    result.history = vec![past(9, 512, 100.0), past(10, 512, 101.5), past(11, 1024, 60.25)];
    let visit = Visit::of(vec![result], Look::DESK).await;
    // Two pictures, of which the duration has intervals; the memory size stands where it is another one than before.
    assert_eq!(visit.count("#history-0 .past > *").await, 6);
    assert_eq!(visit.count("#history-0 .interval > *").await, 3);
    assert_eq!(visit.count("#history-0 svg [aria-label='text'] > text").await, 4);
    let rows = visit.rows("#history-0 table").await;
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[2], ["2026-11-07 03:00", "1024 MB", "60.25 ms", "58.25 – 63.25", "2.000"]);
    visit.end().await;
}
