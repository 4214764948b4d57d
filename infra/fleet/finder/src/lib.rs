//! The Finder: finds the functions of a fleet, and writes the plan of it.

mod chosen;
mod error;
mod payload;

use std::collections::HashSet;

use aws::fleet::{Inventory, Kind, Objects, results};
pub use error::Error;
use tuning::fleet::{Candidate, FinderInput, FleetInput, FleetName, Found, Key, Plan, Skipped};

use crate::{chosen::Chosen, payload::Payloads};

/// Finds the functions, and writes the plan into the fleet's bucket. It can be called again, and a fleet that was
/// stopped goes on: what has its result is left out.
pub async fn handle(api: &(impl Inventory + Objects), bucket: &str, event: FinderInput) -> Result<Found, Error> {
    let input = FleetInput::read(event.input)?;
    let fleet = match &input.fleet {
        Some(name) => name.clone(),
        None => event.execution.parse().map_err(Error::ExecutionName)?,
    };
    let chosen = chosen::chosen(api, &input.functions).await?;
    let (candidates, unknown) = candidates(api, bucket, &fleet, chosen).await?;
    let mut plan = Plan::new(&fleet, &input, candidates);
    plan.skipped.extend(unknown);
    let key = Key::Plan(&fleet);
    api.write(&key.in_bucket(bucket)?, Kind::Json, serde_json::to_string(&plan)?).await?;
    let functions = plan.items().count();
    tracing::info!(%fleet, functions, skipped = plan.skipped.len(), done = plan.done.len(), "found the functions");
    Ok(Found {
        bucket: bucket.to_owned(),
        plan: key.to_string(),
        map_results: format!("fleets/{fleet}/map"),
        max_concurrency: input.max_concurrency,
        tolerated_failure_percentage: input.tolerated_failure_percentage,
        plan_only: input.plan_only,
        groups: plan.groups.len(),
        functions,
        done: plan.done.len(),
        skipped: plan.skipped.len(),
        fleet,
    })
}

/// What is known of the chosen functions; and the names that no function has.
async fn candidates(
    api: &(impl Inventory + Objects),
    bucket: &str,
    fleet: &FleetName,
    chosen: Vec<Chosen>,
) -> Result<(Vec<Candidate>, Vec<Skipped>), Error> {
    let mut tags = api.tags().await?;
    let payloads = Payloads::of(api, bucket, fleet).await?;
    let existing = chosen.iter().filter_map(|one| one.configuration.as_ref()).map(|function| &function.function);
    let runs = results::runs(api, bucket, fleet, existing).await?;
    let done: HashSet<String> =
        runs.iter().filter(|run| run.output().is_some()).map(|run| run.function.to_string()).collect();
    let (mut candidates, mut unknown) = (Vec::new(), Vec::new());
    for Chosen { name, configuration, invocations_per_month } in chosen {
        let Some(configuration) = configuration else {
            let reason = "there is no function of this name in the region".to_owned();
            unknown.push(Skipped { function: name, reason });
            continue;
        };
        let function = configuration.function;
        let tags = tags.remove(&function.to_string()).unwrap_or_default();
        let is_done = done.contains(&function.to_string());
        let payload = payloads.of_function(&function, &tags).await?;
        let obstacle = configuration.obstacle;
        candidates.push(Candidate { function, obstacle, tags, is_done, payload, invocations_per_month });
    }
    Ok((candidates, unknown))
}

#[cfg(test)]
mod tests;
