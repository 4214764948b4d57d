//! The local AWS as the end-to-end tests see it: functions of their own, executions of the deployed state machine, and
//! what is left afterwards. `cargo xtask test` sets the environment that this reads.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "only tests use this crate"
)]

#[cfg(feature = "browser")]
pub mod browser;
pub mod definition;
pub mod economy;
mod machine;
pub mod packaged;
pub mod permissions;
mod probe;
pub mod process;
pub mod program;
pub mod proxy;
pub mod results;
pub mod rig;
mod roles;
pub mod stack;
pub mod sweep;

use std::{
    collections::BTreeMap,
    env,
    io::{Cursor, Write},
    path::{Path, PathBuf},
    sync::Mutex,
    time::{Duration, Instant},
};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_cloudformation::client::Waiters as _;
use aws_sdk_cloudwatchlogs::{error::SdkError, operation::filter_log_events::FilterLogEventsError};
use aws_sdk_lambda::{
    client::Waiters,
    config::{Credentials, SharedCredentialsProvider},
    primitives::Blob,
    types::{Environment, FunctionCode, Runtime, SnapStart, SnapStartApplyOn},
};
use aws_sdk_sfn::types::ExecutionStatus;
use rationed_function::{optimum, work::Work};
use serde_json::{Value, json};
use tuning::{
    price::{Architecture, GbSecondPrice, Prices},
    run::objective::Strategy,
};
use zip::{ZipWriter, write::SimpleFileOptions};

pub use machine::{Copy, Machine, STEPS};
pub use probe::Tried;

/// Where the emulator lets an execution be, before it is called stuck.
pub const LIMIT: Duration = Duration::from_mins(3);
/// The interval at which an execution is looked at.
pub const LOOK: Duration = Duration::from_millis(50);
/// The memory that every function of a test has at the beginning, in MB.
pub const MEMORY: i32 = 1024;

const DESCRIPTION: &str = "belongs to an end-to-end test";
/// A function whose initialisation takes long, and that writes the REPORT line which the emulator does not.
const SLOW_TO_START: &str = r#"
import os, time
time.sleep(3)
def handler(event, context):
    print(f"REPORT RequestId: {context.aws_request_id}\tDuration: 5.00 ms\tBilled Duration: 9 ms\t"
          f"Memory Size: {os.environ['AWS_LAMBDA_FUNCTION_MEMORY_SIZE']} MB\tMax Memory Used: 40 MB\t"
          "Restore Duration: 250.00 ms\tBilled Restore Duration: 4 ms\t", flush=True)
"#;

/// A function that prints the lines of its payload: `first` in the first invocation of an environment, `next` in the
/// others. {id} stands for the request, {mb} for the memory size.
const PRINTS: &str = r#"
import os
invocations = 0
def handler(event, context):
    global invocations
    lines = event["next" if invocations else "first"]
    invocations += 1
    for line in lines:
        line = line.replace("{id}", context.aws_request_id)
        print(line.replace("{mb}", os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]), flush=True)
"#;

/// The local AWS.
pub struct Aws {
    /// The settings of clients in the account of the deployment.
    pub home: SdkConfig,
    /// IAM, in the account of `lambda`.
    iam: aws_sdk_iam::Client,
    /// AWS Lambda.
    pub lambda: aws_sdk_lambda::Client,
    /// CloudWatch Logs, in the region of `lambda`.
    pub logs: aws_sdk_cloudwatchlogs::Client,
    /// CloudWatch, beside `logs`.
    pub cloudwatch: aws_sdk_cloudwatch::Client,
    /// Amazon S3.
    pub s3: aws_sdk_s3::Client,
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
    /// Its ARN.
    pub arn: String,
}

/// The end of an execution.
#[derive(Debug)]
pub struct Ended {
    /// True if it succeeded.
    pub succeeded: bool,
    /// Its output; null if it failed.
    pub output: Value,
    /// The name of its error.
    pub error: String,
    /// The cause of its error.
    pub cause: String,
    /// The execution.
    pub execution: String,
}

/// The state of a function that a run must leave as it was.
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

/// The address of the local AWS.
#[must_use]
pub fn endpoint() -> String {
    variable("AWS_ENDPOINT_URL")
}

