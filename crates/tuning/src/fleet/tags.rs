//! What the tags of a function say to a fleet.

use std::collections::BTreeMap;

/// A function with this tag, whatever its value, is left out.
const EXCLUDE: &str = "power-tuner:exclude";
/// Functions with the same value are tuned one after another.
const GROUP: &str = "power-tuner:group";
/// Names the shareable test event that is the payload.
const EVENT: &str = "power-tuner:event";
/// With the value [`NO_PAYLOAD`], the function is invoked without a payload.
const PAYLOAD: &str = "power-tuner:payload";
/// See [`PAYLOAD`].
const NO_PAYLOAD: &str = "none";

/// The tags of a function.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tags(pub BTreeMap<String, String>);

impl Tags {
    /// True if the function is to be left out.
    #[must_use]
    pub fn exclude(&self) -> bool {
        self.0.contains_key(EXCLUDE)
    }

    /// The group of functions that are not tuned at the same time, such as those that share a database.
    #[must_use]
    pub fn group(&self) -> Option<&str> {
        self.0.get(GROUP).map(String::as_str)
    }

    /// The name of the test event that is the payload.
    #[must_use]
    pub fn event(&self) -> Option<&str> {
        self.0.get(EVENT).map(String::as_str)
    }

    /// True if the function takes no payload.
    #[must_use]
    pub fn takes_no_payload(&self) -> bool {
        self.0.get(PAYLOAD).is_some_and(|value| value == NO_PAYLOAD)
    }
}
