//! The execution's input: read once, at the edge, into types that cannot be wrong.

mod field;
mod problem;
mod reader;
mod search;

use std::time::Duration;

use serde::de::IgnoredAny;
use serde_json::Value;

pub use field::{FIELDS, Field, Kind, Origin};
pub use problem::{Problem, ValidationError};

use crate::{
    contract::{deployment::Deployment, step::STATE_LIMIT},
    measure::{error_rate::ErrorRate, lane::Environments, metric::Metric, statistics::Trim},
    run::{
        failure::{FailurePolicy, OnFailure},
        objective::{Limits, Strategy, Tolerance, Weight},
        payload::{PartlyWeighted, Payload, PayloadSource},
        plan::{AutoOptimize, Mode, PayloadOrder, Processors, Request, Sampling},
    },
    units::{
        alias_name::AliasName, arn::FunctionReference, milliseconds::Milliseconds, power::Power, s3_uri::S3Uri,
        usd::Usd,
    },
};
use reader::{PowerValues, Reader};

/// The reference tool asks for at least 5 invocations.
pub const FEWEST_INVOCATIONS: u32 = 5;
/// Lanes that may run at a time, unless the caller says otherwise.
const MAX_CONCURRENCY: u32 = 10;
/// Bytes of state that one sample can take: `[900000.000,900000,900000.000,[10240]],`.
const STATE_PER_SAMPLE: usize = 39;
/// Bytes that its trace id takes: `"1-5e34a614-10bdabcdf1fb44f07bc535a1",`.
const STATE_PER_TRACE_ID: usize = 38;
/// Bytes that it takes more when it may be the only one of its payload in its lane: `"1000":[],`.
const STATE_PER_STRATUM: usize = 10;
/// Bytes of state that a lane takes beside its samples.
const STATE_PER_LANE: usize = 64;
/// Bytes of state that a sample takes that is kept for the output: in the measurement, and then in the output.
const STATE_PER_KEPT_SAMPLE: usize = 84;
/// Bytes that its trace id takes there: `"traceId":"1-5e34a614-10bdabcdf1fb44f07bc535a1",`.
const STATE_PER_KEPT_TRACE_ID: usize = 48;
/// Bytes of state that one version can take: `"1234567",`.
const STATE_PER_VERSION: usize = 10;
/// Bytes of state that one memory size can take: its measurement, and then its row in the output.
const STATE_PER_POWER_VALUE: usize = 3400;
/// Bytes of state for the rest of the plan, the output and the warnings.
const STATE_FOR_THE_REST: usize = 16 * 1024;

/// A valid input.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// The function to tune.
    pub function: FunctionReference,
    /// What is to be done with it.
    pub request: Request,
}

/// The object that `payloadS3` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayloadObject {
    /// Its content.
    pub text: String,
    /// What identifies this content.
    pub etag: String,
}

/// Where the payload lies, if the input says in S3. What is there is needed to check the rest.
#[must_use]
pub fn payload_in_s3(input: &Value) -> Option<S3Uri> {
    input.get("payloadS3")?.as_str()?.parse().ok()
}

/// The memory sizes that an input names, as far as it names them itself: what a run with this input can have set.
#[must_use]
pub fn named_memory_sizes(input: &Value) -> Option<Vec<Power>> {
    match Reader::new(input).ok()?.power_values()? {
        PowerValues::All => Some(Power::all(Power::MIN..=Power::MAX)),
        PowerValues::Auto => None,
        PowerValues::List(list) => (!list.is_empty()).then_some(list),
    }
}

