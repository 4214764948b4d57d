//! Revisions: what guards against overwriting somebody else's change.

use serde::{Deserialize, Serialize};

/// The revision of a function or an alias. A change that names one is refused when it is not the current one any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(pub String);
