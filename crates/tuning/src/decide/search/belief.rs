//! The conclusions from the observations about every size, and what they mean for the goal.

use super::{
    candidates::candidates, evidence::Evidence, goal::Goal, observation::Observation, posterior::Posterior,
    random::Randomness, settings::Settings,
};
use crate::{
    decide::strategy::nearly_least,
    measure::statistics::quantile,
    run::objective::{Strategy, Tolerance},
    units::power::Power,
};

/// A size is left out if its predicted duration, times this, exceeds the function's timeout.
const TIMEOUT_MARGIN: f64 = 1.5;

/// The knowledge, or rather the belief, about every size that can win.
#[derive(Debug)]
pub struct Belief {
    pub(super) sizes: Vec<Power>,
    pub(super) posterior: Posterior,
    /// The loss of each size, which is how bad it is, for each curve, where what counts in the second place counts a
    /// little, too.
    weighed: Vec<Vec<f64>>,
    /// The mean loss of each size, which is how bad it is for the goal.
    pub(super) mean_loss: Vec<f64>,
    pub(super) mean_duration: Vec<f64>,
    /// True for each size that stays clear of the function's timeout.
    pub(super) is_safe: Vec<bool>,
    /// True for each size that may win: safe (if any is), and not below what is known to be enough.
    pub(super) may_win: Vec<bool>,
    /// The duration of an average invocation as it was measured, in ms; nothing where it was not, or did not run.
    pub(super) measured: Vec<Option<f64>>,
    /// The position of the size that would be the best to measure, if none were measured.
    pub(super) best: usize,
    /// The largest size at which it failed, unless that is because it ran into its timeout there.
    pub(super) out_of_memory: Option<Power>,
}

/// A duration and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Band {
    pub mean: f64,
    pub low: f64,
    pub high: f64,
}

impl Belief {
    /// The belief that follows from observations; `None` if the function ran at no size, or none that ran may win.
    #[must_use]
    pub fn of(
        observations: &[Observation],
        goal: &Goal,
        settings: &Settings,
        random: &mut impl Randomness,
    ) -> Option<Self> {
        Self::from_evidence(&Evidence::of(observations, settings), goal, settings, random)
    }

    pub(super) fn from_evidence(
        evidence: &Evidence,
        goal: &Goal,
        settings: &Settings,
        random: &mut impl Randomness,
    ) -> Option<Self> {
        let ran = evidence.points.first()?.power;
        Self::over(candidates(evidence, goal), ran, evidence, goal, settings, random)
    }

    /// The same of these sizes alone; those below `floor` cannot win.
    pub(super) fn over(
        sizes: Vec<Power>,
        floor: Power,
        evidence: &Evidence,
        goal: &Goal,
        settings: &Settings,
        random: &mut impl Randomness,
    ) -> Option<Self> {
        let posterior = Posterior::draw(&evidence.points, &sizes, settings, random);
        let loss = |second: f64| -> Vec<Vec<f64>> {
            posterior.curves.iter().map(|curve| goal.loss(&sizes, curve, settings.limits, second)).collect()
        };
        let weighed = loss(goal.tolerance * settings.second);
        let mean_loss = mean(&loss(0.0), |value| value);
        let mean_weighed = mean(&weighed, |value| value);
        let mean_duration: Vec<f64> = mean(&posterior.curves, f64::ln).into_iter().map(f64::exp).collect();
        let is_safe: Vec<bool> = mean_duration.iter().map(|d| d * TIMEOUT_MARGIN <= goal.timeout.0).collect();
        let mut may_win: Vec<bool> = sizes.iter().zip(&is_safe).map(|(&size, &safe)| safe && size >= floor).collect();
        if !may_win.contains(&true) {
            may_win = sizes.iter().map(|&size| size >= floor).collect();
        }
        let best =
            (0..sizes.len()).filter(|&j| may_win[j]).min_by(|&a, &b| mean_weighed[a].total_cmp(&mean_weighed[b]))?;
        let smallest_duration = mean_duration.first().copied().unwrap_or_default();
        let out_of_memory = evidence.failed.filter(|_| smallest_duration * TIMEOUT_MARGIN <= goal.timeout.0);
        let point = |size: &Power| evidence.points.iter().find(|point| point.power == *size);
        let measured = sizes.iter().map(|size| point(size).map(|point| point.duration)).collect();
        Some(Self {
            sizes,
            posterior,
            weighed,
            mean_loss,
            mean_duration,
            is_safe,
            may_win,
            measured,
            best,
            out_of_memory,
        })
    }