impl Input {
    /// Checks an execution's input; `deployment` has the defaults, `object` is what S3 answered if [`payload_in_s3`]
    /// names something: the object, or a complaint. All problems are reported at once.
    pub fn parse(
        value: &Value,
        deployment: &Deployment,
        object: Option<Result<PayloadObject, String>>,
    ) -> Result<Self, ValidationError> {
        let mut reader = Reader::new(value)?;
        let function = reader.function(deployment);
        let mode = if reader.boolean("dryRun").unwrap_or(false) { Mode::DryRun } else { Mode::Tune };
        let wanted = wanted_memory_sizes(&mut reader, deployment);
        let is_search = wanted == Wanted::Search;
        let num = reader.integer("num");
        if num.is_none() && !is_search && !reader.has_problem_with("num") {
            reader.missing("num");
        }
        // The weights of a search count when the mean is taken, so that they need not fit `num`.
        let shared = if is_search { search::PAYLOAD_SHARES } else { num.unwrap_or(u32::MAX) };
        let (payload, read_payload) = payload(&mut reader, shared, object);
        let compare_with_current = reader.boolean("compareWithCurrent").unwrap_or(is_search);
        let search = is_search.then(|| search::read(&mut reader, num, &read_payload, compare_with_current));
        if !is_search {
            search::warn_of_its_fields(&mut reader);
        }
        let invocations = match (mode, &search) {
            (Mode::DryRun, _) => 1,
            (Mode::Tune, Some(search)) => search.max_invocations,
            (Mode::Tune, None) => num.unwrap_or(FEWEST_INVOCATIONS),
        };
        let power_values = match wanted {
            Wanted::These(list) => list,
            Wanted::Search => Vec::new(),
        };
        let pause_ms = pause(&mut reader, deployment);
        let sampling = Sampling { pause_ms, ..sampling(&mut reader, invocations, mode, is_search) };
        let real = num.unwrap_or(FEWEST_INVOCATIONS);
        let real_sampling = (mode == Mode::DryRun)
            .then(|| Sampling { pause_ms, ..self::sampling(&mut reader, real, Mode::Tune, is_search) });
        let strategy = strategy(&mut reader);
        let metric = metric(&mut reader, sampling, mode, is_search);
        let trim = reader.number("discardTopBottom").map_or(Trim::DEFAULT, Trim::clamped);
        let mut request = Request {
            power_concurrency: reader.integer("powerConcurrency").unwrap_or(0),
            mode,
            sampling,
            real_sampling,
            search,
            max_spend: reader.number("maxSpend").map(Usd),
            payload,
            processors: Processors {
                pre: reader.processor("preProcessorARN", deployment),
                post: reader.processor("postProcessorARN", deployment),
            },
            failures: failures(&mut reader),
            strategy,
            metric,
            limits: limits(&mut reader, is_search),
            trim,
            compare_with_current,
            invocations_per_month: reader.integer("invocationsPerMonth"),
            auto_optimize: auto_optimize(&mut reader, deployment, mode),
            include_output_results: reader.boolean("includeOutputResults").unwrap_or(false),
            assume_role: reader.parsed("assumeRoleARN"),
            values_at_a_time: 1,
            power_values: ascending(power_values),
            warnings: Vec::new(),
        };
        let include_samples = reader.boolean("includeSamples").unwrap_or(false);
        let mut room = check_size(&mut reader, &request, &read_payload);
        request.sampling.keep_trace_ids = include_samples && room.takes_trace_ids(&request);
        let left = if include_samples { keep_samples(&mut reader, &mut request, room.left) } else { room.left };
        request.values_at_a_time = room.values_at_a_time(&request, left);
        request.warnings = reader.finish()?;
        let Some(function) = function else { return Err(ValidationError::nothing_to_tune()) };
        Ok(Self { function, request })
    }
}

/// What the function is invoked with: what the plan says of it, and what it is.
fn payload(
    reader: &mut Reader<'_>,
    num: u32,
    object: Option<Result<PayloadObject, String>>,
) -> (PayloadSource, Payload) {
    let field = if reader.given("payloadS3").is_some() { "payloadS3" } else { "payload" };
    let (read, location) = if field == "payload" {
        (Payload::from_field(reader.raw(field), num), None)
    } else {
        let uri = reader.parsed::<S3Uri>(field);
        if reader.given("payload").is_some() {
            reader.warn("payload was not read, because payloadS3 goes before it".to_owned());
        }
        match (uri, object) {
            (Some(uri), Some(Ok(object))) => {
                if serde_json::from_str::<IgnoredAny>(&object.text).is_err() {
                    reader.warn(format!("{uri} is not JSON: it is sent as a text"));
                }
                (Payload::from_object(&object.text, num), Some((uri, object.etag)))
            }
            (Some(_), Some(Err(complaint))) => {
                reader.refuse(field, complaint);
                (Ok(Payload::None), None)
            }
            (Some(_), None) => {
                reader.refuse(field, "it was not read from S3".to_owned());
                (Ok(Payload::None), None)
            }
            (None, _) => (Ok(Payload::None), None),
        }
    };
    let read = read.unwrap_or_else(|bad| {
        reader.refuse(field, bad.to_string());
        Payload::None
    });
    if let Some(PartlyWeighted { weighted, elements }) = read.partly_weighted() {
        reader.warn(format!(
            "{weighted} of the {elements} elements of {field} have a payload and a weight: every invocation gets the \
             whole list, because a weighted list needs both in every element"
        ));
    }
    match location {
        Some((uri, etag)) => (PayloadSource::S3 { uri, etag, num }, read),
        None => (PayloadSource::Inline(read.clone()), read),
    }
}

