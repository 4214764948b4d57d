//! What a search (`powerValues: "AUTO"`) reads from the input.

use super::{max_concurrency, reader::Reader};
use crate::{auto::fewest_per_value, payload::Payload, plan::SearchRequest, power::Power, search::Effort};

/// Into how many shares the weights of a list of payloads are divided: fine enough for every weight.
pub(super) const PAYLOAD_SHARES: u32 = 10_000;
/// How many power values a search measures at most, with the present memory and those that it verifies.
pub(super) const MOST_POWER_VALUES: usize = 16;
/// Each lane goes through all payloads, so that many of them cost many invocations.
const MOST_PAYLOADS: u32 = 10;
/// What a search may make without being told: several times what it usually takes.
const MAX_INVOCATIONS: u32 = 500;
/// Fields that only a search reads.
const OF_A_SEARCH: [&str; 2] = ["effort", "maxInvocations"];

/// What the input says of the search; `None` if it asks for none.
pub(super) fn read(
    reader: &mut Reader<'_>,
    is_search: bool,
    num: Option<u32>,
    payload: &Payload,
) -> Option<SearchRequest> {
    let effort = effort(reader);
    let max_invocations = reader.integer("maxInvocations").unwrap_or(MAX_INVOCATIONS);
    if !is_search {
        for field in OF_A_SEARCH {
            if reader.given(field).is_some() {
                reader.warn(format!("{field} does nothing without powerValues: \"AUTO\""));
            }
        }
        return None;
    }
    let (min, max) = (reader.memory("minPower").unwrap_or(Power::MIN), reader.memory("maxPower").unwrap_or(Power::MAX));
    if min > max {
        reader.refuse("minPower", format!("it is above maxPower ({max})"));
    }
    refuse_what_a_search_cannot_do(reader, payload);
    let payload_weights = payload.shares(PAYLOAD_SHARES);
    let fewest = fewest_per_value(effort, payload_weights.len(), max_concurrency(reader));
    let num = num.map(|num| {
        if num < fewest {
            reader.warn(format!(
                "num was raised from {num} to {fewest}: with fewer invocations of a power value a search cannot verify the winner"
            ));
        }
        num.max(fewest)
    });
    Some(SearchRequest { min, max, effort, max_invocations, most_per_value: num, payload_weights })
}

fn effort(reader: &mut Reader<'_>) -> Effort {
    match reader.word("effort") {
        Some("quick") => Effort::Quick,
        Some("thorough") => Effort::Thorough,
        _ => Effort::Normal,
    }
}

fn refuse_what_a_search_cannot_do(reader: &mut Reader<'_>, payload: &Payload) {
    let advice = "with powerValues: \"AUTO\"; give a list of power values";
    if reader.given("onlyColdStarts").and_then(serde_json::Value::as_bool) == Some(true) {
        reader.refuse("onlyColdStarts", format!("cold starts cannot be searched for {advice}"));
    }
    if reader.given("onFailure").and_then(serde_json::Value::as_str) == Some("fail") {
        reader.refuse(
            "onFailure",
            format!("a search finds out where the function fails, so that it cannot stop there {advice}"),
        );
    }
    if payload.count() > MOST_PAYLOADS {
        let count = payload.count();
        reader.refuse(
            "payload",
            format!("{count} weighted payloads are too many {advice}, or at most {MOST_PAYLOADS} payloads"),
        );
    }
}
