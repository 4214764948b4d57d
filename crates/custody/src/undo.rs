//! Undoing what a run did to a function.
//!
//! It works from the journal on the function and from what the state of the execution says: so it can be done twice, in
//! any state, finds what a step made that died before it could say so, and needs no lock if the state has the plan. The
//! lock goes last: as long as something is left, so is the journal that says what. What one answer of AWS lacks is
//! looked for again.

use std::{cell::Cell, time::Duration};

use aws::{
    api::{Alias, AliasTarget, ApiErrorKind, Configuration, LambdaApi, Version},
    executions::{Execution, Executions},
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::time::Instant;
use tuning::{
    contract::step::publisher::Target,
    run::{
        journal::{Journal, Mark, OptimumMark, Phase},
        plan::Plan,
    },
    units::{
        alias_name::AliasName,
        arn::{ExecutionArn, FunctionArn, FunctionReference},
        power::Power,
        version::VersionNumber,
    },
};

use crate::{
    deadline::Deadline,
    doubt::{list_again, look_again},
    error::ControlError,
    latest::{self, After, Change, MayHaveSet, Restored, Set, Standing, Steps},
    lock::{self, Lock, OfRun},
    published,
};

/// The time that one more deletion may take.
pub const TIME_FOR_ONE: Duration = Duration::from_secs(10);

/// For how long a list of aliases is believed.
const BELIEVED_FOR: Duration = Duration::from_secs(1);

/// The number of deletions that are under way at a time. An account has 15 such calls a second in all.
const AT_ONCE: usize = 3;

/// Why something could not be undone yet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UndoError {
    /// There was no time left.
    #[error("there was no time left to delete everything; the next call goes on")]
    OutOfTime,
    /// A call failed.
    #[error(transparent)]
    Control(#[from] ControlError),
}

/// A run that is to be undone, as far as it is known.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// The function that it tuned.
    pub function: &'a FunctionReference,
    /// The run.
    pub execution: &'a ExecutionArn,
    /// The state of its execution, if there is one.
    pub state: Option<State<'a>>,
    /// The memory sizes that it can have set $LATEST to.
    pub may_have_set: MayHaveSet<'a>,
    /// The state of its steps: whether they may still be at work.
    pub steps: Steps,
}

impl Run<'_> {
    /// The versions that the state names.
    fn named(&self) -> impl Iterator<Item = VersionNumber> {
        let targets = self.state.map_or(&[][..], |state| state.targets);
        let optimum = self.state.and_then(|state| state.optimum);
        targets.iter().flat_map(|target| &target.versions).copied().chain(optimum)
    }
}

/// The state of an execution, as far as undoing needs it.
#[derive(Debug, Clone, Copy)]
pub struct State<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The memory that $LATEST is to have now.
    pub memory: Power,
    /// The memory sizes that were measured, with their versions; some versions may be older than the run.
    pub targets: &'a [Target],
    /// The winner, once there is one.
    pub winner: Option<Power>,
    /// The version that the Optimizer has published for an alias.
    pub optimum: Option<VersionNumber>,
    /// True if a step has put $LATEST back, and none was to change it since: another memory is somebody else's choice
    /// then.
    pub is_put_back: bool,
    /// True if the Optimizer has put it back, unless the lock was lost.
    pub has_given_up: bool,
    /// How often the Cleaner was called before: an earlier call may have freed the lock.
    pub retries: u32,
}

/// The outcome of undoing.
#[derive(Debug, Default)]
pub struct Undone {
    /// Warnings of what could not or must not be undone, and of what others did meanwhile.
    pub warnings: Vec<String>,
    /// True if $LATEST has the memory again that it had before the run.
    pub is_put_back: bool,
    /// The function and the run's lock on it, which is still to be freed or taken over.
    pub lock: Option<(FunctionArn, Lock)>,
}

