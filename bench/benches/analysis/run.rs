//! A run, as far as the Analyzer sees it: what the Initializer made of an input, and what the Executors measured.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tuning::{
    contract::{
        deployment::Deployment,
        input::Input,
        step::{
            RunState,
            analyzer::{self, Analysis, Next},
            executor::Progress,
            publisher::{self, Publication, Target},
        },
    },
    decide::auto::{self, Decision, Searched},
    measure::{
        measurement::{Estimator, Measured, Measurement, Source, Spent},
        metric::Metric,
        sample::{Sample, Strata},
        statistics::Trim,
    },
    price::{GbSecondPrice, Prices},
    run::{
        plan::{Plan, Sampling},
        round::Round,
    },
    units::{milliseconds::BilledMilliseconds, power::Power, version::VersionNumber},
};

use crate::simulated::Function;

/// A run between two rounds.
pub struct Run {
    state: RunState,
    function: Function,
}

impl Run {
    /// A run that has measured nothing yet.
    pub fn begun(input: &Value) -> Result<Self> {
        let request = Input::parse(input, &deployment(), None)?.request;
        let plan: Plan = serde_json::from_value(json!({
            "execution": "arn:aws:states:eu-west-1:123456789012:execution:m:run",
            "function": "arn:aws:lambda:eu-west-1:123456789012:function:f",
            "before": {
                "memory": 512, "architecture": "x86_64", "timeout": 30_000.0, "fingerprint": "x", "highestVersion": 0,
                "ephemeralStorageMb": 512, "snapStart": false, "logs": {"group": "/aws/lambda/f", "reports": true},
            },
            "request": request, "ends": 1, "visualizationUrl": "https://example.com/",
        }))?;
        let round = first_round(&plan)?;
        let publication = Publication { next: publisher::Next::Measure, calls: 1, ..Publication::default() };
        let state = RunState { plan, publication, analysis: Analysis::before(round) };
        Ok(Self { state, function: Function::new() })
    }

    /// Other samples than the input asked for: more than the state of an execution could hold at once.
    pub fn set_sampling(&mut self, sampling: Sampling) {
        self.state.plan.request.sampling = sampling;
        self.state.analysis.round.sampling = sampling;
    }

    /// The input of the Analyzer after the round.
    pub fn measured(&mut self) -> Result<analyzer::Input> {
        let RunState { plan, mut publication, analysis } = self.state.clone();
        let round = &analysis.round;
        let estimator = estimator(round.sampling);
        let version: VersionNumber = round.number.to_string().parse().context("a version number")?;
        let measure = |&power: &Power| {
            let lanes = self.function.lanes(power, round.sampling);
            let measurement = summarised(&estimator, power, &lanes);
            let series = if plan.request.search.is_some() { lanes } else { Vec::new() };
            let progress = Progress::Measured(Box::new(Measurement { series, ..measurement }));
            Target { progress, ..Target::new(power, vec![version]) }
        };
        publication.targets = round.power_values.iter().map(measure).collect();
        Ok(analyzer::Input { plan, publication, analysis, retries: 0 })
    }

    /// Measures a round, and lets the Analyzer decide. Whether another one is to be measured.
    pub fn goes_on(&mut self, prices: &Prices) -> Result<bool> {
        self.state = ::analyzer::handle(prices, self.measured()?)?;
        Ok(self.state.analysis.next == Next::Publish)
    }
}

/// The defaults of a deployment.
pub fn deployment() -> Deployment {
    Deployment {
        power_values: vec![Power::MIN],
        auto_optimize: false,
        visualization_url: "https://example.com/".to_owned(),
        execution_time_limit: Duration::from_hours(1),
        total_execution_timeout: Duration::from_mins(5),
        own_functions: Vec::new(),
    }
}

/// The estimator with which the Executor summarises the samples of one payload.
pub fn estimator(sampling: Sampling) -> Estimator {
    Estimator {
        shares: vec![sampling.invocations],
        environments: sampling.environments,
        trim: Trim::DEFAULT,
        metric: Metric::Average,
        keep: sampling.keep_samples as usize,
    }
}

/// The measurement that the Executor makes of its samples.
pub fn summarised(estimator: &Estimator, value: Power, lanes: &[Strata]) -> Measurement {
    let samples: Vec<&Sample> = lanes.iter().flat_map(Strata::samples).collect();
    let spent = Spent {
        invocations: u32::try_from(samples.len()).unwrap_or(u32::MAX),
        billed: BilledMilliseconds(samples.iter().map(|sample| sample.billed.0).sum()),
        ..Spent::default()
    };
    let statistics = estimator.estimate(lanes, Source::Report);
    Measurement {
        value,
        result: statistics.map_or(Measured::NoSamples, |statistics| Measured::Samples(Box::new(statistics))),
        spent,
        max_memory_used: Some(64),
        executor_calls: 1,
        retries: 0,
        series: Vec::new(),
    }
}

fn first_round(plan: &Plan) -> Result<Round> {
    let price = GbSecondPrice(0.000_016_666_7);
    let Some(request) = &plan.request.search else { return Ok(Round::of_list(plan, price)) };
    let nothing = Searched { measurements: &[], rounds: 0, verified: None, last_version: VersionNumber::NONE };
    match auto::decide(plan, request, price, nothing) {
        Decision::Measure(round, _) => Some(round),
        Decision::Found { .. } | Decision::Hopeless(_) => None,
    }
    .context("the search begins with a round")
}
