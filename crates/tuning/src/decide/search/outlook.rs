//! The expectations that the model has of memory sizes that nobody has measured: before a search, from what is known
//! without one.

use super::{
    belief::Belief, candidates::floor, evidence::Evidence, goal::Goal, observation::Observation, random::Randomness,
    settings::Settings,
};
use crate::{measure::statistics::quantile, units::power::Power};

/// The expectations of some memory sizes, relative to one at which the function runs.
#[derive(Debug)]
pub struct Outlook {
    belief: Belief,
    /// The position of the size that everything is relative to.
    present: usize,
}

/// An expectation: the mean over all curves, and between which values 95 % of them lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    /// The mean.
    pub expected: f64,
    /// 2.5 % of the curves lie below.
    pub low: f64,
    /// 2.5 % of the curves lie above.
    pub high: f64,
}

impl Outlook {
    /// The outlook on these sizes that follows from observations. Sizes may win that are smaller than all measured
    /// ones, if they have more memory than the function used, and than those at which it failed. `None` if the function
    /// did not run at `present`.
    #[must_use]
    pub fn of(
        observations: &[Observation],
        (sizes, present): (&[Power], Power),
        goal: &Goal,
        settings: &Settings,
        random: &mut impl Randomness,
    ) -> Option<Self> {
        let evidence = Evidence::of(observations, settings);
        evidence.points.iter().find(|point| point.power == present)?;
        let mut sizes: Vec<Power> = sizes.iter().copied().chain([present]).collect();
        sizes.sort();
        sizes.dedup();
        let position = sizes.iter().position(|&size| size == present)?;
        let enough = Power::nearest(floor(&evidence, goal).ceil());
        let belief = Belief::over(sizes, enough, &evidence, goal, settings, random)?;
        Some(Self { belief, present: position })
    }

    /// The sizes.
    #[must_use]
    pub fn sizes(&self) -> &[Power] {
        self.belief.sizes()
    }

    /// Returns true if a size may win: it has enough memory, and keeps clear of the function's timeout, if any does.
    #[must_use]
    pub fn may_win(&self, power: Power) -> bool {
        self.position(power).is_some_and(|position| self.belief.may_win.get(position) == Some(&true))
    }

    /// The size that is best by the rule of the search: of those as good as the best one, within the tolerance, the
    /// fastest (for the fastest: the cheapest).
    #[must_use]
    pub fn best(&self, goal: &Goal) -> Option<Power> {
        let best = self.belief.choose(&self.belief.may_win(), goal)?;
        self.sizes().get(best).copied()
    }

    /// The duration of an invocation at a size, as a multiple of that at the present one. `None` of a size that is not
    /// one of these.
    #[must_use]
    pub fn slowdown(&self, power: Power) -> Option<Span> {
        let position = self.position(power)?;
        let ratio = |curve: &Vec<f64>| Some(curve.get(position)? / curve.get(self.present)?);
        let ratios: Vec<f64> = self.belief.posterior.curves.iter().filter_map(ratio).collect();
        Some(Span {
            expected: ratios.iter().sum::<f64>() / ratios.len() as f64,
            low: quantile(&ratios, 0.025)?,
            high: quantile(&ratios, 0.975)?,
        })
    }

    /// By which fraction what is looked for would get better at the truly best of the sizes that may win, whichever
    /// that is: the mean over all curves. Not what [`Outlook::best`] promises, but what there may be to find.
    #[must_use]
    pub fn to_be_found(&self, goal: &Goal, settings: &Settings) -> f64 {
        let may_win = self.belief.may_win();
        let gain = |curve: &Vec<f64>| {
            let losses = goal.loss(self.sizes(), curve, settings.limits, 0.0);
            let least = may_win.iter().filter_map(|&j| losses.get(j)).copied().fold(f64::INFINITY, f64::min);
            losses.get(self.present).map_or(0.0, |present| (1.0 - least / present).max(0.0))
        };
        let curves = &self.belief.posterior.curves;
        curves.iter().map(gain).sum::<f64>() / curves.len().max(1) as f64
    }

