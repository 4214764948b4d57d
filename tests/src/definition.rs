//! State machines and templates as they stand in the repository, for the tests that compare them with the types of the
//! functions, and with each other.

use std::{collections::BTreeSet, fs, path::PathBuf};

use serde_json::{Map, Value};
use tuning::contract::error_name::ErrorName;

/// A file of the repository, by its path in it.
#[must_use]
pub fn repository(file: &str) -> String {
    fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(file)).unwrap()
}

/// A state machine, by its path.
#[must_use]
pub fn machine(file: &str) -> Value {
    serde_json::from_str(&repository(file)).unwrap()
}

/// A template, by its path. Intrinsic functions are tags, which are left out: what remains is their arguments.
#[must_use]
pub fn template(file: &str) -> Value {
    serde_saphyr::from_str(&repository(file)).unwrap()
}

/// The states of a machine or of a Map.
#[must_use]
pub fn states(machine: &Value) -> &Map<String, Value> {
    machine["States"].as_object().unwrap()
}

/// All machines: the whole one, and the one in each Map.
#[must_use]
pub fn machines(machine: &Value) -> Vec<&Value> {
    let inner = states(machine).values().filter_map(|state| state.get("ItemProcessor"));
    [machine].into_iter().chain(inner.flat_map(machines)).collect()
}

/// The states of all machines.
#[must_use]
pub fn all_states(machine: &Value) -> Vec<(&String, &Value)> {
    machines(machine).into_iter().flat_map(states).collect()
}

/// Every place that a state can lead to.
fn targets(state: &Value) -> Vec<&str> {
    let lists = ["Choices", "Catch"].into_iter().filter_map(|list| state.get(list)?.as_array());
    let listed = lists.flatten().filter_map(|entry| entry.get("Next"));
    listed.chain(["Next", "Default"].into_iter().filter_map(|name| state.get(name))).filter_map(Value::as_str).collect()
}

/// Fails unless every state can be reached, and every state that one leads to exists.
pub fn assert_every_state_is_reached(machine: &Value) {
    for machine in machines(machine) {
        let states = states(machine);
        let mut reached = BTreeSet::from([machine["StartAt"].as_str().unwrap()]);
        for (name, state) in states {
            for target in targets(state) {
                assert!(states.contains_key(target), "{name} leads to {target}, which does not exist");
                reached.insert(target);
            }
        }
        assert_eq!(reached, states.keys().map(String::as_str).collect());
    }
}

/// Fails unless every error that a state retries or catches has a name of ours, or one of AWS: beside those that every
/// Lambda function may have, those that begin so.
pub fn assert_errors_have_names(name: &str, state: &Value, of_services: &[&str]) {
    let handlers = ["Retry", "Catch"].into_iter().filter_map(|list| state.get(list)?.as_array()).flatten();
    for error in handlers.flat_map(|handler| handler["ErrorEquals"].as_array().unwrap()) {
        let error = error.as_str().unwrap();
        let mut of_aws = ["States.", "Lambda.", "Sandbox.", "Runtime."].iter().chain(of_services);
        assert!(is_ours(error) || of_aws.any(|prefix| error.starts_with(prefix)), "{name}: {error}");
    }
}

/// True if an error has a name of the contract.
#[must_use]
pub fn is_ours(error: &str) -> bool {
    ErrorName::ALL.into_iter().any(|name| name.as_str() == error)
}

/// The number of states that a machine enters on the way from its start by each choice's default.
#[must_use]
pub fn states_entered(machine: &Value) -> usize {
    let mut way = vec![machine["StartAt"].as_str().unwrap()];
    while let Some(next) = ["Default", "Next"].iter().find_map(|name| states(machine)[*way.last().unwrap()].get(*name))
    {
        way.push(next.as_str().unwrap());
    }
    way.len()
}

/// All JSON paths into the state; what a step returns is also a path, but a place to write to.
#[must_use]
pub fn paths(value: &Value) -> BTreeSet<String> {
    match value {
        Value::String(text) if text.starts_with("$.") => BTreeSet::from([text.clone()]),
        // An intrinsic function takes paths as arguments.
        Value::String(text) if text.starts_with("States.") => {
            let arguments = text.trim_end_matches(')').split(['(', ',']).map(str::trim);
            arguments.filter(|argument| argument.starts_with("$.")).map(str::to_owned).collect()
        }
        Value::Array(list) => list.iter().flat_map(paths).collect(),
        Value::Object(fields) => fields.values().flat_map(paths).collect(),
        _ => BTreeSet::new(),
    }
}
