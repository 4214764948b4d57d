//! The memory size that looks best, and what it would change.

use serde::{Deserialize, Serialize};

use super::{History, Subject, Unknown, Warning};
use crate::{
    decide::search::{Goal, Observation, Outlook, Seeded, Settings, Span},
    price::{MonthlyUse, Prices, Startup},
    run::objective::{Strategy, Tolerance},
    units::{milliseconds::Milliseconds, power::Power, usd::Usd},
};

/// The memory sizes that are compared, in MB, beside the present one, unless the caller names others.
pub const SIZES: [u32; 6] = [128, 256, 512, 1024, 2048, 3008];
/// The memory that a suggestion leaves free, as a fraction of what is used: with it, less than 90 % of the memory is
/// used.
const HEADROOM: f64 = 1.0 / 0.9 - 1.0;
/// A size may win if its mean duration, times this, stays within the timeout; see `Goal::timeout`.
const TIMEOUT_MARGIN: f64 = 1.5;
/// The model draws its curves with these random numbers: the same history leads to the same suggestion.
const SEED: u64 = 1;
/// The number of curves that are drawn.
const DRAWS: usize = 400;
/// With fewer invocations, their mean may be that of a few odd ones.
const FEW: u64 = 50;

/// The aim of a suggestion: what is looked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Aim {
    /// The strategy, which says what is best.
    pub strategy: Strategy,
    /// Differences below it do not matter.
    pub tolerance: Tolerance,
    /// The memory sizes to compare, beside the present one.
    pub sizes: Vec<Power>,
}

impl From<Strategy> for Aim {
    fn from(strategy: Strategy) -> Self {
        let sizes = SIZES.into_iter().filter_map(|mb| Power::new(mb).ok()).collect();
        Self { strategy, tolerance: Tolerance::OF_A_SEARCH, sizes }
    }
}

/// A value, and between which ones it lies with 95 % probability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Interval {
    /// The value that is expected.
    pub expected: f64,
    /// With 97.5 % probability it is not below.
    pub low: f64,
    /// With 97.5 % probability it is not above.
    pub high: f64,
}

/// The expectation of a memory size.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Expectation {
    /// The memory size, in MB.
    pub power: Power,
    /// The mean duration, in ms; at the present memory size, what was reported.
    pub duration: Interval,
    /// The cost of a month.
    pub monthly_cost: Interval,
    /// True if it may be suggested: it has enough memory, and keeps clear of the timeout, if any does.
    pub may_win: bool,
}

/// The suggestion for a function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Suggestion {
    /// The memory size that looks best; the present one, if that does.
    pub power: Power,
    /// The cost of a month now, by what was reported.
    pub monthly_cost: Usd,
    /// The amount by which a month would cost less at the suggested size; less than 0: more.
    pub saving: Interval,
    /// By which fraction of the present one the duration would be shorter at the suggested size; less than 0: longer.
    pub speed_up: Interval,
    /// By which fraction what the strategy looks for would get better at the truly best size, whichever that is: what
    /// tuning may find, in the mean over all curves that the model thinks possible.
    pub to_be_found: f64,
    /// All sizes that were compared.
    pub sizes: Vec<Expectation>,
    /// The warnings: what should be known of the function.
    pub warnings: Vec<Warning>,
    /// The unknown facts that this rests on.
    pub unknown: Vec<Unknown>,
}

impl Suggestion {
    /// The value that functions are ranked by: what tuning may find, weighed by what the function costs.
    #[must_use]
    pub fn worth(&self) -> f64 {
        self.to_be_found * self.monthly_cost.0
    }
}

