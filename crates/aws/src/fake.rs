//! A Lambda function in memory, for tests: it refuses what AWS refuses, and can be told to fail.

use std::{
    cell::{Cell, RefCell, RefMut},
    collections::{HashMap, HashSet},
    rc::Rc,
    time::Duration,
};

use bytes::Bytes;
use tokio::time::{Instant, sleep};
use tuning::{
    contract::deployment::Deployment,
    measure::{log_tail::LogFormat, metric::Metric, rejection::LONGEST_REJECTION, statistics::Trim},
    price::Architecture,
    run::{
        failure::FailurePolicy,
        objective::{Limits, Strategy},
        payload::{Payload, PayloadSource},
        plan::{AutoOptimize, Fingerprint, FunctionBefore, Logs, Mode, Plan, Processors, Request, Sampling},
    },
    units::{
        alias_name::AliasName,
        arn::{ExecutionArn, FunctionArn, FunctionReference, RoleArn},
        milliseconds::Milliseconds,
        moment::Moment,
        power::Power,
        revision::Revision,
        s3_uri::S3Uri,
        version::VersionNumber,
    },
};

use crate::{
    Executions, FunctionLogs, ObjectStore,
    api::{
        Alias, AliasChange, AliasTarget, ApiError, ApiErrorKind, CodeSha256, Configuration, FunctionError, Invocation,
        LambdaApi, LastModified, LastUpdate, State, Update, Version, Wanted,
    },
    body::Body,
    executions::Execution,
    object_store::{Object, ObjectError},
};

/// The time that each call takes, apart from what an invocation does.
const LATENCY: Duration = Duration::from_millis(20);
/// The time that an update takes, where it takes a while.
const UPDATE: Duration = Duration::from_millis(600);

/// One function, and AWS Lambda around it.
#[derive(Clone)]
pub struct FakeLambda {
    shared: Rc<Shared>,
    role: Option<RoleArn>,
    gate: Option<Rc<Gate>>,
}

/// Holds one call on its way, until it is opened.
pub struct Gate {
    calls_before: Cell<usize>,
    is_reached: Cell<bool>,
    is_open: Cell<bool>,
}

impl Gate {
    /// Waits until the call has been made that is held; false if there is none within an hour.
    pub async fn reached(&self) -> bool {
        for _ in 0..3_600 {
            if self.is_reached.get() {
                return true;
            }
            sleep(Duration::from_secs(1)).await;
        }
        false
    }

    /// Lets the call take effect.
    pub fn open(&self) {
        self.is_open.set(true);
    }

    async fn pass(&self) {
        let Some(left) = self.calls_before.get().checked_sub(1) else {
            self.is_reached.set(true);
            while !self.is_open.get() {
                sleep(Duration::from_secs(1)).await;
            }
            return;
        };
        self.calls_before.set(left);
    }
}

struct Shared {
    state: RefCell<FakeFunction>,
    invoked: Box<Behaviour>,
    before_call: RefCell<Box<Hook>>,
}

