//! A result as the page draws it. `crates/report/web/src/model.ts` has the same types.

use serde::{Deserialize, Serialize};
use tuning::{
    contract::outcome::{Model, Recommendation, SampleRow, Search, Subject},
    decide::strategy::Candidate,
    measure::{
        interval::Interval,
        measurement::{Basis, Source},
        statistics::Summary,
    },
    price::PriceSheet,
    units::{milliseconds::Milliseconds, power::Power, usd::Usd},
};

use crate::Execution;

/// One result. What not every kind of result has is optional.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// The name that it has: by its file, its execution, or not at all.
    pub label: String,
    /// The facts of the execution that are known beside its output.
    #[serde(default)]
    pub execution: Execution,
    /// The subject: what was tuned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// The prices with which a month is computed.
    pub prices: PriceSheet,
    /// True if these prices are only assumed, because the result does not say where it was measured.
    #[serde(default)]
    pub prices_are_assumed: bool,
    /// The decision of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub winner: Option<Winner>,
    /// The state transitions of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_cost: Option<Usd>,
    /// The invocations of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lambda_cost: Option<Usd>,
    /// The number of invocations of the function that those were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invocations: Option<u32>,
    /// The memory sizes, in the order of the result.
    pub rows: Vec<Row>,
    /// The model, and what it says of sizes in between.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<Model>,
    /// The course of a search.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<Search>,
    /// Why the winner is the winner.
    pub recommendation: Recommendation,
    /// Warnings of what the reader should know.
    pub warnings: Vec<String>,
    /// The results of the same function over time, this one among them: from the first to the last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<Past>,
}

/// The winner of a run, and when it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Past {
    /// When the run had finished: a text of ISO 8601.
    pub finished: String,
    /// The memory of the winner, in MB.
    pub power: Power,
    /// Cost of an average invocation there.
    pub cost: Usd,
    /// Average duration there.
    pub duration: Milliseconds,
    /// 95 % confidence interval of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
}

/// The memory size that a run chose.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Winner {
    /// Its memory, in MB.
    pub power: Power,
    /// Cost of an average invocation.
    pub cost: Usd,
    /// Average duration.
    pub duration: Milliseconds,
}

/// One memory size: what the page draws of a [`tuning::contract::outcome::StatsRow`], or as much of it as the reference
/// tool or a link says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// The memory size, in MB.
    pub value: Power,
    /// Cost of an average invocation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average_price: Option<Usd>,
    /// Average duration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average_duration: Option<Milliseconds>,
    /// Average billed duration, in ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average_billed: Option<f64>,
    /// 95 % confidence interval of the average duration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
    /// The duration that the strategy looked at, if not the average.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric_duration: Option<Milliseconds>,
    /// Average cost by the estimates of a search.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimated_cost: Option<Usd>,
    /// Average duration by these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimated_duration: Option<Milliseconds>,
    /// The number of samples that the statistics rest on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub samples: Option<usize>,
    /// Which samples the averages speak of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Basis>,
    /// Where the durations come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// The cold starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub init_duration: Option<Summary>,
    /// The most memory that an invocation used, in MB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_memory_used: Option<u32>,
    /// Why this value was left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excluded: Option<String>,
    /// Single samples.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sample_list: Vec<SampleRow>,
}

impl From<Candidate> for Row {
    /// Makes a row of what a link says of a memory size.
    fn from(candidate: Candidate) -> Self {
        Self {
            value: candidate.power,
            average_price: Some(candidate.cost),
            average_duration: Some(candidate.duration),
            average_billed: None,
            interval: None,
            metric_duration: None,
            estimated_cost: None,
            estimated_duration: None,
            samples: None,
            basis: None,
            source: None,
            init_duration: None,
            max_memory_used: None,
            excluded: None,
            sample_list: Vec::new(),
        }
    }
}
