//! The search plans what the plain reference implementation (`search/reference.py`) plans, from the same observations.
#![expect(clippy::unwrap_used, reason = "tests")]

use rand_mt::Mt;
use serde::Deserialize;
use tuning::{
    decide::search::{Budget, Goal, LaneSummary, Observation, Plan, Progress, Randomness, Settings, Step, Stop, plan},
    price::GbSecondPrice,
    run::objective::{Strategy, Weight},
    units::{milliseconds::Milliseconds, power::Power, usd::Usd},
};

/// The posterior means may differ by this fraction.
const CLOSE: f64 = 0.01;

#[derive(Deserialize)]
struct State {
    observations: Vec<Raw>,
    goal: RawGoal,
    rounds: u32,
    verified: bool,
    expected: Expected,
}

#[derive(Deserialize)]
struct Raw {
    power: Power,
    lanes: Vec<Vec<f64>>,
    failed: bool,
    used: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Cost,
    Balanced,
    Speed,
    Latency,
}

#[derive(Deserialize)]
#[serde(default)]
struct RawGoal {
    kind: Kind,
    cap: Option<f64>,
    limit: Option<f64>,
    tie: f64,
    timeout: f64,
    current: Option<Power>,
}

impl Default for RawGoal {
    fn default() -> Self {
        Self { kind: Kind::Cost, cap: None, limit: None, tie: 0.0, timeout: 900e3, current: None }
    }
}

#[derive(Deserialize)]
struct Expected {
    step: String,
    powers: Vec<u32>,
    /// Of some sizes: MB, duration, loss.
    means: Vec<(u32, f64, f64)>,
}

impl From<&Raw> for Observation {
    fn from(raw: &Raw) -> Self {
        Self {
            power: raw.power,
            lanes: raw.lanes.iter().filter_map(|durations| LaneSummary::of(durations)).collect(),
            failed: raw.failed,
            max_memory_used: Some(raw.used).filter(|&used| used > 0),
        }
    }
}

impl From<&RawGoal> for Goal {
    fn from(raw: &RawGoal) -> Self {
        Self {
            strategy: match raw.kind {
                Kind::Cost | Kind::Latency => Strategy::Cost,
                Kind::Balanced => Strategy::Balanced { weight: Weight::DEFAULT },
                Kind::Speed => Strategy::Speed,
            },
            max_duration: raw.limit.map(Milliseconds),
            max_cost: raw.cap.map(Usd),
            memory_headroom: 0.0,
            // The reference counts in MB x ms.
            price: GbSecondPrice(1024.0 * 1000.0),
            timeout: Milliseconds(raw.timeout),
            present: raw.current,
            smallest: Power::MIN,
            largest: Power::MAX,
            tolerance: raw.tie,
        }
    }
}

/// The generator of Python.
struct Python(Mt);

impl Randomness for Python {
    fn uniform(&mut self) -> f64 {
        let (a, b) = (self.0.next_u32() >> 5, self.0.next_u32() >> 6);
        (f64::from(a) * 67_108_864.0 + f64::from(b)) / 9_007_199_254_740_992.0
    }
}

fn states() -> Vec<State> {
    serde_json::from_str(include_str!("search/golden.json")).unwrap()
}

fn answer(state: &State) -> Plan {
    let observations: Vec<Observation> = state.observations.iter().map(Observation::from).collect();
    let progress = Progress { rounds: state.rounds, verified: state.verified.then_some(Stop::Converged) };
    let mut random = Python(Mt::new_with_key([1]));
    plan(&observations, progress, &(&state.goal).into(), &Settings::REFERENCE, &Budget::default(), &mut random)
}

/// The name of a step in the reference, and its sizes.
fn named(step: &Step) -> (&'static str, Vec<u32>) {
    let (name, powers) = match step {
        Step::Measure(round) if round.iter().all(|series| series.again) => {
            ("remeasure", round.iter().map(|s| s.power).collect())
        }
        Step::Measure(round) => ("measure", round.iter().map(|s| s.power).collect()),
        Step::Verify(round, _) => ("verify", round.iter().map(|s| s.power).collect()),
        Step::Done { winner, .. } => ("done", vec![*winner]),
        Step::Failed(_) => ("fail", vec![]),
    };
    (name, powers.iter().copied().map(Power::megabytes).collect())
}

#[test]
fn the_next_sizes_are_those_of_the_reference() {
    let states = states();
    assert!(states.len() >= 40);
    for (number, state) in states.iter().enumerate() {
        let mut expected = state.expected.powers.clone();
        if state.observations.is_empty() {
            // The product begins with the function's memory, too.
            expected.extend(state.goal.current.map(Power::megabytes));
            expected.sort_unstable();
        }
        assert_eq!(named(&answer(state).step), (state.expected.step.as_str(), expected), "state {number}");
    }
}

#[test]
fn the_posterior_means_are_those_of_the_reference() {
    for (number, state) in states().iter().enumerate() {
        let belief = answer(state).belief;
        assert_eq!(belief.is_some(), !state.expected.means.is_empty(), "state {number}");
        let Some(belief) = belief else { continue };
        for &(mb, duration, loss) in &state.expected.means {
            let at = belief.sizes().iter().position(|size| size.megabytes() == mb).unwrap();
            let close = |own: f64, expected: f64| {
                assert!((own / expected - 1.0).abs() <= CLOSE, "state {number}, {mb} MB: {own} {expected}");
            };
            close(belief.mean_durations()[at], duration);
            close(belief.mean_loss()[at], loss);
        }
    }
}
