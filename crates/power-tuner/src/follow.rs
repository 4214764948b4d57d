//! Following an execution: what happens is said on standard error as it happens.

use std::{collections::HashSet, time::Duration};

use anyhow::{Context, Result, anyhow, bail};
use aws_sdk_sfn::{
    Client,
    types::{ExecutionStatus, HistoryEvent},
};
use serde_json::Value;
use tuning::step::executor::Progress;

/// How often the execution is asked what is new.
const LOOK: Duration = Duration::from_secs(1);

/// Starts an execution and waits for its output.
pub async fn run(sfn: &Client, state_machine: &str, input: &Value) -> Result<String> {
    let started = sfn.start_execution().state_machine_arn(state_machine).input(input.to_string()).send().await;
    let execution = started.context("failed to start the execution")?.execution_arn;
    eprintln!("execution {execution}");
    let mut told = HashSet::new();
    loop {
        let state = sfn.describe_execution().execution_arn(&execution).send().await;
        let state = state.context("failed to look at the execution")?;
        tell_news(sfn, &execution, &mut told).await?;
        match state.status {
            ExecutionStatus::Running => tokio::time::sleep(LOOK).await,
            ExecutionStatus::Succeeded => {
                return state.output.ok_or_else(|| anyhow!("the execution succeeded without an output"));
            }
            other => bail!(
                "the execution ended {other}: {}: {}",
                state.error.unwrap_or_default(),
                state.cause.unwrap_or_default()
            ),
        }
    }
}

async fn tell_news(sfn: &Client, execution: &str, told: &mut HashSet<i64>) -> Result<()> {
    let request = sfn.get_execution_history().execution_arn(execution).include_execution_data(true);
    let mut events = request.into_paginator().items().send();
    while let Some(event) = events.next().await {
        let event = event.context("failed to read the history of the execution")?;
        if told.insert(event.id)
            && let Some(news) = news(&event)
        {
            eprintln!("  {news}");
        }
    }
    Ok(())
}

/// What an event means to the person who waits; nothing, of most.
fn news(event: &HistoryEvent) -> Option<String> {
    if let Some(entered) = event.state_entered_event_details() {
        return match entered.name() {
            "Initializer" => Some("checking the input and the function".to_owned()),
            "Publisher" => Some("publishing a version of each power value".to_owned()),
            "Measure" => Some("measuring".to_owned()),
            "Optimizer" => Some("putting the winner in place".to_owned()),
            "Cleaner" | "CleanUpAfterFailure" => Some("cleaning up".to_owned()),
            _ => None,
        };
    }
    let function_output = event.lambda_function_succeeded_event_details().and_then(|details| details.output());
    let output = function_output.or_else(|| event.task_succeeded_event_details()?.output())?;
    let measurement = serde_json::from_str::<Progress>(output).ok()?.measurement?;
    Some(match (measurement.statistics(), measurement.exclusion()) {
        (Some(statistics), _) => {
            format!("{}: {} from {} samples", measurement.value, statistics.average_duration, statistics.samples())
        }
        (None, why) => format!("{}: left out: {}", measurement.value, why.as_deref().unwrap_or("nothing was measured")),
    })
}