fn variable(name: &str) -> String {
    env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set\nhint: the end-to-end tests are run by cargo xtask test"))
}

impl Aws {
    /// The local AWS that the environment names.
    pub async fn connect() -> Self {
        let home = aws_config::load_defaults(BehaviorVersion::latest()).await;
        Self::new(home.clone(), &home)
    }

    /// The same, with functions in another region than the deployed state machine.
    #[must_use]
    pub fn with_functions_in(&self, region: &'static str) -> Self {
        Self::new(self.home.clone(), &self.home.to_builder().region(Region::from_static(region)).build())
    }

    /// The same, with functions in another account: the emulator takes an access key of 12 digits as the account's id.
    #[must_use]
    pub fn with_functions_of(&self, account: &str) -> Self {
        let credentials = Credentials::new(account, "test", None, None, "end-to-end");
        let functions =
            self.home.to_builder().credentials_provider(SharedCredentialsProvider::new(credentials)).build();
        Self::new(self.home.clone(), &functions)
    }

    fn new(home: SdkConfig, functions: &SdkConfig) -> Self {
        Self {
            iam: aws_sdk_iam::Client::new(functions),
            lambda: aws_sdk_lambda::Client::new(functions),
            logs: aws_sdk_cloudwatchlogs::Client::new(functions),
            cloudwatch: aws_sdk_cloudwatch::Client::new(functions),
            s3: aws_sdk_s3::Client::new(&home),
            sfn: aws_sdk_sfn::Client::new(&home),
            state_machine: variable("POWER_TUNER_STATE_MACHINE"),
            home,
        }
    }

