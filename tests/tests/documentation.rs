//! The claims of the documentation about the tests and the template.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::{collections::BTreeMap, fs, path::PathBuf};

use end_to_end::permissions;
use serde::Deserialize;
use tuning::{
    decide::search::{Belief, Goal, LaneSummary, Observation, Pattern, Seeded, Settings, Workload},
    run::objective::Strategy,
    units::{milliseconds::Milliseconds, power::Power},
};

fn docs() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs")
}

#[test]
fn every_test_that_shows_a_guarantee_exists_where_its_link_leads() {
    let page = fs::read_to_string(docs().join("safety.md")).unwrap();
    let (_, guarantees) = page.split_once("| guarantee | test |").unwrap();
    let (table, _) = guarantees.split_once("\n\n").unwrap();
    let mut named = 0;
    for link in table.split("[`").skip(1) {
        let (tests, rest) = link.split_once("](").unwrap();
        let (file, _) = rest.split_once(')').unwrap();
        let code = fs::read_to_string(docs().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        for test in tests.split(", ").map(|test| test.trim_matches('`')) {
            assert!(code.contains(&format!("fn {test}()")), "{file} has no test {test}");
            named += 1;
        }
    }
    assert!(named > 20, "only {named} tests are named");
}

fn permissions() -> String {
    let template = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../template.yaml");
    fs::read_to_string(template).unwrap()
}

#[test]
fn the_permissions_on_their_page_are_those_of_the_template() {
    let table = permissions::table(&permissions::granted(&permissions()));
    let page = docs().join("permissions.md");
    assert!(fs::read_to_string(page).unwrap().contains(&table), "put this into docs/permissions.md:\n{table}");
}

#[test]
fn no_step_may_do_everything_and_none_may_delete_a_function_without_a_version() {
    let granted = permissions::granted(&permissions());
    assert!(granted.len() > 20, "{granted:?}");
    for permission in granted {
        assert!(!permission.action.contains('*'), "{permission:?}");
        let is_qualified = permission.resource.to_string() == "version or alias";
        assert!(permission.action != "lambda:DeleteFunction" || is_qualified, "{permission:?}");
    }
}

/// The least probability of a pattern with which power-tuner states it, as the page of patterns says.
const SURE: f64 = 0.7;

/// A row of the table of published measurements on the page of patterns.
struct Published<'a> {
    name: &'a str,
    durations: BTreeMap<u32, f64>,
    cheapest: u32,
    pattern: &'a str,
}

impl<'a> Published<'a> {
    fn all(page: &'a str) -> Vec<Self> {
        let (_, table) = page.split_once("| published function |").unwrap();
        let (table, _) = table.split_once("\n\n").unwrap();
        table.lines().skip(2).map(Self::parse).collect()
    }

    fn parse(row: &'a str) -> Self {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let &[name, durations, cheapest, pattern] = cells.as_slice() else { panic!("{row}") };
        let number = |text: &str| text.replace(',', "").parse().unwrap();
        let duration = |text: &str| {
            let (memory, duration) = text.split_once(": ").unwrap();
            (number(memory), f64::from(number(duration)))
        };
        Self {
            name: name.trim_matches('`'),
            durations: durations.split(" · ").map(duration).collect(),
            cheapest: number(cheapest.strip_suffix(" MB").unwrap()),
            pattern: pattern.trim_matches('`'),
        }
    }

    /// The workload as which power-tuner classifies it.
    fn workload(&self) -> Workload {
        let observed = |(&memory, &duration): (&u32, &f64)| {
            let lane = LaneSummary::of(&[duration, duration * 1.02, duration * 0.98]).unwrap();
            let power = Power::new(memory).unwrap();
            Observation { power, lanes: vec![lane; 3], failed: false, max_memory_used: None }
        };
        let observations: Vec<_> = self.durations.iter().map(observed).collect();
        let goal = Goal {
            strategy: Strategy::Cost,
            max_duration: None,
            max_cost: None,
            memory_headroom: 0.0,
            price: end_to_end::price("us-east-1"),
            timeout: Milliseconds(900e3),
            present: None,
            smallest: Power::MIN,
            largest: Power::MAX,
            tolerance: 0.0,
        };
        Belief::of(&observations, &goal, &Settings::REFERENCE, &mut Seeded::new(1)).unwrap().workload()
    }
}

#[test]
fn published_measurements_are_what_the_page_of_patterns_says_and_are_classified_so() {
    #[derive(Deserialize)]
    struct Curve {
        m: Vec<f64>,
        t: Vec<f64>,
    }
    let data = fs::read_to_string(docs().join("../bench/data/curves.json")).unwrap();
    let curves: BTreeMap<String, Curve> = serde_json::from_str(&data).unwrap();
    let page = fs::read_to_string(docs().join("patterns.md")).unwrap();
    let rows = Published::all(&page);
    assert!(rows.len() > 4, "only {} rows", rows.len());
    let mut untrue = Vec::new();
    for row in rows {
        let curve = &curves[row.name];
        for (memory, duration) in &row.durations {
            let at = curve.m.iter().position(|m| (m - f64::from(*memory)).abs() < 0.5).unwrap();
            if (curve.t[at] - duration).abs() > 0.5 {
                untrue.push(format!("{}: {} ms at {memory} MB", row.name, curve.t[at]));
            }
        }
        let cost = |(memory, duration): &(&u32, &f64)| f64::from(**memory) * duration.ceil();
        let (cheapest, _) = row.durations.iter().min_by(|a, b| cost(a).total_cmp(&cost(b))).unwrap();
        if row.cheapest != *cheapest {
            untrue.push(format!("{}: {cheapest} MB is the cheapest", row.name));
        }
        let workload = row.workload();
        let pattern = match workload.pattern {
            _ if workload.probability < SURE => "not stated",
            Pattern::NoOp => "noOp",
            Pattern::CpuBound { .. } => "cpuBound",
            Pattern::IoBound => "ioBound",
            Pattern::Mixed => "mixed",
        };
        if row.pattern != pattern {
            untrue.push(format!("{}: {workload:?}", row.name));
        }
    }
    assert!(untrue.is_empty(), "{}", untrue.join("\n"));
}
