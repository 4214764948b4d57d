//! Pulumi YAML.

use crate::{
    function::{Function, Functions, Memory, Name, Other},
    number::{Number, Via},
    refusal::{Refusal, Use},
    yaml::At,
};

/// The types of a function, and the properties that hold its name.
const TYPES: [(&str, &str); 4] = [
    ("aws:lambda:Function", "name"),
    ("aws:lambda/function:Function", "name"),
    ("aws-native:lambda:Function", "functionName"),
    ("aws:lambda/Function:Function", "name"),
];
/// The memory that Lambda gives a function that declares nothing, in MB.
const DEFAULT: u32 = 128;
const MEMORY: &str = "memorySize";

/// Returns true if a document is a program.
pub fn is_program(root: &At<'_>) -> bool {
    let entries = root.entries();
    let resources = entries.iter().find(|(key, _)| *key == "resources").map(|(_, resources)| resources);
    let types = resources.map(At::entries).unwrap_or_default();
    types.iter().any(|(_, resource)| matches!(resource.text("type"), Ok(Some(kind)) if kind.contains(':')))
}

/// The functions of a program.
pub fn functions(root: &At<'_>) -> Result<Functions, Refusal> {
    let mut functions = Functions::default();
    let Some(resources) = root.get("resources")? else { return Ok(functions) };
    for (key, resource) in resources.entries() {
        let kind = resource.text("type")?.unwrap_or_default();
        let Some((_, property)) = TYPES.iter().find(|(own, _)| *own == kind) else {
            functions.others.push(Other { resource: key.to_owned(), line: resource.line(), kind: kind.to_owned() });
            continue;
        };
        let name = match resource.follow(&["properties", property])?.and_then(|name| name.plain()) {
            Some(name) if name.contains("${") => Name::Computed(format!("`{name}`")),
            Some(name) => Name::Is(name.to_owned()),
            None => Name::OfProgram { resource: key.to_owned() },
        };
        let memory = match resource.follow(&["properties", MEMORY])? {
            Some(own) => number(root, own).map(Memory::Number),
            None => {
                Ok(Memory::Absent { default: DEFAULT, add: format!("`{MEMORY}: {{}}` to the properties of {key}") })
            }
        };
        functions.all.push(Function { resource: key.to_owned(), line: resource.line(), name, memory });
    }
    Ok(functions)
}

/// The number that a value comes to.
fn number(root: &At<'_>, value: At<'_>) -> Result<Number, Refusal> {
    let (mut at, mut via, mut uses) = (value, Vec::new(), Vec::new());
    let mut passed = Vec::new();
    loop {
        uses.extend(at.other_places());
        let Some(text) = at.scalar().filter(|text| text.contains("${")) else { break };
        let computed = || Refusal::Computed { line: at.line(), by: at.shown() };
        let inner = text.trim().strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
        let name = inner.filter(|name| is_name(name)).ok_or_else(computed)?;
        if passed.contains(&at.node) {
            return Err(computed());
        }
        uses.extend(references(root, name, &at));
        let next = match (root.follow(&["variables", name])?, configured(root, name)?) {
            (Some(variable), None) => {
                via.push(Via { what: format!("the variable {name}"), is_default: false });
                variable
            }
            (None, Some(value)) => {
                via.push(Via { what: format!("the configuration value {name}"), is_default: true });
                value
            }
            _ => return Err(computed()),
        };
        passed.push(at.node);
        at = next;
    }
    Ok(Number { digits: at.digits()?, via, uses, limits: Vec::new() })
}

/// A value of the program's configuration, which a stack's file can override.
fn configured<'y>(root: &At<'y>, name: &str) -> Result<Option<At<'y>>, Refusal> {
    for section in ["config", "configuration"] {
        let Some(declared) = root.follow(&[section, name])? else { continue };
        if !declared.is_mapping() {
            return Ok(Some(declared));
        }
        for key in ["value", "default"] {
            if let Some(value) = declared.get(key)? {
                return Ok(Some(value));
            }
        }
        return Err(Refusal::NoDefault { what: format!("the configuration value {name}"), line: declared.line() });
    }
    Ok(None)
}

/// Lists what refers to a variable, but for one place.
fn references(root: &At<'_>, name: &str, but: &At<'_>) -> Vec<Use> {
    let refers = |text: &str| {
        text.split("${")
            .skip(1)
            .any(|rest| rest.strip_prefix(name).is_some_and(|rest| rest.starts_with(['}', '.', '['])))
    };
    let other = |at: &At<'_>| at.node != but.node && at.scalar().is_some_and(refers);
    root.everything().filter(other).map(|at| at.place()).collect()
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}
