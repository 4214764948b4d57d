//! The messages about a run while it goes on.

use tuning::{measure::measurement::Measurement, units::counted::counted};

use super::progress::{News, Step};

/// The words for what a step does.
pub fn step(step: Step) -> String {
    match step {
        Step::Check => "checking the input and the function".to_owned(),
        Step::Publish { round: 0 | 1 } => "publishing a version of each memory size".to_owned(),
        Step::Publish { round } => format!("publishing versions for round {round}"),
        Step::Wait => "waiting for versions to become active".to_owned(),
        Step::Measure { values: 0, .. } => "measuring".to_owned(),
        Step::Measure { values, num } => {
            format!("measuring {}, {} each", counted(values, "memory size"), counted(num, "invocation"))
        }
        Step::Decide => "deciding".to_owned(),
        Step::Optimize => "putting the winner in place".to_owned(),
        Step::CleanUp => "cleaning up".to_owned(),
    }
}

/// The same where there is little room.
pub fn brief(step: Step) -> String {
    match step {
        Step::Publish { round: 0 | 1 } => "publishing versions".to_owned(),
        Step::Measure { values, .. } if values > 0 => format!("measuring {}", counted(values, "value")),
        other => self::step(other),
    }
}

/// News in a line.
pub fn line(news: &News) -> String {
    match news {
        News::Step(now) => step(*now),
        News::Published { done, of } => format!("{done} of {of} published"),
        News::Sampled { power, samples, of } => format!("{power}: {samples} of {of} samples"),
        News::Measured(measurement) => measured(measurement),
        News::Trouble(what) => what.clone(),
    }
}

fn measured(measurement: &Measurement) -> String {
    match (measurement.statistics(), measurement.exclusion()) {
        (Some(statistics), _) => {
            let samples = counted(statistics.samples(), "sample");
            format!("{}: {} from {samples}", measurement.value, statistics.average_duration)
        }
        (None, why) => format!("{}: left out: {}", measurement.value, why.as_deref().unwrap_or("nothing was measured")),
    }
}
