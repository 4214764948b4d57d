//! Pairs of runs drawn at random, and what findings say held against their rows.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Compared, Finding, Moved, Percent, Thresholds, compare};
use crate::{
    contract::outcome::{StatsRow, TuningOutcome},
    measure::measurement::Basis,
    units::power::Power,
};

const SIZES: [u32; 3] = [128, 512, 1024];

/// A memory size of a run as it is drawn: average duration, width of its interval as a factor, memory used, and whether
/// it could win. What could not win has failed, unless its duration is short.
type Drawn = (f64, f64, u32, bool);

/// A duration below which a size that could not win was not measured, in ms.
const UNMEASURED: f64 = 50.0;

/// What both runs looked for.
#[derive(Debug, Clone)]
struct Goal {
    strategy: &'static str,
    max_duration: Option<f64>,
    max_cost: Option<f64>,
}

fn row(mb: u32, (duration, width, used, can_win): Drawn) -> Value {
    let billed = duration.ceil();
    let price = billed * f64::from(mb) * 1e-9;
    if !can_win {
        let errors = json!({"Runtime.ExitError": {"count": 2}});
        let (errors, excluded) = if duration < UNMEASURED {
            (json!({}), "no invocation could be measured")
        } else {
            (errors, "it ran out of memory (2 invocations)")
        };
        let spent = json!({"invocations": 2, "errors": errors});
        return json!({"value": mb, "totalCost": 0.0, "samples": 0, "spent": spent, "excluded": excluded});
    }
    json!({
        "value": mb, "averagePrice": price, "averageDuration": duration, "averageBilled": billed, "lanes": 5,
        "interval": {"low": duration / width, "high": duration * width}, "totalCost": 0.0, "samples": 10,
        "basis": "warm", "source": "report", "maxMemoryUsed": used, "spent": {},
    })
}

fn run(winner: usize, rows: &[Drawn], goal: &Goal) -> TuningOutcome {
    let Goal { strategy, max_duration, max_cost } = goal;
    let rows: Vec<Value> = SIZES.iter().zip(rows).map(|(&mb, drawn)| row(mb, *drawn)).collect();
    serde_json::from_value(json!({
        "power": SIZES[winner], "cost": 1.0, "duration": 1.0, "warnings": [], "recommendation": {"reasons": []},
        "stateMachine": {"executionCost": 0.0, "lambdaCost": 0.0, "visualization": ""}, "stats": rows,
        "subject": {
            "function": "f", "region": "eu-west-1", "architecture": "arm64", "present": 512, "ephemeralStorageMb": 512,
            "strategy": strategy, "balancedWeight": 0.5, "maxDuration": max_duration, "maxCost": max_cost,
        },
    }))
    .unwrap()
}

fn drawn() -> impl Strategy<Value = Vec<Drawn>> {
    let size = (prop_oneof![0.5..5.0, 5.0..500.0], 1.001..1.4, 20..1100_u32, prop::bool::weighted(0.85));
    prop::collection::vec(size, 3)
}

fn goal() -> impl Strategy<Value = Goal> {
    let strategy = prop_oneof![Just("cost"), Just("speed"), Just("balanced")];
    (strategy, prop::option::of(1.0..500.0), prop::option::of(1e-7..1e-4))
        .prop_map(|(strategy, max_duration, max_cost)| Goal { strategy, max_duration, max_cost })
}

fn thresholds() -> Thresholds {
    let [tolerance, drift, memory] = [5.0, 10.0, 10.0].map(|percent| Percent::try_from(percent).unwrap());
    Thresholds { tolerance, drift, memory }
}

/// The row of a memory size.
fn of(outcome: &TuningOutcome, mb: f64) -> &StatsRow {
    let rows = outcome.stats.as_ref().unwrap();
    rows.iter().find(|row| f64::from(row.value.megabytes()) == mb).unwrap()
}