/// Which memory sizes are measured.
#[derive(Debug, PartialEq)]
enum Wanted {
    These(Vec<Power>),
    Search,
}

/// The deployment's list stands for none, and for an empty one, as in the reference tool.
fn wanted_memory_sizes(reader: &mut Reader<'_>, deployment: &Deployment) -> Wanted {
    let received = reader.power_values();
    if matches!(received, Some(PowerValues::Auto)) {
        return Wanted::Search;
    }
    let (min, max) = (reader.memory("minPower"), reader.memory("maxPower"));
    let list = match received {
        Some(PowerValues::All) => {
            let all =
                Power::all(min.unwrap_or(Power::MIN)..=max.unwrap_or(Power::ALL_MAX.max(min.unwrap_or(Power::MIN))));
            if all.is_empty() {
                reader.refuse("minPower", "no value of \"ALL\" lies between minPower and maxPower".to_owned());
            }
            return Wanted::These(all);
        }
        Some(PowerValues::List(list)) if !list.is_empty() => list,
        Some(PowerValues::List(_) | PowerValues::Auto) | None => deployment.power_values.clone(),
    };
    if min.is_some() || max.is_some() {
        reader.warn("minPower and maxPower bound \"ALL\" and \"AUTO\"; a list is measured as it is".to_owned());
    }
    Wanted::These(list)
}

fn ascending(mut powers: Vec<Power>) -> Vec<Power> {
    powers.sort_unstable();
    powers.dedup();
    powers
}

/// The pause between two invocations. A call of the Executor may begin with one, and must get to an invocation after
/// it.
fn pause(reader: &mut Reader<'_>, deployment: &Deployment) -> u32 {
    let pause = reader.integer("sleepBetweenRunsMs").unwrap_or(0);
    if Duration::from_millis(pause.into()) >= deployment.longest_invocation() {
        let limit = deployment.total_execution_timeout.as_secs();
        reader.refuse(
            "sleepBetweenRunsMs",
            format!(
                "received {pause}, but one call of the Executor may take {limit} seconds in all; lower it, or deploy \
                 power-tuner with a longer totalExecutionTimeout"
            ),
        );
    }
    pause
}

/// All of it but the pause.
fn sampling(reader: &mut Reader<'_>, invocations: u32, mode: Mode, is_search: bool) -> Sampling {
    let max_concurrency = reader.integer("maxConcurrency").unwrap_or(MAX_CONCURRENCY);
    let is_parallel = reader.boolean("parallelInvocation").unwrap_or(false);
    let fresh = reader.boolean("onlyColdStarts").unwrap_or(false);
    let hide_payloads = reader.boolean("disablePayloadLogs").unwrap_or(false);
    let sampling = match (is_parallel, fresh) {
        (false, _) => Sampling::serial(invocations),
        (true, false) => Sampling::parallel(invocations, max_concurrency),
        // Cold starts do not share environments, so that there is nothing to keep warm.
        (true, true) => Sampling { lanes: max_concurrency.min(invocations).max(1), ..Sampling::serial(invocations) },
    };
    let sampling = match (is_search, mode) {
        (true, Mode::Tune) => {
            Sampling { lanes: max_concurrency, payloads: PayloadOrder::InTurn, ..Sampling::serial(invocations) }
        }
        _ => sampling,
    };
    let environments = if fresh { Environments::Fresh } else { Environments::Reused };
    Sampling { environments, hide_payloads, ..sampling }
}

