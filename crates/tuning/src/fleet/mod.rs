//! A fleet: many functions, each tuned by a run of its own, by one execution of the state machine in `infra/fleet`.

mod input;
mod key;
mod list;
mod name;
mod plan;
mod run;
mod step;
mod summary;
mod tags;
mod test_event;

pub use self::{
    input::{FleetInput, Matching, Problem, Selection},
    key::{Key, RunsPrefix},
    list::{Listed, UnreadableList, read_list},
    name::{FleetName, NotAFleetName},
    plan::{Candidate, Item, NoPayload, Payload, Plan, Skipped},
    run::{Run, RunResult, UnreadableRun},
    step::{FinderInput, Found, Reported, ReporterInput},
    summary::{Failed, Summary, Totals, Tuned, transitions},
    tags::Tags,
    test_event::{NoTestEvent, REGISTRY, schema_name, test_event},
};

/// How many groups are tuned at a time unless the input says otherwise. `docs/scale.md` has the formula.
pub const DEFAULT_CONCURRENCY: u32 = 8;
/// The share of groups, in percent, whose runs may fail before the fleet stops, unless the input says otherwise.
pub const DEFAULT_TOLERANCE: f64 = 50.0;
