//! The time that the Analyzer takes: `cargo bench --package bench`. What travels between steps is read from JSON and
//! written as JSON, as the Lambda runtime does.
#![expect(clippy::unwrap_used, reason = "a benchmark")]

mod run;
mod simulated;

use divan::Bencher;
use serde_json::json;
use tuning::{
    contract::step::analyzer::{self, Next},
    price::Prices,
    run::plan::Sampling,
};

use self::run::Run;

/// Samples of each memory size of the largest analysis, and in how many lanes they were taken.
const SAMPLES: u32 = 1_000;
const LANES: u32 = 10;

fn main() {
    divan::main();
}

/// 46 memory sizes with 1,000 samples each are decided on.
#[divan::bench]
fn decide_on_46_sizes(bencher: Bencher) {
    let input = json!({
        "lambdaARN": "f", "powerValues": "ALL", "num": 100, "parallelInvocation": true, "includeOutputResults": true,
    });
    let mut run = Run::begun(&input).unwrap();
    run.set_sampling(Sampling { lanes: LANES, ..Sampling::serial(SAMPLES) });
    analyze(bencher, &run.measured().unwrap(), Next::Clean);
}

/// A search plans its next round, after all but the last one that it takes.
#[divan::bench]
fn plan_the_next_round(bencher: Bencher) {
    let prices = Prices::bundled().unwrap();
    let begun = || Run::begun(&json!({"lambdaARN": "f", "powerValues": "AUTO"})).unwrap();
    let (mut run, mut rounds) = (begun(), 1);
    while run.goes_on(&prices).unwrap() {
        rounds += 1;
    }
    let mut run = begun();
    for _ in 0..rounds - 2 {
        run.goes_on(&prices).unwrap();
    }
    analyze(bencher, &run.measured().unwrap(), Next::Publish);
}

fn analyze(bencher: Bencher, input: &analyzer::Input, expected: Next) {
    let prices = Prices::bundled().unwrap();
    let event = serde_json::to_vec(input).unwrap();
    bencher.bench(|| {
        let state = ::analyzer::handle(&prices, serde_json::from_slice(&event).unwrap()).unwrap();
        assert_eq!(state.analysis.next, expected);
        serde_json::to_vec(&state).unwrap()
    });
}
