use std::time::Duration;

use serde_json::Value;
use tuning::{deployment::Deployment, input::Input, power::Power};

use super::*;

fn readme() -> String {
    fs::read_to_string(root::repository().join("README.md")).unwrap()
}

/// The JSON of the README: each block, and the input of each command.
fn examples() -> Vec<Value> {
    let readme = readme();
    let blocks = readme.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next());
    let commands = readme.split("--input '").skip(1).filter_map(|rest| rest.split('\'').next());
    blocks.chain(commands).map(|json| serde_json::from_str(json).unwrap()).collect()
}

#[test]
fn the_schemas_and_the_tables_of_the_readme_are_current() {
    run(true).unwrap();
}

#[test]
fn the_inputs_that_the_readme_shows_are_valid_and_accepted() {
    let deployment = Deployment {
        power_values: vec![Power::MIN],
        auto_optimize: false,
        visualization_url: "https://x/".to_owned(),
        execution_time_limit: Duration::from_hours(1),
        total_execution_timeout: Duration::from_mins(5),
        own_functions: Vec::new(),
    };
    let validator = jsonschema::draft202012::new(&schema::input()).unwrap();
    let examples = examples();
    let inputs: Vec<&Value> = examples.iter().filter(|example| example.get("lambdaARN").is_some()).collect();
    assert!(inputs.len() >= 2, "{inputs:?}");
    for input in inputs {
        assert_eq!(validator.validate(input).map_err(|error| error.to_string()), Ok(()), "{input}");
        assert_eq!(Input::parse(input, &deployment, None).unwrap().request.warnings, [""; 0]);
    }
}

#[test]
fn the_output_that_the_readme_shows_is_valid() {
    let validator = jsonschema::draft202012::new(&schema::output()).unwrap();
    let examples = examples();
    let output = examples.iter().find(|example| example.get("power").is_some()).unwrap();
    let wrong: Vec<String> = validator.iter_errors(output).map(|error| error.to_string()).collect();
    assert_eq!(wrong, [""; 0]);
}
