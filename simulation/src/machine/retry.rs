//! Retriers of a state: which errors are tried again, how often, and after which pauses.

use std::time::Duration;

use serde_json::Value;

use super::{Failure, limit::DATA_LIMIT_EXCEEDED};

/// True if a list of error names includes an error. What ends the machine itself nothing catches.
pub(super) fn matches(names: &Value, failure: &Failure) -> bool {
    let mut names = names.as_array().into_iter().flatten().filter_map(Value::as_str);
    let is_of_machine = ["States.Runtime", DATA_LIMIT_EXCEEDED].contains(&failure.error.as_str());
    !is_of_machine && names.any(|name| name == "States.ALL" || name == failure.error)
}

/// The record of what the retriers of a state have done since it was entered.
pub(super) struct Retries<'a> {
    retriers: Vec<(&'a Value, u32)>,
}

impl<'a> Retries<'a> {
    pub(super) fn of(state: &'a Value) -> Self {
        Self { retriers: state["Retry"].as_array().into_iter().flatten().map(|retrier| (retrier, 0)).collect() }
    }

    /// `$$.State.RetryCount`.
    pub(super) fn count(&self) -> u32 {
        self.retriers.iter().map(|(_, count)| count).sum()
    }

    /// The pause before the state is tried again; `None` if it is not.
    pub(super) fn pause_after(&mut self, failure: &Failure) -> Option<Duration> {
        let (retrier, count) =
            self.retriers.iter_mut().find(|(retrier, _)| matches(&retrier["ErrorEquals"], failure))?;
        let most = retrier["MaxAttempts"].as_u64().unwrap_or(3);
        if u64::from(*count) >= most {
            return None;
        }
        let number = |name: &str, default: f64| retrier[name].as_f64().unwrap_or(default);
        let interval = number("IntervalSeconds", 1.0) * number("BackoffRate", 2.0).powi(count.cast_signed());
        *count += 1;
        let bound = interval.min(number("MaxDelaySeconds", f64::MAX));
        let is_drawn = retrier["JitterStrategy"] == "FULL";
        Some(Duration::from_secs_f64(if is_drawn { bound * fastrand::f64() } else { bound }))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_retrier_counts_for_itself_and_the_context_gets_the_sum() {
        let state = json!({"Retry": [
            {"ErrorEquals": ["A"], "IntervalSeconds": 1, "BackoffRate": 1, "MaxAttempts": 1},
            {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "BackoffRate": 2, "MaxAttempts": 2},
        ]});
        let mut retries = Retries::of(&state);
        let (a, b) = (Failure::new("A", ""), Failure::new("B", ""));
        assert_eq!(retries.pause_after(&a), Some(Duration::from_secs(1)));
        assert_eq!(retries.pause_after(&b), Some(Duration::from_secs(2)));
        assert_eq!(retries.pause_after(&b), Some(Duration::from_secs(4)));
        assert_eq!(retries.count(), 3);
        assert_eq!((retries.pause_after(&a), retries.pause_after(&b)), (None, None));
    }

    #[test]
    fn what_ends_the_machine_itself_is_not_caught() {
        for error in ["States.Runtime", DATA_LIMIT_EXCEEDED] {
            assert!(!matches(&json!(["States.ALL"]), &Failure::new(error, "")));
        }
    }
}