/// The pieces between the numbers of a sentence, and the numbers.
fn pieces(sentence: &str) -> (String, Vec<f64>) {
    let (mut words, mut numbers, mut number) = (String::new(), Vec::new(), String::new());
    for c in format!("{sentence} ").chars() {
        if c.is_ascii_digit() || (c == '.' && !number.is_empty()) {
            number.push(c);
            continue;
        }
        if !number.is_empty() {
            numbers.push(number.trim_end_matches('.').parse().unwrap());
            words += if number.ends_with('.') { "#." } else { "#" };
            number.clear();
        }
        words.push(c);
    }
    (words.trim_end().to_owned(), numbers)
}

fn near(said: f64, is: f64) -> bool {
    (said - is).abs() <= 0.0051 + 1e-9 * is
}

/// A ratio as it is said lies in its interval.
fn holds(said: f64, ratio: f64, (low, high): (f64, f64)) -> bool {
    near(said, ratio) && low <= said && said <= high
}

/// Returns true if the rows of the two runs say the same as the sentence; panics at a sentence that nobody knows.
fn is_true(sentence: &str, last: &TuningOutcome, now: &TuningOutcome) -> bool {
    const TIMES: &str = "# times (# % confidence interval # to #)";
    let (words, n) = pieces(sentence);
    let moved = |rest: &str| format!("The best memory size has moved from # MB to # MB: {rest}");
    let duration = |outcome, mb| of(outcome, mb).average_duration.unwrap().0;
    let cost = |outcome, mb| of(outcome, mb).average_price.unwrap().0;
    let did_move = || {
        let winners = [last.power, now.power].map(|power| f64::from(power.megabytes()));
        winners == n[..2] && n[2] == n[0]
    };
    let is_compared = |mb| [last.power, Power::new(512).unwrap()].map(|p| f64::from(p.megabytes())).contains(&mb);
    let apart = |low: f64, high: f64, by: f64| low > 1.0 + by - 0.0051 || high < 1.0 / (1.0 + by) + 0.0051;
    if words == format!("At # MB an average invocation costs {TIMES} as much as in the last run.") {
        let ratio = cost(now, n[0]) / cost(last, n[0]);
        is_compared(n[0]) && holds(n[1], ratio, (n[3], n[4])) && apart(n[3], n[4], 0.1)
    } else if words
        == format!("At # MB an average invocation takes {TIMES} as long as in the last run: # ms, after # ms.")
    {
        let (now, last) = (duration(now, n[0]), duration(last, n[0]));
        let is_exact = is_compared(n[0]) && near(n[5], now) && near(n[6], last);
        is_exact && holds(n[1], now / last, (n[3], n[4])) && apart(n[3], n[4], 0.1)
    } else if words == "Memory use reached # MB, # % of # MB; in the last run it was # MB." {
        let used = |outcome| f64::from(of(outcome, n[2]).max_memory_used.unwrap());
        let is_exact = is_compared(n[2]) && used(now) == n[0] && used(last) == n[3];
        is_exact && n[1] >= 90.0 && n[3] < 0.9 * n[2] && n[0] >= 0.9 * n[2]
    } else if words == moved(&format!("at # MB an average invocation costs {TIMES} as much as at # MB.")) {
        let ratio = cost(now, n[0]) / cost(now, n[1]);
        did_move() && holds(n[3], ratio, (n[5], n[6])) && n[5] >= 1.05 && n[7] == n[1]
    } else if words == moved(&format!("at # MB an average invocation takes {TIMES} as long as at # MB.")) {
        let ratio = duration(now, n[0]) / duration(now, n[1]);
        did_move() && holds(n[3], ratio, (n[5], n[6])) && n[5] >= 1.05 && n[7] == n[1]
    } else if words == moved(&format!("the weighted sum of cost and duration at # MB is {TIMES} that at # MB.")) {
        let rows = now.stats.as_ref().unwrap();
        let can_win = rows.iter().filter(|row| row.excluded.is_none()).map(|row| f64::from(row.value.megabytes()));
        let can_win: Vec<f64> = can_win.collect();
        let most = |value: &dyn Fn(f64) -> f64| can_win.iter().map(|mb| value(*mb)).fold(0.0, f64::max);
        let score = |mb| cost(now, mb) / most(&|mb| cost(now, mb)) + duration(now, mb) / most(&|mb| duration(now, mb));
        did_move() && holds(n[3], score(n[0]) / score(n[1]), (n[5], n[6])) && n[5] >= 1.05 && n[7] == n[1]
    } else if words == moved("at # MB an average invocation takes # ms, and maxDuration is # ms.") {
        let limit = now.subject.as_ref().unwrap().max_duration.unwrap().0;
        did_move() && near(n[3], duration(now, n[0])) && near(n[4], limit) && duration(now, n[0]) > limit
    } else if words == moved("at # MB an average invocation costs #, and maxCost is #.") {
        let limit = now.subject.as_ref().unwrap().max_cost.unwrap().0;
        let is_exact = (n[3] - cost(now, n[0])).abs() < 1e-9 && (n[4] - limit).abs() < 1e-9;
        did_move() && is_exact && cost(now, n[0]) > limit
    } else if words == moved("# MB was left out: it ran out of memory (# invocations).") {
        did_move() && of(now, n[0]).spent.errors.count() == 2
    } else {
        panic!("no test knows what this means: {sentence}");
    }
}

