//! How often functions were invoked, and what of it failed, by what CloudWatch has counted.

use std::future::Future;

use tuning::units::moment::Moment;

use crate::{api::ApiError, usage::Window};

/// The metrics of functions.
pub trait Traffic {
    /// The invocations of functions of the region, by name: hours and how many there were in them, in no order
    /// (`cloudwatch:GetMetricData`). Hours without one may be missing.
    fn hourly_invocations(
        &self,
        functions: &[&str],
        window: Window,
    ) -> impl Future<Output = Result<Vec<(Moment, f64)>, ApiError>>;
}
