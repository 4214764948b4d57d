//! A region and a bucket in memory, for tests.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Mutex,
};

use tuning::{
    fleet::Tags,
    units::{arn::FunctionArn, s3_uri::S3Uri},
};

use super::{Inventory, Kind, Objects};
use crate::api::{ApiError, Configuration};

/// A region with functions, their tags and test events, and with objects.
#[derive(Debug, Default)]
pub struct Region {
    /// The functions.
    pub functions: Vec<Configuration>,
    /// The tags, by ARN.
    pub tags: HashMap<String, Tags>,
    /// The names of the functions of stacks.
    pub stacks: HashMap<String, BTreeSet<String>>,
    /// The schemas with test events, by the names of functions.
    pub test_events: HashMap<String, String>,
    /// The objects, by URI.
    pub objects: Mutex<BTreeMap<String, String>>,
}

impl Region {
    /// The text of an object.
    #[must_use]
    pub fn object(&self, uri: &str) -> Option<String> {
        self.objects.lock().ok()?.get(uri).cloned()
    }

    /// Puts an object.
    pub fn put(&self, uri: &str, text: &str) {
        if let Ok(mut objects) = self.objects.lock() {
            objects.insert(uri.to_owned(), text.to_owned());
        }
    }
}

impl Inventory for Region {
    async fn all_functions(&self) -> Result<Vec<Configuration>, ApiError> {
        Ok(self.functions.clone())
    }

    async fn tags(&self) -> Result<HashMap<String, Tags>, ApiError> {
        Ok(self.tags.clone())
    }

    async fn functions_in_stack(&self, stack: &str) -> Result<BTreeSet<String>, ApiError> {
        Ok(self.stacks.get(stack).cloned().unwrap_or_default())
    }

    async fn test_events(&self, function: &FunctionArn) -> Result<Option<String>, ApiError> {
        Ok(self.test_events.get(function.name()).cloned())
    }
}

impl Objects for Region {
    async fn read(&self, object: &S3Uri) -> Result<Option<String>, ApiError> {
        Ok(self.object(&object.to_string()))
    }

    async fn write(&self, object: &S3Uri, _: Kind, text: String) -> Result<(), ApiError> {
        self.put(&object.to_string(), &text);
        Ok(())
    }

    async fn keys(&self, bucket: &str, prefix: &str) -> Result<Vec<String>, ApiError> {
        let bucket = format!("s3://{bucket}/");
        let objects =
            self.objects.lock().map(|objects| objects.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
        let keys = objects.iter().filter_map(|uri| uri.strip_prefix(&bucket));
        Ok(keys.filter(|key| key.starts_with(prefix)).map(str::to_owned).collect())
    }
}
