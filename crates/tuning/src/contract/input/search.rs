//! What a search (`powerValues: "AUTO"`) reads from the input.

use super::{MAX_CONCURRENCY, reader::Reader};
use crate::{
    decide::auto,
    run::{objective::Effort, payload::Payload, plan::SearchRequest},
    units::power::Power,
};

/// Into how many shares the weights of a list of payloads are divided: fine enough for every weight.
pub(super) const PAYLOAD_SHARES: u32 = 10_000;
/// How many memory sizes a search measures at most, with the current memory and those that it verifies.
pub(super) const MOST_POWER_VALUES: usize = 16;
/// Each lane goes through all payloads, so that many of them cost many invocations.
const MOST_PAYLOADS: u32 = 10;
/// What a search may make without being told: several times what it usually takes.
const MAX_INVOCATIONS: u32 = 500;
/// Fields that only a search reads.
const OF_A_SEARCH: [&str; 2] = ["effort", "maxInvocations"];

/// What the input says of the search. What leaves no size enough samples to win is raised, if it is `num`, which
/// callers of the reference tool send for lists, and refused, if it is a budget: nothing is spent that the caller did
/// not allow.
pub(super) fn read(
    reader: &mut Reader<'_>,
    num: Option<u32>,
    payload: &Payload,
    compare_with_current: bool,
) -> SearchRequest {
    let effort = effort(reader);
    let (min, max) = (reader.memory("minPower").unwrap_or(Power::MIN), reader.memory("maxPower").unwrap_or(Power::MAX));
    if min > max {
        reader.refuse("minPower", format!("it is above maxPower ({max})"));
    }
    refuse_what_a_search_cannot_do(reader, payload);
    let payload_weights = payload.shares(PAYLOAD_SHARES);
    let most_lanes = reader.integer("maxConcurrency").unwrap_or(MAX_CONCURRENCY);
    let fewest = auto::fewest(effort, most_lanes, payload_weights.len(), compare_with_current);
    let most_per_value = num.map(|num| {
        if num < fewest.per_value {
            let per_value = fewest.per_value;
            reader.warn(format!(
                "num was raised from {num} to {per_value}: with powerValues \"AUTO\" it is the most invocations at a memory size, and \
                 with fewer than {per_value} none would have enough samples to win. Leave num out to let the search decide"
            ));
        }
        num.max(fewest.per_value)
    });
    let max_invocations = reader.integer("maxInvocations");
    if let Some(received) = max_invocations.filter(|received| *received < fewest.in_all) {
        let least = fewest.in_all;
        reader.refuse("maxInvocations", format!("received {received}; this search needs at least {least}"));
    }
    let max_invocations = max_invocations.unwrap_or(MAX_INVOCATIONS);
    SearchRequest { min, max, effort, max_invocations, most_per_value, payload_weights }
}

/// Of a run without a search: its fields may be there, and right.
pub(super) fn warn_of_its_fields(reader: &mut Reader<'_>) {
    effort(reader);
    reader.integer("maxInvocations");
    for field in OF_A_SEARCH {
        if reader.given(field).is_some() {
            reader.warn(format!("{field} does nothing without powerValues: \"AUTO\""));
        }
    }
}

fn effort(reader: &mut Reader<'_>) -> Effort {
    match reader.word("effort") {
        Some("quick") => Effort::Quick,
        Some("thorough") => Effort::Thorough,
        _ => Effort::Normal,
    }
}

fn refuse_what_a_search_cannot_do(reader: &mut Reader<'_>, payload: &Payload) {
    let advice = "with powerValues: \"AUTO\"; give a list of memory sizes";
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
