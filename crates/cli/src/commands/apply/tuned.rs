//! The functions that were tuned, as results name them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use declaration::Wanted;
use report::{Run, Winner};
use serde_json::Value;
use tuning::{
    contract::outcome::Comparison,
    units::{arn::FunctionReference, power::Power, printable::printable},
};

use crate::{
    account::{Account, Place},
    commands::report::{in_file, reader},
    failure::Failure,
};

/// The longest link that is written to a file, in characters: one of 64 memory sizes has some 900.
const LONGEST_LINK: usize = 2000;

/// A function, and the memory size that won.
#[derive(Debug, Clone, PartialEq)]
pub struct Tuned {
    /// The file that says so.
    pub result: PathBuf,
    /// The function.
    pub wanted: Wanted,
    /// The function as the result names it, which may be an ARN.
    pub function: Option<String>,
    /// The memory size.
    pub memory: Power,
    /// The memory size against the one that the function had, if that was measured.
    pub against_present: Option<Comparison>,
}

impl Tuned {
    /// The link in the output of the run that draws the result, if it has one.
    pub fn link(&self) -> Option<String> {
        let output: Value = serde_json::from_str(&fs::read_to_string(&self.result).ok()?).ok()?;
        let link = output.pointer("/stateMachine/visualization")?.as_str()?;
        let length = link.chars().count();
        (1..=LONGEST_LINK).contains(&length).then(|| printable(link, LONGEST_LINK))
    }
}

/// Has functions meant by what the template of their stack calls them.
pub async fn by_stack(all: &mut [Tuned], stack: &str, place: &Place) -> Result<(), Failure> {
    let named = all.first().and_then(|tuned| tuned.function.as_deref());
    let account = Account::connect(&place.of(named)).await?;
    let functions = account.in_stack(stack).await?;
    for tuned in all {
        let Wanted::Function(name) = &tuned.wanted else { continue };
        let resource = functions.get(name).ok_or_else(|| {
            Failure::bad_input(format!("the stack {stack} has no function {name}"))
                .hint("name what the file calls the function: --resource NAME")
        })?;
        tuned.wanted = Wanted::Resource(resource.clone());
    }
    Ok(())
}

/// Reads results. A resource is what a file calls the function of a single one.
pub fn read(files: &[PathBuf], resource: Option<&str>) -> Result<Vec<Tuned>, Failure> {
    let reader = reader()?;
    let mut all: Vec<Tuned> = Vec::new();
    for file in files {
        for run in in_file(&reader, file, "")? {
            let tuned = tuned(file, &run, resource)?;
            if resource.is_some() && !all.is_empty() {
                return Err(Failure::bad_input("--resource names one function, but there are several results")
                    .hint("give the results one by one"));
            }
            if let Some(other) = all.iter().find(|other| other.wanted == tuned.wanted) {
                let (one, two) = (other.result.display(), file.display());
                return Err(Failure::bad_input(format!("{one} and {two} are results of the same function"))
                    .hint("give one result for each function"));
            }
            all.push(tuned);
        }
    }
    Ok(all)
}

fn tuned(file: &Path, run: &Run, resource: Option<&str>) -> Result<Tuned, Failure> {
    let winner = winner(file, run)?;
    let wanted = match (resource, function(file, run)?) {
        (Some(resource), _) => Wanted::Resource(resource.to_owned()),
        (None, Some(function)) => Wanted::Function(function),
        (None, None) => {
            return Err(wrong(file, "it does not say which function was tuned")
                .hint("name what the file calls the function: --resource NAME"));
        }
    };
    Ok(Tuned {
        result: file.to_owned(),
        wanted,
        function: run.subject.as_ref().map(|subject| subject.function.clone()),
        memory: winner.power,
        against_present: run.recommendation.against_present,
    })
}

/// The winner of a run, if it was measured well enough.
pub fn winner(file: &Path, run: &Run) -> Result<Winner, Failure> {
    let winner = run.winner.ok_or_else(|| {
        wrong(file, "it does not say which memory size won").hint("give the output of the run in place of a link")
    })?;
    if run.recommendation.hardly_measured {
        let memory = winner.power;
        return Err(wrong(file, &format!("the budget of the run ended before {memory} was measured well enough"))
            .hint("tune again with more --max-invocations"));
    }
    Ok(winner)
}

/// The name of the function that was tuned, if the run says it.
pub fn function(file: &Path, run: &Run) -> Result<Option<String>, Failure> {
    let Some(subject) = &run.subject else { return Ok(None) };
    let reference: Result<FunctionReference, _> = subject.function.parse();
    Ok(Some(reference.map_err(|error| wrong(file, &error.to_string()))?.name().to_owned()))
}

fn wrong(file: &Path, what: &str) -> Failure {
    Failure::bad_input(format!("{}: {what}", file.display()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn result(function: Option<&str>) -> Value {
        let mut result = json!({
            "power": 640, "cost": 1e-7, "duration": 200.0, "stats": [],
            "stateMachine": {"executionCost": 0.0, "lambdaCost": 0.0, "visualization": ""},
            "recommendation": {"reasons": []}, "warnings": [],
        });
        if let Some(function) = function {
            result["subject"] = json!({
                "function": function, "region": "eu-west-1", "architecture": "arm64", "present": 1024,
                "ephemeralStorageMb": 512, "strategy": "cost",
            });
        }
        result
    }

    fn read_all(results: &[Value], resource: Option<&str>) -> Result<Vec<(Wanted, u32)>, String> {
        let directory = tempfile::tempdir().unwrap();
        let write = |(number, result): (usize, &Value)| {
            let file = directory.path().join(format!("{number}.json"));
            fs::write(&file, result.to_string()).unwrap();
            file
        };
        let files: Vec<PathBuf> = results.iter().enumerate().map(write).collect();
        let read = read(&files, resource);
        let read = read.map(|all| all.into_iter().map(|tuned| (tuned.wanted, tuned.memory.megabytes())).collect());
        read.map_err(|error| error.to_string().replace(&directory.path().display().to_string(), ""))
    }

    #[test]
    fn a_result_is_the_winner_of_the_function_that_was_tuned_or_of_the_named_resource() {
        let arn = |name: &str| format!("arn:aws:lambda:eu-west-1:123456789012:function:{name}:live");
        let two = [result(Some(&arn("f"))), result(Some("g"))];
        let named = |name: &str| (Wanted::Function(name.to_owned()), 640);
        assert_eq!(read_all(&two, None), Ok(vec![named("f"), named("g")]));
        let resource = (Wanted::Resource("Worker".to_owned()), 640);
        assert_eq!(read_all(&two[..1], Some("Worker")), Ok(vec![resource.clone()]));
        assert_eq!(read_all(&[result(None)], Some("Worker")), Ok(vec![resource]));
    }

    #[test]
    fn what_says_nothing_of_one_function_or_was_not_measured_is_refused() {
        let mut unsure = result(Some("f"));
        unsure["recommendation"]["hardlyMeasured"] = json!(true);
        let dry = json!({
            "dryRun": true, "function": "f", "powerValues": [], "checked": [], "invocations": [], "warnings": []
        });
        let failed = json!({"executionArn": "arn:e", "status": "FAILED"});
        let refused = [
            read_all(&[result(None)], None),
            read_all(&[result(Some("f")), result(Some("f"))], None),
            read_all(&[result(Some("f")), result(Some("g"))], Some("Worker")),
            read_all(&[unsure], None),
            read_all(&[dry], None),
            read_all(&[failed], None),
        ];
        insta::assert_snapshot!(refused.map(|refused| refused.unwrap_err()).join("\n"));
    }
}
