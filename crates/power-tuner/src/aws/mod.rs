//! AWS, with the user's ordinary credentials.

mod call;

use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig, timeout::TimeoutConfig};
use clap::Args;
use tuning::arn::ExecutionArn;

pub use call::{Call, code};

use crate::failure::Failure;

/// How long a call of Step Functions may take, before it is made again: a run is followed for hours, and a connection may die.
const LIMIT: Duration = Duration::from_secs(30);

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
        let region = named.and_then(|named| ExecutionArn(named.to_owned()).region().map(str::to_owned));
        Self { region: region.or_else(|| self.region.clone()), ..self.clone() }
    }
}

/// AWS in one account and one region.
#[derive(Debug, Clone)]
pub struct Aws {
    config: SdkConfig,
    /// The region.
    pub region: String,
    /// AWS Step Functions.
    pub sfn: aws_sdk_sfn::Client,
}

impl Aws {
    /// Reads the user's settings. No call is made yet.
    pub async fn connect(place: &Place) -> Result<Self, Failure> {
        let mut loader = aws_config::defaults(BehaviorVersion::latest());
        if let Some(profile) = &place.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(region) = &place.region {
            loader = loader.region(Region::new(region.clone()));
        }
        let config = loader.load().await;
        let Some(region) = config.region().map(ToString::to_string) else {
            return Err(Failure::other("no region is set: it is not known where power-tuner is deployed")
                .hint("give --region, or set AWS_REGION, or set one for the profile: aws configure"));
        };
        Ok(Self { region, sfn: step_functions(&config), config })
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

    /// AWS Step Functions in another region, which an ARN may name.
    pub fn in_region(&self, region: Option<&str>) -> aws_sdk_sfn::Client {
        match region {
            Some(region) if region != self.region => {
                let there = self.config.to_builder().region(Region::new(region.to_owned())).build();
                step_functions(&there)
            }
            _ => self.sfn.clone(),
        }
    }

    /// AWS `CloudFormation`.
    pub fn cloudformation(&self) -> aws_sdk_cloudformation::Client {
        aws_sdk_cloudformation::Client::new(&self.config)
    }

    /// AWS STS.
    pub fn sts(&self) -> aws_sdk_sts::Client {
        aws_sdk_sts::Client::new(&self.config)
    }
}

fn step_functions(config: &SdkConfig) -> aws_sdk_sfn::Client {
    let limited = config.to_builder().timeout_config(TimeoutConfig::builder().operation_attempt_timeout(LIMIT).build());
    aws_sdk_sfn::Client::new(&limited.build())
}
