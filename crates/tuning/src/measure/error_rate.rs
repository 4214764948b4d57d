//! Shares of invocations that end with an error: how large they may be, and whether one is clearly larger than others.

use serde::{Deserialize, Serialize};
use statrs::distribution::{DiscreteCDF, Hypergeometric};

/// The probability with which chance alone may make one of several error rates look clearly higher.
const SIGNIFICANCE: f64 = 0.05;

/// A share of invocations that may fail, from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ErrorRate(pub f64);

/// Invocations, and how many of them ended with an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Failed {
    /// Those that ended with an error.
    pub errors: u32,
    /// All.
    pub of: u32,
}

impl ErrorRate {
    /// Returns true if more failed than may.
    #[must_use]
    pub fn is_exceeded_by(self, failed: Failed) -> bool {
        failed.share() > self.0
    }
}

impl Failed {
    /// The share that failed; 0 of nothing.
    #[must_use]
    pub fn share(self) -> f64 {
        if self.of == 0 { 0.0 } else { f64::from(self.errors) / f64::from(self.of) }
    }

    fn and(self, other: Self) -> Self {
        Self { errors: self.errors + other.errors, of: self.of + other.of }
    }

    /// The probability that so many of the errors of both, or more, fall on this one by chance: the one-sided exact
    /// test of two shares.
    ///
    /// Fisher, R. A. (1934). Statistical Methods for Research Workers, 5th edition, section 21.02.
    fn chance_against(self, other: Self) -> f64 {
        let both = self.and(other);
        let Some(fewer) = self.errors.checked_sub(1) else { return 1.0 };
        let by_chance = Hypergeometric::new(both.of.into(), both.errors.into(), self.of.into());
        by_chance.map_or(1.0, |by_chance| by_chance.sf(fewer.into()))
    }
}

/// Which of these fail clearly more often than the one that fails least: so much more often that, if all failed equally
/// often, chance would make any of them look so in one run of twenty (each pair is tested at 5 % divided by the number
/// of pairs, after Bonferroni).
#[must_use]
pub fn clearly_higher(all: &[Failed]) -> Vec<bool> {
    let counted = || all.iter().copied().filter(|failed| failed.of > 0);
    let least = counted().map(Failed::share).min_by(f64::total_cmp).unwrap_or_default();
    let best = counted().filter(|failed| failed.share() <= least).fold(Failed::default(), Failed::and);
    let count = counted().count();
    let pairs = (count * count.saturating_sub(1) / 2).max(1) as f64;
    let is_clear = |failed: Failed| failed.share() > least && failed.chance_against(best) < SIGNIFICANCE / pairs;
    all.iter().copied().map(is_clear).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{RngExt, SeedableRng, rngs::StdRng};

    use super::*;

    fn failed(errors: u32, of: u32) -> Failed {
        Failed { errors, of }
    }

    #[test]
    fn a_rate_is_exceeded_by_more_than_its_share() {
        let exceeded = |rate, errors, of| ErrorRate(rate).is_exceeded_by(failed(errors, of));
        assert!(exceeded(0.0, 1, 10) && !exceeded(0.0, 0, 10) && !exceeded(0.0, 0, 0));
        assert!(!exceeded(0.1, 1, 10) && exceeded(0.1, 2, 10) && !exceeded(0.29, 29, 100) && !exceeded(1.0, 5, 5));
    }

    #[test]
    fn the_chance_is_that_of_fishers_exact_test() {
        // As computed by hand: 1 of the 924 ways to choose 6 of 12, and the lady tasting tea.
        assert!((failed(6, 6).chance_against(failed(0, 6)) - 1.0 / 924.0).abs() < 1e-12);
        assert!((failed(3, 4).chance_against(failed(1, 4)) - 17.0 / 70.0).abs() < 1e-12);
        assert_eq!((failed(0, 4).chance_against(failed(1, 4)), failed(4, 4).chance_against(failed(4, 4))), (1.0, 1.0));
    }

    #[test]
    fn six_failures_of_six_are_clearly_more_than_none_elsewhere_and_one_is_not() {
        let rest = [failed(0, 6); 5];
        let first = |errors| clearly_higher(&[&[failed(errors, 6)][..], &rest].concat())[0];
        assert!(first(6) && !first(1));
        // Most of the sizes may be the bad ones.
        let most = [failed(10, 10), failed(9, 10), failed(10, 10), failed(0, 10), failed(0, 0)];
        assert_eq!(clearly_higher(&most), [true, true, true, false, false]);
        assert_eq!(clearly_higher(&[failed(5, 10), failed(4, 10)]), [false, false]);
        assert!(clearly_higher(&[]).is_empty());
    }

    #[test]
    fn of_equal_rates_hardly_any_is_called_higher() {
        let mut random = StdRng::seed_from_u64(7);
        let mut runs_with_any = 0;
        for run in 0..2000 {
            let rate = [0.05, 0.3, 0.5, 0.9][run % 4];
            let mut draw = || failed((0..10).map(|_| u32::from(random.random_bool(rate))).sum(), 10);
            let all: Vec<Failed> = (0..6).map(|_| draw()).collect();
            runs_with_any += usize::from(clearly_higher(&all).contains(&true));
        }
        assert!(runs_with_any <= 2000 / 20, "{runs_with_any} of 2000");
    }

    proptest! {
        #[test]
        fn the_one_that_fails_least_is_never_higher_and_nothing_panics(
            all in prop::collection::vec((0u32..60, 0u32..60).prop_map(|(errors, more)| failed(errors, errors + more)), 0..12),
        ) {
            let higher = clearly_higher(&all);
            prop_assert_eq!(higher.len(), all.len());
            let least = all.iter().filter(|f| f.of > 0).map(|f| f.share()).fold(f64::INFINITY, f64::min);
            for (failed, is_higher) in all.iter().zip(higher) {
                prop_assert!(!is_higher || failed.share() > least);
            }
        }
    }
}