fn strategy(reader: &mut Reader<'_>) -> Strategy {
    let weight = reader.number("balancedWeight").map_or(Weight::DEFAULT, Weight::clamped);
    match reader.word("strategy") {
        Some("speed") => Strategy::Speed,
        Some("balanced") => Strategy::Balanced { weight },
        _ => Strategy::Cost,
    }
}

/// A quantile of the tail takes samples: whoever asks for it must ask for enough invocations.
fn metric(reader: &mut Reader<'_>, sampling: Sampling, mode: Mode, is_search: bool) -> Metric {
    let metric = reader.word("metric").and_then(Metric::named).unwrap_or_default();
    if is_search && metric != Metric::Average {
        reader.refuse(
            "metric",
            "a search (powerValues: \"AUTO\") looks at the average; give a list of memory sizes".to_owned(),
        );
    }
    let counted = match sampling.environments {
        Environments::Reused => sampling.most_warm_samples(),
        Environments::Fresh => sampling.invocations,
    };
    let lacking = metric.fewest_samples().saturating_sub(counted as usize);
    if lacking > 0 && mode == Mode::Tune && metric.quantile().is_some() {
        let (name, fewest) = (metric.name(), metric.fewest_samples());
        let num = sampling.invocations as usize + lacking;
        reader.refuse(
            "metric",
            format!("{name} takes {fewest} samples, and this num gives {counted}; give num at least {num}"),
        );
    }
    metric
}

fn failures(reader: &mut Reader<'_>) -> FailurePolicy {
    let on_failure = match reader.word("onFailure") {
        Some("fail") => OnFailure::Fail,
        _ => OnFailure::Skip,
    };
    let allowed = reader.texts("allowedExceptions").unwrap_or_default();
    let allowed_rate = reader.number("allowedErrorRate").map(ErrorRate).unwrap_or_default();
    FailurePolicy { on_failure, allowed, allowed_rate }
}

fn limits(reader: &mut Reader<'_>, is_search: bool) -> Limits {
    // A list is decided as the reference tool decides it, unless the input says otherwise.
    let usual = if is_search { Tolerance::OF_A_SEARCH } else { Tolerance::NONE };
    Limits {
        max_duration: reader.number("maxDuration").map(Milliseconds),
        max_cost: reader.number("maxCost").map(Usd),
        memory_headroom: reader.number("memoryHeadroom").unwrap_or(0.0),
        tolerance: reader.number("tolerance").map_or(usual, Tolerance),
    }
}

fn auto_optimize(reader: &mut Reader<'_>, deployment: &Deployment, mode: Mode) -> AutoOptimize {
    let wanted = reader.boolean("autoOptimize").unwrap_or(deployment.auto_optimize);
    let alias = reader.text("autoOptimizeAlias").map(|name| AliasName::try_from(name.to_owned()));
    match alias {
        Some(Err(bad)) => {
            reader.refuse("autoOptimizeAlias", bad.to_string());
            AutoOptimize::Off
        }
        Some(Ok(alias)) if alias == AliasName::lock() => {
            reader.refuse_as_received("autoOptimizeAlias");
            AutoOptimize::Off
        }
        Some(Ok(_)) if !wanted => {
            reader.warn("autoOptimizeAlias does nothing without autoOptimize: true".to_owned());
            AutoOptimize::Off
        }
        _ if !wanted || mode == Mode::DryRun => AutoOptimize::Off,
        Some(Ok(alias)) => AutoOptimize::Alias(alias),
        None => AutoOptimize::Latest,
    }
}

/// What fits the state of an execution beside what must.
struct Room {
    /// Bytes that are left.
    left: usize,
    /// Bytes of the samples of one memory size while they are taken.
    of_samples: usize,
}

impl Room {
    /// Makes room for the trace id of each sample, if all of them can be kept with theirs.
    fn takes_trace_ids(&mut self, request: &Request) -> bool {
        let invocations = request.sampling.invocations as usize;
        let (taken, kept) = (invocations * STATE_PER_TRACE_ID, STATE_PER_KEPT_SAMPLE + STATE_PER_KEPT_TRACE_ID);
        if self.left < taken + invocations * power_values(request) * kept {
            return false;
        }
        self.left -= taken;
        self.of_samples += if request.search.is_some() { 0 } else { taken };
        true
    }

