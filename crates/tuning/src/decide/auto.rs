//! `powerValues: "AUTO"`: what binds a run to the search.

use crate::{
    decide::{
        choice::Contender,
        footing::Footing,
        search::{
            self, Belief, Budget, CurvePoint, Estimate, Goal, Hopeless, Lanes, LimitsMet, Observation, Progress,
            Seeded, Series, Settings, Step, Stop, Workload,
        },
    },
    measure::{
        lane::LaneSummary,
        measurement::{Infeasible, Measured, Measurement},
    },
    price::GbSecondPrice,
    run::{
        objective::Effort,
        plan::{Plan, Sampling, SearchRequest},
        round::{Allowance, Refusal, Round},
    },
    units::{power::Power, usd::Usd, version::VersionNumber},
};

/// The model draws its curves with these random numbers: the same observations lead to the same plan.
const SEED: u64 = 1;
/// The number of points of the curve in the output.
const CURVE_POINTS: usize = 40;
/// The memory, in MB, that is tried instead when AWS refuses a larger size and does not say what it would allow.
const COMMON_LIMIT: u32 = 3008;

/// The progress of a search.
#[derive(Debug, Clone, Copy)]
pub struct Searched<'a> {
    /// The measurements: one for each memory size.
    pub measurements: &'a [Measurement],
    /// Rounds made.
    pub rounds: u32,
    /// Why exploring ended, once what was found is verified.
    pub verified: Option<Stop>,
    /// The highest version that was published.
    pub last_version: VersionNumber,
}

/// The next step of a search.
#[derive(Debug)]
pub enum Decision {
    /// It measures another round; the last one, which verifies, if there is a reason why exploring ended.
    Measure(Round, Option<Stop>),
    /// It has found the best memory size.
    Found {
        /// The winner, which was measured.
        winner: Power,
        /// True if it was measured once more after it looked like the best, as far as the budget went.
        is_verified: bool,
        /// Why exploring ended.
        stop: Stop,
    },
    /// Nothing can win.
    Hopeless(Hopeless),
}

/// The conclusions of the model from a run's measurements.
#[derive(Debug, Clone)]
pub struct Modelled {
    /// The kind of work that the function does.
    pub workload: Workload,
    /// Duration and cost over memory; not measured.
    pub curve: Vec<CurvePoint>,
    /// The probabilities that the winner keeps to the limits.
    pub limits_met: LimitsMet,
    /// The estimate for each memory size that was measured: these decided.
    pub estimates: Vec<Estimate>,
}

/// Decides what a run that searches does next.
#[must_use]
pub fn decide(plan: &Plan, request: &SearchRequest, price: GbSecondPrice, searched: Searched<'_>) -> Decision {
    let all = observations(searched.measurements, &request.payload_weights);
    let (goal, settings) = (goal(plan, request, price), settings(plan, request));
    let budget = budget(plan, request, price, searched.measurements);
    let planned = |observations: &[Observation], verified, budget: &Budget| {
        let progress = Progress { rounds: searched.rounds, verified };
        search::plan(observations, progress, &goal, &settings, budget, &mut Seeded::new(SEED)).step
    };
    let spend = plan.request.max_spend.map(|max| Usd(max.0 - budget.spent.0));
    let nothing_left = Budget { max_invocations: Some(0), ..budget };
    // What is wanted may have had all invocations that a memory size may have: then what was found is verified, as far
    // as that goes.
    let out_of_budget = Some(searched.verified.unwrap_or(Stop::Budget));
    for (verified, budget) in [(searched.verified, budget), (out_of_budget, budget), (out_of_budget, nothing_left)] {
        let (series, stop) = match planned(&all, verified, &budget) {
            Step::Done { winner, stop } => {
                let winner = soundest(searched.measurements, price, winner, |comparable| {
                    let those: Vec<Observation> =
                        all.iter().filter(|seen| seen.failed || comparable.contains(&seen.power)).cloned().collect();
                    planned(&those, Some(stop), &nothing_left)
                });
                let Some(winner) = winner else { return Decision::Hopeless(Hopeless::Budget) };
                let lanes = all.iter().find(|seen| seen.power == winner).map_or(0, |seen| seen.lanes.len());
                return Decision::Found { winner, is_verified: lanes > settings.explore.count as usize, stop };
            }
            Step::Failed(hopeless) => return Decision::Hopeless(hopeless),
            // After verifying, nothing else is explored.
            Step::Measure(_) if verified.is_some() => continue,
            Step::Measure(series) => (series, None),
            Step::Verify(series, stop) => (series, Some(stop)),
        };
        if let Some(round) = round(plan, request, &settings, &series, stop, searched) {
            let allowance = spend.map(|left| Allowance::of(left, round.power_values.len(), price));
            return Decision::Measure(Round { allowance, ..round }, stop);
        }
    }
    Decision::Hopeless(Hopeless::Budget)
}

