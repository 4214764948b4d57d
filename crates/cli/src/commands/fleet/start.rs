//! `power-tuner fleet start`: shows what a fleet would tune, asks, starts it, and follows it.

use std::{
    fs,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aws::fleet::{Kind, Objects};
use aws_sdk_sfn::types::ExecutionStatus;
use serde_json::{Map, Value, json};
use tokio::time::sleep;
use tuning::{
    fleet::{FleetInput, FleetName, Item, Key, Plan, transitions},
    price::Prices,
    units::usd::Usd,
};

use super::{document, found::Fleets, watch};
use crate::{
    account::{Account, Call, Place},
    arguments::Start,
    commands::report::unreadable_prices,
    exit::Exit,
    failure::Failure,
    output::{self, Format},
    stack,
};

/// The interval at which it is asked whether the plan is made.
const LOOK: Duration = Duration::from_millis(500);
/// The state transitions of a run by which those of a fleet are estimated: BENCHMARKS.md has what runs take.
const TRANSITIONS_PER_RUN: u32 = 40;
/// The most invocations of a search, unless the input says otherwise.
const MOST_INVOCATIONS: u64 = 500;

/// Starts it.
pub async fn run(place: &Place, arguments: &Start) -> Result<Exit, Failure> {
    let console = arguments.output.console();
    let how = arguments.how();
    stack::can_ask(how.yes, "nothing was started")?;
    let named = arguments.deployed.fleet_state_machine.as_deref();
    let account = Account::connect(&place.of(named)).await?;
    let fleets = Fleets::find(&account, &arguments.deployed).await?;
    console.say(account.told(place, named, &fleets.state_machine));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let name = fleet_name(arguments, now)?;
    let input = input(&account, &fleets, arguments, &name).await?;
    let plan = planned(&account, &fleets, &input, &name, now).await?;
    how.plan().say(shown(&account, arguments, &plan)?);
    if plan.groups.is_empty() {
        return Err(
            Failure::bad_input("there is no function to tune").hint("docs/fleet.md says where payloads come from")
        );
    }
    if !stack::is_wanted(how.yes, "Tune them?") {
        console.say("nothing was started");
        return Ok(Exit::Done);
    }
    let execution = start(&account, &fleets, &input, &execution_name(&name, "", now)).await?;
    if arguments.detach {
        match arguments.output.format() {
            Format::Json => output::write(&json!({"executionArn": execution, "fleet": name}).to_string())?,
            Format::Table | Format::Csv | Format::Markdown | Format::Html => output::write(&execution)?,
        }
        console.hint(format_args!("power-tuner fleet watch {execution}"));
        return Ok(Exit::Done);
    }
    console.say(format_args!("execution {execution}"));
    watch::to_the_end(&account, &fleets, &execution, &name, &arguments.output).await
}

/// The name that the user gives the fleet, or one by the time.
fn fleet_name(arguments: &Start, now: Duration) -> Result<FleetName, Failure> {
    match &arguments.name {
        Some(name) => Ok(name.clone()),
        None => format!("fleet-{}", now.as_secs()).parse().map_err(|error| Failure::other(format!("{error}"))),
    }
}

/// Names of executions are taken once, and a fleet can be started again under its name.
fn execution_name(fleet: &FleetName, suffix: &str, now: Duration) -> String {
    let fleet: String = fleet.as_str().chars().take(50).collect();
    format!("{fleet}{suffix}-{}", now.as_millis())
}

/// The input of the execution, checked.
async fn input(
    account: &Account,
    fleets: &Fleets<'_>,
    arguments: &Start,
    name: &FleetName,
) -> Result<Map<String, Value>, Failure> {
    let selection = &arguments.selection;
    let functions = match &arguments.list {
        Some(uri) if uri.starts_with("s3://") => json!({"list": uri}),
        Some(file) => json!({"list": uploaded(account, fleets, file, name).await?}),
        None if !selection.functions.is_empty() => json!({"names": selection.functions}),
        None => {
            let tags: Map<String, Value> =
                selection.tags.iter().map(|tag| (tag.0.key.clone(), json!(tag.0.value))).collect();
            json!({"prefix": selection.prefix, "tags": tags, "stack": selection.stack})
        }
    };
    let mut input = Map::from_iter([("fleet".to_owned(), json!(name)), ("functions".to_owned(), functions)]);
    if let Some(file) = &arguments.input {
        let text = fs::read_to_string(file)
            .map_err(|error| Failure::bad_input(format!("failed to read {}: {error}", file.display())))?;
        let fields: Value = serde_json::from_str(&text)
            .map_err(|error| Failure::bad_input(format!("{} is not JSON: {error}", file.display())))?;
        input.insert("input".to_owned(), fields);
    }
    for (field, value) in [
        ("maxConcurrency", arguments.max_concurrency.map(Value::from)),
        ("toleratedFailurePercentage", arguments.tolerated_failures.map(Value::from)),
        ("maxSpend", arguments.max_spend.map(Value::from)),
    ] {
        input.extend(value.map(|value| (field.to_owned(), value)));
    }
    FleetInput::read(Value::Object(input.clone())).map_err(|problem| Failure::bad_input(problem.to_string()))?;
    Ok(input)
}

/// Puts a list of functions into the fleet's bucket, and returns where it lies.
async fn uploaded(account: &Account, fleets: &Fleets<'_>, file: &str, name: &FleetName) -> Result<String, Failure> {
    let text =
        fs::read_to_string(file).map_err(|error| Failure::bad_input(format!("failed to read {file}: {error}")))?;
    tuning::fleet::read_list(&text).map_err(|error| Failure::bad_input(format!("{file}: {error}")))?;
    let object = Key::List(name).in_bucket(&fleets.bucket).map_err(|error| Failure::other(error.to_string()))?;
    let put = account.calls.write(&object, Kind::Json, text).await;
    put.map_err(|error| Call::of(&error, "put the list into the fleet's bucket", &object))?;
    Ok(object.to_string())
}

/// Has the deployment make the plan: what is shown is what it would tune.
async fn planned(
    account: &Account,
    fleets: &Fleets<'_>,
    input: &Map<String, Value>,
    name: &FleetName,
    now: Duration,
) -> Result<Plan, Failure> {
    let mut input = input.clone();
    input.insert("planOnly".to_owned(), json!(true));
    let execution = start(account, fleets, &input, &execution_name(name, "-plan", now)).await?;
    loop {
        let described = watch::describe(account, &execution).await?;
        match described.status {
            ExecutionStatus::Running => sleep(LOOK).await,
            ExecutionStatus::Succeeded => return fleets.plan(name).await,
            _ => return Err(watch::failure(&described, name)),
        }
    }
}

async fn start(
    account: &Account,
    fleets: &Fleets<'_>,
    input: &Map<String, Value>,
    name: &str,
) -> Result<String, Failure> {
    let machine = &fleets.state_machine;
    let start = account.sfn.start_execution().state_machine_arn(machine).name(name);
    let started =
        start.input(Value::Object(input.clone()).to_string()).send().await.map_err(|error| {
            Call { to: "start the fleet", action: "states:StartExecution", on: machine }.failed(&error)
        })?;
    Ok(started.execution_arn)
}

/// What the plan says, for people.
fn shown(account: &Account, arguments: &Start, plan: &Plan) -> Result<String, Failure> {
    let prices = Prices::bundled().map_err(unreadable_prices)?;
    let runs = plan.items().count();
    let of_runs = u32::try_from(runs).unwrap_or(u32::MAX).saturating_mul(TRANSITIONS_PER_RUN);
    let own = transitions(&prices, &account.region, plan.groups.len(), runs);
    let all: Usd = own + prices.transitions(&account.region, of_runs);
    let most_invocations = plan.items().map(most_invocations).sum();
    let currency = prices.currency(&account.region).to_string();
    Ok(document::of_plan(plan, most_invocations, all, arguments.max_spend, &currency))
}

/// The most invocations that the run of a function makes.
fn most_invocations(item: &Item) -> u64 {
    let number = |field: &str| item.input.get(field).and_then(Value::as_u64);
    let of_each = number("num").unwrap_or(0);
    match item.input.get("powerValues") {
        // And the current one.
        Some(Value::Array(list)) => of_each * (list.len() as u64 + 1),
        // 128, 192, … 3008.
        Some(Value::String(word)) if word == "ALL" => of_each * 47,
        _ => number("maxInvocations").unwrap_or(MOST_INVOCATIONS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_makes_at_most_what_its_input_allows() {
        let most = |input: &Value| {
            let function = "arn:aws:lambda:eu-west-1:123456789012:function:f";
            let item = json!({"function": function, "name": "f-0", "key": "k", "input": input});
            most_invocations(&serde_json::from_value(item).unwrap())
        };
        assert_eq!(most(&json!({"powerValues": "AUTO"})), 500);
        assert_eq!(most(&json!({"powerValues": "AUTO", "maxInvocations": 80, "num": 10})), 80);
        assert_eq!(most(&json!({"powerValues": [128, 256], "num": 10})), 30);
        assert_eq!(most(&json!({"powerValues": "ALL", "num": 5})), 235);
    }

    #[test]
    fn the_name_of_an_execution_is_short_enough_for_the_longest_name_of_a_fleet() {
        let fleet: FleetName = "f".repeat(80).parse().unwrap();
        assert!(execution_name(&fleet, "-plan", Duration::from_secs(1_764_208_801)).len() <= 80);
    }
}
