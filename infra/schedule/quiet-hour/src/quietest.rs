//! Which hour of the day is the quietest.

use std::time::Duration;

use tuning::units::moment::Moment;

const HOUR: u64 = 3_600_000;
const HOURS_OF_A_DAY: usize = 24;

/// An hour of the day, UTC.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quietest {
    /// How long it is until it begins, less than a day; nothing in the hour itself.
    pub wait: Duration,
    /// How many invocations there were in it, in all days.
    pub invocations: f64,
}

/// The hour of the day that had the fewest invocations: of several, the one that comes next.
#[must_use]
pub fn quietest(now: Moment, hourly: &[(Moment, f64)]) -> Quietest {
    let mut of_the_day = [0.0; HOURS_OF_A_DAY];
    for &(Moment(at), invocations) in hourly {
        if let Some(hour) = of_the_day.get_mut(hour_of_the_day(at)) {
            *hour += invocations;
        }
    }
    let this_hour = now.0 / HOUR * HOUR;
    let next = (0..HOURS_OF_A_DAY as u64).map(|later| this_hour + later * HOUR);
    let invocations = |begins: u64| of_the_day.get(hour_of_the_day(begins)).copied().unwrap_or_default();
    // The first of several is taken.
    let begins = next.min_by(|one, other| invocations(*one).total_cmp(&invocations(*other))).unwrap_or(this_hour);
    Quietest { wait: Duration::from_millis(begins.saturating_sub(now.0)), invocations: invocations(begins) }
}

fn hour_of_the_day(at: u64) -> usize {
    usize::try_from(at / HOUR).map_or(0, |hours| hours % HOURS_OF_A_DAY)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A moment on a day, at an hour and some minutes.
    fn at(day: u64, hour: u64, minutes: u64) -> Moment {
        Moment(day * 24 * HOUR + hour * HOUR + minutes * 60_000)
    }

    #[test]
    fn the_next_hour_that_was_quietest_on_all_days_is_waited_for() {
        let busy = |day| (0..24).map(move |hour| (at(day, hour, 0), if hour == 3 || hour == 20 { 1.0 } else { 9.0 }));
        let hourly: Vec<_> = (100..114).flat_map(busy).collect();
        let wait = |hour, minutes| quietest(at(114, hour, minutes), &hourly).wait.as_secs() / 60;
        assert_eq!([wait(1, 30), wait(3, 0), wait(3, 59), wait(4, 0), wait(20, 1)], [90, 0, 0, 16 * 60, 0]);
        assert_eq!(quietest(at(114, 1, 0), &hourly).invocations, 14.0);
    }

    #[test]
    fn a_function_that_nobody_invokes_needs_no_waiting() {
        assert_eq!(quietest(at(1, 7, 30), &[]), Quietest { wait: Duration::ZERO, invocations: 0.0 });
    }

    proptest! {
        #[test]
        fn less_than_a_day_is_waited_and_no_hour_is_quieter(
            now in 0..u64::MAX / 4, hourly in prop::collection::vec((0..2_000_000_000_000_u64, 0.0..1e6), 0..200)
        ) {
            let hourly: Vec<(Moment, f64)> = hourly.into_iter().map(|(at, count)| (Moment(at), count)).collect();
            let Quietest { wait, invocations } = quietest(Moment(now), &hourly);
            prop_assert!(wait < Duration::from_hours(24));
            let begins = now + u64::try_from(wait.as_millis()).unwrap();
            prop_assert!(wait.is_zero() || begins % HOUR == 0);
            for hour in 0..24 {
                let of_hour = hourly.iter().filter(|(Moment(at), _)| at / HOUR % 24 == hour).map(|(_, count)| count);
                prop_assert!(invocations <= of_hour.sum::<f64>());
            }
        }
    }
}
