//! The execution's output as it is, for programs.

use tuning::printable::shown;

use super::{Document, Writer};
use crate::failure::Failure;

/// JSON.
pub struct Json;

impl Writer for Json {
    fn write(&self, document: &Document) -> Result<String, Failure> {
        // What is not printable is escaped, so that programs read the same, and terminals obey nothing.
        Ok(document.json.chars().fold(String::new(), |mut text, character| {
            if character == '\n' || shown(character) == Some(character) {
                text.push(character);
            } else {
                let units =
                    character.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect::<String>();
                text.push_str(&units);
            }
            text
        }))
    }
}
