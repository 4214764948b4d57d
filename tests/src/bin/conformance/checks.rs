//! The checks, in the order of their numbers.
#![expect(clippy::unwrap_used, reason = "a check that breaks off has failed, and says where")]

use std::time::Duration;

use aws_sdk_lambda::{client::Waiters, error::ProvideErrorMetadata, error::SdkError};
use end_to_end::{Ended, Function, State};
use serde_json::{Value, json};

use crate::{
    account::{Account, words},
    check::{About, Outcome},
    filter_patterns,
};

/// The longest time that cleaning up may take, once an execution was stopped.
const CLEANING: Duration = Duration::from_mins(10);
/// The longest time that a change of a function may take.
const CHANGING: Duration = Duration::from_mins(5);
/// So many lanes are asked for on AWS, and on the local AWS, where each is a process on this machine.
const LANES: (u32, u32) = (200, 20);
/// A payload of about so many bytes is given inline.
const INLINE: usize = 150_000;

/// A check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    DeleteGrant,
    LogGroup,
    FilterPatterns,
    Tracing,
    Vpc,
    Revisions,
    PublishAfterDeletion,
    InlinePayload,
    CustomerManagedKey,
    Lanes,
    OnlyColdStarts,
    Abort,
    TwoAtOnce,
    SnapStart,
    Image,
}

impl Check {
    /// All checks. Those that need no run are first.
    pub const ALL: [Self; 15] = [
        Self::DeleteGrant,
        Self::LogGroup,
        Self::FilterPatterns,
        Self::Tracing,
        Self::Vpc,
        Self::Revisions,
        Self::PublishAfterDeletion,
        Self::InlinePayload,
        Self::CustomerManagedKey,
        Self::Lanes,
        Self::OnlyColdStarts,
        Self::Abort,
        Self::TwoAtOnce,
        Self::SnapStart,
        Self::Image,
    ];

    /// The purpose of the check.
    pub fn about(self) -> About {
        let about = |title, proves| About { title, proves, gb_seconds: 1.0, further_usd: 0.0, not_shown_locally: None };
        match self {
            Self::DeleteGrant => about(
                "DeleteFunction with a qualifier",
                "a grant on qualified ARNs lets a version be deleted, and not the function",
            ),
            Self::LogGroup => about(
                "FilterLogEvents on one log group",
                "the two forms of the grant let that log group be read, and no other",
            ),
            Self::FilterPatterns => About {
                not_shown_locally: Some("the local AWS imitates what is documented"),
                ..about(
                    "the filter patterns of power-tuner monitor",
                    "CloudWatch Logs finds the values in a report that Lambda has written, in JSON, and of a timeout",
                )
            },
            Self::Tracing => About {
                not_shown_locally: Some("the local AWS has no X-Ray"),
                ..about("tracing: Active", "executions are traced, and the state machine may send the traces")
            },
            Self::Vpc => about("a VPC", "the steps reach AWS from the subnets that are named"),
            Self::Revisions => About {
                not_shown_locally: Some("the local AWS imitates what is believed"),
                ..about(
                    "RevisionId and LastModified of $LATEST",
                    "the revision changes at an update, at the end of the update and at PublishVersion, LastModified at \
                     the update alone, and neither at CreateAlias",
                )
            },
            Self::PublishAfterDeletion => About {
                not_shown_locally: Some("the local AWS may number otherwise than AWS"),
                ..about(
                    "PublishVersion after the newest equal version was deleted",
                    "whichever number it returns, a function is tuned twice at its current memory alone",
                )
            },
            Self::InlinePayload => about("an inline payload of 150 KB", "every task takes its input, the Cleaner too"),
            Self::CustomerManagedKey => About {
                not_shown_locally: Some("the local AWS does not ask KMS"),
                ..about(
                    "a customer managed key",
                    "with kmsKeyArns, a function is tuned whose environment has a key of its own",
                )
            },
            Self::Lanes => About {
                gb_seconds: f64::from(LANES.0) * 2.0 * 0.5,
                not_shown_locally: Some("the local AWS is one machine, and gets fewer lanes"),
                ..about(
                    "200 lanes",
                    "each lane is invoked at the same time as the others, in an environment of its own",
                )
            },
            Self::OnlyColdStarts => about("onlyColdStarts", "each version starts an environment, and all are deleted"),
            Self::Abort => {
                about("a run that is aborted", "EventBridge has the Cleaner called, and the function is as before")
            }
            Self::TwoAtOnce => {
                about("two runs on a function at once", "one tunes it, the other ends with FunctionBusy")
            }
            Self::SnapStart => About {
                // Two versions of 0.5 GB, cached for three hours, and restored.
                further_usd: 2.0 * 0.5 * (3.0 * 3600.0 * 0.000_001_504_6 + 10.0 * 0.000_139_799_8),
                not_shown_locally: Some("the local AWS makes no snapshots"),
                ..about("SnapStart", "versions are waited for until their snapshots are made, and restored")
            },
            Self::Image => about("a container image", "a function is tuned whose code is an image"),
        }
    }

