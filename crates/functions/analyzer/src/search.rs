//! A search (`powerValues: "AUTO"`): what is measured next, or what has won.

use tuning::{
    contract::{outcome::Search, step::RunState},
    decide::{
        auto::{self, Decision, Searched},
        search::Stop,
    },
    price::Prices,
    run::plan::SearchRequest,
    units::power::Power,
};

use crate::{after_decision, answer::Answer, error::Error, measured::MeasuredRun, outcome, soundness::Soundness};

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
        Decision::Found { winner, is_verified, stop } => {
            let soundness = if is_verified { Soundness::Sound } else { Soundness::SeenOnce };
            found(prices, run, winner, soundness, stop)
        }
        Decision::Hopeless(why) => Err(Error::hopeless(&run.plan, why, &run.measurements)),
    }
}

fn found(
    prices: &Prices,
    run: MeasuredRun,
    winner: Power,
    soundness: Soundness,
    stop: Stop,
) -> Result<RunState, Error> {
    let price = run.price(prices);
    let modelled = auto::modelled(&run.plan, price, &run.measurements, winner);
    let estimates = modelled.as_ref().map_or(&[][..], |modelled| &modelled.estimates);
    let Some(answer) = Answer::of_search(&run.plan.request, run.comparable(price), estimates, winner) else {
        return Err(Error::no_usable_samples(&run.plan, &run.measurements));
    };
    let search = Search { rounds: run.round.number, ended: stop.to_string() };
    let outcome = outcome::of_tuning(prices, &run, &answer, soundness, modelled, Some(search));
    let next = after_decision(&run.plan, soundness);
    Ok(run.ends(next, Some(winner), outcome))
}
