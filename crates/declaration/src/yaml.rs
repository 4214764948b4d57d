//! YAML (and JSON, which is YAML) as a tree that knows where each value stands, with tags, anchors and aliases.

use std::{collections::HashMap, ops::Range};

use granit_parser::{Event, Parser, ScalarStyle, options};

use crate::{
    number::{Digits, line_of},
    refusal::{Refusal, Use},
};

/// The key whose mappings are merged into the one that it stands in.
const MERGE: &str = "<<";

/// The number of characters of an expression that a message shows.
const SHOWN: usize = 80;

/// A value in a [`Yaml`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeId(usize);

/// The documents of a file.
#[derive(Debug)]
pub struct Yaml<'t> {
    text: &'t str,
    nodes: Vec<Node>,
    roots: Vec<NodeId>,
}

/// A value and where it stands.
#[derive(Debug, PartialEq)]
struct Node {
    content: Content,
    tag: Option<String>,
    span: Range<usize>,
    parent: Option<NodeId>,
    /// The key of the mapping that it is the value of.
    key: Option<NodeId>,
}

#[derive(Debug, PartialEq)]
enum Content {
    Scalar { text: String, style: ScalarStyle },
    Sequence(Vec<NodeId>),
    Mapping(Vec<(NodeId, NodeId)>),
    Alias(NodeId),
}

/// A value as it was reached from the root of a document: aliases are followed, and remembered.
#[derive(Debug, Clone)]
pub struct At<'y> {
    yaml: &'y Yaml<'y>,
    /// The value that stands there, never an alias.
    pub node: NodeId,
    /// The aliases on the way.
    through: Vec<NodeId>,
}

impl<'t> Yaml<'t> {
    /// Reads all documents of a text.
    pub fn parse(text: &'t str) -> Result<Self, Refusal> {
        let options = options! { emit_comments: false };
        let mut reading = Reading {
            yaml: Yaml { text, nodes: Vec::new(), roots: Vec::new() },
            open: Vec::new(),
            anchors: HashMap::new(),
        };
        for event in Parser::new_from_str_with_options(text, options) {
            let (event, span) =
                event.map_err(|error| Refusal::Unreadable { language: "YAML", error: error.to_string() })?;
            let tag = event.tag().map(|tag| format!("{}{}", tag.handle(), tag.suffix()));
            reading.read(event, tag, span.byte_range().unwrap_or_default());
        }
        Ok(reading.yaml)
    }

    /// The roots of the documents.
    pub fn documents(&self) -> Vec<At<'_>> {
        self.roots.iter().map(|&root| self.at(root)).collect()
    }

    /// The two are the same but for the text of one value, which was this and is that.
    pub fn differ_only_in(&self, other: &Yaml<'_>, was: &str, is: &str) -> bool {
        let same_kind = |(one, other): &(&Node, &Node)| {
            (&one.tag, one.parent, one.key) == (&other.tag, other.parent, other.key)
                && match (&one.content, &other.content) {
                    (Content::Scalar { style, .. }, Content::Scalar { style: other, .. }) => style == other,
                    (one, other) => one == other,
                }
        };
        let pairs: Vec<_> = self.nodes.iter().zip(&other.nodes).collect();
        let different: Vec<_> = pairs.iter().filter(|(one, other)| one.content != other.content).collect();
        let is_that =
            |node: &Node, text: &str| matches!(&node.content, Content::Scalar { text: own, .. } if own == text);
        self.nodes.len() == other.nodes.len()
            && self.roots == other.roots
            && pairs.iter().all(same_kind)
            && matches!(different.as_slice(), [(one, other)] if is_that(one, was) && is_that(other, is))
    }

    /// The two are the same but for comments, spaces and line breaks.
    pub fn is_same_as(&self, other: &Yaml<'_>) -> bool {
        let is_same = |(one, other): (&Node, &Node)| {
            one.content == other.content && (&one.tag, one.parent, one.key) == (&other.tag, other.parent, other.key)
        };
        self.nodes.len() == other.nodes.len()
            && self.roots == other.roots
            && self.nodes.iter().zip(&other.nodes).all(is_same)
    }

    fn node(&self, NodeId(id): NodeId) -> &Node {
        &self.nodes[id]
    }

    fn at(&self, node: NodeId) -> At<'_> {
        At { yaml: self, node, through: Vec::new() }
    }

    /// The text of a scalar, or of the scalar that an alias stands for.
    fn text_of(&self, id: NodeId) -> Option<&str> {
        match &self.node(id).content {
            Content::Scalar { text, .. } => Some(text),
            Content::Alias(target) => match &self.node(*target).content {
                Content::Scalar { text, .. } => Some(text),
                _ => None,
            },
            _ => None,
        }
    }

    fn line(&self, id: NodeId) -> usize {
        line_of(self.text, self.node(id).span.start)
    }

    /// The value itself, and what it stands in.
    fn lineage(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        std::iter::successors(Some(id), |&id| self.node(id).parent)
    }

    fn path(&self, id: NodeId) -> Vec<String> {
        let mut path: Vec<String> = self.lineage(id).filter_map(|id| self.step(id)).collect();
        path.reverse();
        path
    }

    /// Returns what leads to a value from what it stands in: a key or a position.
    fn step(&self, id: NodeId) -> Option<String> {
        let node = self.node(id);
        match (node.key, node.parent.map(|parent| &self.node(parent).content)) {
            (Some(key), _) => self.text_of(key).map(str::to_owned),
            (None, Some(Content::Sequence(items))) => {
                items.iter().position(|&item| item == id).map(|position| position.to_string())
            }
            _ => None,
        }
    }

    fn merges(&self, key: NodeId) -> bool {
        matches!(&self.node(key).content, Content::Scalar { text, style: ScalarStyle::Plain } if text == MERGE)
    }

    /// The mapping that this value is merged into.
    fn merged_into(&self, id: NodeId) -> Option<NodeId> {
        let node = self.node(id);
        if let Some(key) = node.key {
            return self.merges(key).then_some(node.parent).flatten();
        }
        let list = node.parent?;
        self.node(list).key.filter(|&key| self.merges(key)).and_then(|_| self.node(list).parent)
    }
}

