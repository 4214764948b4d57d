//! The evidence of the observations, each memory size by itself.

use std::collections::BTreeMap;

use super::{
    noise::Noise,
    observation::{LaneSummary, Observation},
    settings::Settings,
    warm_up::WarmUp,
};
use crate::{measure::statistics::quantile, units::power::Power};

/// Lanes that are this much slower or faster than the others of their size do not count: about 2 % of environments are
/// slow for as long as they live, and as many fast.
const ODD_LANE: f64 = 1.12;

/// A memory size at which the function ran.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Point {
    pub power: Power,
    /// Duration of an average invocation, in ms.
    pub duration: f64,
    /// Variance of the logarithm of that duration.
    pub variance: f64,
    /// The number of lanes.
    pub lanes: usize,
}

/// All that the observations say.
#[derive(Debug)]
pub(super) struct Evidence {
    /// The sizes at which the function runs, by size.
    pub points: Vec<Point>,
    /// The largest size at which it does not.
    pub failed: Option<Power>,
    /// The least memory that it was seen to need, in MB.
    pub used: Option<u32>,
    /// The number of sizes that were looked at.
    pub sizes: usize,
    /// The noise: how much durations vary.
    pub noise: Noise,
}

impl Evidence {
    pub fn of(observations: &[Observation], settings: &Settings) -> Self {
        let sizes = merged(observations);
        let failed = sizes.values().filter(|size| !runs(size)).map(|size| size.power).max();
        let running: Vec<&Observation> =
            sizes.values().filter(|size| runs(size) && failed.is_none_or(|failed| size.power > failed)).collect();
        let used = running.iter().filter_map(|size| size.max_memory_used).min();
        let noise = Noise::of(&running, settings);
        let warm_up = if settings.settles { warm_up(&running) } else { WarmUp::NONE };
        let points = running.iter().filter_map(|size| Point::of(size, noise, warm_up)).collect();
        Self { points, failed, used, sizes: sizes.len(), noise }
    }

    pub fn has(&self, power: Power) -> bool {
        self.points.iter().any(|point| point.power == power)
    }
}

fn merged(observations: &[Observation]) -> BTreeMap<Power, Observation> {
    let mut sizes: BTreeMap<Power, Observation> = BTreeMap::new();
    for observation in observations {
        let mut observation = observation.clone();
        observation.lanes.retain(LaneSummary::is_usable);
        match sizes.get_mut(&observation.power) {
            Some(size) => size.absorb(observation),
            None => {
                sizes.insert(observation.power, observation);
            }
        }
    }
    sizes
}

/// A size of which there is no sample is as good as one that failed.
fn runs(size: &Observation) -> bool {
    !size.failed && !size.lanes.is_empty()
}

impl Point {
    /// The variance has two parts: environments differ, and so do the invocations on one of them.
    fn of(size: &Observation, noise: Noise, warm_up: WarmUp) -> Option<Self> {
        let samples: u32 = size.lanes.iter().map(|lane| lane.samples).sum();
        let lanes = size.lanes.len();
        let variance = noise.variance(lanes, samples);
        Some(Self { power: size.power, duration: located(&size.lanes, warm_up)?, variance, lanes })
    }
}

/// The duration at a size: the mean of its lanes, weighted by their samples, without the odd ones.
fn located(lanes: &[LaneSummary], warm_up: WarmUp) -> Option<f64> {
    let durations: Vec<f64> = lanes.iter().map(|lane| warm_up.settled(lane)).collect();
    // Of two, either may be the slow one.
    let normal = quantile(&durations, if lanes.len() == 2 { 0.0 } else { 0.5 })?;
    // Of two, the faster one is kept: invocations that take much longer are more common than fast environments.
    let fastest = if lanes.len() == 2 { 0.0 } else { normal / ODD_LANE };
    let is_kept = |duration: f64| duration >= fastest && duration <= ODD_LANE * normal;
    let kept = lanes.iter().zip(&durations).filter(|(_, duration)| is_kept(**duration));
    let (sum, samples) = kept.fold((0.0, 0.0), |(sum, samples), (lane, duration)| {
        let weight = f64::from(lane.samples);
        (sum + duration * weight, samples + weight)
    });
    // The median of an even number of lanes may lie far from all of them.
    Some(if samples > 0.0 { sum / samples } else { normal })
}

fn warm_up(sizes: &[&Observation]) -> WarmUp {
    let lanes: Vec<LaneSummary> = sizes.iter().flat_map(|size| &size.lanes).copied().collect();
    WarmUp::of(&lanes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::milliseconds::Milliseconds;

    fn lane(samples: u32, duration: f64, deviation: Option<f64>) -> LaneSummary {
        LaneSummary { samples, duration: Milliseconds(duration), deviation, drift: None }
    }

    fn size(mb: u32, lanes: &[LaneSummary], failed: bool) -> Observation {
        Observation { power: Power::new(mb).unwrap(), lanes: lanes.to_vec(), failed, max_memory_used: Some(70) }
    }

    fn plain(lanes: &[LaneSummary]) -> Option<f64> {
        located(lanes, WarmUp::NONE)
    }

    #[test]
    fn odd_lanes_do_not_count() {
        assert_eq!(plain(&[lane(2, 100.0, None), lane(2, 110.0, None)]), Some(105.0));
        assert_eq!(plain(&[lane(2, 100.0, None), lane(2, 113.0, None)]), Some(100.0));
        assert_eq!(plain(&[lane(2, 80.0, None), lane(2, 100.0, None), lane(4, 103.0, None)]), Some(102.0));
        assert_eq!(plain(&[lane(2, 100.0, None), lane(2, 100.0, None), lane(2, 113.0, None)]), Some(100.0));
    }

    #[test]
    fn what_lies_below_a_failed_size_does_not_count() {
        let lanes = [lane(2, 100.0, Some(0.1)); 2];
        let sizes = [size(128, &lanes, false), size(256, &[], true), size(512, &lanes, false), size(300, &[], false)];
        let evidence = Evidence::of(&sizes, &Settings::REFERENCE);
        assert_eq!(evidence.points.iter().map(|p| p.power.megabytes()).collect::<Vec<_>>(), [512]);
        assert_eq!((evidence.failed, evidence.used, evidence.sizes), (Power::new(300).ok(), Some(70), 4));
    }
}
