//! Runs of the whole machine behind the proxy, and whether they ended as they may.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use serde_json::{Value, json};
use tuning::contract::error_name::ErrorName;

use crate::{
    Aws, Ended, Function, Machine, STEPS, State, endpoint,
    proxy::{Proxy, call::Resource, record::Seen, schedule::Schedule},
    stats,
    sweep::Verdict,
    warnings,
};

/// The longest time that a run may take, before it is called stuck.
const LIMIT: Duration = Duration::from_mins(2);
/// The least memory is the cheapest for a function that only waits.
const WINNER: i32 = 128;

/// The kind of run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    /// A run that leaves the function as it was.
    Plain,
    /// The same, where an update takes a while and revisions change by themselves.
    AsOnAws,
    /// A run that leaves $LATEST at the winner.
    Latest,
    /// A run that makes an alias for the winner.
    Alias,
    /// A run that moves the user's alias to the winner.
    MovedAlias,
    /// A run whose function fails.
    Failing,
    /// A run with a payload in S3, processors, and a role.
    Borrowed,
    /// A run whose function leaves no reports, which are then looked for.
    Unreported,
}

/// A run that has ended.
pub struct Run {
    /// Its calls.
    pub seen: Vec<Seen>,
    /// The problems with its end; none, if it was as it may be.
    pub problems: Vec<String>,
    right: bool,
}

/// The needs of a scenario.
struct Prepared {
    fields: Value,
    processor: Option<Function<'static>>,
    /// The subjects of its calls, beside functions.
    subjects: Vec<String>,
}

/// The machine behind a proxy.
pub struct Rig {
    /// The local AWS.
    pub aws: &'static Aws,
    /// The proxy.
    pub proxy: Proxy,
    /// The machine.
    pub machine: Machine<'static>,
    name: &'static str,
    runs: AtomicUsize,
}

impl Scenario {
    /// Every scenario.
    pub const ALL: [Self; 8] = [
        Self::Plain,
        Self::AsOnAws,
        Self::Latest,
        Self::Alias,
        Self::MovedAlias,
        Self::Failing,
        Self::Borrowed,
        Self::Unreported,
    ];

    /// True if this call of it is unlike those of the plain run, in which every call is swept.
    #[must_use]
    pub fn is_swept(self, seen: &Seen) -> bool {
        let call = &seen.call;
        match self {
            Self::Plain => true,
            Self::AsOnAws => call.step == "Publisher",
            Self::Latest => ["Optimizer", "Cleaner"].contains(&call.step),
            Self::Alias | Self::MovedAlias => call.step == "Optimizer",
            Self::Failing => call.step == "Cleaner",
            Self::Borrowed => {
                let is_processed = call.step == "Executor" && call.resource == Resource::Function;
                is_processed || [Resource::Object, Resource::Role].contains(&call.resource)
            }
            Self::Unreported => call.resource == Resource::LogGroup && seen.number == 0,
        }
    }

    /// True if it ended as it does without faults.
    fn is_right(self, ended: &Ended) -> bool {
        if self == Self::Failing { ended.error == ErrorName::FunctionError.as_str() } else { ended.succeeded }
    }

    fn settings(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Unreported => &[("LOGS", "none")],
            Self::AsOnAws => &[("AS_ON_AWS", "true")],
            _ => &[],
        }
    }
}

impl Run {
    /// The verdict on its end.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        if !self.problems.is_empty() {
            Verdict::Lost(self.problems.clone())
        } else if self.right {
            Verdict::Right
        } else {
            Verdict::FailedCleanly
        }
    }
}

impl Rig {
    /// Builds a machine of its own for one test.
    pub async fn build(name: &'static str) -> Self {
        let aws: &'static Aws = Box::leak(Box::new(Aws::connect().await));
        let proxy = Proxy::start(&endpoint(), &STEPS.map(|(step, _)| step)).await;
        let machine = aws.machine_behind(&format!("faults-{name}"), &proxy).await;
        Self { aws, proxy, machine, name, runs: AtomicUsize::new(0) }
    }

    /// Runs a scenario on the function of a worker, which is made anew.
    pub async fn run(&self, worker: usize, scenario: Scenario, schedule: Schedule) -> Run {
        let name = format!("faults-{}-{worker}", self.name);
        let function = self.aws.function_with(&name, scenario.settings()).await;
        let Prepared { fields, processor, subjects } = self.prepare(&function, scenario).await;
        let before = function.state().await;
        let functions = [Some(&function), processor.as_ref()].into_iter().flatten().map(|function| &function.name);
        let subjects: Vec<&str> = subjects.iter().chain(functions).map(String::as_str).collect();
        let run = self.proxy.begin(&subjects, schedule);
        let execution = self.aws.start(&self.machine.arn, &function.input(&fields)).await;
        let ended = tokio::time::timeout(LIMIT, self.aws.wait(&execution)).await;
        let seen = self.proxy.end(run);
        let (problems, right) = match &ended {
            Ok(ended) => (problems(&function, scenario, &before, ended).await, scenario.is_right(ended)),
            Err(_) => (vec![format!("{execution} does not end")], false),
        };
        for function in [Some(function), processor].into_iter().flatten() {
            function.delete().await;
        }
        Run { seen, problems, right }
    }

