//! Lists of functions in S3.

use std::str::FromStr;

use serde::Deserialize;

use crate::units::arn::FunctionReference;

/// A function of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The function.
    pub function: FunctionReference,
    /// How often it is invoked a month, if the list says so.
    pub invocations_per_month: Option<u64>,
}

/// What is wrong with a list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the list of functions cannot be read: {0}. Expected a JSON list of names, such as [\"checkout\", \"refund\"], or \
     what power-tuner suggest --output json writes"
)]
pub struct UnreadableList(String);

/// Reads a list: names, or what `power-tuner suggest --output json` writes, with the traffic of each function. Their
/// order is kept.
pub fn read_list(text: &str) -> Result<Vec<Listed>, UnreadableList> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum List {
        Names(Vec<String>),
        Suggestions { functions: Vec<Suggested> },
    }
    #[derive(Deserialize)]
    struct Suggested {
        function: String,
        invocations: u64,
    }
    let listed = |name: &str, invocations_per_month| match FunctionReference::from_str(name) {
        Ok(function) => Ok(Listed { function, invocations_per_month }),
        Err(error) => Err(UnreadableList(error.to_string())),
    };
    match serde_json::from_str(text).map_err(|error| UnreadableList(error.to_string()))? {
        List::Names(names) => names.iter().map(|name| listed(name, None)).collect(),
        List::Suggestions { functions } => {
            functions.iter().map(|one| listed(&one.function, Some(one.invocations))).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_and_suggestions_are_read() {
        let names = read_list(r#"["b", "a"]"#).unwrap();
        assert_eq!(names.iter().map(|one| one.function.name()).collect::<Vec<_>>(), ["b", "a"]);
        let suggested = read_list(r#"{"region": "r", "functions": [{"function": "f", "invocations": 9, "power": 1}]}"#);
        assert_eq!(suggested.unwrap()[0].invocations_per_month, Some(9));
    }

    #[test]
    fn what_names_no_functions_is_refused() {
        for text in ["", "{}", "[1]", r#"["a b"]"#, r#"{"functions": [{"function": "f"}]}"#] {
            let error = read_list(text).unwrap_err().to_string();
            assert!(error.contains("Expected a JSON list of names"), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_fail(text in ".*") {
            let _ = read_list(&text);
        }
    }
}
