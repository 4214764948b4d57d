//! Templates of CloudFormation and SAM, in YAML and in JSON.

use crate::{
    function::{Function, Functions, Memory, Name, Other},
    number::{Allows, Limit, Number, Via},
    refusal::{Refusal, Use},
    yaml::At,
};

const LAMBDA: &str = "AWS::Lambda::Function";
const SAM: &str = "AWS::Serverless::Function";
/// The memory that Lambda gives a function that declares nothing, in MB.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html>
const DEFAULT: u32 = 128;
const MEMORY: &str = "MemorySize";
const LOOP: &str = "Fn::ForEach::";
/// Resources that stand for another template, and the property that names it.
const NESTED: [(&str, &str); 2] =
    [("AWS::CloudFormation::Stack", "TemplateURL"), ("AWS::Serverless::Application", "Location")];

/// Returns true if a document is a template.
pub fn is_template(root: &At<'_>) -> bool {
    let keys: Vec<&str> = root.entries().iter().map(|(key, _)| *key).collect();
    keys.contains(&"Resources") || keys.contains(&"AWSTemplateFormatVersion")
}

/// The functions of a template.
pub fn functions(root: &At<'_>) -> Result<Functions, Refusal> {
    let mut functions = Functions::default();
    let Some(resources) = root.get("Resources")? else { return Ok(functions) };
    for (id, resource) in resources.entries() {
        if let Some(of_loop) = id.strip_prefix(LOOP) {
            functions.all.extend(in_loop(id, of_loop, &resource)?);
            continue;
        }
        if resource.follow(&["Metadata", "aws:cdk:path"])?.is_some() {
            return Err(Refusal::Generated { tool: "the CDK" });
        }
        let kind = resource.text("Type")?.unwrap_or_default();
        if kind == LAMBDA || kind == SAM {
            let name = name(id, root, &resource)?;
            let memory = memory(id, root, &resource, kind == SAM);
            functions.all.push(Function { resource: id.to_owned(), line: resource.line(), name, memory });
            continue;
        }
        if let Some((_, property)) = NESTED.iter().find(|(nested, _)| *nested == kind)
            && let Some(template) = resource.follow(&["Properties", property])?
        {
            functions.elsewhere.push(format!("{id} ({})", template.shown()));
        }
        functions.others.push(Other { resource: id.to_owned(), line: resource.line(), kind: kind.to_owned() });
    }
    Ok(functions)
}

/// The functions that a loop makes, each under the name that it gives them.
fn in_loop(id: &str, of_loop: &str, body: &At<'_>) -> Result<Vec<Function>, Refusal> {
    let mut functions = Vec::new();
    for (pattern, resource) in body.items().last().map(At::entries).unwrap_or_default() {
        let kind = resource.text("Type")?.unwrap_or_default();
        if kind == LAMBDA || kind == SAM {
            let by = format!("the loop {of_loop} ({id})");
            let line = resource.line();
            let refusal = Refusal::Loop { resource: pattern.to_owned(), line, by };
            let name = match resource.follow(&["Properties", "FunctionName"])? {
                Some(name) => Name::Computed(name.shown()),
                None => Name::Computed(format!("`{pattern}`")),
            };
            functions.push(Function { resource: pattern.to_owned(), line, name, memory: Err(refusal) });
        }
    }
    Ok(functions)
}

fn name(id: &str, root: &At<'_>, resource: &At<'_>) -> Result<Name, Refusal> {
    let Some(name) = resource.follow(&["Properties", "FunctionName"])? else {
        return Ok(Name::OfStack { id: id.to_owned() });
    };
    let literal = match intrinsic(&name) {
        None => name.plain().map(str::to_owned),
        Some(("Ref", parameter)) => match parameter.scalar() {
            Some(parameter) => default(root, parameter)?.map(str::to_owned),
            None => None,
        },
        Some(("Sub", text)) => match text.scalar() {
            Some(text) => substituted(root, text)?,
            None => None,
        },
        Some(_) => None,
    };
    Ok(literal.map_or_else(|| Name::Computed(name.shown()), Name::Is))
}

/// The functions that loops make, and that take their memory from `Globals`.
fn loops_with_globals(root: &At<'_>) -> Result<Vec<Use>, Refusal> {
    let mut uses = Vec::new();
    let loops = root.get("Resources")?.map(|resources| resources.entries()).unwrap_or_default();
    for (_, body) in loops.iter().filter(|(id, _)| id.starts_with(LOOP)) {
        for (_, resource) in body.items().last().map(At::entries).unwrap_or_default() {
            if resource.text("Type")? == Some(SAM) && resource.follow(&["Properties", MEMORY])?.is_none() {
                uses.push(resource.place());
            }
        }
    }
    Ok(uses)
}

/// The literal default of a parameter.
fn default<'y>(root: &At<'y>, parameter: &str) -> Result<Option<&'y str>, Refusal> {
    Ok(root.follow(&["Parameters", parameter, "Default"])?.and_then(|default| default.plain()))
}

/// A text with the defaults of the parameters that it names. `None` if it names anything else.
fn substituted(root: &At<'_>, text: &str) -> Result<Option<String>, Refusal> {
    let mut parts = text.split("${");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let Some((parameter, rest)) = part.split_once('}') else { return Ok(None) };
        let Some(value) = default(root, parameter)? else { return Ok(None) };
        whole.push_str(value);
        whole.push_str(rest);
    }
    Ok(Some(whole))
}

