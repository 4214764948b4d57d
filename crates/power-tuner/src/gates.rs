//! Gates: whether a result may pass.

use tuning::{
    outcome::{Outcome, TuningOutcome},
    power::Power,
};

use crate::{
    arguments::{
        Gates,
        gate::{Limit, Percent},
    },
    failure::Failure,
    output::Note,
};

/// What the gates say, one sentence each.
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

/// Judges a result. `optimizes` says whether the run leaves the function at the winner.
pub fn judge(gates: Gates, outcome: &Outcome, optimizes: Option<bool>) -> Result<Judgement, Failure> {
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
        judgement.add(
            saving <= limit,
            format!(
                "{} instead of the present {} saves {saving:.1} % (--fail-if-saving-above {})",
                outcome.power,
                present.power,
                Percent(limit)
            ),
        );
    }
    if let Some(Limit(limit)) = gates.fail_if_slower_than {
        let power = left_at(outcome, optimizes).ok_or_else(|| not_measured("--fail-if-slower-than"))?;
        let row = outcome.stats.iter().flatten().find(|row| row.value == power);
        let duration = row.and_then(|row| row.metric_duration.or(row.average_duration));
        let duration = duration.ok_or_else(|| not_measured("--fail-if-slower-than"))?;
        judgement.add(duration <= limit, format!("{duration} at {power} (--fail-if-slower-than {limit})"));
    }
    Ok(judgement)
}

/// The memory that the function has after the run.
fn left_at(outcome: &TuningOutcome, optimizes: Option<bool>) -> Option<Power> {
    let present = outcome.subject.as_ref().map(|subject| subject.present);
    let present = present.or_else(|| outcome.recommendation.against_present.map(|present| present.power));
    let is_optimized = optimizes == Some(true) && !outcome.recommendation.hardly_measured;
    if is_optimized { Some(outcome.power) } else { present }
}

fn not_measured(gate: &str) -> Failure {
    Failure::bad_input(format!("{gate} needs a measurement of the function's present memory, and this run has none"))
        .hint("start the run with --compare-with-current and --include-output-results")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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
        Gates { fail_if_saving_above: saving.map(Percent), fail_if_slower_than: slower }
    }

    fn has_passed(gates: Gates, optimizes: bool) -> bool {
        judge(gates, &outcome(), Some(optimizes)).unwrap().failed.is_empty()
    }

    #[test]
    fn a_saving_above_the_limit_fails() {
        assert!(has_passed(gates(Some(25.0), None), false) && !has_passed(gates(Some(20.0), None), false));
    }

    #[test]
    fn the_duration_is_the_one_at_the_memory_that_the_function_is_left_at() {
        let limit = gates(None, Some("150ms"));
        assert!(has_passed(limit, false) && !has_passed(limit, true));
        // With too few measurements the winner is not set.
        let Outcome::Tuned(mut unsure) = outcome() else { panic!("it is tuned") };
        unsure.recommendation.hardly_measured = true;
        assert!(judge(limit, &Outcome::Tuned(unsure), Some(true)).unwrap().failed.is_empty());
    }

    #[test]
    fn every_gate_says_what_it_saw() {
        let judgement = judge(gates(Some(20.0), Some("0.3s")), &outcome(), None).unwrap();
        insta::assert_debug_snapshot!(judgement, @r#"
        Judgement {
            passed: [
                "100.00 ms at 1024 MB (--fail-if-slower-than 300.00 ms)",
            ],
            failed: [
                "512 MB instead of the present 1024 MB saves 25.0 % (--fail-if-saving-above 20 %)",
            ],
        }
        "#);
    }

    #[test]
    fn without_the_present_memory_no_gate_can_judge() {
        let Outcome::Tuned(mut tuned) = outcome() else { panic!("it is tuned") };
        tuned.recommendation.against_present = None;
        let refused = judge(gates(Some(20.0), None), &Outcome::Tuned(tuned), None).unwrap_err();
        assert!(refused.to_string().contains("--compare-with-current"), "{refused}");
    }
}
