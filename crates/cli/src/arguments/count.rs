//! Counts, as people write them.

use std::str::FromStr;

/// A count: `5000000`, `5_000_000`, `5M` or `5e6`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count(pub u64);

/// Above, a floating-point number does not hold every whole number any more.
const MOST: f64 = 9e15;

impl FromStr for Count {
    type Err = String;

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked: a whole number from 1 to 9e15"
    )]
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let (number, factor) = match text.char_indices().last() {
            Some((end, 'k' | 'K')) => (&text[..end], 1e3),
            Some((end, 'm' | 'M')) => (&text[..end], 1e6),
            Some((end, 'g' | 'G' | 'b' | 'B')) => (&text[..end], 1e9),
            _ => (text, 1.0),
        };
        let number: Option<f64> = number.trim_end().replace('_', "").parse().ok();
        let count = number.map(|number| (number * factor).round());
        let whole = count.filter(|count| (1.0..=MOST).contains(count));
        whole
            .map(|count| Self(count as u64))
            .ok_or_else(|| "expected a number of at least 1, such as 5000000, 5_000_000, 5M or 5e6".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn counts_are_read_as_people_write_them() {
        for text in ["5000000", "5_000_000", "5M", "5m", "5e6", "5000k", " 0.005 G "] {
            assert_eq!(text.parse(), Ok(Count(5_000_000)), "{text}");
        }
        for text in ["", "0", "-1", "M", "a few", "NaN", "inf", "1e30"] {
            assert!(text.parse::<Count>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_whole_number_is_read_as_itself(count in 1u64..1_000_000_000_000) {
            prop_assert_eq!(count.to_string().parse(), Ok(Count(count)));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,12}") {
            let _ = text.parse::<Count>();
        }
    }
}
