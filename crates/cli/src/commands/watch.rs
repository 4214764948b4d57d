//! `power-tuner watch`: follows a run that was started elsewhere.

use tuning::{contract::outcome::Outcome, price::Prices, units::arn::FunctionReference};

use crate::{
    account::{Account, Place},
    applied,
    arguments::{Follow, Gates, Show, Watch, execution::execution},
    deployed,
    exit::Exit,
    failure::Failure,
    follow::{Ended, Follower, Interrupts},
    gates,
    output::{
        self, Format,
        saved::{self, Destination},
    },
    reasons,
    result::RunResult,
};

/// Watches an execution.
pub async fn run(place: &Place, arguments: &Watch) -> Result<Exit, Failure> {
    arguments.show.check()?;
    let given = &execution(&arguments.execution);
    let account = Account::connect(&place.of(arguments.deployed.state_machine.as_deref()).of(Some(given))).await?;
    let execution = if given.starts_with("arn:") {
        given.clone()
    } else {
        let state_machine = deployed::state_machine(&account, &arguments.deployed).await?;
        format!("{}:{given}", state_machine.replacen(":stateMachine:", ":execution:", 1))
    };
    let interrupts =
        Interrupts::listen().map_err(|error| Failure::other(format!("failed to listen to Ctrl-C: {error}")))?;
    to_the_end(&account, &execution, interrupts, arguments.follow, &arguments.show, arguments.gates).await
}

/// Follows an execution, shows its result, and judges it.
pub async fn to_the_end(
    account: &Account,
    execution: &str,
    mut interrupts: Interrupts,
    follow: Follow,
    show: &Show,
    gates: Gates,
) -> Result<Exit, Failure> {
    let console = show.output.console();
    let mut follower = Follower::new(account, execution, follow, console);
    match follower.follow(&mut interrupts).await? {
        Ended::Succeeded(json) => finish(&follower, json, show, gates),
        Ended::Failed { status, error, cause } => {
            Err(reasons::of(execution, follower.function.as_deref(), &status, &error, &cause))
        }
        Ended::Left => {
            console.say("interrupted; the run goes on");
            console.hint(format_args!("to follow it: power-tuner watch {execution}"));
            let function = follower.function.as_deref().unwrap_or("FUNCTION");
            console.hint(format_args!("to stop it, and put the function back: power-tuner clean {function} --stop"));
            Ok(Exit::Interrupted)
        }
        Ended::Stopped => Ok(Exit::Interrupted),
    }
}

fn finish(follower: &Follower<'_>, json: String, show: &Show, gates: Gates) -> Result<Exit, Failure> {
    // Whatever cannot be kept, the result is shown.
    let saved = show.save.as_ref().map_or(Ok(()), |kept| kept.write(&json));
    let outcome: Outcome = serde_json::from_str(&json).map_err(|error| {
        Failure::other(format!("the run succeeded, but its output is not of this version's contract: {error}"))
            .hint("install the version of power-tuner that is deployed: power-tuner doctor says which")
            .hint("the output as it is: aws stepfunctions describe-execution")
    })?;
    let judged = gates::judge(gates, &outcome)?;
    let subject = match &outcome {
        Outcome::Tuned(outcome) => outcome.subject.as_ref(),
        Outcome::DryRun(_) => None,
    };
    let function = subject.map(|subject| subject.function.clone()).or_else(|| follower.progress.function());
    let function = function.or_else(|| follower.function.clone());
    let name_alone = |reference: FunctionReference| reference.name().to_owned();
    let function = function.map(|name| name.parse().map_or(name, name_alone));
    let currency = match (subject, Prices::bundled()) {
        (Some(subject), Ok(prices)) => prices.currency(&subject.region),
        _ => follower.progress.currency(),
    };
    let result = RunResult { json, outcome, function, currency };
    let mut document = result.document();
    document.notes.extend(applied::notes(&result.outcome));
    document.notes.extend(judged.notes());
    if show.save != Some(Destination::StandardOutput) {
        output::print(show.output.format(), &document)?;
    }
    if let Some(file) = &show.markdown_summary {
        let markdown = output::writer(Format::Markdown).write(&document)?;
        saved::append(file, &format!("{markdown}\n"))?;
    }
    saved?;
    for failed in &judged.failed {
        crate::console::fail(&Failure::new(Exit::GateFailed, failed.as_str()));
    }
    Ok(if judged.failed.is_empty() { Exit::Done } else { Exit::GateFailed })
}
