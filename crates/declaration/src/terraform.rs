//! Terraform: `aws_lambda_function` resources, and modules that make one.

use std::ops::Range;

use hcl_edit::{
    Span as _,
    expr::{Expression, ObjectKey, Traversal, TraversalOperator},
    structure::{Block, Body},
    visit::{Visit, visit_block, visit_traversal},
    visit_mut::{VisitMut, visit_expr_mut},
};

use crate::{
    Beside,
    function::{Function, Functions, Memory, Name, Other},
    number::{Digits, Number, Via, line_of},
    refusal::{Refusal, Use},
    yaml::Yaml,
};

const LAMBDA: &str = "aws_lambda_function";
/// The memory that Lambda gives a function that declares nothing, in MB.
/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/lambda_function>
const DEFAULT: u32 = 128;
const MEMORY: &str = "memory_size";
const MARK: &str = "\u{feff}";

/// A file that was read.
struct File<'t> {
    name: &'t str,
    text: &'t str,
    body: Body,
}

/// The files of a module.
struct Module<'t> {
    file: File<'t>,
    beside: &'t [Beside],
}

/// A value of a module by its name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Variable,
    Local,
}

/// The functions of a file. What lies beside it belongs to the same module, and may declare variables or read them.
pub fn functions(text: &str, beside: &[Beside]) -> Result<Functions, Refusal> {
    let module = Module { file: File { name: "", text, body: body(text)? }, beside };
    let mut functions = Functions::default();
    for block in module.file.body.blocks() {
        let labels: Vec<&str> = block.labels.iter().map(hcl_edit::structure::BlockLabel::as_str).collect();
        let line = module.file.line(block.span());
        match (block.ident.as_str(), labels.as_slice()) {
            ("resource", [LAMBDA, name]) => {
                functions.all.push(module.function(block, format!("{LAMBDA}.{name}"), line));
            }
            ("resource", [kind, name]) => {
                functions.others.push(Other { resource: format!("{kind}.{name}"), line, kind: (*kind).to_owned() });
            }
            ("module", [name]) => {
                let source = block.body.get_attribute("source").and_then(|source| source.value.as_str());
                if block.body.has_attribute(MEMORY) || block.body.has_attribute("function_name") {
                    functions.all.push(module.function(block, format!("module.{name}"), line));
                } else if let Some(source) = source.filter(|source| source.starts_with('.')) {
                    functions.elsewhere.push(format!("module.{name} ({source})"));
                }
            }
            _ => {}
        }
    }
    Ok(functions)
}

/// The two are the same but for one value, which stands at these bytes.
pub fn differ_only_in(old: &str, new: &str, digits: &Range<usize>, was: u32) -> bool {
    let (Ok(old), Ok(mut changed)) = (body(old), body(new)) else { return false };
    let mut undo = Undo { start: digits.start - mark(new), was, undone: 0 };
    let is_changed = old != changed;
    undo.visit_body_mut(&mut changed);
    is_changed && undo.undone == 1 && old == changed
}

/// The two are the same but for comments and spaces.
pub fn are_the_same(old: &str, new: &str) -> bool {
    matches!((body(old), body(new)), (Ok(old), Ok(new)) if old == new)
}

/// Puts a number back to what it was.
struct Undo {
    start: usize,
    was: u32,
    undone: usize,
}

impl VisitMut for Undo {
    fn visit_expr_mut(&mut self, node: &mut Expression) {
        let start = node.span().map(|span| span.start);
        let put_back = match node {
            Expression::Number(_) if start == Some(self.start) => Some(Expression::from(self.was)),
            Expression::String(_) if start.map(|start| start + 1) == Some(self.start) => {
                Some(Expression::from(self.was.to_string()))
            }
            _ => None,
        };
        match put_back {
            Some(number) => {
                *node = number;
                self.undone += 1;
            }
            None => visit_expr_mut(self, node),
        }
    }
}

/// The number of bytes that a byte order mark takes at the beginning.
fn mark(text: &str) -> usize {
    if text.starts_with(MARK) { MARK.len() } else { 0 }
}

