//! Finds the hour of the next 24 in which the functions of a fleet are invoked least, by what CloudWatch has counted.

mod error;
mod quietest;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws::{fleet::Objects, fleet::results, traffic::Traffic, usage::Window};
use serde::{Deserialize, Serialize};
use tuning::{fleet::FleetName, units::moment::Moment};

pub use self::error::Error;

/// How far it looks back: every day of the week twice.
const WINDOW: Duration = Duration::from_hours(14 * 24);

/// Whose quiet hour is looked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Input {
    /// The fleet, which has a plan.
    pub fleet: FleetName,
}

/// When the quiet hour begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// In how many seconds: less than a day.
    pub seconds: u64,
    /// How many functions were asked about.
    pub functions: usize,
    /// How often they were invoked in this hour of the day, in 14 days.
    pub invocations: f64,
}

/// Reads the plan of the fleet and the metrics of its functions.
pub async fn handle(
    api: &(impl Objects + Traffic),
    bucket: &str,
    now: SystemTime,
    Input { fleet }: Input,
) -> Result<Output, Error> {
    let plan = results::plan(api, bucket, &fleet).await?.ok_or_else(|| Error::NoPlan(fleet.clone()))?;
    let functions: Vec<_> = plan.functions().collect();
    let names: Vec<&str> = functions.iter().map(|function| function.name()).collect();
    let hourly = api.hourly_invocations(&names, Window { from: now - WINDOW, to: now }).await?;
    let millis = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let quietest = quietest::quietest(Moment(u64::try_from(millis).unwrap_or_default()), &hourly);
    let output = Output {
        // A part of a second more, so that it has begun.
        seconds: quietest.wait.as_millis().div_ceil(1000).try_into().unwrap_or_default(),
        functions: names.len(),
        invocations: quietest.invocations,
    };
    tracing::info!(%fleet, seconds = output.seconds, invocations = output.invocations, "found the quiet hour");
    Ok(output)
}

#[cfg(test)]
mod tests;
