//! Gates: whether a result may pass.

use tuning::{
    contract::outcome::{Outcome, TuningOutcome},
    units::power::Power,
};

use crate::{
    arguments::{
        Gates,
        gate::{Limit, Percent},
    },
    failure::Failure,
    output::Note,
};

/// The judgement of the gates, one sentence each.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Judgement {
    /// Those that let the result pass.
    pub passed: Vec<String>,
    /// Those that do not.
    pub failed: Vec<String>,
}

impl Judgement {
    /// As notes.
    pub fn notes(&self) -> impl Iterator<Item = Note> {
        let passed = self.passed.iter().cloned().map(Note::Good);
        passed.chain(self.failed.iter().cloned().map(Note::Bad))
    }

    fn add(&mut self, is_passed: bool, sentence: String) {
        if is_passed { self.passed.push(sentence) } else { self.failed.push(sentence) }
    }
}

/// Judges a result.
pub fn judge(gates: Gates, outcome: &Outcome) -> Result<Judgement, Failure> {
    let mut judgement = Judgement::default();
    if gates.fail_if_saving_above.is_none() && gates.fail_if_slower_than.is_none() {
        return Ok(judgement);
    }
    let Outcome::Tuned(outcome) = outcome else {
        return Err(Failure::bad_input("a dry run measures nothing: no gate can judge it"));
    };
    if let Some(Percent(limit)) = gates.fail_if_saving_above {
        let present = outcome.recommendation.against_present.ok_or_else(|| not_measured("--fail-if-saving-above"))?;
        let saving = -present.cost_percent;
        // The lowest saving that the samples allow.
        let surely = present.cost_ratio.filter(|_| !gates.strict).map_or(saving, |ratio| 100.0 * (1.0 - ratio.high));
        let (is_passed, doubt) = within(saving, surely, limit);
        judgement.add(
            is_passed,
            format!(
                "{} instead of the current {} saves {saving:.1} %{doubt} (--fail-if-saving-above {})",
                outcome.power,
                present.power,
                Percent(limit)
            ),
        );
    }
    if let Some(Limit(limit)) = gates.fail_if_slower_than {
        let power = left_at(outcome).ok_or_else(|| not_measured("--fail-if-slower-than"))?;
        let row = outcome.stats.iter().flatten().find(|row| row.value == power);
        let duration = row.and_then(|row| row.metric_duration.or(row.average_duration));
        let duration = duration.ok_or_else(|| not_measured("--fail-if-slower-than"))?;
        // There is an interval of the average alone.
        let is_average = row.is_some_and(|row| row.metric_duration.is_none_or(|by| Some(by) == row.average_duration));
        let interval = row.and_then(|row| row.interval).filter(|_| is_average && !gates.strict);
        let (is_passed, doubt) = within(duration.0, interval.map_or(duration.0, |interval| interval.low.0), limit.0);
        judgement.add(is_passed, format!("{duration} at {power}{doubt} (--fail-if-slower-than {limit})"));
    }
    Ok(judgement)
}

/// Returns true if a figure keeps within a limit, and the words for the case that only its confidence interval does.
fn within(figure: f64, surely: f64, limit: f64) -> (bool, &'static str) {
    let is_within = figure <= limit;
    let is_doubtful = !is_within && surely <= limit;
    (
        is_within || is_doubtful,
        if is_doubtful { ", which is not certain: its 95 % confidence interval reaches the limit" } else { "" },
    )
}

/// The memory that the function has after the run.
fn left_at(outcome: &TuningOutcome) -> Option<Power> {
    let present = outcome.subject.as_ref().map(|subject| subject.present);
    let present = present.or_else(|| outcome.recommendation.against_present.map(|present| present.power));
    if outcome.applied.is_some() { Some(outcome.power) } else { present }
}