    /// The sizes.
    #[must_use]
    pub fn sizes(&self) -> &[Power] {
        &self.sizes
    }

    /// For each size the geometric mean of its durations, in ms.
    #[must_use]
    pub fn mean_durations(&self) -> &[f64] {
        &self.mean_duration
    }

    /// For each size how bad it is for the goal, in the mean.
    #[must_use]
    pub fn mean_loss(&self) -> &[f64] {
        &self.mean_loss
    }

    /// The gain that each size promises over the best one: the mean over all curves of what it gains there, as a
    /// fraction.
    ///
    /// Jones, D. R., Schonlau, M., and Welch, W. J. (1998). Efficient global optimization of expensive black-box
    /// functions. Journal of Global Optimization 13 (the expected improvement, here of the believed best instead of the
    /// best sample).
    pub(super) fn gains(&self) -> Vec<f64> {
        let gain = |j: usize| {
            let gains = self.weighed.iter().map(|curve| (1.0 - curve[j] / curve[self.best]).max(0.0));
            gains.sum::<f64>() / self.weighed.len() as f64
        };
        (0..self.sizes.len()).map(|j| if self.is_safe[j] { gain(j) } else { 0.0 }).collect()
    }

    /// Of the measured sizes at these positions that which wins, by the rule for lists: of those that are as good as
    /// the best one, within the tolerance, the fastest (for the fastest: the cheapest). Without limits they are as good
    /// as their [`Estimate`]. Where the measurements themselves are equal, no model decides between them.
    ///
    /// [`Estimate`]: super::Estimate
    pub(super) fn choose(&self, positions: &[usize], goal: &Goal) -> Option<usize> {
        let first = |&j: &usize| self.mean_loss[j];
        let second = |duration: f64, j: usize| match goal.strategy {
            Strategy::Cost => duration,
            Strategy::Speed => goal.cost(self.sizes[j], duration).0,
            Strategy::Balanced { .. } => self.mean_loss[j],
        };
        let tolerance = Tolerance(goal.tolerance);
        let best = nearly_least(positions, tolerance, first, |&j| second(self.estimated_duration(j), j))?;
        let measured = |j: usize| match goal.strategy {
            Strategy::Cost => self.measured[j].map(|duration| goal.cost(self.sizes[j], duration).0),
            Strategy::Speed => self.measured[j],
            Strategy::Balanced { .. } => None,
        };
        let ties = positions.iter().filter(|&&j| j == best || measured(j).is_some() && measured(j) == measured(best));
        let ties: Vec<usize> = ties.copied().collect();
        nearly_least(&ties, Tolerance::NONE, |&j| second(self.measured[j].unwrap_or(f64::INFINITY), j), first)
    }

    /// The mean over all curves of the duration at a size, in ms. A cost grows with its duration in a straight line, so
    /// that the cost of this one is the mean of all costs.
    pub(super) fn estimated_duration(&self, position: usize) -> f64 {
        let curves = &self.posterior.curves;
        curves.iter().map(|curve| curve[position]).sum::<f64>() / curves.len() as f64
    }

    /// The positions of the sizes that may win.
    pub(super) fn may_win(&self) -> Vec<usize> {
        (0..self.sizes.len()).filter(|&j| self.may_win[j]).collect()
    }

    /// The duration at a size with its 95 % band; of a size that cannot win, that at the nearest one that can.
    pub(super) fn band(&self, power: Power) -> Option<Band> {
        let durations = self.durations(power);
        let mean = self.mean_duration.get(self.nearest(power)?)?;
        Some(Band { mean: *mean, low: quantile(&durations, 0.025)?, high: quantile(&durations, 0.975)? })
    }

    /// The duration at a size on each curve; of a size that cannot win, that at the nearest one that can.
    pub(super) fn durations(&self, power: Power) -> Vec<f64> {
        let position = self.nearest(power);
        self.posterior.curves.iter().filter_map(|curve| curve.get(position?).copied()).collect()
    }

    fn nearest(&self, power: Power) -> Option<usize> {
        let distance = |j: &usize| self.sizes[*j].megabytes().abs_diff(power.megabytes());
        (0..self.sizes.len()).min_by_key(distance)
    }
}

/// The mean over all curves, for each size.
fn mean(curves: &[Vec<f64>], of: impl Fn(f64) -> f64) -> Vec<f64> {
    let n = curves.len() as f64;
    let sizes = curves.first().map_or(0, Vec::len);
    (0..sizes).map(|j| curves.iter().map(|curve| of(curve[j])).sum::<f64>() / n).collect()
}
