//! What came of a fleet.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::{
    contract::outcome::TuningOutcome,
    fleet::{FleetName, Plan, Run, RunResult, Skipped},
    price::{Currency, Prices},
    units::{
        arn::{ExecutionArn, FunctionArn},
        milliseconds::Milliseconds,
        power::Power,
        usd::Usd,
    },
};

/// The summary of a fleet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// The figures of the whole fleet.
    #[serde(flatten)]
    pub totals: Totals,
    /// The functions that were tuned: those that would save most go first.
    pub tuned: Vec<Tuned>,
    /// The functions whose runs failed.
    pub failed: Vec<Failed>,
    /// The functions that have no result yet.
    pub open: Vec<FunctionArn>,
    /// The functions that are not tuned.
    pub skipped: Vec<Skipped>,
}

/// The figures of a whole fleet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// The name of the fleet.
    pub fleet: FleetName,
    /// The number of functions that were chosen.
    pub functions: usize,
    /// How many of them were tuned.
    pub tuned_functions: usize,
    /// How many of their runs failed.
    pub failed_functions: usize,
    /// How many have no result yet.
    pub open_functions: usize,
    /// How many are not tuned, which `skipped` in the summary explains.
    pub skipped_functions: usize,
    /// The currency of all amounts.
    pub currency: Currency,
    /// What the invocations of the tuned functions cost.
    pub lambda_cost: Usd,
    /// What the state transitions of their runs and of the fleet itself cost.
    pub execution_cost: Usd,
    /// How much less a month would cost, all tuned functions together whose traffic is known.
    pub monthly_saving: Usd,
    /// How many tuned functions there are whose traffic is not known.
    pub functions_without_traffic: usize,
}

/// A function that was tuned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tuned {
    /// Its name.
    pub function: String,
    /// Its memory before the run, in MB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub present: Option<Power>,
    /// The winner, in MB.
    pub power: Power,
    /// What an average invocation costs at the winner.
    pub cost: Usd,
    /// How long it takes there, in ms.
    pub duration: Milliseconds,
    /// How much more the winner costs than the memory before, in percent; less than 0: it is cheaper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_percent: Option<f64>,
    /// How much longer it takes, in percent; less than 0: it is faster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_percent: Option<f64>,
    /// How much less a month costs at the winner; absent if the function's traffic is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monthly_saving: Option<Usd>,
    /// True if the run has left the function at the winner.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub applied: bool,
    /// The page that draws the result.
    pub visualization: String,
    /// The execution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution: Option<ExecutionArn>,
    /// How many warnings the run gave.
    pub warnings: usize,
}

/// A function whose run failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failed {
    /// Its name.
    pub function: String,
    /// The name of the error.
    pub error: String,
    /// The cause.
    pub cause: String,
    /// The execution; absent if none was started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution: Option<ExecutionArn>,
}

/// State transitions of the fleet's own machine: those of the whole, and those for each group and for each run that
/// succeeds. A run that fails takes up to four more.
const TRANSITIONS: u32 = 6;
const TRANSITIONS_PER_GROUP: u32 = 4;
const TRANSITIONS_PER_RUN: u32 = 2;

/// The price of the transitions of the fleet's own machine.
#[must_use]
pub fn transitions(prices: &Prices, region: &str, groups: usize, runs: usize) -> Usd {
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let of_groups = count(groups).saturating_mul(TRANSITIONS_PER_GROUP);
    let of_runs = count(runs).saturating_mul(TRANSITIONS_PER_RUN);
    prices.transitions(region, TRANSITIONS.saturating_add(of_groups).saturating_add(of_runs))
}

impl Summary {
    /// Sums up the runs of a fleet; runs of functions that the plan does not have are left out.
    #[must_use]
    pub fn of(plan: &Plan, region: &str, runs: Vec<Run>, prices: &Prices) -> Self {
        let mut by_function: HashMap<FunctionArn, Run> =
            runs.into_iter().map(|run| (run.function.clone(), run)).collect();
        let (mut tuned, mut failed, mut open) = (Vec::new(), Vec::new(), Vec::new());
        let (mut lambda_cost, mut execution_cost) = (Usd::default(), Usd::default());
        for function in plan.functions() {
            let Some(Run { execution, result, .. }) = by_function.remove(function) else {
                open.push(function.clone());
                continue;
            };
            let name = function.name().to_owned();
            match result {
                RunResult::Tuned { output } => {
                    lambda_cost = lambda_cost + output.state_machine.lambda_cost;
                    execution_cost = execution_cost + output.state_machine.execution_cost;
                    tuned.push(Tuned::of(name, execution, &output));
                }
                RunResult::Failed { error, cause } => failed.push(Failed { function: name, error, cause, execution }),
            }
        }
        // Those whose traffic is not known are ranked by what an invocation costs less.
        let saving = |row: &Tuned| (row.monthly_saving.map(|Usd(saving)| saving), row.cost_percent);
        tuned.sort_by(|a, b| match (saving(a), saving(b)) {
            ((Some(a), _), (Some(b), _)) => b.total_cmp(&a),
            ((Some(_), _), (None, _)) => std::cmp::Ordering::Less,
            ((None, _), (Some(_), _)) => std::cmp::Ordering::Greater,
            ((None, a), (None, b)) => a.unwrap_or(0.0).total_cmp(&b.unwrap_or(0.0)),
        });
        // What was done before was a group, too; whether of its own is not known any more.
        let groups = plan.groups.len() + plan.done.len();
        let own = transitions(prices, region, groups, tuned.len() + failed.len());
        let totals = Totals {
            fleet: plan.fleet.clone(),
            functions: tuned.len() + failed.len() + open.len() + plan.skipped.len(),
            tuned_functions: tuned.len(),
            failed_functions: failed.len(),
            open_functions: open.len(),
            skipped_functions: plan.skipped.len(),
            currency: prices.currency(region),
            lambda_cost,
            execution_cost: execution_cost + own,
            monthly_saving: tuned.iter().filter_map(|row| row.monthly_saving).sum(),
            functions_without_traffic: tuned.iter().filter(|row| row.monthly_saving.is_none()).count(),
        };
        Self { totals, tuned, failed, open, skipped: plan.skipped.clone() }
    }
}

