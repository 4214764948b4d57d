//! The output of a run.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    decide::{
        expectation::Expected,
        search::{CurvePoint, MemoryStarved},
    },
    measure::{
        comparison::Ratio,
        interval::Interval,
        measurement::{Basis, Measurement, Source, Spent},
        memory_growth::MemoryTrend,
        sample::Sample,
        statistics::Summary,
    },
    price::Architecture,
    run::objective::{Tolerance, Weight},
    units::{
        alias_name::AliasName,
        milliseconds::{BilledMilliseconds, Milliseconds},
        power::Power,
        trace_id::TraceId,
        usd::Usd,
        version::VersionNumber,
    },
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

/// The best memory size, and what was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct TuningOutcome {
    /// The winner: its memory, in MB.
    pub power: Power,
    /// Cost of an average invocation at the winner, in USD (in China in CNY).
    pub cost: Usd,
    /// Average duration at the winner, in ms: of warm invocations, unless fewer than 3 were warm, which `warnings`
    /// says, or `onlyColdStarts` was asked for.
    pub duration: Milliseconds,
    /// What the run cost, and its picture.
    pub state_machine: StateMachineOutcome,
    /// A row per memory size; only with `includeOutputResults`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stats: Option<Vec<StatsRow>>,
    /// What a model of the measurements says of sizes in between, with `includeOutputResults`, and of the limits; never
    /// measured. Only where at least 4 memory sizes were measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<Model>,
    /// How the search went; only with `powerValues: "AUTO"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<Search>,
    /// What was tuned, and what "best" meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// What the run has changed on the function for good; only with `autoOptimize`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied: Option<Applied>,
    /// Why this is the winner.
    pub recommendation: Recommendation,
    /// What you should know: memory sizes left out, samples missing, fields of the input that were not read.
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
    /// The duration that the strategy and `maxDuration` looked at; absent where it was the average.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
    /// `maxDuration`, in ms, if it was set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_duration: Option<Milliseconds>,
    /// `maxCost`, if it was set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_cost: Option<Usd>,
    /// `memoryHeadroom`, if it was set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_headroom: Option<f64>,
    /// The ARN of the execution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution: Option<String>,
}

/// What a run has changed on the function for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum Applied {
    /// An alias, with `autoOptimizeAlias`.
    Alias {
        /// Its name.
        #[cfg_attr(feature = "schema", schemars(with = "String"))]
        alias: AliasName,
        /// The version that it points at now.
        #[cfg_attr(feature = "schema", schemars(with = "u64"))]
        version: VersionNumber,
        /// The version that it pointed at before; absent of an alias that there was not, or that pointed at `$LATEST`.
        #[cfg_attr(feature = "schema", schemars(with = "Option<u64>"))]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version_before: Option<VersionNumber>,
        /// The memory size of the version, in MB.
        memory: Power,
    },
    /// The memory size of `$LATEST`.
    Latest {
        /// What it is now, in MB.
        memory: Power,
        /// What it was before, in MB.
        memory_before: Power,
    },
}

impl fmt::Display for Applied {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alias { alias, version, memory, .. } => {
                write!(formatter, "the alias {alias} now points at version {version} with {memory}")
            }
            Self::Latest { memory, .. } => write!(formatter, "$LATEST now has {memory}"),
        }
    }
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
    /// Invocations of the function.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invocations: Option<u32>,
    /// A link that draws cost and duration over memory; the data is behind `#` and stays in the browser.
    pub visualization: String,
}

/// One memory size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct StatsRow {
    /// The memory size, in MB.
    pub value: Power,
    /// How many virtual CPUs' worth of CPU time it has: memory / 1,769 MB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vcpus: Option<f64>,
    /// How many cores the function sees, of which a single thread uses one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cores: Option<u32>,
    /// Cost of an average invocation; absent where nothing was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average_price: Option<Usd>,
    /// Cost of a million average invocations: `averagePrice` x 1,000,000, without the price of requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_per_million: Option<Usd>,
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
    /// Execution environments that the samples come from: series of invocations that ran at the same time, or one after
    /// the other on versions of their own.
    #[serde(default)]
    pub lanes: usize,
    /// The duration that `metric` names, in ms; absent where there are too few samples for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric_duration: Option<Milliseconds>,
    /// What an average invocation costs, going by the search's model, which pools the measurements of all memory sizes;
    /// only with `powerValues: "AUTO"`, where this decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimated_cost: Option<Usd>,
    /// How long an average invocation takes, in ms, going by the same model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimated_duration: Option<Milliseconds>,
    /// Cost of all invocations at this memory size.
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
    /// Which share of the memory size that is, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_used_share: Option<f64>,
    /// The least memory that an execution environment had used after one of the invocations that the averages speak of,
    /// in MB. Lambda reports the most of all invocations of the environment so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub least_memory_used: Option<u32>,
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
#[serde(rename_all = "camelCase")]
pub struct SampleRow {
    /// Time that the handler ran, in ms.
    pub duration: Milliseconds,
    /// What was billed, in ms, cold start included.
    pub billed: BilledMilliseconds,
    /// Whether the invocation started an environment.
    pub cold: bool,
    /// The most memory that its environment had used up to its end, in MB; absent without a report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_used: Option<u32>,
    /// The id of its trace in AWS X-Ray; only of invocations that were traced, and not in large runs, where not all
    /// fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<TraceId>,
}

impl From<&Sample> for SampleRow {
    fn from(sample: &Sample) -> Self {
        let Sample { duration, billed, memory_used, trace_id, .. } = *sample;
        Self { duration, billed, cold: sample.is_cold(), memory_used, trace_id }
    }
}

