//! Executes `statemachine.asl.json` as Step Functions does: tasks with their retries and catches, choices, waits, maps.

mod limit;
mod path;
mod retry;

use std::{future::Future, pin::Pin, time::Duration};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Value, json};
use tokio::time::sleep;

use self::{
    limit::bounded,
    path::{Scope, place},
    retry::{Retries, matches},
};

/// The state machine that is deployed.
const FILE: &str = include_str!("../../../statemachine.asl.json");

/// An error of a task, of a state, or of an execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Its name.
    pub error: String,
    /// As Step Functions hands it on.
    pub cause: String,
}

impl Failure {
    /// An error with a cause.
    #[must_use]
    pub fn new(error: &str, cause: impl Into<String>) -> Self {
        Self { error: error.to_owned(), cause: cause.into() }
    }

    /// The error for something in the file that this does not understand: nothing catches it.
    fn unsupported(what: &str) -> Self {
        Self::new("States.Runtime", format!("the simulation does not understand {what}"))
    }
}

/// The result of a task or a state.
pub type Result<T> = std::result::Result<T, Failure>;
type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// The parts of an execution besides its states.
pub trait Execution {
    /// Invokes the Lambda function that the state machine file names by this placeholder.
    fn invoke(&self, resource: &str, parameters: Value) -> impl Future<Output = Result<Value>>;

    /// Says that a state is entered.
    fn enters(&self, state: &str);
}

/// The state machine, read once.
#[derive(Debug, Clone)]
pub struct StateMachine(Value);

impl StateMachine {
    /// The one that is deployed.
    ///
    /// # Errors
    ///
    /// If the file is not JSON.
    pub fn deployed() -> serde_json::Result<Self> {
        serde_json::from_str(FILE).map(Self)
    }

    /// Runs an execution to its end.
    ///
    /// # Errors
    ///
    /// How the execution fails.
    pub async fn execute(&self, execution: &impl Execution, id: &str, input: Value) -> Result<Value> {
        let context = json!({"Execution": {"Id": id, "Input": input}});
        states(&self.0, execution, context, input).await
    }
}

/// Runs the states of a machine, or of the inner one of a Map.
fn states<'a, E: Execution>(
    machine: &'a Value,
    execution: &'a E,
    context: Value,
    mut input: Value,
) -> Boxed<'a, Result<Value>> {
    Box::pin(async move {
        let mut name = machine["StartAt"].as_str();
        while let Some(current) = name {
            execution.enters(current);
            let state = &machine["States"][current];
            let (next, output) = enter(state, execution, &context, input).await?;
            (name, input) = (next, output);
        }
        Ok(input)
    })
}

/// Runs one state. Returns the next one, if there is one, and its input.
async fn enter<'a, E: Execution>(
    state: &'a Value,
    execution: &'a E,
    context: &Value,
    input: Value,
) -> Result<(Option<&'a str>, Value)> {
    match state["Type"].as_str() {
        Some("Task" | "Map") => {
            let worked = with_retries(state, execution, context, &input).await;
            let result = match worked {
                Ok(result) => place(input, state["ResultPath"].as_str(), result),
                Err(failure) => return caught(state, failure, input),
            };
            Ok((state["Next"].as_str(), bounded(result)?))
        }
        Some("Choice") => {
            let scope = Scope { input: &input, context };
            let is_met = |choice: &&Value| {
                let variable = choice["Variable"].as_str().and_then(|path| scope.resolve(path));
                choice["StringEquals"].is_string() && variable == Some(&choice["StringEquals"])
            };
            let chosen = state["Choices"].as_array().into_iter().flatten().find(is_met);
            Ok((chosen.map_or(&state["Default"], |choice| &choice["Next"]).as_str(), input))
        }
        Some("Pass") => {
            let filled = Scope { input: &input, context }.fill(&state["Parameters"]);
            let filled = filled.ok_or_else(|| Failure::unsupported("what a state passes on"))?;
            Ok((state["Next"].as_str(), bounded(filled)?))
        }
        Some("Wait") => {
            sleep(Duration::from_secs(state["Seconds"].as_u64().unwrap_or_default())).await;
            Ok((state["Next"].as_str(), input))
        }
        Some("Fail") => {
            let scope = Scope { input: &input, context };
            let text = |name: &str| match state[name].as_str() {
                Some(literal) => Some(literal.to_owned()),
                None => scope.text(state[format!("{name}Path")].as_str()?),
            };
            let missing = || Failure::unsupported("how an execution fails");
            Err(Failure { error: text("Error").ok_or_else(missing)?, cause: text("Cause").ok_or_else(missing)? })
        }
        _ => Err(Failure::unsupported("a type of state")),
    }
}

async fn with_retries<E: Execution>(state: &Value, execution: &E, context: &Value, input: &Value) -> Result<Value> {
    let mut retries = Retries::of(state);
    loop {
        let mut context = context.clone();
        context["State"] = json!({"RetryCount": retries.count()});
        let scope = Scope { input, context: &context };
        let worked = match state["Type"].as_str() {
            Some("Map") => map(state, execution, scope).await,
            _ => task(state, execution, scope).await,
        };
        let Err(failure) = worked else { return worked };
        match retries.pause_after(&failure) {
            Some(pause) => sleep(pause).await,
            None => return Err(failure),
        }
    }
}

async fn task(state: &Value, execution: &impl Execution, scope: Scope<'_>) -> Result<Value> {
    let parameters = scope.fill(&state["Parameters"]).ok_or_else(|| Failure::new("States.Runtime", "no such path"))?;
    let resource = state["Resource"].as_str().unwrap_or_default();
    let function = resource.trim_start_matches("${").trim_end_matches("Arn}");
    bounded(execution.invoke(function, bounded(parameters)?).await?)
}

/// The first item that fails ends the Map; what the others have begun goes on by itself.
async fn map<E: Execution>(state: &Value, execution: &E, scope: Scope<'_>) -> Result<Value> {
    let resolve = |name: &str| state[name].as_str().and_then(|path| scope.resolve(path));
    let items = resolve("ItemsPath").and_then(Value::as_array).ok_or_else(|| Failure::unsupported("the items"))?;
    let most = resolve("MaxConcurrencyPath").and_then(Value::as_u64).unwrap_or_default();
    let inner = &state["ItemProcessor"];
    let results = items.iter().map(|item| {
        let mut context = scope.context.clone();
        context["Map"] = json!({"Item": {"Value": item}});
        let filled = Scope { context: &context, ..scope }.fill(&state["ItemSelector"]);
        async {
            let item = filled.ok_or_else(|| Failure::unsupported("an item"))?;
            states(inner, execution, context, bounded(item)?).await
        }
    });
    let at_once = if most == 0 { items.len().max(1) } else { usize::try_from(most).unwrap_or(usize::MAX) };
    stream::iter(results).buffered(at_once).try_collect::<Vec<Value>>().await.map(Value::Array)
}

fn caught(state: &Value, failure: Failure, input: Value) -> Result<(Option<&str>, Value)> {
    let catchers = state["Catch"].as_array().into_iter().flatten();
    let Some(catch) = { catchers }.find(|catch| matches(&catch["ErrorEquals"], &failure)) else { return Err(failure) };
    let error = json!({"Error": failure.error, "Cause": failure.cause});
    Ok((catch["Next"].as_str(), bounded(place(input, catch["ResultPath"].as_str(), error))?))
}
