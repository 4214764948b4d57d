//! How far a run is, by the events of its history.
//!
//! On AWS, every event names the one before it, so that an event inside of the Map can be told to belong to a state. Local emulators
//! leave that out, and the states inside of a Map, too: then an event belongs to the state that was entered last.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_sfn::types::HistoryEvent;
use tuning::{
    measurement::{Measurement, Spent},
    plan::{AutoOptimize, Plan},
    power::Power,
    price::{Currency, Prices},
    round::Round,
    step::{
        RunState,
        analyzer::Next,
        cleaner::{CaughtError, Failure},
        executor,
        publisher::{Publication, Target},
    },
    usd::Usd,
};

/// How far a run is.
#[derive(Debug, Default)]
pub struct Progress {
    plan: Option<Plan>,
    /// The round that is published and measured.
    round: Option<Round>,
    /// Which states events belong to, by their numbers.
    origins: HashMap<i64, String>,
    /// The state that was entered last.
    state: String,
    /// Power values that are published in this round.
    published: usize,
    values: BTreeMap<(u32, Power), Value>,
    transitions: u32,
}

/// How far a power value is.
#[derive(Debug, Default)]
struct Value {
    samples: u32,
    is_measured: bool,
    spent: Spent,
}

/// Something that the person who waits wants to know.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// The run goes on to this.
    Step(Step),
    /// So many power values are published, of so many.
    Published { done: usize, of: usize },
    /// Samples were taken of a power value, and some are left.
    Sampled { power: Power, samples: u32, of: u32 },
    /// A power value is measured.
    Measured(Box<Measurement>),
    /// A step failed; the state machine may try it again.
    Trouble(String),
}

/// What a run does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The input and the function are checked.
    Check,
    /// Versions are published, for the first time or again.
    Publish { round: u32 },
    /// Versions become active.
    Wait,
    /// Samples are taken.
    Measure { values: usize, num: u32 },
    /// The winner is chosen, or what to measure next.
    Decide,
    /// The winner is put in place.
    Optimize,
    /// The function is put back.
    CleanUp,
}

impl Progress {
    /// Takes an event in, and says what it means.
    pub fn take(&mut self, event: &HistoryEvent) -> Option<News> {
        let mut state = self.origins.get(&event.previous_event_id).cloned().unwrap_or_default();
        if let Some(entered) = event.state_entered_event_details() {
            entered.name().clone_into(&mut state);
            self.transitions += 1;
        }
        self.origins.insert(event.id, state.clone());
        if event.state_entered_event_details().is_some() {
            return self.enter(&state);
        }
        let state = if state.is_empty() { self.state.clone() } else { state };
        match output(event) {
            Some(output) => self.give(&state, output),
            None => trouble(event).map(|what| News::Trouble(format!("{state}: {what}"))),
        }
    }

    fn enter(&mut self, state: &str) -> Option<News> {
        let before = std::mem::replace(&mut self.state, state.to_owned());
        let step = match state {
            "Initializer" => Step::Check,
            // It is called until everything is published.
            "Publisher" if matches!(before.as_str(), "All published?" | "Wait for versions") => return None,
            "Publisher" => Step::Publish { round: self.number() },
            "Wait for versions" => Step::Wait,
            // Samples were left to take, or power values.
            "Measure" if before == "What next?" => return None,
            "Measure" => Step::Measure { values: self.published, num: self.samples_each() },
            "Analyzer" => Step::Decide,
            "Optimizer" => Step::Optimize,
            "Cleaner" | "CleanUpAfterFailure" => Step::CleanUp,
            // Choices, and the states inside of the Map.
            _ => return None,
        };
        Some(News::Step(step))
    }