impl Tuned {
    fn of(function: String, execution: Option<ExecutionArn>, output: &TuningOutcome) -> Self {
        let present = output.subject.as_ref().map(|subject| subject.present);
        let against = output.recommendation.against_present;
        let unchanged = present == Some(output.power);
        let percent = |percent: Option<f64>| if unchanged { Some(0.0) } else { percent };
        Self {
            function,
            present,
            power: output.power,
            cost: output.cost,
            duration: output.duration,
            cost_percent: percent(against.map(|comparison| comparison.cost_percent)),
            duration_percent: percent(against.map(|comparison| comparison.duration_percent)),
            monthly_saving: output.recommendation.monthly.and_then(|monthly| monthly.saving),
            applied: output.applied.is_some(),
            visualization: output.state_machine.visualization.clone(),
            execution,
            warnings: output.warnings.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn arn(name: &str) -> FunctionArn {
        format!("arn:aws:lambda:eu-west-1:123456789012:function:{name}").parse().unwrap()
    }

    fn run(name: &str, saving: Option<f64>) -> Run {
        let monthly = saving.map_or(Value::Null, |saving| json!({"invocations": 9, "atWinner": 1.0, "saving": saving}));
        serde_json::from_value(json!({
            "function": arn(name), "execution": format!("arn:e:{name}"), "finished": "2026-11-27T02:00:00.000Z",
            "output": {
                "power": 512, "cost": 2.5e-7, "duration": 15.0,
                "stateMachine": {"executionCost": 0.001, "lambdaCost": 0.0001, "visualization": "https://v/#x"},
                "recommendation": {"reasons": [], "monthly": monthly},
                "warnings": ["w"],
            },
        }))
        .unwrap()
    }

    fn plan(names: &[&str]) -> Plan {
        let item = |name: &&str| crate::fleet::Item {
            function: arn(name),
            name: (*name).to_owned(),
            key: String::new(),
            input: serde_json::Map::new(),
        };
        Plan {
            fleet: "weekly".parse().unwrap(),
            groups: names.iter().map(|name| vec![item(name)]).collect(),
            done: vec![arn("done")],
            skipped: vec![Skipped { function: "skipped".to_owned(), reason: "r".to_owned() }],
        }
    }

    #[test]
    fn those_that_save_most_go_first_and_what_failed_is_open_or_skipped_is_counted() {
        let failed = Run {
            result: RunResult::Failed { error: "FunctionBusy".to_owned(), cause: "c".to_owned() },
            ..run("fails", None)
        };
        let runs = vec![run("few", Some(1.0)), run("most", Some(7.0)), run("unknown", None), failed, run("done", None)];
        let plan = plan(&["few", "most", "unknown", "fails", "open"]);
        let summary = Summary::of(&plan, "eu-west-1", runs, &Prices::bundled().unwrap());
        let order: Vec<&str> = summary.tuned.iter().map(|row| row.function.as_str()).collect();
        assert_eq!(order, ["most", "few", "unknown", "done"]);
        assert_eq!(summary.failed[0].error, "FunctionBusy");
        assert_eq!(summary.open, [arn("open")]);
        let totals = &summary.totals;
        let counts = [totals.functions, totals.tuned_functions, totals.failed_functions, totals.open_functions];
        assert_eq!((counts, totals.skipped_functions, totals.functions_without_traffic), ([7, 4, 1, 1], 1, 2));
        assert_eq!(totals.monthly_saving, Usd(8.0));
        assert!((totals.lambda_cost.0 - 0.0004).abs() < 1e-12);
        // 6 for the whole, 4 for each of 5 groups and of what was done before, 2 for each of 5 runs.
        assert!((totals.execution_cost.0 - (0.004 + 0.000_025 * 40.0)).abs() < 1e-12);
    }

    #[test]
    fn a_summary_is_read_as_it_was_written() {
        let summary = Summary::of(&plan(&["f"]), "cn-north-1", vec![run("f", Some(1.0))], &Prices::bundled().unwrap());
        let json = serde_json::to_string(&summary).unwrap();
        assert_eq!(serde_json::from_str::<Summary>(&json).unwrap(), summary);
        assert_eq!(summary.totals.currency, Currency::Cny);
    }

    proptest! {
        #[test]
        fn no_function_is_lost(has_run in prop::collection::vec(any::<bool>(), 0..30)) {
            let names: Vec<String> = (0..has_run.len()).map(|n| format!("f{n}")).collect();
            let plan = plan(&names.iter().map(String::as_str).collect::<Vec<_>>());
            let runs = names.iter().zip(&has_run).filter(|(_, has)| **has).map(|(name, _)| run(name, None)).collect();
            let summary = Summary::of(&plan, "eu-west-1", runs, &Prices::bundled().unwrap());
            let counted = summary.tuned.len() + summary.failed.len() + summary.open.len() + summary.skipped.len();
            prop_assert_eq!((counted, summary.totals.functions), (names.len() + 2, names.len() + 2));
        }
    }
}
