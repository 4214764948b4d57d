//! Why the winner is the winner: claims about the numbers of the output, each of which becomes one sentence.

use std::fmt;

use tuning::{
    contract::outcome::{Alternative, AlternativeKind, Comparison, DecidedBy, Headroom, Monthly},
    decide::{
        choice::{Limit, MissedLimit, names},
        strategy::Candidate,
    },
    measure::{comparison::Ratio, metric::Metric},
    price::Currency,
    run::{objective::Strategy, plan::Plan},
    units::{milliseconds::Milliseconds, power::Power},
};

use crate::{
    answer::Answer,
    comparisons::{Comparisons, decisive},
    guidance::Guidance,
    phrases::{amount, costs, less, more, takes, times_faster},
    verdict::Verdict,
    workload::Work,
};

/// The share of an amount by which two equal ones may differ, as they are rounded.
const NO_SAVING: f64 = 1e-9;

/// A claim about the numbers of the output.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Claim {
    /// The verdict on the winner, with the numbers that say so.
    Won { winner: Candidate, verdict: Verdict },
    /// By the averages another one would have won.
    AgainstAverages { average: Candidate, by_averages: Power, by_estimates: bool, strategy: Strategy },
    /// The winner's duration by the metric.
    ComparedBy { metric: Metric, power: Power, duration: Milliseconds },
    /// The winner keeps to these limits.
    Meets(Vec<Limit>),
    /// The winner is the function's current memory.
    IsPresent(Power),
    /// The winner against the current memory.
    AgainstPresent { present: Power, difference: Difference },
    /// The memory size that would win without the winner, against the winner.
    NextBest { power: Power, difference: Difference },
    /// Another one that is worth knowing, against the winner.
    WorthKnowing { power: Power, cost_percent: f64, duration_percent: f64, told_apart: ToldApart },
    /// The monthly cost of the function.
    Monthly { winner: Power, present: Power, monthly: Monthly, at_present: f64, saving: f64 },
    /// The variation of memory use, and what the winner leaves.
    Memory { winner: Power, headroom: Headroom },
    /// The work that it spends its time on.
    Work(Work),
    /// Where functions that do such work are often started.
    Guidance(Guidance),
}

/// A difference between two memory sizes, and whether the samples show that there is one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Difference {
    pub(crate) cost_percent: f64,
    pub(crate) duration_percent: f64,
    pub(crate) significance: Option<Significance>,
}

/// The significance of the difference in what the strategy looks at: whether it can be told from chance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Significance {
    /// "cost" or "duration".
    pub(crate) what: &'static str,
    pub(crate) told_apart: bool,
    /// The number of invocations of each that it would probably take.
    pub(crate) invocations: Option<u32>,
}

/// Which differences the samples tell from chance; nothing where they do not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ToldApart {
    pub(crate) cost: Option<bool>,
    pub(crate) duration: Option<bool>,
}

