//! The sizes that can win.

use super::{
    cell::{VCPU, VCPUS},
    evidence::Evidence,
    goal::Goal,
};
use crate::units::power::Power;

/// The number of sizes between the smallest and the largest, equally far from each other in the logarithm: 4.5 % apart.
const STEPS: u32 = 100;

/// The sizes that can win, as far as memory and bounds go: a grid, those with a whole number of virtual CPUs, the
/// bounds and the measured ones.
pub(super) fn candidates(evidence: &Evidence, goal: &Goal) -> Vec<Power> {
    let (smallest, largest) = (f64::from(Power::MIN.megabytes()), f64::from(Power::MAX.megabytes()));
    let spread = |i: u32| smallest * (largest / smallest).powf(f64::from(i) / f64::from(STEPS - 1));
    let grid = (0..STEPS).map(spread).chain((1..=VCPUS).map(|cpus| VCPU * f64::from(cpus))).map(Power::nearest);
    let measured = evidence.points.iter().map(|point| point.power);
    let floor = floor(evidence, goal);
    let mut sizes: Vec<Power> = grid
        .chain(measured)
        .chain([goal.smallest, goal.largest])
        .filter(|&power| power >= goal.smallest && power <= goal.largest && f64::from(power.megabytes()) >= floor)
        .collect();
    sizes.sort();
    sizes.dedup();
    sizes
}

/// Below this many MB nothing can win: the function failed there, or it would have too little headroom.
pub(super) fn floor(evidence: &Evidence, goal: &Goal) -> f64 {
    let above_failed = evidence.failed.map_or(0.0, |failed| f64::from(failed.megabytes()) + 1.0);
    let needed = evidence.used.map_or(0.0, |used| f64::from(used) * (1.0 + goal.memory_headroom));
    above_failed.max(needed.ceil()).max(f64::from(Power::MIN.megabytes()))
}
