//! What can be said of the winner, going by the numbers that stand beside it.

use std::fmt;

use tuning::{
    choice::{Choice, Contender, Limits},
    milliseconds::Milliseconds,
    power::Power,
    search::Estimate,
    strategy::{Candidate, Strategy},
    usd::Usd,
};

/// From so many times on a difference is said in times, below in percent.
const SAID_IN_TIMES: f64 = 1.5;

/// Why the winner is the winner. It is derived from the numbers, whoever has chosen, so that it holds for them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Claim {
    winner: Candidate,
    /// How many power values took part.
    of: usize,
    basis: ClaimBasis,
}

/// What the claim rests on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ClaimBasis {
    /// None is better that took part and meets the limits that are set.
    Best { strategy: Strategy, limits: Vec<&'static str> },
    /// The best is better by no more than the tolerance, and worse in the other respect.
    WithinTolerance { strategy: Strategy, tolerance: f64, best: Power, limits: Vec<&'static str>, advantage: f64 },
    /// Another one would be the best by the averages; the winner is so by what all measurements together say.
    Pooled { strategy: Strategy, estimate: Estimate, best: Power },
    /// Nothing can be said but that it was chosen: a limit was missed, or what decided is not known.
    Chosen,
}

impl Claim {
    /// `estimates` are those of a search, which decides by them.
    pub(crate) fn of(
        choice: &Choice,
        contenders: &[Contender],
        strategy: Strategy,
        limits: &Limits,
        estimates: &[Estimate],
    ) -> Self {
        let winner = choice.winner;
        let basis = if choice.missed.is_empty() {
            Self::basis(&winner, contenders, strategy, limits, estimates)
        } else {
            ClaimBasis::Chosen
        };
        Self { winner: winner.average, of: contenders.len(), basis }
    }

    fn basis(
        winner: &Contender,
        contenders: &[Contender],
        strategy: Strategy,
        limits: &Limits,
        estimates: &[Estimate],
    ) -> ClaimBasis {
        let power = winner.average.power;
        let compared = |contender: &Contender| Candidate { duration: contender.metric, ..contender.average };
        let eligible: Vec<Candidate> =
            contenders.iter().filter(|contender| limits.are_met_by(contender)).map(compared).collect();
        let Some(best) = strategy.winner(&eligible) else { return ClaimBasis::Chosen };
        let found = eligible.iter().find(|candidate| candidate.power == power);
        let names = limits.names();
        let (cost, duration) =
            found.map_or((f64::NAN, f64::NAN), |w| (w.cost.0 / best.cost.0, w.duration.0 / best.duration.0));
        let (first, second) = match strategy {
            Strategy::Cost => (cost, duration),
            Strategy::Speed => (duration, cost),
            Strategy::Balanced { .. } if power == best.power => (1.0, 1.0),
            Strategy::Balanced { .. } => (f64::NAN, f64::NAN),
        };
        if first <= 1.0 {
            return ClaimBasis::Best { strategy, limits: names };
        }
        if first <= 1.0 + limits.tolerance && second < 1.0 {
            let (tolerance, advantage) = (limits.tolerance, 1.0 / second);
            return ClaimBasis::WithinTolerance { strategy, tolerance, best: best.power, limits: names, advantage };
        }
        match estimates.iter().find(|estimate| estimate.power == power) {
            Some(&estimate) if best.power != power => ClaimBasis::Pooled { strategy, estimate, best: best.power },
            _ => ClaimBasis::Chosen,
        }
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Candidate { power, cost, duration } = self.winner;
        let averages = Averages { cost, duration };
        match &self.basis {
            ClaimBasis::Best { strategy, limits } => {
                let (best, of) = (strategy.superlative(), self.of);
                let meets = Meets(limits);
                let of = if limits.is_empty() { format!(" of {of}") } else { format!(", of {of}") };
                write!(f, "{power} is {best}{meets}{of} measured power values: {averages} per average invocation.")
            }
            ClaimBasis::WithinTolerance { strategy, tolerance, best, limits, advantage } => {
                let (superlative, meets) = (strategy.superlative(), Meets(limits));
                let percent = (tolerance * 1000.0).round() / 10.0;
                let better = match strategy {
                    Strategy::Speed => "cheaper",
                    Strategy::Cost | Strategy::Balanced { .. } => "faster",
                };
                let by = times_or_percent(*advantage);
                write!(
                    f,
                    "{power} is within {percent} % of {superlative}{meets} ({best}), and {by} {better}: {averages} per \
                     average invocation."
                )
            }
            ClaimBasis::Pooled { strategy, estimate, best } => {
                let pooled = Averages { cost: estimate.cost, duration: estimate.duration };
                let superlative = strategy.superlative();
                write!(
                    f,
                    "All measurements together put {power} at {pooled} per invocation, which decided; its own average \
                     is {averages}, and by its own average {best} is {superlative}."
                )
            }
            ClaimBasis::Chosen => {
                let of = self.of;
                write!(f, "{power} was chosen of {of} measured power values: {averages} per average invocation.")
            }
        }
    }
}

struct Averages {
    cost: Usd,
    duration: Milliseconds,
}

impl fmt::Display for Averages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} USD and {}", self.cost, self.duration)
    }
}

/// The limits, as the end of "the cheapest".
struct Meets<'a>(&'a [&'static str]);

impl fmt::Display for Meets<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, " that meets {}", self.0.join(" and ")) }
    }
}

/// How much better something is: "13.0 times", or "3.2 %" of what the other one takes.
pub(crate) fn times_or_percent(times: f64) -> String {
    if times >= SAID_IN_TIMES { format!("{times:.1} times") } else { format!("{:.1} %", (1.0 - 1.0 / times) * 100.0) }
}
