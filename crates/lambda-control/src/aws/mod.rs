//! The calls, made with the AWS SDK.

mod answer;
mod assumed_role;
mod environment;
mod executions;
mod https;
mod lambda;
mod logs;
mod read;
mod s3;
mod signed;

use std::{
    collections::HashMap,
    error::Error as StdError,
    sync::{Arc, Mutex, PoisonError},
};

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_lambda::{
    Client,
    config::{IdentityCache, Region, SharedCredentialsProvider, StalledStreamProtectionConfig, retry::RetryConfig},
    error::{ProvideErrorMetadata, SdkError},
};
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use aws_types::SdkConfig;
use tuning::arn::RoleArn;

use self::{
    assumed_role::{AssumedRole, Renewal},
    environment::Variable,
};
use crate::api::{ApiError, ApiErrorKind};

/// How often the SDK makes a call before it gives up, except for invocations.
const ATTEMPTS: u32 = 6;

/// AWS: Lambda, and what belongs to a function there. Cheap to clone; clones share their connections.
#[derive(Debug, Clone)]
pub struct Aws {
    shared: Arc<Shared>,
    /// The role to assume for calls on the function.
    role: Option<RoleArn>,
}

#[derive(Debug)]
struct Shared {
    own: SdkConfig,
    /// Keeps the connections of all clients.
    connector: SharedHttpConnector,
    /// Looks up an environment variable.
    variable: Variable,
    /// One pair for each access that was asked for.
    clients: Mutex<HashMap<Access, Clients>>,
}

/// The role and the region of calls; without a role, the deployment's own.
type Access = (Option<RoleArn>, Option<Region>);

/// The Lambda clients of one role and region.
#[derive(Debug, Clone)]
struct Clients {
    /// For all calls that can be repeated.
    retrying: Client,
    /// Sends each request once, and waits for its answer as long as Lambda does.
    patient: Client,
}

type RawResponse = aws_sdk_lambda::config::http::HttpResponse;

impl Aws {
    /// Credentials, region and endpoints from the environment. Clients and connections are made when the first call needs them.
    #[must_use]
    pub fn from_environment() -> Self {
        Self::new(|name| std::env::var(name).ok())
    }

    fn new(variable: Variable) -> Self {
        let connector = https::connector();
        let own = environment::settings(variable, connector.clone());
        Self { shared: Arc::new(Shared { own, connector, variable, clients: Mutex::default() }), role: None }
    }

    /// The region of this name; without one, the deployment's own.
    fn region(&self, name: Option<&str>) -> Option<Region> {
        name.map(|name| Region::new(name.to_owned())).or_else(|| self.shared.own.region().cloned())
    }

    /// Where a service is, if not at AWS.
    fn endpoint(&self, service: &str) -> Option<String> {
        environment::endpoint(self.shared.variable, service)
    }

    /// The settings of a region with the credentials of a role; without a role, with the deployment's own.
    fn config(&self, assumed: Option<&AssumedRole>, region: Option<Region>) -> SdkConfig {
        let retry = RetryConfig::standard().with_max_attempts(ATTEMPTS);
        let mut config = self.shared.own.to_builder().region(region).retry_config(retry);
        if let Some(assumed) = assumed {
            config.set_credentials_provider(Some(SharedCredentialsProvider::new(assumed.clone())));
            // The role keeps them itself, to be able to forget them.
            config.set_identity_cache(Some(IdentityCache::no_cache()));
        }
        config.build()
    }

    fn assumed(&self, role: Option<&RoleArn>) -> Option<AssumedRole> {
        role.map(|role| AssumedRole::new(&self.shared.own, role.clone()))
    }

