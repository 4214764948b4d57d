//! What the steps do to a Lambda function through AWS.
//!
//! [`LambdaApi`] is the narrow door: the few calls that power-tuner makes, in the domain's types; [`ObjectStore`],
//! [`FunctionLogs`] and [`Executions`] are the ones to other services. [`Aws`] makes them; the fake (feature `fake`) is a function in memory that behaves as AWS documents, for tests. The other
//! modules are what several steps have in common: the lock, the memory of $LATEST, a run's own versions and aliases.

pub mod alias;
pub mod api;
mod aws;
pub mod deadline;
pub mod doubt;
pub mod error;
pub mod executions;
#[cfg(any(test, feature = "fake"))]
pub mod fake;
pub mod function_logs;
pub mod held;
pub mod latest;
pub mod lock;
pub mod locked;
pub mod object_store;
pub mod own;
pub mod retry;
pub mod undo;

pub use api::{ApiError, ApiErrorKind, LambdaApi};
pub use aws::Aws;
pub use deadline::Deadline;
pub use error::ControlError;
pub use executions::Executions;
pub use function_logs::FunctionLogs;
pub use locked::{Left, Locked};
pub use object_store::ObjectStore;
