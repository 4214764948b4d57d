use std::time::Duration;

use serde_json::Value;
use tuning::{
    contract::{deployment::Deployment, input::Input},
    units::power::Power,
};

use super::*;

/// README.md and the pages in docs/.
fn pages() -> impl Iterator<Item = String> {
    let root = root::repository();
    let docs = fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let pages = docs.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    [root.join("README.md")].into_iter().chain(pages).map(|page| fs::read_to_string(page).unwrap())
}

/// The JSON that the documentation shows: each block, and the input of each command.
fn examples() -> Vec<Value> {
    let texts = pages().flat_map(|page| {
        let blocks = page.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next());
        let commands = page.split("--input '").skip(1).filter_map(|rest| rest.split('\'').next());
        blocks.chain(commands).map(str::to_owned).collect::<Vec<_>>()
    });
    texts.map(|json| serde_json::from_str(&json).unwrap_or_else(|error| panic!("{json}: {error}"))).collect()
}

#[test]
fn the_schemas_and_the_tables_of_the_documentation_are_current() {
    run(true).unwrap();
}

#[test]
fn the_inputs_that_the_documentation_shows_are_valid_and_accepted() {
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
    assert!(inputs.len() >= 4, "{inputs:?}");
    for input in inputs {
        assert_eq!(validator.validate(input).map_err(|error| error.to_string()), Ok(()), "{input}");
        assert_eq!(Input::parse(input, &deployment, None).unwrap().request.warnings, [""; 0]);
    }
}

#[test]
fn the_output_that_the_documentation_shows_is_valid() {
    let validator = jsonschema::draft202012::new(&schema::output()).unwrap();
    let examples = examples();
    let output = examples.iter().find(|example| example.get("power").is_some()).unwrap();
    let wrong: Vec<String> = validator.iter_errors(output).map(|error| error.to_string()).collect();
    assert_eq!(wrong, [""; 0]);
}
