//! The progress of a run, by the events of its history.
//!
//! On AWS, every event names the one before it, so that an event inside of the Map can be told to belong to a state.
//! Local emulators leave that out, and the states inside of a Map, too: then an event belongs to the state that was
//! entered last.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_sfn::types::HistoryEvent;
use tuning::{
    contract::step::{
        RunState, State,
        analyzer::Next,
        cleaner::{CaughtError, Failure},
        executor,
        publisher::{Publication, Target},
    },
    measure::measurement::{Measurement, Spent},
    price::{Currency, Prices},
    run::{plan::Plan, round::Round},
    units::{power::Power, usd::Usd},
};

/// The progress of a run.
#[derive(Debug, Default)]
pub struct Progress {
    plan: Option<Plan>,
    /// The round that is published and measured.
    round: Option<Round>,
    /// Which states events belong to, by their numbers.
    origins: HashMap<i64, State>,
    /// The state that was entered last.
    state: Option<State>,
    /// Memory sizes that are published in this round.
    published: usize,
    values: BTreeMap<(u32, Power), Value>,
    transitions: u32,
}

/// The progress of a memory size.
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
    /// So many memory sizes are published, of so many.
    Published { done: usize, of: usize },
    /// Samples were taken of a memory size, and some are left.
    Sampled { power: Power, samples: u32, of: u32 },
    /// A memory size is measured.
    Measured(Box<Measurement>),
    /// A step failed; the state machine may try it again.
    Trouble(String),
}

/// An activity of a run.
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
        let entered = event.state_entered_event_details().map(|entered| State::named(entered.name()));
        self.transitions += u32::from(entered.is_some());
        let origin = entered.unwrap_or_else(|| self.origins.get(&event.previous_event_id).copied());
        self.origins.extend(origin.map(|state| (event.id, state)));
        if entered.is_some() {
            return self.enter(origin?);
        }
        let state = origin.or(self.state)?;
        match output(event) {
            Some(output) => self.give(state, output),
            None => trouble(event).map(|what| News::Trouble(format!("{}: {what}", state.name()))),
        }
    }

    fn enter(&mut self, state: State) -> Option<News> {
        let before = self.state.replace(state);
        let step = match state {
            State::Initializer => Step::Check,
            // It is called until everything is published.
            State::Publisher if matches!(before, Some(State::AllPublished | State::WaitForVersions)) => return None,
            State::Publisher => Step::Publish { round: self.number() },
            State::WaitForVersions => Step::Wait,
            // Samples were left to take, or memory sizes.
            State::Measure if before == Some(State::WhatNext) => return None,
            State::Measure => Step::Measure { values: self.published, num: self.samples_each() },
            State::Analyzer => Step::Decide,
            State::Optimizer => Step::Optimize,
            State::Cleaner | State::CleanUpAfterFailure => Step::CleanUp,
            State::NotBegun
            | State::AllPublished
            | State::Executor
            | State::WhatNext
            | State::Failed
            | State::CleanupFailedAfterSuccess
            | State::CleanupFailedAfterFailure => return None,
        };
        Some(News::Step(step))
    }

    fn give(&mut self, state: State, output: &str) -> Option<News> {
        match state {
            State::Initializer | State::Analyzer => {
                let RunState { plan, analysis, .. } = serde_json::from_str(output).ok()?;
                if analysis.next == Next::Publish {
                    self.published = 0;
                }
                (self.plan, self.round) = (Some(plan), Some(analysis.round));
                None
            }
            State::Publisher => {
                let publication: Publication = serde_json::from_str(output).ok()?;
                self.published = publication.published().count();
                let of = self.planned().max(self.published);
                Some(News::Published { done: self.published, of })
            }
            State::Executor | State::Measure => Some(self.measured(serde_json::from_str(output).ok()?)),
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

    /// The number of samples that are taken, and of those that this round takes.
    pub fn samples(&self) -> (u64, u64) {
        let each = u64::from(self.samples_each());
        let taken = |value: &Value| if value.is_measured { each } else { u64::from(value.samples) };
        let of_round = self.values.range((self.number(), Power::MIN)..);
        (of_round.map(|(_, value)| taken(value)).sum(), each * self.published as u64)
    }

    /// The cost of the run so far: what its invocations were billed, and the states that it entered. `None` before it
    /// is known which function it is.
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

    /// The currency of the function's prices.
    pub fn currency(&self) -> Currency {
        let region = self.plan.as_ref().map_or("", |plan| plan.function.region());
        Prices::bundled().map_or(Currency::Usd, |prices| prices.currency(region))
    }

    /// The function, once the run has found it.
    pub fn function(&self) -> Option<String> {
        self.plan.as_ref().map(|plan| plan.function.to_string())
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
