//! The confidence interval of a duration: how well it is known.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::{
    measure::lane::{LaneSummary, pooled_deviation, variance},
    units::milliseconds::Milliseconds,
};

/// From so many lanes on, the lanes themselves say how much they vary.
const FEWEST_LANES: usize = 5;
/// With fewer lanes, the usual deviation counts as much as so many of them.
const USUAL: f64 = 6.0;
/// The 97.5 % quantile of the normal distribution.
pub(crate) const NORMAL: f64 = 1.959_964;

/// A confidence interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Interval {
    /// Lower end, in ms.
    pub low: Milliseconds,
    /// Upper end, in ms.
    pub high: Milliseconds,
}

/// A 95 % confidence interval of the average duration, around `average`; `None` of nothing.
///
/// From 5 lanes on Student's t over the logarithms of their durations; the execution environment is the unit, because
/// more invocations of the same one do not average out how fast it is. With fewer lanes the usual deviation between
/// environments (see [`variance`]) counts beside their own, as much as that of 6 lanes.
#[must_use]
pub fn interval(average: Milliseconds, lanes: &[LaneSummary]) -> Option<Interval> {
    let half_width = half_width(lanes).filter(|width| width.is_finite() && average.0 > 0.0)?;
    let factor = half_width.exp();
    Some(Interval { low: Milliseconds(average.0 / factor), high: Milliseconds(average.0 * factor) })
}

fn half_width(lanes: &[LaneSummary]) -> Option<f64> {
    let (count, own) = (lanes.len() as f64, lanes.len().checked_sub(1)? as f64);
    let squares = log_variance(lanes).unwrap_or_default() * own;
    let (squares, degrees) = if lanes.len() < FEWEST_LANES {
        (USUAL * variance(lanes, pooled_deviation(lanes)) * count + squares, USUAL + own)
    } else {
        (squares, own)
    };
    let t = StudentsT::new(0.0, 1.0, degrees).ok()?.inverse_cdf(0.975);
    Some(t * (squares / degrees / count).sqrt())
}

/// The variance of the logarithms of the lanes' durations; `None` of fewer than two, or where one has no logarithm.
pub(crate) fn log_variance(lanes: &[LaneSummary]) -> Option<f64> {
    let logarithms: Vec<f64> = lanes.iter().map(|lane| lane.duration.0.ln()).collect();
    let n = logarithms.len() as f64;
    let mean = logarithms.iter().sum::<f64>() / n;
    let squares: f64 = logarithms.iter().map(|ln| (ln - mean).powi(2)).sum();
    (logarithms.len() > 1 && squares.is_finite()).then(|| squares / (n - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lanes(durations: &[f64]) -> Vec<LaneSummary> {
        let lane =
            |&ms: &f64| LaneSummary { samples: 9, duration: Milliseconds(ms), deviation: Some(0.03), drift: None };
        durations.iter().map(lane).collect()
    }

    #[test]
    fn five_lanes_are_judged_by_their_own_scatter() {
        let found = interval(Milliseconds(100.0), &lanes(&[98.0, 99.0, 100.0, 101.0, 102.0])).unwrap();
        // t(4) = 2.776, the standard deviation of the logarithms is 0.0158.
        assert!((found.high.0 - 101.98).abs() < 0.01 && (found.low.0 - 98.06).abs() < 0.01, "{found:?}");
    }

    #[test]
    fn a_single_lane_is_never_surer_than_environments_differ() {
        let found = interval(Milliseconds(100.0), &lanes(&[100.0])).unwrap();
        assert!(found.low.0 < 93.5 && found.high.0 > 107.0, "{found:?}");
    }

    #[test]
    fn of_nothing_nothing_is_known() {
        assert_eq!(interval(Milliseconds(100.0), &[]), None);
        assert_eq!(interval(Milliseconds(0.0), &lanes(&[0.0])), None);
    }
}
