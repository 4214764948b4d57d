//! The state machine as a Mermaid diagram in the documentation.

use std::{collections::BTreeMap, fmt::Write as _, fs};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use crate::{marked::Place, root};

/// The page that shows the diagram.
const PAGE: &str = "docs/architecture.md";
/// Where it shows it.
const PLACE: Place = Place { name: "statemachine", command: "diagram" };

/// The parts of the Amazon States Language that a diagram needs.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Machine {
    start_at: String,
    states: serde_json::Map<String, serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct State {
    r#type: String,
    next: Option<String>,
    default: Option<String>,
    #[serde(default)]
    choices: Vec<BTreeMap<String, serde_json::Value>>,
    #[serde(default)]
    catch: Vec<Catch>,
    #[serde(default)]
    end: bool,
    item_processor: Option<Machine>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Catch {
    next: String,
}

/// Draws the state machine into its page, or checks that the drawing there is current.
pub fn run(check: bool) -> Result<()> {
    let root = root::repository();
    let machine: Machine = serde_json::from_str(&fs::read_to_string(root.join("statemachine.asl.json"))?)?;
    let file = root.join(PAGE);
    let page = fs::read_to_string(&file)?;
    let drawn = PLACE.fill(&page, &format!("```mermaid\n{}```\n", draw(&machine)?))?;
    if check {
        ensure!(drawn == page, "the diagram in {PAGE} is not current\nhint: cargo xtask diagram");
        return Ok(());
    }
    fs::write(file, drawn)?;
    Ok(())
}

fn draw(machine: &Machine) -> Result<String> {
    let mut diagram = "stateDiagram-v2\n".to_owned();
    draw_states(machine, 1, &mut diagram)?;
    Ok(diagram)
}

fn draw_states(machine: &Machine, depth: usize, diagram: &mut String) -> Result<()> {
    let indent = "    ".repeat(depth);
    writeln!(diagram, "{indent}[*] --> {}", id(&machine.start_at))?;
    for (name, state) in &machine.states {
        let state: State =
            serde_json::from_value(state.clone()).with_context(|| format!("failed to read the state {name}"))?;
        let from = id(name);
        match &state.item_processor {
            Some(processor) => {
                writeln!(diagram, "{indent}state \"{name} (for each memory size)\" as {from} {{")?;
                draw_states(processor, depth + 1, diagram)?;
                writeln!(diagram, "{indent}}}")?;
            }
            None if from != *name => writeln!(diagram, "{indent}state \"{name}\" as {from}")?,
            None => {}
        }
        for choice in &state.choices {
            let next = choice.get("Next").and_then(serde_json::Value::as_str).context("a choice leads nowhere")?;
            writeln!(diagram, "{indent}{from} --> {}: {}", id(next), condition(choice)?)?;
        }
        for next in state.next.iter().chain(&state.default) {
            writeln!(diagram, "{indent}{from} --> {}", id(next))?;
        }
        for catch in &state.catch {
            writeln!(diagram, "{indent}{from} --> {}: any error", id(&catch.next))?;
        }
        if state.end || ["Succeed", "Fail"].contains(&state.r#type.as_str()) {
            writeln!(diagram, "{indent}{from} --> [*]")?;
        }
    }
    Ok(())
}

/// The name of a state without what Mermaid does not allow in one.
fn id(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// `$.publication.continue` and `BooleanEquals: true` become "continue".
fn condition(choice: &BTreeMap<String, serde_json::Value>) -> Result<String> {
    let variable = choice.get("Variable").and_then(serde_json::Value::as_str).context("a choice has no variable")?;
    let name = variable.rsplit('.').next().unwrap_or(variable);
    let compared = choice.iter().find(|(operator, _)| operator.ends_with("Equals"));
    match compared {
        Some((_, serde_json::Value::Bool(true))) => Ok(name.to_owned()),
        Some((_, value)) => {
            Ok(format!("{name} is {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        }
        None => bail!("a choice compares in a way that is not drawn yet: {choice:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_diagram_in_the_documentation_is_current() {
        run(true).unwrap();
    }

    #[test]
    fn choices_catches_and_maps_are_drawn() {
        let machine = r#"{"StartAt": "A", "States": {
            "A": {"Type": "Task", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Bad"}], "Next": "More?"},
            "More?": {"Type": "Choice", "Choices": [{"Variable": "$.x.continue", "BooleanEquals": true, "Next": "A"}], "Default": "Each"},
            "Each": {"Type": "Map", "ItemProcessor": {"StartAt": "I", "States": {"I": {"Type": "Task", "End": true}}}, "End": true},
            "Bad": {"Type": "Fail"}
        }}"#;
        insta::assert_snapshot!(draw(&serde_json::from_str(machine).unwrap()).unwrap(), @r#"
        stateDiagram-v2
            [*] --> A
            A --> More
            A --> Bad: any error
            state "More?" as More
            More --> A: continue
            More --> Each
            state "Each (for each memory size)" as Each {
                [*] --> I
                I --> [*]
            }
            Each --> [*]
            Bad --> [*]
        "#);
    }
}
