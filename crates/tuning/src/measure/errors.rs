//! Invocations of the tuned function that ended with an error, by the type of the error.

use std::{collections::BTreeMap, ops::AddAssign};

use serde::{Deserialize, Serialize};

use crate::units::printable::printable;

/// The longest error type that is kept, in characters.
const LONGEST_TYPE: usize = 60;
/// The longest message that is kept, in characters.
const LONGEST_MESSAGE: usize = 120;
/// The number of error types that are told apart at one memory size: the function decides what they are, and the state
/// of an execution is bounded.
const MOST_TYPES: usize = 3;
/// The name of the rest of them.
const OTHERS: &str = "others";

/// Errors of one type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Seen {
    /// How many invocations ended with it.
    pub count: u32,
    /// What the first of them said; not with `disablePayloadLogs`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// The errors of one memory size, by their type.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct ErrorsByType(BTreeMap<String, Seen>);

impl ErrorsByType {
    /// Counts an error. The function chose its words: they are made printable and short.
    pub fn record(&mut self, error_type: &str, message: Option<&str>) {
        let message = message.filter(|message| !message.is_empty()).map(|message| printable(message, LONGEST_MESSAGE));
        self.add(printable(error_type, LONGEST_TYPE), Seen { count: 1, message });
    }

    fn add(&mut self, error_type: String, seen: Seen) {
        let is_known = self.0.contains_key(&error_type);
        let key = if is_known || self.0.len() < MOST_TYPES { error_type } else { OTHERS.to_owned() };
        let entry = self.0.entry(key).or_insert(Seen { count: 0, message: None });
        entry.count += seen.count;
        entry.message = entry.message.take().or(seen.message);
    }

    /// Returns true if there were none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The number of errors.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.0.values().map(|seen| seen.count).sum()
    }

    /// The first type that is not among these, with what was seen of it.
    #[must_use]
    pub fn beside(&self, allowed: &[String]) -> Option<(&str, &Seen)> {
        let is_allowed =
            |error_type: &str| allowed.iter().any(|allowed| printable(allowed, LONGEST_TYPE) == error_type);
        self.iter().find(|(error_type, _)| !is_allowed(error_type))
    }

    /// Each type with what was seen of it, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Seen)> {
        self.0.iter().map(|(error_type, seen)| (error_type.as_str(), seen))
    }
}

impl AddAssign for ErrorsByType {
    fn add_assign(&mut self, other: Self) {
        for (error_type, seen) in other.0 {
            self.add(error_type, seen);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn errors_are_counted_by_type_and_the_first_message_is_kept() {
        let mut errors = ErrorsByType::default();
        errors.record("ValueError", Some("first"));
        errors.record("ValueError", Some("second"));
        errors.record("KeyError", None);
        let json = serde_json::to_string(&errors).unwrap();
        assert_eq!(json, r#"{"KeyError":{"count":1},"ValueError":{"count":2,"message":"first"}}"#);
        assert_eq!(errors.count(), 3);
        let beside = |allowed: &[&str]| {
            let allowed: Vec<String> = allowed.iter().map(ToString::to_string).collect();
            errors.beside(&allowed).map(|(error_type, _)| error_type.to_owned())
        };
        assert_eq!(beside(&["KeyError"]).as_deref(), Some("ValueError"));
        assert_eq!((beside(&[]).as_deref(), beside(&["KeyError", "ValueError"])), (Some("KeyError"), None));
    }

    proptest! {
        #[test]
        fn whatever_a_function_says_stays_small_and_nothing_is_lost(
            said in prop::collection::vec((".{0,200}", ".{0,400}"), 0..30),
        ) {
            let mut errors = ErrorsByType::default();
            for (error_type, message) in &said {
                errors.record(error_type, Some(message));
            }
            prop_assert_eq!(errors.count() as usize, said.len());
            prop_assert!(errors.0.len() <= MOST_TYPES + 1);
            for (error_type, seen) in errors.iter() {
                prop_assert!(error_type.chars().count() <= LONGEST_TYPE);
                prop_assert!(seen.message.as_ref().is_none_or(|message| message.chars().count() <= LONGEST_MESSAGE));
            }
        }
    }
}
