//! `power-tuner suggest`: which functions are worth tuning, from what AWS has recorded of them.

mod document;

use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, SystemTime},
};

use aws::{
    api::{ApiError, Configuration},
    recommended::Recommended,
    usage::{Reports, ReportsError, Window},
};
use serde::Serialize;
use tuning::{
    price::{Architecture, BillItem, Currency, MonthlyUse, Prices, Startup},
    run::objective::Strategy,
    suggest::{Aim, Counts, History, Subject, Suggestion, suggest},
    units::{counted::counted, power::Power},
};

use super::{estimate::guessed, report::unreadable_prices};
use crate::{
    account::{Account, Call, Place},
    arguments::{Suggest, SuggestStrategy},
    chosen::{self, Chosen},
    console::Console,
    exit::Exit,
    failure::Failure,
    output::{self, Note},
};

/// Days of a month: a twelfth of a year.
const MONTH: f64 = 365.25 / 12.0;
/// The size of a GB, in bytes, as AWS counts it when it bills what was read.
const GIGABYTE: f64 = 1024.0 * 1024.0 * 1024.0;

/// The result, as JSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Suggestions {
    region: String,
    currency: Currency,
    strategy: SuggestStrategy,
    days: u32,
    /// Those that are most worth tuning go first.
    functions: Vec<Suggested>,
    /// The number of functions that there are suggestions for, those that are not shown among them.
    suggested: usize,
    /// Functions of which nothing can be said.
    left_out: Vec<LeftOut>,
}

/// A function, and what is suggested for it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Suggested {
    function: String,
    memory: Power,
    max_memory_used: u32,
    memory_used_share: f64,
    /// The mean duration at its memory size, in ms.
    duration: f64,
    invocations: u64,
    /// The memory size that AWS Compute Optimizer recommends, if it does.
    compute_optimizer: Option<Power>,
    #[serde(flatten)]
    suggestion: Suggestion,
}

/// A function of which nothing can be said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct LeftOut {
    function: String,
    reason: String,
}

/// Reads, and says what that means.
pub async fn run(place: &Place, arguments: &Suggest) -> Result<Exit, Failure> {
    let console = arguments.output.console();
    let account = Account::connect(place).await?;
    let chosen = Box::pin(chosen::chosen(&account, &arguments.selection)).await?;
    let days = counted(arguments.days, "day");
    console.say(format_args!(
        "reading the reports of {} of the last {days} …",
        counted(chosen.functions.len(), "function")
    ));
    let to = SystemTime::now();
    let window = Window { from: to - Duration::from_hours(24) * arguments.days, to };
    let reports = Box::pin(read(&account, &chosen, window)).await?;
    let scanned = reports.scanned / GIGABYTE;
    console.say(format_args!("CloudWatch Logs Insights has read {scanned:.3} GB, which AWS bills"));
    let counts = counts(&account, &chosen.functions, window, console).await;
    let recommended = recommended(&account, console).await;
    let prices = Prices::bundled().map_err(unreadable_prices)?;
    let found = Found { chosen: &chosen, reports: &reports, counts: &counts, recommended: &recommended };
    let suggestions = found.suggestions(&account.region, arguments, &prices);
    let notes = price_notes(&prices, &account.region, &chosen.functions);
    output::print(arguments.output.format(), &document::document(&suggestions, notes)?)?;
    Ok(Exit::Done)
}

/// The reports of those functions that have a log group of their own.
async fn read(account: &Account, chosen: &Chosen, window: Window) -> Result<Reports, Failure> {
    let own = |function: &&Configuration| function.logs.reports && !chosen.shared_groups.contains(&function.logs.group);
    let groups: Vec<String> = chosen.functions.iter().filter(own).map(|function| function.logs.group.clone()).collect();
    if groups.is_empty() {
        return Ok(Reports::default());
    }
    let existing = account.calls.existing_log_groups(&groups).await;
    let existing = existing.map_err(|error| Call::of(&error, "look for log groups", "*"))?;
    account.calls.reports(&existing, window).await.map_err(|error| match error {
        ReportsError::Api(error) => Call::of(&error, "read the reports", "the log groups of the functions"),
        ReportsError::Query { .. } => Failure::passing(format!("failed to read the reports: {error}"))
            .hint("look back fewer days (--days 3), or at fewer functions (--prefix, --tag, --stack)"),
    })
}

/// The invocations, errors and throttles of functions by their names, as far as CloudWatch says.
async fn counts(
    account: &Account,
    functions: &[Configuration],
    window: Window,
    console: Console,
) -> BTreeMap<String, Counts> {
    let names: Vec<&str> = functions.iter().map(|function| function.function.name()).collect();
    let counts = Box::pin(account.calls.counts(&names, window)).await;
    or_nothing(counts, "count errors and throttles", "errors and throttles are not known", console)
}

/// The recommendations of AWS Compute Optimizer by the ARNs of functions, as far as there are any.
async fn recommended(account: &Account, console: Console) -> BTreeMap<String, Recommended> {
    let recommended = Box::pin(account.calls.recommended()).await;
    let to = "read the recommendations of AWS Compute Optimizer";
    or_nothing(recommended, to, "what AWS Compute Optimizer recommends is not known", console)
}

/// What was read; or nothing, and a warning of what is not known without it.
fn or_nothing<T: Default>(read: Result<T, ApiError>, to: &str, unknown: &str, console: Console) -> T {
    read.unwrap_or_else(|error| {
        let failure = Call::of(&error, to, "*");
        console.warn(format_args!("{unknown}: {}", failure.what));
        failure.hints.iter().for_each(|hint| console.hint(hint));
        T::default()
    })
}

