use std::collections::BTreeMap;

use serde_json::json;
use tuning::{
    measurement::{Infeasible, Measured, Spent},
    milliseconds::{BilledMilliseconds, Milliseconds},
    plan::Plan,
    power::Power,
    sample::Sample,
    statistics::Trim,
    step::STATE_LIMIT,
};

use super::*;

fn power(mb: u32) -> Power {
    Power::new(mb).unwrap()
}

fn plan(power_values: &[u32]) -> Plan {
    serde_json::from_value(json!({
        "execution": "arn:aws:states:eu-west-1:123456789012:execution:m:run",
        "function": "arn:aws:lambda:eu-west-1:123456789012:function:f",
        "before": {"memory": 512, "architecture": "x86_64", "timeout": 3000.0, "fingerprint": "x", "highestVersion": 0},
        "request": {
            "powerValues": power_values,
            "mode": "tune",
            "sampling": {"invocations": 5, "lanes": 1, "pauseMs": 0, "hidePayloads": false},
            "payload": "none",
            "strategy": "cost",
            "trim": 0.2,
            "autoOptimize": "off",
            "includeOutputResults": true,
            "warnings": ["from the input"],
        },
        "visualizationUrl": "https://example.com/",
    }))
    .unwrap()
}

/// One cold sample, then warm ones.
fn measured(mb: u32, durations: &[f64]) -> Measurement {
    let samples: Vec<Sample> = durations
        .iter()
        .enumerate()
        .map(|(n, &ms)| Sample {
            duration: Milliseconds(ms),
            billed: BilledMilliseconds(format!("{:.0}", ms.ceil()).parse().unwrap()),
            cold_start: (n == 0).then_some(Milliseconds(100.0)),
        })
        .collect();
    let spent = Spent {
        invocations: u32::try_from(samples.len()).unwrap(),
        billed: BilledMilliseconds(samples.iter().map(|sample| sample.billed.0).sum()),
        ..Spent::default()
    };
    let statistics = Statistics::of(&samples, Trim::DEFAULT).unwrap();
    Measurement {
        value: power(mb),
        result: Measured::Samples(statistics),
        spent,
        max_memory_used: Some(64),
        executor_calls: 1,
    }
}

fn infeasible(mb: u32) -> Measurement {
    Measurement { result: Measured::Infeasible(Infeasible::OutOfMemory), ..measured(mb, &[1.0]) }
}

fn analyze(plan: Plan, measurements: Vec<Measurement>) -> Result<Output, Error> {
    handle(&Prices::bundled().unwrap(), Input { plan, publisher_calls: 1, measurements })
}

fn tuned(output: Output) -> TuningOutcome {
    match output.outcome {
        Outcome::Tuned(outcome) => *outcome,
        Outcome::DryRun(outcome) => panic!("{outcome:?}"),
    }
}

#[test]
fn the_output_has_the_fields_of_the_contract() {
    let measurements = vec![
        infeasible(128),
        measured(512, &[80.0, 50.0, 50.5, 50.2, 49.8]),
        measured(1024, &[60.0, 25.0, 25.4, 24.7, 25.1]),
    ];
    insta::assert_json_snapshot!(analyze(plan(&[128, 512, 1024]), measurements).unwrap().outcome);
}

#[test]
fn duration_and_cost_speak_of_warm_invocations() {
    let outcome = tuned(analyze(plan(&[512]), vec![measured(512, &[500.0, 10.0, 11.0, 12.0])]).unwrap());
    assert_eq!(outcome.duration, Milliseconds(11.0));
    let price = Prices::bundled().unwrap().lambda("eu-west-1", tuning::price::Architecture::X86).price;
    assert_eq!(outcome.cost, price.cost(power(512), BilledMilliseconds(11)));
    assert_eq!(outcome.state_machine.lambda_cost, price.cost(power(512), BilledMilliseconds(533)));
}

