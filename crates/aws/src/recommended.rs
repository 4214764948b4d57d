//! What AWS Compute Optimizer recommends.

use tuning::units::power::Power;

/// The memory size that AWS Compute Optimizer recommends for a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recommended {
    /// The memory size that the function had then.
    pub at: Power,
    /// The one that is recommended: the same, if it is found to be right.
    pub memory: Power,
}
