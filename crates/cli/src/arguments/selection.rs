//! Which functions a command is about.

use std::str::FromStr;

use aws::usage::Tag;
use clap::Args;

/// Which functions.
#[derive(Args)]
pub struct Selection {
    /// The functions, by name or ARN. Without any: all of the region.
    #[arg(value_name = "FUNCTION", conflicts_with_all = ["prefix", "tags", "stack"])]
    pub functions: Vec<String>,
    /// Only functions whose names begin so.
    #[arg(long, value_name = "TEXT")]
    pub prefix: Option<String>,
    /// Only functions with this tag; several must all be there.
    #[arg(long = "tag", value_name = "KEY=VALUE")]
    pub tags: Vec<TagArgument>,
    /// Only functions of this CloudFormation stack, and of the stacks in it.
    #[arg(long, value_name = "NAME")]
    pub stack: Option<String>,
}

/// A tag, as people write it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagArgument(pub Tag);

impl FromStr for TagArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((key, value)) if !key.is_empty() => Ok(Self(Tag { key: key.to_owned(), value: value.to_owned() })),
            _ => Err("expected KEY=VALUE, such as team=checkout".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_a_key_and_a_value_which_may_hold_anything() {
        let tag = |text: &str| text.parse::<TagArgument>().map(|TagArgument(tag)| (tag.key, tag.value));
        assert_eq!(tag("team=a=b"), Ok(("team".to_owned(), "a=b".to_owned())));
        assert_eq!(tag("team="), Ok(("team".to_owned(), String::new())));
        assert!(tag("team").is_err() && tag("=a").is_err());
    }
}