    async fn prepare(&self, function: &Function<'_>, scenario: Scenario) -> Prepared {
        let mut fields = json!({"payload": {"ioMs": 20}, "includeOutputResults": true});
        let (mut processor, mut subjects) = (None, Vec::new());
        match scenario {
            Scenario::Plain | Scenario::AsOnAws | Scenario::Unreported => {}
            Scenario::Latest => fields["autoOptimize"] = json!(true),
            Scenario::Alias => auto_optimize_alias(&mut fields),
            Scenario::MovedAlias => {
                let lambda = &self.aws.lambda;
                let version = lambda.publish_version().function_name(&function.name).send().await.unwrap().version;
                let alias = lambda.create_alias().function_name(&function.name).name("live");
                alias.set_function_version(version).send().await.unwrap();
                auto_optimize_alias(&mut fields);
            }
            Scenario::Failing => fields["payload"] = json!({"fail": true}),
            Scenario::Borrowed => {
                // Each run has a role and an object of its own: the proxy tells runs apart by what a call concerns.
                let number = self.runs.fetch_add(1, Ordering::Relaxed);
                let role = self.aws.role_to_assume(&format!("faults-{}-{number}", self.name)).await;
                let object = self.aws.put_payload(&format!("faults-{number}.json"), r#"{"ioMs": 20}"#).await;
                let answers_nothing = [("RESPOND", "null")];
                let own = self.aws.function_with(&format!("faults-processor-{number}"), &answers_nothing).await;
                fields["payload"] = Value::Null;
                fields["payloadS3"] = json!(object);
                fields["assumeRoleARN"] = json!(role);
                fields["preProcessorARN"] = json!(own.arn);
                fields["postProcessorARN"] = json!(own.arn);
                processor = Some(own);
                subjects.extend([role, object.trim_start_matches("s3://").to_owned()]);
            }
        }
        Prepared { fields, processor, subjects }
    }

    /// Deletes the machine.
    pub async fn delete(self) {
        self.machine.delete().await;
    }
}

fn auto_optimize_alias(fields: &mut Value) {
    fields["autoOptimize"] = json!(true);
    fields["autoOptimizeAlias"] = json!("live");
}

/// The problems with the end of a run.
async fn problems(function: &Function<'_>, scenario: Scenario, before: &State, ended: &Ended) -> Vec<String> {
    let mut problems = if ended.succeeded {
        of_the_result(scenario, ended, function.invocations().await)
    } else {
        of_the_error(scenario, ended)
    };
    let after = function.state().await;
    if !is_as_expected(scenario, before, &after, ended.succeeded) {
        let how = format!("{} {}", ended.error, ended.cause);
        problems.push(format!("the function was {before:?} and is {after:?} after {}", how.trim()));
    }
    problems
}

fn of_the_result(scenario: Scenario, ended: &Ended, invoked: usize) -> Vec<String> {
    let mut problems = Vec::new();
    if scenario == Scenario::Failing {
        problems.push("it succeeded with a function that fails".to_owned());
        return problems;
    }
    if ended.output["power"] != WINNER {
        problems.push(format!("the winner is {}", ended.output["power"]));
    }
    let rows = stats(ended);
    let spent = |field: &str| -> u64 { rows.iter().map(|row| row["spent"][field].as_u64().unwrap()).sum() };
    if rows.len() != 2 || rows.iter().any(|row| row["spent"]["invocations"] != 5 || row["samples"].as_u64() > Some(5)) {
        problems.push(format!("not 5 invocations of 2 memory sizes: {rows:?}"));
    }
    let (answered, unconfirmed) = (spent("invocations"), spent("unconfirmed"));
    let invoked = u64::try_from(invoked).unwrap();
    let is_said = warnings(ended).contains("lambdaCost lacks");
    if invoked < answered {
        problems.push(format!("{answered} invocations are counted, and only {invoked} were made"));
    }
    if invoked > answered + unconfirmed && !is_said {
        problems.push(format!(
            "{invoked} invocations were made, {answered} are counted and {unconfirmed} unconfirmed; warnings: {}",
            warnings(ended)
        ));
    }
    problems
}

fn of_the_error(scenario: Scenario, ended: &Ended) -> Vec<String> {
    let mut problems = Vec::new();
    if !ErrorName::ALL.iter().any(|name| name.as_str() == ended.error) || ended.cause.is_empty() {
        problems.push(format!("{} is no error of the contract: {}", ended.error, ended.cause));
    }
    if ended.error == ErrorName::ValidationError.as_str() {
        problems.push(format!("the input was right: {}", ended.cause));
    }
    if scenario != Scenario::Failing && ended.error == ErrorName::FunctionError.as_str() {
        problems.push(format!("the function did not fail: {}", ended.cause));
    }
    problems
}

fn is_as_expected(scenario: Scenario, before: &State, after: &State, succeeded: bool) -> bool {
    match scenario {
        Scenario::Latest if succeeded => *after == State { memory: WINNER, ..before.clone() },
        Scenario::Alias | Scenario::MovedAlias if succeeded => {
            let [(alias, version)] = after.aliases.as_slice() else { return false };
            let mut versions = before.versions.clone();
            versions.push((version.clone(), WINNER));
            alias == "live" && *after == State { versions, aliases: after.aliases.clone(), ..before.clone() }
        }
        _ => after == before,
    }
}
