//! The adaptive search (`powerValues: "AUTO"`): which sizes to measure next, when to stop, and which one wins.
//!
//! A plan is a function of the observations alone, so that each round is one pass through the state machine and a run
//! can be resumed at any point. It has nothing to do with how the observations come about.

mod belief;
mod budget;
mod candidates;
mod cell;
mod curve;
mod estimate;
mod evidence;
mod goal;
mod noise;
mod observation;
mod outlook;
mod planner;
mod posterior;
mod quota;
mod random;
mod settings;
mod step;
mod triangle;
mod warm_up;
mod workload;

pub use self::{
    belief::Belief,
    budget::{Budget, Forecast},
    curve::{CurvePoint, LimitsMet},
    estimate::Estimate,
    goal::Goal,
    observation::{LaneSummary, Observation},
    outlook::{Outlook, Span},
    planner::{Plan, Progress, plan},
    random::{Randomness, Seeded},
    settings::{Adaptive, Lanes, LimitRule, Settings},
    step::{Hopeless, Series, Step, Stop},
    workload::{MemoryStarved, Pattern, Workload},
};
