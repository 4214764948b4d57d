//! What the deployment's parameters set: the defaults that an input may leave out.

use std::time::Duration;

use crate::units::{arn::FunctionReference, power::Power};

/// The environment variables that `template.yaml` sets: on the Initializer, but for the last one.
pub mod variable {
    /// Default memory sizes, separated by commas.
    pub const POWER_VALUES: &str = "POWER_VALUES";
    /// Default of `autoOptimize`: `true` or `false`.
    pub const AUTO_OPTIMIZE: &str = "AUTO_OPTIMIZE";
    /// The page that draws the result.
    pub const VISUALIZATION_URL: &str = "VISUALIZATION_URL";
    /// How long a run may take, in seconds.
    pub const EXECUTION_TIME_LIMIT: &str = "EXECUTION_TIME_LIMIT";
    /// How long a call of the Executor may take, in seconds.
    pub const TOTAL_EXECUTION_TIMEOUT: &str = "TOTAL_EXECUTION_TIMEOUT";
    /// The ARNs of the deployment's other functions, separated by commas.
    pub const OWN_FUNCTIONS: &str = "OWN_FUNCTIONS";
    /// Whether the Analyzer and the Cleaner write metrics: `true` or `false`.
    pub const METRICS: &str = "METRICS";
}

/// What the Executor needs for returning the samples.
pub const TIME_TO_RETURN: Duration = Duration::from_secs(2);
/// What Lambda calls the function that this is.
const THIS_FUNCTION: &str = "AWS_LAMBDA_FUNCTION_NAME";

/// The deployment's parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Deployment {
    /// Memory sizes of an input without `powerValues`.
    pub power_values: Vec<Power>,
    /// `autoOptimize` of an input without it.
    pub auto_optimize: bool,
    /// Where the visualization link points to.
    pub visualization_url: String,
    /// How long a run may take.
    pub execution_time_limit: Duration,
    /// How long a call of the Executor may take.
    pub total_execution_timeout: Duration,
    /// Its own functions: no input may name them.
    pub own_functions: Vec<FunctionReference>,
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
        let values = read(variable::POWER_VALUES, "memory sizes, separated by commas");
        let optimize = read(variable::AUTO_OPTIMIZE, "true or false");
        let visualization_url = read(variable::VISUALIZATION_URL, "a URL");
        let limit = read(variable::EXECUTION_TIME_LIMIT, "seconds");
        let timeout = read(variable::TOTAL_EXECUTION_TIMEOUT, "seconds");
        let functions = read(variable::OWN_FUNCTIONS, "ARNs, separated by commas");
        if !problems.is_empty() {
            return Err(BadDeployment(problems));
        }
        let power_values: Vec<Power> = values
            .split(',')
            .filter_map(|value| {
                let power = value.trim().parse().ok().and_then(|mb| Power::new(mb).ok());
                if power.is_none() {
                    problems.push(format!("{} holds \"{value}\", which is not a memory size", variable::POWER_VALUES));
                }
                power
            })
            .collect();
        let auto_optimize = optimize.parse().unwrap_or_else(|_| {
            problems.push(format!("{} is \"{optimize}\", not true or false", variable::AUTO_OPTIMIZE));
            false
        });
        let mut duration = |name: &str, text: &str| {
            let seconds = text.parse().unwrap_or_else(|_| {
                problems.push(format!("{name} is \"{text}\", not a number of seconds"));
                0
            });
            Duration::from_secs(seconds)
        };
        let execution_time_limit = duration(variable::EXECUTION_TIME_LIMIT, &limit);
        let total_execution_timeout = duration(variable::TOTAL_EXECUTION_TIMEOUT, &timeout);
        let this = lookup(THIS_FUNCTION);
        let own_functions = functions.split(',').chain(this.as_deref()).filter_map(|name| {
            let function = name.trim().parse();
            problems.extend(function.as_ref().err().map(|error| format!("{}: {error}", variable::OWN_FUNCTIONS)));
            function.ok()
        });
        let own_functions = own_functions.collect();
        if problems.is_empty() {
            Ok(Self {
                power_values,
                auto_optimize,
                visualization_url,
                execution_time_limit,
                total_execution_timeout,
                own_functions,
            })
        } else {
            Err(BadDeployment(problems))
        }
    }
}

impl Deployment {
    /// How long the Executor can wait for one invocation: its whole time but for what it needs for itself.
    #[must_use]
    pub fn longest_invocation(&self) -> Duration {
        self.total_execution_timeout.saturating_sub(TIME_TO_RETURN)
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
            variable::TOTAL_EXECUTION_TIMEOUT,
            variable::OWN_FUNCTIONS,
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

    #[test]
    fn the_function_itself_is_one_of_its_own() {
        let deployment = Deployment::from_variables(|name| {
            let value = match name {
                variable::POWER_VALUES => "128",
                variable::AUTO_OPTIMIZE => "false",
                variable::EXECUTION_TIME_LIMIT | variable::TOTAL_EXECUTION_TIMEOUT => "60",
                variable::OWN_FUNCTIONS => {
                    "arn:aws:lambda:us-east-1:123456789012:function:p,arn:aws:lambda:us-east-1:123456789012:function:c"
                }
                THIS_FUNCTION => "initializer",
                _ => "https://example.com/",
            };
            Some(value.to_owned())
        });
        let own: Vec<String> = deployment.unwrap().own_functions.iter().map(ToString::to_string).collect();
        assert_eq!((own.len(), own[2].as_str()), (3, "initializer"));
    }
}
