//! infra/fleet/statemachine.asl.json and its template against the types that its functions take and return.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;

use end_to_end::definition::{
    self, all_states, assert_errors_have_names, assert_every_state_is_reached, machines, paths, repository, states,
    states_entered,
};
use serde_json::{Map, Value, json};
use tuning::fleet::{FinderInput, Found, Item, Plan, Reported, ReporterInput, Run};

fn machine() -> Value {
    definition::machine("infra/fleet/statemachine.asl.json")
}

fn template() -> Value {
    definition::template("infra/fleet/template.yaml")
}

fn state<'a>(machine: &'a Value, name: &str) -> &'a Value {
    machines(machine).into_iter().find_map(|machine| states(machine).get(name)).unwrap()
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(|key| key.trim_end_matches(".$")).collect()
}

fn found() -> Found {
    serde_json::from_value(json!({
        "fleet": "f", "bucket": "b", "plan": "p", "mapResults": "m", "maxConcurrency": 8,
        "toleratedFailurePercentage": 50.0, "planOnly": false, "groups": 1, "functions": 1, "done": 0, "skipped": 0,
    }))
    .unwrap()
}

#[test]
fn every_state_of_a_fleet_can_be_reached_and_every_target_exists() {
    assert_every_state_is_reached(&machine());
}

#[test]
fn every_task_of_a_fleet_is_retried_and_every_error_has_a_name_of_ours_or_of_aws() {
    let machine = machine();
    let tasks: Vec<_> = all_states(&machine).into_iter().filter(|(_, state)| state["Type"] == "Task").collect();
    assert_eq!(tasks.len(), 7);
    for (name, task) in tasks {
        assert_errors_have_names(name, task, &["StepFunctions.", "S3."]);
        let retries = task["Retry"].as_array().unwrap();
        // A run that failed is not made again by the fleet: it is recorded.
        assert!(!retries.iter().any(|retry| retry["ErrorEquals"].to_string().contains("States.TaskFailed")), "{name}");
    }
}

#[test]
fn the_functions_of_a_fleet_are_given_what_they_take() {
    let machine = machine();
    let input = json!(FinderInput { execution: "e".to_owned(), input: json!({}) });
    assert_eq!(keys(&state(&machine, "Finder")["Parameters"]), keys(&input));
    // The Reporter takes the whole state, with the error if the Map was caught.
    let mut given = json!(found());
    let reporter = |given: &Value| serde_json::from_value::<ReporterInput>(given.clone()).unwrap();
    assert_eq!(reporter(&given).error, None);
    given["error"] = json!({"Error": "States.ExceedToleratedFailureThreshold", "Cause": "c"});
    assert!(reporter(&given).error.is_some());
    assert_eq!(state(&machine, "Reporter").get("Parameters"), None);
    assert_eq!(state(&machine, "Tune")["Catch"][0]["ResultPath"], "$.error");
}

#[test]
fn every_path_into_the_state_of_a_fleet_leads_to_a_field() {
    let machine = machine();
    let totals = json!({
        "fleet": "f", "functions": 1, "tunedFunctions": 1, "failedFunctions": 0, "openFunctions": 0,
        "skippedFunctions": 0, "currency": "USD", "lambdaCost": 1.0, "executionCost": 1.0, "monthlySaving": 1.0,
        "functionsWithoutTraffic": 0, "summary": "s3://bucket/s", "report": "s3://bucket/r",
    });
    let reported: Reported = serde_json::from_value(totals).unwrap();
    let mut whole = json!(found());
    whole["reported"] = json!(reported);
    whole["error"] = json!({"Error": "e", "Cause": "c"});
    let arn = "arn:aws:lambda:eu-west-1:123456789012:function:f";
    let item: Item =
        serde_json::from_value(json!({"function": arn, "name": "n", "key": "k", "input": {"lambdaARN": "f"}})).unwrap();
    let plan = json!(Plan { fleet: found().fleet, groups: vec![vec![item]], done: vec![], skipped: vec![] });
    let pointer = state(&machine, "Tune")["ItemReader"]["ReaderConfig"]["ItemsPointer"].as_str().unwrap();
    let group = json!({"bucket": "b", "items": plan.pointer(pointer).unwrap()[0], "hasFailed": true});
    let run = json!({
        "ExecutionArn": "a", "Output": {}, "Status": "FAILED", "Error": "e", "Cause": "c", "execution": "a",
        "output": {},
    });
    let error = json!({"Error": "e", "Cause": "c"});
    let one = json!({
        "bucket": "b", "item": group["items"][0], "run": run, "error": error, "outcome": "tuned",
        "ExecutionArn": "a", "Output": {},
    });
    for (machine, data) in machines(&machine).into_iter().zip([whole, group, one]) {
        for (name, state) in states(machine) {
            let mut own = state.clone();
            own.as_object_mut().unwrap().remove("ItemProcessor");
            for path in paths(&own).iter().filter(|path| **path != "$.map") {
                let resolved = path.split('.').skip(1).try_fold(&data, |value, field| value.get(field));
                assert!(resolved.is_some_and(|value| !value.is_null()), "{name}: {path} leads nowhere");
            }
        }
    }
}

