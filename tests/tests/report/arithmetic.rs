//! The arithmetic of the page: it computes what `tuning` computes.

use std::{fs, path::PathBuf};

use analyzer::true_sentences::{DrawnRun, lists, searches};
use end_to_end::{browser::Look, results::Subject};
use proptest::{
    prop_oneof,
    strategy::{Strategy as _, ValueTree as _},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::{Value, json};
use tuning::{
    contract::outcome::DecidedBy,
    decide::strategy::Candidate,
    price::{Architecture, MonthlyUse, Prices, Startup},
    run::objective::{Strategy, Weight},
    units::{milliseconds::Milliseconds, power::Power, usd::Usd},
};

use crate::visit::{Visit, run, site};

const STRATEGIES: [&str; 3] = ["cost", "balanced", "speed"];

fn strategy(name: &str, weight: f64) -> Strategy {
    match name {
        "cost" => Strategy::Cost,
        "speed" => Strategy::Speed,
        _ => Strategy::Balanced { weight: Weight::clamped(weight) },
    }
}

fn golden(file: &str) -> Vec<Value> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden").join(file);
    let golden: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    golden["cases"].as_array().unwrap().clone()
}

/// The winners that the page finds, for many questions at once: `[strategy, weight, [{power, cost, duration}]]`.
async fn winners(visit: &Visit, questions: &[Value]) -> Vec<Value> {
    let script =
        "return arguments[0].map(([name, weight, candidates]) => powerTuner.winner({name, weight}, candidates).power)";
    visit.browser.run_with(script, vec![json!(questions)]).await.as_array().unwrap().clone()
}

#[tokio::test]
async fn the_strategies_agree_with_the_golden_data_of_the_reference_tool() {
    let cases = golden("strategy-golden.json");
    let questions: Vec<Value> = cases
        .iter()
        .map(|case| {
            let input = &case["input"];
            let candidates: Vec<Value> = input["stats"]
                .as_array()
                .unwrap()
                .iter()
                .map(|stat| json!({"power": stat["value"], "cost": stat["averagePrice"], "duration": stat["averageDuration"]}))
                .collect();
            let name = input["strategy"].as_str().unwrap_or("cost");
            json!([name, input["balancedWeight"].as_f64().unwrap_or(0.5), candidates])
        })
        .collect();
    let visit = Visit::to(&site(), Look::DESK).await;
    let expected: Vec<Value> = cases.iter().map(|case| case["expected"]["power"].clone()).collect();
    assert_eq!(winners(&visit, &questions).await, expected);
    visit.end().await;
}

#[tokio::test]
async fn the_strategies_agree_with_the_program_on_results_with_many_ties() {
    let mut random = fastrand::Rng::with_seed(7);
    let (mut questions, mut expected) = (Vec::new(), Vec::new());
    for _ in 0..2000 {
        let candidates: Vec<Candidate> = (0..random.u32(1..12))
            .map(|number| Candidate {
                power: Power::new(128 + number * 64).unwrap(),
                cost: Usd(f64::from(random.u32(0..6)) * 1e-7),
                duration: Milliseconds(f64::from(random.u32(0..6)) * 10.3),
            })
            .collect();
        let (name, weight) = (STRATEGIES[random.usize(0..3)], f64::from(random.i32(-10..111)) / 100.0);
        let given: Vec<Value> =
            candidates.iter().map(|c| json!({"power": c.power, "cost": c.cost, "duration": c.duration})).collect();
        questions.push(json!([name, weight, given]));
        expected.push(json!(strategy(name, weight).winner(&candidates).unwrap().power));
    }
    let visit = Visit::to(&site(), Look::DESK).await;
    assert_eq!(winners(&visit, &questions).await, expected);
    visit.end().await;
}

/// Runs by lists and by searches, always the same: to draw one takes a second.
fn drawn_runs() -> Vec<DrawnRun> {
    let config = Config { max_global_rejects: 100_000, max_local_rejects: 100_000, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let drawn = prop_oneof![lists(), searches()];
    (0..60).map(|_| drawn.new_tree(&mut runner).unwrap().current()).collect()
}

#[tokio::test]
async fn with_the_settings_of_a_run_the_page_names_the_winner_of_the_run() {
    let runs = drawn_runs();
    let questions: Vec<Value> = runs
        .iter()
        .map(|DrawnRun { outcome, .. }| {
            let subject = outcome.subject.as_ref().unwrap();
            let strategy = json!({"name": subject.strategy, "weight": subject.balanced_weight});
            json!([run(&serde_json::to_value(outcome).unwrap(), ""), strategy])
        })
        .collect();
    let visit = Visit::to(&site(), Look::DESK).await;
    let script = "return arguments[0].map(([run, strategy]) =>
        [powerTuner.chosen(run, strategy).power, powerTuner.byRule(run, strategy).power])";
    let found = visit.browser.run_with(script, vec![json!(questions)]).await;
    let mut by_estimates = 0;
    for (found, run) in found.as_array().unwrap().iter().zip(&runs) {
        let (winner, decided_by) = (json!(run.outcome.power), run.outcome.recommendation.decided_by);
        assert_eq!(found[0], winner, "{run:?}");
        // The page says why this one may differ: it does not know which sizes the search could choose from.
        if decided_by != DecidedBy::Search {
            assert_eq!(found[1], winner, "the rule of the page is another one: {run:?}");
        }
        by_estimates += u32::from(decided_by == DecidedBy::Estimates);
    }
    println!("{by_estimates} of {} runs were decided by estimates", runs.len());
    assert!(by_estimates > 0, "none of the runs was decided by estimates");
    visit.end().await;
}