/// Suggests a memory size, by the model of the search with what was reported as its only evidence. `None` without
/// reports at the present memory size.
#[must_use]
pub fn suggest(subject: &Subject, history: &[History], aim: &Aim, prices: &Prices) -> Option<Suggestion> {
    let present = history.iter().find(|past| past.memory == subject.memory && past.duration.mean > 0.0)?;
    let settings = Settings { draws: DRAWS, ..Settings::NORMAL };
    let goal = goal(subject, present, aim, prices);
    let observations: Vec<Observation> = history.iter().map(History::observation).collect();
    let outlook = Outlook::of(&observations, (&aim.sizes, subject.memory), &goal, &settings, &mut Seeded::new(SEED))?;
    let month = Month { subject, present, prices };
    let expectation = |&power: &Power| {
        let slowdown = outlook.slowdown(power)?;
        let duration = |times: f64| times * present.duration.mean;
        Some(Expectation {
            power,
            duration: Interval::of(slowdown, duration),
            monthly_cost: Interval::of(slowdown, |times| month.cost(power, times)),
            may_win: outlook.may_win(power),
        })
    };
    let power = outlook.best(&goal)?;
    let monthly_cost = month.cost(subject.memory, 1.0);
    let slowdown = outlook.slowdown(power)?;
    Some(Suggestion {
        power,
        monthly_cost: Usd(monthly_cost),
        saving: Interval::of(slowdown, |times| monthly_cost - month.cost(power, times)),
        speed_up: Interval::of(slowdown, |times| 1.0 - times),
        to_be_found: outlook.to_be_found(&goal, &settings),
        sizes: outlook.sizes().iter().filter_map(expectation).collect(),
        warnings: Warning::all(subject, present),
        unknown: unknown(present, history.len()),
    })
}

fn goal(subject: &Subject, present: &History, aim: &Aim, prices: &Prices) -> Goal {
    // As many slow invocations as now are to end in time.
    let tail = present.duration.p99 / present.duration.mean / TIMEOUT_MARGIN;
    Goal {
        strategy: aim.strategy,
        max_duration: None,
        max_cost: None,
        memory_headroom: HEADROOM,
        price: prices.lambda(&subject.region, subject.architecture).price,
        timeout: Milliseconds(subject.timeout.0 / tail.max(1.0)),
        present: None,
        smallest: Power::MIN,
        largest: Power::MAX,
        tolerance: aim.tolerance.0,
    }
}

fn unknown(present: &History, sizes: usize) -> Vec<Unknown> {
    let curve = if sizes > 1 { Unknown::OtherTimes { sizes } } else { Unknown::Curve };
    let invocations = present.invocations;
    let few = (invocations < FEW).then_some(Unknown::FewInvocations { invocations });
    [Some(curve), few, present.starts.map(|_| Unknown::Init)].into_iter().flatten().collect()
}

impl Interval {
    /// Of something that grows or falls with the duration.
    fn of(slowdown: Span, value: impl Fn(f64) -> f64) -> Self {
        let (one, other) = (value(slowdown.low), value(slowdown.high));
        Self { expected: value(slowdown.expected), low: one.min(other), high: one.max(other) }
    }
}

/// A month of a function.
struct Month<'a> {
    subject: &'a Subject,
    present: &'a History,
    prices: &'a Prices,
}