/// The winner, unless the budget ended before its averages could be compared with those of the others: then the best of
/// those that can be. `None` if no size has enough warm samples.
fn soundest(
    measurements: &[Measurement],
    price: GbSecondPrice,
    winner: Power,
    best_of: impl FnOnce(&[Power]) -> Step,
) -> Option<Power> {
    let contenders: Vec<Contender> = measurements.iter().filter_map(|m| m.contender(price)).collect();
    let comparable = Footing::comparable(&contenders);
    if comparable.iter().all(|contender| contender.footing.few_warm) {
        return None;
    }
    let comparable: Vec<Power> = comparable.iter().map(Contender::power).collect();
    if comparable.contains(&winner) {
        return Some(winner);
    }
    match best_of(&comparable) {
        Step::Done { winner, .. } => Some(winner),
        Step::Failed(_) | Step::Measure(_) | Step::Verify(..) => None,
    }
}

/// The least that a search can do with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fewest {
    /// Invocations at a memory size: to explore it, and to verify it.
    pub per_value: u32,
    /// Invocations of the run: its first round, and two memory sizes to be verified.
    pub in_all: u32,
}

/// The least that a search can do with: with fewer invocations than that, what wins has too few samples.
#[must_use]
pub fn fewest(effort: Effort, most_lanes: u32, payloads: usize, with_present: bool) -> Fewest {
    let settings = settings_within(effort, most_lanes, payloads);
    let (explore, per_value) = (settings.explore.invocations(), settings.fewest_invocations());
    let first_round = if with_present { 3 } else { 2 };
    Fewest { per_value, in_all: first_round * explore + 2 * (per_value - explore) }
}

/// The number of memory sizes that a round of a search can measure at a time when no more invocations can run than
/// this; `None` if that bounds nothing.
#[must_use]
pub fn values_within(effort: Effort, most_lanes: u32, payloads: usize, at_a_time: u32) -> Option<u32> {
    /// With the current memory.
    const FIRST_ROUND: u32 = 3;
    const VERIFIED: u32 = 2;
    let Settings { explore, verify, .. } = settings_within(effort, most_lanes, payloads);
    let is_bounded = FIRST_ROUND * explore.count > at_a_time || VERIFIED * verify.count > at_a_time;
    is_bounded.then(|| (at_a_time / verify.count.max(explore.count)).max(1))
}

/// Applies the model to the measurements, for all sizes, without planning anything: to those of a list of memory sizes,
/// too. `None` if the measurements say nothing.
#[must_use]
pub fn modelled(plan: &Plan, price: GbSecondPrice, measurements: &[Measurement], winner: Power) -> Option<Modelled> {
    let whole_range = SearchRequest {
        min: Power::MIN,
        max: Power::MAX,
        effort: Effort::Normal,
        max_invocations: u32::MAX,
        most_per_value: None,
        payload_weights: Vec::new(),
    };
    let request = plan.request.search.as_ref().unwrap_or(&whole_range);
    let (goal, settings) = (goal(plan, request, price), settings(plan, request));
    let belief =
        Belief::of(&observations(measurements, &request.payload_weights), &goal, &settings, &mut Seeded::new(SEED))?;
    Some(Modelled {
        workload: belief.workload(),
        curve: belief.curve(&goal, CURVE_POINTS),
        limits_met: belief.limits_met(winner, &goal),
        estimates: belief.estimates(&goal),
    })
}

/// The largest memory size that AWS allows, going by what it refused; `None` if it refused nothing.
#[must_use]
pub fn memory_limit(refused: &[Refusal]) -> Option<Power> {
    let smallest = refused.iter().min_by_key(|refusal| refusal.power)?;
    let allowed = |mb: &u32| Power::new(*mb).ok().filter(|power| *power < smallest.power);
    let numbers = smallest.reason.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok());
    let said = numbers.rev().find(|mb| allowed(mb).is_some());
    said.or(Some(COMMON_LIMIT)).as_ref().and_then(allowed).or_else(|| Power::new(smallest.power.megabytes() - 1).ok())
}

fn goal(plan: &Plan, request: &SearchRequest, price: GbSecondPrice) -> Goal {
    let limits = &plan.request.limits;
    Goal {
        strategy: plan.request.strategy,
        max_duration: limits.max_duration,
        max_cost: limits.max_cost,
        memory_headroom: limits.memory_headroom,
        price,
        timeout: plan.before.timeout,
        present: plan.request.compare_with_current.then_some(plan.before.memory),
        smallest: request.min,
        largest: request.max,
        tolerance: limits.tolerance.0,
    }
}

fn settings(plan: &Plan, request: &SearchRequest) -> Settings {
    settings_within(request.effort, plan.request.sampling.lanes, request.payload_weights.len())
}

/// The preset of the effort, within `maxConcurrency`. Each lane goes through all payloads, and each memory size gets
/// enough warm samples to be compared.
fn settings_within(effort: Effort, most_lanes: u32, payloads: usize) -> Settings {
    let settings = Settings::from(effort);
    let payloads = u32::try_from(payloads).unwrap_or(u32::MAX);
    let fitted = |lanes: Lanes| {
        let count = lanes.count.min(most_lanes.max(1));
        Lanes { count, warm: lanes.warm.max(payloads).max(Lanes::fewest_warm(count)) }
    };
    Settings {
        explore: fitted(settings.explore),
        verify: fitted(settings.verify),
        fewest_samples: payloads.max(1),
        ..settings
    }
}

