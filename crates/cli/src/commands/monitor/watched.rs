//! What is known of the functions that are to be watched, and what is not.

use std::collections::BTreeMap;

use aws::{api::Configuration, usage::LogClass};
use monitoring::{LogGroup, Tuned, Watched};
use tuning::{price::Prices, units::counted::counted};

use super::measured::Measured;
use crate::{
    account::{Account, Call},
    chosen::Chosen,
    commands::estimate::guessed,
    console::Console,
    failure::Failure,
};

/// So many functions are named where something is not known of several.
const NAMED: usize = 3;

/// What is known.
pub struct Known {
    /// The functions.
    pub functions: Vec<Watched>,
    /// Why functions are watched without their reports, and which.
    unreported: BTreeMap<String, Vec<String>>,
    /// What should be known besides.
    warnings: Vec<String>,
    /// The functions that no result speaks of.
    unmeasured: Vec<String>,
}

impl Known {
    /// Asks AWS for the log groups of functions, and puts together what is known.
    pub async fn ask(
        account: &Account,
        chosen: &Chosen,
        prices: &Prices,
        measured: &Measured,
    ) -> Result<Self, Failure> {
        let groups: Vec<String> = chosen.functions.iter().map(|function| function.logs.group.clone()).collect();
        let groups = account.calls.log_groups(&groups).await;
        let groups = groups.map_err(|error| Call::of(&error, "look for log groups", "*"))?;
        let mut known =
            Self { functions: Vec::new(), unreported: BTreeMap::new(), warnings: Vec::new(), unmeasured: Vec::new() };
        for function in &chosen.functions {
            known.add(account, function, reports(function, chosen, &groups), prices, measured);
        }
        let is_watched = |name: &str| known.functions.iter().any(|function| function.name == name);
        let unused = measured.functions().filter(|(name, _)| !is_watched(name));
        let unused = unused.map(|(name, file)| format!("{} is not used: {name} is not watched", file.display()));
        known.warnings.extend(unused.collect::<Vec<_>>());
        Ok(known)
    }

    fn add(
        &mut self,
        account: &Account,
        function: &Configuration,
        reports: Result<LogGroup, String>,
        prices: &Prices,
        measured: &Measured,
    ) {
        let name = function.function.name().to_owned();
        let quote = prices.lambda(&account.region, function.architecture);
        if let Some(guess) = quote.guess {
            let guess = guessed(&account.region, prices.currency(&account.region), guess);
            if !self.warnings.contains(&guess) {
                self.warnings.push(guess);
            }
        }
        let tuned = self.tuned(function, measured);
        if let Err(reason) = &reports {
            self.unreported.entry(reason.clone()).or_default().push(name.clone());
        } else if measured.of(&name).is_none() {
            self.unmeasured.push(name.clone());
        }
        self.functions.push(Watched {
            name,
            memory: function.memory,
            price: quote.price,
            reports: reports.ok(),
            tuned,
        });
    }

    /// What was measured at the memory size that the function has.
    fn tuned(&mut self, function: &Configuration, measured: &Measured) -> Option<Tuned> {
        let name = function.function.name();
        let winner = measured.of(name)?;
        let file = winner.result.display();
        let differs = if winner.architecture != function.architecture {
            let [tuned, now] = [winner.architecture, function.architecture].map(::package::name);
            format!("{file} is of {tuned}, but {name} runs on {now}: it has no alarms on drift until it is tuned again")
        } else if winner.memory != function.memory {
            let (tuned, now) = (winner.memory, function.memory);
            format!("{file} says {tuned}, but {name} has {now}: it has no alarms on drift until that is applied")
        } else {
            return Some(winner.tuned);
        };
        self.warnings.push(differs);
        None
    }

    /// Says what is not watched, and why.
    pub fn say(&self, console: Console) {
        console.say(format_args!("{} to watch", counted(self.functions.len(), "function")));
        for (reason, functions) in &self.unreported {
            let are = if functions.len() == 1 { "is" } else { "are" };
            console.warn(format_args!("{} {are} watched for throttles alone: {reason}", named(functions)));
        }
        for warning in &self.warnings {
            console.warn(warning);
        }
        if !self.unmeasured.is_empty() {
            let have = if self.unmeasured.len() == 1 { "has" } else { "have" };
            let who = named(&self.unmeasured);
            console.say(format_args!("{who} {have} no alarms on drift: no --result says what was measured"));
        }
    }
}

/// The log group with the reports of a function alone, or why there is none.
fn reports(function: &Configuration, chosen: &Chosen, groups: &BTreeMap<String, LogClass>) -> Result<LogGroup, String> {
    let group = &function.logs.group;
    if let Some(obstacle) = &function.obstacle {
        return Err(obstacle.clone());
    }
    if !function.logs.reports {
        return Err("with the system log level WARN, no reports are written".to_owned());
    }
    if chosen.shared_groups.contains(group) {
        return Err(format!("several functions write to the log group {group}"));
    }
    match groups.get(group) {
        Some(LogClass::Standard) => Ok(LogGroup { name: group.clone(), format: function.log_format }),
        Some(LogClass::Other) => {
            Err("CloudWatch makes no metrics of log groups that are not of class Standard".to_owned())
        }
        None => Err("there is no log group yet; run this again after an invocation".to_owned()),
    }
}

/// Some names, and how many more there are.
fn named(functions: &[String]) -> String {
    let named = functions.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match functions.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}
