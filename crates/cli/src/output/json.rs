//! The execution's output as it is, for programs.

use std::fmt::Write as _;

use tuning::units::printable::shown;

use super::{Document, Writer};
use crate::failure::Failure;

/// JSON.
pub struct Json;

impl Writer for Json {
    fn write(&self, document: &Document) -> Result<String, Failure> {
        // What is not printable is escaped, so that programs read the same, and terminals obey nothing. All of it has
        // four digits.
        Ok(document.json.chars().fold(String::new(), |mut text, character| {
            if character == '\n' || shown(character) == Some(character) {
                text.push(character);
            } else {
                let _ = write!(text, "\\u{:04x}", u32::from(character));
            }
            text
        }))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn programs_read_what_was_said_and_terminals_obey_nothing_of_it(said in "(.|[\\x7f-\\x9f\u{202e}\u{2028}\\x1b\\n])*") {
            let document = Document { json: serde_json::to_string(&said).unwrap(), ..Document::default() };
            let written = Json.write(&document).unwrap();
            prop_assert!(written.chars().all(|character| shown(character) == Some(character)), "{written:?}");
            prop_assert_eq!(serde_json::from_str::<String>(&written).unwrap(), said);
        }
    }
}
