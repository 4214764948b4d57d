//! `power-tuner doctor`: looks at everything that a run needs, and says what to do about what is not in order.

mod check;
mod function;
mod runs;

use check::{Check, State};
use tuning::{
    price::{Architecture, Guess, Prices},
    units::{arn::FunctionReference, counted::counted},
};

use crate::{
    account::{Account, Call, Place},
    arguments::Doctor,
    console::Console,
    deployed,
    exit::Exit,
    failure::Failure,
    output,
};

/// With less concurrency, parallel runs and the function's own traffic get in each other's way.
const ENOUGH_CONCURRENCY: i32 = 100;

/// Checks everything. What cannot be checked does not keep the rest from being checked.
pub async fn run(place: &Place, arguments: &Doctor) -> Result<Exit, Failure> {
    let reference = arguments.function.as_deref().map(str::parse::<FunctionReference>).transpose();
    let reference = reference.map_err(|error| Failure::bad_input(format!("FUNCTION: {error}")))?;
    let console = arguments.output.console();
    let account = Account::connect(&place.of(arguments.deployed.state_machine.as_deref())).await?;
    let checks = all(&account, arguments, reference.as_ref(), console).await;
    output::print(arguments.output.format(), &check::document(&checks)?)?;
    let is_well = checks.iter().all(|check| check.state != State::Problem);
    Ok(if is_well { Exit::Done } else { Exit::Failed })
}

async fn all(
    account: &Account,
    arguments: &Doctor,
    reference: Option<&FunctionReference>,
    console: Console,
) -> Vec<Check> {
    let mut checks = vec![credentials(account).await];
    if checks.iter().any(|check| check.state == State::Problem) {
        return checks;
    }
    let state_machine = deployed::state_machine(account, &arguments.deployed).await;
    match &state_machine {
        Ok(found) => {
            checks.push(Check::ok("deployment", found.clone()));
            checks.push(version(account, found).await);
        }
        Err(failure) => checks.push(Check::of("deployment", failure)),
    }
    checks.push(concurrency(account).await);
    if let Ok(state_machine) = &state_machine {
        checks.extend(runs::left_over(account, state_machine).await);
    }
    let region = reference.and_then(|reference| reference.region.as_deref()).unwrap_or(&account.region);
    checks.extend(prices(region));
    if let Some(reference) = reference {
        let state_machine = state_machine.as_deref().ok();
        let payload = arguments.payload.as_ref();
        checks.extend(function::checks(account, state_machine, reference, payload, console).await);
    }
    checks
}

/// Where the prices come from that costs are computed with; no AWS call is made.
fn prices(region: &str) -> Option<Check> {
    const CHECK: &str = "prices";
    let stand_in = match Prices::bundled().ok()?.lambda(region, Architecture::X86).guess {
        None => {
            return Some(Check::ok(CHECK, format!("costs in {region} are computed with the prices published for it")));
        }
        Some(Guess::AssumedFigures) => "the figures of us-east-1, in the currency of the region,",
        Some(_) => "those of us-east-1",
    };
    Some(Check::attention(
        CHECK,
        format!("the prices of {region} are not known: {stand_in} stand in for them"),
        "compare them with the price page of AWS Lambda; if all differ by the same factor, the winner is the same",
    ))
}

async fn credentials(account: &Account) -> Check {
    match account.sts().get_caller_identity().send().await {
        Ok(who) => Check::ok("credentials", format!("{} in {}", who.arn().unwrap_or("somebody"), account.region)),
        Err(error) => {
            let call = Call { to: "ask AWS who you are", action: "sts:GetCallerIdentity", on: "*" };
            Check::of("credentials", &call.failed(&error))
        }
    }
}

async fn version(account: &Account, state_machine: &str) -> Check {
    let own = env!("CARGO_PKG_VERSION");
    match deployed::version(account, state_machine).await {
        Ok(Some(deployed)) if deployed == own => Check::ok("version", format!("{own}, as this program")),
        Ok(Some(deployed)) => Check::attention(
            "version",
            format!("{deployed} is deployed, and this program is {own}"),
            "deploy this version: power-tuner upgrade; or install the program of that one",
        ),
        Ok(None) => Check::attention(
            "version",
            "the state machine does not say its version (tag power-tuner)",
            "deploy it again: power-tuner upgrade",
        ),
        Err(failure) => Check::unknown("version", &failure),
    }
}

async fn concurrency(account: &Account) -> Check {
    let settings = account.lambda(None).get_account_settings().send().await;
    let limit = match settings {
        Ok(settings) => settings.account_limit.and_then(|limit| limit.unreserved_concurrent_executions),
        Err(error) => {
            let call = Call { to: "read the limits of the account", action: "lambda:GetAccountSettings", on: "*" };
            return Check::unknown("concurrency", &call.failed(&error));
        }
    };
    match limit {
        Some(limit) if limit >= ENOUGH_CONCURRENCY => {
            Check::ok("concurrency", format!("the account can run {} at a time", counted(limit, "invocation")))
        }
        Some(limit) => Check::attention(
            "concurrency",
            format!("the account can run only {} at a time", counted(limit, "invocation")),
            "give --power-concurrency and --max-concurrency so that their product stays below it, or ask AWS for more (Service Quotas, Lambda, concurrent executions)",
        ),
        None => Check::attention("concurrency", "AWS does not say how many invocations can run at a time", "nothing"),
    }
}
