//! A search (`powerValues: "AUTO"`): what is measured next, or what has won.

use tuning::{
    auto::{self, Decision, Searched},
    choice::{Choice, Contender, Limits, MissedLimit},
    outcome::Search,
    plan::SearchRequest,
    power::Power,
    price::Prices,
    search::Stop,
    step::RunState,
};

use crate::{after_decision, error::Error, measured::MeasuredRun, outcome};

/// Plans the next round of a search, or ends it.
pub(crate) fn go_on(prices: &Prices, run: MeasuredRun, request: &SearchRequest) -> Result<RunState, Error> {
    if request.min > request.max {
        return Err(Error::account_limit(request, &run.measurements));
    }
    let price = run.price(prices);
    let searched = Searched {
        measurements: &run.measurements,
        rounds: run.round.number,
        verified: run.verified,
        last_version: run.last_version(),
    };
    match auto::decide(&run.plan, request, price, searched) {
        Decision::Measure(round, verifies) => {
            tracing::info!(
                function = %run.plan.function,
                round = round.number,
                power_values = ?round.power_values.iter().map(|power| power.megabytes()).collect::<Vec<_>>(),
                verifies = verifies.is_some(),
                "searches on"
            );
            Ok(run.goes_on(round, verifies))
        }
        Decision::Found { winner, stop } => found(prices, run, winner, stop),
        Decision::Hopeless(why) => Err(Error::hopeless(&run.plan, why, &run.measurements)),
    }
}

fn found(prices: &Prices, run: MeasuredRun, winner: Power, stop: Stop) -> Result<RunState, Error> {
    let contender = run
        .measurements
        .iter()
        .filter_map(|m| m.contender(run.price(prices)))
        .find(|contender| contender.average.power == winner);
    let Some(winner) = contender else {
        return Err(Error::no_usable_samples(&run.plan, &run.measurements));
    };
    let choice = Choice { missed: missed(&winner, &run.plan.request.limits), winner };
    let search = Search { rounds: run.round.number, ended: stop.to_string() };
    let outcome = outcome::of_tuning(prices, &run, &choice, Some(search));
    let next = after_decision(&run.plan);
    Ok(run.ends(next, Some(choice.winner.average.power), outcome))
}

/// The limits that the winner does not meet as it was measured: the search knows of nothing better.
fn missed(winner: &Contender, limits: &Limits) -> Vec<MissedLimit> {
    let power = winner.average.power;
    let duration = limits.max_duration.filter(|limit| winner.metric > *limit);
    let cost = limits.max_cost.filter(|limit| winner.average.cost > *limit);
    let duration = duration.map(|limit| MissedLimit::Duration { limit, power, least: winner.metric });
    let cost = cost.map(|limit| MissedLimit::Cost { limit, power, least: winner.average.cost });
    duration.into_iter().chain(cost).collect()
}
