//! JSON Schemas (draft 2020-12) of what goes in and what comes out, so that editors and callers can check it.

mod input;
mod output;

pub use input::input;
pub use output::output;

/// The dialect of both.
const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

#[cfg(test)]
mod tests;