/// All claims, in the order in which they are made.
pub(crate) fn claims(
    plan: &Plan,
    answer: &Answer,
    comparisons: &Comparisons,
    alternatives: &[Alternative],
    monthly: Option<Monthly>,
    headroom: Option<Headroom>,
    work: Option<Work>,
) -> Vec<Claim> {
    let winner = answer.choice.winner;
    let guidance = work.as_ref().and_then(|work| work.guidance(winner.power()));
    let worth_knowing = worth_knowing(comparisons, alternatives);
    let next_best = comparisons.runner_up.filter(|other| Some(other.power) != worth_knowing.map(|other| other.power));
    [
        Some(Claim::Won { winner: answer.deciding.winner.average, verdict: answer.verdict.clone() }),
        (answer.decided_by != DecidedBy::Averages).then_some(Claim::AgainstAverages {
            average: winner.average,
            by_averages: answer.by_averages,
            by_estimates: answer.decided_by == DecidedBy::Estimates,
            strategy: plan.request.strategy,
        }),
        (plan.request.metric != Metric::Average).then_some(Claim::ComparedBy {
            metric: plan.request.metric,
            power: winner.power(),
            duration: winner.metric,
        }),
        meets(plan, &answer.choice.missed),
        comparisons.present.map(|present| against_present(plan.request.strategy, winner.power(), &present)),
        next_best
            .filter(|other| Some(other.power) != comparisons.present.map(|present| present.power))
            .map(|other| next_best_claim(plan.request.strategy, &other)),
        worth_knowing.map(worth_knowing_claim),
        monthly.and_then(|monthly| by_the_month(plan, winner.power(), monthly)),
        headroom.map(|headroom| Claim::Memory { winner: winner.power(), headroom }),
        work.map(Claim::Work),
        guidance.map(Claim::Guidance),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn meets(plan: &Plan, missed: &[MissedLimit]) -> Option<Claim> {
    let is_met = |limit: &Limit| missed.iter().all(|missed| missed.limit != *limit);
    let met: Vec<Limit> = plan.request.limits.set().into_iter().filter(is_met).collect();
    (!met.is_empty()).then_some(Claim::Meets(met))
}

fn against_present(strategy: Strategy, winner: Power, present: &Comparison) -> Claim {
    if present.power == winner {
        return Claim::IsPresent(winner);
    }
    Claim::AgainstPresent {
        present: present.power,
        difference: Difference {
            cost_percent: present.cost_percent,
            duration_percent: present.duration_percent,
            significance: significance(strategy, present),
        },
    }
}

fn next_best_claim(strategy: Strategy, other: &Comparison) -> Claim {
    Claim::NextBest {
        power: other.power,
        difference: Difference {
            cost_percent: turned_round(other.cost_percent),
            duration_percent: turned_round(other.duration_percent),
            significance: significance(strategy, other),
        },
    }
}

/// By how much the other is dearer, if the winner is so many percent dearer than it.
fn turned_round(percent: f64) -> f64 {
    (1.0 / (1.0 + percent / 100.0) - 1.0) * 100.0
}

fn significance(strategy: Strategy, comparison: &Comparison) -> Option<Significance> {
    let cost = comparison.cost_ratio.map(|ratio| ("cost", ratio));
    let duration = comparison.duration_ratio.map(|ratio| ("duration", ratio));
    let (what, ratio) = decisive(strategy, cost, duration)?;
    Some(Significance { what, told_apart: ratio.distinguishable, invocations: comparison.invocations_to_tell_apart })
}

/// The one alternative that gets a sentence: the current memory has one already.
fn worth_knowing<'a>(comparisons: &Comparisons, alternatives: &'a [Alternative]) -> Option<&'a Alternative> {
    let present = comparisons.present.map(|present| present.power);
    let mut left = alternatives.iter().filter(|alternative| Some(alternative.power) != present);
    [AlternativeKind::Knee, AlternativeKind::Balanced, AlternativeKind::Fastest, AlternativeKind::Cheapest]
        .iter()
        .find_map(|kind| left.clone().find(|alternative| alternative.kinds.contains(kind)))
        .or_else(|| left.next())
}

fn worth_knowing_claim(alternative: &Alternative) -> Claim {
    let told_apart = |ratio: Option<Ratio>| ratio.map(|ratio| ratio.distinguishable);
    Claim::WorthKnowing {
        power: alternative.power,
        cost_percent: alternative.cost_percent,
        duration_percent: alternative.duration_percent,
        told_apart: ToldApart {
            cost: told_apart(alternative.cost_ratio),
            duration: told_apart(alternative.duration_ratio),
        },
    }
}

fn by_the_month(plan: &Plan, winner: Power, monthly: Monthly) -> Option<Claim> {
    let (at_present, saving) = (monthly.at_present?.0, monthly.saving?.0);
    Some(Claim::Monthly { winner, present: plan.before.memory, monthly, at_present, saving })
}

/// Says what the search does that averages do not.
fn why_not_averages(by_estimates: bool, strategy: Strategy) -> &'static str {
    match (by_estimates, strategy) {
        (true, Strategy::Balanced { .. }) => {
            "pools the measurements of all sizes, and weighs cost and duration against the lowest of each"
        }
        (false, Strategy::Balanced { .. }) => {
            "pools the measurements of all sizes, prefers sizes that it measured again, \
             and weighs cost and duration against the lowest of each"
        }
        (true, _) => "pools the measurements of all sizes",
        (false, _) => "pools the measurements of all sizes, and prefers sizes that it measured again",
    }
}

