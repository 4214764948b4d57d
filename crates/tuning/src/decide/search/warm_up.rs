//! Functions that get faster with the first invocations of an environment: caches fill, code is compiled.
//!
//! Lanes are short, so that all their samples lie in the warm-up. What matters for limits is what comes after it.

use super::observation::LaneSummary;
use crate::measure::statistics::quantile;

/// The share of the excess that is left after each invocation: an assumption, as lanes of two samples cannot tell.
const LEFT: f64 = 0.5;
/// With fewer lanes nothing is said.
const FEWEST_LANES: usize = 4;
/// No larger excess is believed: three times as long.
const LARGEST: f64 = 2.0;
/// The excess counts as far as it exceeds chance: so many standard errors.
const SURE: f64 = 2.0;
/// The standard error of a median, in units of that of a mean, times what makes a standard deviation of a median
/// deviation.
const MEDIAN_ERROR: f64 = 1.2533 * 1.4826;

/// The excess of the first warm sample of an environment over later ones, as a fraction of how long these take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct WarmUp(f64);

impl WarmUp {
    /// There is none.
    pub const NONE: Self = Self(0.0);

    /// The median over all lanes, shrunk by how uncertain it is (James and Stein's rule, positive part).
    pub fn of(lanes: &[LaneSummary]) -> Self {
        let excesses: Vec<f64> = lanes.iter().filter_map(first_excess).collect();
        let Some(median) = quantile(&excesses, 0.5).filter(|_| excesses.len() >= FEWEST_LANES) else {
            return Self::NONE;
        };
        let deviations: Vec<f64> = excesses.iter().map(|excess| (excess - median).abs()).collect();
        let error = MEDIAN_ERROR * quantile(&deviations, 0.5).unwrap_or_default() / (excesses.len() as f64).sqrt();
        if median <= SURE * error { Self::NONE } else { Self(median * (1.0 - (error / median).powi(2))) }
    }

    /// The duration that a lane would have after the warm-up.
    pub fn settled(self, lane: &LaneSummary) -> f64 {
        lane.duration.0 / (1.0 + self.0 * mean_left(0, lane.samples))
    }
}

/// The excess of the first sample, if the drift of the lane is all warm-up: (1 + x later) / (1 + x earlier) = e^drift,
/// solved for x.
fn first_excess(lane: &LaneSummary) -> Option<f64> {
    let half = lane.samples / 2;
    let (earlier, later) = (mean_left(0, half), mean_left(lane.samples - half, lane.samples));
    let ratio = lane.drift.filter(|_| half > 0)?.exp();
    let steepest = (1.0 + LARGEST * later) / (1.0 + LARGEST * earlier);
    let ratio = ratio.max(steepest);
    Some((1.0 - ratio) / (earlier * ratio - later)).filter(|excess| excess.is_finite())
}

/// The share of the excess that is left in the mean over some samples of a lane.
fn mean_left(from: u32, to: u32) -> f64 {
    let left = |sample: u32| LEFT.powf(f64::from(sample));
    (from..to).map(left).sum::<f64>() / f64::from((to - from).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lanes(excess: f64, deviation: f64) -> Vec<LaneSummary> {
        let lane = |i: i32| {
            let up = if i % 2 == 0 { 1.0 + deviation } else { 1.0 - deviation };
            LaneSummary::of(&[100.0 * (1.0 + excess) * up, 100.0 * (1.0 + excess / 2.0)]).unwrap()
        };
        (0..20).map(lane).collect()
    }

    #[test]
    fn what_comes_after_the_warm_up_is_told_from_how_lanes_go_on() {
        let lanes = lanes(0.2, 0.02);
        let warm_up = WarmUp::of(&lanes);
        let settled = lanes.iter().map(|lane| warm_up.settled(lane)).sum::<f64>() / 20.0;
        assert!((settled - 100.0).abs() < 3.0, "{warm_up:?} {settled}");
    }

    #[test]
    fn luck_and_a_few_lanes_are_no_warm_up() {
        assert_eq!(WarmUp::of(&lanes(0.0, 0.05)), WarmUp::NONE);
        assert_eq!(WarmUp::of(&lanes(-0.2, 0.02)), WarmUp::NONE);
        assert_eq!(WarmUp::of(&lanes(0.2, 0.02)[..3]), WarmUp::NONE);
    }
}
