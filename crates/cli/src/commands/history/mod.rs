//! `power-tuner history`: the runs of a function that the fleets of the account have kept.

mod document;

use std::fs;

use aws::fleet::Objects;
use report::{Date, Execution, Page, Past, Reader, Template};
use serde::Serialize;
use tuning::{
    contract::outcome::TuningOutcome,
    drift::{Compared, Thresholds, Told, compare},
    fleet::{FleetName, Run, RunResult, RunsPrefix},
    price::Prices,
    units::{arn::FunctionReference, s3_uri::S3Uri},
};

use super::{fleet::found::Fleets, report::unreadable_prices};
use crate::{
    account::{Account, Call, Place},
    arguments::History,
    exit::Exit,
    failure::Failure,
    output,
};

/// A run of the function, and how it differs from the last one before it that succeeded.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    fleet: FleetName,
    #[serde(flatten)]
    run: Run,
    /// Absent where it cannot be compared with one.
    #[serde(skip_serializing_if = "Option::is_none")]
    drift: Option<Vec<Told>>,
}

impl Entry {
    fn tuned(&self) -> Option<&TuningOutcome> {
        self.run.output()
    }
}

/// Reads the runs, and shows them.
pub async fn run(place: &Place, arguments: &History) -> Result<Exit, Failure> {
    let console = arguments.output.console();
    let function: FunctionReference = arguments
        .function
        .parse()
        .map_err(|error| Failure::bad_input(format!("{} is not a function: {error}", arguments.function)))?;
    let account = Account::connect(place).await?;
    let bucket = Fleets::find(&account, &arguments.deployed).await?.bucket;
    let runs = Box::pin(runs(&account, &bucket, function.name())).await?;
    if runs.is_empty() {
        let what = format!("there are no runs of {} in s3://{bucket}", function.name());
        return Err(Failure::bad_input(what).hint("runs are kept there by the fleet's state machine: docs/fleet.md"));
    }
    let entries = compared(runs);
    let prices = Prices::bundled().map_err(unreadable_prices)?;
    let currency = prices.currency(&account.region);
    output::print(arguments.output.format(), &document::document(function.name(), currency, &entries)?)?;
    if let Some(file) = &arguments.report {
        let page = drawn(&entries)?;
        fs::write(file, page)
            .map_err(|error| Failure::other(format!("failed to write {}: {error}", file.display())))?;
        console.say(format_args!("wrote {}", file.display()));
    }
    Ok(Exit::Done)
}

/// The runs of a function in all fleets, from the first to the last.
async fn runs(account: &Account, bucket: &str, function: &str) -> Result<Vec<(FleetName, Run)>, Failure> {
    let prefix = RunsPrefix::ALL.to_string();
    let keys = account.calls.keys(bucket, &prefix).await;
    let keys = keys.map_err(|error| Call::of(&error, "list the runs", format_args!("s3://{bucket}")))?;
    let mut runs = Vec::new();
    for key in keys {
        let Some(fleet) = RunsPrefix::read(&key).filter(|(_, name)| *name == function).map(|(fleet, _)| fleet) else {
            continue;
        };
        let unreadable = |error: &dyn std::fmt::Display| Failure::other(format!("s3://{bucket}/{key}: {error}"));
        let object: S3Uri = format!("s3://{bucket}/{key}").parse().map_err(|error| unreadable(&error))?;
        let text = account.calls.read(&object).await.map_err(|error| Call::of(&error, "read a run", &object))?;
        // One that is gone was deleted meanwhile.
        if let Some(text) = text {
            runs.push((fleet, Run::read(&text).map_err(|error| unreadable(&error))?));
        }
    }
    runs.sort_by(|(_, one), (_, other)| one.finished.cmp(&other.finished));
    Ok(runs)
}

fn compared(runs: Vec<(FleetName, Run)>) -> Vec<Entry> {
    let mut last: Option<TuningOutcome> = None;
    let mut entries = Vec::new();
    for (fleet, run) in runs {
        let mut drift = None;
        if let RunResult::Tuned { output } = &run.result {
            drift = last.as_ref().and_then(|last| drifted(last, output));
            last = Some((**output).clone());
        }
        entries.push(Entry { fleet, run, drift });
    }
    entries
}

fn drifted(last: &TuningOutcome, now: &TuningOutcome) -> Option<Vec<Told>> {
    let Compared { at, findings } = compare(last, now, &Thresholds::USUAL);
    (at.is_some() || !findings.is_empty()).then(|| findings.into_iter().map(Told::from).collect())
}

/// The page with the last result, and all of them over time.
fn drawn(entries: &[Entry]) -> Result<String, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::other(format!("failed to draw the runs: {error}"));
    let tuned = |entry: &&Entry| entry.tuned().is_some();
    let Some(last) = entries.iter().rfind(tuned) else {
        return Err(Failure::other("no run of the function has succeeded: there is nothing to draw"));
    };
    let output = serde_json::to_string(&last.tuned()).map_err(|error| failed(&error))?;
    let execution = Execution {
        arn: last.run.execution.as_ref().map(ToString::to_string),
        stopped: Some(Date::Text(last.run.finished.clone())),
        ..Execution::default()
    };
    let reader = Reader::new().map_err(|error| failed(&error))?;
    let mut runs = reader.read(&output, "", &execution).map_err(|error| failed(&error))?;
    if let Some(run) = runs.first_mut() {
        run.history = entries.iter().filter_map(past).collect();
    }
    let template = Template::embedded().map_err(|error| failed(&error))?;
    template.fill(&Page { runs }).map_err(|error| failed(&error))
}

fn past(entry: &Entry) -> Option<Past> {
    let output = entry.tuned()?;
    let row = output.stats.iter().flatten().find(|row| row.value == output.power);
    Some(Past {
        finished: entry.run.finished.clone(),
        power: output.power,
        cost: output.cost,
        duration: output.duration,
        interval: row.and_then(|row| row.interval),
    })
}
