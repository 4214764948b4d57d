//! The memory use that the reports show: how much the winner leaves, how variable it is, and whether it goes on
//! growing.

use tuning::{
    contract::outcome::{Headroom, MemoryUse, PayloadHeadroom, UsualHeadroom},
    measure::{
        measurement::Measurement,
        memory_growth::{MemoryGrowth, MemoryTrend},
    },
    units::{counted::counted, power::Power},
};

use crate::answer::Answer;

/// The reports are of whole MB, so that this is no difference.
const ROUNDED: u32 = 1;
/// With less headroom than this, a winner gets a warning, unless the caller has said how much there should be.
const USUAL_HEADROOM: f64 = 0.2;

/// Computes how much memory the winner leaves, against how variable its use is; `None` where the reports do not say.
pub(crate) fn headroom(measurements: &[Measurement], answer: &Answer) -> Option<Headroom> {
    let compared = || measurements.iter().filter(|m| answer.compares(m.value));
    let winner = compared().find(|m| m.value == answer.choice.winner.power())?;
    let variation = compared().filter_map(variation).max_by(f64::total_cmp)?;
    let usual = |memory_use: MemoryUse| {
        let (low, high) = memory_use.usual();
        let fits = |m: &&Measurement| m.max_memory_used.is_some_and(|used| above(m.value, used) >= low);
        UsualHeadroom { memory_use, low, high, fitting: compared().filter(fits).map(|m| m.value).collect() }
    };
    let by_payload = winner.statistics().map_or(&[][..], |statistics| &statistics.memory_by_payload);
    let payload = |(payload, used): (u32, &Option<u32>)| {
        let max_memory_used = (*used)?;
        Some(PayloadHeadroom { payload, max_memory_used, headroom: above(winner.value, max_memory_used) })
    };
    Some(Headroom {
        at_winner: above(winner.value, winner.max_memory_used?),
        variation,
        memory_use: MemoryUse::of(variation),
        usual: MemoryUse::ALL.map(usual).to_vec(),
        payloads: (0..).zip(by_payload).filter_map(payload).collect(),
    })
}

/// Computes what a memory size leaves above what was used, as a fraction of that.
fn above(power: Power, used: u32) -> f64 {
    f64::from(power.megabytes()) / f64::from(used.max(1)) - 1.0
}

/// By which fraction the most memory used exceeds the least.
fn variation(measurement: &Measurement) -> Option<f64> {
    let (least, most) = (measurement.statistics()?.least_memory_used?, measurement.max_memory_used?);
    let is_rounding = most <= least + ROUNDED;
    Some(if is_rounding { 0.0 } else { f64::from(most) / f64::from(least.max(1)) - 1.0 })
}

/// Returns the trend of memory use, by all environments of all memory sizes that are compared.
pub(crate) fn trend(measurements: &[Measurement], answer: &Answer) -> Option<MemoryTrend> {
    let compared = measurements.iter().filter(|m| answer.compares(m.value));
    compared.filter_map(|m| m.statistics()?.memory_growth).sum::<MemoryGrowth>().trend()
}

/// Lists what the caller should know of it; `wanted` is `memoryHeadroom`.
pub(crate) fn warnings(
    wanted: f64,
    answer: &Answer,
    headroom: Option<&Headroom>,
    trend: Option<&MemoryTrend>,
) -> Vec<String> {
    let little = match answer.choice.winner.max_memory_used {
        Some(used) => little_headroom(wanted, answer.choice.winner.power(), used, headroom),
        None => (wanted > 0.0).then(|| {
            let power = answer.choice.winner.power();
            format!("memoryHeadroom was not checked at {power}: without reports the memory used is not known")
        }),
    };
    little.into_iter().chain(trend.and_then(leak)).collect()
}

fn little_headroom(wanted: f64, power: Power, used: u32, headroom: Option<&Headroom>) -> Option<String> {
    if let Some(Headroom { at_winner, variation, .. }) = headroom
        && at_winner < variation
    {
        let [left, varied] = [at_winner, variation].map(|fraction| fraction * 100.0);
        return Some(format!(
            "the function used {used} MB of {power}: {left:.0} % headroom, less than the {varied:.0} % by which memory \
             use varied at one size; set memoryHeadroom to reserve more"
        ));
    }
    let too_little = wanted == 0.0 && above(power, used) < USUAL_HEADROOM;
    too_little.then(|| {
        format!("the function used {used} MB of {power}: less than 20 % headroom; set memoryHeadroom to reserve some")
    })
}

fn leak(trend: &MemoryTrend) -> Option<String> {
    let MemoryTrend { environments, per_invocation, low, high, suspected_leak, .. } = trend;
    suspected_leak.then(|| {
        format!(
            "the function may leak memory: in {}, the most memory used rises by {per_invocation:.2} MB with each \
             invocation (95 % interval {low:.2} to {high:.2} MB), and the rise does not slow down. A cache that is \
             still filling looks the same",
            counted(*environments, "execution environment")
        )
    })
}