fn memory(id: &str, root: &At<'_>, resource: &At<'_>, is_sam: bool) -> Result<Memory, Refusal> {
    if let Some(own) = resource.follow(&["Properties", MEMORY])? {
        return number(root, own, Vec::new()).map(Memory::Number);
    }
    if is_sam && let Some(global) = root.follow(&["Globals", "Function", MEMORY])? {
        let via = Via { what: format!("Globals.Function.{MEMORY}"), is_default: false };
        let mut number = number(root, global, vec![via])?;
        number.uses.extend(loops_with_globals(root)?);
        return Ok(Memory::Number(number));
    }
    if let Some(macros) = resource.follow(&["Properties", "Fn::Transform"])? {
        return Err(Refusal::Computed { line: macros.line(), by: "what `Fn::Transform` makes".to_owned() });
    }
    Ok(Memory::Absent { default: DEFAULT, add: format!("`{MEMORY}: {{}}` to the Properties of {id}") })
}

/// The number that a value comes to.
fn number(root: &At<'_>, value: At<'_>, via: Vec<Via>) -> Result<Number, Refusal> {
    let mut at = value;
    let (mut via, mut uses, mut limits) = (via, Vec::new(), Vec::new());
    let mut passed = Vec::new();
    loop {
        if passed.contains(&at.node) {
            return Err(computed(&at));
        }
        passed.push(at.node);
        uses.extend(at.other_places());
        at = match intrinsic(&at) {
            None => break,
            Some(("Ref", name)) => {
                let name = name.scalar().unwrap_or_default();
                let Some(parameter) = root.follow(&["Parameters", name])? else { return Err(computed(&at)) };
                let what = format!("the parameter {name}");
                uses.extend(references(root, name, &at));
                limits.extend(limits_of(&what, &parameter)?);
                let line = parameter.line();
                via.push(Via { what: format!("the default of {what}"), is_default: true });
                parameter.get("Default")?.ok_or(Refusal::NoDefault { what, line })?
            }
            Some(("FindInMap", keys)) => {
                let keys = literals(&keys).ok_or_else(|| computed(&at))?;
                let [map, top, second] = keys.as_slice() else { return Err(computed(&at)) };
                uses.extend(lookups(root, [map, top, second], &at));
                via.push(Via { what: format!("the mapping {map}.{top}.{second}"), is_default: false });
                root.follow(&["Mappings", map, top, second])?.ok_or_else(|| computed(&at))?
            }
            Some(_) => return Err(computed(&at)),
        };
    }
    Ok(Number { digits: at.digits()?, via, uses, limits })
}

fn computed(at: &At<'_>) -> Refusal {
    Refusal::Computed { line: at.line(), by: at.shown() }
}

/// The name of an intrinsic function, without `Fn::`, and what it is applied to.
fn intrinsic<'y>(at: &At<'y>) -> Option<(&'y str, At<'y>)> {
    if let Some(tag) = at.own_tag() {
        return Some((tag.strip_prefix('!')?, at.clone()));
    }
    match at.entries().as_slice() {
        [(name, argument)] if *name == "Ref" => Some((name, argument.clone())),
        [(name, argument)] => Some((name.strip_prefix("Fn::")?, argument.clone())),
        _ => None,
    }
}

/// The texts of a list that has nothing else.
fn literals<'y>(list: &At<'y>) -> Option<Vec<&'y str>> {
    list.items().iter().map(At::plain).collect()
}

/// Lists what refers to a parameter, but for one place.
fn references(root: &At<'_>, parameter: &str, but: &At<'_>) -> Vec<Use> {
    let variable = format!("${{{parameter}}}");
    let refers = |at: &At<'_>| match intrinsic(at) {
        Some(("Ref", argument)) => argument.scalar() == Some(parameter),
        Some(("Sub", argument)) => {
            let text = argument.scalar().or_else(|| argument.items().first().and_then(At::scalar));
            text.is_some_and(|text| text.contains(&variable))
        }
        _ => false,
    };
    places(root, but, refers)
}

/// Lists what may look the same value of a mapping up, but for one place.
fn lookups(root: &At<'_>, keys: [&str; 3], but: &At<'_>) -> Vec<Use> {
    let may_be = |at: &At<'_>| {
        matches!(intrinsic(at), Some(("FindInMap", arguments)) if {
            let arguments = arguments.items();
            // What is computed may come to the same key.
            keys.iter().zip(&arguments).all(|(key, argument)| argument.plain().is_none_or(|own| own == *key))
        })
    };
    places(root, but, may_be)
}

fn places(root: &At<'_>, but: &At<'_>, is: impl Fn(&At<'_>) -> bool) -> Vec<Use> {
    root.everything().filter(|at| at.node != but.node && is(at)).map(|at| at.place()).collect()
}

/// Returns the limits of what a parameter may be.
fn limits_of(what: &str, parameter: &At<'_>) -> Result<Vec<Limit>, Refusal> {
    let mut limits = Vec::new();
    let mut add = |at: &At<'_>, allows| limits.push(Limit { what: what.to_owned(), line: at.line(), allows });
    if let Some(values) = parameter.get("AllowedValues")? {
        let all = values.items().iter().filter_map(At::scalar).map(str::to_owned).collect();
        add(&values, Allows::OneOf(all));
    }
    for (key, allows) in [("MinValue", Allows::AtLeast as fn(u32) -> Allows), ("MaxValue", Allows::AtMost)] {
        if let Some(at) = parameter.get(key)?
            && let Some(limit) = at.scalar().and_then(|text| text.parse().ok())
        {
            add(&at, allows(limit));
        }
    }
    Ok(limits)
}
