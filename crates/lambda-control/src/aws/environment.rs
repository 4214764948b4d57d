//! The settings of a function, as Lambda and `template.yaml` set them: in environment variables, and nowhere else.
//!
//! `aws_config::load_defaults` would also look in a user's files and ask services of EC2 and ECS. In Lambda there is none of that,
//! but every function would carry it along.

use aws_credential_types::Credentials;
use aws_sdk_lambda::config::{BehaviorVersion, IdentityCache, Region, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::{SharedHttpConnector, http_client_fn};
use aws_types::{
    SdkConfig,
    service_config::{LoadServiceConfig, ServiceConfigKey},
};

/// Where all services are, if not at AWS. With a service's name behind it: where that one is.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>
const ENDPOINT_URL: &str = "AWS_ENDPOINT_URL";

/// Looks up an environment variable.
pub(super) type Variable = fn(&str) -> Option<String>;

/// Credentials, region and endpoints, for clients that share a connector.
pub(super) fn settings(variable: Variable, connector: SharedHttpConnector) -> SdkConfig {
    let mut settings = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(http_client_fn(move |_, _| connector.clone()))
        .identity_cache(IdentityCache::lazy().build())
        .region(variable("AWS_REGION").map(Region::new))
        .service_config(Endpoints(variable));
    settings.set_credentials_provider(credentials(variable).map(SharedCredentialsProvider::new));
    settings.build()
}

/// Those of the function's own role. They outlive the process.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>
fn credentials(variable: Variable) -> Option<Credentials> {
    let mut credentials = Credentials::builder()
        .access_key_id(variable("AWS_ACCESS_KEY_ID")?)
        .secret_access_key(variable("AWS_SECRET_ACCESS_KEY")?)
        .provider_name("environment");
    credentials.set_session_token(variable("AWS_SESSION_TOKEN"));
    Some(credentials.build())
}

/// Where a service is, if not at AWS.
pub(super) fn endpoint(variable: Variable, service: &str) -> Option<String> {
    let service = service.to_uppercase().replace([' ', '-'], "_");
    variable(&format!("{ENDPOINT_URL}_{service}")).or_else(|| variable(ENDPOINT_URL))
}

/// The endpoints, as clients ask for them.
#[derive(Debug)]
struct Endpoints(Variable);

impl LoadServiceConfig for Endpoints {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        (key.env() == ENDPOINT_URL).then(|| endpoint(self.0, key.service_id()))?
    }
}

#[cfg(test)]
mod tests {
    use aws_credential_types::provider::ProvideCredentials;

    use super::{super::https, *};

    fn variable(name: &str) -> Option<String> {
        let value = match name {
            "AWS_REGION" => "eu-west-1",
            "AWS_ACCESS_KEY_ID" => "id",
            "AWS_SECRET_ACCESS_KEY" => "secret",
            "AWS_SESSION_TOKEN" => "token",
            "AWS_ENDPOINT_URL" => "http://all",
            "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS" => "http://logs",
            _ => return None,
        };
        Some(value.to_owned())
    }

    #[test]
    fn a_service_is_where_its_own_variable_says_or_else_where_all_are() {
        let asked = |service: &str, key: &str| {
            let key = ServiceConfigKey::builder().service_id(service).profile("x").env(key).build().unwrap();
            Endpoints(variable).load_config(key)
        };
        assert_eq!(asked("CloudWatch Logs", ENDPOINT_URL).unwrap(), "http://logs");
        assert_eq!(asked("Lambda", ENDPOINT_URL).unwrap(), "http://all");
        assert_eq!(asked("CloudWatch Logs", "AWS_SOMETHING_ELSE"), None);
        assert_eq!(endpoint(|_| None, "Lambda"), None);
    }

    #[tokio::test]
    async fn region_and_credentials_are_those_of_the_environment() {
        let settings = settings(variable, https::connector());
        assert_eq!(settings.region().unwrap().as_ref(), "eu-west-1");
        let credentials = settings.credentials_provider().unwrap().provide_credentials().await.unwrap();
        let keys = (credentials.access_key_id(), credentials.secret_access_key(), credentials.session_token());
        assert_eq!(keys, ("id", "secret", Some("token")));
    }
}