    /// Does it.
    pub async fn run(self, account: &Account) -> Outcome {
        let setting = &account.setting;
        match self {
            Self::DeleteGrant => delete_grant(account).await,
            Self::LogGroup => log_group(account).await,
            Self::FilterPatterns => filter_patterns::find_what_is_in_reports(account).await,
            Self::Tracing => tracing(account).await,
            Self::Vpc if setting.is_in_vpc => vpc(account).await,
            Self::Vpc => Outcome::NotShown("no subnets are named: --subnet-ids, --security-group-ids".to_owned()),
            Self::Revisions => revisions(account).await,
            Self::PublishAfterDeletion => publish_after_deletion(account).await,
            Self::InlinePayload => {
                let payload = json!({"ioMs": 1, "filler": "x".repeat(INLINE)});
                tuned(account, &setting.waiting, &json!({"payload": payload})).await
            }
            Self::CustomerManagedKey => tuned(account, &setting.keyed, &json!({})).await,
            Self::Lanes => lanes(account).await,
            Self::OnlyColdStarts => only_cold_starts(account).await,
            Self::Abort => abort(account).await,
            Self::TwoAtOnce => two_at_once(account).await,
            Self::SnapStart => tuned(account, &setting.snapped, &json!({"powerValues": [256, 512]})).await,
            Self::Image => match &setting.image {
                Some(image) => tuned(account, image, &json!({})).await,
                None => Outcome::NotShown("no function with an image is named: --image-function".to_owned()),
            },
        }
    }
}

/// A run that succeeds and leaves the function as it was.
async fn tuned(account: &Account, function: &str, fields: &Value) -> Outcome {
    let function = account.aws.existing(function).await;
    let before = function.state().await;
    let ended = account.tune(&function, fields).await;
    left(&function, &before, &ended, ended.succeeded).await
}

/// Checks that it ended as it should, and that the function is as before.
async fn left(function: &Function<'_>, before: &State, ended: &Ended, is_right: bool) -> Outcome {
    let after = function.state().await;
    let is_as_before = after == *before;
    let function = if is_as_before { "as before".to_owned() } else { format!("{after:?} instead of {before:?}") };
    Outcome::of(is_right && is_as_before, format!("the run {}; the function is {function}", words(ended)))
}

/// The answer to a call that was to be denied, or not.
fn answered<T, E: ProvideErrorMetadata, R>(answer: Result<T, SdkError<E, R>>) -> String {
    match answer {
        Ok(_) => "success".to_owned(),
        Err(error) => error.code().unwrap_or("no answer").to_owned(),
    }
}

fn is_denied(answer: &str) -> bool {
    answer.starts_with("AccessDenied")
}

/// Nothing is deleted: there is no such function.
async fn delete_grant(account: &Account) -> Outcome {
    let lambda = aws_sdk_lambda::Client::new(&account.probing().await);
    let delete = || lambda.delete_function().function_name(&account.setting.nobody);
    let (version, whole) = (answered(delete().qualifier("7").send().await), answered(delete().send().await));
    let is_so = version != "no answer" && !is_denied(&version) && is_denied(&whole);
    Outcome::of(is_so, format!("with a qualifier: {version}; without: {whole}"))
}

async fn log_group(account: &Account) -> Outcome {
    let logs = aws_sdk_cloudwatchlogs::Client::new(&account.probing().await);
    let name = account.setting.nobody.rsplit(':').next().unwrap();
    let group = format!("/aws/lambda/{name}");
    let look = async |group: &str| answered(logs.filter_log_events().log_group_name(group).send().await);
    let (named, other) = (look(&group).await, look(&format!("{group}-2")).await);
    let is_so = named != "no answer" && !is_denied(&named) && is_denied(&other);
    Outcome::of(is_so, format!("the log group that is named: {named}; another: {other}"))
}

