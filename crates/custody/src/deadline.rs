//! The time that a step has left.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lambda_runtime::Context;
use tokio::time::Instant;
use tuning::{run::plan::Plan, units::moment::Moment};

use crate::error::ControlError;

/// The moment at which Lambda ends the invocation of a step; and the clock.
#[derive(Debug, Clone, Copy)]
pub struct Deadline {
    at: Instant,
    began: (Instant, Moment),
}

impl Deadline {
    /// The deadline that Lambda gives an invocation.
    #[must_use]
    pub fn of(context: &Context) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let left = Duration::from_millis(context.deadline).saturating_sub(now);
        let deadline = Self::after(left);
        Self { began: (deadline.began.0, Moment(0).plus(now)), ..deadline }
    }

    /// A deadline from now on, on a clock that begins now.
    #[must_use]
    pub fn after(duration: Duration) -> Self {
        let now = Instant::now();
        Self { at: now + duration, began: (now, Moment(0)) }
    }

    /// Returns true if something that takes so long can still be finished.
    #[must_use]
    pub fn allows(self, duration: Duration) -> bool {
        self.left() >= duration
    }

    /// Returns the time that is left until then.
    #[must_use]
    pub fn left(self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }

    /// Returns the time that the step had in all.
    #[must_use]
    pub fn whole(self) -> Duration {
        self.at.saturating_duration_since(self.began.0)
    }

    /// Returns the present moment.
    #[must_use]
    pub fn now(self) -> Moment {
        self.began.1.plus(self.began.0.elapsed())
    }

    /// Fails when the run's own time is over.
    pub fn within(self, plan: &Plan) -> Result<(), ControlError> {
        if self.now() < plan.ends {
            Ok(())
        } else {
            Err(ControlError::TimeIsUp { function: plan.function.to_string() })
        }
    }
}
