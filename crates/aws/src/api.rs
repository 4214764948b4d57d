//! The calls that power-tuner makes to AWS Lambda.

use std::future::Future;

use tuning::{
    contract::error_name::ErrorName,
    measure::log_tail::LogFormat,
    price::Architecture,
    run::plan::{Fingerprint, Logs},
    units::{
        alias_name::AliasName,
        arn::{FunctionArn, FunctionReference, RoleArn},
        milliseconds::Milliseconds,
        power::Power,
        revision::Revision,
        version::VersionNumber,
    },
};

use crate::body::Body;

/// The calls that power-tuner makes to AWS Lambda, in the domain's types.
///
/// Every call is retried while its failure is transient, except for [`LambdaApi::invoke`] and
/// [`LambdaApi::delete_alias`]: whoever invokes must count what may have run twice, and whoever deletes must look whose
/// alias it is by then.
pub trait LambdaApi: Sized {
    /// The same, with the credentials of a role; without one, with the deployment's own.
    #[must_use]
    fn acting_as(&self, role: Option<&RoleArn>) -> Self;

    /// The configuration of $LATEST, or of the version or alias that the reference names (`GetFunction`, which may be
    /// called more often than `GetFunctionConfiguration`).
    fn configuration(&self, function: &FunctionReference) -> impl Future<Output = Result<Configuration, ApiError>>;

    /// The number of invocations of functions without a concurrency of their own that can run at a time in the
    /// function's region (`GetAccountSettings`).
    fn unreserved_concurrency(&self, function: &FunctionArn) -> impl Future<Output = Result<u32, ApiError>>;

    /// Starts to set the memory of $LATEST, if its revision is still this one.
    fn set_memory(
        &self,
        function: &FunctionArn,
        memory: Power,
        revision: &Revision,
    ) -> impl Future<Output = Result<Update, ApiError>>;

    /// Publishes $LATEST, if its revision is still this one. Lambda hands back the last version instead when nothing
    /// has changed since then.
    fn publish(
        &self,
        function: &FunctionArn,
        revision: &Revision,
        description: &str,
    ) -> impl Future<Output = Result<Version, ApiError>>;

    /// All published versions.
    fn versions(&self, function: &FunctionArn) -> impl Future<Output = Result<Vec<Version>, ApiError>>;

    /// All aliases.
    fn aliases(&self, function: &FunctionArn) -> impl Future<Output = Result<Vec<Alias>, ApiError>>;

    /// One alias.
    fn alias(&self, function: &FunctionReference, name: &AliasName) -> impl Future<Output = Result<Alias, ApiError>>;

    /// Creates an alias, and returns its revision; a conflict if there is one of that name.
    fn create_alias(
        &self,
        function: &FunctionArn,
        name: &AliasName,
        target: AliasTarget,
        description: &str,
    ) -> impl Future<Output = Result<Revision, ApiError>>;

    /// Changes an alias, if nobody has changed it since it was read, and returns its revision.
    fn update_alias(
        &self,
        function: &FunctionArn,
        alias: &Alias,
        change: AliasChange<'_>,
    ) -> impl Future<Output = Result<Revision, ApiError>>;

    /// Deletes an alias; no error if there is none. The request is sent once: AWS deletes by name, and a second one
    /// could meet what somebody else has made meanwhile.
    fn delete_alias(&self, function: &FunctionArn, name: &AliasName) -> impl Future<Output = Result<(), ApiError>>;

    /// Deletes one version; no error if there is none.
    fn delete_version(
        &self,
        function: &FunctionArn,
        version: VersionNumber,
    ) -> impl Future<Output = Result<(), ApiError>>;

    /// Invokes a version and waits for its answer, somewhat longer than its time `limit`: after that, none will come.
    /// Never retried here.
    fn invoke(
        &self,
        function: &FunctionArn,
        version: VersionNumber,
        limit: Milliseconds,
        body: Option<Body>,
        wanted: Wanted,
    ) -> impl Future<Output = Result<Invocation, ApiError>>;

    /// Invokes a pre- or post-processor and waits for its answer; with the deployment's own credentials, whatever the
    /// role. Never retried here.
    fn invoke_processor(
        &self,
        processor: &FunctionReference,
        body: Option<Body>,
        wanted: Wanted,
    ) -> impl Future<Output = Result<Invocation, ApiError>>;
}

/// The configuration of a function or a version at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Configuration {
    /// The function, without a qualifier.
    pub function: FunctionArn,
    /// Memory.
    pub memory: Power,
    /// Changes with everything that changes on the function.
    pub revision: Revision,
    /// When it was updated last, if AWS says so.
    pub last_modified: Option<LastModified>,
    /// Hash of the code.
    pub code: CodeSha256,
    /// Code and configuration, except for the memory.
    pub fingerprint: Fingerprint,
    /// The description of the function or version.
    pub description: String,
    /// Instruction set.
    pub architecture: Architecture,
    /// The function's own time limit.
    pub timeout: Milliseconds,
    /// Ephemeral storage, in MB.
    pub ephemeral_storage_mb: u32,
    /// True if a snapshot is made of each published version.
    pub snap_start: bool,
    /// The number of its invocations that can run at a time, if that is reserved for it.
    pub reserved_concurrency: Option<u32>,
    /// Where its logs go.
    pub logs: Logs,
    /// The format of its logs.
    pub log_format: LogFormat,
    /// The state, which says whether it can be invoked.
    pub state: State,
    /// The state of the last update, which says whether it has taken effect.
    pub last_update: LastUpdate,
    /// Why power-tuner cannot tune a function of this kind or in this state, if so.
    pub obstacle: Option<String>,
}