fn budget(plan: &Plan, request: &SearchRequest, price: GbSecondPrice, measurements: &[Measurement]) -> Budget {
    Budget {
        max_invocations: Some(request.max_invocations),
        spent_invocations: measurements.iter().map(|m| m.spent.invocations).sum(),
        // Before the first round nobody knows what an invocation costs; the allowance of the round keeps to the budget.
        max_spend: plan.request.max_spend.filter(|_| !measurements.is_empty()),
        spent: measurements.iter().map(|m| m.total_cost(price)).sum(),
    }
}

/// Translates the measurements into observations for the search. Where AWS allows no such memory size nothing was seen
/// of the function: such a value is outside of the bounds from then on. Errors of the code at a larger memory size than
/// one that works say nothing of how much memory the function needs.
fn observations(measurements: &[Measurement], weights: &[u32]) -> Vec<Observation> {
    let works_with_less = |power| measurements.iter().any(|m| m.value < power && m.statistics().is_some());
    let observed = measurements.iter().filter(|m| match m.result {
        Measured::Refused(_) => false,
        Measured::Infeasible(Infeasible::FunctionError | Infeasible::ErrorProne) => !works_with_less(m.value),
        Measured::Samples(_) | Measured::Infeasible(_) | Measured::NoSamples => true,
    });
    observed
        .map(|measurement| Observation {
            power: measurement.value,
            lanes: lanes(measurement, weights),
            failed: measurement.statistics().is_none(),
            max_memory_used: measurement.max_memory_used,
        })
        .collect()
}

/// All lanes of a search; of a list, those that were kept.
fn lanes(measurement: &Measurement, weights: &[u32]) -> Vec<LaneSummary> {
    let of_series = measurement.series.iter().filter_map(|samples| LaneSummary::of_warm(samples, weights));
    match measurement.statistics() {
        Some(_) if !measurement.series.is_empty() => of_series.collect(),
        Some(statistics) => statistics.lanes.clone(),
        None => Vec::new(),
    }
}

/// The next round: each memory size gets all lanes that are wanted or, because of `num`, fewer and shorter ones, but no
/// less than its averages take to be compared. One that may not have even those is left out; `None` if none may.
fn round(
    plan: &Plan,
    request: &SearchRequest,
    settings: &Settings,
    series: &[Series],
    stop: Option<Stop>,
    searched: Searched<'_>,
) -> Option<Round> {
    // Exploring leaves enough to verify.
    let set_aside = if stop.is_some() { 0 } else { settings.least_verifying().invocations() };
    let left = |power: Power| {
        let known = searched.measurements.iter().find(|m| m.value == power);
        let made = known.map_or(0, |m| m.spent.invocations);
        // What was left out stays out.
        let most = if known.is_some_and(|m| m.statistics().is_none()) { Some(0) } else { request.most_per_value };
        most.map_or(u32::MAX, |most| most.saturating_sub(made).saturating_sub(set_aside))
    };
    let fitting: Vec<(Power, Lanes)> = series
        .iter()
        .filter_map(|series| Some((series.power, fitted(series.lanes, left(series.power), settings)?)))
        .collect();
    let count = fitting.iter().map(|(_, lanes)| lanes.count).min()?;
    let warm = fitting.iter().map(|(_, lanes)| lanes.warm).min()?;
    let mut power_values: Vec<Power> = fitting.iter().map(|(power, _)| *power).collect();
    power_values.sort_unstable();
    let sampling = Sampling { invocations: count * (1 + warm), lanes: count, ..plan.request.sampling };
    let after = searched.last_version;
    Some(Round { number: searched.rounds + 1, power_values, sampling, after, allowance: None })
}

/// The lanes that are wanted, or as many, and then as long ones, as so many invocations allow; `None` if these are too
/// few.
fn fitted(wanted: Lanes, left: u32, settings: &Settings) -> Option<Lanes> {
    let shortest = settings.fewest_samples.max(Lanes::fewest_warm(settings.explore.count)).min(wanted.warm);
    let count = wanted.count.min(left / (1 + shortest));
    let enough = count >= settings.explore.count.min(wanted.count);
    enough.then(|| Lanes { count, warm: wanted.warm.min(left / count.max(1) - 1) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(mb: u32, reason: &str) -> Refusal {
        Refusal { power: Power::new(mb).unwrap(), reason: reason.to_owned() }
    }

    #[test]
    fn the_memory_limit_is_what_aws_says_or_what_new_accounts_have_or_one_less() {
        let limit = |refused: &[Refusal]| memory_limit(refused).map(Power::megabytes);
        let said = "'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to 2560";
        assert_eq!(limit(&[refusal(10_240, said), refusal(4096, said)]), Some(2560));
        assert_eq!(limit(&[refusal(4096, "no")]), Some(3008));
        assert_eq!(limit(&[refusal(2048, "no, not 9000")]), Some(2047));
        assert_eq!(limit(&[]), None);
    }
}
