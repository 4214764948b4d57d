//! Credentials of a role that the deployment assumes.
//!
//! `aws_config::sts::AssumeRoleProvider` does the same, but can fall back on settings that it looks for everywhere, so that every
//! function would carry all of that along.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use aws_credential_types::{
    Credentials,
    provider::{self, ProvideCredentials, error::CredentialsError, future},
};
use aws_sdk_lambda::{
    config::{
        ConfigBag, Intercept, RuntimeComponents,
        interceptors::{FinalizerInterceptorContextRef, InterceptorContext},
        retry::{ClassifyRetry, RetryAction},
    },
    error::BoxError,
};
use aws_sdk_sts::Client;
use aws_types::SdkConfig;
use tokio::sync::Mutex;
use tuning::arn::RoleArn;

use super::RawResponse;

/// What AWS CloudTrail calls the sessions of a role that is assumed.
const SESSION: &str = "power-tuner";

/// For how long credentials must hold to be used.
const MARGIN: Duration = Duration::from_mins(1);

/// A role that the deployment assumes. Its credentials are kept until they expire, or until AWS says that they have;
/// clones share them.
#[derive(Debug, Clone)]
pub(super) struct AssumedRole {
    sts: Client,
    role: RoleArn,
    known: Arc<Mutex<Option<Credentials>>>,
}

impl AssumedRole {
    /// The role, assumed with the deployment's own settings. No call is made yet.
    pub(super) fn new(own: &SdkConfig, role: RoleArn) -> Self {
        Self { sts: Client::new(own), role, known: Arc::default() }
    }

    async fn known_or_new(&self) -> provider::Result {
        let mut known = self.known.lock().await;
        let holds = |known: &&Credentials| known.expiry().is_none_or(|expiry| SystemTime::now() + MARGIN < expiry);
        match known.as_ref().filter(holds) {
            Some(known) => Ok(known.clone()),
            None => Ok(known.insert(self.credentials().await?).clone()),
        }
    }

    async fn credentials(&self) -> provider::Result {
        let request = self.sts.assume_role().role_arn(self.role.to_string()).role_session_name(SESSION);
        let answer = request.send().await.map_err(CredentialsError::provider_error)?;
        let given = answer.credentials.ok_or_else(|| CredentialsError::unhandled("STS gave no credentials"))?;
        let expires = SystemTime::try_from(given.expiration).map_err(CredentialsError::unhandled)?;
        let credentials = Credentials::builder()
            .access_key_id(given.access_key_id)
            .secret_access_key(given.secret_access_key)
            .session_token(given.session_token)
            .expiry(expires)
            .provider_name("AssumeRole");
        Ok(credentials.build())
    }
}

impl ProvideCredentials for AssumedRole {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.known_or_new())
    }
}

/// Looks at each answer to a call with a role: when AWS says that the credentials have expired, nothing was done, so
/// that they are forgotten, and the call is made again with new ones.
#[derive(Debug)]
pub(super) struct Renewal(pub(super) AssumedRole);

impl Intercept for Renewal {
    fn name(&self) -> &'static str {
        "Renewal"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // Whoever holds them now is renewing them.
        if context.response().is_some_and(says_expired)
            && let Ok(mut known) = self.0.known.try_lock()
        {
            *known = None;
        }
        Ok(())
    }
}

impl ClassifyRetry for Renewal {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        if context.response().is_some_and(says_expired) {
            RetryAction::transient_error()
        } else {
            RetryAction::NoActionIndicated
        }
    }

    fn name(&self) -> &'static str {
        "Renewal"
    }
}

fn says_expired(response: &RawResponse) -> bool {
    !response.status().is_success() && response.headers().get("x-amzn-errortype").is_some_and(is_expired)
}

/// Whether the name of an error says that credentials have expired: `ExpiredToken`, `ExpiredTokenException`.
pub(super) fn is_expired(error: &str) -> bool {
    error.starts_with("ExpiredToken")
}

#[cfg(test)]
mod tests {
    use std::sync::OnceLock;

    use wiremock::{
        Mock, MockServer, ResponseTemplate,
        matchers::{body_string_contains, method, path_regex},
    };

    use super::super::Aws;
    use crate::api::{ApiErrorKind, LambdaApi as _, Wanted};

    static SERVICE: OnceLock<String> = OnceLock::new();

    fn variable(name: &str) -> Option<String> {
        match name {
            "AWS_REGION" => Some("us-east-1".to_owned()),
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("own".to_owned()),
            "AWS_ENDPOINT_URL" => SERVICE.get().cloned(),
            _ => None,
        }
    }

    #[tokio::test]
    async fn credentials_that_expired_early_are_renewed_and_the_call_is_made_again() {
        let service = MockServer::start().await;
        SERVICE.set(service.uri()).unwrap();
        let session = "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>\
                       <AccessKeyId>role</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>\
                       <Expiration>2999-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";
        let assumed = Mock::given(method("POST")).and(body_string_contains("Action=AssumeRole"));
        assumed
            .respond_with(ResponseTemplate::new(200).set_body_raw(session, "text/xml"))
            .expect(3)
            .mount(&service)
            .await;
        let expired = || {
            let response = ResponseTemplate::new(403).insert_header("x-amzn-errortype", "ExpiredTokenException");
            response.set_body_string(r#"{"message": "The security token included in the request is expired"}"#)
        };
        let listed = || Mock::given(method("GET")).and(path_regex("/versions$"));
        listed().respond_with(expired()).up_to_n_times(1).expect(1).mount(&service).await;
        let none = ResponseTemplate::new(200).set_body_string(r#"{"Versions": []}"#);
        listed().respond_with(none).expect(2).mount(&service).await;
        Mock::given(method("POST")).and(path_regex("/invocations$")).respond_with(expired()).mount(&service).await;

        let role = "arn:aws:iam::123456789012:role/tuned".parse().unwrap();
        let aws = Aws::new(variable).acting_as(Some(&role));
        let function = "arn:aws:lambda:us-east-1:123456789012:function:f".parse().unwrap();
        assert_eq!(aws.versions(&function).await, Ok(Vec::new()));
        // These are kept as long as they hold.
        assert_eq!(aws.versions(&function).await, Ok(Vec::new()));
        // Whoever invokes makes the request again, with new ones.
        let version = "1".parse().unwrap();
        let error = aws.invoke(&function, version, None, Wanted::Nothing).await.unwrap_err();
        assert_eq!(error.kind, ApiErrorKind::Expired);
        aws.invoke(&function, version, None, Wanted::Nothing).await.unwrap_err();
    }
}
