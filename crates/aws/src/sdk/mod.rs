//! The calls, made with the AWS SDK.

mod answer;
mod connecting;
mod executions;
mod failure;
#[cfg(feature = "fleet")]
mod fleet;
mod https;
mod lambda;
mod logs;
mod read;
#[cfg(feature = "recommended")]
mod recommended;
mod role;
mod s3;
#[cfg(feature = "traffic")]
mod traffic;
#[cfg(feature = "usage")]
mod usage;

use std::{collections::HashMap, sync::Arc, time::Duration};

use aws_config::{
    BehaviorVersion, ConfigLoader,
    environment::{EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider},
    retry::RetryConfig,
    timeout::TimeoutConfig,
};
use aws_sdk_lambda::{
    Client,
    config::{Region, StalledStreamProtectionConfig},
};
use aws_types::SdkConfig;
use rustls::RootCertStore;
use tokio::sync::Mutex;
use tuning::units::arn::RoleArn;

use self::{
    https::Https,
    role::{Renewal, Role},
};

/// The number of times that the SDK makes a call before it gives up, except for invocations.
const ATTEMPTS: u32 = 6;
/// The longest time that AWS may take to answer anything but an invocation.
const LONGEST_ANSWER: Duration = Duration::from_secs(30);
/// The time by which an invocation may exceed the time limit of its function: an initialisation, which the limit does
/// not cover, is given up after 10 seconds and repeated within it; before that, Lambda fetches the code.
const MARGIN: Duration = Duration::from_secs(30);

/// AWS: Lambda, and what belongs to a function there. Cheap to clone; clones share their connections.
#[derive(Debug, Clone)]
pub struct Aws {
    shared: Arc<Shared>,
    /// The role to assume for calls on the function.
    role: Option<RoleArn>,
}

#[derive(Debug)]
struct Shared {
    /// The deployment's own settings, with the connector that all clients share.
    own: SdkConfig,
    /// See [`MARGIN`].
    margin: Duration,
    /// One for each that was asked for.
    accesses: Mutex<HashMap<(Acting, Option<Region>), Access>>,
}

/// As which role calls are made; without one, as the deployment's own.
type Acting = Option<RoleArn>;

/// The clients and settings for calls with the credentials of one role in one region.
#[derive(Debug, Clone)]
struct Access {
    config: SdkConfig,
    renewal: Option<Renewal>,
    /// For all calls that can be repeated.
    retrying: Client,
    /// Sends each request once, and waits for its answer as long as Lambda does.
    patient: Client,
}

type RawResponse = aws_sdk_lambda::config::http::HttpResponse;

impl Aws {
    /// Credentials, region and endpoints from the environment, where Lambda and `template.yaml` put them. The root
    /// certificates of the system are read now, before the first invocation: Lambda gives a starting function more CPU
    /// than its memory size does. Connections are made when the first call needs them.
    pub async fn from_environment() -> Result<Self, rustls::Error> {
        let settings = aws_config::defaults(BehaviorVersion::latest())
            .region(EnvironmentVariableRegionProvider::new())
            .credentials_provider(EnvironmentVariableCredentialsProvider::new());
        Self::reached(settings, https::system_roots(), MARGIN).await
    }

    /// With somebody's own credentials, and the SDK's own way to connect. Invocations are not to be timed by this one.
    #[must_use]
    pub fn new(own: SdkConfig) -> Self {
        Self::made_from(own, MARGIN)
    }

    /// A server that plays AWS, in tests: with a certificate of one of these roots, and with another [`MARGIN`].
    #[cfg(any(test, feature = "fake"))]
    pub async fn at(endpoint: &str, roots: RootCertStore, margin: Duration) -> Result<Self, rustls::Error> {
        let settings = aws_config::defaults(BehaviorVersion::latest())
            .region("eu-west-1")
            .credentials_provider(aws_credential_types::Credentials::new("own", "secret", None, None, "test"))
            .endpoint_url(endpoint);
        Self::reached(settings, roots, margin).await
    }

    async fn reached(settings: ConfigLoader, roots: RootCertStore, margin: Duration) -> Result<Self, rustls::Error> {
        let own = settings
            .http_client(Https::trusting(roots)?)
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .timeout_config(TimeoutConfig::builder().read_timeout(LONGEST_ANSWER).build())
            .load()
            .await;
        Ok(Self::made_from(own, margin))
    }

    fn made_from(own: SdkConfig, margin: Duration) -> Self {
        Self { shared: Arc::new(Shared { own, margin, accesses: Mutex::default() }), role: None }
    }

    /// The deployment's own settings, in a region of this name.
    fn own(&self, region: Option<&str>) -> SdkConfig {
        self.shared.own.to_builder().region(self.region(region)).build()
    }

    /// The region of this name; without one, the deployment's own.
    fn region(&self, name: Option<&str>) -> Option<Region> {
        name.map(|name| Region::new(name.to_owned())).or_else(|| self.shared.own.region().cloned())
    }

    /// For calls on the function.
    async fn access(&self, region: Option<&str>) -> Access {
        self.access_as(self.role.as_ref(), region).await
    }

    async fn access_as(&self, role: Option<&RoleArn>, region: Option<&str>) -> Access {
        let mut known = self.shared.accesses.lock().await;
        let key = (role.cloned(), self.region(region));
        if let Some(access) = known.get(&key) {
            return access.clone();
        }
        let access = self.new_access(role, region).await;
        known.insert(key, access.clone());
        access
    }

    async fn new_access(&self, role: Option<&RoleArn>, region: Option<&str>) -> Access {
        let (own, mut renewal) = (self.own(region), None);
        let config = match role {
            None => own,
            Some(role) => {
                let role = Role::assumed_by(&self.shared.own, role).await;
                renewal = Some(Renewal(role.clone()));
                role.into_config(&own)
            }
        };
        let mut retrying = aws_sdk_lambda::config::Builder::from(&config);
        if let Some(renewal) = &renewal {
            retrying = retrying.interceptor(renewal.clone()).retry_classifier(renewal.clone());
        }
        let patient = retrying
            .clone()
            .retry_config(RetryConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        let (retrying, patient) = (Client::from_conf(retrying.build()), Client::from_conf(patient.build()));
        Access { config, renewal, retrying, patient }
    }

    /// For calls on the function that can be repeated.
    async fn lambda(&self, region: Option<&str>) -> Client {
        self.access(region).await.retrying
    }
}
