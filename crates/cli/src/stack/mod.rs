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

use crate::{account::Account, failure::Failure, output, prompt};

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

/// Writes the outputs of a stack.
pub async fn write_outputs(account: &Account, name: &str) -> Result<(), Failure> {
    let found = found::stack(account, name).await?;
    for parameters::Given { name, value } in found.iter().flat_map(|stack| &stack.outputs) {
        output::write(&format!("{name} = {value}"))?;
    }
    Ok(())
}
