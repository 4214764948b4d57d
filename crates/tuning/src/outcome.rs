//! The output of a run.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    measurement::{Basis, Measurement, Source, Spent},
    milliseconds::{BilledMilliseconds, Milliseconds},
    power::Power,
    price::Architecture,
    sample::Sample,
    search::{CurvePoint, MemoryStarved},
    statistics::Summary,
    strategy::{Tolerance, Weight},
    usd::Usd,
};

/// What the execution returns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Outcome {
    /// Of a `dryRun`.
    DryRun(DryRunOutcome),
    /// Of a run that measured.
    Tuned(Box<TuningOutcome>),
}

/// The best power value, and what was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct TuningOutcome {
    /// The winner: its memory, in MB.
    pub power: Power,
    /// Cost of an average invocation at the winner, in USD (in China in CNY).
    pub cost: Usd,
    /// Average duration at the winner, in ms: of warm invocations, unless fewer than 3 were warm, which `warnings` says, or
    /// `onlyColdStarts` was asked for.
    pub duration: Milliseconds,
    /// What the run cost, and its picture.
    pub state_machine: StateMachineOutcome,
    /// A row per power value; only with `includeOutputResults`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stats: Option<Vec<StatsRow>>,
    /// What a model of the measurements says of sizes in between; never measured. Only where at least 4 power values were
    /// measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<Model>,
    /// How the search went; only with `powerValues: "AUTO"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<Search>,
    /// What was tuned, and what "best" meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// Why this is the winner.
    pub recommendation: Recommendation,
    /// What you should know: power values left out, samples missing, fields of the input that were not read.
    pub warnings: Vec<String>,
}

/// What was tuned, and what "best" meant: a result that is kept explains itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Subject {
    /// The ARN of the function.
    pub function: String,
    /// The region whose prices were taken.
    pub region: String,
    /// The architecture of the function.
    pub architecture: Architecture,
    /// The memory of the function before the run, in MB.
    pub present: Power,
    /// The size of the function's `/tmp`, in MB.
    pub ephemeral_storage_mb: u32,
    /// The strategy: `cost`, `speed` or `balanced`.
    pub strategy: String,
    /// The weight of cost in it; only with `balanced`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balanced_weight: Option<Weight>,
    /// Below which fraction differences did not matter.
    #[serde(default)]
    pub tolerance: Tolerance,
}

/// What the run cost, and its picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct StateMachineOutcome {
    /// The state transitions of the run, at the region's price.
    pub execution_cost: Usd,
    /// The sum of what all invocations of the run were billed.
    pub lambda_cost: Usd,
    /// A link that draws cost and duration over memory; the data is behind `#` and stays in the browser.
    pub visualization: String,
}

/// One power value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct StatsRow {
    /// The memory size, in MB.
    pub value: Power,
    /// Cost of an average invocation; absent where nothing was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average_price: Option<Usd>,
    /// Average duration, in ms; absent where nothing was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average_duration: Option<Milliseconds>,
    /// Average of what an invocation is billed, in ms, from which a month's cost is computed; absent where nothing was
    /// measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average_billed: Option<f64>,
    /// 95 % confidence interval of the average duration, in ms; absent where the samples do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
    /// Execution environments that the samples come from: series of invocations that ran at the same time, or one after the
    /// other on versions of their own.
    #[serde(default)]
    pub lanes: usize,
    /// The duration that `metric` names, in ms; absent where there are too few samples for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric_duration: Option<Milliseconds>,
    /// What an average invocation costs, going by the search's model, which pools the measurements of all power values;
    /// only with `powerValues: "AUTO"`, where this decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimated_cost: Option<Usd>,
    /// How long an average invocation takes, in ms, going by the same model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimated_duration: Option<Milliseconds>,
    /// Cost of all invocations at this power value.
    pub total_cost: Usd,
    /// How many samples the statistics rest on, warm and cold.
    pub samples: usize,
    /// Which samples the averages speak of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Basis>,
    /// Durations of the warm invocations, in ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warm: Option<Summary>,
    /// Durations of the cold invocations, in ms, without their cold start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cold: Option<Summary>,
    /// The cold starts themselves, initialisation or restore, in ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub init_duration: Option<Summary>,
    /// The most memory that an invocation used, in MB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_memory_used: Option<u32>,
    /// All invocations that were made, samples or not, and what they were billed.
    pub spent: Spent,
    /// Where the durations come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// Why this value was left out; absent where it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excluded: Option<String>,
    /// Single samples; only with `includeSamples`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sample_list: Vec<SampleRow>,
}

