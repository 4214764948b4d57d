//! The stack that power-tuner is deployed as.

pub mod bucket;
pub mod change;
mod events;
pub mod follow;
pub mod found;
pub mod identity;
mod intrinsics;
pub mod long_template;
pub mod package;
pub mod parameters;
pub mod plan;
mod rights;
pub mod runs;

#[cfg(test)]
mod documented;

use crate::{failure::Failure, prompt};

/// The name that `template.yaml` gives the output that is the state machine.
pub const STATE_MACHINE: &str = "StateMachineARN";

/// Fails if the user has to be asked, and can't be.
pub fn can_ask(is_sure: bool, what: &str) -> Result<(), Failure> {
    if is_sure || prompt::is_possible() {
        return Ok(());
    }
    Err(Failure::bad_input(format!("{what}: nobody can be asked without a terminal"))
        .hint("to go on without asking: --yes"))
}

/// Returns true if the user wants it.
pub fn is_wanted(is_sure: bool, question: &str) -> bool {
    is_sure || prompt::select(question, &["no", "yes"]) == Some(1)
}
