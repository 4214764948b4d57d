//! `power-tuner apply`: writes the memory size of a result to the file that declares the function.

mod comment;
mod file;
pub mod tuned;

use std::{
    io::{self, IsTerminal as _, Write as _},
    path::Path,
    time::SystemTime,
};

use declaration::{Declaration, Refusal, Source};
use similar::TextDiff;
use tuning::units::power::Power;

use crate::{account::Place, arguments::Apply, console::Console, exit::Exit, failure::Failure, output, prompt};
use file::{File, beside};
use tuned::Tuned;

/// Compares, shows or writes, as the arguments say.
pub async fn run(place: &Place, arguments: &Apply) -> Result<Exit, Failure> {
    let console = arguments.console();
    let mut all = tuned::read(&arguments.results, arguments.resource.as_deref())?;
    if let Some(stack) = &arguments.stack {
        tuned::by_stack(&mut all, stack, place).await?;
    }
    let file = File::read(&arguments.to)?;
    if arguments.how.check { check(&file, &all, console) } else { write(&file, &all, arguments, console) }
}

/// Checks that the file declares what the results say.
fn check(file: &File, all: &[Tuned], console: Console) -> Result<Exit, Failure> {
    let beside = beside(&file.path)?;
    let mut exit = Exit::Done;
    let mut can_write = false;
    for tuned in all {
        let declaration = find(file.source(&file.text, &beside), tuned)?;
        if declaration.megabytes() == tuned.memory.megabytes() {
            output::write(&format!("{}: {}, as {} says", file.name(), has(&declaration), tuned.result.display()))?;
            continue;
        }
        exit = Exit::GateFailed;
        output::write(&format!(
            "{}: {}, but {} says {}",
            file.name(),
            has(&declaration),
            tuned.result.display(),
            tuned.memory
        ))?;
        match declaration.set(tuned.memory) {
            Ok(_) => can_write = true,
            Err(refusal) => {
                console.warn(format_args!("power-tuner cannot write it: {refusal}"));
                if let Some(hint) = refusal.hint(tuned.memory.megabytes()) {
                    console.hint(hint);
                }
            }
        }
    }
    if can_write {
        console.hint("to write it: the same command without --check");
    }
    Ok(exit)
}

fn write(file: &File, all: &[Tuned], arguments: &Apply, console: Console) -> Result<Exit, Failure> {
    let beside = beside(&file.path)?;
    let (mut text, mut written) = (file.text.clone(), Vec::new());
    for tuned in all {
        let source = file.source(&text, &beside);
        let declaration = find(source, tuned)?;
        if declaration.megabytes() == tuned.memory.megabytes() {
            let says = tuned.result.display();
            console.say(format_args!("{}: {}, as {says} says", file.name(), has(&declaration)));
            continue;
        }
        let changed = if arguments.annotate || declaration.has_comment() {
            declaration.set_with_comment(tuned.memory, &comment::of(tuned, tuned.link(), SystemTime::now()))
        } else {
            declaration.set(tuned.memory)
        };
        let changed = changed.map_err(|refusal| refused(file, &refusal, tuned.memory))?;
        let line = find(file.source(&changed, &beside), tuned)?.line();
        let (resource, had) = (declaration.resource(), declaration.megabytes());
        let now = format!("{}: {resource} has {} now (line {line}), and had {had} MB", file.name(), tuned.memory);
        let by_default = declaration.can_be_overridden().then(|| overridden(&declaration));
        written.push((now, by_default));
        text = changed;
    }
    if written.is_empty() {
        return Ok(Exit::Done);
    }
    let diff = diff(&arguments.to, &file.text, &text);
    if arguments.how.diff {
        show(&diff)?;
        return Ok(Exit::Done);
    }
    if !arguments.how.yes && !agreed(&diff, file)? {
        console.say(format_args!("{} was left as it is", file.name()));
        return Ok(Exit::Done);
    }
    file.replace(&text)?;
    for (now, by_default) in written {
        output::write(&now)?;
        if let Some(warning) = by_default {
            console.warn(warning);
        }
    }
    Ok(Exit::Done)
}

fn find<'t>(source: Source<'t>, tuned: &Tuned) -> Result<Declaration<'t>, Failure> {
    declaration::find(source, &tuned.wanted).map_err(|refusal| {
        let what = format!("{}: {refusal}", source.file.display());
        hinted(Failure::bad_input(what), &refusal, tuned.memory)
    })
}

fn refused(file: &File, refusal: &Refusal, memory: Power) -> Failure {
    hinted(Failure::bad_input(format!("{}: {refusal}", file.name())), refusal, memory)
}

fn hinted(failure: Failure, refusal: &Refusal, memory: Power) -> Failure {
    match refusal.hint(memory.megabytes()) {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// "Worker has 512 MB from the default of the parameter Memory (line 6)".
fn has(declaration: &Declaration<'_>) -> String {
    let from = declaration.via().map(|via| format!(" from {via}")).unwrap_or_default();
    format!("{} has {} MB{from} (line {})", declaration.resource(), declaration.megabytes(), declaration.line())
}

fn overridden(declaration: &Declaration<'_>) -> String {
    let (resource, via) = (declaration.resource(), declaration.via().unwrap_or_default());
    format!("{resource} takes its memory size from {via}: a deployment that sets another value keeps that one")
}

/// The change, as `patch` and `git apply` read it.
fn diff(file: &Path, old: &str, new: &str) -> String {
    let name = file.display().to_string();
    let (before, after) =
        if file.is_relative() { (format!("a/{name}"), format!("b/{name}")) } else { (name.clone(), name) };
    TextDiff::from_lines(old, new).unified_diff().header(&before, &after).to_string()
}

/// A program gets the diff as it is, a terminal without what it would obey.
fn show(diff: &str) -> Result<(), Failure> {
    if io::stdout().is_terminal() {
        return output::write(diff);
    }
    io::stdout()
        .write_all(diff.as_bytes())
        .map_err(|error| Failure::other(format!("failed to write the diff: {error}")))
}

/// Asks the person at the terminal; true if the person wants the change.
fn agreed(diff: &str, file: &File) -> Result<bool, Failure> {
    if !prompt::is_possible() {
        return Err(Failure::bad_input(format!(
            "{} was left as it is: nobody can be asked without a terminal",
            file.name()
        ))
        .hint("to write without asking: --yes; to see the change: --diff"));
    }
    Console::Normal.say(diff);
    Ok(prompt::select(&format!("Write this to {}?", file.name()), &["no", "yes"]) == Some(1))
}
