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
    let contenders: Vec<Contender> = run.measurements.iter().filter_map(|m| m.contender(run.price(prices))).collect();
    let Some(winner) = contenders.iter().find(|contender| contender.average.power == winner).copied() else {
        return Err(Error::no_usable_samples(&run.plan, &run.measurements));
    };
    let choice = Choice { missed: missed(&winner, &contenders, &run.plan.request.limits), winner };
    let search = Search { rounds: run.round.number, ended: stop.to_string() };
    let outcome = outcome::of_tuning(prices, &run, &choice, Some(search));
    let next = after_decision(&run.plan);
    Ok(run.ends(next, Some(choice.winner.average.power), outcome))
}

/// The limits that the winner does not meet as it was measured. That no power value meets one is said only where it is
/// so.
fn missed(winner: &Contender, contenders: &[Contender], limits: &Limits) -> Vec<MissedLimit> {
    let power = winner.average.power;
    let is_fastest = contenders.iter().all(|contender| winner.metric <= contender.metric);
    let is_cheapest = contenders.iter().all(|contender| winner.average.cost <= contender.average.cost);
    let duration = limits.max_duration.filter(|limit| winner.metric > *limit).map(|limit| {
        let duration = winner.metric;
        if is_fastest {
            MissedLimit::Duration { limit, power, least: duration }
        } else {
            MissedLimit::WinnersDuration { limit, power, duration }
        }
    });
    let cost = limits.max_cost.filter(|limit| winner.average.cost > *limit).map(|limit| {
        let cost = winner.average.cost;
        if is_cheapest {
            MissedLimit::Cost { limit, power, least: cost }
        } else {
            MissedLimit::WinnersCost { limit, power, cost }
        }
    });
    duration.into_iter().chain(cost).collect()
}

#[cfg(test)]
mod tests {
    use tuning::{milliseconds::Milliseconds, strategy::Candidate, usd::Usd};

    use super::*;

    #[test]
    fn only_true_sentences_about_limits_that_the_winner_of_a_search_misses() {
        let contender = |mb: u32, ms: f64, cost: f64| {
            let average = Candidate { power: Power::new(mb).unwrap(), cost: Usd(cost), duration: Milliseconds(ms) };
            Contender { average, metric: Milliseconds(ms), max_memory_used: None }
        };
        let all = [contender(512, 100.0, 1.0), contender(1024, 90.0, 2.0), contender(2048, 80.0, 3.0)];
        let limits = Limits { max_duration: Some(Milliseconds(50.0)), max_cost: Some(Usd(0.5)), ..Limits::default() };
        let said = |winner: &Contender| missed(winner, &all, &limits).iter().map(ToString::to_string).collect();
        let said: Vec<Vec<String>> = all.iter().map(said).collect();
        for (contender, sentences) in all.iter().zip(&said) {
            assert_eq!(
                sentences[0].contains("the fastest"),
                contender.average.power.megabytes() == 2048,
                "{sentences:?}"
            );
            assert_eq!(
                sentences[1].contains("the cheapest"),
                contender.average.power.megabytes() == 512,
                "{sentences:?}"
            );
        }
        insta::assert_debug_snapshot!(said[1]);
    }
}