    /// How many memory sizes can be measured at a time, if so much is left; one always can.
    fn values_at_a_time(&self, request: &Request, left: usize) -> u32 {
        let more = left.checked_div(self.of_samples).unwrap_or(usize::MAX);
        u32::try_from(more.saturating_add(1).min(power_values(request))).unwrap_or(u32::MAX)
    }
}

/// What travels between steps must fit the state of an execution: the plan with the versions and summaries of all
/// memory sizes, and the samples of at least one memory size while they are taken.
fn check_size(reader: &mut Reader<'_>, request: &Request, payload: &Payload) -> Room {
    let written = |value: &PayloadSource| serde_json::to_string(value).map_or(0, |json| json.len());
    let payload_bytes = written(&request.payload);
    let Sampling { invocations, lanes, environments, .. } = request.sampling;
    let power_values = power_values(request);
    let is_weighted = payload.shares(invocations).len() > 1;
    let per_sample = STATE_PER_SAMPLE + if is_weighted { STATE_PER_STRATUM } else { 0 };
    let versions = if environments == Environments::Fresh { power_values * STATE_PER_VERSION } else { 0 };
    let per_invocation = per_sample + versions;
    let fewest = FEWEST_INVOCATIONS as usize * per_invocation + lanes as usize * STATE_PER_LANE;

    let beside_payload = STATE_LIMIT.saturating_sub(STATE_FOR_THE_REST + payload_bytes);
    let most_power_values = beside_payload.saturating_sub(fewest) / STATE_PER_POWER_VALUE;
    let beside_results = beside_payload.saturating_sub(power_values * STATE_PER_POWER_VALUE);
    let most_invocations = beside_results.saturating_sub(lanes as usize * STATE_PER_LANE) / per_invocation;
    let fits = power_values <= most_power_values && invocations as usize <= most_invocations;
    if most_power_values == 0 {
        let most = STATE_LIMIT - STATE_FOR_THE_REST - STATE_PER_POWER_VALUE;
        let advice = format!("give at most {most}, or put it into S3 (payloadS3)");
        reader.refuse("payload", format!("received {payload_bytes} bytes of JSON; {advice}"));
    } else if !fits && request.search.is_some() {
        let advice = "put it into S3 (payloadS3), or lower maxInvocations";
        reader.refuse("payload", format!("a search does not fit an execution's state beside it; {advice}"));
    } else if power_values > most_power_values {
        let why = format!(
            "received {power_values} values, whose results do not fit an execution's state beside this payload"
        );
        reader.refuse("powerValues", format!("{why}; give at most {most_power_values}"));
    } else if !fits {
        let why = format!("received {invocations}, whose samples do not fit an execution's state beside this payload");
        reader.refuse("num", format!("{why}; give at most {most_invocations}"));
    }
    let of_samples = invocations as usize * per_sample + lanes as usize * STATE_PER_LANE;
    let of_versions = invocations as usize * versions;
    Room {
        left: beside_results.saturating_sub(of_samples + of_versions),
        // All samples of a search travel until its end: they are counted.
        of_samples: if request.search.is_some() { 0 } else { of_samples },
    }
}

/// How many memory sizes there can be. The current memory may be one more; a search counts its memory sizes itself.
fn power_values(request: &Request) -> usize {
    match request.search {
        Some(_) => search::MOST_POWER_VALUES,
        None => request.power_values.len() + usize::from(request.compare_with_current),
    }
}

/// Keeps as many samples of each memory size for the output as fit the state. Returns how many bytes are left then.
fn keep_samples(reader: &mut Reader<'_>, request: &mut Request, left: usize) -> usize {
    let power_values = power_values(request);
    let of_trace_id = if request.sampling.keep_trace_ids { STATE_PER_KEPT_TRACE_ID } else { 0 };
    let per_sample = STATE_PER_KEPT_SAMPLE + of_trace_id;
    let fit = u32::try_from(left / per_sample / power_values.max(1)).unwrap_or(u32::MAX);
    let wanted = request.sampling.invocations;
    request.sampling.keep_samples = wanted.min(fit);
    if fit < wanted {
        reader.warn(format!(
            "stats holds {fit} of {wanted} samples per memory size, evenly thinned and without trace ids: more do not fit an execution's state"
        ));
    }
    left.saturating_sub(request.sampling.keep_samples as usize * power_values * per_sample)
}

#[cfg(test)]
pub(crate) mod tests;
