//! One thing that was checked.

use serde::Serialize;

use crate::{
    failure::Failure,
    output::{Cell, Column, Document, Grid, Note, Row, Weight, as_json},
};

/// One thing that was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// The name of what was checked.
    pub name: &'static str,
    /// The state that it is in.
    pub state: State,
    /// The finding.
    pub found: String,
    /// The things to do, one each.
    pub hints: Vec<String>,
}

/// The state of something that was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// In order.
    Ok,
    /// It works, but should be known.
    Attention,
    /// It does not work.
    Problem,
    /// It could not be checked.
    Unknown,
}

impl Check {
    /// It is in order.
    pub fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, state: State::Ok, found: found.into(), hints: Vec::new() }
    }

    /// It works, but something should be known, and may be done.
    pub fn attention(name: &'static str, found: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { name, state: State::Attention, found: found.into(), hints: vec![hint.into()] }
    }

    /// It does not work.
    pub fn of(name: &'static str, failure: &Failure) -> Self {
        Self { name, state: State::Problem, found: failure.what.clone(), hints: failure.hints.clone() }
    }

    /// It could not be checked.
    pub fn unknown(name: &'static str, failure: &Failure) -> Self {
        Self { state: State::Unknown, ..Self::of(name, failure) }
    }
}

/// All checks as a document.
pub fn document(checks: &[Check]) -> Result<Document, Failure> {
    let columns = [("check", "check"), ("state", "state"), ("found", "found"), ("what to do", "hints")];
    let mut grid = Grid::new(&columns.map(|(head, key)| Column { head, key }));
    grid.rows = checks
        .iter()
        .map(|check| Row {
            cells: [check.name, word(check.state), &check.found, &check.hints.join("; ")].map(Cell::text).to_vec(),
            weight: Weight::Normal,
        })
        .collect();
    let problems = checks.iter().filter(|check| check.state == State::Problem).count();
    let title = match problems {
        0 => "Nothing keeps power-tuner from working".to_owned(),
        1 => "1 problem".to_owned(),
        several => format!("{several} problems"),
    };
    let mut notes: Vec<Note> = checks.iter().flat_map(notes).collect();
    notes.push(Note::Sentence(format!("{title}.")));
    let json = as_json(checks)?;
    Ok(Document { title, json, grid, notes, notes_say_all: true, ..Document::default() })
}

fn word(state: State) -> &'static str {
    match state {
        State::Ok => "ok",
        State::Attention => "attention",
        State::Problem => "problem",
        State::Unknown => "unknown",
    }
}

fn notes(check: &Check) -> impl Iterator<Item = Note> {
    let text = format!("{}: {}", check.name, check.found);
    let found = match check.state {
        State::Ok => Note::Good(text),
        State::Attention | State::Unknown => Note::Warning(text),
        State::Problem => Note::Bad(text),
    };
    std::iter::once(found).chain(check.hints.iter().cloned().map(Note::Hint))
}