fn body(text: &str) -> Result<Body, Refusal> {
    let unreadable = |error: hcl_edit::parser::Error| {
        let place = format!("line {}, column {}", error.location().line(), error.location().column());
        Refusal::Unreadable { language: "Terraform", error: format!("{}, at {place}", error.message()) }
    };
    hcl_edit::parser::parse_body(&text[mark(text)..]).map_err(unreadable)
}

impl File<'_> {
    /// The bytes of the text that a part of the body stands at.
    fn range(&self, span: Option<Range<usize>>) -> Range<usize> {
        let (span, mark) = (span.unwrap_or_default(), mark(self.text));
        span.start + mark..span.end + mark
    }

    fn line(&self, span: Option<Range<usize>>) -> usize {
        line_of(self.text, self.range(span).start)
    }

    fn written(&self, expression: &Expression) -> String {
        let range = self.range(expression.span());
        let written = self.text.get(range).unwrap_or_default().trim();
        let first = written.lines().next().unwrap_or_default();
        if first == written { format!("`{written}`") } else { format!("`{first} …`") }
    }

    fn computed(&self, expression: &Expression) -> Refusal {
        Refusal::Computed { line: self.line(expression.span()), by: self.written(expression) }
    }

    /// The value of a variable or a local, and the line of its declaration. A variable may have none.
    fn declared(&self, kind: Kind, name: &str) -> Option<(Option<&Expression>, usize)> {
        match kind {
            Kind::Variable => {
                let is_it = |block: &&Block| block.has_ident("variable") && block.has_exact_labels(&[name]);
                let block = self.body.blocks().find(is_it)?;
                let default = block.body.get_attribute("default").map(|default| &default.value);
                Some((default, self.line(block.span())))
            }
            Kind::Local => {
                let mut all = self.body.blocks().filter(|block| block.has_ident("locals"));
                let local = all.find_map(|block| block.body.get_attribute(name))?;
                Some((Some(&local.value), self.line(local.span())))
            }
        }
    }
}

