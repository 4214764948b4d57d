//! The link that draws a result.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{
    decide::strategy::Candidate,
    price::Currency,
    units::{milliseconds::Milliseconds, power::Power, usd::Usd},
};

/// The link of a page that draws cost and duration over memory, in the format of the reference tool's viewer.
///
/// `<page>#<sizes>;<times>;<costs>`: sizes as little-endian 16-bit integers, times (ms) and costs as little-endian
/// 32-bit floats, each in base64, sorted by memory. Behind `#` they never leave the browser. The page is told
/// of a currency other than US dollars, as the reference tool does in China.
#[must_use]
pub fn link(page: &str, currency: Currency, candidates: &[Candidate]) -> String {
    let mut sorted = candidates.to_vec();
    sorted.sort_by_key(|candidate| candidate.power);
    let sizes: Vec<u8> = sorted.iter().flat_map(|c| c.power.to_le_bytes()).collect();
    let times = single_precision(sorted.iter().map(|c| c.duration.0));
    let costs = single_precision(sorted.iter().map(|c| c.cost.0));
    let currency = if currency == Currency::Usd { String::new() } else { format!("?currency={currency}") };
    format!("{page}{currency}#{};{};{}", STANDARD.encode(sizes), STANDARD.encode(times), STANDARD.encode(costs))
}

#[expect(clippy::cast_possible_truncation, reason = "the format has single precision")]
fn single_precision(values: impl Iterator<Item = f64>) -> Vec<u8> {
    values.flat_map(|value| (value as f32).to_le_bytes()).collect()
}

/// What a link draws.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawing {
    /// The currency of the costs.
    pub currency: Currency,
    /// Cost and duration of each memory size, in the order of the link.
    pub candidates: Vec<Candidate>,
}

/// Why a link cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum NotALink {
    /// There is nothing behind `#`, or not three parts.
    #[error("a link of a result has <sizes>;<times>;<costs> behind #, each in base64")]
    Parts,
    /// A part is not base64, or not of whole numbers.
    #[error("the {0} of the link are damaged: they are not base64 of numbers")]
    Damaged(&'static str),
    /// Not as many sizes as times or costs.
    #[error("the link is damaged: it has not as many sizes as times and costs")]
    Lengths,
    /// A size is none of Lambda's.
    #[error("the link is damaged: {0} MB is not a memory size of AWS Lambda")]
    Power(i16),
    /// A time or cost is negative or not a number.
    #[error("the link is damaged: a time or cost is {0}")]
    Figure(f32),
}

/// Reads a link in the format of the reference tool's viewer, whatever page it leads to.
pub fn read(link: &str) -> Result<Drawing, NotALink> {
    let (page, data) = link.split_once('#').ok_or(NotALink::Parts)?;
    let mut parts = data.split(';');
    let (Some(sizes), Some(times), Some(costs), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(NotALink::Parts);
    };
    let sizes = numbers(sizes, i16::from_le_bytes).ok_or(NotALink::Damaged("sizes"))?;
    let times = numbers(times, f32::from_le_bytes).ok_or(NotALink::Damaged("times"))?;
    let costs = numbers(costs, f32::from_le_bytes).ok_or(NotALink::Damaged("costs"))?;
    if sizes.len() != times.len() || sizes.len() != costs.len() {
        return Err(NotALink::Lengths);
    }
    let candidates = sizes.into_iter().zip(times.into_iter().zip(costs)).map(|(size, (time, cost))| {
        if let Some(&wrong) = [time, cost].iter().find(|figure| !(figure.is_finite() && **figure >= 0.0)) {
            return Err(NotALink::Figure(wrong));
        }
        let power = u32::try_from(size).ok().and_then(|size| Power::new(size).ok()).ok_or(NotALink::Power(size))?;
        Ok(Candidate { power, cost: Usd(f64::from(cost)), duration: Milliseconds(f64::from(time)) })
    });
    Ok(Drawing { currency: currency(page), candidates: candidates.collect::<Result<_, _>>()? })
}