#[test]
fn what_the_caller_should_know_is_in_the_warnings() {
    let mut few = measured(512, &[10.0, 10.0]);
    few.spent.unreported = 3;
    few.spent.unconfirmed = 1;
    let warnings = tuned(analyze(plan(&[128, 512]), vec![infeasible(128), few]).unwrap()).warnings;
    insta::assert_snapshot!(warnings.join("\n"), @r"
    from the input
    128 MB was left out: the function ran out of memory
    fewer than 3 invocations were warm at 512 MB: duration and cost speak of cold ones too; raise num
    3 invocations left no REPORT line (at 512 MB): they are missing in the statistics and in lambdaCost
    1 requests broke off and were made again: if they ran, lambdaCost lacks what they cost
    ");
}

#[test]
fn when_nothing_was_measured_there_is_no_winner() {
    let silent = Measurement { result: Measured::NoReports, ..measured(512, &[1.0]) };
    let error = analyze(plan(&[128, 512]), vec![infeasible(128), silent]).unwrap_err();
    insta::assert_snapshot!(error, @"no power value could be measured: 128 MB was left out: the function ran out of memory; 512 MB was left out: no invocation left a REPORT line in the log tail, so nothing was measured");
}

#[test]
fn without_include_output_results_there_are_no_stats() {
    let mut plan = plan(&[512]);
    plan.request.include_output_results = false;
    assert_eq!(tuned(analyze(plan, vec![measured(512, &[1.0, 1.0, 1.0, 1.0])]).unwrap()).stats, None);
}

#[test]
fn a_winner_is_put_in_place_only_if_that_was_asked_for() {
    let next = |auto_optimize| {
        let mut plan = plan(&[512]);
        plan.request.auto_optimize = auto_optimize;
        analyze(plan, vec![measured(512, &[1.0; 4])]).unwrap().next
    };
    assert_eq!((next(AutoOptimize::Off), next(AutoOptimize::Latest)), (Next::Clean, Next::Optimize));
}

#[test]
fn a_dry_run_decides_nothing() {
    let mut plan = plan(&[128, 512]);
    plan.request.mode = Mode::DryRun;
    let output = analyze(plan, vec![infeasible(128), measured(512, &[80.0])]).unwrap();
    assert_eq!((output.next, output.winner), (Next::Clean, None));
    let Outcome::DryRun(outcome) = output.outcome else { panic!("it decided") };
    assert_eq!(outcome.checked.last().unwrap(), "the function ran without an error at 512 MB");
    assert_eq!(outcome.warnings, ["from the input", "128 MB was left out: the function ran out of memory"]);
}

#[test]
fn the_state_after_the_analysis_fits_at_the_most_power_values_that_are_accepted() {
    use tuning::{deployment::Deployment, input};
    let deployment = Deployment {
        power_values: Vec::new(),
        auto_optimize: false,
        visualization_url: "https://example.com/".to_owned(),
    };
    let many: Vec<u32> = (128..=10_240).collect();
    let ask = |values: &[u32]| json!({"lambdaARN": "f", "num": 5, "powerValues": values});
    let refused = input::Input::parse(&ask(&many), &deployment).unwrap_err().to_string();
    let most: usize = refused.split("at most ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    let values = &many[many.len() - most..];
    let plan = Plan { request: input::Input::parse(&ask(values), &deployment).unwrap().request, ..plan(&[]) };
    // Numbers with as many digits as there are.
    let mut measurements: Vec<Measurement> = values
        .iter()
        .map(|&mb| measured(mb, &[899_999.123, 899_998.117, 899_997.119, 899_991.123, 899_777.779]))
        .collect();
    for measurement in &mut measurements {
        measurement.spent.errors = BTreeMap::from([("Runtime.OutOfMemory".to_owned(), 99)]);
    }
    let publication = json!(values.iter().map(|mb| json!({"power": mb, "version": 999_999})).collect::<Vec<_>>());
    let analysis = analyze(plan.clone(), measurements.clone()).unwrap();
    let state = json!({"plan": plan, "publication": publication, "measurements": measurements, "analysis": analysis})
        .to_string()
        .len();
    assert!(state <= STATE_LIMIT, "{state} bytes with {most} power values");
}
