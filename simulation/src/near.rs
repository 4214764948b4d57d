//! Schedules that are much like one that went wrong once. As the steps change, they make other calls at other times,
//! and a schedule that was kept misses by a few milliseconds what it met once: some of its neighbours do not.

use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
};

use crate::schedule::{Deed, Fault, Mishap, Schedule, deed, fault};

/// A change of a schedule.
#[derive(Debug, Clone)]
enum Change {
    /// Calls and pauses of retries take other times.
    Seed(u64),
    /// One of its times is so many ms earlier or later.
    Time(Index, i32),
    /// A fault meets a call so many calls earlier or later.
    Nth(Index, i32),
    /// One more deed of the owner.
    Deed(Deed),
    /// One more fault.
    Fault(Fault),
}

/// Draws a neighbour of one of these schedules.
pub fn near(schedules: Vec<Schedule>) -> impl Strategy<Value = Schedule> {
    (select(schedules), vec(change(), 1..=4)).prop_map(|(schedule, changes)| changes.into_iter().fold(schedule, with))
}

fn change() -> impl Strategy<Value = Change> {
    let ms = prop_oneof![-100..=100i32, -1_000..=1_000i32, -10_000..=10_000i32];
    prop_oneof![
        2 => any::<u64>().prop_map(Change::Seed),
        6 => (any::<Index>(), ms).prop_map(|(index, ms)| Change::Time(index, ms)),
        4 => (any::<Index>(), -3..=3i32).prop_map(|(index, calls)| Change::Nth(index, calls)),
        1 => deed().prop_map(Change::Deed),
        1 => fault().prop_map(Change::Fault),
    ]
}

fn with(mut schedule: Schedule, change: Change) -> Schedule {
    match change {
        Change::Seed(seed) => schedule.seed = seed,
        Change::Time(index, by) => {
            let mut times: Vec<&mut u32> = times(&mut schedule).collect();
            let time = index.get_mut(&mut times);
            **time = time.saturating_add_signed(by);
        }
        Change::Nth(index, by) => {
            if !schedule.faults.is_empty() {
                let fault = index.get_mut(&mut schedule.faults);
                fault.nth = fault.nth.saturating_add_signed(by);
            }
        }
        Change::Deed(deed) => schedule.deeds.push(deed),
        Change::Fault(fault) => schedule.faults.push(fault),
    }
    schedule
}

/// All times in a schedule, but for the age of stale answers, which has a bound.
fn times(schedule: &mut Schedule) -> impl Iterator<Item = &mut u32> {
    let runs = schedule.runs.iter_mut().flat_map(|run| {
        [&mut run.starts_ms].into_iter().chain(run.stopped_ms.as_mut()).chain(run.events_ms.iter_mut())
    });
    let deeds = schedule.deeds.iter_mut().map(|deed| &mut deed.at_ms);
    let faults = schedule.faults.iter_mut().filter_map(|fault| match &mut fault.what {
        Mishap::Late(ms)
        | Mishap::AnswerLate(ms)
        | Mishap::EffectLate(ms)
        | Mishap::Repeated(ms)
        | Mishap::Forsaken(ms) => Some(ms),
        Mishap::Lost
        | Mishap::AnswerLost
        | Mishap::Throttled
        | Mishap::Stale(_)
        | Mishap::KilledBefore
        | Mishap::KilledAfter => None,
    });
    runs.chain(deeds).chain(faults)
}
