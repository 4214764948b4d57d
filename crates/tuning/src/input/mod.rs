//! The execution's input: read once, at the edge, into types that cannot be wrong.

mod field;
mod problem;
mod reader;

use serde_json::Value;

pub use field::{FIELDS, Field, Support};
pub use problem::{Problem, ValidationError};

use crate::{
    alias_name::AliasName,
    arn::FunctionReference,
    deployment::Deployment,
    payload::Payload,
    plan::{AutoOptimize, Mode, Request, Sampling},
    power::Power,
    statistics::Trim,
    step::STATE_LIMIT,
    strategy::{Strategy, Weight},
};
use reader::Reader;

/// The reference tool asks for at least 5 invocations.
pub const FEWEST_INVOCATIONS: u32 = 5;
/// Bytes of state that one sample can take: `[900000.00,900000,900000.00],`.
const STATE_PER_SAMPLE: usize = 29;
/// Bytes of state that one power value can take: its version, its summary, and its row in the output.
const STATE_PER_POWER_VALUE: usize = 2400;
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

impl Input {
    /// Checks an execution's input; `deployment` has the defaults. All problems are reported at once.
    pub fn parse(value: &Value, deployment: &Deployment) -> Result<Self, ValidationError> {
        let mut reader = Reader::new(value)?;
        let function = reader.function();
        let mode = if reader.boolean("dryRun").unwrap_or(false) { Mode::DryRun } else { Mode::Tune };
        let num = reader.integer("num", FEWEST_INVOCATIONS..=u32::MAX);
        if num.is_none() && !reader.has_problem_with("num") {
            reader.missing("num");
        }
        let invocations = if mode == Mode::DryRun { 1 } else { num.unwrap_or(FEWEST_INVOCATIONS) };
        let payload = Payload::from_field(reader.raw("payload"), num.unwrap_or(u32::MAX)).unwrap_or_else(|bad| {
            reader.refuse("payload", bad.to_string());
            Payload::None
        });
        let power_values = reader.power_values().unwrap_or_else(|| deployment.power_values.clone());
        let sampling = sampling(&mut reader, invocations);
        let strategy = strategy(&mut reader);
        let trim = reader.clamped_number("discardTopBottom", 0.0..=Trim::MAX).map_or(Trim::DEFAULT, Trim::clamped);
        let auto_optimize = auto_optimize(&mut reader, deployment, mode);
        let include_output_results = reader.boolean("includeOutputResults").unwrap_or(false);
        check_size(&mut reader, invocations, power_values.len(), &payload);
        reader.check_unsupported();
        let warnings = reader.finish()?;
        let Some(function) = function else { return Err(ValidationError::nothing_to_tune()) };
        let request = Request {
            power_values: ascending(power_values),
            mode,
            sampling,
            payload,
            strategy,
            trim,
            auto_optimize,
            include_output_results,
            warnings,
        };
        Ok(Self { function, request })
    }
}

fn ascending(mut powers: Vec<Power>) -> Vec<Power> {
    powers.sort_unstable();
    powers.dedup();
    powers
}

fn sampling(reader: &mut Reader<'_>, invocations: u32) -> Sampling {
    let max_concurrency = reader.integer("maxConcurrency", 1..=500).unwrap_or(10);
    let mut sampling = match reader.boolean("parallelInvocation") {
        Some(true) => Sampling::parallel(invocations, max_concurrency),
        Some(false) | None => Sampling::serial(invocations),
    };
    sampling.pause_ms = reader.integer("sleepBetweenRunsMs", 0..=600_000).unwrap_or(0);
    sampling.hide_payloads = reader.boolean("disablePayloadLogs").unwrap_or(false);
    sampling
}

fn strategy(reader: &mut Reader<'_>) -> Strategy {
    let weight = reader.clamped_number("balancedWeight", 0.0..=1.0).map_or(Weight::DEFAULT, Weight::clamped);
    match reader.text("strategy") {
        None | Some("cost") => Strategy::Cost,
        Some("speed") => Strategy::Speed,
        Some("balanced") => Strategy::Balanced { weight },
        Some(_) => {
            reader.refuse_as_received("strategy");
            Strategy::Cost
        }
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

/// What travels between steps must fit the state of an execution: the plan with the samples of one power value while
/// they are taken, and the plan with the summaries of all power values afterwards.
fn check_size(reader: &mut Reader<'_>, invocations: u32, power_values: usize, payload: &Payload) {
    let payload_bytes = serde_json::to_string(payload).map_or(0, |json| json.len());
    let left = STATE_LIMIT.saturating_sub(STATE_FOR_THE_REST + payload_bytes);
    let most_invocations = left / STATE_PER_SAMPLE;
    let most_power_values = left / STATE_PER_POWER_VALUE;
    if most_invocations < FEWEST_INVOCATIONS as usize || most_power_values == 0 {
        let most = STATE_LIMIT - STATE_FOR_THE_REST - STATE_PER_POWER_VALUE;
        reader.refuse("payload", format!("received {payload_bytes} bytes of JSON; give at most {most}"));
    } else if invocations as usize > most_invocations {
        let why = format!("received {invocations}, whose samples do not fit an execution's state beside this payload");
        reader.refuse("num", format!("{why}; give at most {most_invocations}"));
    } else if power_values > most_power_values {
        let why = format!(
            "received {power_values} values, whose results do not fit an execution's state beside this payload"
        );
        reader.refuse("powerValues", format!("{why}; give at most {most_power_values}"));
    }
}

#[cfg(test)]
mod tests;