/// One sample.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SampleRow {
    /// Time that the handler ran, in ms.
    pub duration: Milliseconds,
    /// What was billed, in ms, cold start included.
    pub billed: BilledMilliseconds,
    /// Whether the invocation started an environment.
    pub cold: bool,
}

impl From<&Sample> for SampleRow {
    fn from(sample: &Sample) -> Self {
        Self { duration: sample.duration, billed: sample.billed, cold: sample.is_cold() }
    }
}

/// Why the winner is the winner.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Recommendation {
    /// What the winner is among the measured power values, as the end of a sentence: "the cheapest of 6 measured power
    /// values".
    #[serde(default)]
    pub verdict: String,
    /// Which numbers say so.
    #[serde(default)]
    pub decided_by: DecidedBy,
    /// True where the budget ended before the winner was measured well enough: `autoOptimize` was then not applied, and
    /// `warnings` says so. Absent otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hardly_measured: bool,
    /// The few power values that are worth knowing besides the winner, by size: of those that keep to the limits, or of
    /// all, if none does. None of them is both cheaper and faster than the winner, unless the search's model decided
    /// against the averages.
    #[serde(default)]
    pub alternatives: Vec<Alternative>,
    /// The winner against the function's present memory, if that was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against_present: Option<Comparison>,
    /// The winner against the next best power value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against_runner_up: Option<Comparison>,
    /// What kind of work the function does; absent where the measurements do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload: Option<Workload>,
    /// What the function costs a month; only with `invocationsPerMonth`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monthly: Option<Monthly>,
    /// Why, one sentence each.
    pub reasons: Vec<String>,
}

/// Which numbers a decision rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum DecidedBy {
    /// The averages of the power values, which stand in `stats`.
    #[default]
    Averages,
    /// `estimatedCost` and `estimatedDuration` in `stats`: by the averages another power value would have won.
    Estimates,
    /// The search, which had fewer power values to choose from: only those that were measured once more, and that the
    /// function surely runs at.
    Search,
}

/// A power value that is worth knowing besides the winner.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Alternative {
    /// Its memory, in MB.
    pub power: Power,
    /// What it is.
    pub kinds: Vec<AlternativeKind>,
    /// How much more it costs per invocation than the winner, in percent; less than 0: it is cheaper.
    pub cost_percent: f64,
    /// How much longer it takes than the winner, in percent, by the duration that `metric` names; less than 0: it is
    /// faster.
    pub duration_percent: f64,
    /// Its cost by that of the winner; absent where there are too few samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_ratio: Option<Ratio>,
    /// Its average duration by that of the winner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ratio: Option<Ratio>,
}

/// What a power value is among those that are compared, by the averages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum AlternativeKind {
    /// None costs less.
    Cheapest,
    /// None takes less time.
    Fastest,
    /// The best balance of cost and speed, as `balanced` has it, with `balancedWeight`.
    Balanced,
    /// The least cost x duration. Up to here, whoever pays twice as much waits at most half as long; from here on twice
    /// the cost no longer halves the duration.
    Knee,
}

impl fmt::Display for AlternativeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cheapest => "cheapest",
            Self::Fastest => "fastest",
            Self::Balanced => "best balance",
            Self::Knee => "knee",
        })
    }
}

