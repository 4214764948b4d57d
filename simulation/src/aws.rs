//! AWS as a step sees it: the fake, with latencies, faults and the repetitions of the SDK; every effect goes into the
//! books.

use std::{cell::Cell, future::Future, rc::Rc, time::Duration};

use aws::{
    Executions, FunctionLogs, LambdaApi, ObjectStore,
    api::{
        Alias, AliasChange, AliasTarget, ApiError, ApiErrorKind, Configuration, Invocation, State, Update, Version,
        Wanted,
    },
    body::Body,
    executions::Execution,
    fake::FakeLambda,
    object_store::{Object, ObjectError},
};
use tokio::{sync::Notify, task::spawn_local, time::sleep};
use tuning::{
    run::journal::{Journal, Phase},
    units::{
        alias_name::AliasName,
        arn::{ExecutionArn, FunctionArn, FunctionReference, RoleArn},
        milliseconds::Milliseconds,
        power::Power,
        revision::Revision,
        s3_uri::S3Uri,
        version::VersionNumber,
    },
};

use crate::{
    ledger::{Actor, Event},
    schedule::{Call, LATEST_DELETION_MS, Mishap},
    world::{Snapshot, World},
};

/// The number of times that the SDK makes a call before it gives up: the setting of the crate aws.
const ATTEMPTS: u32 = 6;
/// The SDK's first pause; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// The fate of a Lambda function while it is at work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is killed.
    Killed,
    /// Nobody waits for it any more; it goes on.
    Forsaken,
}

/// Tells whoever invoked a Lambda function what has become of it.
#[derive(Default)]
pub(crate) struct Signal {
    fate: Cell<Option<Fate>>,
    changed: Notify,
}

impl Signal {
    fn send(&self, fate: Fate) {
        self.fate.set(Some(fate));
        self.changed.notify_one();
    }

    pub(crate) async fn received(&self) -> Fate {
        loop {
            if let Some(fate) = self.fate.get() {
                return fate;
            }
            self.changed.notified().await;
        }
    }
}

/// The way in which a read is answered from the past.
type Past<'a, T> = &'a dyn Fn(&Snapshot) -> Result<T, ApiErrorKind>;

/// AWS, as one invocation of a step sees it.
#[derive(Clone)]
pub(crate) struct Aws {
    pub(crate) world: Rc<World>,
    pub(crate) run: usize,
    pub(crate) signal: Rc<Signal>,
}

impl Aws {
    /// A call, made as often as the SDK makes it.
    async fn call<T: 'static, F: Future<Output = Result<T, ApiError>> + 'static>(
        &self,
        call: Call,
        effect: impl Fn(FakeLambda) -> F + Clone + 'static,
    ) -> Result<T, ApiError> {
        self.repeated(call, None, effect).await
    }

    /// A read, which may be answered from the past.
    async fn read<T: 'static, F: Future<Output = Result<T, ApiError>> + 'static>(
        &self,
        call: Call,
        past: impl Fn(&Snapshot) -> Result<T, ApiErrorKind>,
        effect: impl Fn(FakeLambda) -> F + Clone + 'static,
    ) -> Result<T, ApiError> {
        self.repeated(call, Some(&past), effect).await
    }

    async fn repeated<T: 'static, F: Future<Output = Result<T, ApiError>> + 'static>(
        &self,
        call: Call,
        past: Option<Past<'_, T>>,
        effect: impl Fn(FakeLambda) -> F + Clone + 'static,
    ) -> Result<T, ApiError> {
        let mut pause = FIRST_PAUSE;
        for _ in 1..ATTEMPTS {
            let answer = self.once(call, past, effect.clone()).await;
            let is_transient = |error: &ApiError| matches!(error.kind, ApiErrorKind::Throttled | ApiErrorKind::Unclear);
            if !answer.as_ref().is_err_and(is_transient) {
                return answer;
            }
            sleep(pause).await;
            pause *= 2;
        }
        self.once(call, past, effect).await
    }

