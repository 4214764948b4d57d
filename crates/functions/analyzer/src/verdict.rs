//! The standing of the winner among the measured memory sizes.

use std::fmt;

use tuning::{
    contract::outcome::DecidedBy,
    decide::{
        choice::{Choice, Contender, Limit, Scope, names},
        strategy::{Balance, Candidate},
    },
    run::{
        objective::{Strategy, Tolerance},
        plan::Request,
    },
    units::power::Power,
};

use crate::phrases::{less, times_faster};

/// The verdict on the winner: the end of a sentence that begins with "512 MB is".
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Verdict {
    pub(crate) standing: Standing,
    /// True if it speaks of the estimates of the search.
    pub(crate) by_estimates: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Standing {
    /// There is no other to choose.
    Only(Among),
    /// No other is better.
    Best { rank: Rank, among: Among },
    /// One is better by a difference that does not matter, and this one is better in the other respect.
    Near { rank: Rank, best: Power, tolerance: Tolerance, gain: Gain, among: Among },
    /// No other comes nearer to a limit that none keeps to.
    Nearest { limit: Limit, met: Vec<Limit>, measured: usize },
    /// The search chose it for what it knows beside these numbers.
    Searched(Among),
}

/// The respect in which a memory size is best.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rank {
    Cheapest,
    Fastest,
    BestBalance,
}

/// By what factor the winner is better than the best one in the respect that decides between them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Gain {
    Faster(f64),
    Cheaper(f64),
}

/// Those that were compared.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Among {
    /// The number of those that keep to the limits.
    pub(crate) eligible: usize,
    /// The number of all that were measured.
    pub(crate) measured: usize,
    /// The limits.
    pub(crate) limits: Vec<Limit>,
}

impl Verdict {
    /// Of a choice by the numbers that decided.
    pub(crate) fn of(request: &Request, choice: &Choice, decided_by: DecidedBy, measured: usize) -> Self {
        let standing = Standing::of(request, choice, measured);
        Self { standing, by_estimates: decided_by == DecidedBy::Estimates }
    }
}

impl Standing {
    fn of(request: &Request, choice: &Choice, measured: usize) -> Self {
        let among = Among { eligible: choice.eligible.len(), measured, limits: request.limits.set() };
        if let Some(missed) = choice.missed.first() {
            return match &missed.scope {
                Scope::NoneOfThoseThatMeet(met) => Self::Nearest { limit: missed.limit, met: met.clone(), measured },
                Scope::Winner => Self::Searched(Among { limits: Vec::new(), eligible: measured, ..among }),
            };
        }
        if among.eligible == 1 {
            return Self::Only(among);
        }
        let rated: Vec<Candidate> = choice.eligible.iter().map(Contender::rated).collect();
        let winner = choice.winner.rated();
        let rank = Rank::from(request.strategy);
        let value = rank.value(request.strategy, &rated);
        let Some(best) = rated.iter().min_by(|a, b| value(a).total_cmp(&value(b))).copied() else {
            return Self::Searched(among);
        };
        let gain = match rank {
            Rank::Cheapest => Some(Gain::Faster(best.duration.0 / winner.duration.0)),
            Rank::Fastest => Some(Gain::Cheaper(best.cost.0 / winner.cost.0)),
            Rank::BestBalance => None,
        };
        match gain.filter(|gain| gain.factor() > 1.0) {
            _ if value(&winner) <= value(&best) => Self::Best { rank, among },
            Some(gain) if request.limits.tolerance.covers(value(&winner), value(&best)) => {
                Self::Near { rank, best: best.power, tolerance: request.limits.tolerance, gain, among }
            }
            _ => Self::Searched(among),
        }
    }
}

impl From<Strategy> for Rank {
    fn from(strategy: Strategy) -> Self {
        match strategy {
            Strategy::Cost => Self::Cheapest,
            Strategy::Speed => Self::Fastest,
            Strategy::Balanced { .. } => Self::BestBalance,
        }
    }
}

impl Rank {
    /// Returns what is to be small.
    fn value(self, strategy: Strategy, rated: &[Candidate]) -> impl Fn(&Candidate) -> f64 {
        let balance = strategy.weight().map(|weight| Balance::of(weight, rated));
        move |candidate| match (self, balance) {
            (Self::Cheapest, _) => candidate.cost.0,
            (Self::BestBalance, Some(balance)) => balance.score(candidate),
            (Self::Fastest | Self::BestBalance, _) => candidate.duration.0,
        }
    }
}

impl Gain {
    fn factor(self) -> f64 {
        match self {
            Self::Faster(factor) | Self::Cheaper(factor) => factor,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.standing)?;
        if self.by_estimates { f.write_str(", by the estimates of the search") } else { Ok(()) }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Only(Among { measured: 1, .. }) => f.write_str("the only measured memory size that can win"),
            Self::Only(Among { measured, limits, .. }) => {
                write!(f, "the only one of {measured} measured memory sizes that meets {}", names(limits))
            }
            Self::Best { rank, among } => write!(f, "{rank} {among}"),
            Self::Near { rank, best, tolerance, gain, among } => {
                let limits =
                    if among.is_limited() { format!(" that meets {}", names(&among.limits)) } else { String::new() };
                write!(f, "within {tolerance} of {rank}{limits} ({best}), and {gain}")
            }
            Self::Nearest { limit, met, measured } if met.is_empty() => {
                write!(f, "the nearest to {}, which none of {measured} measured memory sizes meets", limit.name())
            }
            Self::Nearest { limit, met, .. } => {
                let (limit, met) = (limit.name(), names(met));
                write!(f, "the nearest to {limit}, which no measured memory size that meets {met} meets")
            }
            Self::Searched(among) => write!(f, "what the search chose {among}"),
        }
    }
}

impl fmt::Display for Rank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cheapest => "the cheapest",
            Self::Fastest => "the fastest",
            Self::BestBalance => "the best balance of cost and speed",
        })
    }
}

impl fmt::Display for Gain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Faster(factor) => f.write_str(&times_faster(*factor)),
            Self::Cheaper(factor) => write!(f, "costs {}", less((1.0 - 1.0 / factor) * 100.0)),
        }
    }
}

impl Among {
    /// Returns true if the limits leave some of them out.
    fn is_limited(&self) -> bool {
        self.eligible < self.measured
    }
}

impl fmt::Display for Among {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { eligible, measured, limits } = self;
        if self.is_limited() && !limits.is_empty() {
            write!(f, "of the {eligible} of {measured} measured memory sizes that meet {}", names(limits))
        } else {
            write!(f, "of {measured} measured memory sizes")
        }
    }
}
