//! The local AWS as the end-to-end tests see it: functions of their own, executions of the deployed state machine, and what
//! is left afterwards. `cargo xtask test` sets the environment that this reads.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "only tests use this crate"
)]

use std::{
    env,
    io::{Cursor, Write},
    path::Path,
    time::{Duration, Instant},
};

use aws_config::BehaviorVersion;
use aws_sdk_lambda::{
    primitives::Blob,
    types::{Environment, FunctionCode, Runtime},
};
use aws_sdk_sfn::types::ExecutionStatus;
use rationed_function::{optimum, work::Work};
use serde_json::{Value, json};
use tuning::{
    price::{Architecture, Prices},
    strategy::Strategy,
};
use zip::{ZipWriter, write::SimpleFileOptions};

/// Where the emulator lets an execution be, before it is called stuck.
const LIMIT: Duration = Duration::from_mins(3);
/// How often an execution is looked at.
const LOOK: Duration = Duration::from_millis(50);
/// The memory that every function of a test has at the beginning, in MB.
pub const MEMORY: i32 = 1024;

/// The local AWS.
pub struct Aws {
    /// AWS Lambda.
    pub lambda: aws_sdk_lambda::Client,
    /// AWS Step Functions.
    pub sfn: aws_sdk_sfn::Client,
    /// The deployed state machine.
    pub state_machine: String,
}

/// A function that belongs to one test.
pub struct Function<'a> {
    aws: &'a Aws,
    /// Its name.
    pub name: String,
}

/// How an execution ended.
#[derive(Debug)]
pub struct Ended {
    /// Whether it succeeded.
    pub succeeded: bool,
    /// Its output; null if it failed.
    pub output: Value,
    /// The name of its error.
    pub error: String,
    /// The cause of its error.
    pub cause: String,
}

/// What a run must leave as it was.
#[derive(Debug, PartialEq, Eq, Clone)]
pub struct State {
    /// Memory of $LATEST, in MB.
    pub memory: i32,
    /// Description of $LATEST.
    pub description: String,
    /// Every version with its memory.
    pub versions: Vec<(String, i32)>,
    /// Every alias with what it points to.
    pub aliases: Vec<(String, String)>,
}

fn variable(name: &str) -> String {
    env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set\nhint: the end-to-end tests are run by cargo xtask test"))
}

impl Aws {
    /// The local AWS that the environment names.
    pub async fn connect() -> Self {
        let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
        Self {
            lambda: aws_sdk_lambda::Client::new(&config),
            sfn: aws_sdk_sfn::Client::new(&config),
            state_machine: variable("POWER_TUNER_STATE_MACHINE"),
        }
    }

    /// A sample function of its own for one test: it works by its payload.
    pub async fn function(&self, name: &str) -> Function<'_> {
        let rationed = Environment::builder().variables("RATIONED", "true").variables("INIT_MS", "20").build();
        let bootstrap = variable("POWER_TUNER_SAMPLE");
        self.create_function(&format!("end-to-end-{name}"), Path::new(&bootstrap), 10, rationed).await
    }

    /// Creates a function from a binary, in place of one that an earlier run of the tests may have left.
    pub async fn create_function(
        &self,
        name: &str,
        bootstrap: &Path,
        timeout: i32,
        environment: Environment,
    ) -> Function<'_> {
        let _ = self.lambda.delete_function().function_name(name).send().await;
        let code = FunctionCode::builder().zip_file(Blob::new(zip(bootstrap))).build();
        self.lambda
            .create_function()
            .function_name(name)
            .description("belongs to an end-to-end test")
            .runtime(Runtime::from("provided.al2023"))
            .handler("bootstrap")
            .role("arn:aws:iam::000000000000:role/end-to-end")
            .memory_size(MEMORY)
            .timeout(timeout)
            .environment(environment)
            .code(code)
            .send()
            .await
            .expect("the function is created");
        Function { aws: self, name: name.to_owned() }
    }

    /// Runs an execution of the deployed state machine.
    pub async fn run(&self, input: &Value) -> Ended {
        let execution = self.start(&self.state_machine, input).await;
        self.wait(&execution).await
    }

    /// Starts an execution, and returns its ARN.
    pub async fn start(&self, state_machine: &str, input: &Value) -> String {
        let request = self.sfn.start_execution().state_machine_arn(state_machine).input(input.to_string());
        request.send().await.expect("the execution starts").execution_arn
    }

    /// Waits until an execution has ended.
    pub async fn wait(&self, execution: &str) -> Ended {
        let start = Instant::now();
        loop {
            let state = self.sfn.describe_execution().execution_arn(execution).send().await.unwrap();
            if state.status != ExecutionStatus::Running {
                return Ended {
                    succeeded: state.status == ExecutionStatus::Succeeded,
                    output: state.output.map_or(Value::Null, |output| serde_json::from_str(&output).unwrap()),
                    error: state.error.unwrap_or_default(),
                    cause: state.cause.unwrap_or_default(),
                };
            }
            assert!(start.elapsed() < LIMIT, "{execution} does not end");
            tokio::time::sleep(LOOK).await;
        }
    }
}

