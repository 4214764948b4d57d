//! The Initializer: checks the whole input, reads the function once, takes the lock, and returns the plan.
//!
//! Until the lock is taken nothing is changed: an input that is refused costs nothing.

mod concurrency;
mod error;

use std::time::Duration;

use aws::{
    ApiErrorKind, Executions, LambdaApi, ObjectStore,
    api::{Configuration, State, Version},
    executions::Execution,
    object_store::ObjectError,
};
use concurrency::concurrency;
use custody::{
    ControlError, Deadline, alias,
    holder::{self, Holder, HolderError},
    latest::{self, MayHaveSet, Steps},
    lock::{self, Lock, Taken},
    published,
    undo::{Run, Undone, undo},
};
pub use error::Error;
use tuning::{
    contract::{
        deployment::Deployment,
        input::{self, Input, PayloadObject},
        step::{
            RunState,
            analyzer::Analysis,
            initializer,
            publisher::{KnownLatest, Publication},
        },
    },
    decide::{
        auto::{self, Decision, Searched},
        expectation,
        search::Hopeless,
    },
    price::Prices,
    run::{
        journal::{Journal, Phase},
        plan::{AutoOptimize, FunctionBefore, Mode, Plan},
        round::Round,
    },
    units::{
        arn::{ExecutionArn, FunctionArn},
        moment::Moment,
        s3_uri::S3Uri,
        version::VersionNumber,
    },
};

/// The number of times that taking the lock is tried, if the function is changed between looking at it and locking it.
const ATTEMPTS: u32 = 3;

/// Why a function with a reserved concurrency of 0 cannot be tuned.
const NEVER_INVOKED: &str = "its reserved concurrency is 0, so that Lambda lets no invocation through. Reserve at least 1, or remove the reservation";

/// Makes the plan of a run.
pub async fn handle(
    api: &(impl LambdaApi + ObjectStore + Executions),
    deployment: &Deployment,
    prices: &Prices,
    deadline: Deadline,
    event: initializer::Input,
) -> Result<RunState, Error> {
    let object = match input::payload_in_s3(&event.input) {
        Some(uri) => Some(payload_object(api, &uri).await?),
        None => None,
    };
    let mut input = Input::parse(&event.input, deployment, object)?;
    let api = &api.acting_as(input.request.assume_role.as_ref());
    let Locked { latest, journal, known } =
        lock_function(api, deadline, &mut input, &event.execution, event.retries).await?;
    let concurrency = concurrency(api, &latest, &input.request).await;
    input.request.warnings.extend(too_slow(&latest, deployment));
    let ends = deadline.now().plus(deployment.execution_time_limit);
    let mut plan = plan(input, latest, journal, ends, deployment);
    if let Some(concurrency) = concurrency {
        concurrency.bound(&mut plan.request);
    }
    let round = first_round(&mut plan, prices)?;
    tracing::info!(function = %plan.function, power_values = plan.request.power_values.len(), "made the plan");
    let publication = Publication { retries: event.retries, latest: known, ..Publication::default() };
    let expected = expectation::expected(&plan, &round, prices, |_| None);
    tracing::info!(
        function = %plan.function,
        invocations = expected.invocations,
        lambda_cost = expected.lambda_cost.0,
        seconds = expected.seconds,
        "expects"
    );
    let analysis = Analysis { expected: Some(expected), ..Analysis::before(round) };
    Ok(RunState { plan, publication, analysis })
}

/// The payload in S3, or what is wrong with it; an error only if S3 did not say.
async fn payload_object(store: &impl ObjectStore, uri: &S3Uri) -> Result<Result<PayloadObject, String>, Error> {
    match store.object(uri).await {
        Ok(object) => Ok(Ok(PayloadObject { text: object.text, etag: object.etag })),
        Err(broken @ ObjectError::Broken { .. }) => Err(broken.into()),
        Err(refused) => Ok(Err(refused.to_string())),
    }
}

/// Of a function that may take longer than the Executor can wait.
fn too_slow(latest: &Configuration, deployment: &Deployment) -> Option<String> {
    let longest = deployment.longest_invocation();
    let timeout = Duration::from_secs_f64(latest.timeout.0 / 1000.0);
    (timeout > longest).then(|| {
        format!(
            "the function's timeout is {} s, but the Executor waits at most {} s for an invocation \
             (totalExecutionTimeout): a memory size at which it takes longer cannot be measured",
            timeout.as_secs(),
            longest.as_secs()
        )
    })
}