/// Undoes what a run did to a function, except for its lock.
pub async fn undo(api: &(impl LambdaApi + Executions), deadline: Deadline, run: Run<'_>) -> Result<Undone, UndoError> {
    let held = lock::of_run(api, run.function, run.execution).await?;
    if matches!(held, OfRun::Lost { .. }) && run.state.is_none() {
        return delete_marked(api, deadline, run).await;
    }
    let unqualified = FunctionReference { qualifier: None, ..run.function.clone() };
    let Some(latest) = settled_if_there(api, &unqualified).await? else {
        let warnings = vec![format!("{unqualified} does not exist any more: there was nothing to put back")];
        return Ok(Undone { warnings, ..Undone::default() });
    };
    let function = latest.function.clone();
    let mut warnings: Vec<String> = foreign_changes(run, &latest).into_iter().collect();
    let held = match (held, run.steps) {
        (OfRun::Held(lock), Steps::Interrupted) => lock::close(api, &function, lock).await?,
        (held, _) => held,
    };
    let mut journal = match (&held, run.state) {
        (OfRun::Held(lock), None) => lock.journal.clone(),
        (OfRun::Held(lock), Some(state)) if state.plan.has_written(&lock.journal, state.winner) => {
            // The Optimizer has answered that the winner is set: another call of it, which came late, says nothing.
            let is_optimized = state.memory != state.plan.before.memory;
            Journal { memory: if is_optimized { state.memory } else { lock.journal.memory }, ..lock.journal.clone() }
        }
        // A call of the Initializer that came late may have taken a lock that was lost: its journal is not the plan's.
        (_, Some(state)) => state.plan.journal(state.memory),
        // Somebody has freed the lock meanwhile: what its journal said may be long out of date.
        (OfRun::Lost { .. }, None) => return delete_marked(api, deadline, run).await,
    };
    if let Some(State { plan, .. }) = run.state {
        // A call of the Initializer that came late may have taken the lock once more.
        journal.highest_version = journal.highest_version.min(plan.before.highest_version);
    }
    let owes_nothing = journal.owes_nothing();
    let is_held = matches!(held, OfRun::Held(_));
    let is_lost = Cell::new(!is_held && !is_undone(api, &function, &journal, run).await?);
    let standing = async || {
        Ok(match lock::of_run(api, &(&function).into(), &journal.execution).await? {
            OfRun::Held(lock) if lock.journal.phase != Phase::Released => Standing::Ours,
            OfRun::Lost { another_holds: true } => Standing::AnotherRun,
            // Another call of the Cleaner may have freed the lock, before or since this one has looked.
            _ if !waits(api, run).await? || is_undone(api, &function, &journal, run).await? => Standing::Nobody,
            OfRun::Held(_) | OfRun::Lost { .. } => {
                is_lost.set(true);
                Standing::Ours
            }
        })
    };
    // Another run changes the revision by itself, and whatever memory there is may be its own.
    let restored = if held == (OfRun::Lost { another_holds: true }) {
        Restored::LeftToAnotherRun(latest.memory)
    } else {
        let has_given_up = run.state.is_some_and(|state| state.has_given_up && is_held);
        let is_put_back = run.state.is_some_and(|state| state.is_put_back) || has_given_up || owes_nothing;
        let may_have_set = if is_put_back { MayHaveSet::Nothing } else { run.may_have_set };
        let after = match run.steps {
            Steps::Interrupted if !owes_nothing => After::Interruption,
            Steps::Interrupted | Steps::Over => After::Steps(Box::new(latest)),
        };
        latest::restore(api, &function, &journal, may_have_set, after, standing).await?
    };
    if is_lost.get() {
        warnings.push(format!(
            "the lock was lost: the alias power-tuning-lock on {function} was deleted or changed during the run. \
             Another run may have worked on the function at the same time"
        ));
    }
    let before = run.state.map_or(journal.memory, |state| state.plan.before.memory);
    warnings.extend(left_at(restored, journal.memory, before));
    let listed = aliases_of_run(api, &function, &journal, run).await?;
    delete_aliases(api, deadline, &function, &journal, &listed).await?;
    delete_unlisted_aliases(api, &function, &journal, run, &listed).await?;
    warnings.extend(delete_versions(api, deadline, &function, &journal, run).await?);
    let lock = match held {
        OfRun::Held(lock) => Some((function, lock)),
        OfRun::Lost { .. } => None,
    };
    Ok(Undone { warnings, is_put_back: restored == Restored::AsWritten, lock })
}

/// Says at which memory $LATEST was left, if that is not the one that was to be restored.
fn left_at(restored: Restored, wanted: Power, before: Power) -> Option<String> {
    match restored {
        Restored::AsWritten => None,
        Restored::LeftAlone(memory) => {
            Some(format!("$LATEST was left at {memory}: somebody set that during the run, which had begun at {before}"))
        }
        Restored::LeftWithoutLock(memory) if memory == wanted => None,
        Restored::LeftWithoutLock(memory) => Some(format!(
            "$LATEST was left at {memory}, because the lock is gone by now. This run had begun at {before}: check the memory"
        )),
        Restored::LeftToAnotherRun(memory) => Some(format!(
            "$LATEST was left at {memory}, because another run has the lock by now. This run had begun at {before}: \
             check the memory when the other run has ended"
        )),
    }
}

