//! What results say of functions.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use monitoring::{Figures, Tuned};
use report::Run;
use tuning::{
    measure::measurement::Basis,
    price::Architecture,
    units::{milliseconds::Milliseconds, power::Power, usd::Usd},
};

use crate::{
    commands::{
        apply::tuned::{function, winner},
        report::{in_file, reader},
    },
    failure::Failure,
};

/// What a result says of a function.
#[derive(Debug, Clone, PartialEq)]
pub struct Winner {
    /// The file that says so.
    pub result: PathBuf,
    /// The memory size that won.
    pub memory: Power,
    /// The architecture that it was measured on.
    pub architecture: Architecture,
    /// What was measured.
    pub tuned: Tuned,
}

/// What results say, by the name of the function.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Measured(BTreeMap<String, Winner>);

impl Measured {
    /// Reads results of functions in a region.
    pub fn read(files: &[PathBuf], region: &str) -> Result<Self, Failure> {
        let reader = reader()?;
        let mut all = Self::default();
        for file in files {
            for run in in_file(&reader, file, "")? {
                let (name, winner) = measured(file, &run, region)?;
                if let Some(other) = all.0.insert(name, winner) {
                    let (one, two) = (other.result.display(), file.display());
                    return Err(Failure::bad_input(format!("{one} and {two} are results of the same function"))
                        .hint("give one result for each function: the latest"));
                }
            }
        }
        Ok(all)
    }

    /// What is known of a function.
    pub fn of(&self, function: &str) -> Option<&Winner> {
        self.0.get(function)
    }

    /// The names of all functions with a result, and where that is.
    pub fn functions(&self) -> impl Iterator<Item = (&str, &Path)> {
        self.0.iter().map(|(name, winner)| (name.as_str(), winner.result.as_path()))
    }
}

fn measured(file: &Path, run: &Run, region: &str) -> Result<(String, Winner), Failure> {
    let wrong = |what: &str| Failure::bad_input(format!("{}: {what}", file.display()));
    let winner = winner(file, run)?;
    let subject = run.subject.as_ref();
    let (Some(name), Some(subject)) = (function(file, run)?, subject) else {
        return Err(wrong("it does not say which function was tuned").hint("give the output of the run"));
    };
    if subject.region != region {
        let there = &subject.region;
        return Err(wrong(&format!(
            "it is the result of a function in {there}, but functions in {region} are watched"
        ))
        .hint(format!("give --region {there}, or leave the result out")));
    }
    let basis = run.rows.iter().find(|row| row.value == winner.power).and_then(|row| row.basis);
    if basis.is_some_and(|basis| basis != Basis::Warm) {
        return Err(wrong("its averages hold cold starts, so that later invocations can't be compared with them")
            .hint("tune the function with more invocations, without onlyColdStarts"));
    }
    let at_winner = Figures { duration: winner.duration, cost: winner.cost };
    let against = run.recommendation.against_present.filter(|_| subject.present != winner.power);
    let before = against.map(|present| Figures {
        duration: Milliseconds(at(winner.duration.0, present.duration_percent)),
        cost: Usd(at(winner.cost.0, present.cost_percent)),
    });
    let tuned = Tuned { at_winner, before };
    let (result, memory, architecture) = (file.to_owned(), winner.power, subject.architecture);
    Ok((name, Winner { result, memory, architecture, tuned }))
}

/// What the current memory had, if the winner has so many percent more.
fn at(winner: f64, percent: f64) -> f64 {
    winner / (1.0 + percent / 100.0)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::{Value, json};

    use super::*;

    fn result(name: &str) -> Value {
        json!({
            "power": 512, "cost": 1e-6, "duration": 100.0,
            "stats": [{
                "value": 512, "averagePrice": 1e-6, "averageDuration": 100.0, "totalCost": 1e-5, "samples": 10,
                "basis": "warm", "spent": {},
            }],
            "stateMachine": {"executionCost": 0.0, "lambdaCost": 0.0, "visualization": ""},
            "subject": {
                "function": format!("arn:aws:lambda:us-east-1:123456789012:function:{name}"), "region": "us-east-1",
                "architecture": "x86_64", "present": 1024, "ephemeralStorageMb": 512, "strategy": "cost",
            },
            "recommendation": {
                "reasons": [], "againstPresent": {"power": 1024, "costPercent": -50.0, "durationPercent": 25.0},
            },
            "warnings": [],
        })
    }

    fn read(results: &[Value]) -> Result<Measured, String> {
        let directory = tempfile::tempdir().unwrap();
        let write = |(number, result): (usize, &Value)| {
            let file = directory.path().join(format!("{number}.json"));
            fs::write(&file, result.to_string()).unwrap();
            file
        };
        let files: Vec<PathBuf> = results.iter().enumerate().map(write).collect();
        let read = Measured::read(&files, "us-east-1");
        read.map_err(|failure| failure.to_string().replace(&directory.path().display().to_string(), ""))
    }

    #[test]
    fn a_result_says_what_was_measured_at_the_winner_and_before() {
        let measured = read(&[result("f"), result("g")]).unwrap();
        let winner = measured.of("f").unwrap();
        assert_eq!(winner.memory.megabytes(), 512);
        let figures = |duration, cost| Figures { duration: Milliseconds(duration), cost: Usd(cost) };
        assert_eq!(winner.tuned, Tuned { at_winner: figures(100.0, 1e-6), before: Some(figures(80.0, 2e-6)) });
        assert_eq!(measured.functions().map(|(name, _)| name).collect::<Vec<_>>(), ["f", "g"]);
        let mut unchanged = result("f");
        unchanged["subject"]["present"] = json!(512);
        assert_eq!(read(&[unchanged]).unwrap().of("f").unwrap().tuned.before, None);
    }

    #[test]
    fn what_functions_can_not_be_compared_with_is_refused() {
        let with = |pointer: &str, value: Value| {
            let mut result = result("f");
            *result.pointer_mut(pointer).unwrap() = value;
            read(&[result]).unwrap_err()
        };
        let mut unsure = result("f");
        unsure["recommendation"]["hardlyMeasured"] = json!(true);
        let refused = [
            with("/subject/region", json!("eu-west-1")),
            with("/subject", Value::Null),
            with("/stats/0/basis", json!("cold")),
            read(&[unsure]).unwrap_err(),
            read(&[result("f"), result("f")]).unwrap_err(),
        ];
        insta::assert_snapshot!(refused.join("\n"));
    }
}
