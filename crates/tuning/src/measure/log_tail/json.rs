//! The JSON format: events such as `{"time": …, "type": "platform.report", "record": {…}}`, on one line or on several,
//! alone or in arrays.
//!
//! The events are those of the Telemetry API
//! (<https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html>).

use std::{iter, ops::Range};

use serde_json::{Deserializer, Map, Value};

use super::{Ending, Report, billed, milliseconds};
use crate::units::{milliseconds::Milliseconds, trace_id::TraceId};

type Object = Map<String, Value>;

/// Bytes of the end of a tail that are searched, four times what Lambda returns.
///
/// `serde_json` gives up 128 levels below where it begins, so that a hostile tail makes it read no character more often
/// than a few hundred times. This bounds the length of what is read so often.
const LONGEST_TAIL: usize = 16 * 1024;

/// The reports of a tail with where each begins.
pub(super) fn reports(tail: &str) -> impl Iterator<Item = (usize, Report)> {
    records(tail, &["platform.report"]).filter_map(|(position, record)| Some((position, report(&record)?)))
}

/// Returns true if the tail has an event that says that an initialisation failed.
pub(super) fn init_failed(tail: &str) -> bool {
    records(tail, &["platform.initReport", "platform.initRuntimeDone"]).any(|(_, record)| says_failure(&record))
}

/// The duration of the initialisation that failed before an invocation, by the last such event.
pub(super) fn init_given_up(tail: &str) -> Option<Milliseconds> {
    let before_an_invocation = |(_, record): &(usize, Object)| {
        record.get("phase").and_then(Value::as_str) != Some("invoke") && says_failure(record)
    };
    let given_up = records(tail, &["platform.initReport"]).filter(before_an_invocation);
    given_up.filter_map(|(_, record)| milliseconds(record.get("metrics")?.get("durationMs")?.as_f64()?)).last()
}

/// Where the event that a request starts begins.
pub(super) fn start(tail: &str, request_id: &str) -> Option<usize> {
    let mut starts = records(tail, &["platform.start"]);
    let is_of_request =
        |record: &Object| record.get("requestId").and_then(Value::as_str).is_some_and(|id| id == request_id);
    starts.find(|(_, record)| is_of_request(record)).map(|(position, _)| position)
}

fn says_failure(record: &Object) -> bool {
    matches!(record.get("status").and_then(Value::as_str), Some("error" | "failure" | "timeout"))
}

/// The records of the events of some types, with where each event begins.
fn records(tail: &str, types: &[&str]) -> impl Iterator<Item = (usize, Object)> {
    // An event begins before its type is named.
    let end = types.iter().filter_map(|name| tail.rfind(name)).max().unwrap_or(0);
    objects(tail, tail.ceil_char_boundary(tail.len().saturating_sub(LONGEST_TAIL))..end).filter_map(
        |(position, mut event)| {
            let kind = event.get("type")?.as_str()?;
            if !types.contains(&kind) {
                return None;
            }
            match event.swap_remove("record")? {
                Value::Object(record) => Some((position, record)),
                _ => None,
            }
        },
    )
}

/// The JSON objects that begin in a range of a tail, with where each begins, wherever that is: in an array, on a line
/// of its own, behind other text. Objects within an object are part of it, unless it has no end.
///
/// Every `{` is tried, and the search goes on behind the object if there is one.
fn objects(tail: &str, begins: Range<usize>) -> impl Iterator<Item = (usize, Object)> {
    let mut next = begins.start;
    iter::from_fn(move || {
        while next < begins.end {
            let start = next + tail.get(next..begins.end)?.find('{')?;
            let mut values = Deserializer::from_str(tail.get(start..)?).into_iter();
            if let Some(Ok(object)) = values.next() {
                next = start + values.byte_offset();
                return Some((start, object));
            }
            next = start + 1;
        }
        None
    })
}

fn report(record: &Object) -> Option<Report> {
    let metrics = record.get("metrics")?.as_object()?;
    let text = |name: &str| record.get(name).and_then(Value::as_str);
    let given = |name: &str| metrics.get(name).filter(|value| !value.is_null());
    let duration = |value: &Value| milliseconds(value.as_f64()?);
    let bill = |value: &Value| billed(whole(value)?);
    let megabytes = |name: &str| u32::try_from(whole(given(name)?)?).ok();
    // What is absent is none; what is there and no number of Lambda's makes the event none of Lambda's.
    let duration_if_given = |name: &str| given(name).map(|value| duration(value).ok_or(())).transpose().ok();
    let bill_if_given = |name: &str| given(name).map(|value| bill(value).ok_or(())).transpose().ok();
    Some(Report {
        request_id: text("requestId")?.to_owned(),
        duration: duration(given("durationMs")?)?,
        billed: bill(given("billedDurationMs")?)?,
        memory_size_mb: megabytes("memorySizeMB")?,
        max_memory_used_mb: megabytes("maxMemoryUsedMB")?,
        init: duration_if_given("initDurationMs")?,
        restore: duration_if_given("restoreDurationMs")?,
        billed_restore: bill_if_given("billedRestoreDurationMs")?,
        init_given_up: None,
        ending: Ending::of(text("status"), text("errorType")),
        trace_id: record.get("tracing").and_then(trace_id),
    })
}

/// The trace id in `{"type": "X-Amzn-Trace-Id", "value": "Root=<id>;Parent=…;Sampled=1"}`.
fn trace_id(tracing: &Value) -> Option<TraceId> {
    let mut parts = tracing.get("value")?.as_str()?.split(';');
    let is_sampled = parts.clone().any(|part| part == "Sampled=1");
    parts.find_map(|part| part.strip_prefix("Root="))?.parse().ok().filter(|_| is_sampled)
}

/// A whole number, written as 13 or as 13.0.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked: a whole number in the range of u32"
)]
fn whole(value: &Value) -> Option<u64> {
    let in_range = |number: &f64| number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(number);
    value.as_u64().or_else(|| value.as_f64().filter(in_range).map(|number| number as u64))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The texts that make a parser begin anew at every character, or go deep.
    pub(in super::super) const HOSTILE: [&str; 8] =
        ["[", "{", "{\"a\":", "[{\"a\":", "{\"a\":[", "{\"a\":{},\"b\":", "{\"", "{\"a\":\""];

    /// The number of characters that are read of a text that begins with an object, until it ends or is given up.
    fn read(text: &str) -> usize {
        let mut values = Deserializer::from_str(text).into_iter::<Object>();
        match values.next() {
            Some(Err(error)) => {
                text.split_inclusive('\n').take(error.line() - 1).map(str::len).sum::<usize>() + error.column()
            }
            _ => values.byte_offset(),
        }
    }

    #[test]
    fn the_characters_of_a_hostile_tail_are_read_no_more_often_than_objects_may_be_nested() {
        /// At which depth `serde_json` gives up.
        const DEEPEST: usize = 128;
        for hostile in HOSTILE {
            let tail = hostile.repeat(LONGEST_TAIL / hostile.len());
            let begins = tail.match_indices('{').map(|(start, _)| start);
            let all: usize = begins.map(|start| read(tail.get(start..).unwrap())).sum();
            assert!(all <= DEEPEST * LONGEST_TAIL, "{all} characters of {hostile}");
        }
    }

    #[test]
    fn only_the_end_of_a_tail_is_searched() {
        let begun = r#"{"type":"platform.initReport","record":{"status":"timeout"}}"#;
        let found = |behind: usize| init_failed(&format!("{begun}{}", " ".repeat(behind)));
        assert!(found(LONGEST_TAIL - begun.len()) && !found(LONGEST_TAIL - begun.len() + 1));
    }
}