async fn tracing(account: &Account) -> Outcome {
    let aws = &account.aws;
    let machine = aws.sfn.describe_state_machine().state_machine_arn(&aws.state_machine).send().await.unwrap();
    // The local AWS does not keep the setting.
    let is_on = account.setting.is_local || machine.tracing_configuration.is_some_and(|tracing| tracing.enabled);
    let role = machine.role_arn.rsplit('/').next().unwrap();
    let mut may_send = false;
    for policy in account.iam.list_role_policies().role_name(role).send().await.unwrap().policy_names {
        let policy = account.iam.get_role_policy().role_name(role).policy_name(policy).send().await.unwrap();
        may_send |= policy.policy_document.contains("PutTraceSegments");
    }
    let function = aws.existing(&account.setting.waiting).await;
    let ended = account.tune(&function, &json!({"payload": {"ioMs": 1}})).await;
    let described = aws.sfn.describe_execution().execution_arn(&ended.execution).send().await.unwrap();
    let said = if may_send { "may" } else { "may not" };
    let seen = format!("the state machine {said} send traces; the run {}", words(&ended));
    let seen = if is_on { seen } else { format!("tracing is off; {seen}") };
    if !(is_on && may_send && ended.succeeded) {
        return Outcome::Failed(seen);
    }
    match described.trace_header {
        Some(trace) => Outcome::Passed(format!("{seen}; its trace: {trace}")),
        None if account.setting.is_local => Outcome::Passed(seen),
        None => Outcome::NotShown(format!("{seen}; AWS names no trace of it: look whether X-Ray has one")),
    }
}

async fn vpc(account: &Account) -> Outcome {
    let aws = &account.aws;
    let machine = aws.sfn.describe_state_machine().state_machine_arn(&aws.state_machine).send().await.unwrap();
    let definition: Value = serde_json::from_str(&machine.definition).unwrap();
    let initializer = definition["States"]["Initializer"]["Resource"].as_str().unwrap();
    let step = aws.lambda.get_function_configuration().function_name(initializer).send().await.unwrap();
    let subnets = step.vpc_config.and_then(|vpc| vpc.subnet_ids).unwrap_or_default().len();
    let function = aws.existing(&account.setting.waiting).await;
    let ended = account.tune(&function, &json!({"payload": {"ioMs": 1}})).await;
    Outcome::of(ended.succeeded && subnets > 0, format!("in {subnets} subnets, the run {}", words(&ended)))
}

async fn revisions(account: &Account) -> Outcome {
    let lambda = &account.aws.lambda;
    let function = account.aws.existing(&account.setting.keyed).await;
    let before = function.state().await;
    let look = async || {
        let latest = lambda.get_function_configuration().function_name(&function.name).send().await.unwrap();
        (latest.revision_id.unwrap_or_default(), latest.last_modified.unwrap_or_default())
    };
    let at_first = look().await;
    let update = lambda.update_function_configuration().function_name(&function.name).memory_size(before.memory + 1);
    let update = update.send().await.unwrap();
    let update = (update.revision_id.unwrap_or_default(), update.last_modified.unwrap_or_default());
    let updated = lambda.wait_until_function_updated_v2().function_name(&function.name);
    updated.wait(CHANGING).await.unwrap();
    // On the local AWS the change comes a moment after the status.
    account.until(Duration::from_secs(3), async || look().await != update).await;
    let completed = look().await;
    let published = lambda.publish_version().function_name(&function.name).send().await.unwrap();
    let version = published.version.unwrap();
    let after_publish = look().await;
    let alias = lambda.create_alias().function_name(&function.name).name("conformance").function_version(&version);
    alias.send().await.unwrap();
    let after_alias = look().await;
    lambda.delete_alias().function_name(&function.name).name("conformance").send().await.unwrap();
    lambda.delete_function().function_name(&function.name).qualifier(version).send().await.unwrap();
    function.set_memory(before.memory).await;
    let seen = [&at_first, &update, &completed, &after_publish, &after_alias];
    let revisions: Vec<bool> = seen.windows(2).map(|pair| pair[0].0 != pair[1].0).collect();
    let modified: Vec<bool> = seen.windows(2).map(|pair| pair[0].1 != pair[1].1).collect();
    let said = |changes: &[bool]| {
        let moments = ["at the update", "at its end", "at PublishVersion", "at CreateAlias"].into_iter().zip(changes);
        moments.filter(|(_, changed)| **changed).map(|(when, _)| when).collect::<Vec<_>>().join(", ")
    };
    let is_so = revisions == [true, true, true, false] && modified == [true, false, false, false];
    Outcome::of(is_so, format!("the revision changed {}, LastModified {}", said(&revisions), said(&modified)))
}