/// The winner against another power value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// The other one, in MB.
    pub power: Power,
    /// How much more the winner costs per invocation, in percent; less than 0: it is cheaper.
    pub cost_percent: f64,
    /// How much longer it takes, in percent; less than 0: it is faster.
    pub duration_percent: f64,
    /// The winner's cost by the other one's; absent where there are too few samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_ratio: Option<Ratio>,
    /// The winner's duration by the other one's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ratio: Option<Ratio>,
    /// How many more invocations of each of the two would probably tell them apart; absent where they are told apart,
    /// or where no reasonable number would.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invocations_to_tell_apart: Option<u32>,
}

/// A ratio of two averages. The two can not be told apart where the interval holds 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Ratio {
    /// The estimate.
    pub ratio: f64,
    /// Lower end of its 95 % confidence interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Whether the interval leaves out 1.
    pub distinguishable: bool,
}

impl Ratio {
    /// A ratio with its interval.
    #[must_use]
    pub fn of(ratio: f64, low: f64, high: f64) -> Self {
        Self { ratio, low, high, distinguishable: low > 1.0 || high < 1.0 }
    }
}

/// A confidence interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Interval {
    /// Lower end, in ms.
    pub low: Milliseconds,
    /// Upper end, in ms.
    pub high: Milliseconds,
}

/// What kind of work a function does, as the shape of duration over memory tells.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Workload {
    /// The kind; absent where none is at least 70 % probable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<Pattern>,
    /// How many cores it uses, if it is bound by CPU, and if the measurements do not contradict that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cores: Option<u32>,
    /// How probable the kind is, 0.7 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// Whether it lacks memory at small sizes, beside that; absent below 70 %.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_starved: Option<MemoryStarved>,
}

/// Kinds of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Pattern {
    /// Hardly any: a few milliseconds at every memory size.
    NoOp,
    /// More CPU makes it faster in proportion, up to the cores that it uses.
    CpuBound,
    /// It waits: more CPU makes it hardly faster.
    IoBound,
    /// Both.
    Mixed,
}

/// What a model of the measurements says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Model {
    /// Points over memory, ascending, at most 40.
    pub curve: Vec<CurvePoint>,
    /// The probability that the winner meets `maxDuration`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meets_max_duration: Option<f64>,
    /// The probability that the winner meets `maxCost`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meets_max_cost: Option<f64>,
}

/// How a search went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Search {
    /// Passes through Publisher, Executors and Analyzer.
    pub rounds: u32,
    /// Why it ended, in a sentence.
    pub ended: String,
}

/// What a function costs a month: duration in its tiers, requests and ephemeral storage, without the free tier, as if it were the only
/// function of the account.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Monthly {
    /// Invocations a month.
    pub invocations: u32,
    /// At the winner.
    pub at_winner: Usd,
    /// At the present memory, if that was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_present: Option<Usd>,
    /// What the winner saves; less than 0: it costs more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saving: Option<Usd>,
}

/// What a `dryRun` checked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DryRunOutcome {
    /// Always true: tells this output from the one of a run that measured.
    #[cfg_attr(feature = "schema", schemars(extend("const" = true)))]
    pub dry_run: bool,
    /// The ARN of the function.
    pub function: String,
    /// The power values that a real run would measure, in MB.
    pub power_values: Vec<Power>,
    /// What was done and went well, one sentence each.
    pub checked: Vec<String>,
    /// What a real run with this input would cost and how long it would take, judged by these invocations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Expected>,
    /// The single invocation of each power value. One invocation is no measurement: nothing is decided from it.
    pub invocations: Vec<Measurement>,
    /// What you should know.
    pub warnings: Vec<String>,
}

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

impl Outcome {
    /// Adds what turned out after the analysis.
    pub fn warn(&mut self, warnings: impl IntoIterator<Item = String>) {
        match self {
            Self::DryRun(outcome) => outcome.warnings.extend(warnings),
            Self::Tuned(outcome) => outcome.warnings.extend(warnings),
        }
    }
}
