//! What `power-tuner report` is to draw.

use std::path::PathBuf;

use clap::Args;
use tuning::units::arn::ExecutionArn;

use super::execution::execution;

/// What to draw.
#[derive(Args)]
pub struct Report {
    /// Results: files with the output of a run, ARNs of executions, or links that draw results. Several are compared
    /// with the first one. One can be given a name: before=old.json.
    #[arg(required = true, value_name = "RESULT")]
    pub results: Vec<NamedResult>,
    /// The file to write; '-' is standard output.
    #[arg(long, default_value = "power-tuner-report.html", value_name = "FILE")]
    pub output: PathBuf,
    /// Open the page in the browser.
    #[arg(long)]
    pub open: bool,
    /// Print a link, too, that shows all of it on a hosted copy of the page (crates/report/web). The results stand
    /// behind \'#\', which browsers do not send.
    #[arg(long, value_name = "URL")]
    pub link: Option<String>,
}

/// A result, and what it is to be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedResult {
    /// The name, if it is given one.
    pub name: Option<String>,
    /// Where it is.
    pub source: Source,
}

/// Where a result is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// In a file.
    File(PathBuf),
    /// In the output of an execution.
    Execution(ExecutionArn),
    /// In a link that draws it.
    Link(String),
}

impl From<&str> for NamedResult {
    fn from(argument: &str) -> Self {
        // A name is a word: links and paths have characters that it may not have.
        let is_name = |name: &str| !name.is_empty() && !name.contains(['/', ':', '#', '.', '?']);
        match argument.split_once('=').filter(|(name, _)| is_name(name)) {
            Some((name, place)) => Self { name: Some(name.to_owned()), source: Source::from(place) },
            None => Self { name: None, source: Source::from(argument) },
        }
    }
}

impl From<&str> for Source {
    fn from(place: &str) -> Self {
        let named = execution(place);
        if named.starts_with("arn:") {
            Self::Execution(ExecutionArn(named))
        } else if place.contains("://") || place.starts_with('#') {
            Self::Link(place.to_owned())
        } else {
            Self::File(PathBuf::from(place))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_a_file_an_execution_or_a_link_and_may_have_a_name() {
        let execution = "arn:aws:states:eu-west-1:123456789012:execution:m:e";
        let link = "https://x.example/?a=b#6QY=;BRR4Qw==;OD+0Ng==";
        let cases = [
            ("result.json", None, Source::File("result.json".into())),
            ("./a=b.json", None, Source::File("./a=b.json".into())),
            ("before=a=b.json", Some("before"), Source::File("a=b.json".into())),
            (execution, None, Source::Execution(ExecutionArn(execution.to_owned()))),
            (link, None, Source::Link(link.to_owned())),
        ];
        for (argument, name, place) in cases {
            assert_eq!(NamedResult::from(argument), NamedResult { name: name.map(str::to_owned), source: place });
        }
        let named = format!("on arm64={link}");
        assert_eq!(NamedResult::from(named.as_str()).source, Source::Link(link.to_owned()));
    }
}