async fn publish_after_deletion(account: &Account) -> Outcome {
    let lambda = &account.aws.lambda;
    let function = account.aws.existing(&account.setting.computing).await;
    let publish = async || {
        let published = lambda.publish_version().function_name(&function.name).send().await.unwrap();
        published.version.unwrap()
    };
    let delete = async |version: &str| {
        lambda.delete_function().function_name(&function.name).qualifier(version).send().await.unwrap();
    };
    let first = publish().await;
    delete(&first).await;
    let again = publish().await;
    delete(&again).await;
    let number = if again == first { "the deleted number" } else { "a new number" };
    let before = function.state().await;
    let present = json!({"powerValues": [before.memory]});
    let ends = [account.tune(&function, &present).await, account.tune(&function, &present).await];
    let after = function.state().await;
    let is_so = ends.iter().all(|ended| ended.succeeded) && after == before;
    Outcome::of(is_so, format!("it returned {number}; two runs: {}; {}", words(&ends[0]), words(&ends[1])))
}

async fn lanes(account: &Account) -> Outcome {
    let asked = if account.setting.is_local { LANES.1 } else { LANES.0 };
    let function = account.aws.existing(&account.setting.waiting).await;
    let before = function.state().await;
    let fields = json!({
        "num": asked * 2, "powerValues": [256], "payload": {"ioMs": 1000}, "parallelInvocation": true,
        "maxConcurrency": asked, "includeOutputResults": true,
    });
    let ended = account.tune(&function, &fields).await;
    let row = &ended.output["stats"][0];
    let got = row["lanes"].as_u64().unwrap_or(0);
    let spent = &row["spent"];
    let warnings = ended.output["warnings"].to_string();
    let is_lowered = ["lanes are used instead", "1 lane is used instead"].iter().any(|said| warnings.contains(said));
    if ended.succeeded && got < u64::from(asked) && is_lowered {
        return Outcome::NotShown(format!("the account gives fewer lanes: {got}"));
    }
    let outcome = left(&function, &before, &ended, ended.succeeded && got == u64::from(asked)).await;
    let seen =
        format!("{got} environments for {asked} lanes, {} cold, {}; {}", row["cold"]["n"], spent, outcome.seen());
    match outcome {
        Outcome::Passed(_) => Outcome::Passed(seen),
        Outcome::Failed(_) | Outcome::NotShown(_) => Outcome::Failed(seen),
    }
}

async fn only_cold_starts(account: &Account) -> Outcome {
    let function = account.aws.existing(&account.setting.computing).await;
    let before = function.state().await;
    let fields = json!({"onlyColdStarts": true, "powerValues": [512], "includeOutputResults": true});
    let ended = account.tune(&function, &fields).await;
    let row = &ended.output["stats"][0];
    let is_cold = row["cold"]["n"] == 5 && row["warm"].is_null();
    left(&function, &before, &ended, ended.succeeded && is_cold).await
}

async fn abort(account: &Account) -> Outcome {
    let aws = &account.aws;
    let function = aws.existing(&account.setting.waiting).await;
    let before = function.state().await;
    let execution =
        aws.start(&aws.state_machine, &function.input(&json!({"payload": {"ioMs": 3000}, "num": 20}))).await;
    let published =
        account.until(CHANGING, async || function.state().await.versions.len() == before.versions.len() + 2);
    if !published.await {
        return Outcome::Failed("no versions were published".to_owned());
    }
    aws.sfn.stop_execution().execution_arn(&execution).send().await.unwrap();
    let is_as_before = account.until(CLEANING, async || function.state().await == before).await;
    let status = account.status(&execution).await.map_or_else(String::new, |status| status.to_string());
    Outcome::of(is_as_before, format!("the execution is {status}; the function is {:?}", function.state().await))
}

async fn two_at_once(account: &Account) -> Outcome {
    let aws = &account.aws;
    let function = aws.existing(&account.setting.waiting).await;
    let before = function.state().await;
    let input = function.input(&json!({"payload": {"ioMs": 500}}));
    let (one, other) = tokio::join!(aws.start(&aws.state_machine, &input), aws.start(&aws.state_machine, &input));
    let (one, other) = tokio::join!(account.wait(&one), account.wait(&other));
    let is_right = matches!(
        (one.succeeded, other.succeeded, one.error.as_str(), other.error.as_str()),
        (true, false, _, "FunctionBusy") | (false, true, "FunctionBusy", _)
    );
    let is_as_before = function.state().await == before;
    Outcome::of(is_right && is_as_before, format!("one {}; the other {}", words(&one), words(&other)))
}
