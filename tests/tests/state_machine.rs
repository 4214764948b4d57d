//! statemachine.asl.json and template.yaml against the types that the handlers take and return.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;

use end_to_end::definition::{
    self, all_states, assert_errors_have_names, assert_every_state_is_reached, is_ours, paths, repository, states,
    states_entered,
};
use serde_json::{Value, json};
use tuning::{
    contract::{
        deployment::{Deployment, variable},
        input::Input,
        step::{State, analyzer, cleaner, executor, initializer, optimizer, publisher},
    },
    price::{GbSecondPrice, Prices},
    run::round::Round,
    units::power::Power,
};

fn machine() -> Value {
    definition::machine("statemachine.asl.json")
}

/// The values that the state of an execution can hold, made from the types of the steps.
fn execution_state() -> Value {
    let deployment = Deployment {
        power_values: Vec::new(),
        auto_optimize: true,
        visualization_url: "https://x/".to_owned(),
        execution_time_limit: std::time::Duration::from_hours(1),
        total_execution_timeout: std::time::Duration::from_mins(5),
        own_functions: Vec::new(),
    };
    let asked = json!({"lambdaARN": "f", "num": 5, "powerValues": [128]});
    let plan = json!({
        "execution": "arn:aws:states:us-east-1:123456789012:execution:m:run",
        "function": "arn:aws:lambda:us-east-1:123456789012:function:f",
        "before": {
            "memory": 512, "architecture": "x86_64", "timeout": 3000.0, "fingerprint": "x", "highestVersion": 0,
            "ephemeralStorageMb": 512, "snapStart": false, "logs": {"group": "/aws/lambda/f", "reports": true},
        },
        "request": Input::parse(&asked, &deployment, None).unwrap().request,
        "ends": 1, "visualizationUrl": "https://x/",
    });
    let statistics = json!({
        "averageDuration": 1.0, "averageBilled": 1.0, "metric": 1.0, "basis": "warm", "source": "report", "warm": null,
        "cold": null, "initDuration": null,
    });
    let measurement =
        json!({"value": 128, "result": {"samples": statistics}, "spent": {"invocations": 5}, "executorCalls": 1});
    let target = publisher::Target {
        progress: executor::Progress::Measured(serde_json::from_value(measurement).unwrap()),
        ..publisher::Target::new(Power::MIN, vec!["1".parse().unwrap()])
    };
    let publication =
        publisher::Publication { calls: 1, targets: vec![target.clone()], ..publisher::Publication::default() };
    let plan: tuning::run::plan::Plan = serde_json::from_value(plan).unwrap();
    let round = Round::of_list(&plan, GbSecondPrice(0.000_016_666_7));
    let input = analyzer::Input {
        plan,
        publication: publication.clone(),
        analysis: analyzer::Analysis::before(round.clone()),
        retries: 0,
    };
    let analysis = ::analyzer::handle(&Prices::bundled().unwrap(), input.clone()).unwrap().analysis;
    let caught = cleaner::CaughtError { error: "E".to_owned(), cause: "c".to_owned() };
    json!({
        "plan": input.plan,
        "publication": publication,
        "round": round,
        "target": target,
        "analysis": analysis,
        "optimization": optimizer::Output { applied: None, retries: 0 },
        "error": caught,
        "cleanupError": caught,
        "failure": cleaner::Failure::from(caught.clone()),
    })
}

#[test]
fn every_state_can_be_reached_and_every_target_exists() {
    assert_every_state_is_reached(&machine());
}

#[test]
fn every_error_that_is_retried_or_caught_has_a_name_of_ours_or_of_aws() {
    let machine = machine();
    for (name, state) in all_states(&machine) {
        assert_errors_have_names(name, state, &[]);
        if let Some(error) = state.get("Error") {
            assert!(is_ours(error.as_str().unwrap()), "{name} ends with {error}");
        }
    }
}

