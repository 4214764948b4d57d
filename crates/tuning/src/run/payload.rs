//! The payload that the function is invoked with.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::units::s3_uri::S3Uri;

/// The most that a synchronous invocation takes, in bytes (6 MB).
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub const LARGEST_BODY: usize = 6 * 1024 * 1024;

/// Where the request bodies come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PayloadSource {
    /// The input itself.
    Inline(Payload),
    /// An object in S3: it may be larger than the state of an execution, so that whoever needs it reads it.
    S3 {
        /// Where it is.
        uri: S3Uri,
        /// The `ETag` that it had when the input was checked. Every memory size must be measured with the same.
        etag: String,
        /// The number of invocations that a weighted list shares out.
        num: u32,
    },
}

impl Default for PayloadSource {
    fn default() -> Self {
        Self::Inline(Payload::None)
    }
}

/// The request bodies of one memory size's invocations.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Payload {
    /// None was given: no request body.
    #[default]
    None,
    /// The same for every invocation.
    Same(Value),
    /// Several, each with its number of invocations; the numbers add up to `num`.
    Weighted(Vec<Share>),
}

/// One payload of a weighted list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// The payload that is sent.
    pub payload: Value,
    /// The number of invocations that get it.
    pub invocations: u32,
}

/// A list that looks like a weighted one, and is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartlyWeighted {
    /// Elements with a payload and a weight.
    pub weighted: usize,
    /// All elements.
    pub elements: usize,
}

/// A payload with which no run can be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BadPayload {
    /// There are more payloads than invocations.
    #[error("{payloads} weighted payloads for num = {num} invocations; give num at least {payloads}")]
    MorePayloadsThanInvocations {
        /// Payloads in the list.
        payloads: usize,
        /// Invocations per memory size.
        num: u32,
    },
    /// A payload would never be sent.
    #[error(
        "the share of the weighted payload at position {position} is 0 of num = {num} invocations; raise num or its weight"
    )]
    NoShare {
        /// Position in the list, from 0.
        position: usize,
        /// Invocations per memory size.
        num: u32,
    },
    /// A payload that Lambda would not take.
    #[error(
        "a request body of {bytes} bytes is too large for a synchronous invocation, which takes at most {LARGEST_BODY} bytes"
    )]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// A weight that is not a positive number.
    #[error("the weight at position {position} is {received}; allowed are numbers above 0")]
    NotAWeight {
        /// Position in the list, from 0.
        position: usize,
        /// The weight that was given.
        received: Value,
    },
}

impl Payload {
    /// Reads the `payload` field: a list is weighted only if it is not empty and in every element both `payload` and
    /// `weight` are present and truthy; anything else is one payload for all.
    pub fn from_field(field: Option<&Value>, num: u32) -> Result<Self, BadPayload> {
        let payload = match field {
            None => Self::None,
            Some(value) => match weighted_elements(value) {
                Some(elements) => Self::Weighted(share_out(&elements, num)?),
                None => Self::Same(value.clone()),
            },
        };
        match payload.largest_body() {
            bytes if bytes > LARGEST_BODY => Err(BadPayload::TooLarge { bytes }),
            _ => Ok(payload),
        }
    }