/// Returns true if the execution still waits for this call of its Cleaner, and has not made another one since.
async fn waits(api: &impl Executions, run: Run<'_>) -> Result<bool, ControlError> {
    let this_call = run.state.map_or(0, |state| state.retries) + 1;
    let waiting = look_again(async || {
        let is_running = matches!(api.execution(run.execution).await?, Execution::Running { .. });
        Ok((is_running && (1..=this_call).contains(&api.cleaner_calls(run.execution).await?)).then_some(()))
    });
    Ok(waiting.await?.is_some())
}

/// Returns true if an earlier call of the Cleaner has freed the lock of a run. The lock goes last: so nothing is left
/// then but what is in use.
async fn is_undone(
    api: &impl LambdaApi,
    function: &FunctionArn,
    journal: &Journal,
    run: Run<'_>,
) -> Result<bool, ControlError> {
    if run.state.is_none_or(|state| state.retries == 0) {
        return Ok(false);
    }
    let (mark, aliases) = (Mark(journal.execution.clone()), api.aliases(function).await?);
    let is_used = |number| aliases.iter().any(|alias| alias.target == AliasTarget::Version(number));
    let mut versions = published_since(api, function, journal, run).await?;
    versions.retain(|version| mark.is_on(&version.description) && !is_used(version.number));
    Ok(versions.is_empty() && !aliases.iter().any(|alias| mark.is_on(&alias.description)))
}

/// Puts $LATEST back for a step that stops because somebody has changed the function: as long as the step knows what it
/// has set itself. The Cleaner could not tell that from what somebody else has set. The lock is closed for it, because
/// another call of the step may be at work. This call may itself be late, and the Cleaner at work: so it changes
/// nothing but the revision that it saw while the lock was open, and nothing at all if it did not close the lock
/// itself. Without a lock nothing is done: the run may be long over.
///
/// # Errors
///
/// If the lock or $LATEST was changed in between: the Cleaner is to see to it.
pub async fn put_back_at_once(api: &impl LambdaApi, plan: &Plan, may_have_set: &[Power]) -> Result<(), ControlError> {
    let (function, before) = (&plan.function, plan.before.memory);
    let latest = latest::settled(api, &function.into()).await?;
    let changed = || latest::changed(function, "its lock or its revision changed while it was put back");
    let lock = match lock::of_run(api, &function.into(), &plan.execution).await? {
        OfRun::Held(lock) if lock.journal.phase == Phase::Open => lock,
        OfRun::Held(_) => return Err(changed()),
        OfRun::Lost { .. } => return Ok(()),
    };
    let closing = Journal { phase: Phase::Closing, memory: before, ..lock.journal.clone() };
    if !lock::rewrite(api, function, &lock, &closing).await? {
        return Err(changed());
    }
    let from = latest.memory;
    // Also if it has that memory already: only an update tells that the look was not stale.
    let to = if MayHaveSet::Listed(may_have_set).includes(from) { before } else { from };
    match latest::try_to_set(api, function, Change { from, to }, &latest.revision).await? {
        Set::Done(_) => Ok(()),
        Set::SomebodyWasFaster => Err(changed()),
    }
}

/// Deletes what carries the mark of a run of which nothing else is known: it never took the lock, or is cleaned up, or
/// somebody deleted its lock. What memory $LATEST had before it nobody can tell then.
async fn delete_marked(api: &impl LambdaApi, deadline: Deadline, run: Run<'_>) -> Result<Undone, UndoError> {
    let unqualified = FunctionReference { qualifier: None, ..run.function.clone() };
    let Some(latest) = settled_if_there(api, &unqualified).await? else { return Ok(Undone::default()) };
    let Configuration { function, memory, .. } = latest;
    let execution = run.execution.clone();
    let journal =
        Journal { execution, memory, highest_version: VersionNumber::NONE, phase: Phase::Closing, retries: 0 };
    let mut versions = published_since(api, &function, &journal, run).await?;
    versions.retain(|version| published::is_disposable(run.execution, &version.description));
    let listed = aliases_of_run(api, &function, &journal, run).await?;
    if versions.is_empty() && listed.aliases.is_empty() {
        return Ok(Undone::default());
    }
    delete_aliases(api, deadline, &function, &journal, &listed).await?;
    let kept = versions.iter().map(|version| delete_or_keep(api, deadline, &function, &journal, version));
    let kept: Vec<Option<String>> = stream::iter(kept).buffered(AT_ONCE).try_collect().await?;
    let lost = format!(
        "the lock was lost: the alias power-tuning-lock on {function} was deleted or changed, and nothing else says \
         what memory $LATEST had before the run. It has {memory} now: check it"
    );
    Ok(Undone { warnings: kept.into_iter().flatten().chain([lost]).collect(), ..Undone::default() })
}