    /// One request.
    async fn once<T: 'static, F: Future<Output = Result<T, ApiError>> + 'static>(
        &self,
        call: Call,
        past: Option<Past<'_, T>>,
        effect: impl Fn(FakeLambda) -> F + Clone + 'static,
    ) -> Result<T, ApiError> {
        let world = &self.world;
        let error = |kind| ApiError { call: call.name(), kind, message: format!("{kind:?}") };
        let mishap = if world.is_calm.get() { None } else { world.faults.borrow_mut().meet(self.run, call) };
        let is_unguarded = call == Call::PublishVersion && !world.aws.state().revisions_move;
        sleep(world.latency()).await;
        let act = || effect(world.aws.clone());
        let later = |late: u32| {
            let act = act();
            spawn_local(async move {
                wait(call, late).await;
                // Nobody waits for the answer.
                let _ = act.await;
            });
        };
        let answer = match mishap {
            // A synchronous invocation is made once, and so is a request to delete an alias. Where publishing does not
            // change the revision, as on AWS it does, nothing guards against a request that arrives late.
            Some(Mishap::Repeated(_)) if matches!(call, Call::Invoke | Call::DeleteAlias) || is_unguarded => {
                act().await
            }
            Some(Mishap::EffectLate(_)) if is_unguarded => Err(error(ApiErrorKind::Unclear)),
            None => act().await,
            Some(Mishap::Late(late)) => {
                wait(call, late).await;
                act().await
            }
            Some(Mishap::AnswerLate(late)) => {
                let answer = act().await;
                sleep(Duration::from_millis(late.into())).await;
                answer
            }
            Some(Mishap::Lost) => Err(error(ApiErrorKind::Unclear)),
            Some(Mishap::AnswerLost) => act().await.and(Err(error(ApiErrorKind::Unclear))),
            Some(Mishap::EffectLate(late)) => {
                later(late);
                Err(error(ApiErrorKind::Unclear))
            }
            Some(Mishap::Repeated(late)) => {
                let answer = act().await;
                later(late);
                answer
            }
            Some(Mishap::Throttled) => Err(error(ApiErrorKind::Throttled)),
            Some(Mishap::Stale(age)) => {
                let snapshot = world.ago(Duration::from_millis(age.into()));
                match (past, snapshot) {
                    (Some(past), Some(snapshot)) => past(&snapshot).map_err(error),
                    _ => act().await,
                }
            }
            Some(Mishap::KilledBefore) => self.killed().await,
            Some(Mishap::KilledAfter) => {
                let _ = act().await;
                self.killed().await
            }
            Some(Mishap::Forsaken(late)) => {
                self.signal.send(Fate::Forsaken);
                wait(call, late).await;
                act().await
            }
        };
        sleep(world.latency()).await;
        answer
    }

    async fn killed<T>(&self) -> T {
        self.signal.send(Fate::Killed);
        std::future::pending().await
    }

    /// Writes into the books what a call has done.
    fn books(&self) -> Books {
        Books { world: Rc::clone(&self.world), run: self.run }
    }
}

/// A request to delete an alias has the one delay that the protocol cannot do without a bound for.
async fn wait(call: Call, late: u32) {
    let late = if call == Call::DeleteAlias { late.min(LATEST_DELETION_MS) } else { late };
    sleep(Duration::from_millis(late.into())).await;
}

/// Where an effect is entered.
#[derive(Clone)]
struct Books {
    world: Rc<World>,
    run: usize,
}

impl Books {
    fn enter(&self, event: Event) {
        self.world.enter(Actor::Run(self.run), event);
    }
}

impl LambdaApi for Aws {
    fn acting_as(&self, _: Option<&RoleArn>) -> Self {
        self.clone()
    }

    async fn configuration(&self, function: &FunctionReference) -> Result<Configuration, ApiError> {
        let number: Option<VersionNumber> = function.qualifier.as_ref().and_then(|qualifier| qualifier.parse().ok());
        let past = move |past: &Snapshot| match number {
            None => Ok(past.latest.clone()),
            Some(number) => {
                let version = past.versions.iter().find(|version| version.number == number);
                let Version { memory, description, .. } = version.cloned().ok_or(ApiErrorKind::NotFound)?;
                Ok(Configuration { memory, description, state: State::Active, ..past.latest.clone() })
            }
        };
        let function = function.clone();
        self.read(Call::GetFunction, past, move |aws| {
            let function = function.clone();
            async move { aws.configuration(&function).await }
        })
        .await
    }