    /// Reads an object of S3: JSON if it parses, as the `payload` field is read; otherwise text.
    pub fn from_object(text: &str, num: u32) -> Result<Self, BadPayload> {
        let value = serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()));
        Self::from_field(Some(&value), num)
    }

    /// The counts of the list, if it is weighted in some elements only: such a list is sent as a whole.
    #[must_use]
    pub fn partly_weighted(&self) -> Option<PartlyWeighted> {
        let Self::Same(Value::Array(list)) = self else { return None };
        let weighted = list.iter().filter_map(weighted_element).count();
        (weighted > 0).then_some(PartlyWeighted { weighted, elements: list.len() })
    }

    fn largest_body(&self) -> usize {
        match self {
            Self::None => 0,
            Self::Same(value) => encode(value).len(),
            Self::Weighted(shares) => shares.iter().map(|share| encode(&share.payload).len()).max().unwrap_or(0),
        }
    }

    /// The number out of `num` invocations that each payload gets: one number for each stratum of the samples.
    #[must_use]
    pub fn shares(&self, num: u32) -> Vec<u32> {
        match self {
            Self::None | Self::Same(_) => vec![num],
            Self::Weighted(shares) => shares.iter().map(|share| share.invocations).collect(),
        }
    }

    /// The position of the payload that invocation number `index`, counted from 0, gets.
    #[must_use]
    pub fn stratum(&self, index: u32) -> u32 {
        let Self::Weighted(shares) = self else { return 0 };
        let mut first = 0;
        let position = shares.iter().zip(0..).find(|(share, _)| {
            first += share.invocations;
            index < first
        });
        position
            .map_or_else(|| u32::try_from(shares.len()).unwrap_or(u32::MAX).saturating_sub(1), |(_, position)| position)
    }

    /// The number of payloads that there are to choose from.
    #[must_use]
    pub fn count(&self) -> u32 {
        match self {
            Self::None | Self::Same(_) => 1,
            Self::Weighted(shares) => u32::try_from(shares.len()).unwrap_or(u32::MAX),
        }
    }

    /// The body of an invocation that gets the payload at position `stratum`; `None` when none is sent.
    #[must_use]
    pub fn body(&self, stratum: u32) -> Option<String> {
        match self {
            Self::None => None,
            Self::Same(value) => Some(encode(value)),
            Self::Weighted(shares) => shares.get(stratum as usize).map(|share| encode(&share.payload)),
        }
    }
}

/// A JSON-encoded string is sent as it is, any other value as its JSON.
fn encode(value: &Value) -> String {
    match value {
        Value::String(text) if serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() => text.clone(),
        other => other.to_string(),
    }
}

fn weighted_elements(value: &Value) -> Option<Vec<(&Value, &Value)>> {
    let list = value.as_array().filter(|list| !list.is_empty())?;
    list.iter().map(weighted_element).collect()
}

fn weighted_element(element: &Value) -> Option<(&Value, &Value)> {
    let truthy_field = |fields: &'_ Map<String, Value>, name: &str| fields.get(name).is_some_and(is_truthy);
    let fields = element.as_object().filter(|f| truthy_field(f, "payload") && truthy_field(f, "weight"))?;
    Some((fields.get("payload")?, fields.get("weight")?))
}

/// Truthy in the sense of JavaScript, which decided it in the reference tool.
fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(truth) => *truth,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}

