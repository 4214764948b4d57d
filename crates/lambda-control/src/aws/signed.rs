//! Single calls of services: signed and sent with the signer and the connector of the AWS SDK, but without a client.
//!
//! A step makes one kind of call of S3 and of Step Functions. Their clients in the SDK would be 0.9 and 0.1 MB of its zip, most of it
//! tables of checksums and rules of endpoints that are not asked for here.

use std::{
    error::Error as StdError,
    time::{Duration, SystemTime},
};

use aws_credential_types::provider::ProvideCredentials;
use aws_sdk_lambda::config::Region;
use aws_sigv4::{
    http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
        UriPathNormalizationMode, sign,
    },
    sign::v4::SigningParams,
};
use aws_smithy_runtime_api::client::{
    http::HttpConnector,
    orchestrator::{HttpRequest, HttpResponse},
};
use http_body_util::{BodyExt, Limited};
use tokio::time::{sleep, timeout};

use super::{ATTEMPTS, Aws};
use crate::retry::Backoff;

/// How long an answer may take.
const LIMIT: Duration = Duration::from_secs(30);
/// Pauses between two tries: at first up to the one, never more than the other.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

pub(super) type AnyError = Box<dyn StdError + Send + Sync>;

/// A call.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub url: String,
    /// As signatures name the service.
    pub service: &'static str,
    pub region: &'a Region,
    /// What is posted; otherwise it is a GET.
    pub post: Option<Post>,
    /// More bytes are not read.
    pub longest_answer: usize,
}

/// A request of the protocol AWS JSON 1.0.
/// <https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html>
#[derive(Debug)]
pub(super) struct Post {
    /// Service and operation.
    pub target: String,
    pub json: String,
}

/// What a service answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: u16,
    pub etag: String,
    /// As it was announced.
    pub length: usize,
    /// Nothing, if it is too long.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body for reading by people, and for telling errors apart.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Whether the same call may well succeed later.
    fn is_transient(&self) -> bool {
        matches!(self.status, 429 | 500..) || (self.status == 400 && self.text().contains("ThrottlingException"))
    }
}

impl Aws {
    /// Makes a call with the deployment's own credentials, again while its answer is transient or is missing. So it must be one
    /// that changes nothing.
    pub(super) async fn read(&self, call: &Call<'_>) -> Result<Answer, AnyError> {
        let mut pauses = Backoff::new(PAUSES.0, PAUSES.1, fastrand::Rng::new()).take(ATTEMPTS as usize - 1);
        loop {
            let answer = match timeout(LIMIT, self.once(call)).await {
                Ok(answer) => answer,
                Err(elapsed) => Err(elapsed.into()),
            };
            let is_transient = answer.as_ref().map_or(true, Answer::is_transient);
            match pauses.next().filter(|_| is_transient) {
                Some(pause) => sleep(pause).await,
                None => return answer,
            }
        }
    }

    async fn once(&self, call: &Call<'_>) -> Result<Answer, AnyError> {
        let provider = self.shared.own.credentials_provider().ok_or("there are no credentials")?;
        let identity = provider.provide_credentials().await?.into();
        let mut request = call.unsigned()?;
        let mut settings = SigningSettings::default();
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        let parameters = SigningParams::builder().identity(&identity).region(call.region.as_ref()).name(call.service);
        let parameters = parameters.settings(settings).time(SystemTime::now()).build()?.into();
        let body = SignableBody::Bytes(call.body().as_bytes());
        let signable = SignableRequest::new(request.method(), request.uri(), request.headers().iter(), body)?;
        let (headers, _) = sign(signable, &parameters)?.into_parts().0.into_parts();
        for header in headers {
            request.headers_mut().insert(header.name(), header.value().to_owned());
        }
        call.collect(self.shared.connector.call(request).await?).await
    }
}

impl Call<'_> {
    fn body(&self) -> &str {
        self.post.as_ref().map_or("", |post| &post.json)
    }

    fn unsigned(&self) -> Result<HttpRequest, AnyError> {
        let mut request = HttpRequest::new(self.body().into());
        request.set_uri(self.url.as_str())?;
        if let Some(post) = &self.post {
            request.set_method("POST")?;
            request.headers_mut().insert("content-type", "application/x-amz-json-1.0");
            request.headers_mut().insert("x-amz-target", post.target.clone());
        }
        Ok(request)
    }

    async fn collect(&self, answer: HttpResponse) -> Result<Answer, AnyError> {
        let header = |name: &str| answer.headers().get(name).unwrap_or_default().to_owned();
        let (status, etag) = (answer.status().as_u16(), header("etag"));
        let length = header("content-length").parse().unwrap_or(0);
        let body = if length > self.longest_answer {
            Vec::new()
        } else {
            Limited::new(answer.into_body(), self.longest_answer).collect().await?.to_bytes().to_vec()
        };
        Ok(Answer { status, etag, length, body })
    }
}