    fn give(&mut self, state: &str, output: &str) -> Option<News> {
        match state {
            "Initializer" | "Analyzer" => {
                let RunState { plan, analysis, .. } = serde_json::from_str(output).ok()?;
                if analysis.next == Next::Publish {
                    self.published = 0;
                }
                (self.plan, self.round) = (Some(plan), Some(analysis.round));
                None
            }
            "Publisher" => {
                let publication: Publication = serde_json::from_str(output).ok()?;
                self.published = publication.published().count();
                let of = self.planned().max(self.published);
                Some(News::Published { done: self.published, of })
            }
            "Executor" | "Measure" => Some(self.measured(serde_json::from_str(output).ok()?)),
            _ => None,
        }
    }

    fn measured(&mut self, target: Target) -> News {
        let (power, of) = (target.power, self.samples_each());
        let value = self.values.entry((self.number(), power)).or_default();
        match target.progress {
            executor::Progress::Measured(measurement) => {
                value.spent = measurement.spent.clone();
                value.is_measured = true;
                News::Measured(measurement)
            }
            executor::Progress::Unfinished(taken) => {
                value.samples = taken.lanes.iter().map(|lane| lane.done).sum();
                value.spent = taken.spent;
                News::Sampled { power, samples: value.samples, of }
            }
        }
    }

    /// How many samples are taken, of how many in this round.
    pub fn samples(&self) -> (u64, u64) {
        let each = u64::from(self.samples_each());
        let taken = |value: &Value| if value.is_measured { each } else { u64::from(value.samples) };
        let of_round = self.values.range((self.number(), Power::MIN)..);
        (of_round.map(|(_, value)| taken(value)).sum(), each * self.published as u64)
    }

    /// What the run has cost so far: what its invocations were billed, and the states that it entered. `None` before it is
    /// known which function it is.
    pub fn cost(&self) -> Option<Usd> {
        let plan = self.plan.as_ref()?;
        let prices = Prices::bundled().ok()?;
        let price = prices.lambda(plan.function.region(), plan.before.architecture).price;
        let of_value = |(_, power): &(u32, Power), spent: &Spent| {
            price.cost(*power, spent.billed) + price.cost(*power, spent.timed)
        };
        let lambda: Usd = self.values.iter().map(|(key, value)| of_value(key, &value.spent)).sum();
        let region = plan.execution.region().unwrap_or(plan.function.region());
        Some(lambda + prices.transitions(region, self.transitions))
    }

    /// What prices of the function are in.
    pub fn currency(&self) -> Currency {
        let region = self.plan.as_ref().map_or("", |plan| plan.function.region());
        Prices::bundled().map_or(Currency::Usd, |prices| prices.currency(region))
    }

    /// The function, once the run has found it.
    pub fn function(&self) -> Option<String> {
        self.plan.as_ref().map(|plan| plan.function.to_string())
    }

    /// Whether the run is to leave the function at the winner; `None` if that is not known.
    pub fn optimizes(&self) -> Option<bool> {
        self.plan.as_ref().map(|plan| plan.request.auto_optimize != AutoOptimize::Off)
    }

    /// The number of the round, counted from 1.
    fn number(&self) -> u32 {
        self.round.as_ref().map_or(1, |round| round.number)
    }

    fn planned(&self) -> usize {
        self.round.as_ref().map_or(0, |round| round.power_values.len())
    }

    fn samples_each(&self) -> u32 {
        self.round.as_ref().map_or(0, |round| round.sampling.invocations)
    }
}

fn output(event: &HistoryEvent) -> Option<&str> {
    let function = event.lambda_function_succeeded_event_details().and_then(|details| details.output());
    function.or_else(|| event.task_succeeded_event_details()?.output())
}

fn trouble(event: &HistoryEvent) -> Option<String> {
    let function = event.lambda_function_failed_event_details().map(|details| (details.error(), details.cause()));
    let (error, cause) =
        function.or_else(|| event.task_failed_event_details().map(|details| (details.error(), details.cause())))?;
    let caught = CaughtError {
        error: error.unwrap_or("an error without a name").to_owned(),
        cause: cause.unwrap_or_default().to_owned(),
    };
    let Failure { error, cause } = Failure::from(caught);
    Some(if cause.is_empty() { error } else { format!("{error}: {cause}") })
}

#[cfg(test)]
mod tests;
