//! What the deployment's parameters set: the defaults that an input may leave out.

use std::time::Duration;

use crate::power::Power;

/// The environment variables that `template.yaml` sets on the Initializer.
pub mod variable {
    /// Default power values, separated by commas.
    pub const POWER_VALUES: &str = "POWER_VALUES";
    /// Default of `autoOptimize`: `true` or `false`.
    pub const AUTO_OPTIMIZE: &str = "AUTO_OPTIMIZE";
    /// The page that draws the result.
    pub const VISUALIZATION_URL: &str = "VISUALIZATION_URL";
    /// How long a run may take, in seconds.
    pub const EXECUTION_TIME_LIMIT: &str = "EXECUTION_TIME_LIMIT";
}

/// The deployment's parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Deployment {
    /// Power values of an input without `powerValues`.
    pub power_values: Vec<Power>,
    /// `autoOptimize` of an input without it.
    pub auto_optimize: bool,
    /// Where the visualization link points to.
    pub visualization_url: String,
    /// How long a run may take.
    pub execution_time_limit: Duration,
}

/// A deployment that lacks variables or has wrong ones; names all of them at once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the deployment's environment is wrong: {}; deploy template.yaml again", .0.join("; "))]
pub struct BadDeployment(Vec<String>);

impl Deployment {
    /// Reads the parameters from environment variables, looked up by `lookup`.
    pub fn from_variables(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, BadDeployment> {
        let mut problems = Vec::new();
        let mut read = |name: &str, what: &str| {
            let value = lookup(name);
            if value.is_none() {
                problems.push(format!("{name} is missing ({what})"));
            }
            value.unwrap_or_default()
        };
        let values = read(variable::POWER_VALUES, "power values, separated by commas");
        let optimize = read(variable::AUTO_OPTIMIZE, "true or false");
        let visualization_url = read(variable::VISUALIZATION_URL, "a URL");
        let limit = read(variable::EXECUTION_TIME_LIMIT, "seconds");
        if !problems.is_empty() {
            return Err(BadDeployment(problems));
        }
        let power_values: Vec<Power> = values
            .split(',')
            .filter_map(|value| {
                let power = value.trim().parse().ok().and_then(|mb| Power::new(mb).ok());
                if power.is_none() {
                    problems.push(format!("{} holds \"{value}\", which is no power value", variable::POWER_VALUES));
                }
                power
            })
            .collect();
        let auto_optimize = optimize.parse().unwrap_or_else(|_| {
            problems.push(format!("{} is \"{optimize}\", not true or false", variable::AUTO_OPTIMIZE));
            false
        });
        let seconds = limit.parse().unwrap_or_else(|_| {
            problems.push(format!("{} is \"{limit}\", not a number of seconds", variable::EXECUTION_TIME_LIMIT));
            0
        });
        if problems.is_empty() {
            let execution_time_limit = Duration::from_secs(seconds);
            Ok(Self { power_values, auto_optimize, visualization_url, execution_time_limit })
        } else {
            Err(BadDeployment(problems))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_missing_is_named_at_once() {
        let message = Deployment::from_variables(|_| None).unwrap_err().to_string();
        for name in [
            variable::POWER_VALUES,
            variable::AUTO_OPTIMIZE,
            variable::VISUALIZATION_URL,
            variable::EXECUTION_TIME_LIMIT,
        ] {
            assert!(message.contains(name), "{message}");
        }
    }

    #[test]
    fn wrong_values_are_named_at_once() {
        let message = Deployment::from_variables(|name| {
            Some(if name == variable::POWER_VALUES { "128,1" } else { "x" }.to_owned())
        })
        .unwrap_err()
        .to_string();
        assert!(message.contains("\"1\"") && message.contains("AUTO_OPTIMIZE is \"x\""), "{message}");
    }
}
