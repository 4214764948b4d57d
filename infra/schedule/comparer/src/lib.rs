//! Compares the runs of a fleet with the last earlier run of each function, and says what has changed.

mod error;
mod history;
mod message;
mod settings;

use aws::fleet::Objects;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use tuning::{
    drift::{Compared, Thresholds, Told, compare},
    fleet::FleetName,
};

use self::history::History;
pub use self::{
    error::Error,
    message::Message,
    settings::{BadSettings, Settings, variable},
};

/// The number of functions whose runs are read at a time.
const AT_A_TIME: usize = 16;
/// The most functions that are told of: a message holds 256 KiB, and nobody reads more.
const MOST_TOLD: usize = 50;

/// What is compared.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Input {
    /// The fleet whose runs are compared with earlier ones.
    pub fleet: FleetName,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The fleet.
    pub fleet: FleetName,
    /// How many functions were compared: those that were tuned, and in an earlier fleet, too, at a memory size that
    /// both measured in the same way.
    pub compared: usize,
    /// How many of them have drifted.
    pub drifted: usize,
    /// Those that have drifted, by name: the first 50.
    pub functions: Vec<Drifted>,
    /// What is told about them; absent if none has drifted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Message>,
}

/// A function that has drifted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Drifted {
    /// Its name.
    pub function: String,
    /// When the last run had finished.
    pub since: String,
    /// What has changed.
    pub findings: Vec<Told>,
}

/// Compares all runs of the fleet.
pub async fn handle(api: &impl Objects, settings: &Settings, Input { fleet }: Input) -> Result<Output, Error> {
    let Settings { bucket, thresholds } = settings;
    let history = History::of(api, bucket, &fleet).await?;
    let compared = stream::iter(history.functions()).map(|function| compared(&history, function, thresholds));
    let compared: Vec<Option<Drifted>> = compared.buffered(AT_A_TIME).try_collect().await?;
    let compared: Vec<Drifted> = compared.into_iter().flatten().collect();
    let (count, mut functions) = (compared.len(), compared);
    functions.retain(|function| !function.findings.is_empty());
    let drifted = functions.len();
    functions.truncate(MOST_TOLD);
    let message = Message::about(&fleet, drifted, &functions);
    tracing::info!(%fleet, compared = count, drifted, "compared");
    Ok(Output { fleet, compared: count, drifted, functions, message })
}

/// The comparison of one function; nothing if it was not tuned twice, or at no memory size in the same way.
async fn compared(
    history: &History<'_, impl Objects>,
    function: &str,
    thresholds: &Thresholds,
) -> Result<Option<Drifted>, Error> {
    let Some((last, now)) = history.last_two(function).await? else { return Ok(None) };
    let (Some(before), Some(after)) = (last.output(), now.output()) else { return Ok(None) };
    let Compared { at, findings } = compare(before, after, thresholds);
    let is_compared = at.is_some() || !findings.is_empty();
    let findings = findings.into_iter().map(Told::from).collect();
    Ok(is_compared.then(|| Drifted { function: function.to_owned(), since: last.finished, findings }))
}

#[cfg(test)]
mod tests;