/// The currency of the costs that a link draws.
#[must_use]
pub fn currency(link: &str) -> Currency {
    let is_named = |currency: &Currency| link.contains(&format!("?currency={currency}"));
    [Currency::Cny, Currency::Eur].into_iter().find(is_named).unwrap_or(Currency::Usd)
}

fn numbers<T, const WIDTH: usize>(part: &str, number: fn([u8; WIDTH]) -> T) -> Option<Vec<T>> {
    let bytes = STANDARD.decode(part).ok()?;
    let (whole, rest) = bytes.as_chunks::<WIDTH>();
    rest.is_empty().then(|| whole.iter().copied().map(number).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn candidate(mb: u32, cost: f64, duration: f64) -> Candidate {
        Candidate { power: Power::new(mb).unwrap(), cost: Usd(cost), duration: Milliseconds(duration) }
    }

    #[test]
    fn in_china_the_page_shows_yuan() {
        let one = [candidate(1769, 5.371_777_615_509_928e-6, 248.078_195_069_208_73)];
        assert_eq!(link("https://x/", Currency::Usd, &one), "https://x/#6QY=;BRR4Qw==;OD+0Ng==");
        assert_eq!(link("https://x/", Currency::Cny, &one), "https://x/?currency=CNY#6QY=;BRR4Qw==;OD+0Ng==");
    }

    #[test]
    fn a_damaged_link_is_refused_with_what_is_wrong() {
        let texts = [
            "https://x/",
            "https://x/#6QY=;BRR4Qw==",
            "#6Q;BRR4Qw==;OD+0Ng==",
            "#6Q==;BRR4Qw==;OD+0Ng==",
            "#6QbpBg==;BRR4Qw==;OD+0Ng==",
            "#AQA=;BRR4Qw==;OD+0Ng==",
            "#6QY=;AADAfw==;OD+0Ng==",
        ];
        let said = texts.map(|text| read(text).unwrap_err().to_string());
        insta::assert_debug_snapshot!(said, @r#"
        [
            "a link of a result has <sizes>;<times>;<costs> behind #, each in base64",
            "a link of a result has <sizes>;<times>;<costs> behind #, each in base64",
            "the sizes of the link are damaged: they are not base64 of numbers",
            "the sizes of the link are damaged: they are not base64 of numbers",
            "the link is damaged: it has not as many sizes as times and costs",
            "the link is damaged: 1 MB is not a memory size of AWS Lambda",
            "the link is damaged: a time or cost is NaN",
        ]
        "#);
    }

    #[test]
    fn yuan_are_read_back() {
        assert_eq!(read("https://x/?currency=CNY#6QY=;BRR4Qw==;OD+0Ng==").unwrap().currency, Currency::Cny);
        assert_eq!(read("https://x/#6QY=;BRR4Qw==;OD+0Ng==").unwrap().currency, Currency::Usd);
    }

    proptest! {
        #[test]
        fn no_text_makes_reading_fail_otherwise_than_with_an_error(text in "\\PC{0,60}") {
            let _ = read(&text);
        }

        #[test]
        fn the_numbers_can_be_read_back_sorted_by_memory(
            measured in prop::collection::btree_map(128u32..=10_240, (1e-9..1e-3, 0.1..1e6), 1..50),
        ) {
            let mut candidates: Vec<Candidate> =
                measured.iter().map(|(&mb, &(cost, duration))| candidate(mb, cost, duration)).collect();
            candidates.reverse();
            let link = link("p", Currency::Usd, &candidates);
            let read: Vec<Candidate> = read(&link).unwrap().candidates;
            let powers = |candidates: &[Candidate]| candidates.iter().map(|c| c.power.megabytes()).collect::<Vec<_>>();
            prop_assert_eq!(powers(&read), measured.keys().copied().collect::<Vec<_>>());
            for (read, (cost, duration)) in read.iter().zip(measured.values()) {
                prop_assert!((read.cost.0 / cost - 1.0).abs() < 1e-6 && (read.duration.0 / duration - 1.0).abs() < 1e-6);
            }
        }
    }
}
