//! `infra/schedule`: its state machine and template against the types of its functions, and against each other.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;

use end_to_end::definition::{self, assert_errors_have_names, assert_every_state_is_reached, repository, states};
use regex_lite::Regex;
use serde_json::{Value, json};
use tuning::{
    drift::{Compared, Thresholds, Told},
    fleet::FleetInput,
    units::power::Power,
};

const MACHINE: &str = "infra/schedule/statemachine.asl.json";

fn machine() -> Value {
    definition::machine(MACHINE)
}

fn template() -> Value {
    definition::template("infra/schedule/template.yaml")
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(list) => list.iter().flat_map(texts).collect(),
        Value::Object(fields) => fields.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// What the Comparer returns of a fleet in which something has drifted.
fn compared() -> Value {
    let finding = tuning::drift::Finding::MemoryNearLimit { at: Power::MIN, last: 90, now: 120 };
    let drifted =
        comparer::Drifted { function: "f".to_owned(), since: "2026".to_owned(), findings: vec![Told::from(finding)] };
    json!(comparer::Output {
        fleet: "weekly".parse().unwrap(),
        compared: 1,
        drifted: 1,
        functions: vec![drifted],
        message: Some(comparer::Message { subject: "s".to_owned(), text: "t".to_owned() }),
    })
}

#[test]
fn every_state_of_the_schedule_can_be_reached_and_every_target_exists() {
    assert_every_state_is_reached(&machine());
}

#[test]
fn every_task_of_the_schedule_is_retried_by_errors_that_there_are() {
    let machine = machine();
    let tasks: Vec<_> = states(&machine).iter().filter(|(_, state)| state["Type"] == "Task").collect();
    assert_eq!(tasks.len(), 6);
    for (name, task) in tasks {
        assert!(task["Retry"].as_array().is_some_and(|retries| !retries.is_empty()), "{name}");
        assert_errors_have_names(name, task, &["StepFunctions."]);
    }
}

/// A run that failed has failed for a reason: it is not made again because others failed.
#[test]
fn a_fleet_that_has_failed_is_not_tuned_again() {
    let machine = machine();
    let retried = texts(&machine["States"]["Tune"]["Retry"]);
    assert!(retried.iter().any(|error| error.starts_with("StepFunctions.")));
    assert!(!retried.iter().any(|error| error.starts_with("States.Task") || *error == "States.ALL"), "{retried:?}");
}

#[test]
fn the_functions_of_the_schedule_are_given_what_they_read_and_the_machine_reads_what_they_return() {
    let machine = machine();
    let fleet = "weekly".parse().unwrap();
    let comparer = json!(comparer::Input { fleet });
    let fleet = "weekly".parse().unwrap();
    let quiet_hour = json!(quiet_hour::Input { fleet });
    assert_eq!(keys(&machine["States"]["Comparer"]["Arguments"]), keys(&comparer));
    assert_eq!(keys(&machine["States"]["QuietHour"]["Arguments"]), keys(&quiet_hour));

    let found = json!(quiet_hour::Output { seconds: 1, functions: 1, invocations: 0.0 });
    assert_eq!(machine["States"]["QuietHour"]["Assign"]["seconds"], "{% $states.result.seconds %}");
    assert!(found["seconds"].is_u64());
    let output = compared();
    let path = Regex::new(r"\$states\.input\.([a-zA-Z.]+)").unwrap();
    let mut read = 0;
    for state in ["Any drift?", "Tell people", "Tell programs"] {
        for text in texts(&machine["States"][state]) {
            for found in path.captures_iter(text) {
                let value = found[1].split('.').try_fold(&output, |value, name| value.get(name));
                assert!(value.is_some_and(|value| !value.is_null()), "{state}: {text} leads nowhere");
                read += 1;
            }
        }
    }
    assert_eq!(read, 7);
}

#[test]
fn the_role_of_the_schedule_allows_what_its_tasks_do_and_nothing_else() {
    let template = template();
    let policies = &template["Resources"]["StateMachine"]["Properties"]["Policies"];
    // The second one is that of traces.
    let [policy, _] = policies.as_array().unwrap().as_slice() else { panic!("{policies}") };
    let statements = policy["Statement"].as_array().unwrap();
    let actions: BTreeSet<&str> = statements.iter().flat_map(|statement| texts(&statement["Action"])).collect();
    assert_eq!(
        actions,
        BTreeSet::from([
            "lambda:InvokeFunction",
            "states:StartExecution",
            // The end of an execution is waited for.
            "states:DescribeExecution",
            "states:StopExecution",
            "events:PutTargets",
            "events:PutRule",
            "events:DescribeRule",
            "sns:Publish",
            "events:PutEvents",
        ])
    );
    for statement in statements {
        assert!(!texts(&statement["Resource"]).contains(&"*"), "{statement}");
    }
    let resources: BTreeSet<String> = states(&machine())
        .values()
        .filter_map(|state| Some(state["Resource"].as_str()?.trim_matches(['$', '{', '}']).to_owned()))
        .collect();
    let substitutions = &template["Resources"]["StateMachine"]["Properties"]["DefinitionSubstitutions"];
    let given = keys(substitutions);
    assert!(resources.iter().all(|resource| given.contains(resource.as_str())), "{resources:?}");
    for name in given {
        assert!(repository(MACHINE).contains(&format!("${{{name}}}")), "{name} is not used");
    }
}

#[test]
fn the_functions_of_the_schedule_may_only_read_and_each_only_its_part() {
    let template = template();
    let granted = |function: &str| -> BTreeSet<String> {
        let policies = &template["Resources"][function]["Properties"]["Policies"];
        let statements = policies[0]["Statement"].as_array().unwrap().iter();
        let granted = statements.flat_map(|statement| {
            let condition = texts(&statement["Condition"]).join(" ");
            let resources = texts(&statement["Resource"]).join(" ");
            texts(&statement["Action"]).into_iter().map(move |action| format!("{action} {resources} {condition}"))
        });
        granted.map(|granted| granted.trim_end().to_owned()).collect()
    };
    let bucket = "arn:${AWS::Partition}:s3:::${fleetBucket}";
    assert_eq!(
        granted("QuietHour"),
        BTreeSet::from(["cloudwatch:GetMetricData *".to_owned(), format!("s3:GetObject {bucket}/fleets/*")])
    );
    assert_eq!(
        granted("Comparer"),
        BTreeSet::from([format!("s3:GetObject {bucket}/runs/*"), format!("s3:ListBucket {bucket} runs/*")])
    );
}

#[test]
fn the_defaults_of_the_schedule_are_those_of_drift_and_its_fleet_is_one() {
    let template = template();
    let default = |name: &str| template["Parameters"][name]["Default"].clone();
    let usual = json!(Thresholds::USUAL);
    for name in ["tolerance", "drift", "memory"] {
        assert_eq!(default(name).as_f64(), usual[name].as_f64(), "{name}");
    }
    let fleet: Value = serde_json::from_str(default("fleet").as_str().unwrap()).unwrap();
    let read = FleetInput::read(fleet).unwrap();
    // Nothing is changed unless somebody says so.
    assert!(read.input.is_empty() && read.fleet.is_none());
    assert_eq!(Compared::default().findings, []);
}

#[test]
fn the_template_of_the_schedule_sets_what_its_functions_read() {
    let template = template();
    let variables = |value: &Value| value["Environment"]["Variables"].as_object().cloned().unwrap_or_default();
    let shared = variables(&template["Globals"]["Function"]);
    assert_eq!(shared.keys().collect::<Vec<_>>(), [comparer::variable::BUCKET]);
    let own = variables(&template["Resources"]["Comparer"]["Properties"]);
    let names: BTreeSet<&str> = own.keys().map(String::as_str).collect();
    let read = [comparer::variable::TOLERANCE, comparer::variable::DRIFT, comparer::variable::MEMORY];
    assert_eq!(names, BTreeSet::from(read));
}

#[test]
fn the_table_of_permissions_has_every_action_of_every_role() {
    let page = repository("docs/schedule.md");
    let (_, table) = page.split_once("<!-- schedule-permissions").unwrap();
    let (table, _) = table.split_once("<!-- /schedule-permissions").unwrap();
    let action = Regex::new("`([a-z0-9]+:[A-Za-z]+)`").unwrap();
    let mut told = BTreeSet::new();
    for row in table.lines().filter(|line| line.starts_with("| ")) {
        let (role, rest) = row.trim_start_matches("| ").split_once(" | ").unwrap();
        let actions = action.captures_iter(rest.split(" | ").next().unwrap());
        told.extend(actions.map(|found| format!("{role} {}", &found[1])));
    }
    let template = template();
    let mut granted = BTreeSet::new();
    for (role, resource) in [("QuietHour", "QuietHour"), ("Comparer", "Comparer"), ("state machine", "StateMachine")] {
        let policies = &template["Resources"][resource]["Properties"]["Policies"];
        let actions = policies[0]["Statement"].as_array().unwrap().iter().flat_map(|one| texts(&one["Action"]));
        granted.extend(actions.map(|action| format!("{role} {action}")));
    }
    let policies = &template["Resources"]["ScheduleRole"]["Properties"]["Policies"];
    let statements = policies[0]["PolicyDocument"]["Statement"].as_array().unwrap();
    granted.extend(statements.iter().flat_map(|one| texts(&one["Action"])).map(|action| format!("Scheduler {action}")));
    assert_eq!(told, granted);
}
