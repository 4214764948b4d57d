//! `power-tuner estimate`: what a function costs a month, without asking AWS.

mod pairs;

use std::{env, path::Path};

use report::Run;
use serde::Serialize;
use tuning::{
    decide::strategy::Candidate,
    price::{Architecture, BillItem, Currency, Guess, MonthlyCost, MonthlyUse, Prices, Startup},
    run::objective::{Strategy, Weight},
    units::{counted::counted, milliseconds::Milliseconds, power::Power, usd::Usd},
};

use super::report::{in_file, reader, unreadable_prices};
use crate::{
    account::Place,
    arguments::{Estimate, EstimateStrategy, count::Count},
    console::Console,
    exit::Exit,
    failure::Failure,
    output::{self, Cell, Column, Document, Grid, Note, Row, Weight as Emphasis, as_json},
};

/// The region whose prices are taken if none is named.
const DEFAULT_REGION: &str = "us-east-1";

/// The result, as JSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Estimates {
    region: String,
    architecture: Architecture,
    invocations: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    provisioned_concurrency: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    snap_start_restores: Option<u64>,
    currency: Currency,
    strategy: EstimateStrategy,
    /// The best by the strategy.
    best: Power,
    /// The memory size that savings are computed against.
    baseline: Power,
    rows: Vec<Estimated>,
}

/// One memory size. All costs are of a month, unless they say otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Estimated {
    power: Power,
    duration: Milliseconds,
    compute_cost: f64,
    request_cost: f64,
    ephemeral_storage_cost: f64,
    /// Of provisioned concurrency or SnapStart.
    startup_cost: f64,
    monthly_cost: f64,
    cost_per_invocation: f64,
    cost_per_million: f64,
    /// 10 less one for every 100 ms, at least 1.
    performance_rating: f64,
    /// Against the baseline; less than 0: it costs more.
    saving: f64,
    saving_percent: f64,
}

/// Computes and shows.
pub fn run(place: &Place, arguments: &Estimate) -> Result<Exit, Failure> {
    let result = arguments.result.as_deref().map(read).transpose()?;
    let subject = result.as_ref().and_then(|run| run.subject.as_ref());
    let pairs = pairs::all(arguments, result.as_ref())?;
    let region = match (&place.region, subject) {
        (None, Some(subject)) => subject.region.clone(),
        _ => region(place, arguments.output.console()),
    };
    let own = subject.map_or(Architecture::X86, |subject| subject.architecture);
    let architecture = arguments.architecture.unwrap_or(own);
    let prices = Prices::bundled().map_err(unreadable_prices)?;
    let costs: Vec<_> = pairs.iter().map(|&pair| cost(&prices, &region, architecture, arguments, pair)).collect();
    let (baseline, of_baseline) = baseline(&pairs, &costs, arguments.baseline)?;
    let Estimate { strategy, invocations: Count(invocations), .. } = *arguments;
    let row = |(&pair, cost)| Estimated::of(pair, cost, invocations, of_baseline);
    let rows: Vec<Estimated> = pairs.iter().zip(&costs).map(row).collect();
    let best = best(&rows, strategy).ok_or_else(nothing)?;
    let currency = prices.currency(&region);
    let mut notes = Vec::new();
    if let Some(guess) = prices.lambda(&region, architecture).guess {
        notes.push(Note::Warning(guessed(&region, currency, guess)));
    }
    let startup = startup_name(arguments.startup());
    for (item, name) in [(BillItem::Requests, Some("requests")), (BillItem::Startup, startup)] {
        if let Some(name) = name
            && costs.iter().any(|cost| cost.guessed.contains(&item))
        {
            notes.push(Note::Warning(format!("the price of {name} in {region} is not known: it is estimated")));
        }
    }
    let estimates = Estimates {
        region,
        architecture,
        invocations,
        provisioned_concurrency: arguments.provisioned_concurrency,
        snap_start_restores: arguments.snap_start.map(|Count(restores)| restores),
        currency,
        strategy,
        best,
        baseline,
        rows,
    };
    output::print(arguments.output.format(), &document(&estimates, startup, notes)?)?;
    Ok(Exit::Done)
}