    async fn unreserved_concurrency(&self, function: &FunctionArn) -> Result<u32, ApiError> {
        let function = function.clone();
        self.call(Call::GetAccountSettings, move |aws| {
            let function = function.clone();
            async move { aws.unreserved_concurrency(&function).await }
        })
        .await
    }

    async fn set_memory(&self, function: &FunctionArn, memory: Power, revision: &Revision) -> Result<Update, ApiError> {
        let (books, arguments) = (self.books(), (function.clone(), revision.clone()));
        self.call(Call::UpdateFunctionConfiguration, move |aws| {
            let (books, (function, revision)) = (books.clone(), arguments.clone());
            async move {
                let update = aws.set_memory(&function, memory, &revision).await?;
                books.enter(Event::SetMemory { to: memory });
                Ok(update)
            }
        })
        .await
    }

    async fn publish(
        &self,
        function: &FunctionArn,
        revision: &Revision,
        description: &str,
    ) -> Result<Version, ApiError> {
        let (books, arguments) = (self.books(), (function.clone(), revision.clone(), description.to_owned()));
        self.call(Call::PublishVersion, move |aws| {
            let (books, (function, revision, description)) = (books.clone(), arguments.clone());
            async move {
                let version = aws.publish(&function, &revision, &description).await?;
                books.enter(Event::Published { version: version.number, memory: version.memory });
                Ok(version)
            }
        })
        .await
    }

    async fn versions(&self, function: &FunctionArn) -> Result<Vec<Version>, ApiError> {
        let function = function.clone();
        self.read(
            Call::ListVersions,
            |past| Ok(past.versions.clone()),
            move |aws| {
                let function = function.clone();
                async move { aws.versions(&function).await }
            },
        )
        .await
    }

    async fn aliases(&self, function: &FunctionArn) -> Result<Vec<Alias>, ApiError> {
        let function = function.clone();
        self.read(
            Call::ListAliases,
            |past| Ok(past.aliases.clone()),
            move |aws| {
                let function = function.clone();
                async move { aws.aliases(&function).await }
            },
        )
        .await
    }

    async fn alias(&self, function: &FunctionReference, name: &AliasName) -> Result<Alias, ApiError> {
        let wanted = name.clone();
        let past = move |past: &Snapshot| {
            let alias = past.aliases.iter().find(|alias| alias.name == wanted);
            alias.cloned().ok_or(ApiErrorKind::NotFound)
        };
        let arguments = (function.clone(), name.clone());
        self.read(Call::GetAlias, past, move |aws| {
            let (function, name) = arguments.clone();
            async move { aws.alias(&function, &name).await }
        })
        .await
    }

    async fn create_alias(
        &self,
        function: &FunctionArn,
        name: &AliasName,
        target: AliasTarget,
        description: &str,
    ) -> Result<Revision, ApiError> {
        let (books, arguments) = (self.books(), (function.clone(), name.clone(), description.to_owned()));
        self.call(Call::CreateAlias, move |aws| {
            let (books, (function, name, description)) = (books.clone(), arguments.clone());
            async move {
                let revision = aws.create_alias(&function, &name, target, &description).await?;
                books.enter(Event::Pointed { alias: name.to_string(), at: target, is_taken: true });
                Ok(revision)
            }
        })
        .await
    }