/// The configuration of $LATEST; `None` when several looks say that there is no such function.
async fn settled_if_there(
    api: &impl LambdaApi,
    function: &FunctionReference,
) -> Result<Option<Configuration>, ControlError> {
    look_again(async || match latest::settled(api, function).await {
        Ok(latest) => Ok(Some(latest)),
        Err(error) if error.is(ApiErrorKind::NotFound) => Ok(None),
        Err(error) => Err(error),
    })
    .await
}

/// Describes what others changed on $LATEST besides its memory.
fn foreign_changes(run: Run<'_>, latest: &Configuration) -> Option<String> {
    let is_changed = run.state.is_some_and(|state| state.plan.before.fingerprint != latest.fingerprint);
    is_changed.then(|| {
        "the code or the configuration of $LATEST was changed during the run: what was measured is what it was before"
            .to_owned()
    })
}

/// The aliases of a run.
struct Listed {
    aliases: Vec<Alias>,
    /// When they were asked for.
    asked: Instant,
}

/// Deletes aliases of a run. If the list is old, they are looked at first, so that an alias stays that somebody else
/// has made since.
async fn delete_aliases(
    api: &impl LambdaApi,
    deadline: Deadline,
    function: &FunctionArn,
    journal: &Journal,
    listed: &Listed,
) -> Result<(), UndoError> {
    let deleted = listed.aliases.iter().map(|alias| async {
        in_time(deadline)?;
        if listed.asked.elapsed() < BELIEVED_FOR {
            published::delete_alias(api, function, &alias.name, &journal.execution).await?;
        } else {
            delete_alias_of_run(api, function, journal, &alias.name).await?;
        }
        Ok(())
    });
    stream::iter(deleted).buffer_unordered(AT_ONCE).try_collect().await
}

/// Deletes aliases of what the state names, if the list lacked them, which may be stale.
async fn delete_unlisted_aliases(
    api: &impl LambdaApi,
    function: &FunctionArn,
    journal: &Journal,
    run: Run<'_>,
    listed: &Listed,
) -> Result<(), ControlError> {
    // An earlier call of the Cleaner has deleted them.
    let targets = run.state.filter(|state| state.retries == 0).map_or(&[][..], |state| state.targets);
    let pointed = targets.iter().filter_map(|target| Some((target.power, *target.versions.first()?)));
    let is_listed = |version| listed.aliases.iter().any(|alias| alias.target == AliasTarget::Version(version));
    for (power, version) in pointed.filter(|&(_, version)| !is_listed(version)) {
        delete_aliases_by_name(api, function, journal, power, version).await?;
    }
    Ok(())
}

/// Deletes the run's versions. One that somebody else points an alias at, or uses otherwise, is theirs now.
async fn delete_versions(
    api: &impl LambdaApi,
    deadline: Deadline,
    function: &FunctionArn,
    journal: &Journal,
    run: Run<'_>,
) -> Result<Vec<String>, UndoError> {
    let published = published_since(api, function, journal, run).await?;
    let is_disposable = |version: &Version| published::is_disposable(&journal.execution, &version.description);
    let unlisted = unlisted(api, function, journal, run, &published).await?;
    let versions: Vec<Version> = published.iter().chain(&unlisted).filter(|v| is_disposable(v)).cloned().collect();
    let kept = versions.iter().map(|version| delete_or_keep(api, deadline, function, journal, version));
    let kept: Vec<Option<String>> = stream::iter(kept).buffered(AT_ONCE).try_collect().await?;
    let others = published.iter().filter(|version| !is_disposable(version));
    let sizes = run.state.map_or(run.may_have_set, |state| MayHaveSet::Planned(state.plan));
    let before = run.state.map_or(journal.memory, |state| state.plan.before.memory);
    let released = others.filter(|version| version.memory != before && sizes.includes(version.memory)).map(|version| {
        format!(
            "version {} was published by somebody else during the run, and has {}: publish it again if that is not \
             what it should have",
            version.number, version.memory
        )
    });
    Ok(kept.into_iter().flatten().chain(released).collect())
}

/// The versions that were published since the run began. One list is believed if it has all that the state names: what
/// it does not name was published before, to make the next version a new one.
async fn published_since(
    api: &impl LambdaApi,
    function: &FunctionArn,
    journal: &Journal,
    run: Run<'_>,
) -> Result<Vec<Version>, ControlError> {
    let list = async || published::published_since(api, function, journal).await;
    if run.steps == Steps::Over {
        let listed = list().await?;
        let is_listed = |number| listed.iter().any(|version| version.number == number);
        if run.named().all(|number| number <= journal.highest_version || is_listed(number)) {
            return Ok(listed);
        }
    }
    list_again(list).await
}

