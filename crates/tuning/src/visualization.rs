//! The link that draws a result.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::strategy::Candidate;

/// The link of a page that draws cost and duration over memory, in the format of the reference tool's viewer.
///
/// `<page>#<sizes>;<times>;<costs>`: sizes as little-endian 16-bit integers, times (ms) and costs as little-endian
/// 32-bit floats, each in base64, sorted by memory. Behind `#` they never leave the browser. In the partition `aws-cn` the
/// page is told that the costs are in yuan.
#[must_use]
pub fn link(page: &str, partition: &str, candidates: &[Candidate]) -> String {
    let mut sorted = candidates.to_vec();
    sorted.sort_by_key(|candidate| candidate.power);
    let sizes: Vec<u8> = sorted.iter().flat_map(|c| c.power.to_le_bytes()).collect();
    let times = single_precision(sorted.iter().map(|c| c.duration.0));
    let costs = single_precision(sorted.iter().map(|c| c.cost.0));
    let currency = if partition == "aws-cn" { "?currency=CNY" } else { "" };
    format!("{page}{currency}#{};{};{}", STANDARD.encode(sizes), STANDARD.encode(times), STANDARD.encode(costs))
}

#[expect(clippy::cast_possible_truncation, reason = "the format has single precision")]
fn single_precision(values: impl Iterator<Item = f64>) -> Vec<u8> {
    values.flat_map(|value| (value as f32).to_le_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{milliseconds::Milliseconds, power::Power, usd::Usd};

    fn candidate(mb: u32, cost: f64, duration: f64) -> Candidate {
        Candidate { power: Power::new(mb).unwrap(), cost: Usd(cost), duration: Milliseconds(duration) }
    }

    #[test]
    fn in_china_the_page_shows_yuan() {
        let one = [candidate(1769, 5.371_777_615_509_928e-6, 248.078_195_069_208_73)];
        assert_eq!(link("https://x/", "aws", &one), "https://x/#6QY=;BRR4Qw==;OD+0Ng==");
        assert_eq!(link("https://x/", "aws-cn", &one), "https://x/?currency=CNY#6QY=;BRR4Qw==;OD+0Ng==");
    }

    proptest! {
        #[test]
        fn the_numbers_can_be_read_back_sorted_by_memory(
            measured in prop::collection::btree_map(128u32..=10_240, (1e-9..1e-3, 0.1..1e6), 1..50),
        ) {
            let mut candidates: Vec<Candidate> =
                measured.iter().map(|(&mb, &(cost, duration))| candidate(mb, cost, duration)).collect();
            candidates.reverse();
            let link = link("p", "aws", &candidates);
            let parts: Vec<Vec<u8>> = link.strip_prefix("p#").unwrap().split(';').map(|part| STANDARD.decode(part).unwrap()).collect();
            let sizes: Vec<u32> = parts[0].chunks(2).map(|b| u32::from(u16::from_le_bytes([b[0], b[1]]))).collect();
            let floats = |part: &[u8]| -> Vec<f64> { part.chunks(4).map(|b| f64::from(f32::from_le_bytes([b[0], b[1], b[2], b[3]]))).collect() };
            prop_assert_eq!(sizes, measured.keys().copied().collect::<Vec<_>>());
            for (read, (cost, _)) in floats(&parts[2]).iter().zip(measured.values()) { prop_assert!((read / cost - 1.0).abs() < 1e-6); }
            for (read, (_, duration)) in floats(&parts[1]).iter().zip(measured.values()) { prop_assert!((read / duration - 1.0).abs() < 1e-6); }
        }
    }
}