    /// A sample function of its own for one test: it works by its payload.
    pub async fn function(&self, name: &str) -> Function<'_> {
        self.function_with(name, &[]).await
    }

    /// The same, with environment variables that stand in for fields of the payload.
    pub async fn function_with(&self, name: &str, settings: &[(&str, &str)]) -> Function<'_> {
        let rationed = Environment::builder().variables("RATIONED", "true").variables("INIT_MS", "20");
        let environment =
            settings.iter().fold(rationed, |environment, (name, value)| environment.variables(*name, *value));
        let bootstrap = variable("POWER_TUNER_SAMPLE");
        let role = self.role_of_functions().await;
        self.create_function(&format!("end-to-end-{name}"), Path::new(&bootstrap), &role, 10, environment.build()).await
    }

    /// Creates a function from a binary, in place of one that an earlier run of the tests may have left.
    pub async fn create_function(
        &self,
        name: &str,
        bootstrap: &Path,
        role: &str,
        timeout: i32,
        environment: Environment,
    ) -> Function<'_> {
        let _ = self.lambda.delete_function().function_name(name).send().await;
        let _ = self.logs.delete_log_group().log_group_name(log_group(name)).send().await;
        let code = FunctionCode::builder().zip_file(Blob::new(zip(bootstrap))).build();
        let created = self
            .lambda
            .create_function()
            .function_name(name)
            .description(DESCRIPTION)
            .runtime(Runtime::from("provided.al2023"))
            .handler("bootstrap")
            .role(role)
            .memory_size(MEMORY)
            .timeout(timeout)
            .environment(environment)
            .code(code)
            .send()
            .await
            .expect("the function is created");
        Function { aws: self, name: name.to_owned(), arn: created.function_arn.unwrap() }
    }

    /// A function that is there already.
    pub async fn existing(&self, name: &str) -> Function<'_> {
        let known = self.lambda.get_function_configuration().function_name(name).send().await;
        let arn = known.expect("the function exists").function_arn.unwrap();
        // In an input, its ARN does as well as its name.
        Function { aws: self, name: arn.clone(), arn }
    }

    /// A function with SnapStart, whose snapshot takes some seconds.
    pub async fn function_with_snap_start(&self, name: &str) -> Function<'_> {
        self.python(name, SLOW_TO_START, SnapStartApplyOn::PublishedVersions).await
    }

    /// A function that prints the lines of its payload: those of `first` in the first invocation of an environment, and
    /// those of `next` in the others. `{id}` stands for the request, `{mb}` for the memory size.
    pub async fn function_that_prints(&self, name: &str) -> Function<'_> {
        self.python(name, PRINTS, SnapStartApplyOn::None).await
    }

    async fn python(&self, name: &str, code: &str, apply_on: SnapStartApplyOn) -> Function<'_> {
        let name = format!("end-to-end-{name}");
        let _ = self.lambda.delete_function().function_name(&name).send().await;
        let code = FunctionCode::builder().zip_file(Blob::new(zipped("index.py", code.as_bytes()))).build();
        let snap_start = SnapStart::builder().apply_on(apply_on).build();
        let created = self
            .lambda
            .create_function()
            .function_name(&name)
            .description(DESCRIPTION)
            .runtime(Runtime::Python312)
            .handler("index.handler")
            .role(self.role_of_functions().await)
            .memory_size(MEMORY)
            .timeout(10)
            .snap_start(snap_start)
            .code(code)
            .send()
            .await
            .expect("the function is created");
        Function { aws: self, name, arn: created.function_arn.unwrap() }
    }

    /// A template that declares the sample function under this name, with [`MEMORY`].
    pub async fn template_of_function(&self, name: &str) -> String {
        let (bucket, key) = (variable("POWER_TUNER_PAYLOAD_BUCKET"), "end-to-end/function.zip");
        let code = zip(Path::new(&variable("POWER_TUNER_SAMPLE"))).into();
        // Another test may have made it.
        let _ = self.s3.create_bucket().bucket(&bucket).send().await;
        self.s3.put_object().bucket(&bucket).key(key).body(code).send().await.expect("the code is put");
        let role = self.role_of_functions().await;
        format!(
            "Resources:\n  Function:\n    Type: AWS::Lambda::Function\n    Properties:\n      FunctionName: {name}\n      \
             Description: {DESCRIPTION}\n      Runtime: provided.al2023\n      Handler: bootstrap\n      Role: {role}\n      \
             # Enough for everything so far.\n      MemorySize: {MEMORY}\n      Timeout: 10\n      \
             Environment: {{Variables: {{RATIONED: 'true', INIT_MS: '20'}}}}\n      \
             Code: {{S3Bucket: {bucket}, S3Key: {key}}}\n"
        )
    }

    /// Deploys a template as a new stack, or as a new template of the stack that is there.
    pub async fn deploy(&self, stack: &str, template: &str) {
        let cloudformation = aws_sdk_cloudformation::Client::new(&self.home);
        let created = cloudformation.create_stack().stack_name(stack).template_body(template).send().await;
        if created.is_ok() {
            let created = cloudformation.wait_until_stack_create_complete().stack_name(stack);
            created.wait(LIMIT).await.expect("the stack is created");
        } else {
            let updated = cloudformation.update_stack().stack_name(stack).template_body(template).send().await;
            updated.expect("the stack is updated");
            let updated = cloudformation.wait_until_stack_update_complete().stack_name(stack);
            updated.wait(LIMIT).await.expect("the stack is updated");
        }
    }

    /// Deletes a stack.
    pub async fn delete_stack(&self, stack: &str) {
        let cloudformation = aws_sdk_cloudformation::Client::new(&self.home);
        cloudformation.delete_stack().stack_name(stack).send().await.expect("the stack is deleted");
        let deleted = cloudformation.wait_until_stack_delete_complete().stack_name(stack);
        deleted.wait(LIMIT).await.expect("the stack is deleted");
    }

    /// The states that an execution entered, outside of its Map.
    pub async fn entered(&self, execution: &str) -> Vec<String> {
        let mut events = self.sfn.get_execution_history().execution_arn(execution).into_paginator().items().send();
        let mut entered = Vec::new();
        while let Some(event) = events.next().await {
            entered.extend(event.unwrap().state_entered_event_details.map(|details| details.name));
        }
        entered
    }

    /// The most bytes of JSON that travelled between two states of an execution.
    pub async fn largest_state(&self, execution: &str) -> usize {
        let request = self.sfn.get_execution_history().execution_arn(execution).include_execution_data(true);
        let mut events = request.into_paginator().items().send();
        let mut largest = 0;
        while let Some(event) = events.next().await {
            let event = event.unwrap();
            let entered = event.state_entered_event_details.and_then(|details| details.input);
            let exited = event.state_exited_event_details.and_then(|details| details.output);
            largest = [entered, exited].into_iter().flatten().map(|state| state.len()).fold(largest, usize::max);
        }
        largest
    }

    /// Puts a payload where the deployment may read it, and returns its `payloadS3`.
    pub async fn put_payload(&self, key: &str, content: impl Into<Vec<u8>>) -> String {
        let bucket = variable("POWER_TUNER_PAYLOAD_BUCKET");
        // Another test may have made it.
        let _ = self.s3.create_bucket().bucket(&bucket).send().await;
        let content = content.into().into();
        self.s3.put_object().bucket(&bucket).key(key).body(content).send().await.expect("the object is put");
        format!("s3://{bucket}/{key}")
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

    /// True if an execution is still running.
    pub async fn is_running(&self, execution: &str) -> bool {
        let state = self.sfn.describe_execution().execution_arn(execution).send().await.unwrap();
        state.status == ExecutionStatus::Running
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
                    execution: execution.to_owned(),
                };
            }
            assert!(start.elapsed() < LIMIT, "{execution} does not end");
            tokio::time::sleep(LOOK).await;
        }
    }

    /// The cause of every failure in the history of an execution.
    pub async fn causes(&self, execution: &str) -> Vec<String> {
        let mut events = self.sfn.get_execution_history().execution_arn(execution).into_paginator().items().send();
        let mut causes = Vec::new();
        while let Some(event) = events.next().await {
            let event = event.unwrap();
            let failures = [
                event.task_failed_event_details().and_then(|details| details.cause()),
                event.lambda_function_failed_event_details().and_then(|details| details.cause()),
                event.execution_failed_event_details().and_then(|details| details.cause()),
            ];
            causes.extend(failures.into_iter().flatten().map(str::to_owned));
        }
        causes
    }

    /// The log groups of the deployed Lambda functions.
    pub async fn log_groups(&self) -> Vec<String> {
        let query = self.logs.describe_log_groups().log_group_name_prefix("/power-tuner/");
        let groups = query.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await.unwrap();
        groups.into_iter().filter_map(|group| group.log_group_name).collect()
    }

    /// The messages of a log group that have all of some words.
    pub async fn log(&self, group: &str, words: &str) -> Vec<String> {
        let query = self.logs.filter_log_events().log_group_name(group).filter_pattern(words);
        let pages = query.into_paginator().send().collect::<Result<Vec<_>, _>>().await;
        // A group that has never been written to does not exist.
        let is_unwritten = |error: &SdkError<FilterLogEventsError>| {
            error.as_service_error().is_some_and(FilterLogEventsError::is_resource_not_found_exception)
        };
        let pages = if pages.as_ref().is_err_and(is_unwritten) { Vec::new() } else { pages.unwrap() };
        pages.into_iter().filter_map(|page| page.events).flatten().filter_map(|event| event.message).collect()
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

    /// The number of times that it was really invoked, by the log that Lambda writes of it.
    pub async fn invocations(&self) -> usize {
        self.aws.log(&log_group(&self.name), "START RequestId").await.len()
    }

    /// Sets the memory, as its owner.
    pub async fn set_memory(&self, memory: i32) {
        let update = self.aws.lambda.update_function_configuration().function_name(&self.name).memory_size(memory);
        update.send().await.unwrap();
        let updated = self.aws.lambda.wait_until_function_updated_v2().function_name(&self.name);
        updated.wait(LIMIT).await.unwrap();
    }

    /// A run on it that was stopped while it measured. Of the deployed state machine, `EventBridge` has the Cleaner
    /// called then.
    pub async fn stopped(&self, state_machine: &str) -> String {
        let execution = self.aws.start(state_machine, &self.input(&json!({"payload": {"ioMs": 500}}))).await;
        self.becomes(|state| state.versions.len() == 2).await;
        self.aws.sfn.stop_execution().execution_arn(&execution).send().await.unwrap();
        self.aws.wait(&execution).await;
        execution
    }

    /// Waits until it is so.
    pub async fn becomes(&self, is_it: impl Fn(&State) -> bool) {
        let start = Instant::now();
        loop {
            let state = self.state().await;
            if is_it(&state) {
                return;
            }
            assert!(start.elapsed() < LIMIT, "it stays {state:?}");
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Leaves behind what a run does that was killed: its lock, a version and an alias with its mark, another memory.
    pub async fn leave_behind(&self, journal: &str, mark: &str, memory: i32) {
        let lambda = &self.aws.lambda;
        self.set_memory(memory).await;
        let version = lambda.publish_version().function_name(&self.name).description(mark).send().await.unwrap();
        for (name, version, description) in
            [("power-tuning-lock", "$LATEST".to_owned(), journal), ("RAM512", version.version.unwrap(), mark)]
        {
            let alias = lambda.create_alias().function_name(&self.name).name(name).function_version(version);
            alias.description(description).send().await.unwrap();
        }
    }

    /// Deploys other code, which does not work.
    pub async fn deploy(&self) {
        let code = Blob::new(zipped("bootstrap", b"nothing"));
        self.aws.lambda.update_function_code().function_name(&self.name).zip_file(code).send().await.unwrap();
    }

    /// The state of the function that a run must leave as it was.
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
        Self { memory: MEMORY, description: DESCRIPTION.to_owned(), versions: Vec::new(), aliases: Vec::new() }
    }
}

/// Checks that a run succeeded.
#[track_caller]
pub fn assert_succeeded(ended: &Ended) {
    assert!(ended.succeeded, "{}: {}", ended.error, ended.cause);
}

/// Checks that a run failed with an error of this name.
#[track_caller]
pub fn assert_failed(ended: &Ended, error: &str) {
    assert_eq!((ended.succeeded, ended.error.as_str()), (false, error), "{}", ended.cause);
}

/// All warnings of a run, in one text.
#[must_use]
pub fn warnings(ended: &Ended) -> String {
    ended.output["warnings"].to_string()
}

/// The rows of a run with `includeOutputResults`.
#[must_use]
pub fn stats(ended: &Ended) -> &[Value] {
    ended.output["stats"].as_array().unwrap()
}

/// The memory sizes of these rows.
#[must_use]
pub fn values(stats: &[Value]) -> Vec<u64> {
    stats.iter().map(|row| row["value"].as_u64().unwrap()).collect()
}

/// Checks the average duration of a row against the true one: the sample function sleeps for it, never shorter and
/// hardly longer.
#[track_caller]
pub fn assert_lasts(row: &Value, payload: &Value) {
    let true_duration = true_duration(payload, u32::try_from(row["value"].as_u64().unwrap()).unwrap());
    let measured = row["averageDuration"].as_f64().unwrap();
    assert!(
        measured >= true_duration - 0.1 && measured < true_duration * 1.5,
        "{measured} instead of {true_duration}: {row}"
    );
}

/// The time that the sample function takes at a memory size, in ms.
#[must_use]
pub fn true_duration(payload: &Value, memory_mb: u32) -> f64 {
    Work::new(payload, |_| None).duration_ms(memory_mb)
}

/// The price of a region.
#[must_use]
pub fn price(region: &str) -> GbSecondPrice {
    Prices::bundled().unwrap().lambda(region, Architecture::X86).price
}

/// The best of some memory sizes, computed from what the sample function does.
#[must_use]
pub fn optimum(strategy: Strategy, payload: &Value, power_values: &[u32]) -> u32 {
    let work = Work::new(payload, |_| None);
    optimum::optimum(&work, strategy, price("us-east-1"), power_values).unwrap().megabytes()
}

fn log_group(function: &str) -> String {
    format!("/aws/lambda/{function}")
}

/// The archive of a binary. Compressing takes a second, and a sweep creates hundreds of functions from the same one.
fn zip(bootstrap: &Path) -> Vec<u8> {
    static KNOWN: Mutex<BTreeMap<PathBuf, Vec<u8>>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap();
    let make = || {
        let binary = std::fs::read(bootstrap).unwrap_or_else(|error| panic!("{}: {error}", bootstrap.display()));
        zipped("bootstrap", &binary)
    };
    known.entry(bootstrap.to_owned()).or_insert_with(make).clone()
}

fn zipped(name: &str, content: &[u8]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file(name, SimpleFileOptions::default().unix_permissions(0o755)).unwrap();
    zip.write_all(content).unwrap();
    zip.finish().unwrap().into_inner()
}
