//! The noise of a function's durations, as far as its own lanes show it.

use super::{
    observation::Observation,
    settings::{Lanes, Settings},
};
use crate::measure::lane::pooled_deviation;

/// No deviation of a lane counts as more than this when environments are judged, in ln d: a few are odd at any
/// function.
const ODD: f64 = 0.10;

/// The weight of what is usual between environments: it counts as much as so many lanes of the function at hand.
const USUAL: f64 = 8.0;

/// More samples of one lane are never taken.
const MOST_SAMPLES: f64 = 4.0;

/// Two sources of noise, as standard deviations of ln d.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Noise {
    /// Of invocations on one environment.
    pub within: f64,
    /// Of environments.
    pub between: f64,
    /// The variance of a trimmed mean, in units of the variance of a mean.
    inflation: f64,
}

impl Noise {
    /// Estimates the noise from what the lanes of all sizes show together, and from what is usual of how environments
    /// differ, as few lanes say little of it.
    pub fn of(sizes: &[&Observation], settings: &Settings) -> Self {
        let within = pooled_deviation(sizes.iter().flat_map(|size| &size.lanes));
        let mut noise = Self { within, between: settings.environments, inflation: settings.inflation };
        if settings.adaptive.is_some() {
            let (mut squares, mut freedom) = (USUAL * noise.between.powi(2), USUAL);
            for size in sizes {
                squares += noise.between_lanes(size);
                freedom += size.lanes.len() as f64 - 1.0;
            }
            noise.between = (squares / freedom).max(0.0).sqrt();
        }
        noise
    }

    /// The squared deviations of a size's lanes from each other, less what the deviation within them makes.
    fn between_lanes(&self, size: &Observation) -> f64 {
        let logarithms: Vec<f64> = size.lanes.iter().map(|lane| lane.duration.0.ln()).collect();
        let n = logarithms.len() as f64;
        let mean = logarithms.iter().sum::<f64>() / n;
        let squares: f64 = logarithms.iter().map(|ln| (ln - mean).abs().min(ODD).powi(2)).sum();
        let expected: f64 =
            size.lanes.iter().map(|lane| self.inflation * self.within.powi(2) / f64::from(lane.samples)).sum();
        squares - (n - 1.0) / n * expected
    }

    /// The variance of the logarithm of a size's duration.
    pub fn variance(&self, lanes: usize, samples: u32) -> f64 {
        self.between.powi(2) / lanes as f64 + self.inflation * self.within.powi(2) / f64::from(samples)
    }

    /// The lanes that a size is best measured with: so many samples of each lane that more would be better spent on
    /// another lane, which takes a cold start, and so many lanes that the standard error of ln d is what was asked for,
    /// in their bounds.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small positive numbers")]
    pub fn lanes(&self, precision: f64, fewest: u32, most: u32) -> Lanes {
        let within = self.inflation * self.within.powi(2);
        let warm = (within.sqrt() / self.between.max(f64::MIN_POSITIVE)).round().clamp(1.0, MOST_SAMPLES);
        let count = (self.between.powi(2) + within / warm) / precision.powi(2);
        Lanes { count: count.ceil().clamp(f64::from(fewest), f64::from(most.max(fewest))) as u32, warm: warm as u32 }
    }
}
