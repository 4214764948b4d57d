//! What `infra/schedule/template.yaml` sets.

use tuning::drift::{Percent, Thresholds};

/// The environment variables that the template sets.
pub mod variable {
    /// The bucket of the fleets.
    pub const BUCKET: &str = "BUCKET";
    /// By how much the last winner must be worse than the new one, in percent.
    pub const TOLERANCE: &str = "TOLERANCE";
    /// By how much cost or duration must have changed, in percent.
    pub const DRIFT: &str = "DRIFT";
    /// How much of the memory may be left, in percent.
    pub const MEMORY: &str = "MEMORY";
}

/// What the template sets.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The bucket of the fleets.
    pub bucket: String,
    /// From where on a difference is told.
    pub thresholds: Thresholds,
}

/// A variable that is missing or wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable {0} is {1}; deploy infra/schedule/template.yaml again")]
pub struct BadSettings(&'static str, String);

impl Settings {
    /// Reads environment variables, looked up by `lookup`.
    pub fn of_environment(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, BadSettings> {
        let given = |name| lookup(name).ok_or_else(|| BadSettings(name, "missing".to_owned()));
        let percent = |name| {
            let value = given(name)?;
            let read = value.trim().parse::<f64>().ok().and_then(|percent| Percent::try_from(percent).ok());
            read.ok_or_else(|| BadSettings(name, format!("\"{value}\", which is not a percentage")))
        };
        Ok(Self {
            bucket: given(variable::BUCKET)?,
            thresholds: Thresholds {
                tolerance: percent(variable::TOLERANCE)?,
                drift: percent(variable::DRIFT)?,
                memory: percent(variable::MEMORY)?,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        let with = |drift: Option<&str>| {
            Settings::of_environment(|name| match name {
                variable::DRIFT => drift.map(str::to_owned),
                variable::BUCKET => Some("b".to_owned()),
                _ => Some("5".to_owned()),
            })
        };
        assert_eq!(with(Some("12.5")).unwrap().thresholds.drift.fraction(), 0.125);
        let said = [None, Some("-1"), Some("ten")].map(|drift| with(drift).unwrap_err().to_string());
        assert_eq!(
            said.map(|said| said.split_once(';').unwrap().0.to_owned()),
            [
                "the environment variable DRIFT is missing",
                "the environment variable DRIFT is \"-1\", which is not a percentage",
                "the environment variable DRIFT is \"ten\", which is not a percentage",
            ]
        );
    }
}
