//! The memory sizes that are worth knowing besides the winner.

use tuning::{
    contract::outcome::{Alternative, AlternativeKind},
    decide::{
        choice::Contender,
        strategy::{Candidate, nearly_least},
    },
    measure::metric::Metric,
    run::{
        objective::{Strategy, Tolerance, Weight},
        plan::Request,
    },
    units::power::Power,
};

use crate::{answer::Answer, comparisons::Lanes};

/// By size. Those that keep to the limits are considered, or all where the winner does not keep to them.
pub(crate) fn alternatives(request: &Request, answer: &Answer, lanes: &Lanes<'_>) -> Vec<Alternative> {
    let choice = &answer.choice;
    let considered = if choice.missed.is_empty() { &choice.eligible } else { &answer.comparable };
    let rated: Vec<Candidate> = considered.iter().map(Contender::rated).collect();
    let winner = choice.winner.rated();
    let kinds = kinds(request, &rated);
    let mut powers: Vec<Power> = kinds.iter().map(|(power, _)| *power).filter(|power| *power != winner.power).collect();
    powers.sort_unstable();
    powers.dedup();
    let alternative = |power: Power| {
        let other = rated.iter().find(|candidate| candidate.power == power)?;
        let averages = request.metric == Metric::Average;
        Some(Alternative {
            power,
            kinds: kinds.iter().filter(|(of, _)| *of == power).map(|(_, kind)| *kind).collect(),
            cost_percent: (other.cost.0 / winner.cost.0 - 1.0) * 100.0,
            duration_percent: (other.duration.0 / winner.duration.0 - 1.0) * 100.0,
            cost_ratio: lanes.cost_ratio(power, winner.power),
            duration_ratio: lanes.duration_ratio(power, winner.power).filter(|_| averages),
        })
    };
    powers.into_iter().filter_map(alternative).collect()
}

fn kinds(request: &Request, rated: &[Candidate]) -> Vec<(Power, AlternativeKind)> {
    let weight = request.strategy.weight().unwrap_or(Weight::DEFAULT);
    let best = |strategy: Strategy| strategy.winner(rated).map(|candidate| candidate.power);
    [
        (best(Strategy::Cost), AlternativeKind::Cheapest),
        (best(Strategy::Speed), AlternativeKind::Fastest),
        (best(Strategy::Balanced { weight }), AlternativeKind::Balanced),
        (knee(rated), AlternativeKind::Knee),
    ]
    .into_iter()
    .filter_map(|(power, kind)| Some((power?, kind)))
    .collect()
}

/// Where the last doubling of cost stops paying: the least cost x duration; of several the cheapest.
fn knee(rated: &[Candidate]) -> Option<Power> {
    let product = |candidate: &Candidate| candidate.cost.0 * candidate.duration.0;
    nearly_least(rated, Tolerance::NONE, product, |candidate| candidate.cost.0).map(|candidate| candidate.power)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tuning::units::{milliseconds::Milliseconds, usd::Usd};

    use super::*;

    fn candidates(measured: &[(f64, f64)]) -> Vec<Candidate> {
        let candidate = |(&(cost, duration), mb): (&(f64, f64), u32)| Candidate {
            power: Power::new(mb).unwrap(),
            cost: Usd(cost),
            duration: Milliseconds(duration),
        };
        measured.iter().zip(128..).map(candidate).collect()
    }

    proptest! {
        #[test]
        fn up_to_the_knee_twice_the_cost_halves_the_duration_and_beyond_it_does_not(
            measured in prop::collection::vec((1e-9..1e-3, 0.1..1e5), 1..30)
        ) {
            let candidates = candidates(&measured);
            let power = knee(&candidates).unwrap();
            let knee = candidates.iter().find(|candidate| candidate.power == power).unwrap();
            for other in &candidates {
                let (dearer, faster) = (knee.cost.0 / other.cost.0, other.duration.0 / knee.duration.0);
                // From a cheaper one to the knee time falls by as large a factor as cost rises, and from there on by
                // less.
                prop_assert!(faster >= dearer * (1.0 - 1e-12), "{:?} {:?}", knee, other);
            }
        }
    }
}
