//! `power-tuner monitor`: watches functions by metrics of their reports, alarms and a dashboard.

mod measured;
mod stack;
mod watched;

use monitoring::{Drift, Monitoring};
use tuning::price::Prices;

use self::{measured::Measured, watched::Known};
use super::report::unreadable_prices;
use crate::{
    account::{Account, Place},
    arguments::Monitor,
    chosen,
    exit::Exit,
    failure::Failure,
    output,
    stack::can_ask,
};

/// Makes the template and writes or deploys it, or removes what was deployed.
pub async fn run(place: &Place, arguments: &Monitor) -> Result<Exit, Failure> {
    let (console, how) = (arguments.how.console(), &arguments.how);
    if arguments.action.remove {
        can_ask(how.yes, "nothing was removed")?;
        let account = Account::connect(place).await?;
        return Box::pin(stack::remove(place, &account, &arguments.name, how)).await;
    }
    if arguments.action.deploy {
        can_ask(how.yes, "nothing was deployed")?;
    }
    let account = Account::connect(place).await?;
    let measured = Measured::read(&arguments.results, &account.region)?;
    let chosen = Box::pin(chosen::chosen(&account, &arguments.selection)).await?;
    let prices = Prices::bundled().map_err(unreadable_prices)?;
    let known = Box::pin(Known::ask(&account, &chosen, &prices, &measured)).await?;
    known.say(console);
    let monitoring = Monitoring {
        region: account.region.clone(),
        currency: prices.currency(&account.region),
        functions: known.functions,
        drift: Drift(arguments.drift.0 / 100.0),
        alarm_actions: arguments.alarm_actions.clone(),
    };
    let template = monitoring.template().map_err(|error| {
        Failure::bad_input(error.to_string())
            .hint("watch fewer functions (--prefix, --tag, --stack), or several stacks, each with a --name of its own")
    })?;
    if arguments.action.deploy {
        return Box::pin(stack::deploy(place, &account, &arguments.name, &template.to_string(), how)).await;
    }
    let template = serde_json::to_string_pretty(&template);
    output::write(&template.map_err(|error| Failure::other(format!("failed to write the template: {error}")))?)?;
    Ok(Exit::Done)
}
