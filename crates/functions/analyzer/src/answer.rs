//! The decision, and the numbers that it goes by.

use tuning::{
    contract::outcome::DecidedBy,
    decide::{
        choice::{Choice, Contender, MissedLimit, Scope, choose},
        search::Estimate,
        strategy::Candidate,
    },
    run::plan::Request,
    units::power::Power,
};

use crate::verdict::Verdict;

/// The decision.
pub(crate) struct Answer {
    /// The winner by its averages, with those that keep to the limits by theirs.
    pub(crate) choice: Choice,
    /// All memory sizes whose averages can be compared with each other, the winner among them.
    pub(crate) comparable: Vec<Contender>,
    /// The same choice by the numbers that decided.
    pub(crate) deciding: Choice,
    /// Which these are.
    pub(crate) decided_by: DecidedBy,
    /// The memory size that would have won by the averages.
    pub(crate) by_averages: Power,
    /// The verdict on the winner: what it is.
    pub(crate) verdict: Verdict,
}

impl Answer {
    /// Of a list: by the averages. `None` if there is nothing to choose from.
    pub(crate) fn of_list(request: &Request, comparable: Vec<Contender>) -> Option<Self> {
        let choice = chosen(request, &comparable)?;
        Some(Self::by(request, DecidedBy::Averages, &choice, choice.clone(), choice.winner.power(), comparable))
    }

    /// Of a search, which has named the winner: by the averages where these say the same, else by the estimates of its
    /// model.
    /// `None` if the winner is not one of those that can be compared.
    pub(crate) fn of_search(
        request: &Request,
        comparable: Vec<Contender>,
        estimates: &[Estimate],
        winner: Power,
    ) -> Option<Self> {
        let by_averages = chosen(request, &comparable)?;
        let averages_say = by_averages.winner.power();
        if averages_say == winner {
            return Some(Self::by(request, DecidedBy::Averages, &by_averages, by_averages.clone(), winner, comparable));
        }
        let contender = comparable.iter().find(|contender| contender.power() == winner).copied()?;
        let choice = named(request, &comparable, contender);
        let by_estimates: Vec<Contender> =
            comparable.iter().map(|contender| estimated(*contender, estimates)).collect();
        match chosen(request, &by_estimates).filter(|choice| choice.winner.power() == winner) {
            Some(deciding) => {
                Some(Self::by(request, DecidedBy::Estimates, &choice, deciding, averages_say, comparable))
            }
            None => Some(Self::by(request, DecidedBy::Search, &choice, choice.clone(), averages_say, comparable)),
        }
    }

    fn by(
        request: &Request,
        decided_by: DecidedBy,
        choice: &Choice,
        deciding: Choice,
        by_averages: Power,
        comparable: Vec<Contender>,
    ) -> Self {
        let verdict = Verdict::of(request, &deciding, decided_by, comparable.len());
        Self { choice: choice.clone(), comparable, deciding, decided_by, by_averages, verdict }
    }

    /// Returns true if the averages of a memory size can be compared with those of the winner.
    pub(crate) fn compares(&self, power: Power) -> bool {
        self.comparable.iter().any(|contender| contender.power() == power)
    }

    /// The next best by the numbers that decided: what would win without the winner.
    pub(crate) fn runner_up(&self, request: &Request) -> Option<Power> {
        let winner = self.choice.winner.power();
        let others: Vec<Contender> =
            self.deciding.eligible.iter().filter(|contender| contender.power() != winner).copied().collect();
        chosen(request, &others).map(|choice| choice.winner.power())
    }
}

fn chosen(request: &Request, contenders: &[Contender]) -> Option<Choice> {
    choose(contenders, request.strategy, &request.limits)
}

/// A choice that others have made.
fn named(request: &Request, contenders: &[Contender], winner: Contender) -> Choice {
    let limits = request.limits.set();
    let keeps = |contender: &&Contender| limits.iter().all(|limit| limit.is_met_by(contender));
    let missed = limits.iter().filter(|limit| !limit.is_met_by(&winner));
    Choice {
        winner,
        missed: missed.map(|&limit| MissedLimit { limit, winner, scope: Scope::Winner }).collect(),
        eligible: contenders.iter().filter(|c| keeps(c) || c.power() == winner.power()).copied().collect(),
    }
}

fn estimated(contender: Contender, estimates: &[Estimate]) -> Contender {
    let Some(estimate) = estimates.iter().find(|estimate| estimate.power == contender.power()) else {
        return contender;
    };
    let average = Candidate { cost: estimate.cost, duration: estimate.duration, ..contender.average };
    Contender { average, metric: estimate.duration, ..contender }
}