impl Module<'_> {
    fn function(&self, block: &Block, resource: String, line: usize) -> Function {
        let name = match block.body.get_attribute("function_name").map(|name| &name.value) {
            Some(name) => self.literal(name).map_or_else(|| Name::Computed(self.file.written(name)), Name::Is),
            None => Name::Computed("what the module chooses".to_owned()),
        };
        let memory = self.memory(block, &resource, line);
        Function { resource, line, name, memory }
    }

    /// The text that a value comes to, where that stands in this file.
    fn literal(&self, value: &Expression) -> Option<String> {
        match value {
            Expression::String(text) => Some(text.as_str().to_owned()),
            Expression::Traversal(traversal) => {
                let (kind, path) = named(traversal)?;
                let [name] = path.as_slice() else { return None };
                self.file.declared(kind, name)?.0?.as_str().map(str::to_owned)
            }
            _ => None,
        }
    }

    fn memory(&self, block: &Block, resource: &str, line: usize) -> Result<Memory, Refusal> {
        for by in ["for_each", "count"] {
            if let Some(several) = block.body.get_attribute(by).filter(|count| !is_at_most_one(&count.value)) {
                let by = format!("`{by} = {}`", self.file.written(&several.value).trim_matches('`'));
                return Err(Refusal::Loop { resource: resource.to_owned(), line, by });
            }
        }
        match block.body.get_attribute(MEMORY) {
            Some(memory) => self.number(&memory.value).map(Memory::Number),
            // What a module gives its function is known to the module alone.
            None if block.has_ident("module") => Err(Refusal::Computed { line, by: "what the module sets".to_owned() }),
            None => Ok(Memory::Absent { default: DEFAULT, add: format!("`{MEMORY} = {{}}` to {resource}") }),
        }
    }

    /// The number that a value comes to.
    fn number(&self, value: &Expression) -> Result<Number, Refusal> {
        let (mut value, mut via, mut uses) = (value, Vec::new(), Vec::new());
        let mut passed = Vec::new();
        loop {
            value = match value {
                Expression::Parenthesis(inner) => inner.inner(),
                Expression::Number(_) | Expression::String(_) => break,
                Expression::Traversal(traversal) if !passed.contains(&traversal.span()) => {
                    passed.push(traversal.span());
                    let (kind, path) = named(traversal).ok_or_else(|| self.file.computed(value))?;
                    let [name, keys @ ..] = path.as_slice() else { return Err(self.file.computed(value)) };
                    let what = match kind {
                        Kind::Variable => format!("the variable {name}"),
                        Kind::Local => format!("local.{}", path.join(".")),
                    };
                    let others = self.others()?;
                    uses.extend(self.references(&others, kind, &path, traversal));
                    if kind == Kind::Variable {
                        self.not_set_by_a_file(name, &what)?;
                    }
                    let next = self.declared(&others, kind, name, &what)?.ok_or_else(|| self.file.computed(value))?;
                    let is_default = kind == Kind::Variable;
                    via.push(Via {
                        what: if is_default { format!("the default of {what}") } else { what },
                        is_default,
                    });
                    within(next, keys).ok_or_else(|| self.file.computed(value))?
                }
                other => return Err(self.file.computed(other)),
            };
        }
        let digits = Digits::within(self.file.text, self.file.range(value.span())).ok_or_else(|| {
            Refusal::NotANumber { line: self.file.line(value.span()), text: self.file.written(value) }
        })?;
        Ok(Number { digits, via, uses, limits: Vec::new() })
    }

    /// The other files of the module.
    fn others(&self) -> Result<Vec<File<'_>>, Refusal> {
        let mut others = Vec::new();
        for Beside { name, text } in self.beside.iter().filter(|other| other.ends_in(&["tf", "tofu"])) {
            let body = body(text)
                .map_err(|error| Refusal::BesideUnreadable { file: name.clone(), error: error.to_string() })?;
            others.push(File { name, text, body });
        }
        Ok(others)
    }

    /// Fails if a file of values sets a variable: its default does not count then.
    fn not_set_by_a_file(&self, variable: &str, what: &str) -> Result<(), Refusal> {
        for Beside { name, text } in self.beside.iter().filter(|other| other.ends_in(&["tfvars"])) {
            let body = body(text)
                .map_err(|error| Refusal::BesideUnreadable { file: name.clone(), error: error.to_string() })?;
            if let Some(set) = body.get_attribute(variable) {
                let line = File { name, text, body: Body::new() }.line(set.span());
                return Err(Refusal::InAnotherFile { what: what.to_owned(), file: name.clone(), line });
            }
        }
        for Beside { name, text } in self.beside.iter().filter(|other| other.name.ends_with(".tfvars.json")) {
            if let Some(set) =
                Yaml::parse(text)?.documents().first().map(|root| root.get(variable)).transpose()?.flatten()
            {
                return Err(Refusal::InAnotherFile { what: what.to_owned(), file: name.clone(), line: set.line() });
            }
        }
        Ok(())
    }

    /// The value of a variable or a local that this file declares; `None` if no file does.
    fn declared(
        &self,
        others: &[File<'_>],
        kind: Kind,
        name: &str,
        what: &str,
    ) -> Result<Option<&Expression>, Refusal> {
        match self.file.declared(kind, name) {
            Some((Some(value), _)) => return Ok(Some(value)),
            Some((None, line)) => return Err(Refusal::NoDefault { what: what.to_owned(), line }),
            None => {}
        }
        for other in others {
            let file = other.name.to_owned();
            match other.declared(kind, name) {
                Some((Some(_), line)) => return Err(Refusal::InAnotherFile { what: what.to_owned(), file, line }),
                Some((None, line)) => return Err(Refusal::NoDefault { what: format!("{what} of {file}"), line }),
                None => {}
            }
        }
        Ok(None)
    }

    /// Lists what reads a variable or a local, in all files of the module, but for one place.
    fn references(&self, others: &[File<'_>], kind: Kind, path: &[String], but: &Traversal) -> Vec<Use> {
        let mut uses = Vec::new();
        for file in std::iter::once(&self.file).chain(others) {
            let mut reading = References { file, kind, path, block: Vec::new(), uses: Vec::new() };
            reading.visit_body(&file.body);
            let is_own = |range: &Option<Range<usize>>| file.name.is_empty() && *range == but.span();
            uses.extend(reading.uses.into_iter().filter(|(range, _)| !is_own(range)).map(|(_, place)| place));
        }
        uses
    }
}

/// Returns true if a count makes one function or none.
fn is_at_most_one(count: &Expression) -> bool {
    match count {
        Expression::Number(number) => number.as_u64().is_some_and(|number| number <= 1),
        Expression::Conditional(either) => is_at_most_one(&either.true_expr) && is_at_most_one(&either.false_expr),
        Expression::Parenthesis(inner) => is_at_most_one(inner.inner()),
        _ => false,
    }
}

/// Returns the kind and the path of what a traversal of plain names names.
fn named(traversal: &Traversal) -> Option<(Kind, Vec<String>)> {
    let kind = kind(traversal)?;
    let names = traversal.operators.iter().map(|operator| match operator.value() {
        TraversalOperator::GetAttr(name) => Some(name.as_str().to_owned()),
        TraversalOperator::Index(Expression::String(name)) => Some(name.as_str().to_owned()),
        _ => None,
    });
    Some((kind, names.collect::<Option<Vec<_>>>()?))
}

fn kind(traversal: &Traversal) -> Option<Kind> {
    match traversal.expr.as_variable()?.as_str() {
        "var" => Some(Kind::Variable),
        "local" => Some(Kind::Local),
        _ => None,
    }
}

/// The value in literal objects that keys lead to.
fn within<'e>(value: &'e Expression, keys: &[String]) -> Option<&'e Expression> {
    keys.iter().try_fold(value, |value, key| {
        let is_it = |own: &ObjectKey| match own {
            ObjectKey::Ident(own) => own.as_str() == key,
            ObjectKey::Expression(own) => own.as_str() == Some(key),
        };
        value.as_object()?.iter().find(|(own, _)| is_it(own)).map(|(_, value)| value.expr())
    })
}

