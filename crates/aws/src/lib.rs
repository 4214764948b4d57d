//! The calls that power-tuner makes to AWS.
//!
//! The ports are the few calls that are made, in the domain's types: [`LambdaApi`], [`ObjectStore`], [`FunctionLogs`]
//! and [`Executions`]. [`Aws`] makes them by the AWS SDK; the fake (feature `fake`) is a function in memory that
//! behaves as AWS documents, for tests.

pub mod api;
pub mod body;
pub mod executions;
#[cfg(any(test, feature = "fake"))]
pub mod fake;
#[cfg(feature = "fleet")]
pub mod fleet;
pub mod function_logs;
pub mod object_store;
#[cfg(feature = "recommended")]
pub mod recommended;
mod sdk;
#[cfg(feature = "traffic")]
pub mod traffic;
#[cfg(feature = "usage")]
pub mod usage;

pub use api::{ApiError, ApiErrorKind, LambdaApi};
pub use executions::Executions;
pub use function_logs::FunctionLogs;
pub use object_store::ObjectStore;
pub use sdk::Aws;