/// Each payload gets floor(weight x num / total) invocations; the last one fills the rest.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 <= weight / total <= 1")]
fn share_out(elements: &[(&Value, &Value)], num: u32) -> Result<Vec<Share>, BadPayload> {
    if elements.len() > num as usize {
        return Err(BadPayload::MorePayloadsThanInvocations { payloads: elements.len(), num });
    }
    let weights: Vec<f64> = elements
        .iter()
        .enumerate()
        .map(|(position, (_, weight))| {
            let number = weight.as_f64().or_else(|| weight.as_str()?.parse().ok());
            let bad = || BadPayload::NotAWeight { position, received: (*weight).clone() };
            number.filter(|n| n.is_finite() && *n > 0.0).ok_or_else(bad)
        })
        .collect::<Result<_, _>>()?;
    let total: f64 = weights.iter().sum();
    let last = elements.len() - 1;
    let mut left = num;
    elements
        .iter()
        .zip(weights)
        .enumerate()
        .map(|(position, ((payload, _), weight))| {
            let share = (weight * f64::from(num) / total).floor() as u32;
            let invocations = if position == last { left } else { share.min(left) };
            if invocations == 0 || share == 0 {
                return Err(BadPayload::NoShare { position, num });
            }
            left -= invocations;
            Ok(Share { payload: (*payload).clone(), invocations })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn bodies(payload: &Value, num: u32) -> Vec<Option<String>> {
        let payload = Payload::from_field(Some(payload), num).unwrap();
        (0..num).map(|index| payload.body(index)).collect()
    }

    #[test]
    fn without_a_payload_no_body_is_sent() {
        assert_eq!(Payload::from_field(None, 5).unwrap().body(0), None);
    }

    #[test]
    fn a_json_string_is_sent_as_it_is_and_another_string_as_json() {
        assert_eq!(bodies(&json!("{\"k\": 1}"), 1), [Some("{\"k\": 1}".to_owned())]);
        assert_eq!(bodies(&json!("plain"), 1), [Some("\"plain\"".to_owned())]);
    }

    #[test]
    fn an_object_of_s3_is_json_or_text() {
        let body = |text: &str| Payload::from_object(text, 5).unwrap().body(0).unwrap();
        assert_eq!(body("{\"a\": 1}"), "{\"a\":1}");
        assert_eq!(body("no JSON"), "\"no JSON\"");
        let weighted =
            Payload::from_object(r#"[{"payload": 1, "weight": 1}, {"payload": 2, "weight": 4}]"#, 5).unwrap();
        assert_eq!((weighted.shares(5), weighted.stratum(0), weighted.stratum(4)), (vec![1, 4], 0, 1));
    }

    #[test]
    fn a_list_that_is_weighted_in_some_elements_only_is_told_from_others() {
        let partly = |list: Value| {
            let read = Payload::from_field(Some(&list), 10).unwrap();
            read.partly_weighted().map(|PartlyWeighted { weighted, elements }| (weighted, elements))
        };
        let pair = json!({"payload": 1, "weight": 1});
        assert_eq!(partly(json!([pair, {"payload": 2}])), Some((1, 2)));
        assert_eq!(partly(json!([pair, pair, {"payload": 2, "weight": 0}])), Some((2, 3)));
        assert_eq!(partly(json!([pair, pair])), None);
        assert_eq!(
            (partly(json!([{"payload": 2}, 7])), partly(json!([])), partly(json!({"weight": 1}))),
            (None, None, None)
        );
    }

    #[test]
    fn a_body_that_lambda_would_not_take_is_refused() {
        let large = Value::String("x".repeat(LARGEST_BODY));
        assert!(matches!(Payload::from_field(Some(&large), 5), Err(BadPayload::TooLarge { .. })));
        let fits = Value::String("x".repeat(LARGEST_BODY - 2));
        assert!(Payload::from_field(Some(&fits), 5).is_ok());
    }

    #[test]
    fn weights_that_cannot_be_shared_out_are_refused() {
        let pair = |weight: Value| json!([{"payload": 1, "weight": 1}, {"payload": 2, "weight": weight}]);
        assert!(matches!(
            Payload::from_field(Some(&pair(json!(-1))), 5),
            Err(BadPayload::NotAWeight { position: 1, .. })
        ));
        assert!(matches!(
            Payload::from_field(Some(&pair(json!("x"))), 5),
            Err(BadPayload::NotAWeight { position: 1, .. })
        ));
        assert_eq!(Payload::from_field(Some(&pair(json!(99))), 5), Err(BadPayload::NoShare { position: 0, num: 5 }));
        assert_eq!(
            Payload::from_field(Some(&pair(json!(1))), 1),
            Err(BadPayload::MorePayloadsThanInvocations { payloads: 2, num: 1 })
        );
    }

    proptest! {
        #[test]
        fn shares_add_up_to_num_and_follow_the_weights(weights in prop::collection::vec(1u32..50, 1..8), num in 5u32..2000) {
            let list: Vec<Value> = weights.iter().map(|w| json!({"payload": {"w": w}, "weight": w})).collect();
            let total: u32 = weights.iter().sum();
            match Payload::from_field(Some(&Value::Array(list)), num) {
                Ok(Payload::Weighted(shares)) => {
                    prop_assert_eq!(shares.iter().map(|share| share.invocations).sum::<u32>(), num);
                    for (share, weight) in shares.iter().zip(&weights).take(weights.len() - 1) {
                        prop_assert_eq!(share.invocations, weight * num / total);
                    }
                }
                Ok(other) => prop_assert!(false, "{:?}", other),
                Err(_) => prop_assert!(weights.len() > num as usize || weights.iter().any(|w| w * num / total == 0)),
            }
        }
    }
}