/// Collects what reads a variable or a local.
struct References<'f> {
    file: &'f File<'f>,
    kind: Kind,
    path: &'f [String],
    /// The blocks around what is visited.
    block: Vec<String>,
    uses: Vec<(Option<Range<usize>>, Use)>,
}

impl Visit for References<'_> {
    fn visit_block(&mut self, node: &Block) {
        let labels = node.labels.iter().map(|label| label.as_str().to_owned());
        let mut name: Vec<String> = std::iter::once(node.ident.as_str().to_owned()).chain(labels).collect();
        if name.len() > 2 {
            name.remove(0);
        }
        self.block.push(name.join("."));
        visit_block(self, node);
        self.block.pop();
    }

    fn visit_traversal(&mut self, node: &Traversal) {
        if kind(node) == Some(self.kind) && self.may_read(node) {
            let line = self.file.line(node.span());
            let at = self.block.first().cloned().unwrap_or_default();
            let path = if self.file.name.is_empty() { at } else { format!("{at} in {}", self.file.name) };
            self.uses.push((node.span(), Use { path, line }));
        }
        visit_traversal(self, node);
    }
}

impl References<'_> {
    /// Returns true if a traversal reads the value, something that it is a part of, or something that is only known
    /// later.
    fn may_read(&self, node: &Traversal) -> bool {
        self.path.iter().zip(&node.operators).all(|(name, operator)| match operator.value() {
            TraversalOperator::GetAttr(own) => own.as_str() == name,
            TraversalOperator::Index(Expression::String(own)) => own.as_str() == name,
            _ => true,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_differ_in_anything_but_one_value_are_told_from_those_that_do() {
        let old = "a = 512 # MB\nb = \"512\"\nc = [512]\n";
        let differ_in_one = |new: &str, digits: Range<usize>| differ_only_in(old, new, &digits, 512);
        assert!(differ_in_one("a = 640 # MB\nb = \"512\"\nc = [512]\n", 4..7));
        assert!(differ_in_one("a = 512 # MB\nb = \"640\"\nc = [512]\n", 18..21));
        for other in [
            old,
            "a = 640\nb = \"512\"\nc = [640]\n",
            "a = 640\nb = 512\nc = [512]\n",
            "a = 640\nb = \"512\"\nd = [512]\n",
            "a = 6400\nb = \"513\"\nc = [512]\n",
            "a = 640\nb = \"512\"\n",
            "a = 640 b = \"512\"\n",
        ] {
            assert!(!differ_in_one(other, 4..7), "{other}");
        }
        assert!(!differ_in_one("a = 640\nb = \"512\"\nc = [512]\n", 13..16));
    }
}
