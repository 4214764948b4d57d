//! The stack of fleets: its state machine, and its bucket.

use aws::fleet::results::{self, ResultsError};
use tuning::{
    fleet::{FleetName, Plan, Summary},
    price::Prices,
};

use crate::{
    account::{Account, Call},
    arguments::DeployedFleet,
    commands::report::unreadable_prices,
    deployed,
    failure::Failure,
};

/// The default of the template's parameter `stateMachineNamePrefix`.
const PREFIX: &str = "powerTuningFleet-";
/// The tag of the state machine that names the bucket.
const BUCKET_TAG: &str = "power-tuner-fleet-bucket";

/// The stack of fleets.
pub struct Fleets<'a> {
    account: &'a Account,
    /// The ARN of its state machine.
    pub state_machine: String,
    /// The name of its bucket.
    pub bucket: String,
}

impl<'a> Fleets<'a> {
    /// Finds it: as the user says, or by the name of the state machine.
    pub async fn find(account: &'a Account, wanted: &DeployedFleet) -> Result<Self, Failure> {
        let state_machine = match &wanted.fleet_state_machine {
            Some(given) => given.clone(),
            None => only_one(account).await?,
        };
        let bucket = bucket(account, &state_machine).await?;
        Ok(Self { account, state_machine, bucket })
    }

    /// The plan of a fleet.
    pub async fn plan(&self, fleet: &FleetName) -> Result<Plan, Failure> {
        let plan = results::plan(&self.account.calls, &self.bucket, fleet).await;
        plan.map_err(|error| self.unreadable(&error))?.ok_or_else(|| {
            Failure::bad_input(format!(
                "there is no fleet {fleet}: nothing lies in {} under fleets/{fleet}/",
                self.bucket
            ))
            .hint("power-tuner fleet start prints the name of the fleet; check the region and the account, too")
        })
    }

    /// What came of a fleet so far.
    pub async fn summary(&self, plan: &Plan) -> Result<Summary, Failure> {
        let runs = results::runs(&self.account.calls, &self.bucket, &plan.fleet, plan.functions()).await;
        let runs = runs.map_err(|error| self.unreadable(&error))?;
        let prices = Prices::bundled().map_err(unreadable_prices)?;
        Ok(Summary::of(plan, &self.account.region, runs, &prices))
    }

    /// Why objects of the bucket cannot be read or written.
    pub fn unreadable(&self, error: &ResultsError) -> Failure {
        match error {
            ResultsError::Api(error) => Call::of(error, "use the fleet's bucket", &self.bucket),
            ResultsError::Uri(_) | ResultsError::Unreadable { .. } => Failure::other(error.to_string()).hint(
                "install the version of power-tuner that the stack of fleets has: its tag power-tuner-fleet says which",
            ),
        }
    }
}

async fn only_one(account: &Account) -> Result<String, Failure> {
    let all = deployed::state_machines(account).await?;
    let found: Vec<String> = all
        .into_iter()
        .filter(|machine| machine.name.starts_with(PREFIX))
        .map(|machine| machine.state_machine_arn)
        .collect();
    match found.as_slice() {
        [] => Err(Failure::other(format!("the stack of fleets is not deployed in {}", account.region))
            .hint("docs/fleet.md says how to deploy it")
            .hint("or name its state machine: --fleet-state-machine ARN")),
        [one] => Ok(one.clone()),
        several => {
            Err(Failure::bad_input(format!("several stacks of fleets could be meant:\n  {}", several.join("\n  ")))
                .hint("give --fleet-state-machine with one of them"))
        }
    }
}

async fn bucket(account: &Account, state_machine: &str) -> Result<String, Failure> {
    let tags = account.sfn.list_tags_for_resource().resource_arn(state_machine).send().await.map_err(|error| {
        Call { to: "find the fleet's bucket", action: "states:ListTagsForResource", on: state_machine }.failed(&error)
    })?;
    let bucket = tags.tags().iter().find(|tag| tag.key() == Some(BUCKET_TAG)).and_then(|tag| tag.value());
    bucket.map(str::to_owned).ok_or_else(|| {
        Failure::bad_input(format!("{state_machine} has no tag {BUCKET_TAG}: it is not the state machine of fleets"))
            .hint("give the output FleetStateMachineARN of the stack that infra/fleet/template.yaml describes")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_has_what_a_stack_of_fleets_is_found_by() {
        let template = include_str!("../../../../../infra/fleet/template.yaml");
        let tags = format!("Tags: {{ power-tuner-fleet: {}, {BUCKET_TAG}: !Ref Bucket }}", env!("CARGO_PKG_VERSION"));
        for part in [tags, format!("Default: {}\n", PREFIX.trim_end_matches('-'))] {
            assert!(template.contains(&part), "infra/fleet/template.yaml lacks: {part}");
        }
    }
}
