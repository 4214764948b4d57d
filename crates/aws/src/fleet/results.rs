//! The plan of a fleet and the runs of its functions, read from its bucket.

use std::collections::HashSet;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tuning::{
    contract::error_name::ErrorName,
    fleet::{FleetName, Key, Plan, Run, RunsPrefix},
    units::{
        arn::FunctionArn,
        s3_uri::{NotAnS3Uri, S3Uri},
    },
};

use super::Objects;
use crate::api::ApiError;

/// The number of objects that are read at a time.
const AT_A_TIME: usize = 32;

/// Why the results of a fleet cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ResultsError {
    /// A call failed.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// The bucket or a key is not one.
    #[error(transparent)]
    Uri(#[from] NotAnS3Uri),
    /// An object is not what it should be.
    #[error("{object} is not what a fleet writes: {reason}")]
    Unreadable {
        /// The object.
        object: S3Uri,
        /// Why.
        reason: String,
    },
}

impl ResultsError {
    /// The name that an execution ends with.
    #[must_use]
    pub fn name(&self) -> ErrorName {
        match self {
            Self::Api(error) => error.name(),
            Self::Uri(_) | Self::Unreadable { .. } => ErrorName::ServiceError,
        }
    }
}

/// The plan of a fleet; nothing if there is none of this name.
pub async fn plan(objects: &impl Objects, bucket: &str, fleet: &FleetName) -> Result<Option<Plan>, ResultsError> {
    let object = Key::Plan(fleet).in_bucket(bucket)?;
    let Some(text) = objects.read(&object).await? else { return Ok(None) };
    let unreadable = |error: serde_json::Error| ResultsError::Unreadable { object, reason: error.to_string() };
    serde_json::from_str(&text).map(Some).map_err(unreadable)
}

/// The names of the functions that have an object in a fleet, whether they were tuned or failed.
pub async fn with_run(
    objects: &impl Objects,
    bucket: &str,
    fleet: &FleetName,
) -> Result<HashSet<String>, ResultsError> {
    let keys = objects.keys(bucket, &RunsPrefix::of(fleet).to_string()).await?;
    Ok(keys.iter().filter_map(|key| RunsPrefix::read(key)).map(|(_, function)| function.to_owned()).collect())
}

/// The runs of these functions, as far as they have one.
pub async fn runs<'a>(
    objects: &impl Objects,
    bucket: &str,
    fleet: &FleetName,
    functions: impl IntoIterator<Item = &'a FunctionArn>,
) -> Result<Vec<Run>, ResultsError> {
    let with_run = with_run(objects, bucket, fleet).await?;
    let existing: Vec<&FunctionArn> =
        functions.into_iter().filter(|function| with_run.contains(function.name())).collect();
    let reads = existing.into_iter().map(|function| run(objects, bucket, fleet, function));
    let read: Vec<Option<Run>> = stream::iter(reads).buffered(AT_A_TIME).try_collect().await?;
    Ok(read.into_iter().flatten().collect())
}

async fn run(
    objects: &impl Objects,
    bucket: &str,
    fleet: &FleetName,
    function: &FunctionArn,
) -> Result<Option<Run>, ResultsError> {
    let object = Key::Run(fleet, function).in_bucket(bucket)?;
    let Some(text) = objects.read(&object).await? else { return Ok(None) };
    Run::read(&text).map(Some).map_err(|error| ResultsError::Unreadable { object, reason: error.to_string() })
}