/// The one run that a file holds.
fn read(file: &Path) -> Result<Run, Failure> {
    let [run]: [Run; 1] = in_file(&reader()?, file, "")?.try_into().map_err(|_| {
        Failure::bad_input(format!("failed to read {}: it holds several results", file.display()))
            .hint("give the result of one run")
    })?;
    Ok(run)
}

fn cost(
    prices: &Prices,
    region: &str,
    architecture: Architecture,
    arguments: &Estimate,
    (power, duration): (Power, Milliseconds),
) -> MonthlyCost {
    let monthly_use = MonthlyUse {
        invocations: arguments.invocations.0,
        power,
        // Lambda bills whole milliseconds.
        billed: duration.0.ceil(),
        ephemeral_storage_mb: arguments.ephemeral_storage,
        startup: arguments.startup(),
    };
    let mut cost = prices.monthly_cost(region, architecture, &monthly_use);
    let discounted = 1.0 - arguments.savings_plan.0 / 100.0;
    cost.duration.0 *= discounted;
    if matches!(monthly_use.startup, Startup::Provisioned { .. }) {
        cost.startup.0 *= discounted;
    }
    cost
}

impl Estimated {
    fn of(
        (power, duration): (Power, Milliseconds),
        cost: &MonthlyCost,
        invocations: u64,
        Usd(of_baseline): Usd,
    ) -> Self {
        let Usd(monthly_cost) = cost.total();
        let cost_per_invocation = monthly_cost / invocations as f64;
        let saving = of_baseline - monthly_cost;
        Self {
            power,
            duration,
            compute_cost: cost.duration.0,
            request_cost: cost.requests.0,
            ephemeral_storage_cost: cost.ephemeral_storage.0,
            startup_cost: cost.startup.0,
            monthly_cost,
            cost_per_invocation,
            cost_per_million: cost_per_invocation * 1e6,
            performance_rating: (10.0 - duration.0 / 100.0).max(1.0),
            saving,
            saving_percent: if of_baseline > 0.0 { saving / of_baseline * 100.0 } else { 0.0 },
        }
    }

    fn candidate(&self) -> Candidate {
        Candidate { power: self.power, cost: Usd(self.monthly_cost), duration: self.duration }
    }

    /// The same with the cost per point of its rating as its cost.
    fn rated(&self) -> Candidate {
        Candidate { cost: Usd(self.monthly_cost / self.performance_rating), ..self.candidate() }
    }
}

fn nothing() -> Failure {
    Failure::bad_input("there is nothing to compute").hint("give pairs such as 128=830, or --csv FILE")
}

/// The memory size that savings are computed against, and what it costs.
fn baseline(
    pairs: &[(Power, Milliseconds)],
    costs: &[MonthlyCost],
    wanted: Option<u32>,
) -> Result<(Power, Usd), Failure> {
    let mut all = pairs.iter().zip(costs).map(|((power, _), cost)| (*power, cost.total()));
    let Some(wanted) = wanted else { return all.next().ok_or_else(nothing) };
    all.find(|(power, _)| power.megabytes() == wanted).ok_or_else(|| {
        Failure::bad_input(format!("--baseline {wanted}: no duration is given for {wanted} MB"))
            .hint(format!("add {wanted}=DURATION, or name one of the given memory sizes"))
    })
}

fn best(rows: &[Estimated], strategy: EstimateStrategy) -> Option<Power> {
    let candidates: Vec<Candidate> = rows.iter().map(Estimated::candidate).collect();
    let winner = match strategy {
        EstimateStrategy::Cost => Strategy::Cost.winner(&candidates),
        EstimateStrategy::Speed => Strategy::Speed.winner(&candidates),
        EstimateStrategy::Balanced => Strategy::Balanced { weight: Weight::DEFAULT }.winner(&candidates),
        EstimateStrategy::Ratio => Strategy::Cost.winner(&rows.iter().map(Estimated::rated).collect::<Vec<_>>()),
    };
    winner.map(|winner| winner.power)
}

/// The name of what is paid for to keep cold starts short.
fn startup_name(startup: Startup) -> Option<&'static str> {
    match startup {
        Startup::OnDemand => None,
        Startup::Provisioned { .. } => Some("provisioned concurrency"),
        Startup::SnapStart { .. } => Some("SnapStart"),
    }
}

