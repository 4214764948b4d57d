//! What each step is given and gives back: one module per step of `statemachine.asl.json`.

use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned, de::Error as _};
use serde_json::value::RawValue;

use self::{analyzer::Analysis, publisher::Publication};
use crate::run::plan::Plan;

pub mod analyzer;
pub mod cleaner;
pub mod executor;
pub mod initializer;
pub mod optimizer;
pub mod publisher;
mod state;

pub use self::state::State;

/// The state of an execution between steps: the Initializer and the Analyzer give it back as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunState {
    /// The plan.
    pub plan: Plan,
    /// What is published.
    pub publication: Publication,
    /// What is known, and what comes next.
    pub analysis: Analysis,
}

/// What a step is given, read in one piece.
///
/// The Lambda runtime reads an event through a layer that remembers which field it is at, compiled once more for every
/// field there is: 0.1 MB of each function. The state machine gives the steps what steps have made, so that line and
/// column will do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event<T>(pub T);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Event<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Box::<RawValue>::deserialize(deserializer)?;
        serde_json::from_str(text.get()).map(Self).map_err(D::Error::custom)
    }
}

/// The most that the state of an execution may hold, in bytes of JSON (256 KiB).
pub const STATE_LIMIT: usize = 262_144;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_what_it_holds_and_an_error_says_where_it_is() {
        let read = serde_json::from_str::<Event<Vec<u32>>>;
        assert_eq!(read("[1, 2]").unwrap(), Event(vec![1, 2]));
        assert!(read(r#"[1, "2"]"#).unwrap_err().to_string().contains("column 7"));
    }
}
