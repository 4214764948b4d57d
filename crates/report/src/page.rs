//! The page.

use serde::{Deserialize, Serialize};

use crate::Run;

/// The content of one page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// The results; several are compared with the first one.
    pub runs: Vec<Run>,
}

/// The bundled page of `crates/report/web`.
#[derive(Debug, Clone, Copy)]
pub struct Template {
    before: &'static str,
    after: &'static str,
}

/// This build of the program is without the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this program was built without the page of the report\nhint: cargo xtask install, in power-tuner's sources, builds it with the page"
)]
pub struct NotBuilt;

/// Where the results go.
const PLACE: &str = r#"<script type="application/json" id="results">"#;

impl Template {
    /// The page that was bundled when this crate was built.
    pub fn embedded() -> Result<Self, NotBuilt> {
        let page = include_str!(concat!(env!("OUT_DIR"), "/template.html"));
        let end = page.find(PLACE).ok_or(NotBuilt)? + PLACE.len();
        let (before, after) = page.split_at(end);
        Ok(Self { before, after })
    }

    /// The page without results: a static site, which reads them from its address.
    #[must_use]
    pub fn site(self) -> String {
        [self.before, self.after].concat()
    }

    /// One HTML file that shows these results.
    pub fn fill(self, page: &Page) -> Result<String, serde_json::Error> {
        Ok([self.before, &escape(&serde_json::to_string(page)?), self.after].concat())
    }
}

/// JSON as it may stand in a `<script>`: `</script>` and `<!--` would end or open something there. In JSON `<` is only
/// ever in strings, where it can be written like this.
fn escape(json: &str) -> String {
    json.replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn escaped_json_means_the_same_and_ends_no_script(text in "(<|/|script|!--|\u{2028}|\u{2029}|\\PC){0,20}") {
            let escaped = escape(&serde_json::to_string(&text).unwrap());
            let harmful = escaped.contains(['<', '\u{2028}', '\u{2029}']);
            prop_assert!(!harmful);
            prop_assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), text);
        }
    }
}
