//! The schedule of a simulation, what happens and when: runs, what the function's owner does meanwhile, and what goes
//! wrong.

use proptest::{collection::vec, option, prelude::*, sample::select};
use serde::{Deserialize, Serialize};

/// The longest time between sending a request to delete an alias and its effect. AWS has no conditional deletion, so
/// that the protocol depends on this one bound: `docs/safety.md`.
pub const LATEST_DELETION_MS: u32 = 7_800;

/// A schedule. The same one always leads to the same simulation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// Draws how long calls take that nothing is wrong with, and the pauses of retries.
    pub seed: u64,
    /// True if an update takes a while, and its end and publishing change the revision.
    pub revisions_move: bool,
    /// The executions.
    pub runs: Vec<Run>,
    /// The deeds of the function's owner.
    pub deeds: Vec<Deed>,
    /// The things that go wrong.
    pub faults: Vec<Fault>,
}

/// An execution of the state machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// When it is started, in ms.
    pub starts_ms: u32,
    /// The memory sizes, or how `AUTO` searches.
    pub kind: Kind,
    /// The place where the function is to be left at the winner, if at all.
    pub optimize: Optimize,
    /// When somebody stops it, in ms after its start.
    pub stopped_ms: Option<u32>,
    /// The delays with which `EventBridge` says that it was stopped or failed, in ms; once, twice, or never.
    pub events_ms: Vec<u32>,
}

/// The kind of measurement that a run makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// A list of memory sizes.
    List(Vec<u32>),
    /// The same, with a version for each invocation.
    ColdStarts(Vec<u32>),
    /// A search.
    Auto,
}

/// The place where the function is to be left at the winner, if at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Optimize {
    /// No.
    No,
    /// On $LATEST.
    Latest,
    /// Behind the alias `live`.
    Alias,
}

/// A deed of the function's owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    /// When, in ms.
    pub at_ms: u32,
    /// The deed.
    pub what: What,
}

/// The deeds that the function's owner can do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// Sets the memory, in MB.
    SetMemory(u32),
    /// Deploys other code.
    Deploy,
    /// Publishes $LATEST.
    Publish,
    /// Points an alias at the newest version, whoever published it: creates or moves it.
    Point(String),
    /// Deletes an alias that is not power-tuner's own.
    Delete(String),
    /// Deletes the lock.
    DeleteLock,
    /// Writes another description into the lock.
    EditLock,
}

/// Something that goes wrong once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// With what this execution does, counted from 0.
    pub run: usize,
    /// With calls of this kind.
    pub call: Call,
    /// With the call of that number, counted from 0.
    pub nth: u32,
    /// The mishap.
    pub what: Mishap,
}

/// A kind of call: of AWS, or of a step itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Call {
    /// Step Functions or `EventBridge` invokes a step.
    Step,
    /// `GetFunction`.
    GetFunction,
    /// `GetAccountSettings`.
    GetAccountSettings,
    /// `UpdateFunctionConfiguration`.
    UpdateFunctionConfiguration,
    /// `PublishVersion`.
    PublishVersion,
    /// `ListVersionsByFunction`.
    ListVersions,
    /// `ListAliases`.
    ListAliases,
    /// `GetAlias`.
    GetAlias,
    /// `CreateAlias`.
    CreateAlias,
    /// `UpdateAlias`.
    UpdateAlias,
    /// `DeleteAlias`.
    DeleteAlias,
    /// `DeleteFunction`, of a version.
    DeleteVersion,
    /// `Invoke`.
    Invoke,
    /// `DescribeExecution`.
    DescribeExecution,
}

impl Call {
    /// All kinds.
    pub const ALL: [Self; 14] = [
        Self::Step,
        Self::GetFunction,
        Self::GetAccountSettings,
        Self::UpdateFunctionConfiguration,
        Self::PublishVersion,
        Self::ListVersions,
        Self::ListAliases,
        Self::GetAlias,
        Self::CreateAlias,
        Self::UpdateAlias,
        Self::DeleteAlias,
        Self::DeleteVersion,
        Self::Invoke,
        Self::DescribeExecution,
    ];

    /// Its name, as an error has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Step => "Step",
            Self::GetFunction => "GetFunction",
            Self::GetAccountSettings => "GetAccountSettings",
            Self::UpdateFunctionConfiguration => "UpdateFunctionConfiguration",
            Self::PublishVersion => "PublishVersion",
            Self::ListVersions => "ListVersionsByFunction",
            Self::ListAliases => "ListAliases",
            Self::GetAlias => "GetAlias",
            Self::CreateAlias => "CreateAlias",
            Self::UpdateAlias => "UpdateAlias",
            Self::DeleteAlias => "DeleteAlias",
            Self::DeleteVersion => "DeleteFunction",
            Self::Invoke => "Invoke",
            Self::DescribeExecution => "DescribeExecution",
        }
    }
}