impl Month<'_> {
    /// The cost of the month at a memory size at which an invocation takes so many times as long as now. What is billed
    /// beyond the duration, which is initialisation and rounding, stays as long.
    fn cost(&self, power: Power, slowdown: f64) -> f64 {
        let duration = self.present.duration.mean;
        let beyond = (self.present.billed - duration).max(0.0);
        let monthly_use = MonthlyUse {
            invocations: self.subject.invocations,
            power,
            billed: slowdown * duration + beyond,
            ephemeral_storage_mb: self.subject.ephemeral_storage_mb,
            startup: Startup::OnDemand,
        };
        self.prices.monthly_cost(&self.subject.region, self.subject.architecture, &monthly_use).total().0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Strategy, *};
    use crate::{
        price::Architecture,
        run::objective::Weight,
        suggest::{Counts, Durations, Starts},
    };

    fn subject(memory: u32) -> Subject {
        Subject {
            region: "us-east-1".to_owned(),
            architecture: Architecture::X86,
            memory: Power::new(memory).unwrap(),
            timeout: Milliseconds(30_000.0),
            ephemeral_storage_mb: 512,
            invocations: 1_000_000,
            counts: None,
        }
    }

    fn history(memory: u32, mean: f64) -> History {
        History {
            memory: Power::new(memory).unwrap(),
            invocations: 10_000,
            duration: Durations { mean, p50: mean, p95: 1.2 * mean, p99: 1.4 * mean, max: 2.0 * mean },
            billed: mean + 0.5,
            starts: None,
            max_memory_used: 70,
        }
    }

    fn suggested(subject: &Subject, history: &[History], strategy: Strategy) -> Option<Suggestion> {
        suggest(subject, history, &Aim::from(strategy), &Prices::bundled().unwrap())
    }

    #[test]
    fn a_function_that_waits_saves_with_less_memory_and_one_that_computes_with_none() {
        let waits = suggested(&subject(2048), &[history(1024, 100.0), history(2048, 99.0)], Strategy::Cost).unwrap();
        assert!(waits.power.megabytes() <= 1024 && waits.saving.low > 0.0, "{waits:?}");
        assert_eq!(waits.unknown, [Unknown::OtherTimes { sizes: 2 }]);
        let computes =
            suggested(&subject(1024), &[history(512, 2000.0), history(1024, 1000.0)], Strategy::Cost).unwrap();
        assert!(computes.to_be_found < waits.to_be_found, "{computes:?}");
        // 1 GB for a second, a million times, and a million requests.
        let expected = 1000.5 / 1000.0 * 1e6 * 0.000_016_666_7 + 0.2;
        assert!((computes.monthly_cost.0 - expected).abs() < 1e-6, "{computes:?}");
    }

    #[test]
    fn the_present_size_costs_what_was_reported_without_doubt() {
        let suggestion = suggested(&subject(512), &[history(512, 300.0)], Strategy::Cost).unwrap();
        let present = suggestion.sizes.iter().find(|size| size.power.megabytes() == 512).unwrap();
        assert_eq!(present.monthly_cost.expected, suggestion.monthly_cost.0);
        assert_eq!((present.duration.low, present.duration.high), (300.0, 300.0));
        assert_eq!(suggestion.unknown, [Unknown::Curve]);
    }

    #[test]
    fn a_present_size_of_its_own_is_compared_too() {
        let suggestion = suggested(&subject(1536), &[history(1536, 300.0)], Strategy::Speed).unwrap();
        let sizes: Vec<u32> = suggestion.sizes.iter().map(|size| size.power.megabytes()).collect();
        assert_eq!(sizes, [128, 256, 512, 1024, 1536, 2048, 3008]);
    }

    #[test]
    fn without_reports_at_the_present_size_nothing_is_suggested() {
        assert_eq!(suggested(&subject(512), &[history(1024, 300.0)], Strategy::Cost), None);
        assert_eq!(suggested(&subject(512), &[], Strategy::Cost), None);
    }

    #[test]
    fn what_uses_nearly_all_of_its_memory_is_suggested_more() {
        let full = History { max_memory_used: 490, ..history(512, 300.0) };
        let suggestion = suggested(&subject(512), &[full], Strategy::Cost).unwrap();
        assert!(suggestion.power.megabytes() > 512, "{suggestion:?}");
        let said: Vec<String> = suggestion.warnings.iter().map(ToString::to_string).collect();
        assert_eq!(said, ["used 96 % of its memory (490 MB): give it more before it fails"]);
    }

    #[test]
    fn a_size_that_would_make_slow_invocations_time_out_is_not_suggested() {
        let mut slow = history(1024, 2000.0);
        slow.duration.p99 = 25_000.0;
        let suggestion = suggested(&subject(1024), &[slow], Strategy::Cost).unwrap();
        assert!(suggestion.power.megabytes() >= 1024, "{suggestion:?}");
        let said: Vec<String> = suggestion.warnings.iter().map(ToString::to_string).collect();
        assert_eq!(said, ["takes more than 25.0 s in 1 % of its invocations: its timeout is 30 s"]);
    }

    #[test]
    fn everything_that_should_be_known_is_said() {
        let mut cold = History {
            starts: Some(Starts { count: 2000, init: 400.0 }),
            invocations: 10_000,
            billed: 180.0,
            ..history(512, 99.5)
        };
        cold.duration.max = 30_000.0;
        let counts = Some(Counts { invocations: 10_000.0, errors: 1234.0, throttles: 5.0 });
        let suggestion = suggested(&Subject { counts, ..subject(512) }, &[cold], Strategy::Cost).unwrap();
        let said: Vec<String> = suggestion.warnings.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(said.join("\n"), @r"
        had an invocation that took its whole timeout of 30 s
        starts cold in 20 % of its invocations: tune it with onlyColdStarts, too
        is billed 44 % of its duration for initialisation (INIT)
        failed in 12 % of its invocations: what is known of its duration is of those, too
        was throttled in less than 0.1 % of the attempts to invoke it
        ");
        let brief: Vec<String> = suggestion.warnings.iter().map(Warning::brief).collect();
        let said = ["timeouts", "20 % cold", "INIT 44 % of cost", "12 % failed", "less than 0.1 % throttled"];
        assert_eq!(brief, said);
        let unknown: Vec<String> = suggestion.unknown.iter().map(ToString::to_string).collect();
        assert_eq!(unknown.last().unwrap(), "INIT is assumed to take as long at every memory size");
    }

    #[test]
    fn few_invocations_are_said_to_be_few() {
        let few = |invocations| {
            let history = History { invocations, ..history(512, 99.5) };
            suggested(&subject(512), &[history], Strategy::Cost).unwrap().unknown
        };
        assert_eq!(few(49)[1].to_string(), "only 49 invocations at the current memory size are known");
        assert_eq!(few(1)[1].to_string(), "only 1 invocation at the current memory size is known");
        assert_eq!(few(50), [Unknown::Curve]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn a_suggestion_is_of_sound_numbers_and_among_the_sizes_that_may_win(
            memory in 128u32..=10_240,
            other in prop::option::of(128u32..=10_240),
            mean in 0.5f64..60_000.0,
            spread in 1.0f64..20.0,
            used in 20u32..10_240,
            strategy in prop::sample::select(vec![
                Strategy::Cost, Strategy::Speed, Strategy::Balanced { weight: Weight::DEFAULT },
            ]),
        ) {
            let mut present = History { max_memory_used: used.min(memory), ..history(memory, mean) };
            present.duration.p99 = mean * spread;
            let past: Vec<History> =
                [Some(present), other.filter(|other| *other != memory).map(|other| history(other, mean * 0.8))]
                    .into_iter().flatten().collect();
            if let Some(suggestion) = suggested(&subject(memory), &past, strategy) {
                let of = |power| suggestion.sizes.iter().find(|size| size.power == power).unwrap();
                prop_assert!(of(suggestion.power).may_win);
                prop_assert!(suggestion.to_be_found >= 0.0 && suggestion.to_be_found < 1.0);
                for Interval { expected, low, high } in [suggestion.saving, suggestion.speed_up] {
                    prop_assert!(low <= high && expected.is_finite(), "{suggestion:?}");
                }
                if suggestion.power.megabytes() == memory {
                    prop_assert_eq!((suggestion.saving.low, suggestion.saving.high), (0.0, 0.0));
                }
            } else {
                // Everything that is compared has too little memory.
                prop_assert!(f64::from(present.max_memory_used) * (1.0 + HEADROOM) > f64::from(memory.max(3008)));
            }
        }
    }
}
