//! The answer of one invocation.

use lambda_runtime::Diagnostic;
use serde_json::{Value, json};

use crate::{setting::setting, work::Work};

/// The answer of one invocation. Each field comes from the payload, else from the environment variable of the same name
/// in capitals, else it is nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The type of the error that it ends with: `true` stands for `SampleError`.
    pub fail: Option<String>,
    /// It only ends with that error below so much memory, in MB (`below`).
    pub fail_below: Option<u64>,
    /// It only ends with that error in each so-manieth invocation of an environment (`every`).
    pub fail_every: Option<u64>,
    /// The whole answer, instead of a description of the work.
    pub respond: Option<Value>,
    /// The value that the answer repeats under `echo`.
    pub echo: Option<Value>,
}

impl Answer {
    /// The answer that a payload and the environment, looked up by `variable`, ask for.
    pub fn new(payload: &Value, variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name| setting(name, payload, &variable);
        let fail = match set("fail") {
            Some(Value::Bool(true)) => Some("SampleError".to_owned()),
            Some(Value::String(error_type)) => Some(error_type),
            _ => None,
        };
        let number = |name| set(name).as_ref().and_then(Value::as_u64);
        let (fail_below, fail_every) = (number("below"), number("every"));
        Self { fail, fail_below, fail_every, respond: set("respond"), echo: set("echo") }
    }

    /// The answer to a payload after the work was done, at a memory size, by an environment that had so many
    /// invocations before.
    pub fn give(self, work: &Work, payload: &Value, (memory_mb, count): (u32, u64)) -> Result<Value, Diagnostic> {
        let fails = self.fail_below.is_none_or(|below| u64::from(memory_mb) < below)
            && self.fail_every.is_none_or(|every| (count + 1).is_multiple_of(every.max(1)));
        if let Some(error_type) = self.fail.filter(|_| fails) {
            return Err(Diagnostic { error_type, error_message: format!("asked to fail by the payload {payload}") });
        }
        if let Some(whole) = self.respond {
            return Ok(whole);
        }
        let mut answer = json!({"cpuMs": work.cpu_ms, "ioMs": work.io_ms});
        if let Some(echo) = self.echo {
            answer["echo"] = echo;
        }
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(payload: &Value, variable: impl Fn(&str) -> Option<String>) -> Result<Value, Diagnostic> {
        Answer::new(payload, variable).give(&Work::new(payload, |_| None), payload, (128, 3))
    }

    #[test]
    fn it_answers_what_it_did_and_repeats_what_it_was_told_to() {
        assert_eq!(answer(&json!({"cpuMs": 5}), |_| None).unwrap(), json!({"cpuMs": 5.0, "ioMs": 0.0}));
        let echoed = answer(&json!({"echo": [1, {"a": null}]}), |_| None).unwrap();
        assert_eq!(echoed["echo"], json!([1, {"a": null}]));
    }

    #[test]
    fn the_whole_answer_can_be_set_by_the_payload_else_by_the_environment() {
        let variable = |name: &str| (name == "RESPOND").then(|| r#"{"ioMs": 5}"#.to_owned());
        assert_eq!(answer(&json!({"echo": 1}), variable).unwrap(), json!({"ioMs": 5}));
        assert_eq!(answer(&json!({"respond": "x"}), variable).unwrap(), json!("x"));
        assert_eq!(answer(&json!({"respond": null}), variable).unwrap(), Value::Null);
        assert_eq!(answer(&json!(1), |name| (name == "RESPOND").then(|| "no JSON".to_owned())).unwrap(), "no JSON");
    }

    #[test]
    fn it_fails_only_below_a_memory_size_or_in_some_invocations_if_told_so() {
        let fails = |rest: Value, memory_mb, count| {
            let mut payload = json!({"fail": true});
            payload.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
            Answer::new(&payload, |_| None).give(&Work::new(&payload, |_| None), &payload, (memory_mb, count)).is_err()
        };
        let below = json!({"below": 512});
        assert!(fails(below.clone(), 256, 0) && !fails(below, 512, 0));
        let every: Vec<bool> = (0..6).map(|count| fails(json!({"every": 3}), 128, count)).collect();
        assert_eq!(every, [false, false, true, false, false, true]);
    }

    #[test]
    fn it_fails_with_the_error_type_that_it_is_given() {
        for (fail, error_type) in [(json!(true), "SampleError"), (json!("BusinessError"), "BusinessError")] {
            let payload = json!({"fail": fail, "respond": 1});
            let error = answer(&payload, |_| None).unwrap_err();
            assert_eq!(error.error_type, error_type);
            assert!(error.error_message.contains(&payload.to_string()), "{}", error.error_message);
        }
        assert!(answer(&json!({"fail": false}), |_| None).is_ok());
        let error = answer(&Value::Null, |name| (name == "FAIL").then(|| "true".to_owned())).unwrap_err();
        assert_eq!(error.error_type, "SampleError");
    }
}
