//! The Reporter: sums up a fleet, and draws the page with all results.

mod error;

use aws::fleet::{Kind, Objects, results};
pub use error::Error;
use tuning::{
    fleet::{Key, Reported, ReporterInput, Summary},
    price::Prices,
};

/// Writes the summary and the page into the fleet's bucket. It can be called again.
pub async fn handle(
    api: &impl Objects,
    bucket: &str,
    region: &str,
    prices: &Prices,
    event: ReporterInput,
) -> Result<Reported, Error> {
    let fleet = event.fleet;
    let plan = results::plan(api, bucket, &fleet).await?.ok_or_else(|| Error::NoPlan(fleet.clone()))?;
    let runs = results::runs(api, bucket, &fleet, plan.functions()).await?;
    let summary = Summary::of(&plan, region, runs, prices);
    let stopped = event.error.map(|error| format!("{}: {}", error.error, error.cause));
    let (to, page) = (Key::Summary(&fleet).in_bucket(bucket)?, Key::Report(&fleet).in_bucket(bucket)?);
    api.write(&to, Kind::Json, serde_json::to_string(&summary)?).await?;
    api.write(&page, Kind::Html, report::fleet::page(&summary, region, stopped.as_deref())).await?;
    let totals = summary.totals;
    tracing::info!(%fleet, tuned = totals.tuned_functions, failed = totals.failed_functions, "summed up");
    Ok(Reported { totals, summary: to, report: page })
}

#[cfg(test)]
mod tests;
