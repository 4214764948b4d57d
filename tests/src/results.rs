//! Results of runs that were never made: invented samples, and the Analyzer's own output for them.

use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use tuning::{
    contract::{
        deployment::Deployment,
        input,
        step::{
            analyzer,
            executor::Progress,
            publisher::{self, Publication, Target},
        },
    },
    measure::{
        lane::Environments,
        measurement::{Estimator, Infeasible, Measured, Measurement, Source, Spent},
        metric::Metric,
        sample::{Sample, Start, Strata},
        statistics::Trim,
    },
    price::{Architecture, Prices},
    run::{plan::Plan, round::Round},
    units::{
        milliseconds::{BilledMilliseconds, Milliseconds},
        power::Power,
    },
};

/// Where everything was measured.
const REGION: &str = "eu-west-1";

/// A function that was tuned, and how.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Its name.
    pub function: &'static str,
    /// The architecture that it runs on.
    pub architecture: Architecture,
    /// CPU time of an invocation, in ms at one vCPU.
    pub cpu_ms: f64,
    /// Time that it waits, in ms.
    pub io_ms: f64,
    /// Memory that it uses, in MB.
    pub used_mb: u32,
    /// The memory sizes that are measured.
    pub power_values: Vec<u32>,
    /// Samples of each.
    pub samples: usize,
    /// Fields of the input.
    pub input: Value,
}

impl Default for Subject {
    fn default() -> Self {
        Self {
            function: "thumbnails",
            architecture: Architecture::X86,
            cpu_ms: 410.0,
            io_ms: 42.0,
            used_mb: 178,
            power_values: vec![128, 256, 512, 1024, 1536, 2048, 3008],
            samples: 30,
            input: json!({"strategy": "balanced", "invocationsPerMonth": 12_000_000}),
        }
    }
}

impl Subject {
    /// The output of a run on it.
    #[must_use]
    pub fn output(&self) -> Value {
        let mut random = StdRng::seed_from_u64(u64::from(self.used_mb));
        let measurements: Vec<Measurement> =
            self.power_values.iter().map(|&mb| self.measurement(mb, &mut random)).collect();
        let (plan, publication) = (self.plan(), publication(measurements));
        let prices = Prices::bundled().unwrap();
        let analysis =
            analyzer::Analysis::before(Round::of_list(&plan, prices.lambda(REGION, self.architecture).price));
        let input = analyzer::Input { plan, publication, analysis, retries: 0 };
        let output = ::analyzer::handle(&prices, input).unwrap();
        serde_json::to_value(output.analysis.outcome).unwrap()
    }

    /// The duration of computing and waiting at a memory size: one thread, which gets a whole vCPU at 1,769 MB.
    fn duration(&self, megabytes: f64) -> f64 {
        self.io_ms + self.cpu_ms / (megabytes / 1769.0).min(1.0)
    }

    fn measurement(&self, mb: u32, random: &mut StdRng) -> Measurement {
        let value = Power::new(mb).unwrap();
        let runs_out = mb < self.used_mb;
        let samples: Vec<Sample> = (0..if runs_out { 1 } else { self.samples })
            .map(|number| {
                // Durations vary to the right, as they do on AWS.
                let scatter = 1.0 + 0.05 * random.random_range(-1.0..1.0) + 0.25 * random.random::<f64>().powi(6);
                let ms = (self.duration(f64::from(mb)) * scatter * 100.0).round() / 100.0;
                let cold_start = 180.0 + 90.0 * random.random::<f64>();
                let is_cold = number % 15 == 0;
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some seconds")]
                let billed = BilledMilliseconds((ms + if is_cold { cold_start } else { 0.0 }).ceil() as u64);
                let start = if is_cold { Start::Cold(Milliseconds(cold_start)) } else { Start::Warm };
                let memory_used = Some(self.used_mb.min(mb));
                Sample { duration: Milliseconds(ms), billed, start, memory_used, trace_id: None }
            })
            .collect();
        let estimator = Estimator {
            shares: vec![u32::try_from(self.samples).unwrap()],
            environments: Environments::Reused,
            trim: Trim::DEFAULT,
            metric: Metric::Average,
            keep: self.samples,
        };
        let mut spent = Spent {
            invocations: u32::try_from(samples.len()).unwrap(),
            billed: BilledMilliseconds(samples.iter().map(|sample| sample.billed.0).sum()),
            ..Spent::default()
        };
        let result = if runs_out {
            spent.errors.record("Runtime.OutOfMemory", None);
            Measured::Infeasible(Infeasible::OutOfMemory)
        } else {
            let lane = |samples: &[Sample]| samples.iter().map(|sample| (0, *sample)).collect::<Strata>();
            let lanes: Vec<Strata> = samples.chunks(15).map(lane).collect();
            Measured::Samples(Box::new(estimator.estimate(&lanes, Source::Report).unwrap()))
        };
        let max_memory_used = Some(self.used_mb.min(mb));
        Measurement { value, result, spent, max_memory_used, executor_calls: 1, retries: 0, series: Vec::new() }
    }

    fn plan(&self) -> Plan {
        let deployment = Deployment {
            power_values: Vec::new(),
            auto_optimize: false,
            visualization_url: "https://lambda-power-tuning.show/".to_owned(),
            execution_time_limit: std::time::Duration::from_hours(1),
            total_execution_timeout: std::time::Duration::from_mins(5),
            own_functions: Vec::new(),
        };
        let mut input = json!({
            "lambdaARN": self.function, "num": self.samples, "powerValues": self.power_values,
            "includeOutputResults": true, "includeSamples": true,
        });
        input.as_object_mut().unwrap().extend(self.input.as_object().unwrap().clone());
        let request = input::Input::parse(&input, &deployment, None).unwrap().request;
        serde_json::from_value(json!({
            "execution": "arn:aws:states:eu-west-1:123456789012:execution:power-tuning:run",
            "function": format!("arn:aws:lambda:{REGION}:123456789012:function:{}", self.function),
            "before": {
                "memory": 512, "architecture": self.architecture, "timeout": 3000.0, "fingerprint": "x",
                "highestVersion": 0, "ephemeralStorageMb": 1024, "snapStart": false,
                "logs": {"group": format!("/aws/lambda/{}", self.function), "reports": true},
            },
            "request": request, "ends": 1, "visualizationUrl": deployment.visualization_url,
        }))
        .unwrap()
    }
}

fn publication(measurements: Vec<Measurement>) -> Publication {
    let target = |measurement: Measurement| Target {
        progress: Progress::Measured(Box::new(measurement.clone())),
        ..Target::new(measurement.value, vec!["999999".parse().unwrap()])
    };
    Publication {
        next: publisher::Next::Measure,
        calls: 1,
        targets: measurements.into_iter().map(target).collect(),
        ..Publication::default()
    }
}