#[tokio::test]
async fn no_amount_of_money_is_shown_as_nothing() {
    let amounts = [0.0, 2.167e-5, 0.9999, 1.0, 4.6484, 161.123, 9999.994, 10_000.4, 1.5e-14];
    let visit = Visit::to(&site(), Look::DESK).await;
    let script = "return arguments[0].map(amount => powerTuner.money(amount, 'USD'))";
    let shown = visit.browser.run_with(script, vec![json!(amounts)]).await;
    let expected =
        ["$0.00", "$0.00002167", "$0.9999", "$1.000", "$4.648", "$161.12", "$9,999.99", "$10,000", "$1.500e-14"];
    assert_eq!(shown, json!(expected));
    let others = "return [powerTuner.money(-0.5, 'CNY'), powerTuner.money(2, 'EUR'), powerTuner.perMillion(2.1e-12)]";
    assert_eq!(visit.browser.run(others).await, json!(["−CN¥0.5000", "2.000 EUR", "0.000002100"]));
    visit.end().await;
}

#[tokio::test]
async fn a_month_costs_what_the_program_says_in_every_tier_and_region() {
    let prices = Prices::bundled().unwrap();
    let (mut questions, mut expected) = (Vec::new(), Vec::new());
    for (region, architecture) in [
        ("us-east-1", Architecture::X86),
        ("eu-west-1", Architecture::Arm),
        ("cn-north-1", Architecture::X86),
        ("xx-west-9", Architecture::Arm),
    ] {
        for invocations in [1, 1_000_000, 40_000_000_000] {
            for (mb, billed, ephemeral_storage_mb) in [(128, 1.0, 512), (1769, 123.4, 512), (10_240, 3000.5, 4096)] {
                let power = Power::new(mb).unwrap();
                let monthly_use =
                    MonthlyUse { invocations, power, billed, ephemeral_storage_mb, startup: Startup::OnDemand };
                expected.push(prices.monthly_cost(region, architecture, &monthly_use).total().0);
                let given = json!({"invocations": invocations, "power": mb, "billed": billed, "ephemeralStorageMb": ephemeral_storage_mb});
                questions.push(json!([prices.sheet(region, architecture), given]));
            }
        }
    }
    let visit = Visit::to(&site(), Look::DESK).await;
    let script = "return arguments[0].map(([prices, use]) => powerTuner.monthlyCost(prices, use))";
    let computed = visit.browser.run_with(script, vec![json!(questions)]).await;
    for (computed, expected) in computed.as_array().unwrap().iter().zip(expected) {
        assert_close(computed.as_f64().unwrap(), expected);
    }
    visit.end().await;
}

fn assert_close(shown: f64, expected: f64) {
    assert!((shown - expected).abs() <= 1e-9 * expected.abs(), "{shown} is not {expected}");
}

#[tokio::test]
async fn the_sliders_show_the_winner_and_the_monthly_cost_that_the_program_computes() {
    let subject = Subject::default();
    let output = subject.output();
    let stats: Vec<&Value> =
        output["stats"].as_array().unwrap().iter().filter(|row| !row["averagePrice"].is_null()).collect();
    let candidates: Vec<Candidate> = stats
        .iter()
        .map(|row| Candidate {
            power: serde_json::from_value(row["value"].clone()).unwrap(),
            cost: Usd(row["averagePrice"].as_f64().unwrap()),
            duration: Milliseconds(row["averageDuration"].as_f64().unwrap()),
        })
        .collect();
    let prices = Prices::bundled().unwrap();
    let monthly = |power: Power, invocations: u64| {
        let row = stats.iter().find(|row| row["value"] == json!(power)).unwrap();
        let billed = row["averageBilled"].as_f64().unwrap();
        let monthly_use =
            MonthlyUse { invocations, power, billed, ephemeral_storage_mb: 1024, startup: Startup::OnDemand };
        prices.monthly_cost("eu-west-1", subject.architecture, &monthly_use).total().0
    };
    let visit = Visit::of(vec![run(&output, "")], Look::DESK).await;
    let mut seen = std::collections::BTreeSet::new();
    for (weight, invocations) in
        [(0.0, 1_000u32), (0.25, 12_000_000), (0.5, 12_000_000), (0.73, 900_000_001), (1.0, 4_000_000_000)]
    {
        visit.set("weight", weight).await;
        visit.set("invocations-exact", f64::from(invocations)).await;
        for name in STRATEGIES {
            let expected = strategy(name, weight).winner(&candidates).unwrap();
            let script = format!("return document.querySelector('[data-strategy={name}]').dataset");
            let shown = visit.browser.run(&script).await;
            assert_eq!(shown["power"], json!(expected.power.to_string().trim_end_matches(" MB")), "{name} at {weight}");
            let cost: f64 = shown["monthly"].as_str().unwrap().parse().unwrap();
            assert_close(cost, monthly(expected.power, u64::from(invocations)));
            if name == "balanced" {
                seen.insert(expected.power);
            }
        }
    }
    assert!(seen.len() >= 2, "the weight decides nothing: {seen:?}");
    // The run's own figure.
    visit.set("invocations-exact", 12_000_000.0).await;
    let winner = serde_json::from_value(output["power"].clone()).unwrap();
    assert_close(monthly(winner, 12_000_000), output["recommendation"]["monthly"]["atWinner"].as_f64().unwrap());
    // The slider itself moves in steps of two digits.
    visit.set("invocations", 7.5).await;
    assert_eq!(visit.browser.run("return document.getElementById('invocations-exact').value").await, json!("32000000"));
    visit.end().await;
}