impl Claim {
    /// The sentence, with costs in the currency of the region.
    pub(crate) fn said_in(&self, currency: Currency) -> String {
        match self {
            Self::Won { winner, verdict } => {
                let Candidate { power, cost, duration } = winner;
                format!("{power} is {verdict}: {cost} {currency} and {duration} per average invocation.")
            }
            Self::AgainstAverages { average, by_averages, by_estimates, strategy } => {
                let Candidate { power, cost, duration } = average;
                let why = why_not_averages(*by_estimates, *strategy);
                format!(
                    "By the averages alone, {by_averages} would win; {power} averaged {cost} {currency} and {duration}. \
                     The search {why}."
                )
            }
            Self::ComparedBy { metric, power, duration } => {
                format!("Durations are compared by {}: {duration} at {power}.", metric.name())
            }
            Self::Meets(limits) => format!("It meets {}.", names(limits)),
            Self::IsPresent(power) => format!("{power} is also the function's current memory."),
            Self::AgainstPresent { present, difference } => {
                let (costs, takes) = difference.words();
                format!("Compared with the current {present}, it {costs} and {takes}.{}", difference.certainty())
            }
            Self::NextBest { power, difference } => {
                let (costs, takes) = difference.words();
                format!("The next best is {power}: it {costs} and {takes}.{}", difference.certainty())
            }
            Self::WorthKnowing { power, cost_percent, duration_percent, told_apart } => {
                format!("{power} {}.{told_apart}", exchange(*cost_percent, *duration_percent))
            }
            Self::Monthly { winner, present, monthly, .. } if winner == present => {
                let (invocations, at_winner) = (monthly.invocations, amount(monthly.at_winner.0));
                format!("{invocations} invocations a month cost {at_winner} {currency} at {winner}.")
            }
            Self::Monthly { winner, present, monthly, at_present, saving } => {
                let (invocations, at_winner) = (monthly.invocations, amount(monthly.at_winner.0));
                let word = if *saving < 0.0 { "more" } else { "less" };
                // What two equal amounts differ by is how they are rounded.
                let is_none = saving.abs() <= at_present * NO_SAVING;
                let saving = amount(if is_none { 0.0 } else { saving.abs() });
                let at_present = amount(*at_present);
                format!(
                    "{invocations} invocations a month cost {at_winner} {currency} at {winner}, {saving} {currency} \
                     {word} than the {at_present} {currency} at the current {present}."
                )
            }
            Self::Memory { winner, headroom: Headroom { at_winner, variation, memory_use, .. } } => {
                let (low, high) = memory_use.usual();
                let [at_winner, variation, low, high] = [*at_winner, *variation, low, high].map(|share| share * 100.0);
                let varied = if variation > 0.0 {
                    format!("varied by up to {variation:.1} % at one size")
                } else {
                    "did not vary at any size".to_owned()
                };
                format!(
                    "Reported memory use {varied} ({memory_use}): {low:.0} to {high:.0} % headroom is usual then, and \
                     {winner} leaves {at_winner:.0} %."
                )
            }
            Self::Work(work) => work.to_string(),
            Self::Guidance(guidance) => guidance.to_string(),
        }
    }
}

impl Difference {
    fn words(&self) -> (String, String) {
        (costs(self.cost_percent), takes(self.duration_percent))
    }

    /// Says how sure the difference is, as a sentence of its own.
    fn certainty(&self) -> String {
        match self.significance {
            None => String::new(),
            Some(Significance { what, told_apart: true, .. }) => {
                format!(" The difference in {what} is statistically significant.")
            }
            Some(Significance { what, invocations: Some(count), .. }) => format!(
                " The difference in {what} is not statistically significant; about {count} invocations of each would be needed."
            ),
            Some(Significance { what, invocations: None, .. }) => format!(
                " The difference in {what} is not statistically significant, and more invocations would hardly change that."
            ),
        }
    }
}

/// Says what another memory size gives, and what for: "is 13 times faster for 5.0 % more".
fn exchange(cost_percent: f64, duration_percent: f64) -> String {
    let factor = 1.0 / (1.0 + duration_percent / 100.0);
    if factor > 1.0 && cost_percent > 0.0 {
        let faster = times_faster(factor);
        let is = if faster.starts_with(|first: char| first.is_ascii_digit()) { "is " } else { "" };
        format!("{is}{faster} for {}", more(cost_percent))
    } else if factor < 1.0 && cost_percent < 0.0 {
        format!("costs {}, but {}", less(-cost_percent), takes(duration_percent))
    } else {
        format!("{} and {}", costs(cost_percent), takes(duration_percent))
    }
}

impl fmt::Display for ToldApart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.cost, self.duration) {
            (Some(false), Some(false)) => " Neither difference is statistically significant.",
            (Some(false), _) => " The difference in cost is not statistically significant.",
            (_, Some(false)) => " The difference in duration is not statistically significant.",
            _ => "",
        })
    }
}

#[cfg(test)]
mod tests {
    use tuning::{
        contract::outcome::MemoryUse,
        run::objective::{Tolerance, Weight},
        units::usd::Usd,
    };

    use super::*;
    use crate::{
        verdict::{Among, Gain, Rank, Standing},
        workload::{Cores, Kind},
    };

    fn power(mb: u32) -> Power {
        Power::new(mb).unwrap()
    }

    fn candidate(mb: u32) -> Candidate {
        Candidate { power: power(mb), cost: Usd(0.000_002), duration: Milliseconds(101.05) }
    }