impl Function<'_> {
    /// The input of a short run on this function; `fields` are added.
    #[must_use]
    pub fn input(&self, fields: &Value) -> Value {
        let mut input = json!({"lambdaARN": self.name, "num": 5, "payload": {"cpuMs": 1}, "powerValues": [128, 512]});
        input.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        input
    }

    /// Runs the deployed state machine on this function.
    pub async fn tune(&self, fields: &Value) -> Ended {
        self.aws.run(&self.input(fields)).await
    }

    /// What a run must leave as it was.
    pub async fn state(&self) -> State {
        let lambda = &self.aws.lambda;
        let latest = lambda.get_function_configuration().function_name(&self.name).send().await.unwrap();
        let versions = lambda.list_versions_by_function().function_name(&self.name).send().await.unwrap();
        let aliases = lambda.list_aliases().function_name(&self.name).send().await.unwrap();
        let published = versions.versions().iter().filter(|version| version.version() != Some("$LATEST"));
        State {
            memory: latest.memory_size().unwrap(),
            description: latest.description().unwrap().to_owned(),
            versions: published.map(|v| (v.version().unwrap().to_owned(), v.memory_size().unwrap())).collect(),
            aliases: aliases
                .aliases()
                .iter()
                .map(|alias| (alias.name().unwrap().to_owned(), alias.function_version().unwrap().to_owned()))
                .collect(),
        }
    }

    /// Deletes it. A test that fails leaves it; the next one of that name replaces it.
    pub async fn delete(self) {
        self.aws.lambda.delete_function().function_name(&self.name).send().await.unwrap();
    }
}

impl State {
    /// A function that nobody has touched since it was created.
    #[must_use]
    pub fn untouched() -> Self {
        Self {
            memory: MEMORY,
            description: "belongs to an end-to-end test".to_owned(),
            versions: Vec::new(),
            aliases: Vec::new(),
        }
    }
}

/// The best of some power values, computed from what the sample function does.
#[must_use]
pub fn optimum(strategy: Strategy, payload: &Value, power_values: &[u32]) -> u32 {
    let price = Prices::bundled().unwrap().lambda("us-east-1", Architecture::X86).price;
    let work = Work::new(payload, |_| None);
    optimum::optimum(&work, strategy, price, power_values).unwrap().megabytes()
}

fn zip(bootstrap: &Path) -> Vec<u8> {
    let binary = std::fs::read(bootstrap).unwrap_or_else(|error| panic!("{}: {error}", bootstrap.display()));
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("bootstrap", SimpleFileOptions::default().unix_permissions(0o755)).unwrap();
    zip.write_all(&binary).unwrap();
    zip.finish().unwrap().into_inner()
}