#[test]
fn the_objects_of_runs_that_the_machine_writes_can_be_read() {
    let machine = machine();
    let output = json!({
        "power": 512, "cost": 2.5e-7, "duration": 15.0,
        "stateMachine": {"executionCost": 0.001, "lambdaCost": 0.0001, "visualization": "https://v/#x"},
        "recommendation": {"reasons": []}, "warnings": [],
    });
    let mut written = 0;
    for (name, state) in machines(&machine).into_iter().flat_map(states) {
        let Some(body) = state["Parameters"].get("Body") else { continue };
        let value = |field: &str| match field {
            "function" => json!("arn:aws:lambda:eu-west-1:123456789012:function:f"),
            "output" => output.clone(),
            _ => json!("text"),
        };
        let object: Map<String, Value> = keys(body).into_iter().map(|field| (field.to_owned(), value(field))).collect();
        let run = Run::read(&Value::Object(object).to_string()).unwrap();
        let is_tuned = state["ResultSelector"]["outcome"] == "tuned";
        assert_eq!(run.output().is_some(), is_tuned, "{name}");
        written += 1;
    }
    assert_eq!(written, 4);
}

/// A run that succeeds takes these states of the fleet's machine, which the summary counts as its cost.
#[test]
fn the_cost_of_a_fleet_counts_every_state_that_is_entered() {
    let machine = machine();
    let [whole, group, run] = machines(&machine)[..] else { panic!("a Map more or less") };
    let entered = |machine: &Value| u32::try_from(states_entered(machine)).unwrap();
    let prices = tuning::price::Prices::bundled().unwrap();
    for (groups, runs) in [(1, 1), (3, 3), (2, 5)] {
        let counted = tuning::fleet::transitions(&prices, "eu-west-1", groups, runs).0 / 0.000_025;
        let (groups, runs) = (u32::try_from(groups).unwrap(), u32::try_from(runs).unwrap());
        // Starting a group is a transition of the Map.
        let all = entered(whole) + groups * (entered(group) + 1) + runs * entered(run);
        assert!((counted - f64::from(all)).abs() < 1e-6, "{all} states are entered, {counted} are counted");
    }
}

/// The local AWS checks the roles of functions, but not that of a state machine.
#[test]
fn the_roles_of_fleets_may_do_what_the_documentation_says_and_nothing_else() {
    let template = template();
    let mut granted = BTreeSet::new();
    for role in ["Finder", "Reporter", "StateMachine"] {
        let policies = &template["Resources"][role]["Properties"]["Policies"];
        let [policy] = policies.as_array().unwrap().as_slice() else { panic!("{policies}") };
        for statement in policy["Statement"].as_array().unwrap() {
            let actions = match &statement["Action"] {
                Value::String(action) => vec![action.as_str()],
                actions => actions.as_array().unwrap().iter().map(|action| action.as_str().unwrap()).collect(),
            };
            granted.extend(actions.into_iter().map(|action| (role.to_owned(), action.to_owned())));
        }
    }
    let page = repository("docs/permissions.md");
    let table = page.split_once("<!-- fleet-roles").unwrap().1.split_once("<!-- /fleet-roles").unwrap().0;
    let mut documented = BTreeSet::new();
    for row in table.lines().filter(|line| line.starts_with("| ")).skip(1) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let actions = cells[2].split(", ").map(|action| action.trim_matches('`').to_owned());
        documented.extend(actions.map(|action| (cells[1].to_owned(), action)));
    }
    assert_eq!(granted, documented);
    assert!(granted.iter().all(|(_, action)| !action.contains('*') && !action.contains("Delete")), "{granted:?}");
}

#[test]
fn the_template_of_fleets_sets_what_its_state_machine_and_functions_read() {
    let template = template();
    let properties = &template["Resources"]["StateMachine"]["Properties"];
    let machine = repository("infra/fleet/statemachine.asl.json");
    let used: BTreeSet<&str> = machine.split("${").skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)).collect();
    assert_eq!(keys(&properties["DefinitionSubstitutions"]), used);
    let variables = keys(&template["Globals"]["Function"]["Environment"]["Variables"]);
    assert_eq!(variables, BTreeSet::from(["BUCKET"]));
    for file in ["infra/fleet/finder/src/main.rs", "infra/fleet/reporter/src/main.rs"] {
        assert!(repository(file).contains("var(\"BUCKET\")"), "{file}");
    }
}