/// The function as it was locked.
struct Locked {
    latest: Configuration,
    journal: Journal,
    /// $LATEST, if the lock was confirmed after that look.
    known: Option<KnownLatest>,
}

/// Locks the function. A run that was stopped meanwhile, whose Cleaner found no lock yet, must not keep it: so it is
/// asked about under the lock. The journal must say what the function was like before this run, so that it is looked at
/// again under the lock, and confirmed then: another run may have ended, or somebody may have deployed, in between. The
/// newest call of this run takes the lock from an earlier one, which may be at work still: the Publisher is not called
/// before this call has answered.
async fn lock_function(
    api: &(impl LambdaApi + Executions),
    deadline: Deadline,
    input: &mut Input,
    execution: &ExecutionArn,
    retries: u32,
) -> Result<Locked, Error> {
    let mut inherited: Option<Lock> = None;
    for _ in 0..ATTEMPTS {
        let found = tunable(api, input).await?;
        let highest_version = highest_version_before(api, &found, execution).await?;
        let memory = found.memory;
        let journal = Journal { execution: execution.clone(), memory, highest_version, phase: Phase::Taking, retries };
        let taken = match inherited.take() {
            Some(stale) => lock::inherit(api, &found.function, &stale, &journal).await?.map(Taken::Now),
            None => None,
        };
        let taken = match taken {
            Some(taken) => taken,
            None => lock::take(api, &found.function, journal).await?,
        };
        if let Taken::ByAnother(stale) = taken {
            let (healed, lock) = heal(api, deadline, &found.function, &stale.journal).await?;
            input.request.warnings.extend(healed);
            inherited = lock;
            continue;
        }
        let latest = latest::settled(api, &(&found.function).into()).await?;
        let is_steady = latest.memory == memory && latest.fingerprint == found.fingerprint;
        let is_stopped = matches!(api.execution(execution).await, Ok(Execution::Over { .. }));
        match taken {
            Taken::Now(lock) if is_steady && !is_stopped => {
                if let Some(journal) = lock::confirm(api, &found.function, &lock).await? {
                    let known = Some(KnownLatest { memory, revision: latest.revision.clone() });
                    return Ok(Locked { latest, journal, known });
                }
            }
            Taken::Before(journal) if !is_stopped => return Ok(Locked { latest, journal, known: None }),
            Taken::Now(lock) => lock::free(api, &found.function, lock).await?,
            Taken::Before(_) | Taken::ByAnother(_) => {}
        }
        if is_stopped {
            return Err(Error::Stopped { function: found.function.to_string() });
        }
    }
    Err(Error::Unsteady { function: input.function.to_string() })
}

/// Undoes what a run left that is over, and returns its lock; one that is not over keeps it.
async fn heal(
    api: &(impl LambdaApi + Executions),
    deadline: Deadline,
    function: &FunctionArn,
    stale: &Journal,
) -> Result<(Vec<String>, Option<Lock>), Error> {
    let holder = &stale.execution;
    let busy = || ControlError::Busy { function: function.to_string(), holder: holder.to_string() };
    let Holder { started, is_running, has_cleaned_up } = match holder::holder(api, function, stale).await {
        Ok(holder) => holder,
        Err(HolderError::Unproven(unproven)) => return Err(unproven.into()),
        Err(HolderError::Unknown(error)) => {
            tracing::warn!(%function, %holder, %error, "whether the run that holds the lock is over is not known");
            return Err(busy().into());
        }
    };
    if is_running {
        return Err(busy().into());
    }
    let listed = started.power_values();
    let may_have_set = match listed.as_deref() {
        // It has put $LATEST back: what is there now was set since.
        _ if has_cleaned_up => MayHaveSet::Nothing,
        Some(listed) => MayHaveSet::Listed(listed),
        None => MayHaveSet::Unknown,
    };
    let steps = Steps::Interrupted;
    let run = Run { function: &function.into(), execution: holder, state: None, may_have_set, steps };
    let Undone { warnings, is_put_back, lock } = undo(api, deadline, run).await?;
    tracing::info!(%function, %holder, is_put_back, "undid what a run had left that is over");
    let what = if is_put_back { format!("put back to {}", stale.memory) } else { "unlocked".to_owned() };
    let healed = format!("{holder} was over and had left the function locked: it was {what} first");
    Ok(([healed].into_iter().chain(warnings).collect(), lock.map(|(_, lock)| lock)))
}

