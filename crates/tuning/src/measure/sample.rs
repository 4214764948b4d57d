//! Samples: measured invocations.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    measure::log_tail::Report,
    units::{
        milliseconds::{BilledMilliseconds, Milliseconds},
        trace_id::TraceId,
    },
};

/// One measured invocation. In JSON `[duration, billed]`, then the cold start, if there was one, then
/// `[memory used]` or `[memory used, trace id]`, if there was a report: many of them travel in the state of the state
/// machine, which has 256 KiB. A cold start below 0 is an initialisation that was given up.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(from = "Compact", into = "Compact")]
pub struct Sample {
    /// Time that the handler ran.
    pub duration: Milliseconds,
    /// The time that was billed, cold start included.
    pub billed: BilledMilliseconds,
    /// The start: what the environment did before.
    pub start: Start,
    /// The most memory that its environment had used up to its end, in MB; unknown without a report.
    pub memory_used: Option<u32>,
    /// Its trace, if it was traced.
    pub trace_id: Option<TraceId>,
}

/// The start of an invocation, which may have had to wait for its environment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Start {
    /// It had not.
    Warm,
    /// The environment was initialised, or restored, for so long.
    Cold(Milliseconds),
    /// Lambda gave up an initialisation after so long, and repeated it: the repeat is part of the duration.
    InitGivenUp(Milliseconds),
    /// The environment was started, and how long that took is part of the duration, because nobody measured it apart.
    ColdUnmeasured,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
enum Compact {
    Cold(Milliseconds, BilledMilliseconds, Option<Milliseconds>),
    Warm(Milliseconds, BilledMilliseconds),
    ReportedCold(Milliseconds, BilledMilliseconds, Option<Milliseconds>, Reported),
    ReportedWarm(Milliseconds, BilledMilliseconds, Reported),
}

/// What only a report says.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
enum Reported {
    Used((u32,)),
    Traced(u32, TraceId),
}

impl Sample {
    /// Returns true if it had to wait for its environment.
    #[must_use]
    pub fn is_cold(&self) -> bool {
        self.start != Start::Warm
    }

    /// The time that the environment took to start, if that was measured.
    #[must_use]
    pub fn cold_start(&self) -> Option<Milliseconds> {
        match self.start {
            Start::Cold(cold_start) => Some(cold_start),
            Start::Warm | Start::InitGivenUp(_) | Start::ColdUnmeasured => None,
        }
    }

    /// The time that the caller waited for: the handler, and the start of the environment.
    #[must_use]
    pub fn total(&self) -> Milliseconds {
        match self.start {
            Start::Cold(before) | Start::InitGivenUp(before) => self.duration + before,
            Start::Warm | Start::ColdUnmeasured => self.duration,
        }
    }
}

impl From<Compact> for Sample {
    fn from(compact: Compact) -> Self {
        let (duration, billed, start, reported) = match compact {
            Compact::Cold(duration, billed, start) => (duration, billed, cold(start), None),
            Compact::Warm(duration, billed) => (duration, billed, Start::Warm, None),
            Compact::ReportedCold(duration, billed, start, reported) => (duration, billed, cold(start), Some(reported)),
            Compact::ReportedWarm(duration, billed, reported) => (duration, billed, Start::Warm, Some(reported)),
        };
        let (memory_used, trace_id) = match reported {
            None => (None, None),
            Some(Reported::Used((used,))) => (Some(used), None),
            Some(Reported::Traced(used, trace_id)) => (Some(used), Some(trace_id)),
        };
        Self { duration, billed, start, memory_used, trace_id }
    }
}

fn cold(start: Option<Milliseconds>) -> Start {
    match start {
        Some(Milliseconds(ms)) if ms < 0.0 => Start::InitGivenUp(Milliseconds(-ms)),
        Some(cold_start) => Start::Cold(cold_start),
        None => Start::ColdUnmeasured,
    }
}

impl From<Sample> for Compact {
    fn from(Sample { duration, billed, start, memory_used, trace_id }: Sample) -> Self {
        let cold = match start {
            Start::Warm => None,
            Start::Cold(cold_start) => Some(Some(cold_start)),
            Start::InitGivenUp(Milliseconds(ms)) => Some(Some(Milliseconds(-ms))),
            Start::ColdUnmeasured => Some(None),
        };
        let reported = memory_used.map(|used| match trace_id {
            None => Reported::Used((used,)),
            Some(trace_id) => Reported::Traced(used, trace_id),
        });
        match (cold, reported) {
            (None, None) => Self::Warm(duration, billed),
            (Some(start), None) => Self::Cold(duration, billed, start),
            (None, Some(reported)) => Self::ReportedWarm(duration, billed, reported),
            (Some(start), Some(reported)) => Self::ReportedCold(duration, billed, start, reported),
        }
    }
}

impl From<&Report> for Sample {
    fn from(report: &Report) -> Self {
        let given_up = report.init_given_up.map(Start::InitGivenUp);
        let start = report.cold_start().map(Start::Cold).or(given_up).unwrap_or(Start::Warm);
        Self {
            duration: report.duration,
            billed: report.billed,
            start,
            memory_used: Some(report.max_memory_used_mb),
            trace_id: report.trace_id,
        }
    }
}