/// Why the winner is the winner.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Recommendation {
    /// What the winner is among the measured memory sizes, as the end of a sentence: "the cheapest of 6 measured power
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
    /// The few memory sizes that are worth knowing besides the winner, by size: of those that keep to the limits, or of
    /// all, if none does. None of them is both cheaper and faster than the winner, unless the search's model decided
    /// against the averages.
    #[serde(default)]
    pub alternatives: Vec<Alternative>,
    /// The winner against the function's current memory, if that was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against_present: Option<Comparison>,
    /// The winner against the next best memory size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against_runner_up: Option<Comparison>,
    /// What kind of work the function does; absent where the measurements do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload: Option<Workload>,
    /// How much memory the winner leaves above what was used, and how much is usual; absent where the reports do not
    /// say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headroom: Option<Headroom>,
    /// How memory use went on over the invocations of an execution environment; only where some had at least 20
    /// invocations, with a single payload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_trend: Option<MemoryTrend>,
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
    /// The averages of the memory sizes, which stand in `stats`.
    #[default]
    Averages,
    /// `estimatedCost` and `estimatedDuration` in `stats`: by the averages another memory size would have won.
    Estimates,
    /// The search, which had fewer memory sizes to choose from: only those that were measured once more, and that the
    /// function surely runs at.
    Search,
}

/// A memory size that is worth knowing besides the winner.
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

/// What a memory size is among those that are compared, by the averages.
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

/// The winner against another memory size.
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

/// What kind of work a function does, as the shape of duration over memory tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// At which memory sizes functions that do such work are often started, why, and how far the winner is from that,
    /// in a sentence; absent where the kind of work does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guidance: Option<String>,
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

/// How much memory a memory size leaves above what was used, as a fraction of what was used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Headroom {
    /// What the winner leaves above the most that was used there.
    pub at_winner: f64,
    /// By which fraction the most memory used exceeds the least, at the memory size where that is most: of the
    /// invocations that the averages speak of. Lambda reports whole MB, and the most of all invocations of an
    /// environment so far, so that use can vary more than this says. A difference of 1 MB counts as none.
    pub variation: f64,
    /// How variable that is.
    pub memory_use: MemoryUse,
    /// How much is usual for each, and the measured memory sizes that leave as much.
    pub usual: Vec<UsualHeadroom>,
    /// What each payload of a weighted list of at most 20 leaves at the winner.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub payloads: Vec<PayloadHeadroom>,
}

/// How variable memory use is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum MemoryUse {
    /// It varies by 20 % at most.
    Stable,
    /// It varies by 50 % at most.
    Variable,
    /// It varies by more.
    MemoryIntensive,
}

/// How much headroom is usual.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UsualHeadroom {
    /// For functions of this kind.
    pub memory_use: MemoryUse,
    /// At least so much, as a fraction of the memory used.
    pub low: f64,
    /// And hardly more than so much.
    pub high: f64,
    /// The measured memory sizes that leave at least `low` above what was used there.
    pub fitting: Vec<Power>,
}

/// What a payload leaves.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PayloadHeadroom {
    /// Its position in the list, from 0.
    pub payload: u32,
    /// The most memory that an environment had used after an invocation with it, in MB. Environments serve all
    /// payloads, so that it may itself need less.
    pub max_memory_used: u32,
    /// What the winner leaves above that, as a fraction of it.
    pub headroom: f64,
}

impl MemoryUse {
    /// From the least variable on.
    pub const ALL: [Self; 3] = [Self::Stable, Self::Variable, Self::MemoryIntensive];

    /// The first kind whose usual headroom covers what varied.
    #[must_use]
    pub fn of(variation: f64) -> Self {
        Self::ALL.into_iter().find(|kind| variation <= kind.usual().0).unwrap_or(Self::MemoryIntensive)
    }

    /// How much headroom is usual for it, from and to, as a fraction of the memory used.
    #[must_use]
    pub fn usual(self) -> (f64, f64) {
        match self {
            Self::Stable => (0.2, 0.3),
            Self::Variable => (0.5, 1.0),
            Self::MemoryIntensive => (1.0, 2.0),
        }
    }
}

impl fmt::Display for MemoryUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stable => "stable",
            Self::Variable => "variable",
            Self::MemoryIntensive => "memory-intensive",
        })
    }
}

/// What a model of the measurements says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Model {
    /// Points over memory, ascending, at most 40; only with `includeOutputResults`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
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

/// What a function costs a month: duration in its tiers, requests and ephemeral storage, without the free tier, as if
/// it were the only function of the account.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Monthly {
    /// Invocations a month.
    pub invocations: u32,
    /// At the winner.
    pub at_winner: Usd,
    /// At the current memory, if that was measured.
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
    /// The memory sizes that a real run would measure, in MB.
    pub power_values: Vec<Power>,
    /// What was done and went well, one sentence each.
    pub checked: Vec<String>,
    /// What a real run with this input would cost and how long it would take, judged by these invocations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Expected>,
    /// The single invocation of each memory size. One invocation is no measurement: nothing is decided from it.
    pub invocations: Vec<Measurement>,
    /// What you should know.
    pub warnings: Vec<String>,
}

impl Outcome {
    /// Adds what turned out after the analysis.
    pub fn warn(&mut self, warnings: impl IntoIterator<Item = String>) {
        match self {
            Self::DryRun(outcome) => outcome.warnings.extend(warnings),
            Self::Tuned(outcome) => outcome.warnings.extend(warnings),
        }
    }

    /// Adds what was changed on the function after the analysis.
    pub fn apply(&mut self, applied: Option<Applied>) {
        if let Self::Tuned(outcome) = self {
            outcome.applied = applied;
        }
    }
}
