//! The limits of gates, as they are written on the command line.

use std::{fmt, str::FromStr};

use tuning::units::milliseconds::Milliseconds;

/// A number of percent: `20%` or `20`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Percent(pub f64);

/// A duration: `300ms` or `1.5s`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limit(pub Milliseconds);

impl FromStr for Percent {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let (digits, has_sign) = text.strip_suffix('%').map_or((text, false), |digits| (digits.trim_end(), true));
        let number = digits.parse().ok().filter(|n: &f64| n.is_finite());
        let number = number.ok_or_else(|| "expected a number of percent, such as 20%".to_owned())?;
        if !has_sign && number > 0.0 && number < 1.0 {
            return Err(format!("{digits} may mean {digits}% or {}%: write the sign", 100.0 * number));
        }
        Ok(Self(number))
    }
}

impl FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let (number, factor) = match text.strip_suffix("ms") {
            Some(number) => (number, 1.0),
            None => {
                (text.strip_suffix('s').ok_or("a unit is missing: expected a duration such as 300ms or 1.5s")?, 1000.0)
            }
        };
        let milliseconds = number.trim_end().parse().ok().map(|number: f64| number * factor);
        let valid = milliseconds.filter(|milliseconds| milliseconds.is_finite() && *milliseconds >= 0.0);
        valid.map(|ms| Self(Milliseconds(ms))).ok_or_else(|| "expected a duration such as 300ms or 1.5s".to_owned())
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_and_durations_are_read_as_people_write_them() {
        for (text, percent) in [("20%", 20.0), ("20", 20.0), ("12.5 %", 12.5), ("0%", 0.0), ("0.2%", 0.2)] {
            assert_eq!(text.parse(), Ok(Percent(percent)));
        }
        for (text, ms) in [("300ms", 300.0), ("1.5s", 1500.0), ("2 s", 2000.0), ("0.5 ms", 0.5)] {
            assert_eq!(text.parse(), Ok(Limit(Milliseconds(ms))));
        }
    }

    #[test]
    fn what_has_no_unit_or_is_no_number_is_refused() {
        for text in ["300", "ms", "-1ms", "NaNs", "", "1min"] {
            assert!(text.parse::<Limit>().is_err(), "{text}");
        }
        for text in ["", "%", "a lot", "inf%", "0.2"] {
            assert!(text.parse::<Percent>().is_err(), "{text}");
        }
    }
}