proptest! {
    #[test]
    fn only_true_sentences_of_drift(
        (winners, goal) in ((0..3_usize, 0..3_usize), goal()), last in drawn(), now in drawn()
    ) {
        let (last, now) = (run(winners.0, &last, &goal), run(winners.1, &now, &goal));
        let compared = compare(&last, &now, &thresholds());
        for finding in &compared.findings {
            prop_assert!(is_true(&finding.to_string(), &last, &now), "{finding}: {finding:?}");
        }
    }

    #[test]
    fn a_run_does_not_differ_from_itself(winner in 0..3_usize, goal in goal(), rows in drawn()) {
        let run = run(winner, &rows, &goal);
        prop_assert_eq!(compare(&run, &run, &thresholds()).findings, []);
    }

    #[test]
    fn what_is_surely_slower_is_found_at_the_last_winner(
        winner in 0..3_usize, goal in goal(), rows in drawn(), factor in 1.3..4.0
    ) {
        let rows: Vec<Drawn> = rows.iter().map(|&(duration, _, used, _)| (duration, 1.02, used, true)).collect();
        let slower = rows.iter().map(|&(duration, width, used, _)| (duration * factor, width, used, true));
        let slower: Vec<Drawn> = slower.collect();
        let compared = compare(&run(winner, &rows, &goal), &run(winner, &slower, &goal), &thresholds());
        prop_assert_eq!(compared.at, Power::new(SIZES[winner]).ok());
        let is_slower =
            |finding: &Finding| matches!(finding, Finding::DurationDrifted { ratio, .. } if ratio.low > 1.1);
        prop_assert!(compared.findings.iter().any(is_slower), "{:?}", compared.findings);
    }
}

fn goal_of(strategy: &'static str) -> Goal {
    Goal { strategy, max_duration: None, max_cost: None }
}

const STEADY: [Drawn; 3] = [(400.0, 1.03, 90, true), (100.0, 1.03, 90, true), (50.0, 1.03, 90, true)];