#[test]
fn every_task_is_retried_and_every_failure_is_cleaned_up() {
    let machine = machine();
    for (name, state) in all_states(&machine).into_iter().filter(|(_, state)| state["Type"] == "Task") {
        assert!(state["Retry"].as_array().is_some_and(|retry| !retry.is_empty()), "{name} is never tried again");
    }
    for (name, state) in states(&machine) {
        let can_fail = ["Task", "Map"].contains(&state["Type"].as_str().unwrap());
        let cleans = name == "Cleaner" || name == "CleanUpAfterFailure";
        if can_fail && !cleans {
            let catch = &state["Catch"][0];
            let caught = &states(&machine)[catch["Next"].as_str().unwrap()];
            let next = if caught["Type"] == "Pass" { &caught["Next"] } else { &catch["Next"] };
            let expected = (&json!("States.ALL"), &json!("CleanUpAfterFailure"));
            assert_eq!((&catch["ErrorEquals"][0], next), expected, "{name}");
        }
    }
}

#[test]
fn every_step_is_given_the_fields_of_its_type() {
    let machine = machine();
    let state = execution_state();
    let plan: tuning::run::plan::Plan = serde_json::from_value(state["plan"].clone()).unwrap();
    let publication: publisher::Publication = serde_json::from_value(state["publication"].clone()).unwrap();
    let target = publication.targets[0].clone();
    let round = Round::of_list(&plan, GbSecondPrice(0.000_016_666_7));
    let inputs = [
        ("Initializer", json!(initializer::Input { execution: plan.execution.clone(), input: json!({}), retries: 0 })),
        (
            "Publisher",
            json!(publisher::Input {
                plan: plan.clone(),
                round: round.clone(),
                publication: publication.clone(),
                retries: 0
            }),
        ),
        ("Executor", json!(executor::Input { plan: plan.clone(), round: round.clone(), target, retries: 0 })),
        (
            "Analyzer",
            json!(analyzer::Input {
                plan: plan.clone(),
                publication,
                analysis: analyzer::Analysis::before(round),
                retries: 0
            }),
        ),
        ("Optimizer", json!(optimizer::Input { winner: plan.before.memory, plan, retries: 0 })),
    ];
    let keys = |value: &Value| {
        value.as_object().unwrap().keys().map(|key| key.trim_end_matches(".$").to_owned()).collect::<BTreeSet<_>>()
    };
    for (name, input) in inputs {
        let (_, task) = all_states(&machine).into_iter().find(|(state, _)| *state == name).unwrap();
        assert_eq!(keys(&task["Parameters"]), keys(&input), "{name}");
    }
    let cleaning = all_states(&machine).into_iter().filter(|(_, state)| state["Resource"] == "${CleanerArn}");
    for (name, _) in cleaning {
        let parameters = &states(&machine)[name]["Parameters"];
        assert_eq!(keys(parameters), BTreeSet::from(["execution", "state", "retries"].map(str::to_owned)), "{name}");
        let given = json!({"execution": "arn:e", "state": state});
        let input: cleaner::Input = serde_json::from_value(given).unwrap();
        assert!(input.state.plan.is_some() && input.state.analysis.is_some() && input.state.error.is_some());
    }
}

#[test]
fn the_states_are_those_that_the_program_knows() {
    let machine = machine();
    let names: BTreeSet<&str> = all_states(&machine).into_iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, BTreeSet::from(State::ALL.map(State::name)));
    let cleaning = all_states(&machine).into_iter().filter(|(_, state)| state["Resource"] == "${CleanerArn}");
    let cleaning: BTreeSet<&str> = cleaning.map(|(name, _)| name.as_str()).collect();
    let known = State::ALL.into_iter().filter(|state| state.cleans_up()).map(State::name);
    assert_eq!(cleaning, known.collect());
}

#[test]
fn every_path_leads_to_a_field_that_a_step_returns() {
    let state = execution_state();
    let paths = paths(&machine());
    assert!(paths.len() > 10, "{paths:?}");
    for path in paths {
        let resolved = path.split('.').skip(1).try_fold(&state, |value, name| value.get(name));
        assert!(resolved.is_some_and(|value| !value.is_null()), "{path} leads nowhere");
    }
}

