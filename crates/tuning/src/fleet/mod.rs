//! A fleet: many functions, each tuned by a run of its own, by one execution of the state machine in `infra/fleet`.

mod input;
mod key;
mod name;
mod run;

pub use self::{
    input::{FleetInput, Matching, Problem, Selection},
    key::{Key, RunsPrefix},
    name::{FleetName, NotAFleetName},
    run::{Run, RunResult, UnreadableRun},
};

/// How many groups are tuned at a time unless the input says otherwise. `docs/scale.md` has the formula.
pub const DEFAULT_CONCURRENCY: u32 = 8;
/// The share of groups, in percent, whose runs may fail before the fleet stops, unless the input says otherwise.
pub const DEFAULT_TOLERANCE: f64 = 50.0;