/// Notes on what is to be known of the prices.
fn price_notes(prices: &Prices, region: &str, functions: &[Configuration]) -> Vec<Note> {
    let currency = prices.currency(region);
    let mut notes = Vec::new();
    for architecture in [Architecture::X86, Architecture::Arm] {
        if !functions.iter().any(|function| function.architecture == architecture) {
            continue;
        }
        let guess = prices.lambda(region, architecture).guess.map(|guess| guessed(region, currency, guess));
        let note = guess.map(Note::Warning).filter(|note| !notes.contains(note));
        notes.extend(note);
    }
    let one = MonthlyUse {
        invocations: 1,
        power: Power::MIN,
        billed: 1.0,
        ephemeral_storage_mb: 512,
        startup: Startup::OnDemand,
    };
    if prices.monthly_cost(region, Architecture::X86, &one).guessed.contains(&BillItem::Requests) {
        notes.push(Note::Warning(format!("the price of requests in {region} is not known: it is estimated")));
    }
    notes
}

/// The facts that were found out about functions.
struct Found<'a> {
    chosen: &'a Chosen,
    reports: &'a Reports,
    counts: &'a BTreeMap<String, Counts>,
    recommended: &'a BTreeMap<String, Recommended>,
}

impl Found<'_> {
    fn suggestions(&self, region: &str, arguments: &Suggest, prices: &Prices) -> Suggestions {
        let aim = Aim::from(Strategy::from(arguments.strategy));
        let mut histories: HashMap<&str, Vec<History>> = HashMap::new();
        for (group, history) in &self.reports.histories {
            histories.entry(group.as_str()).or_default().push(*history);
        }
        let (mut rows, mut left_out) = (Vec::new(), Vec::new());
        for function in &self.chosen.functions {
            let group = function.logs.group.as_str();
            let history = histories.get(group).map_or(&[][..], Vec::as_slice);
            let shared = self.chosen.shared_groups.contains(group);
            let counts = self.counts.get(function.function.name()).copied();
            let recommended = self.recommended.get(&function.function.to_string());
            // One for another memory size is from before that was changed.
            let recommended = recommended.filter(|found| found.at == function.memory).map(|found| found.memory);
            let past = Past { history, shared, counts, recommended };
            match suggested(function, &past, (region, arguments.days), &aim, prices) {
                Ok(row) => rows.push(row),
                Err(reason) => left_out.push(LeftOut { function: function.function.name().to_owned(), reason }),
            }
        }
        rows.sort_by(|a: &Suggested, b| b.suggestion.worth().total_cmp(&a.suggestion.worth()));
        let count = rows.len();
        rows.truncate(arguments.limit.unwrap_or(usize::MAX));
        Suggestions {
            region: region.to_owned(),
            currency: prices.currency(region),
            strategy: arguments.strategy,
            days: arguments.days,
            functions: rows,
            suggested: count,
            left_out,
        }
    }
}

/// The past of a function.
struct Past<'a> {
    history: &'a [History],
    /// True if other functions write to its log group, too.
    shared: bool,
    counts: Option<Counts>,
    recommended: Option<Power>,
}

/// The suggestion for a function, or the reason why there can be none.
fn suggested(
    function: &Configuration,
    &Past { history, shared, counts, recommended }: &Past<'_>,
    (region, days): (&str, u32),
    aim: &Aim,
    prices: &Prices,
) -> Result<Suggested, String> {
    if let Some(obstacle) = &function.obstacle {
        return Err(obstacle.clone());
    }
    if !function.logs.reports {
        return Err("with the system log level WARN, no reports are written".to_owned());
    }
    if shared {
        return Err(format!("several functions write to the log group {}", function.logs.group));
    }
    if history.is_empty() {
        return Err(format!("there are no reports of the last {}", counted(days, "day")));
    }
    let memory = function.memory;
    let present = history.iter().find(|past| past.memory == memory);
    let present = present.ok_or_else(|| "there are no reports at the current memory size".to_owned())?;
    let name = function.function.name().to_owned();
    let reported = history.iter().map(|past| past.invocations).sum::<u64>() as f64;
    let subject = Subject {
        region: region.to_owned(),
        architecture: function.architecture,
        memory,
        timeout: function.timeout,
        ephemeral_storage_mb: function.ephemeral_storage_mb,
        invocations: monthly(reported, days),
        counts,
    };
    let nothing = || "no memory size that is compared leaves 10 % of its memory free".to_owned();
    let suggestion = suggest(&subject, history, aim, prices).ok_or_else(nothing)?;
    Ok(Suggested {
        function: name,
        memory,
        max_memory_used: present.max_memory_used,
        memory_used_share: present.memory_share(),
        duration: present.duration.mean,
        invocations: subject.invocations,
        compute_optimizer: recommended,
        suggestion,
    })
}

/// A count of some days as one of a month; what happened at all, at least once.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts of AWS are not negative")]
fn monthly(count: f64, days: u32) -> u64 {
    (count / f64::from(days) * MONTH).ceil().max(0.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_of_two_weeks_is_a_bit_more_than_half_of_that_of_a_month() {
        assert_eq!([monthly(1400.0, 14), monthly(1.0, 365), monthly(0.0, 14)], [3044, 1, 0]);
    }
}