/// $LATEST, if it can be tuned. Tuning sets the memory of $LATEST, so that a version or an alias can only stand for it
/// when it has the same code.
async fn tunable(api: &impl LambdaApi, input: &Input) -> Result<Configuration, Error> {
    let mut reference = input.function.clone();
    let qualifier = reference.qualifier.take();
    let latest = latest::settled(api, &reference).await?;
    let unusable = match &latest.state {
        State::Unusable { reason } => Some(reason),
        State::Active | State::Pending => None,
    };
    let throttled = (latest.reserved_concurrency == Some(0)).then(|| NEVER_INVOKED.to_owned());
    if let Some(obstacle) = latest.obstacle.as_ref().or(unusable).or(throttled.as_ref()) {
        return Err(Error::NotTunable { function: latest.function.to_string(), obstacle: obstacle.clone() });
    }
    if let Some(qualifier) = qualifier {
        let named = api.configuration(&input.function).await.map_err(ControlError::from)?;
        if named.code != latest.code {
            return Err(Error::OtherCode { function: latest.function.to_string(), qualifier });
        }
    }
    if let AutoOptimize::Alias(name) = &input.request.auto_optimize {
        match api.alias(&(&latest.function).into(), name).await {
            Ok(alias) => alias::must_release(api, &latest.function, &alias, &latest.code).await?,
            Err(error) if error.kind == ApiErrorKind::NotFound => {}
            Err(error) => return Err(ControlError::from(error).into()),
        }
    }
    Ok(latest)
}

/// Returns what is measured first: all of a list; of a search, where it begins. The memory sizes of the plan are those
/// that a round was planned for.
fn first_round(plan: &mut Plan, prices: &Prices) -> Result<Round, Error> {
    let price = prices.lambda(plan.function.region(), plan.before.architecture).price;
    let Some(request) = plan.request.search.clone() else { return Ok(Round::of_list(plan, price)) };
    let nothing = Searched { measurements: &[], rounds: 0, verified: None, last_version: VersionNumber::NONE };
    match auto::decide(plan, &request, price, nothing) {
        Decision::Measure(round, _) => {
            plan.request.power_values.clone_from(&round.power_values);
            Ok(match plan.request.mode {
                Mode::Tune => round,
                Mode::DryRun => Round::of_list(plan, price),
            })
        }
        Decision::Hopeless(why) => Err(why.into()),
        Decision::Found { .. } => Err(Hopeless::Budget.into()),
    }
}

/// The highest version before the run. If one carries its mark, an earlier call of the Initializer was late: the run
/// has published since, and what is higher may be of it or of somebody who did meanwhile.
async fn highest_version_before(
    api: &impl LambdaApi,
    found: &Configuration,
    execution: &ExecutionArn,
) -> Result<VersionNumber, Error> {
    let versions = api.versions(&found.function).await.map_err(ControlError::from)?;
    let is_own = |version: &&Version| published::is_disposable(execution, &version.description);
    let first = versions.iter().filter(is_own).map(|version| version.number).min();
    let before = versions.iter().map(|version| version.number).filter(|&number| first.is_none_or(|own| number < own));
    Ok(before.max().unwrap_or(VersionNumber::NONE))
}

fn plan(input: Input, latest: Configuration, journal: Journal, ends: Moment, deployment: &Deployment) -> Plan {
    let mut request = input.request;
    if request.compare_with_current && request.search.is_none() && !request.power_values.contains(&journal.memory) {
        request.power_values.push(journal.memory);
        request.power_values.sort_unstable();
    }
    Plan {
        execution: journal.execution,
        retries: journal.retries,
        function: latest.function,
        before: FunctionBefore {
            memory: journal.memory,
            architecture: latest.architecture,
            timeout: latest.timeout,
            fingerprint: latest.fingerprint,
            highest_version: journal.highest_version,
            ephemeral_storage_mb: latest.ephemeral_storage_mb,
            snap_start: latest.snap_start,
            logs: latest.logs,
        },
        request,
        ends,
        visualization_url: deployment.visualization_url.clone(),
    }
}

#[cfg(test)]
mod tests;