fn verdict(strategy: EstimateStrategy) -> &'static str {
    match strategy {
        EstimateStrategy::Cost => "cheapest",
        EstimateStrategy::Speed => "fastest",
        EstimateStrategy::Balanced => "best balance of cost and speed",
        EstimateStrategy::Ratio => "lowest cost per point of performance",
    }
}

fn region(place: &Place, console: Console) -> String {
    let named =
        place.region.clone().or_else(|| env::var("AWS_REGION").ok()).or_else(|| env::var("AWS_DEFAULT_REGION").ok());
    named.filter(|region| !region.is_empty()).unwrap_or_else(|| {
        console.say(format_args!("prices of {DEFAULT_REGION}: no region is named (--region, AWS_REGION)"));
        DEFAULT_REGION.to_owned()
    })
}

/// The warning about prices that are not the region's own.
pub fn guessed(region: &str, currency: Currency, guess: Guess) -> String {
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

fn document(estimates: &Estimates, startup: Option<&'static str>, notes: Vec<Note>) -> Result<Document, Failure> {
    let mut all = vec![Note::Sentence(sentence(estimates))];
    all.extend(notes);
    Ok(Document {
        title: claim(estimates),
        json: as_json(estimates)?,
        grid: grid(estimates, startup),
        notes: all,
        ..Document::default()
    })
}

/// The table; it has a column for what keeps cold starts short if that is paid for.
fn grid(estimates: &Estimates, startup: Option<&'static str>) -> Grid {
    let cost = match estimates.currency {
        Currency::Usd => "USD a month",
        Currency::Cny => "CNY a month",
        Currency::Eur => "EUR a month",
    };
    let startup = startup.map(|head| Column { head, key: "startupCost" });
    let mut columns = vec![
        Column { head: "power (MB)", key: "power" },
        Column { head: "duration (ms)", key: "duration" },
        Column { head: "compute", key: "computeCost" },
        Column { head: "requests", key: "requestCost" },
    ];
    columns.extend(startup);
    columns.extend([
        Column { head: cost, key: "monthlyCost" },
        Column { head: "per million", key: "costPerMillion" },
        Column { head: "saving", key: "saving" },
        Column { head: "saving (%)", key: "savingPercent" },
        Column { head: "verdict", key: "verdict" },
    ]);
    let decimals = if estimates.rows.iter().any(|row| row.monthly_cost >= 1.0) { 2 } else { 6 };
    let mut grid = Grid::new(&columns);
    grid.rows = estimates
        .rows
        .iter()
        .map(|row| {
            let is_best = row.power == estimates.best;
            let mut cells = vec![
                Cell::count(Some(row.power.megabytes())),
                Cell::number(Some(row.duration.0), 2),
                Cell::number(Some(row.compute_cost), decimals),
                Cell::number(Some(row.request_cost), decimals),
            ];
            cells.extend(startup.map(|_| Cell::number(Some(row.startup_cost), decimals)));
            cells.extend([
                Cell::number(Some(row.monthly_cost), decimals),
                Cell::number(Some(row.cost_per_million), 3),
                Cell::number(Some(row.saving), decimals),
                Cell::number(Some(row.saving_percent), 1),
                if is_best { Cell::text(verdict(estimates.strategy)) } else { Cell::Empty },
            ]);
            Row { cells, weight: if is_best { Emphasis::Winner } else { Emphasis::Normal } }
        })
        .collect();
    grid
}

/// "512 MB is the cheapest".
fn claim(Estimates { best, strategy, .. }: &Estimates) -> String {
    let verb = if *strategy == EstimateStrategy::Ratio { "has" } else { "is" };
    format!("{best} {verb} the {}", verdict(*strategy))
}

fn sentence(estimates: &Estimates) -> String {
    let Estimates { best, baseline, invocations, currency, region, .. } = estimates;
    let claim = claim(estimates);
    let invocations = counted(*invocations, "invocation");
    let is_best = format!("{claim} at {invocations} a month in {region}, without the free tier");
    match estimates.rows.iter().find(|row| row.power == *best).filter(|_| best != baseline) {
        Some(row) => {
            let (saving, percent) = (row.saving.abs(), row.saving_percent.abs());
            let how = if row.saving >= 0.0 { "less" } else { "more" };
            format!("{is_best}: {saving:.2} {currency} a month {how} than {baseline} ({percent:.1} %).")
        }
        None => format!("{is_best}."),
    }
}