/// A mishap with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Mishap {
    /// It is on its way for so many ms; the caller waits. So is a Lambda function that is frozen.
    Late(u32),
    /// It takes effect, and the answer is on its way for so many ms.
    AnswerLate(u32),
    /// It never arrives; the caller is told that the connection broke.
    Lost,
    /// It takes effect; the caller is told that the connection broke.
    AnswerLost,
    /// The caller is told that the connection broke; so many ms later it takes effect.
    EffectLate(u32),
    /// It takes effect, and once more so many ms later.
    Repeated(u32),
    /// It is refused with 429.
    Throttled,
    /// A read is answered as it was so many ms ago.
    Stale(u32),
    /// The Lambda function is killed before it is sent.
    KilledBefore,
    /// The Lambda function is killed after it has taken effect.
    KilledAfter,
    /// Step Functions stops waiting for the Lambda function, which makes this call so many ms later and goes on.
    Forsaken(u32),
}

impl Schedule {
    /// Draws a schedule.
    pub fn any() -> impl Strategy<Value = Self> {
        let parts = (any::<u64>(), any::<bool>(), vec(run(), 1..=3), vec(deed(), 0..=3), vec(fault(), 0..=6));
        parts.prop_map(|(seed, revisions_move, runs, deeds, faults)| Self { seed, revisions_move, runs, deeds, faults })
    }
}

/// Within a second, a few seconds, or a minute.
fn delay() -> impl Strategy<Value = u32> {
    prop_oneof![3 => 0..1_000u32, 3 => 1_000..15_000u32, 1 => 15_000..60_000u32]
}

/// While runs are at work.
fn moment() -> impl Strategy<Value = u32> {
    prop_oneof![4 => 0..3_000u32, 3 => 3_000..12_000u32, 1 => 12_000..40_000u32]
}

fn powers() -> impl Strategy<Value = Vec<u32>> {
    proptest::sample::subsequence(vec![128, 256, 512, 1024, 1769], 2..=3)
}

fn run() -> impl Strategy<Value = Run> {
    let kind = prop_oneof![
        24 => powers().prop_map(Kind::List),
        4 => powers().prop_map(Kind::ColdStarts),
        1 => Just(Kind::Auto),
    ];
    let optimize = prop_oneof![2 => Just(Optimize::No), 1 => Just(Optimize::Latest), 1 => Just(Optimize::Alias)];
    let events = prop_oneof![
        6 => delay().prop_map(|delay| vec![delay]),
        2 => (delay(), delay()).prop_map(|(one, other)| vec![one, other]),
        1 => Just(Vec::new()),
    ];
    let parts = (moment(), kind, optimize, option::weighted(0.4, moment()), events);
    parts.prop_map(|(starts_ms, kind, optimize, stopped_ms, events_ms)| Run {
        starts_ms,
        kind,
        optimize,
        stopped_ms,
        events_ms,
    })
}

pub(crate) fn deed() -> impl Strategy<Value = Deed> {
    let alias = || select(vec!["live".to_owned(), "theirs".to_owned(), "RAM128".to_owned()]);
    let what = prop_oneof![
        6 => select(vec![128, 256, 512, 640, 1024, 2048]).prop_map(What::SetMemory),
        3 => Just(What::Deploy),
        3 => Just(What::Publish),
        3 => alias().prop_map(What::Point),
        1 => alias().prop_map(What::Delete),
        1 => Just(What::DeleteLock),
        1 => Just(What::EditLock),
    ];
    (moment(), what).prop_map(|(at_ms, what)| Deed { at_ms, what })
}

pub(crate) fn fault() -> impl Strategy<Value = Fault> {
    let mishap = prop_oneof![
        4 => delay().prop_map(Mishap::Late),
        4 => delay().prop_map(Mishap::AnswerLate),
        2 => Just(Mishap::Lost),
        3 => Just(Mishap::AnswerLost),
        2 => delay().prop_map(Mishap::EffectLate),
        2 => delay().prop_map(Mishap::Repeated),
        1 => Just(Mishap::Throttled),
        4 => (0..900u32).prop_map(Mishap::Stale),
        3 => Just(Mishap::KilledBefore),
        3 => Just(Mishap::KilledAfter),
        4 => delay().prop_map(Mishap::Forsaken),
    ];
    let call = select(Call::ALL.to_vec());
    let nth = prop_oneof![3 => Just(0u32), 2 => 1..4u32, 1 => 4..12u32];
    (0..3usize, call, nth, mishap).prop_map(|(run, call, nth, what)| Fault { run, call, nth, what })
}
