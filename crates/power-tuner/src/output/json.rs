//! The execution's output as it is, for programs.

use super::{Document, Writer};
use crate::failure::Failure;

/// JSON.
pub struct Json;

impl Writer for Json {
    fn write(&self, document: &Document) -> Result<String, Failure> {
        Ok(document.json.clone())
    }
}