/// What an update of $LATEST has led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// The revision from now on.
    pub revision: Revision,
    /// When it was made, if AWS says so.
    pub last_modified: Option<LastModified>,
}

/// The moment of the last update of a function's code or configuration, to the millisecond, as Lambda writes it. What
/// changes the revision besides, the end of an update and `PublishVersion`, is no update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastModified(pub String);

/// The state of a function or a version: whether it can be invoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It can. An inactive one, too: it becomes active when it is invoked.
    Active,
    /// Not yet: it, its network interfaces or its snapshot are being made.
    Pending,
    /// It cannot.
    Unusable {
        /// The name that AWS gives its state, and the reason.
        reason: String,
    },
}

/// The state of the last update of a function: whether it has taken effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LastUpdate {
    /// It has.
    Successful,
    /// Not yet: invocations still go to the old configuration, and other updates are refused.
    InProgress,
    /// It never will.
    Failed {
        /// As Lambda says it.
        reason: String,
    },
}

/// The hash that Lambda keeps of a function's code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeSha256(pub String);

/// A published version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its number.
    pub number: VersionNumber,
    /// Its memory.
    pub memory: Power,
    /// Its description.
    pub description: String,
}

/// An alias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// Its name.
    pub name: AliasName,
    /// The target: what it points to.
    pub target: AliasTarget,
    /// True if another version gets a share of its invocations.
    pub is_weighted: bool,
    /// Its description.
    pub description: String,
    /// Its revision.
    pub revision: Revision,
}

/// The target of an alias: what it points to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AliasTarget {
    /// The unpublished function.
    Latest,
    /// A version.
    Version(VersionNumber),
}

/// A change to an alias; the rest stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AliasChange<'a> {
    /// Point it at a version.
    Target(VersionNumber),
    /// Give it a description.
    Description(&'a str),
}

/// The part of the answer to an invocation that is wanted, besides how it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Nothing but what may be a rejection: what the function returns is kept if it is short.
    Rejection,
    /// The function's response.
    Response,
}

/// The answer to an invocation.
#[derive(Debug, Clone, PartialEq)]
pub struct Invocation {
    /// The request's id, by which its REPORT line is found.
    pub request_id: Option<String>,
    /// The time that it took by the client's clock, from when there was a connection to send the request on until the
    /// answer came.
    pub took: Milliseconds,
    /// The last 4 KB of the log.
    pub tail: String,
    /// The error that the function ended with.
    pub error: Option<FunctionError>,
    /// The function's response, as it is; nothing if that is not kept.
    pub response: Body,
}

/// An error that a function ended with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionError {
    /// Such as `ValueError`, or `Runtime.ExitError` from Lambda itself.
    pub error_type: String,
    /// The message.
    pub message: String,
}

/// A call that failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{call} failed: {message}")]
pub struct ApiError {
    /// The name of the API action, such as `PublishVersion`.
    pub call: &'static str,
    /// The kind of failure.
    pub kind: ApiErrorKind,
    /// As AWS says it.
    pub message: String,
}

impl ApiError {
    /// The name that an execution ends with, where the call is about no function that is being tuned.
    #[must_use]
    pub fn name(&self) -> ErrorName {
        match self.kind {
            ApiErrorKind::Denied | ApiErrorKind::NoCredentials | ApiErrorKind::BadCredentials => {
                ErrorName::PermissionDenied
            }
            _ => ErrorName::ServiceError,
        }
    }
}

/// The kind of failure that a call had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiErrorKind {
    /// 404: the function, version or alias does not exist.
    NotFound,
    /// 409: it exists already, is in use, or an update is in progress.
    Conflict,
    /// 412: somebody changed it in between.
    Stale,
    /// 429, or a code that says the same: nothing was done.
    Throttled,
    /// 403, or a code that says the same: the role may not do this.
    Denied,
    /// There were no credentials to sign the request with. Nothing was done.
    NoCredentials,
    /// AWS does not accept the credentials. Nothing was done.
    BadCredentials,
    /// The credentials had expired: nothing was done.
    Expired,
    /// 400: the account does not allow so much memory.
    MemoryNotAllowed,
    /// Of an invocation: there was no connection to send it with, or no credentials. Nothing was done.
    Unreached,
    /// Of an invocation: what the function needs is not there yet, such as its network or its file system. It did not
    /// run.
    NotReady,
    /// Of an invocation: what the function needs cannot be had, such as its key or its file system. It did not run.
    Unstartable,
    /// Another 4xx: the request will never be accepted.
    Refused,
    /// 5xx, a broken connection, or no answer: it may have been done.
    Unclear,
}
