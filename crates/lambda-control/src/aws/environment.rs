//! The settings of a function, as Lambda and `template.yaml` set them: in environment variables, and nowhere else.
//!
//! `aws_config::load_defaults` would also look in a user's files and ask services of EC2 and ECS. In Lambda there is none of that,
//! but every function would carry it along.

use aws_config::{BehaviorVersion, Region, SdkConfig, environment::EnvironmentVariableCredentialsProvider};
use aws_sdk_lambda::config::{IdentityCache, SharedCredentialsProvider};
use aws_types::{
    sdk_config::SharedTimeSource,
    service_config::{LoadServiceConfig, ServiceConfigKey},
};

use super::https;

/// Where all services are, if not at AWS. With a service's name behind it: where that one is.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>
const ENDPOINT_URL: &str = "AWS_ENDPOINT_URL";

/// Looks up an environment variable.
type Variable = fn(&str) -> Option<String>;

/// Credentials, region and endpoints.
pub(super) fn settings(variable: Variable) -> SdkConfig {
    let mut settings = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()))
        .http_client(https::client())
        .identity_cache(IdentityCache::lazy().build())
        .region(variable("AWS_REGION").map(Region::new))
        .service_config(Endpoints(variable))
        .time_source(SharedTimeSource::default());
    settings.set_endpoint_url(variable(ENDPOINT_URL));
    settings.build()
}

/// Where single services are, as their clients ask for it.
#[derive(Debug)]
struct Endpoints(Variable);

impl LoadServiceConfig for Endpoints {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_uppercase().replace([' ', '-'], "_");
        (key.env() == ENDPOINT_URL).then(|| self.0(&format!("{ENDPOINT_URL}_{service}")))?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint_of(service: &str, key: &str) -> Option<String> {
        let variable = |name: &str| (name == "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS").then(|| "http://logs".to_owned());
        let key = ServiceConfigKey::builder().service_id(service).profile("x").env(key).build().unwrap();
        Endpoints(variable).load_config(key)
    }

    #[test]
    fn a_service_is_where_the_variable_with_its_name_says() {
        assert_eq!(endpoint_of("CloudWatch Logs", ENDPOINT_URL).unwrap(), "http://logs");
        assert_eq!(endpoint_of("Lambda", ENDPOINT_URL), None);
        assert_eq!(endpoint_of("CloudWatch Logs", "AWS_SOMETHING_ELSE"), None);
    }

    #[test]
    fn all_services_are_where_the_variable_without_a_name_says() {
        let local = settings(|name| match name {
            "AWS_REGION" => Some("eu-west-1".to_owned()),
            ENDPOINT_URL => Some("http://local".to_owned()),
            _ => None,
        });
        assert_eq!((local.region().unwrap().as_ref(), local.endpoint_url()), ("eu-west-1", Some("http://local")));
        assert_eq!(settings(|_| None).endpoint_url(), None);
    }
}
