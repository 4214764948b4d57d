//! The footing of the averages of a memory size, which is what they speak of: only averages that speak of the same can
//! be compared.

use std::fmt;

use crate::{
    decide::choice::Contender,
    measure::measurement::{Basis, FEWEST_WARM_SAMPLES, Source, Statistics},
};

/// The shortcomings that keep the averages of a memory size from being compared with those that lack nothing. Less of
/// them is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Footing {
    /// One of the weighted payloads has no sample.
    pub lacks_payloads: bool,
    /// The durations include the way to the function and back.
    pub timed_by_client: bool,
    /// Cold invocations count, or hardly any do.
    pub few_warm: bool,
}

impl Footing {
    /// The footing of the averages of these statistics.
    #[must_use]
    pub fn of(statistics: &Statistics) -> Self {
        let warm = statistics.warm.map_or(0, |summary| summary.n);
        Self {
            lacks_payloads: statistics.payloads_without_samples > 0,
            timed_by_client: statistics.source == Source::Client,
            few_warm: match statistics.basis {
                Basis::Warm => warm < FEWEST_WARM_SAMPLES,
                Basis::All => true,
                Basis::Cold => false,
            },
        }
    }

    /// The contenders that can be compared: those of the best footing that any has.
    #[must_use]
    pub fn comparable(contenders: &[Contender]) -> Vec<Contender> {
        let best = contenders.iter().map(|contender| contender.footing).min();
        contenders.iter().filter(|contender| Some(contender.footing) == best).copied().collect()
    }
}

impl fmt::Display for Footing {
    /// Why a memory size cannot be compared with those of a better footing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.lacks_payloads {
            "one of the weighted payloads has no sample there, so it cannot be compared with the others"
        } else if self.timed_by_client {
            "its durations were timed by the client, so they cannot be compared with the others"
        } else {
            "too few of its invocations were warm to compare it with the others"
        })
    }
}
