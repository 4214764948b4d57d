//! The expected invocations, costs and time of a run: said before money is spent.

use serde::{Deserialize, Serialize};

use crate::{
    decide::search::Settings,
    price::Prices,
    run::{objective::Effort, plan::Plan, round::Round},
    units::{milliseconds::Milliseconds, power::Power, usd::Usd},
};

/// As long as nothing was measured: what an invocation is taken to last, unless the function's timeout is shorter.
const ASSUMED: Milliseconds = Milliseconds(1000.0);
/// Setting the memory, publishing, pointing an alias: seconds for each version, and as long as a run takes beside.
const SECONDS_PER_VERSION: f64 = 2.0;
/// An inline Map of AWS Step Functions runs no more iterations at a time, whatever it is told.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html>
const MOST_AT_A_TIME: u32 = 40;
/// State transitions of a run, of a round and of a memory size.
const TRANSITIONS: (u32, u32, u32) = (3, 5, 1);

/// What a run is expected to take, before it is made.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Expected {
    /// Invocations of the function.
    pub invocations: u32,
    /// What they cost, in USD.
    pub lambda_cost: Usd,
    /// What the state transitions cost, in USD.
    pub execution_cost: Usd,
    /// How long the run takes, in seconds.
    pub seconds: f64,
    /// How long an invocation was taken to last, in ms; absent where some were measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assumed_duration: Option<Milliseconds>,
}

/// Computes what a run with this plan is expected to take if an invocation at a memory size is billed as `billed` says,
/// in ms. Where it says nothing, the mean of what it says of others stands in; where it says nothing at all, 1 second,
/// which `assumedDuration` then holds.
#[must_use]
pub fn expected(plan: &Plan, round: &Round, prices: &Prices, billed: impl Fn(Power) -> Option<f64>) -> Expected {
    let price = prices.lambda(plan.function.region(), plan.before.architecture).price;
    let known: Vec<f64> = round.power_values.iter().filter_map(|&power| billed(power)).collect();
    let assumed = known.is_empty().then(|| Milliseconds(ASSUMED.0.min(plan.before.timeout.0)));
    let stand_in = assumed.map_or_else(|| known.iter().sum::<f64>() / known.len() as f64, |assumed| assumed.0);
    let (rounds, invocations, lanes) = taken(plan, round);
    let values = round.power_values.len().max(1) as f64;
    let mut lambda_cost = 0.0;
    let mut seconds: Vec<f64> = Vec::new();
    for &power in &round.power_values {
        let milliseconds = billed(power).unwrap_or(stand_in);
        let share = f64::from(invocations) / values;
        lambda_cost += share * milliseconds * price.per_millisecond(power);
        seconds.push(share / f64::from(lanes) * (milliseconds + f64::from(round.sampling.pause_ms)) / 1000.0);
    }
    let at_a_time = f64::from(at_a_time(plan.request.power_concurrency)).min(values);
    let slowest = seconds.iter().copied().fold(0.0, f64::max);
    let measuring = slowest.max(seconds.iter().sum::<f64>() / at_a_time);
    let versions = f64::from(rounds) * values * f64::from(round.sampling.versions());
    let per_round = TRANSITIONS.1 + TRANSITIONS.2 * u32::try_from(round.power_values.len()).unwrap_or(u32::MAX);
    Expected {
        invocations,
        lambda_cost: Usd(lambda_cost),
        execution_cost: prices.transitions(plan.function.region(), TRANSITIONS.0 + rounds * per_round),
        seconds: measuring + SECONDS_PER_VERSION * versions,
        assumed_duration: assumed,
    }
}

/// The number of memory sizes that are measured at a time with this `powerConcurrency`, if there are as many.
#[must_use]
pub fn at_a_time(power_concurrency: u32) -> u32 {
    match power_concurrency {
        0 => MOST_AT_A_TIME,
        some => some.min(MOST_AT_A_TIME),
    }
}

/// Rounds, invocations of the whole run, and lanes of a memory size.
fn taken(plan: &Plan, round: &Round) -> (u32, u32, u32) {
    let values = u32::try_from(round.power_values.len()).unwrap_or(u32::MAX);
    match &plan.request.search {
        None => (1, round.sampling.invocations.saturating_mul(values), round.sampling.lanes.max(1)),
        Some(search) => {
            let explore = Settings::from(search.effort).explore;
            // As the benchmark of the search has it in the mean (BENCHMARKS.md).
            let (rounds, invocations) = match search.effort {
                Effort::Quick => (5, 55),
                Effort::Normal => (6, 74),
                Effort::Thorough => (6, 102),
            };
            (rounds, search.max_invocations.min(invocations), explore.count.max(1))
        }
    }
}