/// Samples by stratum: the payload that they were invoked with, by its position in a weighted list.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Strata(BTreeMap<u32, Vec<Sample>>);

impl Strata {
    /// Adds a sample.
    pub fn push(&mut self, stratum: u32, sample: Sample) {
        self.0.entry(stratum).or_default().push(sample);
    }

    /// Adds the sample of the first invocation, which was put aside until the others were known.
    pub fn put_first(&mut self, stratum: u32, sample: Sample) {
        self.0.entry(stratum).or_default().insert(0, sample);
    }

    /// The samples of a stratum.
    #[must_use]
    pub fn of(&self, stratum: u32) -> &[Sample] {
        self.0.get(&stratum).map_or(&[], Vec::as_slice)
    }

    /// Adds all samples of another set.
    pub fn append(&mut self, other: Self) {
        for (stratum, mut samples) in other.0 {
            self.0.entry(stratum).or_default().append(&mut samples);
        }
    }

    /// Each stratum that has samples.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &[Sample])> {
        self.0.iter().map(|(stratum, samples)| (*stratum, samples.as_slice()))
    }

    /// All samples.
    pub fn samples(&self) -> impl Iterator<Item = &Sample> {
        self.0.values().flatten()
    }

    /// Returns true if there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(u32, Sample)> for Strata {
    fn from_iter<I: IntoIterator<Item = (u32, Sample)>>(samples: I) -> Self {
        let mut strata = Self::default();
        for (stratum, sample) in samples {
            strata.push(stratum, sample);
        }
        strata
    }
}

#[cfg(test)]
impl Sample {
    /// Of a warm invocation of which nothing but the duration matters, in ms.
    pub(crate) fn warm(duration: f64) -> Self {
        let (duration, billed) = (Milliseconds(duration), BilledMilliseconds(1));
        Self { duration, billed, start: Start::Warm, memory_used: None, trace_id: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(ms: f64, start: Start) -> Sample {
        let billed = BilledMilliseconds(1);
        Sample { duration: Milliseconds(ms), billed, start, memory_used: None, trace_id: None }
    }

    #[test]
    fn a_sample_is_two_numbers_a_cold_one_three_and_what_a_report_says_comes_last() {
        let warm = Sample { billed: BilledMilliseconds(13), ..sample(12.34, Start::Warm) };
        let cold = Sample { start: Start::Cold(Milliseconds(101.2)), ..warm };
        let unmeasured = Sample { start: Start::ColdUnmeasured, ..warm };
        let given_up = Sample { start: Start::InitGivenUp(Milliseconds(9999.81)), ..warm };
        let reported = |sample| Sample { memory_used: Some(55), ..sample };
        let trace_id = "1-5e34a614-10bdabcdf1fb44f07bc535a1".parse().ok();
        let traced = |sample| Sample { trace_id, ..reported(sample) };
        let samples = [
            warm,
            cold,
            unmeasured,
            given_up,
            reported(warm),
            reported(cold),
            reported(unmeasured),
            traced(warm),
            traced(cold),
            traced(unmeasured),
        ];
        let json = serde_json::to_string(&samples).unwrap();
        let expected = r#"[[12.34,13],[12.34,13,101.2],[12.34,13,null],[12.34,13,-9999.81],
            [12.34,13,[55]],[12.34,13,101.2,[55]],[12.34,13,null,[55]],
            [12.34,13,[55,"ID"]],[12.34,13,101.2,[55,"ID"]],[12.34,13,null,[55,"ID"]]]"#;
        let expected = expected.replace("ID", "1-5e34a614-10bdabcdf1fb44f07bc535a1").replace(['\n', ' '], "");
        assert_eq!(json, expected);
        assert_eq!(serde_json::from_str::<[Sample; 10]>(&json).unwrap(), samples);
    }

    #[test]
    fn what_the_caller_waited_for_includes_an_initialisation_that_was_given_up() {
        let sample = |start| sample(7000.0, start);
        let totals = [Start::Warm, Start::Cold(Milliseconds(500.0)), Start::InitGivenUp(Milliseconds(9999.0))]
            .map(|start| sample(start).total().0);
        assert_eq!(totals, [7000.0, 7500.0, 16_999.0]);
        let given_up = sample(Start::InitGivenUp(Milliseconds(9999.0)));
        assert_eq!((given_up.is_cold(), given_up.cold_start()), (true, None));
    }

    #[test]
    fn strata_are_kept_apart_and_put_together() {
        let sample = |ms| sample(ms, Start::Warm);
        let mut strata: Strata = [(0, sample(1.0)), (2, sample(2.0))].into_iter().collect();
        strata.append([(2, sample(3.0))].into_iter().collect());
        assert_eq!(serde_json::to_string(&strata).unwrap(), r#"{"0":[[1.0,1]],"2":[[2.0,1],[3.0,1]]}"#);
        assert_eq!(strata.samples().count(), 3);
    }
}
