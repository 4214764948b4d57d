//! The calls that a fleet makes beside those of its runs: which functions there are, and the objects of its bucket.

#[cfg(any(test, feature = "fake"))]
pub mod fake;
pub mod results;

use std::{
    collections::{BTreeSet, HashMap},
    future::Future,
};

use tuning::{
    fleet::Tags,
    units::{arn::FunctionArn, s3_uri::S3Uri},
};

use crate::api::{ApiError, Configuration};

/// The functions of a region, and what is known of them without invoking one.
pub trait Inventory {
    /// All functions, as `$LATEST` is configured (`ListFunctions`).
    fn all_functions(&self) -> impl Future<Output = Result<Vec<Configuration>, ApiError>>;

    /// The tags of the functions that have some, by ARN (`tag:GetResources`).
    fn tags(&self) -> impl Future<Output = Result<HashMap<String, Tags>, ApiError>>;

    /// The names of the functions of a stack, and of the stacks in it (`ListStackResources`).
    fn functions_in_stack(&self, stack: &str) -> impl Future<Output = Result<BTreeSet<String>, ApiError>>;

    /// The schema with the shareable test events of a function (`schemas:DescribeSchema`); nothing if it has none.
    fn test_events(&self, function: &FunctionArn) -> impl Future<Output = Result<Option<String>, ApiError>>;
}

/// Objects in S3 that are written, too.
pub trait Objects {
    /// Reads an object of text; nothing if there is none.
    fn read(&self, object: &S3Uri) -> impl Future<Output = Result<Option<String>, ApiError>>;

    /// Writes an object.
    fn write(&self, object: &S3Uri, kind: Kind, text: String) -> impl Future<Output = Result<(), ApiError>>;

    /// The keys that begin so.
    fn keys(&self, bucket: &str, prefix: &str) -> impl Future<Output = Result<Vec<String>, ApiError>>;
}

/// The kind of an object, which browsers go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// JSON.
    Json,
    /// A page.
    Html,
}

impl Kind {
    /// Its media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Html => "text/html; charset=utf-8",
        }
    }
}
