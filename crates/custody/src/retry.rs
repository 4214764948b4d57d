//! Pauses between two tries.

use std::time::Duration;

/// Capped exponential backoff with full jitter: each pause is drawn evenly from zero to a bound that doubles.
///
/// Brooker, M. (2015). Exponential Backoff And Jitter. AWS Architecture Blog.
#[derive(Debug, Clone)]
pub struct Backoff {
    random: fastrand::Rng,
    bound: Duration,
    cap: Duration,
}

impl Backoff {
    /// Pauses of up to `first` at the beginning and never more than `cap`.
    #[must_use]
    pub fn new(first: Duration, cap: Duration, random: fastrand::Rng) -> Self {
        Self { random, bound: first, cap }
    }
}

impl Iterator for Backoff {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let pause = self.bound.mul_f64(self.random.f64());
        self.bound = (self.bound * 2).min(self.cap);
        Some(pause)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pauses_stay_below_a_bound_that_doubles_up_to_the_cap(seed in any::<u64>(), first in 1u64..1000, cap in 1000u64..60_000) {
            let (first, cap) = (Duration::from_millis(first), Duration::from_millis(cap));
            let mut bound = first;
            for pause in Backoff::new(first, cap, fastrand::Rng::with_seed(seed)).take(20) {
                prop_assert!(pause <= bound);
                bound = (bound * 2).min(cap);
            }
        }
    }
}