impl<'y> At<'y> {
    /// The value of a key, its own or a merged one.
    pub fn get(&self, key: &str) -> Result<Option<Self>, Refusal> {
        let own: Vec<NodeId> = self
            .mapping()
            .iter()
            .filter(|(own, _)| self.yaml.text_of(*own) == Some(key))
            .map(|&(_, value)| value)
            .collect();
        match own.as_slice() {
            [] => {
                for merged in self.merged() {
                    if let Some(found) = merged.get(key)? {
                        return Ok(Some(found));
                    }
                }
                Ok(None)
            }
            [value] => Ok(self.to(*value)),
            [first, second, ..] => Err(Refusal::Repeated {
                path: self.yaml.path(*first).join("."),
                first: self.yaml.line(*first),
                second: self.yaml.line(*second),
            }),
        }
    }

    /// The value that a path of keys leads to.
    pub fn follow(&self, path: &[&str]) -> Result<Option<Self>, Refusal> {
        let mut at = self.clone();
        for key in path {
            match at.get(key)? {
                Some(next) => at = next,
                None => return Ok(None),
            }
        }
        Ok(Some(at))
    }

    /// The text of a key, if it is one.
    pub fn text(&self, key: &str) -> Result<Option<&'y str>, Refusal> {
        Ok(self.get(key)?.and_then(|at| at.plain()))
    }

    /// The keys and values of a mapping, with what is merged into it. Keys that stand twice come twice.
    pub fn entries(&self) -> Vec<(&'y str, Self)> {
        let mut entries = Vec::new();
        for &(key, value) in self.mapping() {
            if let (false, Some(name), Some(at)) = (self.yaml.merges(key), self.yaml.text_of(key), self.to(value)) {
                entries.push((name, at));
            }
        }
        for (name, at) in self.merged().iter().flat_map(Self::entries) {
            if !entries.iter().any(|(own, _)| *own == name) {
                entries.push((name, at));
            }
        }
        entries
    }

    /// The values of a list.
    pub fn items(&self) -> Vec<Self> {
        match &self.content() {
            Content::Sequence(items) => items.iter().filter_map(|&item| self.to(item)).collect(),
            _ => Vec::new(),
        }
    }

    /// Returns true if it is a mapping.
    pub fn is_mapping(&self) -> bool {
        matches!(self.content(), Content::Mapping(_))
    }

    /// The text of a scalar, whatever its tag.
    pub fn scalar(&self) -> Option<&'y str> {
        match self.content() {
            Content::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The text of a scalar that has no tag of its own kind.
    pub fn plain(&self) -> Option<&'y str> {
        self.scalar().filter(|_| self.own_tag().is_none())
    }

    /// The tag, without those of YAML itself.
    pub fn own_tag(&self) -> Option<&'y str> {
        self.yaml.node(self.node).tag.as_deref().filter(|tag| !tag.starts_with("tag:yaml.org,2002:"))
    }

    /// The number that stands there.
    pub fn digits(&self) -> Result<Digits, Refusal> {
        let span = self.yaml.node(self.node).span.clone();
        let number = |text| Refusal::NotANumber { line: self.line(), text };
        match self.content() {
            Content::Scalar { style: ScalarStyle::Literal | ScalarStyle::Folded, .. } => {
                Err(number("a block of text".to_owned()))
            }
            Content::Scalar { .. } => Digits::within(self.yaml.text, span).ok_or_else(|| number(self.shown())),
            _ => Err(Refusal::Computed { line: self.line(), by: self.shown() }),
        }
    }

    /// As it is written, for a message: its first line.
    pub fn shown(&self) -> String {
        let span = self.yaml.node(self.node).span.clone();
        let written = self.yaml.text.get(span).unwrap_or_default().trim();
        let first: String = written.lines().next().unwrap_or_default().trim_end().chars().take(SHOWN).collect();
        let tag = self.own_tag().map(|tag| format!("{tag} ")).unwrap_or_default();
        let more = if first == written { "" } else { " …" };
        format!("`{tag}{first}{more}`")
    }

    /// Its line, from 1; that of its key, if it is more than a scalar.
    pub fn line(&self) -> usize {
        let key = self.yaml.node(self.node).key.filter(|_| self.scalar().is_none());
        self.yaml.line(key.unwrap_or(self.node))
    }

    /// The keys that lead to where it is defined.
    pub fn path(&self) -> Vec<String> {
        self.yaml.path(self.node)
    }

    /// The place, for a message.
    pub fn place(&self) -> Use {
        Use { path: self.path().join("."), line: self.line() }
    }

    /// The document that it is in.
    pub fn root(&self) -> Self {
        self.yaml.at(self.yaml.lineage(self.node).last().unwrap_or(self.node))
    }

    /// Each value of this document once, where it is defined.
    pub fn everything(&self) -> impl Iterator<Item = Self> + use<'y> {
        let (yaml, root) = (self.yaml, self.root().node);
        let ids = (0..yaml.nodes.len()).map(NodeId);
        let is_own = move |&id: &NodeId| {
            !matches!(yaml.node(id).content, Content::Alias(_)) && yaml.lineage(id).last() == Some(root)
        };
        ids.filter(is_own).map(|id| yaml.at(id))
    }

    /// Where else the value stands by aliases, and where it is defined if it was reached by one.
    pub fn other_places(&self) -> Vec<Use> {
        let mut places = Vec::new();
        if !self.through.is_empty() && !is_a_place_for_definitions(&self.path()) {
            places.push(self.place());
        }
        for alias in (0..self.yaml.nodes.len()).map(NodeId) {
            let Content::Alias(target) = self.yaml.node(alias).content else { continue };
            if self.through.contains(&alias) {
                continue;
            }
            let lineage: Vec<NodeId> = self.yaml.lineage(self.node).collect();
            let Some(depth) = lineage.iter().position(|&id| id == target) else { continue };
            let mut below: Vec<String> = lineage[..depth].iter().filter_map(|&id| self.yaml.step(id)).collect();
            below.reverse();
            let holder = self.yaml.merged_into(alias);
            if let (Some(holder), Some(key)) = (holder, below.first())
                && let Content::Mapping(entries) = &self.yaml.node(holder).content
                && entries.iter().any(|(own, _)| self.yaml.text_of(*own) == Some(key))
            {
                continue;
            }
            let mut path = self.yaml.path(holder.unwrap_or(alias));
            path.extend(below);
            places.push(Use { path: path.join("."), line: self.yaml.line(alias) });
        }
        places
    }

    fn content(&self) -> &'y Content {
        &self.yaml.node(self.node).content
    }

    fn mapping(&self) -> &'y [(NodeId, NodeId)] {
        match self.content() {
            Content::Mapping(entries) => entries,
            _ => &[],
        }
    }

    fn merged(&self) -> Vec<Self> {
        let values =
            self.mapping().iter().filter(|(key, _)| self.yaml.merges(*key)).filter_map(|&(_, value)| self.to(value));
        values.flat_map(|at| if at.is_mapping() { vec![at] } else { at.items() }).collect()
    }

    /// The value, by its alias if it is one. `None` if an alias leads to itself.
    fn to(&self, node: NodeId) -> Option<Self> {
        let mut through = self.through.clone();
        let node = match self.yaml.node(node).content {
            Content::Alias(_) if through.contains(&node) => return None,
            Content::Alias(target) => {
                through.push(node);
                target
            }
            _ => node,
        };
        Some(Self { yaml: self.yaml, node, through })
    }
}

