//! Answers that say without an error that the function could not use its payload.

use serde_json::{Map, Value};

/// Longer answers are taken for results. What a function rejects, it rejects in a few words.
pub const LONGEST_REJECTION: usize = 4096;

/// The part of an answer that rejects the payload: a `statusCode` from 400 to 599, as Amazon API Gateway and function
/// URLs read it, or a `batchItemFailures` that is not empty, as event source mappings do.
#[must_use]
pub fn rejection_in(answer: &[u8]) -> Option<String> {
    if answer.len() > LONGEST_REJECTION {
        return None;
    }
    let answer: Map<String, Value> = serde_json::from_slice(answer).ok()?;
    let status = answer.get("statusCode").and_then(|code| code.as_u64().or_else(|| code.as_str()?.parse().ok()));
    let failures = answer.get("batchItemFailures").and_then(Value::as_array);
    match status {
        Some(status @ 400..=599) => Some(format!("statusCode {status}")),
        _ => failures.filter(|failures| !failures.is_empty()).map(|_| "batchItemFailures".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn rejection(answer: &Value) -> Option<String> {
        rejection_in(answer.to_string().as_bytes())
    }

    #[test]
    fn statuses_of_errors_and_records_that_failed_are_rejections() {
        assert_eq!(rejection(&json!({"statusCode": 404, "body": "no such page"})).unwrap(), "statusCode 404");
        assert_eq!(rejection(&json!({"statusCode": "502"})).unwrap(), "statusCode 502");
        let failures = json!({"batchItemFailures": [{"itemIdentifier": "1"}]});
        assert_eq!(rejection(&failures).unwrap(), "batchItemFailures");
        for answer in [
            json!({"statusCode": 200}),
            json!({"statusCode": 302}),
            json!({"statusCode": 600}),
            json!({"statusCode": null}),
            json!({"batchItemFailures": []}),
            json!({"batchItemFailures": null}),
            json!({"body": {"statusCode": 404}}),
            json!([404]),
            json!("statusCode 404"),
            json!({"statusCode": 404, "body": "x".repeat(LONGEST_REJECTION)}),
        ] {
            assert_eq!(rejection(&answer), None, "{answer}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_answer(answer: Vec<u8>) {
            let _ = rejection_in(&answer);
        }

        #[test]
        fn a_status_is_a_rejection_from_400_to_599(status: u16) {
            let is_rejected = rejection(&json!({"statusCode": status})).is_some();
            prop_assert_eq!(is_rejected, (400..600).contains(&status));
        }
    }
}
