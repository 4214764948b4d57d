//! The account that is looked at, with what `cargo xtask conformance` has deployed there.

use std::{
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

use aws_config::{BehaviorVersion, SdkConfig, sts::AssumeRoleProvider};
use aws_sdk_sfn::types::ExecutionStatus;
use end_to_end::{Aws, Ended, Function};
use futures_util::FutureExt as _;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{check::Outcome, checks::Check};

/// The longest time that a run may take. `SnapStart` makes snapshots for minutes.
const LIMIT: Duration = Duration::from_mins(30);

/// The functions and the role that were deployed, and what the user has named.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Setting {
    /// True if this is the local AWS.
    pub is_local: bool,
    /// A sample function that waits.
    pub waiting: String,
    /// A sample function that computes.
    pub computing: String,
    /// A function whose environment has a customer managed key.
    pub keyed: String,
    /// A function with `SnapStart`.
    pub snapped: String,
    /// A role that may delete qualified functions, and look into one log group, both of a function that does not exist.
    pub prober: String,
    /// The ARN of that function.
    pub nobody: String,
    /// True if the steps run in a VPC.
    pub is_in_vpc: bool,
    /// A function whose code is a container image.
    pub image: Option<String>,
}

/// The account.
pub struct Account {
    pub aws: Aws,
    pub setting: Setting,
    pub config: SdkConfig,
    pub iam: aws_sdk_iam::Client,
}

impl Account {
    /// With the credentials of the environment.
    pub async fn connect(setting: Setting) -> Self {
        let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
        Self { aws: Aws::connect().await, iam: aws_sdk_iam::Client::new(&config), config, setting }
    }

    /// The place of the account, for a title.
    pub fn place(&self) -> String {
        if self.setting.is_local {
            return "the local AWS".to_owned();
        }
        format!("AWS in {}", self.config.region().map_or("an unknown region", AsRef::as_ref))
    }

    /// The 12 digits of the account.
    pub fn number(&self) -> &str {
        self.setting.nobody.split(':').nth(4).unwrap_or("?")
    }

    /// Runs a check. One that panics has failed.
    pub async fn run(&self, check: Check) -> Outcome {
        let ended = AssertUnwindSafe(check.run(self)).catch_unwind().await.unwrap_or_else(|panic| {
            let said = panic.downcast_ref::<String>().map(String::as_str);
            let said = said.or_else(|| panic.downcast_ref::<&str>().copied());
            Outcome::Failed(format!("the check broke off: {}", said.unwrap_or("no reason was given")))
        });
        match (check.about().not_shown_locally, ended) {
            (Some(why), Outcome::Passed(seen)) if self.setting.is_local => {
                Outcome::NotShown(format!("{why}; seen: {seen}"))
            }
            (_, ended) => ended,
        }
    }

    /// The settings of the role that may hardly anything.
    pub async fn probing(&self) -> SdkConfig {
        let provider = AssumeRoleProvider::builder(&self.setting.prober).session_name("conformance");
        let provider = provider.configure(&self.config).build().await;
        let credentials = aws_sdk_lambda::config::SharedCredentialsProvider::new(provider);
        self.config.to_builder().credentials_provider(credentials).build()
    }

    /// Tunes a function: an input of a short run, with these fields.
    pub async fn tune(&self, function: &Function<'_>, fields: &Value) -> Ended {
        let execution = self.aws.start(&self.aws.state_machine, &function.input(fields)).await;
        self.wait(&execution).await
    }

    /// Waits until an execution has ended.
    pub async fn wait(&self, execution: &str) -> Ended {
        let since = Instant::now();
        while self.aws.is_running(execution).await {
            assert!(since.elapsed() < LIMIT, "{execution} does not end");
            self.pause().await;
        }
        self.aws.wait(execution).await
    }

    /// Waits until something is so; false if it does not become so.
    pub async fn until(&self, limit: Duration, mut is_so: impl AsyncFnMut() -> bool) -> bool {
        let since = Instant::now();
        while !is_so().await {
            if since.elapsed() > limit {
                return false;
            }
            self.pause().await;
        }
        true
    }

    /// Before something is looked at again. AWS lets an account look some 15 times a second.
    async fn pause(&self) {
        tokio::time::sleep(Duration::from_millis(if self.setting.is_local { 50 } else { 1000 })).await;
    }

    /// The status of an execution.
    pub async fn status(&self, execution: &str) -> Option<ExecutionStatus> {
        let described = self.aws.sfn.describe_execution().execution_arn(execution).send().await;
        described.ok().map(|described| described.status)
    }
}

/// An end in words: what it ended with, and what the run warned of.
pub fn words(ended: &Ended) -> String {
    if ended.succeeded {
        let warnings = ended.output.get("warnings").cloned().unwrap_or_else(|| json!([]));
        format!("succeeded, warnings: {warnings}")
    } else {
        format!("failed with {}: {}", ended.error, ended.cause)
    }
}