/// Under which domain AWS is reached, by the partition of a region.
///
/// Source: the endpoint rules of the AWS SDK (`partitions` in `endpoint_lib.rs` of its clients).
pub(super) fn dns_suffix(region: &Region) -> &'static str {
    const SUFFIXES: [(&str, &str); 6] = [
        ("cn-", "amazonaws.com.cn"),
        ("eusc-", "amazonaws.eu"),
        ("us-iso-", "c2s.ic.gov"),
        ("us-isob-", "sc2s.sgov.gov"),
        ("us-isof-", "csp.hci.ic.gov"),
        ("eu-isoe-", "cloud.adc-e.uk"),
    ];
    let own = SUFFIXES.iter().find(|(prefix, _)| region.as_ref().starts_with(prefix));
    own.map_or("amazonaws.com", |(_, suffix)| suffix)
}

#[cfg(test)]
mod tests {
    use wiremock::{
        Mock, MockServer, ResponseTemplate,
        matchers::{header, method, path},
    };

    use super::*;

    fn variable(name: &str) -> Option<String> {
        matches!(name, "AWS_REGION" | "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" | "AWS_SESSION_TOKEN")
            .then(|| "eu-west-1".to_owned())
    }

    fn call(url: String, region: &Region, post: Option<Post>) -> Call<'_> {
        Call { url, service: "states", region, post, longest_answer: 20 }
    }

    #[tokio::test]
    async fn a_call_is_signed_and_made_until_the_service_is_not_busy() {
        let service = MockServer::start().await;
        let get = || Mock::given(method("GET")).and(path("/a%20key"));
        get().respond_with(ResponseTemplate::new(503)).up_to_n_times(1).expect(1).mount(&service).await;
        let throttled = ResponseTemplate::new(400).set_body_string("ThrottlingException");
        get().respond_with(throttled).up_to_n_times(1).expect(1).mount(&service).await;
        get().respond_with(ResponseTemplate::new(200).set_body_string("{}")).expect(1).mount(&service).await;
        let region = Region::from_static("eu-west-1");
        let answer = Aws::new(variable).read(&call(format!("{}/a%20key", service.uri()), &region, None)).await.unwrap();
        assert_eq!((answer.status, answer.text().as_str()), (200, "{}"));
        assert_signed(&service, "host;x-amz-content-sha256;x-amz-date;x-amz-security-token").await;
    }

    /// Signatures are taken only of requests that sign every header whose name begins with `x-amz-`.
    async fn assert_signed(service: &MockServer, signed_headers: &str) {
        for request in service.received_requests().await.unwrap() {
            let authorization = request.headers["authorization"].to_str().unwrap();
            let (before, signature) = authorization.split_once(", Signature=").unwrap();
            let (credential, headers) = before.split_once(", SignedHeaders=").unwrap();
            assert!(credential.starts_with("AWS4-HMAC-SHA256 Credential=eu-west-1/"), "{authorization}");
            assert!(credential.ends_with("/eu-west-1/states/aws4_request"), "{authorization}");
            assert_eq!(headers, signed_headers);
            assert_eq!(signature.len(), 64);
        }
    }

    #[tokio::test]
    async fn what_is_posted_names_its_operation_and_a_long_answer_is_not_read() {
        let service = MockServer::start().await;
        let post = Mock::given(method("POST")).and(header("x-amz-target", "A.B"));
        let long = ResponseTemplate::new(200).set_body_string("123456789012345678901");
        post.and(header("content-type", "application/x-amz-json-1.0"))
            .respond_with(long)
            .expect(1)
            .mount(&service)
            .await;
        let region = Region::from_static("eu-west-1");
        let post = Post { target: "A.B".to_owned(), json: "{}".to_owned() };
        let answer = Aws::new(variable).read(&call(service.uri(), &region, Some(post))).await.unwrap();
        assert_eq!((answer.status, answer.length, answer.body.len()), (200, 21, 0));
        let headers = "content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token;x-amz-target";
        assert_signed(&service, headers).await;
    }

    #[test]
    fn each_partition_has_its_domain() {
        let of = |region| dns_suffix(&Region::from_static(region));
        assert_eq!((of("eu-west-1"), of("us-gov-west-1")), ("amazonaws.com", "amazonaws.com"));
        assert_eq!((of("cn-north-1"), of("us-iso-east-1")), ("amazonaws.com.cn", "c2s.ic.gov"));
    }
}
