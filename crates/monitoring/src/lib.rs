//! The `CloudFormation` template that watches Lambda functions: metrics from the reports in their logs, alarms, and a
//! dashboard that compares them with what tuning has measured.
//!
//! Reports of other memory sizes than the function's own are not counted: they are those of runs that tune it.

mod alarm;
mod dashboard;
mod metric;
mod template;
mod watched;

pub use metric::Metric;
pub use template::{DESCRIPTION, OUTPUT, TooMany, resources_of};
pub use watched::{Drift, Figures, LogGroup, Monitoring, Tuned, Watched};

#[cfg(test)]
mod tests;
