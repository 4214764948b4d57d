//! AWS, with the user's ordinary credentials.

mod call;

use std::{collections::BTreeMap, env, time::Duration};

use aws_config::{BehaviorVersion, Region, SdkConfig, profile::ProfileFileCredentialsProvider, timeout::TimeoutConfig};
use clap::Args;
use tuning::units::arn::ExecutionArn;

pub use call::{Call, code};

use crate::failure::Failure;

/// The longest time that a call of Step Functions may take, before it is made again: a run is followed for hours, and a
/// connection may die.
const LIMIT: Duration = Duration::from_secs(30);
/// Where keys are that the SDK takes before those of a profile.
const KEY: &str = "AWS_ACCESS_KEY_ID";
/// The environment variable that names a profile.
const PROFILE: &str = "AWS_PROFILE";

/// Which account and which region.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "AWS")]
pub struct Place {
    /// The profile of ~/.aws/config to use.
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// The region that power-tuner is deployed in. Without it: the one of the environment, or of the profile.
    #[arg(long, global = true, value_name = "REGION")]
    pub region: Option<String>,
}

impl Place {
    /// Where the thing is that an ARN names: what is said elsewhere of the region does not matter then. A name is
    /// looked up here.
    pub fn of(&self, named: Option<&str>) -> Self {
        Self { region: named.and_then(region_in).or_else(|| self.region.clone()), ..self.clone() }
    }
}

/// AWS in one account and one region.
#[derive(Debug, Clone)]
pub struct Account {
    config: SdkConfig,
    /// The region.
    pub region: String,
    /// AWS Step Functions.
    pub sfn: aws_sdk_sfn::Client,
    /// The calls on a function and its runs that the steps make, too.
    pub calls: aws::Aws,
}

impl Account {
    /// Reads the user's settings. No call is made yet.
    pub async fn connect(place: &Place) -> Result<Self, Failure> {
        let mut loader = aws_config::defaults(BehaviorVersion::latest());
        if let Some(profile) = &place.profile {
            // As in the AWS CLI: the SDK's own chain would take the keys of the environment first.
            let credentials = ProfileFileCredentialsProvider::builder().profile_name(profile).build();
            loader = loader.profile_name(profile).credentials_provider(credentials);
        }
        if let Some(region) = &place.region {
            loader = loader.region(Region::new(region.clone()));
        }
        // The credentials of a profile may come by many ways, whose futures are large.
        let config = Box::pin(loader.load()).await;
        let Some(region) = config.region().map(ToString::to_string) else {
            return Err(Failure::other("no region is set: it is not known where power-tuner is deployed")
                .hint("give --region, or set AWS_REGION, or set one for the profile: aws configure"));
        };
        Ok(Self { region, sfn: step_functions(&config), calls: aws::Aws::new(config.clone()), config })
    }

    /// Which account and which region are touched, and what says so. `named` is the state machine as the user named it.
    pub fn told(&self, place: &Place, named: Option<&str>, state_machine: &str) -> String {
        let number = state_machine.split(':').nth(4).unwrap_or("of your credentials");
        let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
        let by = match &place.profile {
            Some(profile) if is_set(KEY) => format!("profile {profile}; the keys in {KEY} are not used"),
            Some(profile) => format!("profile {profile}"),
            None if is_set(KEY) => format!("keys in {KEY}"),
            None if is_set(PROFILE) => format!("profile {}", env::var(PROFILE).unwrap_or_default()),
            None => "default credentials".to_owned(),
        };
        let region_by = match place.region {
            _ if named.and_then(region_in).is_some() => "the state machine's ARN",
            Some(_) => "--region",
            None if is_set("AWS_REGION") => "AWS_REGION",
            None if is_set("AWS_DEFAULT_REGION") => "AWS_DEFAULT_REGION",
            None => "the profile",
        };
        format!("account {number} ({by}), region {} ({region_by})", self.region)
    }

    /// The functions of a stack: the logical id of each by its name.
    pub async fn in_stack(&self, stack: &str) -> Result<BTreeMap<String, String>, Failure> {
        let functions = self.calls.in_stack(stack).await;
        functions
            .map_err(|error| Call::of(&error, "look for the functions of the stack", format_args!("the stack {stack}")))
    }

    /// AWS Lambda, in the region of a function, which may be another one than that of power-tuner.
    pub fn lambda(&self, region: Option<&str>) -> aws_sdk_lambda::Client {
        match region {
            Some(region) if region != self.region => {
                let there = self.config.to_builder().region(Region::new(region.to_owned())).build();
                aws_sdk_lambda::Client::new(&there)
            }
            _ => aws_sdk_lambda::Client::new(&self.config),
        }
    }

    /// AWS `CloudFormation`.
    pub fn cloudformation(&self) -> aws_sdk_cloudformation::Client {
        aws_sdk_cloudformation::Client::new(&self.config)
    }

    /// Amazon S3.
    pub fn s3(&self) -> aws_sdk_s3::Client {
        aws_sdk_s3::Client::new(&self.config)
    }

    /// AWS STS.
    pub fn sts(&self) -> aws_sdk_sts::Client {
        aws_sdk_sts::Client::new(&self.config)
    }
}

/// The region in an ARN; nothing in a name.
fn region_in(named: &str) -> Option<String> {
    ExecutionArn(named.to_owned()).region().map(str::to_owned)
}

fn step_functions(config: &SdkConfig) -> aws_sdk_sfn::Client {
    let limited = config.to_builder().timeout_config(TimeoutConfig::builder().operation_attempt_timeout(LIMIT).build());
    aws_sdk_sfn::Client::new(&limited.build())
}
