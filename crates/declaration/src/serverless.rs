//! serverless.yml, of the Serverless Framework.

use crate::{
    function::{Function, Functions, Memory, Name},
    number::{Number, Via},
    refusal::{Refusal, Use},
    yaml::At,
};

/// The memory that the framework gives a function that declares nothing, in MB.
/// <https://www.serverless.com/framework/docs/providers/aws/guide/serverless.yml>
const DEFAULT: u32 = 1024;
const MEMORY: &str = "memorySize";

/// Returns true if a document is a service.
pub fn is_service(root: &At<'_>) -> bool {
    let keys: Vec<&str> = root.entries().iter().map(|(key, _)| *key).collect();
    keys.contains(&"functions") && (keys.contains(&"provider") || keys.contains(&"service"))
}

/// The functions of a service.
pub fn functions(root: &At<'_>) -> Result<Functions, Refusal> {
    let mut functions = Functions::default();
    let Some(declared) = root.get("functions")? else { return Ok(functions) };
    let service = root.text("service")?.filter(|name| !name.contains("${"));
    // A list has mappings, of which each may come from a file of its own.
    let groups = if declared.is_mapping() || declared.scalar().is_some() { vec![declared] } else { declared.items() };
    for group in groups {
        if let Some(file) = group.scalar() {
            functions.elsewhere.push(format!("`{file}`"));
        }
        for (key, function) in group.entries() {
            let name = match function.text("name")? {
                Some(name) if name.contains("${") => Name::Computed(format!("`{name}`")),
                Some(name) => Name::Is(name.to_owned()),
                None => Name::OfService { service: service.map(str::to_owned), key: key.to_owned() },
            };
            let memory = memory(key, root, &function);
            functions.all.push(Function { resource: key.to_owned(), line: function.line(), name, memory });
        }
    }
    Ok(functions)
}

fn memory(key: &str, root: &At<'_>, function: &At<'_>) -> Result<Memory, Refusal> {
    if function.scalar().is_some_and(|text| !text.is_empty()) {
        return Err(Refusal::Computed { line: function.line(), by: function.shown() });
    }
    if let Some(own) = function.get(MEMORY)? {
        return number(root, own, Vec::new()).map(Memory::Number);
    }
    if let Some(general) = root.follow(&["provider", MEMORY])? {
        let via = Via { what: format!("provider.{MEMORY}"), is_default: false };
        let mut number = number(root, general, vec![via])?;
        number.uses.extend(of_other_files(root)?);
        return Ok(Memory::Number(number));
    }
    Ok(Memory::Absent { default: DEFAULT, add: format!("`{MEMORY}: {{}}` to functions.{key}") })
}

/// Functions that other files declare: they may take their memory from the provider.
fn of_other_files(root: &At<'_>) -> Result<Vec<Use>, Refusal> {
    let Some(declared) = root.get("functions")? else { return Ok(Vec::new()) };
    let mut all = vec![declared.clone()];
    all.extend(declared.items());
    let functions: Vec<At<'_>> = all.iter().flat_map(|group| group.entries().into_iter().map(|(_, at)| at)).collect();
    all.extend(functions);
    let is_elsewhere = |at: &&At<'_>| at.scalar().is_some_and(|text| text.contains("${"));
    Ok(all.iter().filter(is_elsewhere).map(At::place).collect())
}

/// The number that a value comes to.
fn number(root: &At<'_>, value: At<'_>, via: Vec<Via>) -> Result<Number, Refusal> {
    let (mut at, mut via, mut uses) = (value, via, Vec::new());
    let mut passed = Vec::new();
    loop {
        uses.extend(at.other_places());
        uses.extend(references(root, &at.path(), &passed));
        let Some(variable) = at.scalar().and_then(variable) else { break };
        let computed = || Refusal::Computed { line: at.line(), by: at.shown() };
        let (path, is_default) = match variable {
            Variable::Own(path) => (path.split('.').map(str::to_owned).collect(), false),
            Variable::Parameter(name) => (parameter(root, name)?.ok_or_else(computed)?, true),
            Variable::Other => return Err(computed()),
        };
        if passed.contains(&at.node) {
            return Err(computed());
        }
        let keys: Vec<&str> = path.iter().map(String::as_str).collect();
        let next = root.follow(&keys)?.ok_or_else(computed)?;
        via.push(Via { what: path.join("."), is_default });
        passed.push(at.node);
        at = next;
    }
    Ok(Number { digits: at.digits()?, via, uses, limits: Vec::new() })
}

/// The meaning of a text that is nothing but a variable.
enum Variable<'y> {
    /// A value of the same file.
    Own(&'y str),
    /// A parameter.
    Parameter(&'y str),
    /// Something that comes from outside, or has a fallback.
    Other,
}

fn variable(text: &str) -> Option<Variable<'_>> {
    if !text.contains("${") {
        return None;
    }
    let inner = text.trim().strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    let inner = inner.filter(|inner| !inner.contains(['$', '{', '}', ',', ' ']));
    let named = inner.and_then(|inner| {
        let own = inner.strip_prefix("self:").map(Variable::Own);
        own.or_else(|| inner.strip_prefix("param:").map(Variable::Parameter))
    });
    Some(named.unwrap_or(Variable::Other))
}

/// Where the default of a parameter stands. `None` if it depends on the stage, or comes from outside.
fn parameter(root: &At<'_>, name: &str) -> Result<Option<Vec<String>>, Refusal> {
    let mut found = Vec::new();
    for (stage, parameters) in root.get("params")?.map(|stages| stages.entries()).unwrap_or_default() {
        if parameters.get(name)?.is_some() {
            found.push(vec!["params".to_owned(), stage.to_owned(), name.to_owned()]);
        }
    }
    for (stage, settings) in root.get("stages")?.map(|stages| stages.entries()).unwrap_or_default() {
        if settings.follow(&["params", name])?.is_some() {
            found.push(vec!["stages".to_owned(), stage.to_owned(), "params".to_owned(), name.to_owned()]);
        }
    }
    Ok(found.pop().filter(|path| found.is_empty() && path[1] == "default"))
}

/// Lists what reads a value by its path, or something that the value is a part of, but for the places that were passed.
fn references(root: &At<'_>, path: &[String], passed: &[crate::yaml::NodeId]) -> Vec<Use> {
    let is_read_by = |text: &str| {
        let own = text.split("self:").skip(1).any(|rest| is_within(path, named(rest)));
        let parameter = path.last().filter(|_| matches!(path[0].as_str(), "params" | "stages"));
        own || parameter.is_some_and(|name| text.split("param:").skip(1).any(|rest| named(rest) == name))
    };
    let mut uses = Vec::new();
    for at in root.everything().filter(|at| !passed.contains(&at.node)) {
        if at.scalar().is_some_and(|text| text.contains("${") && is_read_by(text)) {
            uses.push(at.place());
        }
    }
    uses
}

/// The path at the beginning of a text.
fn named(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c))).unwrap_or(text.len());
    text[..end].trim_end_matches('.')
}

/// Returns true if a path lies in what another names.
fn is_within(path: &[String], other: &str) -> bool {
    let mut own = path.iter().map(String::as_str);
    other.split('.').filter(|part| !part.is_empty()).all(|part| own.next() == Some(part))
}