/// Returns true if nothing but what refers to it reads a value there.
fn is_a_place_for_definitions(path: &[String]) -> bool {
    path.first()
        .is_some_and(|key| key == "Metadata" || key == "custom" || key.starts_with("x-") || key.starts_with('.'))
}

/// A text that is being read.
struct Reading<'t> {
    yaml: Yaml<'t>,
    open: Vec<Open>,
    anchors: HashMap<usize, NodeId>,
}

struct Open {
    node: NodeId,
    /// The key whose value comes next.
    key: Option<NodeId>,
}

impl Reading<'_> {
    fn read(&mut self, event: Event<'_>, tag: Option<String>, span: Range<usize>) {
        let (content, anchor, opens) = match event {
            Event::Scalar(text, style, anchor, _) => {
                (Content::Scalar { text: text.into_owned(), style }, anchor, false)
            }
            Event::SequenceStart(_, anchor, _) => (Content::Sequence(Vec::new()), anchor, true),
            Event::MappingStart(_, anchor, _) => (Content::Mapping(Vec::new()), anchor, true),
            Event::Alias(anchor) => match self.anchors.get(&anchor) {
                Some(&target) => (Content::Alias(target), 0, false),
                None => return,
            },
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(Open { node, .. }) = self.open.pop() {
                    self.yaml.nodes[node.0].span.end = span.end;
                }
                return;
            }
            _ => return,
        };
        let node = self.add(content, tag, span);
        if anchor != 0 {
            self.anchors.insert(anchor, node);
        }
        if opens {
            self.open.push(Open { node, key: None });
        }
    }

    fn add(&mut self, content: Content, tag: Option<String>, span: Range<usize>) -> NodeId {
        let id = NodeId(self.yaml.nodes.len());
        let (mut parent, mut value_of) = (None, None);
        match self.open.last_mut() {
            None => self.yaml.roots.push(id),
            Some(Open { node, key }) => {
                parent = Some(*node);
                match &mut self.yaml.nodes[node.0].content {
                    Content::Sequence(items) => items.push(id),
                    Content::Mapping(entries) => match key.take() {
                        None => *key = Some(id),
                        Some(name) => {
                            entries.push((name, id));
                            value_of = Some(name);
                        }
                    },
                    _ => {}
                }
            }
        }
        self.yaml.nodes.push(Node { content, tag, span, parent, key: value_of });
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_differ_in_anything_but_one_value_are_told_from_those_that_do() {
        let differ_in_one = |old: &str, new: &str| {
            let (old, new) = (Yaml::parse(old).unwrap(), Yaml::parse(new).unwrap());
            old.differ_only_in(&new, "512", "640")
        };
        let old = "a: &x 512 # MB\nb: [512, '512', *x, !Ref 512]\n";
        for same_but_one in
            ["a: &x 640 # MB\nb: [512, '512', *x, !Ref 512]\n", "a: &x 512\nb: [512, '640', *x, !Ref 512]"]
        {
            assert!(differ_in_one(old, same_but_one), "{same_but_one}");
        }
        for other in [
            old,
            "a: &x 640\nb: [640, '512', *x, !Ref 512]\n",
            "a: &x 641\nb: [512, '512', *x, !Ref 512]\n",
            "a: &x '640'\nb: [512, '512', *x, !Ref 512]\n",
            "a: &x 640\nb: [512, '512', 512, !Ref 512]\n",
            "a: &x 640\nb: [512, '512', *x, !Sub 512]\n",
            "a: &x 640\nb: [512, '512', *x]\n",
            "a: &x 640\nb: [512, '512', *x, !Ref 512]\n---\n{}\n",
        ] {
            assert!(!differ_in_one(old, other), "{other}");
        }
    }
}
