//! The few power values worth knowing besides the winner.

use tuning::{
    choice::Contender,
    outcome::{Alternative, AlternativeKind},
    strategy::{Candidate, Strategy, Weight},
};

use crate::{comparisons::compare, measured::MeasuredRun};

/// One for each power value that is the best in some respect, in the order of [`AlternativeKind`]; never the winner.
pub(crate) fn alternatives(run: &MeasuredRun, contenders: &[Contender], winner: Candidate) -> Vec<Alternative> {
    let averages: Vec<Candidate> = contenders.iter().map(|contender| contender.average).collect();
    let best = [
        (AlternativeKind::Cheapest, Strategy::Cost.winner(&averages)),
        (AlternativeKind::Fastest, Strategy::Speed.winner(&averages)),
        (AlternativeKind::Balanced, Strategy::Balanced { weight: Weight::DEFAULT }.winner(&averages)),
        (AlternativeKind::Knee, knee(&averages)),
    ];
    let mut found: Vec<Alternative> = Vec::new();
    for (kind, best) in best {
        let Some(best) = best.filter(|best| best.power != winner.power) else { continue };
        match found.iter_mut().find(|alternative| alternative.power == best.power) {
            Some(known) => known.kinds.push(kind),
            None => found.push(alternative(run, kind, winner, best)),
        }
    }
    found
}

/// The least cost x duration: going on from there, no doubling of the cost halves the duration.
fn knee(averages: &[Candidate]) -> Option<Candidate> {
    let product = |candidate: &&Candidate| candidate.cost.0 * candidate.duration.0;
    averages.iter().min_by(|a, b| product(a).total_cmp(&product(b))).copied()
}

fn alternative(run: &MeasuredRun, kind: AlternativeKind, winner: Candidate, other: Candidate) -> Alternative {
    let compared = compare(run, run.plan.request.strategy, winner, other);
    let more = |of: f64, than: f64| (of / than - 1.0) * 100.0;
    Alternative {
        power: other.power,
        kinds: vec![kind],
        cost_percent: more(other.cost.0, winner.cost.0),
        duration_percent: more(other.duration.0, winner.duration.0),
        distinguishable: [compared.cost_ratio, compared.duration_ratio]
            .into_iter()
            .flatten()
            .any(|ratio| ratio.distinguishable),
    }
}
