//! `power-tuner watch`: follows a run that was started elsewhere.

use std::{fs, io::Write, path::Path};

use tuning::{arn::FunctionReference, outcome::Outcome, price::Prices};

use crate::{
    arguments::{Follow, Format, Gates, Show, Watch},
    aws::{Aws, Place},
    deployed,
    exit::Exit,
    failure::Failure,
    follow::{Ended, Follower, Interrupts},
    gates, output, reasons,
    result::RunResult,
};

/// Watches an execution.
pub async fn run(place: &Place, arguments: &Watch) -> Result<Exit, Failure> {
    let given = &arguments.execution;
    let aws = Aws::connect(&place.of(arguments.deployed.state_machine.as_deref()).of(Some(given))).await?;
    let execution = if given.starts_with("arn:") {
        given.clone()
    } else {
        let state_machine = deployed::state_machine(&aws, &arguments.deployed).await?;
        format!("{}:{given}", state_machine.replacen(":stateMachine:", ":execution:", 1))
    };
    let interrupts =
        Interrupts::listen().map_err(|error| Failure::other(format!("failed to listen to Ctrl-C: {error}")))?;
    to_the_end(&aws, &execution, interrupts, arguments.follow, &arguments.show, arguments.gates).await
}

/// Follows an execution, shows its result, and judges it.
pub async fn to_the_end(
    aws: &Aws,
    execution: &str,
    mut interrupts: Interrupts,
    follow: Follow,
    show: &Show,
    gates: Gates,
) -> Result<Exit, Failure> {
    let talk = show.output.talk();
    let mut follower = Follower::new(aws, execution, follow, talk);
    match follower.follow(&mut interrupts).await? {
        Ended::Succeeded(json) => finish(&follower, json, show, gates),
        Ended::Failed { status, error, cause } => {
            Err(reasons::of(execution, follower.function.as_deref(), &status, &error, &cause))
        }
        Ended::Left => {
            talk.say("interrupted; the run goes on");
            talk.hint(format_args!("to follow it: power-tuner watch {execution}"));
            let function = follower.function.as_deref().unwrap_or("FUNCTION");
            talk.hint(format_args!("to stop it, and put the function back: power-tuner clean {function} --stop"));
            Ok(Exit::Interrupted)
        }
        Ended::Stopped => Ok(Exit::Interrupted),
    }
}

fn finish(follower: &Follower<'_>, json: String, show: &Show, gates: Gates) -> Result<Exit, Failure> {
    // First of all, nothing of it is to be lost.
    if let Some(file) = &show.save {
        fs::write(file, &json).map_err(|error| unwritten(file, &error))?;
    }
    let outcome: Outcome = serde_json::from_str(&json).map_err(|error| {
        Failure::other(format!("the run succeeded, but its output is not of this version's contract: {error}"))
            .hint("install the version of power-tuner that is deployed: power-tuner doctor says which")
            .hint("the output as it is: aws stepfunctions describe-execution")
    })?;
    let judged = gates::judge(gates, &outcome, follower.progress.optimizes())?;
    let subject = match &outcome {
        Outcome::Tuned(outcome) => outcome.subject.as_ref(),
        Outcome::DryRun(_) => None,
    };
    let function = subject.map(|subject| subject.function.clone()).or_else(|| follower.progress.function());
    let function = function.or_else(|| follower.function.clone());
    let function = function.map(|name| name.parse().map_or(name, |reference: FunctionReference| short(&reference)));
    let currency = match (subject, Prices::bundled()) {
        (Some(subject), Ok(prices)) => prices.currency(&subject.region),
        _ => follower.progress.currency(),
    };
    let result = RunResult { json, outcome, function, currency };
    let mut document = result.document();
    document.notes.extend(judged.notes());
    output::print(show.output.format(), &document)?;
    if let Some(file) = &show.markdown_summary {
        let markdown = output::writer(Format::Markdown).write(&document)?;
        let appended = fs::OpenOptions::new().create(true).append(true).open(file);
        appended.and_then(|mut open| writeln!(open, "{markdown}\n")).map_err(|error| unwritten(file, &error))?;
    }
    for failed in &judged.failed {
        crate::talk::fail(&Failure::new(Exit::GateFailed, failed.as_str()));
    }
    Ok(if judged.failed.is_empty() { Exit::Done } else { Exit::GateFailed })
}

/// The name alone.
fn short(function: &FunctionReference) -> String {
    function.function.rsplit(':').next().unwrap_or(&function.function).to_owned()
}

fn unwritten(file: &Path, error: &std::io::Error) -> Failure {
    Failure::other(format!("failed to write {}: {error}", file.display()))
}
