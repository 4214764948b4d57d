//! The unknown facts of a suggestion.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::units::counted::counted;

/// An unknown fact that a suggestion rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "camelCase")]
pub enum Unknown {
    /// One memory size is known.
    Curve,
    /// Several are, but of different times.
    #[serde(rename_all = "camelCase")]
    OtherTimes {
        /// The number of memory sizes that are known.
        sizes: usize,
    },
    /// Only a few invocations are known.
    #[serde(rename_all = "camelCase")]
    FewInvocations {
        /// The number of invocations at the present memory size.
        invocations: u64,
    },
    /// There are cold starts, and nobody knows how long they take at other memory sizes.
    Init,
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Curve => f.write_str("1 memory size is known: how the duration changes with memory is an assumption"),
            Self::OtherTimes { sizes } => write!(
                f,
                "{sizes} memory sizes are known, of different times: code or traffic may have changed in between"
            ),
            Self::FewInvocations { invocations } => {
                write!(
                    f,
                    "only {} at the current memory size {known} known",
                    counted(*invocations, "invocation"),
                    known = if *invocations == 1 { "is" } else { "are" }
                )
            }
            Self::Init => f.write_str("INIT is assumed to take as long at every memory size"),
        }
    }
}
