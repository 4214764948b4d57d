//! Credentials of a role that the deployment assumes.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use aws_config::sts::AssumeRoleProvider;
use aws_credential_types::{
    Credentials,
    provider::{self, ProvideCredentials, future},
};
use aws_sdk_lambda::{
    config::{
        ConfigBag, IdentityCache, Intercept, RuntimeComponents, SharedCredentialsProvider,
        interceptors::{FinalizerInterceptorContextRef, InterceptorContext},
        retry::{ClassifyRetry, RetryAction},
    },
    error::BoxError,
};
use aws_types::SdkConfig;
use tokio::sync::Mutex;
use tuning::units::arn::RoleArn;

use super::{RawResponse, failure::is_expired};

/// The name that AWS CloudTrail gives the sessions of a role that is assumed.
const SESSION: &str = "power-tuner";

/// For how long credentials must hold to be used.
const MARGIN: Duration = Duration::from_mins(1);

/// A role that the deployment assumes. Its credentials are kept until they expire, or until AWS says that they have:
/// the SDK's own cache cannot forget them before. Clones share them.
#[derive(Debug, Clone)]
pub(super) struct Role(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    provider: AssumeRoleProvider,
    known: Mutex<Option<Credentials>>,
}

impl Role {
    /// The role, assumed with the deployment's own settings. No call is made yet.
    pub(super) async fn assumed_by(own: &SdkConfig, role: &RoleArn) -> Self {
        let provider = AssumeRoleProvider::builder(role.to_string()).configure(own).session_name(SESSION).build().await;
        Self(Arc::new(Shared { provider, known: Mutex::default() }))
    }

    /// These settings, with the credentials of the role.
    pub(super) fn into_config(self, settings: &SdkConfig) -> SdkConfig {
        let credentials = SharedCredentialsProvider::new(self);
        settings.to_builder().credentials_provider(credentials).identity_cache(IdentityCache::no_cache()).build()
    }

    async fn known_or_new(&self) -> provider::Result {
        let mut known = self.0.known.lock().await;
        let holds = |known: &&Credentials| known.expiry().is_none_or(|expiry| SystemTime::now() + MARGIN < expiry);
        match known.as_ref().filter(holds) {
            Some(known) => Ok(known.clone()),
            None => Ok(known.insert(self.0.provider.provide_credentials().await?).clone()),
        }
    }
}

impl ProvideCredentials for Role {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.known_or_new())
    }
}

/// Looks at each answer to a call with a role: when AWS says that the credentials have expired, nothing was done, so
/// that they are forgotten, and the call is made again with new ones.
#[derive(Debug, Clone)]
pub(super) struct Renewal(pub(super) Role);

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
            && let Ok(mut known) = self.0.0.known.try_lock()
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

/// The code of an error stands in a header, before a colon if anything comes after it.
fn says_expired(response: &RawResponse) -> bool {
    let code = response.headers().get("x-amzn-errortype").and_then(|error_type| error_type.split(':').next());
    !response.status().is_success() && code.is_some_and(is_expired)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rustls::RootCertStore;
    use tuning::units::milliseconds::Milliseconds;
    use wiremock::{
        Mock, MockServer, ResponseTemplate,
        matchers::{body_string_contains, method, path_regex},
    };

    use super::super::Aws;
    use crate::api::{ApiErrorKind, LambdaApi as _, Wanted};

    async fn with_a_role(service: &MockServer) -> Aws {
        let aws = Aws::at(&service.uri(), RootCertStore::empty(), Duration::from_secs(30)).await.unwrap();
        aws.acting_as(Some(&"arn:aws:iam::123456789012:role/tuned".parse().unwrap()))
    }

    #[tokio::test]
    async fn as_on_aws_a_role_that_may_not_be_assumed_is_one_sentence() {
        let service = MockServer::start().await;
        let said = "User: arn:aws:sts::123456789012:assumed-role/tuner/x is not authorized to perform: \
                    sts:AssumeRole on resource: arn:aws:iam::123456789012:role/tuned";
        let denied = format!(
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
             <Code>AccessDenied</Code><Message>{said}</Message></Error><RequestId>r</RequestId></ErrorResponse>"
        );
        let assumed = Mock::given(method("POST")).and(body_string_contains("Action=AssumeRole"));
        assumed.respond_with(ResponseTemplate::new(403).set_body_raw(denied, "text/xml")).mount(&service).await;
        let aws = with_a_role(&service).await;
        let function = "arn:aws:lambda:eu-west-1:123456789012:function:f".parse().unwrap();
        let error = aws.versions(&function).await.unwrap_err();
        assert_eq!(error.kind, ApiErrorKind::Denied);
        assert_eq!(
            error.to_string(),
            format!("ListVersionsByFunction failed: assuming the role failed: AccessDenied: {said}")
        );
        let invoked = aws.invoke(&function, "1".parse().unwrap(), Milliseconds(1.0), None, Wanted::Rejection).await;
        assert_eq!(invoked.unwrap_err().kind, ApiErrorKind::Denied);
    }

    #[tokio::test]
    async fn credentials_that_expired_early_are_renewed_and_the_call_is_made_again() {
        let service = MockServer::start().await;
        let session = "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>\
                       <Credentials><AccessKeyId>role</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
                       <SessionToken>t</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials>\
                       </AssumeRoleResult></AssumeRoleResponse>";
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

        let aws = with_a_role(&service).await;
        let function = "arn:aws:lambda:us-east-1:123456789012:function:f".parse().unwrap();
        assert_eq!(aws.versions(&function).await, Ok(Vec::new()));
        // These are kept as long as they hold.
        assert_eq!(aws.versions(&function).await, Ok(Vec::new()));
        // Whoever invokes makes the request again, with new ones.
        let version = "1".parse().unwrap();
        let error = aws.invoke(&function, version, Milliseconds(1.0), None, Wanted::Rejection).await.unwrap_err();
        assert_eq!(error.kind, ApiErrorKind::Expired);
        aws.invoke(&function, version, Milliseconds(1.0), None, Wanted::Rejection).await.unwrap_err();
    }
}
