//! Places in a text between two comments, whose content a command makes.

use anyhow::{Context, Result};

/// A place between `<!-- name: made by ... -->` and `<!-- /name -->`.
pub struct Place {
    /// The name of what stands there.
    pub name: &'static str,
    /// The command of `cargo xtask` that makes it.
    pub command: &'static str,
}

impl Place {
    /// The text with this content in the place.
    pub fn fill(&self, text: &str, content: &str) -> Result<String> {
        let Self { name, command } = self;
        let begin = format!("<!-- {name}: made by `cargo xtask {command}` -->");
        let end = format!("<!-- /{name} -->");
        let (before, rest) =
            text.split_once(&begin).with_context(|| format!("there is no place for {name}: {begin}"))?;
        let (_, after) = rest.split_once(&end).with_context(|| format!("the place for {name} does not end: {end}"))?;
        Ok(format!("{before}{begin}\n{content}{end}{after}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place = Place { name: "x", command: "y" };

    #[test]
    fn only_what_is_between_the_comments_changes() {
        let text = "a\n<!-- x: made by `cargo xtask y` -->\nold\n<!-- /x -->\nb";
        let filled = PLACE.fill(text, "new\n").unwrap();
        assert_eq!(filled, text.replace("old", "new"));
        assert_eq!(PLACE.fill(&filled, "new\n").unwrap(), filled);
    }

    #[test]
    fn a_place_that_is_missing_or_open_is_named() {
        for text in ["", "<!-- x: made by `cargo xtask y` -->"] {
            assert!(PLACE.fill(text, "").unwrap_err().to_string().contains("place for x"));
        }
    }
}