#[test]
fn another_winner_is_no_move_if_the_old_one_is_not_surely_worse() {
    let goal = goal_of("cost");
    // 128 MB x 400 ms is as much as 512 MB x 100 ms.
    assert_eq!(compare(&run(0, &STEADY, &goal), &run(1, &STEADY, &goal), &thresholds()).findings, []);
    let slower = [(500.0, 1.03, 90, true), STEADY[1], STEADY[2]];
    let compared = compare(&run(0, &STEADY, &goal), &run(1, &slower, &goal), &thresholds());
    let said: Vec<String> = compared.findings.iter().map(Finding::to_string).collect();
    assert_eq!(
        said,
        [
            "The best memory size has moved from 128 MB to 512 MB: at 128 MB an average invocation costs 1.25 times \
             (95 % confidence interval 1.20 to 1.30) as much as at 512 MB.",
            "At 128 MB an average invocation costs 1.25 times (95 % confidence interval 1.20 to 1.30) as much as in \
             the last run.",
            "At 128 MB an average invocation takes 1.25 times (95 % confidence interval 1.20 to 1.30) as long as in \
             the last run: 500.00 ms, after 400.00 ms."
        ]
    );
}

#[test]
fn runs_that_looked_for_something_else_say_nothing_of_the_optimum() {
    let slower = [(900.0, 1.03, 90, true), STEADY[1], STEADY[2]];
    let (last, now) = (run(0, &STEADY, &goal_of("speed")), run(1, &slower, &goal_of("cost")));
    let is_move = |finding: &Finding| matches!(finding, Finding::OptimumMoved { .. });
    assert!(!compare(&last, &now, &thresholds()).findings.iter().any(is_move));
}

#[test]
fn a_winner_that_was_hardly_measured_has_moved_nothing() {
    let slower = [(900.0, 1.03, 90, true), STEADY[1], STEADY[2]];
    let (last, mut now) = (run(0, &STEADY, &goal_of("cost")), run(1, &slower, &goal_of("cost")));
    let moves = |now: &TuningOutcome| compare(&last, now, &thresholds()).findings.first().map(Finding::brief);
    assert_eq!(moves(&now), Some("optimum moved"));
    now.recommendation.hardly_measured = true;
    assert_eq!(moves(&now), Some("costs more"));
}

#[test]
fn averages_of_warm_and_of_cold_invocations_are_not_compared() {
    let slower = [STEADY[0], (300.0, 1.03, 90, true), STEADY[2]];
    let (last, mut now) = (run(1, &STEADY, &goal_of("cost")), run(1, &slower, &goal_of("cost")));
    assert_eq!(compare(&last, &now, &thresholds()).at, Power::new(512).ok());
    for row in now.stats.iter_mut().flatten() {
        row.basis = Some(Basis::Cold);
    }
    assert_eq!(compare(&last, &now, &thresholds()), Compared::default());
}

#[test]
fn a_size_that_cannot_win_any_more_has_moved_the_optimum_and_the_current_memory_is_compared() {
    let without = |duration| {
        let left_out = [STEADY[0], STEADY[1], (duration, 1.03, 90, false)];
        compare(&run(2, &STEADY, &goal_of("speed")), &run(1, &left_out, &goal_of("speed")), &thresholds())
    };
    let compared = without(UNMEASURED);
    assert_eq!(compared.at, Power::new(512).ok());
    let [Finding::OptimumMoved { because: Moved::LeftOut { .. }, .. }] = compared.findings.as_slice() else {
        panic!("{compared:?}");
    };
    // There were no reports, and nobody knows.
    assert_eq!(without(UNMEASURED / 2.0).findings, []);
}

#[test]
fn memory_that_comes_near_the_limit_is_told_once() {
    let of = |used| run(1, &[STEADY[0], (100.0, 1.03, used, true), STEADY[2]], &goal_of("cost"));
    let said = |last, now| {
        let compared = compare(&of(last), &of(now), &thresholds());
        compared.findings.iter().map(Finding::to_string).collect::<String>()
    };
    assert_eq!(said(400, 470), "Memory use reached 470 MB, 92 % of 512 MB; in the last run it was 400 MB.");
    assert_eq!([said(470, 475), said(470, 300), said(400, 440)], [""; 3]);
}