#[test]
fn the_choices_compare_with_values_that_the_steps_return() {
    let machine = machine();
    let words = |state: &str| -> Vec<Value> {
        let choices = states(&machine)[state]["Choices"].as_array().unwrap();
        choices.iter().map(|choice| choice["StringEquals"].clone()).collect()
    };
    let next = [analyzer::Next::Measure, analyzer::Next::Publish, analyzer::Next::Optimize];
    assert_eq!(words("What next?"), next.map(|next| json!(next)));
    assert_eq!(words("All published?"), [json!(publisher::Next::Publish), json!(publisher::Next::Wait)]);
}

#[test]
fn the_cost_of_an_execution_counts_every_state_that_is_entered() {
    let machine = machine();
    let outer = states_entered(&machine);
    let inner = states_entered(&states(&machine)["Measure"]["ItemProcessor"]);
    let mut state = execution_state();
    state["plan"]["request"]["autoOptimize"] = json!("off");
    let target = state["publication"]["targets"][0].clone();
    for values in 1..4 {
        let measured = |index: usize| {
            let mut target = target.clone();
            target["power"] = json!(128 + index);
            target["progress"]["measured"]["value"] = json!(128 + index);
            target
        };
        let targets: Vec<Value> = (0..values).map(measured).collect();
        let mut input = state.clone();
        input["publication"]["targets"] = json!(targets);
        input["retries"] = json!(0);
        let output = ::analyzer::handle(&Prices::bundled().unwrap(), serde_json::from_value(input).unwrap()).unwrap();
        let cost = json!(output.analysis.outcome)["stateMachine"]["executionCost"].as_f64().unwrap();
        let transitions = u32::try_from(outer + inner * values).unwrap();
        assert!((cost - 0.000_025 * f64::from(transitions)).abs() < 1e-12, "{transitions} transitions cost {cost}");
    }
}

/// The local AWS checks the roles of the steps, but not that of the state machine.
#[test]
fn the_state_machine_may_invoke_its_steps_and_nothing_else() {
    // Intrinsic functions are tags, which are left out: what remains is their arguments.
    let template = definition::template("template.yaml");
    let properties = &template["Resources"]["StateMachine"]["Properties"];
    let steps: BTreeSet<String> =
        properties["DefinitionSubstitutions"].as_object().unwrap().values().map(Value::to_string).collect();
    // The second one is that of traces.
    let [policy, _] = properties["Policies"].as_array().unwrap().as_slice() else { panic!("{properties}") };
    let [statement] = policy["Statement"].as_array().unwrap().as_slice() else { panic!("{policy}") };
    assert_eq!((&statement["Effect"], &statement["Action"]), (&json!("Allow"), &json!("lambda:InvokeFunction")));
    let invoked: BTreeSet<String> = statement["Resource"].as_array().unwrap().iter().map(Value::to_string).collect();
    assert_eq!(invoked, steps);
    assert_eq!(steps.len(), 6);
}

#[test]
fn the_template_sets_what_the_initializer_and_the_state_machine_read() {
    let template = repository("template.yaml");
    let section = |from: &str, to: &str| template.split_once(from).unwrap().1.split_once(to).unwrap().0.to_owned();
    let variables = section("        Variables:\n", "      LoggingConfig");
    let set: BTreeSet<&str> = variables.lines().filter_map(|line| Some(line.trim().split_once(": ")?.0)).collect();
    assert_eq!(
        set,
        BTreeSet::from([
            variable::POWER_VALUES,
            variable::AUTO_OPTIMIZE,
            variable::VISUALIZATION_URL,
            variable::EXECUTION_TIME_LIMIT,
            variable::TOTAL_EXECUTION_TIMEOUT,
            variable::OWN_FUNCTIONS,
        ])
    );
    let substitutions = section("      DefinitionSubstitutions:\n", "      PermissionsBoundary");
    let set: BTreeSet<&str> = substitutions.lines().filter_map(|line| Some(line.trim().split_once(": ")?.0)).collect();
    let machine = repository("statemachine.asl.json");
    let used: BTreeSet<&str> = machine.split("${").skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)).collect();
    assert_eq!(set, used);
}
