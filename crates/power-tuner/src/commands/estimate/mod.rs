//! `power-tuner estimate`: what a function costs a month, without asking AWS.

mod pairs;

use std::env;

use serde::Serialize;
use tuning::{
    milliseconds::Milliseconds,
    power::Power,
    price::{BillItem, Currency, Guess, MonthlyUse, Prices},
};

use crate::{
    arguments::Estimate,
    aws::Place,
    exit::Exit,
    failure::Failure,
    output::{self, Cell, Column, Document, Grid, Note, Row, Weight},
    talk::Talk,
};

/// The region whose prices are taken if none is named.
const DEFAULT_REGION: &str = "us-east-1";

/// The result, as JSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Estimates {
    region: String,
    architecture: tuning::price::Architecture,
    invocations: u64,
    currency: Currency,
    /// The cheapest.
    best: Power,
    rows: Vec<Estimated>,
}

/// One memory size.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Estimated {
    power: Power,
    duration: Milliseconds,
    monthly_cost: f64,
    /// Against the first one; less than 0: it costs more.
    saving: f64,
    saving_percent: f64,
}

/// Computes and shows.
pub fn run(place: &Place, arguments: &Estimate) -> Result<Exit, Failure> {
    let pairs = pairs::all(arguments)?;
    let region = region(place, arguments.output.talk());
    let prices =
        Prices::bundled().map_err(|error| Failure::other(format!("the price table cannot be read: {error}")))?;
    let mut notes = Vec::new();
    let cost = |power: Power, duration: Milliseconds| {
        // Lambda bills whole milliseconds.
        let (billed, ephemeral_storage_mb) = (duration.0.ceil(), arguments.ephemeral_storage);
        let monthly_use = MonthlyUse { invocations: arguments.invocations, power, billed, ephemeral_storage_mb };
        prices.monthly_cost(&region, arguments.architecture, &monthly_use)
    };
    let costs: Vec<_> = pairs.iter().map(|&(power, duration)| cost(power, duration)).collect();
    let totals = || costs.iter().map(|cost| cost.total().0);
    let best = pairs.iter().zip(totals()).min_by(|a, b| a.1.total_cmp(&b.1)).map(|((power, _), _)| *power);
    let (Some(first), Some(best)) = (totals().next(), best) else {
        return Err(Failure::bad_input("there is nothing to compute").hint("give pairs such as 128=830, or --csv FILE"));
    };
    let rows: Vec<Estimated> = pairs
        .iter()
        .zip(totals())
        .map(|(&(power, duration), monthly_cost)| {
            let saving = first - monthly_cost;
            let saving_percent = if first > 0.0 { saving / first * 100.0 } else { 0.0 };
            Estimated { power, duration, monthly_cost, saving, saving_percent }
        })
        .collect();
    let (architecture, invocations) = (arguments.architecture, arguments.invocations);
    let currency = prices.currency(&region);
    if let Some(guess) = prices.lambda(&region, architecture).guess {
        notes.push(Note::Warning(guessed(&region, currency, guess)));
    }
    if costs.iter().any(|cost| cost.guessed.contains(&BillItem::Requests)) {
        notes.push(Note::Warning(format!("the price of requests in {region} is not known: it is estimated")));
    }
    let estimates = Estimates { region, architecture, invocations, currency, best, rows };
    output::print(arguments.output.format(), &document(&estimates, notes)?)?;
    Ok(Exit::Done)
}

fn region(place: &Place, talk: Talk) -> String {
    let named =
        place.region.clone().or_else(|| env::var("AWS_REGION").ok()).or_else(|| env::var("AWS_DEFAULT_REGION").ok());
    named.filter(|region| !region.is_empty()).unwrap_or_else(|| {
        talk.say(format_args!("prices of {DEFAULT_REGION}: no region is named (--region, AWS_REGION)"));
        DEFAULT_REGION.to_owned()
    })
}

fn guessed(region: &str, currency: Currency, guess: Guess) -> String {
    match guess {
        Guess::UnknownRegion => format!("the prices of {region} are not known: these are those of us-east-1"),
        Guess::Assumed => {
            format!("the prices of {region} are assumed to be those of us-east-1: no price list of it was read")
        }
        Guess::AssumedFigures => {
            format!("the prices of {region} are not known: these are the figures of us-east-1, taken as {currency}")
        }
        Guess::UnknownArchitecture => {
            format!("the price of that architecture in {region} is not known: this is the one of us-east-1")
        }
        Guess::UnknownArchitectureAsX86 => {
            format!("the price of that architecture in {region} is not known: this is the one of x86_64")
        }
    }
}

fn document(estimates: &Estimates, notes: Vec<Note>) -> Result<Document, Failure> {
    let cost = match estimates.currency {
        Currency::Usd => "USD a month",
        Currency::Cny => "CNY a month",
        Currency::Eur => "EUR a month",
    };
    let columns = [
        Column { head: "power (MB)", key: "power" },
        Column { head: "duration (ms)", key: "duration" },
        Column { head: cost, key: "monthlyCost" },
        Column { head: "saving", key: "saving" },
        Column { head: "saving (%)", key: "savingPercent" },
        Column { head: "verdict", key: "verdict" },
    ];
    let decimals = if estimates.rows.iter().any(|row| row.monthly_cost >= 1.0) { 2 } else { 6 };
    let mut grid = Grid::new(&columns);
    grid.rows = estimates
        .rows
        .iter()
        .map(|row| {
            let is_best = row.power == estimates.best;
            let cells = vec![
                Cell::count(Some(row.power.megabytes())),
                Cell::number(Some(row.duration.0), 2),
                Cell::number(Some(row.monthly_cost), decimals),
                Cell::number(Some(row.saving), decimals),
                Cell::number(Some(row.saving_percent), 1),
                if is_best { Cell::text("cheapest") } else { Cell::Empty },
            ];
            Row { cells, weight: if is_best { Weight::Winner } else { Weight::Normal } }
        })
        .collect();
    let mut all = vec![Note::Sentence(sentence(estimates))];
    all.extend(notes);
    Ok(Document {
        title: format!("{} is the cheapest", estimates.best),
        json: serde_json::to_string_pretty(estimates)
            .map_err(|error| Failure::other(format!("failed to write JSON: {error}")))?,
        grid,
        notes: all,
        ..Document::default()
    })
}

fn sentence(estimates: &Estimates) -> String {
    let Estimates { best, invocations, currency, region, .. } = estimates;
    let where_and_what = format!("at {invocations} invocations a month in {region}, without the free tier");
    match (estimates.rows.first(), estimates.rows.iter().find(|row| row.power == *best)) {
        (Some(first), Some(row)) if first.power != *best => format!(
            "{best} is the cheapest {where_and_what}: {:.2} {currency} a month less than {} ({:.1} %).",
            row.saving, first.power, row.saving_percent
        ),
        _ => format!("{best} is the cheapest {where_and_what}."),
    }
}
