//! `power-tuner report`: results on one HTML page.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use aws_sdk_sfn::types::ExecutionStatus;
use clap::Args;
use report::{Execution, Page, Reader, Run, Template, fragment};
use serde_json::Value;
use tuning::arn::ExecutionArn;

use crate::{
    aws::{Aws, Place as AwsPlace},
    follow, output,
};

/// What to draw.
#[derive(Args)]
pub struct Report {
    /// Results: files with the output of a run, ARNs of executions, or links that draw results. Several are compared with the
    /// first one. One can be given a name: before=old.json.
    #[arg(required = true, value_name = "RESULT")]
    results: Vec<NamedResult>,
    /// The file to write.
    #[arg(long, default_value = "power-tuner-report.html")]
    output: PathBuf,
    /// Print a link, too, that shows all of it on a hosted copy of the page (infra/viewer). The results stand behind \'#\',
    /// which browsers do not send.
    #[arg(long, value_name = "URL")]
    link: Option<String>,
}

/// A result, and what it is to be called.
#[derive(Debug, Clone, PartialEq, Eq)]
struct NamedResult {
    name: Option<String>,
    place: Place,
}

/// Where a result is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    File(PathBuf),
    Execution(ExecutionArn),
    Link(String),
}

impl Report {
    /// Reads the results, and writes the page.
    pub async fn run(&self, place: &AwsPlace) -> Result<()> {
        let template = Template::embedded()?;
        let reader = Reader::new()?;
        let mut runs = Vec::new();
        for result in &self.results {
            runs.extend(result.read(place, &reader).await?);
        }
        let page = Page { runs };
        fs::write(&self.output, template.fill(&page)?)
            .with_context(|| format!("failed to write {}", self.output.display()))?;
        output::write(&self.output.display().to_string())?;
        if let Some(viewer) = &self.link {
            output::write(&fragment::link(viewer, &page)?)?;
        }
        Ok(())
    }
}

impl From<&str> for NamedResult {
    fn from(argument: &str) -> Self {
        // A name is a word: links and paths have characters that it may not have.
        let is_name = |name: &str| !name.is_empty() && !name.contains(['/', ':', '#', '.', '?']);
        match argument.split_once('=').filter(|(name, _)| is_name(name)) {
            Some((name, place)) => Self { name: Some(name.to_owned()), place: Place::from(place) },
            None => Self { name: None, place: Place::from(argument) },
        }
    }
}

impl From<&str> for Place {
    fn from(place: &str) -> Self {
        if place.starts_with("arn:") {
            Self::Execution(ExecutionArn(place.to_owned()))
        } else if place.contains("://") {
            Self::Link(place.to_owned())
        } else {
            Self::File(PathBuf::from(place))
        }
    }
}

impl NamedResult {
    async fn read(&self, place: &AwsPlace, reader: &Reader) -> Result<Vec<Run>> {
        let called = |own: Option<&str>| self.name.as_deref().or(own).unwrap_or_default().to_owned();
        match &self.place {
            Place::File(file) => {
                let shown = file.display();
                let text = fs::read_to_string(file).with_context(|| format!("failed to read {shown}"))?;
                let label = called(file.file_stem().and_then(|stem| stem.to_str()));
                reader.read(&text, &label, &Execution::default()).with_context(|| format!("failed to read {shown}"))
            }
            Place::Link(link) => {
                reader.read(link, &called(None), &Execution::default()).context("failed to read the link")
            }
            Place::Execution(arn) => {
                let (output, execution) = describe(place, arn).await?;
                let label = called(arn.0.rsplit(':').next());
                reader.read(&output, &label, &execution).with_context(|| format!("failed to read {}", arn.0))
            }
        }
    }
}

/// The output of an execution, and what its input says of it.
async fn describe(place: &AwsPlace, arn: &ExecutionArn) -> Result<(String, Execution)> {
    let region = arn.region().with_context(|| format!("{} is not the ARN of an execution", arn.0))?.to_owned();
    let aws = Aws::connect(&AwsPlace { region: Some(region.clone()), ..place.clone() }).await?;
    let described = follow::describe(&aws, &arn.0).await?;
    match described.status {
        ExecutionStatus::Succeeded => {}
        ExecutionStatus::Running => bail!("{} is still running", arn.0),
        other => bail!("{} ended {other}: it has no result. {}", arn.0, described.cause.unwrap_or_default()),
    }
    let output = described.output.ok_or_else(|| anyhow!("{} has no output", arn.0))?;
    let function_region = described.input.as_deref().and_then(function_region);
    Ok((output, Execution { region: function_region.or(Some(region)) }))
}

/// The region of the function that an input names by its ARN.
fn function_region(input: &str) -> Option<String> {
    let input: Value = serde_json::from_str(input).ok()?;
    let arn = input.get("lambdaARN")?.as_str()?.strip_prefix("arn:")?;
    arn.split(':').nth(2).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_a_file_an_execution_or_a_link_and_may_have_a_name() {
        let execution = "arn:aws:states:eu-west-1:123456789012:execution:m:e";
        let link = "https://x.example/?a=b#6QY=;BRR4Qw==;OD+0Ng==";
        let cases = [
            ("result.json", None, Place::File("result.json".into())),
            ("./a=b.json", None, Place::File("./a=b.json".into())),
            ("before=a=b.json", Some("before"), Place::File("a=b.json".into())),
            (execution, None, Place::Execution(ExecutionArn(execution.to_owned()))),
            (link, None, Place::Link(link.to_owned())),
        ];
        for (argument, name, place) in cases {
            assert_eq!(NamedResult::from(argument), NamedResult { name: name.map(str::to_owned), place });
        }
        let named = format!("on arm64={link}");
        assert_eq!(NamedResult::from(named.as_str()).place, Place::Link(link.to_owned()));
    }

    #[test]
    fn the_region_is_that_of_the_function() {
        let input = |arn: &str| format!("{{\"lambdaARN\": \"{arn}\", \"num\": 5}}");
        let arn = input("arn:aws:lambda:sa-east-1:123456789012:function:f");
        assert_eq!(function_region(&arn).as_deref(), Some("sa-east-1"));
        assert_eq!(function_region(&input("f")), None);
    }
}
