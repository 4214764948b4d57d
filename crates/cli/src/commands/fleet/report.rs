//! `power-tuner fleet report`: shows what came of a fleet so far.

use std::fs;

use super::{document, found::Fleets};
use crate::{
    account::{Account, Place},
    arguments::ReportFleet,
    exit::Exit,
    failure::Failure,
    output,
};

/// Shows it.
pub async fn run(place: &Place, arguments: &ReportFleet) -> Result<Exit, Failure> {
    let account = Account::connect(&place.of(arguments.deployed.fleet_state_machine.as_deref())).await?;
    let fleets = Fleets::find(&account, &arguments.deployed).await?;
    let summary = fleets.summary(&fleets.plan(&arguments.name).await?).await?;
    if let Some(file) = &arguments.html {
        fs::write(file, report::fleet::page(&summary, &account.region, None))
            .map_err(|error| Failure::other(format!("failed to write {}: {error}", file.display())))?;
    }
    output::print(arguments.output.format(), &document::of_summary(&summary)?)?;
    Ok(Exit::Done)
}