/// The aliases of the run. Those of a run that is over have names that the state tells, too.
async fn aliases_of_run(
    api: &impl LambdaApi,
    function: &FunctionArn,
    journal: &Journal,
    run: Run<'_>,
) -> Result<Listed, ControlError> {
    let asked = Instant::now();
    let list = async || published::aliases(api, function, journal).await;
    let aliases = match run.steps {
        Steps::Over => list().await?,
        Steps::Interrupted => list_again(list).await?,
    };
    Ok(Listed { aliases, asked })
}

/// Versions that the state names and the list lacks, which may be stale: by their numbers.
async fn unlisted(
    api: &impl LambdaApi,
    function: &FunctionArn,
    journal: &Journal,
    run: Run<'_>,
    listed: &[Version],
) -> Result<Vec<Version>, ControlError> {
    let is_listed = |number| listed.iter().any(|version| version.number == number);
    let mut found = Vec::new();
    for number in run.named().filter(|&number| number > journal.highest_version && !is_listed(number)) {
        let reference = FunctionReference { qualifier: Some(number.to_string()), ..function.into() };
        match api.configuration(&reference).await {
            Ok(Configuration { memory, description, .. }) => found.push(Version { number, memory, description }),
            Err(error) if error.kind == ApiErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(found)
}

/// Says why a version was kept, if it was.
async fn delete_or_keep(
    api: &impl LambdaApi,
    deadline: Deadline,
    function: &FunctionArn,
    journal: &Journal,
    version: &Version,
) -> Result<Option<String>, UndoError> {
    in_time(deadline)?;
    if delete_version(api, function, version).await? {
        return Ok(None);
    }
    // A step that was interrupted may have pointed one more alias of the run at it; and a list may have been stale.
    let asked = Instant::now();
    let listed = Listed { aliases: published::aliases(api, function, journal).await?, asked };
    delete_aliases(api, deadline, function, journal, &listed).await?;
    delete_aliases_by_name(api, function, journal, version.memory, version.number).await?;
    if delete_version(api, function, version).await? || is_the_optimum(journal, version) {
        return Ok(None);
    }
    let users = aliases_of(api, function, AliasTarget::Version(version.number)).await?;
    Ok(Some(format!("version {} was kept, because it is in use: {users}", version.number)))
}

/// Deletes the aliases that the run may have pointed at a version, by the names that it gives them.
async fn delete_aliases_by_name(
    api: &impl LambdaApi,
    function: &FunctionArn,
    journal: &Journal,
    power: Power,
    version: VersionNumber,
) -> Result<(), ControlError> {
    for name in [AliasName::for_power(power), AliasName::for_power_and_version(power, version)] {
        delete_alias_of_run(api, function, journal, &name).await?;
    }
    Ok(())
}

/// Deletes an alias if a look shows that the run has made it.
async fn delete_alias_of_run(
    api: &impl LambdaApi,
    function: &FunctionArn,
    journal: &Journal,
    name: &AliasName,
) -> Result<(), ControlError> {
    if published::has_alias(api, function, name, &journal.execution).await? {
        published::delete_alias(api, function, name, &journal.execution).await?;
    }
    Ok(())
}

/// Deletes a version, and returns true if that could be done; it cannot while the version is in use.
async fn delete_version(api: &impl LambdaApi, function: &FunctionArn, version: &Version) -> Result<bool, ControlError> {
    match api.delete_version(function, version.number).await {
        Ok(()) => {
            tracing::info!(%function, version = %version.number, "deleted a version");
            Ok(true)
        }
        Err(error) if error.kind == ApiErrorKind::Conflict => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn is_the_optimum(journal: &Journal, version: &Version) -> bool {
    OptimumMark(journal.execution.clone()).is_on(&version.description)
}

async fn aliases_of(api: &impl LambdaApi, function: &FunctionArn, target: AliasTarget) -> Result<String, ControlError> {
    let aliases: Vec<Alias> = api.aliases(function).await?;
    let names: Vec<String> =
        aliases.iter().filter(|alias| alias.target == target).map(|alias| alias.name.to_string()).collect();
    Ok(if names.is_empty() { "AWS does not say by whom".to_owned() } else { format!("alias {}", names.join(", ")) })
}

fn in_time(deadline: Deadline) -> Result<(), UndoError> {
    if deadline.allows(TIME_FOR_ONE) { Ok(()) } else { Err(UndoError::OutOfTime) }
}