/// The function's behaviour, given the invocation's memory size, number (from 0) and body.
type Behaviour = dyn Fn(Power, usize, Option<&str>) -> Behaved;
/// Is called before each call takes effect, with its name; an error is what the caller gets instead.
type Hook = dyn FnMut(&'static str, &mut FakeFunction) -> Option<ApiErrorKind>;

/// The behaviour of an invocation.
#[derive(Debug, Clone)]
pub struct Behaved {
    /// The time that it takes.
    pub duration: Duration,
    /// The lines that its log has before the REPORT line.
    pub log: String,
    /// The fields that its REPORT line has at the end; `None`: there is no REPORT line.
    pub report: Option<String>,
    /// True if the REPORT line of a cold one says how long the environment took to start.
    pub reports_init: bool,
    /// The error that it ends with.
    pub error: Option<FunctionError>,
    /// The response that it returns.
    pub response: Vec<u8>,
}

/// The state of the function.
#[derive(Debug, Clone)]
pub struct FakeFunction {
    /// $LATEST.
    pub latest: Configuration,
    /// Published versions.
    pub versions: Vec<Version>,
    /// Aliases.
    pub aliases: Vec<Alias>,
    /// Names of all calls so far.
    pub calls: Vec<&'static str>,
    /// The roles that calls on the function were made with.
    pub roles: HashSet<Option<String>>,
    /// Versions of the user's function that are not active yet, and how many more looks at them it takes.
    pub pending: HashMap<VersionNumber, u32>,
    /// The code of published versions.
    pub codes: HashMap<VersionNumber, CodeSha256>,
    /// Executions by their ARN; every other one is running, and tunes the function.
    pub executions: HashMap<String, Execution>,
    /// How often executions have called the Cleaner, by their ARN; every other one has done so once.
    pub cleaner_calls: HashMap<String, u32>,
    /// Objects in S3, by their URI.
    pub objects: HashMap<String, Object>,
    /// Events in CloudWatch Logs, and how many more queries it takes until they are there.
    pub log_events: Vec<String>,
    /// The number of further queries that find nothing.
    pub queries_until_logged: u32,
    /// The answers of the processors, by their names.
    pub processors: HashMap<String, Behaved>,
    /// Every body that a processor got, with its name.
    pub processed: Vec<(String, String)>,
    /// Every body that was sent, with the memory size of the version that got it.
    pub bodies: Vec<(Power, Option<String>)>,
    /// The most invocations that ran at the same time.
    pub most_at_once: usize,
    /// The most memory that the account allows.
    pub memory_limit: Power,
    /// True if publishing hands back the last version when nothing has changed since, though it was deleted.
    pub hands_back_deleted: bool,
    /// The number of invocations that can run at a time in the account.
    pub unreserved_concurrency: u32,
    /// Memory sizes that $LATEST had, in order.
    pub memory_history: Vec<Power>,
    /// True if an update takes a while, and its end and publishing change the revision: as on AWS. Local emulators do
    /// neither.
    pub revisions_move: bool,
    /// When the last update takes effect.
    update_ends: Instant,
    revisions: u32,
    next_version: u64,
    /// The memory, fingerprint and number of the version that was published last: the same again makes no new version.
    last_published: Option<(Power, Fingerprint, Version)>,
    running: usize,
    /// Idle environments of each version.
    idle: HashMap<VersionNumber, usize>,
}

impl Behaved {
    /// It runs for so long, and uses 64 MB.
    #[must_use]
    pub fn for_ms(ms: u64) -> Self {
        let response = b"null".to_vec();
        Self {
            duration: Duration::from_millis(ms),
            log: String::new(),
            report: Some(String::new()),
            reports_init: true,
            error: None,
            response,
        }
    }

    /// It ends with an error after 1 ms; its REPORT line ends with `report`.
    #[must_use]
    pub fn failing(error_type: &str, message: &str, report: &str) -> Self {
        let error = FunctionError { error_type: error_type.to_owned(), message: message.to_owned() };
        Self { report: Some(report.to_owned()), error: Some(error), ..Self::for_ms(1) }
    }
}

impl FakeLambda {
    /// A function with 1,024 MB that takes 10 ms.
    #[must_use]
    pub fn new() -> Self {
        Self::behaving(|_, _, _| Behaved::for_ms(10))
    }

    /// A function with 1,024 MB that does what `invoked` says.
    #[must_use]
    pub fn behaving(invoked: impl Fn(Power, usize, Option<&str>) -> Behaved + 'static) -> Self {
        let latest = Configuration {
            function: function(),
            memory: megabytes(1024),
            revision: Revision("0".to_owned()),
            last_modified: None,
            code: CodeSha256("code".to_owned()),
            fingerprint: Fingerprint("as deployed".to_owned()),
            description: String::new(),
            architecture: Architecture::X86,
            timeout: Milliseconds(3000.0),
            ephemeral_storage_mb: 512,
            snap_start: false,
            reserved_concurrency: None,
            logs: Logs { group: "/aws/lambda/f".to_owned(), reports: true },
            log_format: LogFormat::Text,
            state: State::Active,
            last_update: LastUpdate::Successful,
            obstacle: None,
        };
        let state = FakeFunction {
            memory_history: vec![latest.memory],
            memory_limit: Power::MAX,
            hands_back_deleted: false,
            unreserved_concurrency: 1000,
            latest,
            versions: Vec::new(),
            aliases: Vec::new(),
            calls: Vec::new(),
            roles: HashSet::new(),
            pending: HashMap::new(),
            codes: HashMap::new(),
            executions: HashMap::new(),
            cleaner_calls: HashMap::new(),
            objects: HashMap::new(),
            log_events: Vec::new(),
            queries_until_logged: 0,
            processors: HashMap::new(),
            processed: Vec::new(),
            bodies: Vec::new(),
            most_at_once: 0,
            revisions_move: true,
            update_ends: Instant::now(),
            revisions: 0,
            next_version: 1,
            last_published: None,
            running: 0,
            idle: HashMap::new(),
        };
        let shared = Shared {
            state: RefCell::new(state),
            invoked: Box::new(invoked),
            before_call: RefCell::new(Box::new(|_, _| None)),
        };
        Self { shared: Rc::new(shared), role: None, gate: None }
    }

    /// The same function, whose calls go through a gate: it lets so many calls pass, and holds the next one on its way.
    /// Calls through the original are not held.
    #[must_use]
    pub fn gated(&self, calls_before: usize) -> (Self, Rc<Gate>) {
        let gate =
            Gate { calls_before: Cell::new(calls_before), is_reached: Cell::new(false), is_open: Cell::new(false) };
        let gate = Rc::new(gate);
        (Self { gate: Some(Rc::clone(&gate)), ..self.clone() }, gate)
    }

    /// Calls `hook` before each call takes effect.
    pub fn before_each_call(
        &self,
        hook: impl FnMut(&'static str, &mut FakeFunction) -> Option<ApiErrorKind> + 'static,
    ) {
        *self.shared.before_call.borrow_mut() = Box::new(hook);
    }

    /// The state of the function, to look at or to change as its owner.
    #[must_use]
    pub fn state(&self) -> RefMut<'_, FakeFunction> {
        self.shared.state.borrow_mut()
    }

    /// Returns the number of times that a call was made.
    #[must_use]
    pub fn count(&self, call: &str) -> usize {
        self.state().calls.iter().filter(|made| **made == call).count()
    }

    async fn call(&self, name: &'static str) -> Result<RefMut<'_, FakeFunction>, ApiError> {
        sleep(LATENCY).await;
        if let Some(gate) = &self.gate {
            gate.pass().await;
        }
        let mut state = self.state();
        state.end_update();
        state.calls.push(name);
        state.roles.insert(self.role.as_ref().map(ToString::to_string));
        match (self.shared.before_call.borrow_mut())(name, &mut state) {
            Some(kind) => Err(failure(name, kind)),
            None => Ok(state),
        }
    }
}

impl Default for FakeLambda {
    fn default() -> Self {
        Self::new()
    }
}

impl FakeFunction {
    /// Publishes $LATEST, as its owner or as anybody.
    pub fn publish(&mut self, description: &str) -> Version {
        let published = (self.latest.memory, self.latest.fingerprint.clone());
        if let Some((memory, fingerprint, version)) = &self.last_published
            && (memory, fingerprint) == (&published.0, &published.1)
            && (self.versions.contains(version) || self.hands_back_deleted)
        {
            return version.clone();
        }
        let number = number(self.next_version);
        self.next_version += 1;
        let version = Version { number, memory: published.0, description: description.to_owned() };
        self.versions.push(version.clone());
        self.codes.insert(number, self.latest.code.clone());
        self.last_published = Some((published.0, published.1, version.clone()));
        if self.revisions_move {
            self.touch();
        }
        version
    }

    /// Creates an alias, as the function's owner. Returns its revision.
    pub fn add_alias(&mut self, name: &str, target: AliasTarget, description: &str) -> Revision {
        let revision = self.next_revision();
        let name = AliasName::try_from(name.to_owned()).unwrap_or_else(|bad| unreachable!("{bad}"));
        let description = description.to_owned();
        self.aliases.push(Alias { name, target, is_weighted: false, description, revision: revision.clone() });
        revision
    }

    /// Deploys other code, as the function's owner.
    pub fn deploy(&mut self) {
        self.latest.fingerprint = Fingerprint(format!("deployed at revision {}", self.revisions));
        self.latest.code = CodeSha256(format!("code of revision {}", self.revisions));
        self.modify();
    }

    /// Sets the memory, as the function's owner.
    pub fn set_memory(&mut self, memory: Power) {
        self.latest.memory = memory;
        self.memory_history.push(memory);
        self.modify();
    }

    /// Names of the aliases.
    #[must_use]
    pub fn alias_names(&self) -> Vec<&str> {
        self.aliases.iter().map(|alias| alias.name.as_str()).collect()
    }

    /// Ends the update that is over by now, as every call does.
    pub fn end_update(&mut self) {
        if self.update_ends <= Instant::now() && self.latest.last_update == LastUpdate::InProgress {
            self.latest.last_update = LastUpdate::Successful;
            self.touch();
        }
    }

    fn modify(&mut self) {
        self.touch();
        self.latest.last_modified = Some(LastModified(format!("at revision {}", self.revisions)));
    }

    fn touch(&mut self) {
        self.latest.revision = self.next_revision();
    }

    fn next_revision(&mut self) -> Revision {
        self.revisions += 1;
        Revision(self.revisions.to_string())
    }

    fn position(&self, name: &AliasName) -> Option<usize> {
        self.aliases.iter().position(|alias| alias.name == *name)
    }

    fn check(&self, call: &'static str, revision: &Revision) -> Result<(), ApiError> {
        if self.latest.last_update == LastUpdate::InProgress {
            Err(failure(call, ApiErrorKind::Conflict))
        } else if self.latest.revision != *revision {
            Err(failure(call, ApiErrorKind::Stale))
        } else {
            Ok(())
        }
    }
}

impl LambdaApi for FakeLambda {
    fn acting_as(&self, role: Option<&RoleArn>) -> Self {
        Self { role: role.cloned(), ..self.clone() }
    }

    async fn configuration(&self, wanted: &FunctionReference) -> Result<Configuration, ApiError> {
        let mut state = self.call("GetFunction").await?;
        let names = [function().to_string(), function().name().to_owned()];
        if !names.contains(&wanted.function) {
            return Err(failure("GetFunction", ApiErrorKind::NotFound));
        }
        if let Some(version) = wanted.qualifier.as_ref().and_then(|qualifier| qualifier.parse().ok()) {
            let looks = state.pending.entry(version).or_default();
            *looks = looks.saturating_sub(1);
            let state_of_version = if *looks == 0 { State::Active } else { State::Pending };
            let stored = state.versions.iter().find(|stored| stored.number == version);
            let Version { memory, description, .. } =
                stored.cloned().ok_or_else(|| failure("GetFunction", ApiErrorKind::NotFound))?;
            let code = state.codes.get(&version).unwrap_or(&state.latest.code).clone();
            return Ok(Configuration { state: state_of_version, memory, description, code, ..state.latest.clone() });
        }
        Ok(state.latest.clone())
    }

    async fn unreserved_concurrency(&self, _: &FunctionArn) -> Result<u32, ApiError> {
        Ok(self.call("GetAccountSettings").await?.unreserved_concurrency)
    }

    async fn set_memory(&self, _: &FunctionArn, memory: Power, revision: &Revision) -> Result<Update, ApiError> {
        let mut state = self.call("UpdateFunctionConfiguration").await?;
        state.check("UpdateFunctionConfiguration", revision)?;
        if memory > state.memory_limit {
            let message = format!(
                "'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to {}",
                state.memory_limit.megabytes()
            );
            return Err(ApiError { message, ..failure("UpdateFunctionConfiguration", ApiErrorKind::MemoryNotAllowed) });
        }
        state.set_memory(memory);
        if state.revisions_move {
            state.latest.last_update = LastUpdate::InProgress;
            state.update_ends = Instant::now() + UPDATE;
        }
        let Configuration { revision, last_modified, .. } = state.latest.clone();
        Ok(Update { revision, last_modified })
    }

    async fn publish(&self, _: &FunctionArn, revision: &Revision, description: &str) -> Result<Version, ApiError> {
        let mut state = self.call("PublishVersion").await?;
        state.check("PublishVersion", revision)?;
        Ok(state.publish(description))
    }

    async fn versions(&self, _: &FunctionArn) -> Result<Vec<Version>, ApiError> {
        Ok(self.call("ListVersionsByFunction").await?.versions.clone())
    }

    async fn aliases(&self, _: &FunctionArn) -> Result<Vec<Alias>, ApiError> {
        Ok(self.call("ListAliases").await?.aliases.clone())
    }

    async fn alias(&self, _: &FunctionReference, name: &AliasName) -> Result<Alias, ApiError> {
        let state = self.call("GetAlias").await?;
        let alias = state.aliases.iter().find(|alias| alias.name == *name);
        alias.cloned().ok_or_else(|| failure("GetAlias", ApiErrorKind::NotFound))
    }

    async fn create_alias(
        &self,
        _: &FunctionArn,
        name: &AliasName,
        target: AliasTarget,
        description: &str,
    ) -> Result<Revision, ApiError> {
        let mut state = self.call("CreateAlias").await?;
        if let AliasTarget::Version(version) = target
            && !state.versions.iter().any(|stored| stored.number == version)
        {
            return Err(failure("CreateAlias", ApiErrorKind::NotFound));
        }
        if state.position(name).is_some() {
            return Err(failure("CreateAlias", ApiErrorKind::Conflict));
        }
        Ok(state.add_alias(name.as_str(), target, description))
    }

    async fn update_alias(
        &self,
        _: &FunctionArn,
        alias: &Alias,
        change: AliasChange<'_>,
    ) -> Result<Revision, ApiError> {
        let mut state = self.call("UpdateAlias").await?;
        let position = state.position(&alias.name).ok_or_else(|| failure("UpdateAlias", ApiErrorKind::NotFound))?;
        let revision = state.next_revision();
        let stored = &mut state.aliases[position];
        if stored.revision != alias.revision {
            return Err(failure("UpdateAlias", ApiErrorKind::Stale));
        }
        match change {
            AliasChange::Target(version) => stored.target = AliasTarget::Version(version),
            AliasChange::Description(description) => description.clone_into(&mut stored.description),
        }
        stored.revision = revision.clone();
        Ok(revision)
    }

    async fn delete_alias(&self, _: &FunctionArn, name: &AliasName) -> Result<(), ApiError> {
        let mut state = self.call("DeleteAlias").await?;
        state.aliases.retain(|alias| alias.name != *name);
        Ok(())
    }

    async fn delete_version(&self, _: &FunctionArn, version: VersionNumber) -> Result<(), ApiError> {
        let mut state = self.call("DeleteFunction").await?;
        if state.aliases.iter().any(|alias| alias.target == AliasTarget::Version(version)) {
            return Err(failure("DeleteFunction", ApiErrorKind::Conflict));
        }
        state.versions.retain(|stored| stored.number != version);
        Ok(())
    }

    async fn invoke(
        &self,
        _: &FunctionArn,
        version: VersionNumber,
        _: Milliseconds,
        body: Option<Body>,
        wanted: Wanted,
    ) -> Result<Invocation, ApiError> {
        let begin = Instant::now();
        let (memory, behaved, cold, id) = {
            let mut state = self.call("Invoke").await?;
            let stored = state.versions.iter().find(|stored| stored.number == version);
            let memory = stored.ok_or_else(|| failure("Invoke", ApiErrorKind::NotFound))?.memory;
            let count = state.bodies.iter().filter(|(power, _)| *power == memory).count();
            let body = body.map(|body| String::from_utf8_lossy(&body).into_owned());
            let behaved = (self.shared.invoked)(memory, count, body.as_deref());
            state.bodies.push((memory, body));
            state.running += 1;
            state.most_at_once = state.most_at_once.max(state.running);
            let idle = state.idle.entry(version).or_default();
            let cold = *idle == 0;
            *idle = idle.saturating_sub(1);
            (memory, behaved, cold, format!("request-{}", state.bodies.len()))
        };
        sleep(behaved.duration).await;
        let mut state = self.state();
        state.running -= 1;
        *state.idle.entry(version).or_default() += 1;
        let ms = behaved.duration.as_secs_f64() * 1e3;
        let says_init = cold && behaved.reports_init;
        let (init, billed) = if says_init { ("\tInit Duration: 100.00 ms", ms + 100.0) } else { ("", ms) };
        let tail = behaved.report.as_ref().map(|rest| {
            format!(
                "REPORT RequestId: {id}\tDuration: {ms:.2} ms\tBilled Duration: {:.0} ms\tMemory Size: {} MB\tMax Memory Used: 64 MB{init}\t{rest}\n",
                billed.ceil(),
                memory.megabytes()
            )
        });
        let tail = behaved.log.clone() + &tail.unwrap_or_default();
        let response = kept(&behaved, wanted);
        Ok(Invocation { request_id: Some(id), took: took_since(begin), tail, error: behaved.error, response })
    }

    async fn invoke_processor(
        &self,
        processor: &FunctionReference,
        body: Option<Body>,
        wanted: Wanted,
    ) -> Result<Invocation, ApiError> {
        let (name, begin) = (processor.to_string(), Instant::now());
        let behaved = {
            let own = Self { role: None, ..self.clone() };
            let mut state = own.call("InvokeProcessor").await?;
            let body = String::from_utf8_lossy(&body.unwrap_or_default()).into_owned();
            state.processed.push((name.clone(), body));
            let known = state.processors.get(&name).cloned();
            known.ok_or_else(|| failure("InvokeProcessor", ApiErrorKind::NotFound))?
        };
        sleep(behaved.duration).await;
        let response = kept(&behaved, wanted);
        Ok(Invocation {
            request_id: None,
            took: took_since(begin),
            tail: String::new(),
            error: behaved.error,
            response,
        })
    }
}

fn took_since(begin: Instant) -> Milliseconds {
    Milliseconds(begin.elapsed().as_secs_f64() * 1e3)
}

fn kept(behaved: &Behaved, wanted: Wanted) -> Body {
    match wanted {
        Wanted::Response => Bytes::from(behaved.response.clone()).into(),
        Wanted::Rejection if behaved.response.len() <= LONGEST_REJECTION => {
            Bytes::from(behaved.response.clone()).into()
        }
        Wanted::Rejection => Body::default(),
    }
}

impl ObjectStore for FakeLambda {
    async fn object(&self, uri: &S3Uri) -> Result<Object, ObjectError> {
        let found = self.state().objects.get(&uri.to_string()).cloned();
        found.ok_or_else(|| ObjectError::NotFound { uri: uri.clone() })
    }
}

impl Executions for FakeLambda {
    async fn execution(&self, execution: &ExecutionArn) -> Result<Execution, ApiError> {
        let state = self.call("DescribeExecution").await?;
        let running = || Execution::Running { input: Some(format!("{{\"lambdaARN\": \"{}\"}}", function())) };
        Ok(state.executions.get(&execution.0).cloned().unwrap_or_else(running))
    }

    async fn cleaner_calls(&self, execution: &ExecutionArn) -> Result<u32, ApiError> {
        Ok(self.call("GetExecutionHistory").await?.cleaner_calls.get(&execution.0).copied().unwrap_or(1))
    }
}

impl FunctionLogs for FakeLambda {
    async fn events_of(
        &self,
        _: &FunctionArn,
        _: &str,
        request_ids: &[String],
        _: Duration,
    ) -> Result<Vec<String>, ApiError> {
        let mut state = self.call("FilterLogEvents").await?;
        if state.queries_until_logged > 0 {
            state.queries_until_logged -= 1;
            return Ok(Vec::new());
        }
        let mentioned = |event: &&String| request_ids.iter().any(|id| event.contains(id.as_str()));
        Ok(state.log_events.iter().filter(mentioned).cloned().collect())
    }
}

/// The function that there is.
#[must_use]
pub fn function() -> FunctionArn {
    "arn:aws:lambda:us-east-1:123456789012:function:f".parse().unwrap_or_else(|bad| unreachable!("{bad}"))
}

fn megabytes(mb: u32) -> Power {
    Power::new(mb).unwrap_or(Power::MIN)
}

fn number(number: u64) -> VersionNumber {
    number.to_string().parse().unwrap_or(VersionNumber::NONE)
}

fn failure(call: &'static str, kind: ApiErrorKind) -> ApiError {
    ApiError { call, kind, message: format!("{kind:?}") }
}

/// A deployment that sets nothing that a test would not say.
#[must_use]
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

/// A plan for that function, with 10 invocations of each memory size.
#[must_use]
pub fn plan(power_values: &[u32]) -> Plan {
    Plan {
        execution: ExecutionArn("arn:aws:states:us-east-1:123456789012:execution:m:run".to_owned()),
        retries: 0,
        function: function(),
        before: FunctionBefore {
            memory: megabytes(1024),
            architecture: Architecture::X86,
            timeout: Milliseconds(3000.0),
            fingerprint: Fingerprint("as deployed".to_owned()),
            highest_version: VersionNumber::NONE,
            ephemeral_storage_mb: 512,
            snap_start: false,
            logs: Logs { group: "/aws/lambda/f".to_owned(), reports: true },
        },
        request: Request {
            power_values: power_values.iter().copied().map(megabytes).collect(),
            power_concurrency: 0,
            values_at_a_time: 46,
            mode: Mode::Tune,
            sampling: Sampling::serial(10),
            real_sampling: None,
            search: None,
            max_spend: None,
            payload: PayloadSource::Inline(Payload::None),
            processors: Processors::default(),
            failures: FailurePolicy::default(),
            strategy: Strategy::Cost,
            metric: Metric::Average,
            limits: Limits::default(),
            trim: Trim::DEFAULT,
            compare_with_current: false,
            invocations_per_month: None,
            auto_optimize: AutoOptimize::Off,
            include_output_results: true,
            assume_role: None,
            warnings: Vec::new(),
        },
        ends: Moment(u64::MAX),
        visualization_url: "https://example.com/".to_owned(),
    }
}

impl FakeLambda {
    /// The function, locked for the run of a plan.
    #[must_use]
    pub fn locked_for(plan: &Plan) -> Self {
        let api = Self::new();
        let journal = plan.journal(plan.before.memory).to_string();
        api.state().add_alias(AliasName::lock().as_str(), AliasTarget::Latest, &journal);
        api
    }
}
