//! `power-tuner report`: results on one HTML page.

use std::{
    fmt, fs,
    io::{self, Write as _},
    path::Path,
};

use anyhow::{Context, Result, anyhow, bail, ensure};
use aws_sdk_sfn::types::ExecutionStatus;
use report::{Date, Execution, Page, Reader, Run, Template, asked, fragment};
use tuning::units::arn::ExecutionArn;

use crate::{
    account::{Account, Place},
    arguments::{NamedResult, Report, Source},
    failure::Failure,
    follow, output,
};

/// The reader of results.
pub fn reader() -> Result<Reader, Failure> {
    Reader::new().map_err(unreadable_prices)
}

/// The failure of a program whose own price table is broken.
pub fn unreadable_prices(error: impl fmt::Display) -> Failure {
    Failure::other(format!("the price table cannot be read: {error}"))
}

/// Reads the results, and writes the page.
pub async fn run(place: &Place, arguments: &Report) -> Result<()> {
    let template = Template::embedded()?;
    let reader = reader()?;
    let mut runs = Vec::new();
    for result in &arguments.results {
        runs.extend(read(result, place, &reader).await?);
    }
    let page = Page { runs };
    let html = template.fill(&page)?;
    if arguments.output == Path::new("-") {
        ensure!(!arguments.open, "--open needs a file: give --output FILE");
        io::stdout().write_all(html.as_bytes()).context("failed to write the page")?;
    } else {
        fs::write(&arguments.output, html)
            .with_context(|| format!("failed to write {}", arguments.output.display()))?;
        output::write(&arguments.output.display().to_string())?;
    }
    if arguments.open {
        opener::open_browser(&arguments.output)
            .with_context(|| format!("failed to open {} in a browser", arguments.output.display()))?;
    }
    if let Some(viewer) = &arguments.link {
        output::write(&fragment::link(viewer, &page)?)?;
    }
    Ok(())
}

async fn read(result: &NamedResult, place: &Place, reader: &Reader) -> Result<Vec<Run>> {
    let called = |own: Option<&str>| result.name.as_deref().or(own).unwrap_or_default().to_owned();
    match &result.source {
        Source::File(file) => {
            let label = called(file.file_stem().and_then(|stem| stem.to_str()));
            Ok(in_file(reader, file, &label)?)
        }
        Source::Link(link) => {
            let read = reader.read(link, &called(None), &Execution::default());
            Ok(read.map_err(|error| Failure::bad_input(format!("failed to read the link: {error}")))?)
        }
        Source::Execution(arn) => {
            let (output, execution) = describe(place, arn).await?;
            let label = called(arn.0.rsplit(':').next());
            reader.read(&output, &label, &execution).with_context(|| format!("failed to read {}", arn.0))
        }
    }
}

/// The results in a file.
pub fn in_file(reader: &Reader, file: &Path, label: &str) -> Result<Vec<Run>, Failure> {
    let unread = |error: &dyn fmt::Display| Failure::bad_input(format!("failed to read {}: {error}", file.display()));
    let text = fs::read_to_string(file).map_err(|error| unread(&error))?;
    reader.read(&text, label, &Execution::default()).map_err(|error| unread(&error))
}

/// The output of an execution, and what else AWS knows of it.
async fn describe(place: &Place, arn: &ExecutionArn) -> Result<(String, Execution)> {
    let region = arn.region().with_context(|| format!("{} is not the ARN of an execution", arn.0))?.to_owned();
    let account = Account::connect(&Place { region: Some(region), ..place.clone() }).await?;
    let described = follow::describe(&account, &arn.0).await?;
    match described.status {
        ExecutionStatus::Succeeded => {}
        ExecutionStatus::Running => bail!("{} is still running", arn.0),
        other => bail!("{} ended {other}: it has no result. {}", arn.0, described.cause.unwrap_or_default()),
    }
    let output = described.output.ok_or_else(|| anyhow!("{} has no output", arn.0))?;
    let execution = Execution {
        arn: Some(arn.0.clone()),
        started: Some(Date::Seconds(described.start_date.as_secs_f64())),
        stopped: described.stop_date.map(|date| Date::Seconds(date.as_secs_f64())),
        input: described.input.as_deref().map(asked).unwrap_or_default(),
    };
    Ok((output, execution))
}