    async fn update_alias(
        &self,
        function: &FunctionArn,
        alias: &Alias,
        change: AliasChange<'_>,
    ) -> Result<Revision, ApiError> {
        let (target, description) = match change {
            AliasChange::Target(version) => (Some(version), None),
            AliasChange::Description(description) => (None, Some(description.to_owned())),
        };
        let (books, arguments) = (self.books(), (function.clone(), alias.clone(), description));
        self.call(Call::UpdateAlias, move |aws| {
            let (books, (function, alias, description)) = (books.clone(), arguments.clone());
            async move {
                let change = match (target, &description) {
                    (Some(version), _) => AliasChange::Target(version),
                    (None, description) => AliasChange::Description(description.as_deref().unwrap_or_default()),
                };
                let revision = aws.update_alias(&function, &alias, change).await?;
                let at = target.map_or(alias.target, AliasTarget::Version);
                let journal = description.as_deref().and_then(|description| description.parse::<Journal>().ok());
                let is_taken = journal.is_some_and(|journal| journal.phase == Phase::Taking);
                books.enter(Event::Pointed { alias: alias.name.to_string(), at, is_taken });
                Ok(revision)
            }
        })
        .await
    }

    async fn delete_alias(&self, function: &FunctionArn, name: &AliasName) -> Result<(), ApiError> {
        let (books, arguments, sent) = (self.books(), (function.clone(), name.clone()), self.world.now());
        let effect = move |aws: FakeLambda| {
            let (books, (function, name)) = (books.clone(), arguments.clone());
            async move {
                aws.delete_alias(&function, &name).await?;
                books.enter(Event::DeletedAlias { alias: name.to_string(), sent });
                Ok(())
            }
        };
        self.once(Call::DeleteAlias, None, effect).await
    }

    async fn delete_version(&self, function: &FunctionArn, version: VersionNumber) -> Result<(), ApiError> {
        let (books, function) = (self.books(), function.clone());
        self.call(Call::DeleteVersion, move |aws| {
            let (books, function) = (books.clone(), function.clone());
            async move {
                let deleted = aws.delete_version(&function, version).await;
                let is_deleted = deleted.is_ok();
                books.enter(if is_deleted { Event::DeletedVersion { version } } else { Event::Kept { version } });
                deleted
            }
        })
        .await
    }

    async fn invoke(
        &self,
        function: &FunctionArn,
        version: VersionNumber,
        limit: Milliseconds,
        body: Option<Body>,
        wanted: Wanted,
    ) -> Result<Invocation, ApiError> {
        let (books, arguments) = (self.books(), (function.clone(), body));
        let effect = move |aws: FakeLambda| {
            let (books, (function, body)) = (books.clone(), arguments.clone());
            async move {
                let invocation = aws.invoke(&function, version, limit, body, wanted).await?;
                *books.world.ledger.borrow_mut().invoked.entry(books.run).or_default() += 1;
                Ok(invocation)
            }
        };
        self.once(Call::Invoke, None, effect).await
    }

    async fn invoke_processor(
        &self,
        processor: &FunctionReference,
        body: Option<Body>,
        wanted: Wanted,
    ) -> Result<Invocation, ApiError> {
        self.world.aws.invoke_processor(processor, body, wanted).await
    }
}

impl ObjectStore for Aws {
    async fn object(&self, uri: &S3Uri) -> Result<Object, ObjectError> {
        self.world.aws.object(uri).await
    }
}

impl FunctionLogs for Aws {
    async fn events_of(
        &self,
        function: &FunctionArn,
        group: &str,
        request_ids: &[String],
        within: Duration,
    ) -> Result<Vec<String>, ApiError> {
        self.world.aws.events_of(function, group, request_ids, within).await
    }
}

impl Executions for Aws {
    async fn execution(&self, execution: &ExecutionArn) -> Result<Execution, ApiError> {
        let (asked, input) = (execution.clone(), self.world.inputs.borrow().get(&execution.0).cloned());
        let answer = self.call(Call::DescribeExecution, move |aws| {
            let execution = asked.clone();
            async move { aws.execution(&execution).await }
        });
        Ok(match answer.await? {
            Execution::Running { .. } => Execution::Running { input },
            over => over,
        })
    }

    async fn cleaner_calls(&self, execution: &ExecutionArn) -> Result<u32, ApiError> {
        let execution = execution.clone();
        self.call(Call::DescribeExecution, move |aws| {
            let execution = execution.clone();
            async move { aws.cleaner_calls(&execution).await }
        })
        .await
    }
}
