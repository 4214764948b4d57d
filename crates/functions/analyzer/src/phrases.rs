//! Differences and amounts in words. A difference that would be rounded to nothing is called slight, and only none at
//! all is called none.

/// A share of a percent that is shown as 0.0.
const ROUNDED_AWAY: f64 = 0.05;
/// A share of a percent that comes of rounding.
const NO_DIFFERENCE: f64 = 1e-9;
/// From this factor on a number of times says more than a percentage.
const TIMES: f64 = 1.995;

/// "costs 5.0 % more".
pub(crate) fn costs(percent: f64) -> String {
    format!("costs {}", if percent >= NO_DIFFERENCE { more(percent) } else { less(-percent) })
}

/// "takes 60.0 % less time", "takes 13 times as long".
pub(crate) fn takes(percent: f64) -> String {
    let factor = 1.0 + percent / 100.0;
    if percent.abs() < NO_DIFFERENCE {
        "takes the same time".to_owned()
    } else if factor >= TIMES {
        format!("takes {} times as long", times(factor))
    } else if percent > 0.0 {
        format!("takes {} time", more(percent))
    } else {
        format!("takes {} time", less(-percent))
    }
}

/// "13 times faster", of something that takes a thirteenth of the time; "takes 26.1 % less time" where it is not twice
/// as fast.
pub(crate) fn times_faster(factor: f64) -> String {
    if factor >= TIMES { format!("{} times faster", times(factor)) } else { takes((1.0 / factor - 1.0) * 100.0) }
}

/// An amount of money, without its currency: at least four significant digits, at least cents, and none from 10,000 on.
/// `crates/report/web/src/format.ts` writes it so, too.
pub(crate) fn amount(value: f64) -> String {
    let decimals = if value == 0.0 {
        2
    } else if value >= 10_000.0 {
        0
    } else {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 2 to some hundred")]
        let decimals = (3.0 - value.log10().floor()).max(2.0) as usize;
        decimals
    };
    format!("{value:.decimals$}")
}

/// "5.0 % more", of a positive number of percent.
pub(crate) fn more(percent: f64) -> String {
    if percent < ROUNDED_AWAY { "slightly more".to_owned() } else { format!("{percent:.1} % more") }
}

/// "5.0 % less", of a number of percent that is not negative.
pub(crate) fn less(percent: f64) -> String {
    if percent < NO_DIFFERENCE {
        "the same".to_owned()
    } else if percent < ROUNDED_AWAY {
        "slightly less".to_owned()
    } else {
        format!("{percent:.1} % less")
    }
}

fn times(factor: f64) -> String {
    let digits = if factor >= 9.95 { format!("{factor:.0}") } else { format!("{factor:.1}") };
    digits.strip_suffix(".0").map(str::to_owned).unwrap_or(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_amount_but_nothing_is_shown_as_nothing() {
        let shown = [0.0, 2.167e-5, 0.9999, 1.0, 4.6484, 161.123, 9999.994, 10_000.4].map(amount);
        assert_eq!(shown, ["0.00", "0.00002167", "0.9999", "1.000", "4.648", "161.12", "9999.99", "10000"]);
    }

    #[test]
    fn differences_are_said_as_people_say_them() {
        let said =
            [-92.3, -60.0, -0.01, 0.0, 0.01, 5.0, 99.0, 100.0, 1200.0].map(|percent| [costs(percent), takes(percent)]);
        insta::assert_debug_snapshot!(said);
        assert_eq!(
            [1.35, 2.4, 13.2].map(times_faster),
            ["takes 25.9 % less time", "2.4 times faster", "13 times faster"]
        );
    }
}
