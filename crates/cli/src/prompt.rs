//! Questions to the person at the terminal. Without a terminal there is nobody to ask.

use std::{
    fmt::Display,
    io::{IsTerminal, stderr, stdin},
};

use dialoguer::{Select, theme::ColorfulTheme};

use crate::terminal::harmless;

/// True if somebody can be asked.
pub fn is_possible() -> bool {
    stdin().is_terminal() && stderr().is_terminal()
}

/// The number of one of some answers; `None` if nobody can be asked, or says so.
pub fn select(question: &str, answers: &[impl Display]) -> Option<usize> {
    if !is_possible() {
        return None;
    }
    let theme = ColorfulTheme::default();
    let answers: Vec<String> = answers.iter().map(|answer| harmless(&answer.to_string())).collect();
    Select::with_theme(&theme).with_prompt(question).items(&answers).default(0).interact_opt().ok().flatten()
}