fn not_measured(gate: &str) -> Failure {
    Failure::bad_input(format!("{gate} needs a measurement of the function's current memory, and this run has none"))
        .hint("start the run with --compare-with-current and --include-output-results")
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tuning::contract::outcome::Applied;

    use super::*;

    fn outcome() -> Outcome {
        let row = |power: u32, ms: f64| {
            json!({"value": power, "averagePrice": 1e-7, "averageDuration": ms, "metricDuration": ms, "totalCost": 1e-6,
                   "samples": 10, "spent": {}})
        };
        serde_json::from_value(json!({
            "power": 512, "cost": 1e-7, "duration": 200.0,
            "stateMachine": {"executionCost": 0.0, "lambdaCost": 0.0, "visualization": ""},
            "stats": [row(512, 200.0), row(1024, 100.0)],
            "recommendation": {
                "againstPresent": {"power": 1024, "costPercent": -25.0, "durationPercent": 100.0}, "reasons": [],
            },
            "warnings": [],
        }))
        .unwrap()
    }

    fn gates(saving: Option<f64>, slower: Option<&str>) -> Gates {
        let slower = slower.map(|limit| limit.parse().unwrap());
        Gates { fail_if_saving_above: saving.map(Percent), fail_if_slower_than: slower, strict: false }
    }

    fn has_passed(gates: Gates, is_applied: bool) -> bool {
        let mut outcome = outcome();
        let [memory, memory_before] = [512, 1024].map(|mb| Power::new(mb).unwrap());
        outcome.apply(is_applied.then_some(Applied::Latest { memory, memory_before }));
        judge(gates, &outcome).unwrap().failed.is_empty()
    }

    #[test]
    fn a_saving_above_the_limit_fails() {
        assert!(has_passed(gates(Some(25.0), None), false) && !has_passed(gates(Some(20.0), None), false));
    }

    #[test]
    fn the_duration_is_the_one_at_the_memory_that_the_function_is_left_at() {
        let limit = gates(None, Some("150ms"));
        assert!(has_passed(limit, false) && !has_passed(limit, true));
    }

    #[test]
    fn a_gate_fails_only_if_the_whole_interval_is_beyond_its_limit_unless_it_is_strict() {
        let Outcome::Tuned(mut unsure) = outcome() else { panic!("it is tuned") };
        let (low, high) = (0.7, 0.85);
        if let Some(present) = &mut unsure.recommendation.against_present {
            present.cost_ratio =
                serde_json::from_value(json!({"ratio": 0.75, "low": low, "high": high, "distinguishable": true}))
                    .unwrap();
        }
        for row in unsure.stats.iter_mut().flatten() {
            row.interval = serde_json::from_value(json!({"low": 90.0, "high": 110.0})).unwrap();
        }
        let unsure = Outcome::Tuned(unsure);
        let passes = |saving, slower, strict| {
            judge(Gates { strict, ..gates(saving, slower) }, &unsure).unwrap().failed.is_empty()
        };
        // It saves 25 %, surely 15 %; it takes 100 ms, surely 90 ms.
        for (limit, strict, passed) in
            [(20.0, false, true), (20.0, true, false), (14.0, false, false), (26.0, true, true)]
        {
            assert_eq!(passes(Some(limit), None, strict), passed, "{limit} % {strict}");
        }
        for (limit, strict, passed) in [("95ms", false, true), ("95ms", true, false), ("89ms", false, false)] {
            assert_eq!(passes(None, Some(limit), strict), passed, "{limit} {strict}");
        }
    }

    #[test]
    fn every_gate_says_what_it_saw() {
        let judgement = judge(gates(Some(20.0), Some("0.3s")), &outcome()).unwrap();
        insta::assert_debug_snapshot!(judgement, @r#"
        Judgement {
            passed: [
                "100.00 ms at 1024 MB (--fail-if-slower-than 300.00 ms)",
            ],
            failed: [
                "512 MB instead of the current 1024 MB saves 25.0 % (--fail-if-saving-above 20 %)",
            ],
        }
        "#);
    }

    #[test]
    fn without_the_current_memory_no_gate_can_judge() {
        let Outcome::Tuned(mut tuned) = outcome() else { panic!("it is tuned") };
        tuned.recommendation.against_present = None;
        let refused = judge(gates(Some(20.0), None), &Outcome::Tuned(tuned)).unwrap_err();
        assert!(refused.to_string().contains("--compare-with-current"), "{refused}");
    }
}