    fn clients(&self, role: Option<&RoleArn>, region: Option<&str>) -> Clients {
        let key = (role.cloned(), self.region(region));
        // The map is whole even if a thread died while it held the lock.
        let mut known = self.shared.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(clients) = known.get(&key) {
            return clients.clone();
        }
        let assumed = self.assumed(role);
        let mut retrying = aws_sdk_lambda::config::Builder::from(&self.config(assumed.as_ref(), key.1.clone()));
        if let Some(assumed) = assumed {
            retrying = retrying.interceptor(Renewal(assumed.clone())).retry_classifier(Renewal(assumed));
        }
        let patient = retrying
            .clone()
            .retry_config(RetryConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        let clients =
            Clients { retrying: Client::from_conf(retrying.build()), patient: Client::from_conf(patient.build()) };
        known.insert(key, clients.clone());
        clients
    }

    /// For calls on the function.
    fn lambda(&self, region: Option<&str>) -> Client {
        self.clients(self.role.as_ref(), region).retrying
    }

    /// For invocations.
    fn patient_lambda(&self, role: Option<&RoleArn>, region: Option<&str>) -> Client {
        self.clients(role, region).patient
    }
}

/// Turns what the SDK says into what the steps tell apart.
fn failed<E>(call: &'static str) -> impl Fn(SdkError<E, RawResponse>) -> ApiError
where
    E: StdError + ProvideErrorMetadata + Send + Sync + 'static,
{
    move |error| {
        let status = error.raw_response().map(|response| response.status().as_u16());
        let kind = match (&error, status) {
            _ if lacks_credentials(&error) => ApiErrorKind::Denied,
            _ if error.code().is_some_and(assumed_role::is_expired) => ApiErrorKind::Expired,
            (SdkError::ServiceError(_), Some(400)) if names_the_memory(error.message()) => {
                ApiErrorKind::MemoryNotAllowed
            }
            (SdkError::ServiceError(_), Some(status)) => kind_of(status),
            (SdkError::ConstructionFailure(_), _) => ApiErrorKind::Refused,
            _ => ApiErrorKind::Unclear,
        };
        let message = match (error.code(), error.message()) {
            (Some(code), Some(message)) => format!("{code}: {message}"),
            _ => without_response(&error, status),
        };
        ApiError { call, kind, message }
    }
}

/// What went wrong, by the words of each cause. The SDK's own text of an error holds the whole response: with it the function's
/// log, payloads included.
fn without_response(error: &(dyn StdError + 'static), status: Option<u16>) -> String {
    let causes = std::iter::successors(Some(error), |cause| (*cause).source()).map(ToString::to_string);
    let status = status.map(|status| format!("status {status}"));
    status.into_iter().chain(causes).collect::<Vec<_>>().join(": ")
}

/// What a status means that is not that of success.
fn kind_of(status: u16) -> ApiErrorKind {
    match status {
        403 => ApiErrorKind::Denied,
        404 => ApiErrorKind::NotFound,
        409 => ApiErrorKind::Conflict,
        412 => ApiErrorKind::Stale,
        429 => ApiErrorKind::Throttled,
        400..=499 => ApiErrorKind::Refused,
        _ => ApiErrorKind::Unclear,
    }
}

/// Whether a complaint is of the memory size: "'`MemorySize`' value failed to satisfy constraint: Member must have value less
/// than or equal to 3008".
fn names_the_memory(message: Option<&str>) -> bool {
    message.is_some_and(|message| message.contains("MemorySize"))
}

/// Whether there are no credentials to make the call with: those of the deployment are always there, so that it is the role
/// that may not be assumed.
fn lacks_credentials(error: &(dyn StdError + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<CredentialsError>() {
            return true;
        }
        next = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use aws_sdk_lambda::{
        config::http::HttpResponse, error::ErrorMetadata, operation::get_function::GetFunctionError,
        primitives::SdkBody,
    };

    use super::*;

    fn answered(status: u16) -> ApiError {
        answered_with(status, "some words")
    }

    fn answered_with(status: u16, message: &str) -> ApiError {
        let metadata = ErrorMetadata::builder().code("SomeException").message(message).build();
        let response = HttpResponse::new(status.try_into().unwrap(), SdkBody::empty());
        failed("GetFunction")(SdkError::service_error(GetFunctionError::generic(metadata), response))
    }

    #[test]
    fn every_status_has_its_kind_and_keeps_what_aws_said() {
        for (status, kind) in [
            (400, ApiErrorKind::Refused),
            (403, ApiErrorKind::Denied),
            (404, ApiErrorKind::NotFound),
            (409, ApiErrorKind::Conflict),
            (412, ApiErrorKind::Stale),
            (413, ApiErrorKind::Refused),
            (429, ApiErrorKind::Throttled),
            (500, ApiErrorKind::Unclear),
            (502, ApiErrorKind::Unclear),
            (503, ApiErrorKind::Unclear),
        ] {
            let error = answered(status);
            assert_eq!(error.kind, kind, "{status}");
            assert_eq!(error.to_string(), "GetFunction failed: SomeException: some words");
        }
    }

    #[test]
    fn an_account_that_allows_less_memory_is_told_from_a_wrong_request() {
        let limited =
            "'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to 3008";
        assert_eq!(answered_with(400, limited).kind, ApiErrorKind::MemoryNotAllowed);
    }

    #[test]
    fn a_broken_connection_may_have_taken_effect() {
        let broken: SdkError<GetFunctionError, HttpResponse> = SdkError::timeout_error("no answer");
        assert_eq!(failed("GetFunction")(broken).kind, ApiErrorKind::Unclear);
    }

    #[test]
    fn no_message_repeats_a_response() {
        let secret = "SECRET in the log tail";
        let mut response = HttpResponse::new(200.try_into().unwrap(), SdkBody::from(secret));
        response.headers_mut().insert("x-amz-log-result", secret);
        let broken: SdkError<GetFunctionError, HttpResponse> =
            SdkError::response_error(std::io::Error::other("connection reset"), response);
        let error = failed("Invoke")(broken);
        assert_eq!(error.to_string(), "Invoke failed: status 200: response error: connection reset");
    }

    #[test]
    fn a_role_that_may_not_be_assumed_is_denied() {
        let denied = CredentialsError::provider_error("not authorized to perform: sts:AssumeRole");
        let error: SdkError<GetFunctionError, HttpResponse> = SdkError::construction_failure(denied);
        let error = failed("GetFunction")(error);
        assert_eq!(error.kind, ApiErrorKind::Denied);
        assert!(error.message.contains("sts:AssumeRole"), "{}", error.message);
    }
}