    #[test]
    fn verdicts_in_words() {
        let limits = || vec![Limit::Duration(Milliseconds(200.0)), Limit::Cost(Usd(0.000_003))];
        let all = |measured| Among { eligible: measured, measured, limits: Vec::new() };
        let some = |eligible| Among { eligible, measured: 8, limits: limits() };
        let near =
            |rank, gain, among| Standing::Near { rank, best: power(128), tolerance: Tolerance(0.02), gain, among };
        let nearest = |met| Standing::Nearest { limit: Limit::Duration(Milliseconds(1.0)), met, measured: 8 };
        let standings = [
            Standing::Only(all(1)),
            Standing::Only(some(1)),
            Standing::Best { rank: Rank::Cheapest, among: all(6) },
            Standing::Best { rank: Rank::BestBalance, among: some(3) },
            near(Rank::Cheapest, Gain::Faster(13.2), all(8)),
            near(Rank::Cheapest, Gain::Faster(1.3), some(3)),
            near(Rank::Fastest, Gain::Cheaper(5.3), all(8)),
            nearest(Vec::new()),
            nearest(vec![Limit::Headroom(0.2)]),
            Standing::Searched(all(8)),
        ];
        let said = standings.map(|standing| {
            let verdict = Verdict { standing, by_estimates: false };
            Claim::Won { winner: candidate(1769), verdict }.said_in(Currency::Usd)
        });
        let standing = Standing::Best { rank: Rank::Fastest, among: all(8) };
        let estimated = Claim::Won { winner: candidate(1769), verdict: Verdict { standing, by_estimates: true } };
        let estimated = estimated.said_in(Currency::Usd);
        insta::assert_snapshot!(format!("{}\n{estimated}", said.join("\n")));
    }

    #[test]
    fn claims_in_words() {
        let significant = |told_apart, invocations| Some(Significance { what: "cost", told_apart, invocations });
        let difference = |significance| Difference { cost_percent: -5.6, duration_percent: 96.8, significance };
        let worth = |cost_percent, duration_percent, cost, duration| Claim::WorthKnowing {
            power: power(1769),
            cost_percent,
            duration_percent,
            told_apart: ToldApart { cost: Some(cost), duration: Some(duration) },
        };
        let monthly =
            Monthly { invocations: 1_000_000, at_winner: Usd(1.9), at_present: Some(Usd(2.0)), saving: Some(Usd(0.1)) };
        let balanced = Strategy::Balanced { weight: Weight::DEFAULT };
        let against_averages = |by_estimates, strategy| Claim::AgainstAverages {
            average: candidate(630),
            by_averages: power(512),
            by_estimates,
            strategy,
        };
        let memory = |variation| {
            let memory_use = MemoryUse::of(variation);
            let headroom =
                Headroom { at_winner: 7.1424, variation, memory_use, usual: Vec::new(), payloads: Vec::new() };
            Claim::Memory { winner: power(512), headroom }
        };
        let claims = [
            against_averages(true, Strategy::Cost),
            against_averages(false, Strategy::Cost),
            against_averages(true, balanced),
            against_averages(false, balanced),
            Claim::ComparedBy { metric: Metric::P90, power: power(630), duration: Milliseconds(120.0) },
            Claim::Meets(vec![Limit::Duration(Milliseconds(200.0)), Limit::Cost(Usd(0.000_003))]),
            Claim::IsPresent(power(512)),
            Claim::AgainstPresent { present: power(1024), difference: difference(significant(true, None)) },
            Claim::NextBest { power: power(1024), difference: difference(significant(false, Some(19))) },
            Claim::NextBest { power: power(1024), difference: difference(significant(false, None)) },
            Claim::NextBest { power: power(1024), difference: difference(None) },
            worth(5.0, -92.4, true, true),
            worth(5.0, -22.4, false, true),
            worth(-4.8, 1220.0, true, false),
            worth(-0.01, -3.0, false, false),
            Claim::Monthly { winner: power(512), present: power(1024), monthly, at_present: 2.0, saving: 0.1 },
            memory(0.0),
            memory(0.036),
            memory(0.5),
            memory(1.302),
        ];
        insta::assert_snapshot!(claims.map(|claim| claim.said_in(Currency::Usd)).join("\n"));
    }

    #[test]
    fn kinds_of_work_in_words() {
        let io = |percent| Kind::IoBound { from: power(128), to: power(3008), percent };
        let kinds = [
            None,
            Some(Kind::NoOp(Milliseconds(1.2))),
            Some(Kind::CpuBound(Cores::Unknown)),
            Some(Kind::CpuBound(Cores::One)),
            Some(Kind::CpuBound(Cores::HardlyMore { percent: 2.1 })),
            Some(Kind::CpuBound(Cores::About(3))),
            Some(io(12.0)),
            Some(io(-1.0)),
            Some(Kind::Mixed),
        ];
        let said = kinds.map(|kind| Work { kind, probability: 0.93, memory_starved: None }.to_string());
        insta::assert_snapshot!(said.join("\n"));
    }
}
