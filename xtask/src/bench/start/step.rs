//! The start of each step: what it is started with, and what its first invocation is about.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Result, bail};
use hyper::body::Bytes;
use serde::Serialize;
use serde_json::{Value, json};
use tuning::{
    contract::{
        deployment::{Deployment, variable},
        input::Input,
        step::{
            analyzer::{self, Analysis},
            executor::{self, Progress},
            initializer, optimizer,
            publisher::{self, Publication, Target},
        },
    },
    measure::{
        measurement::{Estimator, Measured, Measurement, Source, Spent},
        sample::{Sample, Start, Strata},
    },
    price::{Architecture, GbSecondPrice},
    run::{
        plan::{Fingerprint, FunctionBefore, Logs, Plan},
        round::Round,
    },
    units::{
        arn::ExecutionArn,
        milliseconds::{BilledMilliseconds, Milliseconds},
        moment::Moment,
        power::Power,
        version::VersionNumber,
    },
};

use crate::bench::lambdas::Lambda;

/// The function to tune, which AWS does not know.
const FUNCTION: &str = "arn:aws:lambda:eu-west-1:123456789012:function:tuned";
const EXECUTION: &str = "arn:aws:states:eu-west-1:123456789012:execution:machine:run";
const POWER_VALUES: [u32; 6] = [128, 256, 512, 1024, 1536, 3008];
/// Invocations per memory size.
const NUM: u32 = 10;

/// A step, and the event of its first invocation.
pub struct Step {
    /// The function.
    pub lambda: Lambda,
    /// The event, as JSON.
    pub event: Bytes,
    /// True if the invocation has to call AWS.
    pub calls_aws: bool,
}

impl Step {
    /// The step that a function is.
    pub fn new(lambda: Lambda) -> Result<Self> {
        let event = event(lambda.name)?;
        Ok(Self { event: serde_json::to_vec(&event)?.into(), calls_aws: lambda.name != "analyzer", lambda })
    }

    /// The environment variables that Lambda and `template.yaml` give the function, and where the harness listens.
    pub fn variables(&self, runtime_api: SocketAddr, aws: SocketAddr) -> Vec<(&'static str, String)> {
        let mut variables =
            vec![("AWS_LAMBDA_RUNTIME_API", runtime_api.to_string()), ("AWS_ENDPOINT_URL", format!("http://{aws}"))];
        let fixed = [
            ("AWS_LAMBDA_FUNCTION_NAME", self.lambda.name),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_SESSION_TOKEN", "test"),
            (variable::POWER_VALUES, "128,256,512,1024,1536,3008"),
            (variable::AUTO_OPTIMIZE, "false"),
            (variable::VISUALIZATION_URL, "https://example.com/"),
            (variable::EXECUTION_TIME_LIMIT, "86400"),
            (variable::TOTAL_EXECUTION_TIMEOUT, "300"),
            (variable::OWN_FUNCTIONS, "arn:aws:lambda:eu-west-1:123456789012:function:cleaner"),
        ];
        variables.extend(fixed.map(|(name, value)| (name, value.to_owned())));
        variables
    }
}

fn event(name: &str) -> Result<Value> {
    let plan = plan()?;
    // Only the round of a run with `maxSpend` depends on the price.
    let round = Round::of_list(&plan, GbSecondPrice(0.0));
    let power = Power::MIN;
    Ok(match name {
        "initializer" => {
            let execution = ExecutionArn(EXECUTION.to_owned());
            to_json(initializer::Input { execution, input: input(), retries: 0 })?
        }
        "publisher" => to_json(publisher::Input { plan, round, publication: Publication::default(), retries: 0 })?,
        "executor" => {
            let target = Target::new(power, vec!["1".parse()?]);
            to_json(executor::Input { plan, round, target, retries: 0 })?
        }
        "analyzer" => to_json(analysis(plan, round)?)?,
        "optimizer" => to_json(optimizer::Input { plan, winner: power, retries: 0 })?,
        "cleaner" => {
            let error = json!({"Error": "States.Timeout", "Cause": ""});
            json!({"execution": EXECUTION, "state": {"plan": plan, "error": error}})
        }
        other => bail!("{other} is no step"),
    })
}

fn to_json(event: impl Serialize) -> Result<Value> {
    Ok(serde_json::to_value(event)?)
}

/// The input of the execution. With `autoOptimize` the Optimizer has something to do.
fn input() -> Value {
    json!({"lambdaARN": FUNCTION, "powerValues": POWER_VALUES, "num": NUM, "autoOptimize": true, "payload": {"n": 1}})
}

fn plan() -> Result<Plan> {
    let deployment = Deployment {
        power_values: Vec::new(),
        auto_optimize: false,
        visualization_url: "https://example.com/".to_owned(),
        execution_time_limit: Duration::from_hours(24),
        total_execution_timeout: Duration::from_mins(5),
        own_functions: Vec::new(),
    };
    Ok(Plan {
        execution: ExecutionArn(EXECUTION.to_owned()),
        retries: 0,
        function: FUNCTION.parse()?,
        before: FunctionBefore {
            memory: Power::MIN,
            architecture: Architecture::X86,
            timeout: Milliseconds(3000.0),
            fingerprint: Fingerprint("as deployed".to_owned()),
            highest_version: VersionNumber::NONE,
            ephemeral_storage_mb: 512,
            snap_start: false,
            logs: Logs { group: "/aws/lambda/tuned".to_owned(), reports: true },
        },
        request: Input::parse(&input(), &deployment, None)?.request,
        ends: Moment(u64::MAX),
        visualization_url: deployment.visualization_url,
    })
}

/// The measurements of a run whose function gets faster up to one vCPU: enough for a real decision.
fn analysis(plan: Plan, round: Round) -> Result<analyzer::Input> {
    let estimator = Estimator {
        shares: vec![NUM],
        environments: round.sampling.environments,
        trim: plan.request.trim,
        metric: plan.request.metric,
        keep: 0,
    };
    let version: VersionNumber = "1".parse()?;
    let target = |power: &Power| Target {
        progress: Progress::Measured(Box::new(measurement(*power, &estimator))),
        ..Target::new(*power, vec![version])
    };
    let publication =
        Publication { targets: round.power_values.iter().map(target).collect(), ..Publication::default() };
    Ok(analyzer::Input { plan, publication, analysis: Analysis::before(round), retries: 0 })
}

fn measurement(power: Power, estimator: &Estimator) -> Measurement {
    let mut lane = Strata::default();
    for number in 0..NUM {
        let milliseconds = 5 + 3 * 1769 / power.megabytes().min(1769) + number % 3;
        let (duration, billed) = (Milliseconds(milliseconds.into()), BilledMilliseconds(milliseconds.into()));
        let start = if number == 0 { Start::Cold(Milliseconds(100.0)) } else { Start::Warm };
        lane.push(0, Sample { duration, billed, start, memory_used: Some(60), trace_id: None });
    }
    let statistics = estimator.estimate(&[lane], Source::Report);
    Measurement {
        value: power,
        result: statistics.map_or(Measured::NoSamples, |statistics| Measured::Samples(Box::new(statistics))),
        spent: Spent { invocations: NUM, ..Spent::default() },
        max_memory_used: Some(60),
        executor_calls: 1,
        retries: 0,
        series: Vec::new(),
    }
}
