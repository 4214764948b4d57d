//! How much time a step has left.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lambda_runtime::Context;
use tokio::time::Instant;

/// The moment at which Lambda ends the invocation of a step.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(Instant);

impl Deadline {
    /// The deadline that Lambda gives an invocation.
    #[must_use]
    pub fn of(context: &Context) -> Self {
        let deadline = UNIX_EPOCH + Duration::from_millis(context.deadline);
        Self::after(deadline.duration_since(SystemTime::now()).unwrap_or_default())
    }

    /// A deadline from now on.
    #[must_use]
    pub fn after(duration: Duration) -> Self {
        Self(Instant::now() + duration)
    }

    /// Whether something that takes so long can still be finished.
    #[must_use]
    pub fn allows(self, duration: Duration) -> bool {
        self.0.saturating_duration_since(Instant::now()) >= duration
    }
}
