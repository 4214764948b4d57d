//! Which functions are worth tuning, before anything is invoked: from what their past invocations have reported.

mod history;
mod suggestion;
mod unknown;
mod warning;

pub use self::{
    history::{Counts, Durations, History, Starts, Subject},
    suggestion::{Aim, Expectation, Interval, SIZES, Suggestion, suggest},
    unknown::Unknown,
    warning::Warning,
};