    fn position(&self, power: Power) -> Option<usize> {
        self.sizes().iter().position(|&size| size == power)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::random::Seeded, *};
    use crate::{
        measure::lane::LaneSummary, price::GbSecondPrice, run::objective::Strategy, units::milliseconds::Milliseconds,
    };

    const SIZES: [u32; 6] = [128, 256, 512, 1024, 2048, 3008];

    fn size(mb: u32) -> Power {
        Power::new(mb).unwrap()
    }

    fn goal(strategy: Strategy) -> Goal {
        Goal {
            strategy,
            max_duration: None,
            max_cost: None,
            memory_headroom: 0.0,
            price: GbSecondPrice(0.000_016_666_7),
            timeout: Milliseconds(900_000.0),
            present: None,
            smallest: Power::MIN,
            largest: Power::MAX,
            tolerance: 0.0,
        }
    }

    fn seen(mb: u32, duration: f64, used: u32) -> Observation {
        let lane = LaneSummary { samples: 1000, duration: Milliseconds(duration), deviation: None, drift: None };
        Observation { power: size(mb), lanes: vec![lane], failed: false, max_memory_used: Some(used) }
    }

    fn outlook(observations: &[Observation], present: u32, goal: &Goal) -> Option<Outlook> {
        let sizes = SIZES.map(size);
        Outlook::of(observations, (&sizes, size(present)), goal, &Settings::NORMAL, &mut Seeded::new(1))
    }

    #[test]
    fn of_one_size_the_others_are_uncertain_and_the_present_one_is_not() {
        let goal = goal(Strategy::Cost);
        let outlook = outlook(&[seen(512, 200.0, 70)], 512, &goal).unwrap();
        let present = outlook.slowdown(size(512)).unwrap();
        assert!((present.expected, present.low, present.high) == (1.0, 1.0, 1.0), "{present:?}");
        let smaller = outlook.slowdown(size(128)).unwrap();
        // Between "it waits" and "it computes".
        assert!(smaller.low < 1.1 && smaller.high > 3.5, "{smaller:?}");
        assert!(outlook.to_be_found(&goal, &Settings::NORMAL) > 0.1);
        assert_eq!(outlook.slowdown(size(600)), None);
    }

    #[test]
    fn two_sizes_say_which_curve_it_is() {
        let goal = goal(Strategy::Cost);
        let waits = outlook(&[seen(512, 200.0, 70), seen(1024, 199.0, 70)], 1024, &goal).unwrap();
        assert_eq!(waits.best(&goal), Some(size(128)));
        let computes = outlook(&[seen(512, 400.0, 70), seen(1024, 200.0, 70)], 1024, &goal).unwrap();
        let (slow, fast) = (computes.slowdown(size(128)).unwrap(), waits.slowdown(size(128)).unwrap());
        // One that waits at 512 MB may still compute at 128 MB.
        assert!(slow.low > 5.0 && fast.expected < 2.5 && fast.high > 5.0, "{slow:?} {fast:?}");
    }

    #[test]
    fn a_size_with_less_memory_than_was_used_cannot_win() {
        let goal = goal(Strategy::Cost);
        let tight = outlook(&[seen(512, 200.0, 300), seen(1024, 199.0, 310)], 1024, &goal).unwrap();
        assert_eq!((tight.best(&goal), tight.may_win(size(256))), (Some(size(512)), false));
        assert!(tight.slowdown(size(256)).is_some());
        // Smaller than all that was measured, and enough.
        assert!(outlook(&[seen(1024, 200.0, 70)], 1024, &goal).unwrap().may_win(size(128)));
    }

    #[test]
    fn where_the_function_did_not_run_at_its_present_size_nothing_is_expected() {
        assert!(outlook(&[seen(512, 200.0, 70)], 1024, &goal(Strategy::Cost)).is_none());
    }
}
