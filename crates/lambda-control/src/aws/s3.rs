//! Payloads in S3.
//!
//! One GET is all that is needed of S3. The SDK's client for it brings 0.9 MB of zip, most of it tables of checksums that are not
//! asked for here.

use std::{
    error::Error as StdError,
    iter,
    time::{Duration, SystemTime},
};

use aws_credential_types::provider::ProvideCredentials;
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
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::time::{sleep, timeout};
use tuning::{payload::LARGEST_BODY, s3_uri::S3Uri};

use super::{ATTEMPTS, Aws};
use crate::{
    object_store::{Object, ObjectError, ObjectStore},
    retry::Backoff,
};

/// How long an answer may take. A payload has at most 6 MB.
const LIMIT: Duration = Duration::from_secs(30);
/// Pauses between two tries: at first up to the one, never more than the other.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));
/// What stays as it is in the path of an object.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

type AnyError = Box<dyn StdError + Send + Sync>;

/// What S3 answered.
struct Answer {
    status: u16,
    etag: String,
    /// As S3 announced it.
    length: usize,
    /// Nothing, if it is too long.
    body: Vec<u8>,
}

impl ObjectStore for Aws {
    async fn object(&self, uri: &S3Uri) -> Result<Object, ObjectError> {
        let mut pauses = Backoff::new(PAUSES.0, PAUSES.1, fastrand::Rng::new()).take(ATTEMPTS as usize - 1);
        let answer = loop {
            let answer = self.get(uri).await;
            let is_transient = answer.as_ref().map_or(true, |answer| matches!(answer.status, 429 | 500..));
            match pauses.next().filter(|_| is_transient) {
                Some(pause) => sleep(pause).await,
                None => break answer,
            }
        };
        match answer {
            Ok(answer) => read(uri, answer),
            Err(error) => Err(ObjectError::Broken { uri: uri.clone(), reason: error.to_string() }),
        }
    }
}

impl Aws {
    /// Asks for an object once. It is the deployment's to read, whatever role the function takes.
    async fn get(&self, uri: &S3Uri) -> Result<Answer, AnyError> {
        let own = &self.shared.own;
        let region = own.region().ok_or("the region is not known")?.as_ref();
        let mut request = HttpRequest::get(url(uri, region, self.shared.s3_endpoint.as_deref()))?;
        let provider = own.credentials_provider().ok_or("there are no credentials")?;
        let identity = provider.provide_credentials().await?.into();
        let mut settings = SigningSettings::default();
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        let parameters = SigningParams::builder().identity(&identity).region(region).name("s3").settings(settings);
        let parameters = parameters.time(SystemTime::now()).build()?.into();
        let signable = SignableRequest::new("GET", request.uri(), iter::empty(), SignableBody::Bytes(&[]))?;
        let (headers, _) = sign(signable, &parameters)?.into_parts().0.into_parts();
        for header in headers {
            request.headers_mut().insert(header.name(), header.value().to_owned());
        }
        timeout(LIMIT, async { collect(self.shared.connector.call(request).await?).await }).await?
    }
}

async fn collect(answer: HttpResponse) -> Result<Answer, AnyError> {
    let header = |name: &str| answer.headers().get(name).unwrap_or_default().to_owned();
    let (status, etag) = (answer.status().as_u16(), header("etag"));
    let length = header("content-length").parse().unwrap_or(0);
    let body = if length > LARGEST_BODY {
        Vec::new()
    } else {
        Limited::new(answer.into_body(), LARGEST_BODY).collect().await?.to_bytes().to_vec()
    };
    Ok(Answer { status, etag, length, body })
}

/// Where an object is. A bucket whose name has dots is no host that a certificate is for.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html>
fn url(uri: &S3Uri, region: &str, endpoint: Option<&str>) -> String {
    let (bucket, key) = (uri.bucket(), utf8_percent_encode(uri.key(), KEPT));
    let suffix = dns_suffix(region);
    match endpoint {
        Some(endpoint) => format!("{}/{bucket}/{key}", endpoint.trim_end_matches('/')),
        None if bucket.contains('.') => format!("https://s3.{region}.{suffix}/{bucket}/{key}"),
        None => format!("https://{bucket}.s3.{region}.{suffix}/{key}"),
    }
}

/// Where AWS is, by the partition of a region.
/// Source: the endpoint rules of the AWS SDK (`partitions` in `endpoint_lib.rs` of its clients).
fn dns_suffix(region: &str) -> &'static str {
    const SUFFIXES: [(&str, &str); 6] = [
        ("cn-", "amazonaws.com.cn"),
        ("eusc-", "amazonaws.eu"),
        ("us-iso-", "c2s.ic.gov"),
        ("us-isob-", "sc2s.sgov.gov"),
        ("us-isof-", "csp.hci.ic.gov"),
        ("eu-isoe-", "cloud.adc-e.uk"),
    ];
    let own = SUFFIXES.iter().find(|(prefix, _)| region.starts_with(prefix));
    own.map_or("amazonaws.com", |(_, suffix)| suffix)
}

fn read(uri: &S3Uri, answer: Answer) -> Result<Object, ObjectError> {
    let uri = uri.clone();
    let says = |code: &str| String::from_utf8_lossy(&answer.body).contains(&format!("<Code>{code}</Code>"));
    match answer.status {
        200 if answer.length > LARGEST_BODY => Err(ObjectError::TooLarge { uri, bytes: answer.length }),
        200 => match String::from_utf8(answer.body) {
            Ok(text) => Ok(Object { text, etag: answer.etag }),
            Err(_) => Err(ObjectError::NotText { uri }),
        },
        404 if says("NoSuchBucket") => Err(ObjectError::NoBucket { uri }),
        404 => Err(ObjectError::NotFound { uri }),
        403 => Err(ObjectError::Denied { uri }),
        301 | 307 => Err(ObjectError::ElsewhereInAws { uri }),
        status => {
            let reason = format!("S3 answered {status}: {}", String::from_utf8_lossy(&answer.body));
            Err(ObjectError::Broken { uri, reason })
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use wiremock::{
        Mock, MockServer, ResponseTemplate,
        matchers::{header_regex, method, path},
    };

    use super::*;

    fn uri() -> S3Uri {
        "s3://bucket/a key/ü.json".parse().unwrap()
    }

    fn answered(status: u16, body: &str) -> ObjectError {
        let answer = Answer { status, etag: String::new(), length: body.len(), body: body.as_bytes().to_vec() };
        read(&uri(), answer).unwrap_err()
    }

    #[test]
    fn every_refusal_is_told_apart() {
        let uri = uri();
        assert_eq!(
            answered(404, "<Error><Code>NoSuchBucket</Code></Error>"),
            ObjectError::NoBucket { uri: uri.clone() }
        );
        assert_eq!(answered(404, "<Error><Code>NoSuchKey</Code></Error>"), ObjectError::NotFound { uri: uri.clone() });
        assert_eq!(answered(403, "<Error><Code>AccessDenied</Code></Error>"), ObjectError::Denied { uri: uri.clone() });
        assert_eq!(answered(301, ""), ObjectError::ElsewhereInAws { uri });
        let ObjectError::Broken { reason, .. } = answered(400, "<Code>SlowUp</Code>") else { panic!("no such error") };
        assert!(reason.contains("400") && reason.contains("SlowUp"), "{reason}");
    }

    #[test]
    fn what_does_not_fit_an_invocation_is_refused_by_its_announced_length() {
        let answer = Answer { status: 200, etag: String::new(), length: LARGEST_BODY + 1, body: Vec::new() };
        assert_eq!(read(&uri(), answer), Err(ObjectError::TooLarge { uri: uri(), bytes: LARGEST_BODY + 1 }));
        let binary = Answer { status: 200, etag: String::new(), length: 1, body: vec![0xff] };
        assert_eq!(read(&uri(), binary), Err(ObjectError::NotText { uri: uri() }));
    }

    #[test]
    fn a_bucket_is_a_host_unless_no_certificate_could_be_for_it() {
        let url = |uri: &str, region| super::url(&uri.parse().unwrap(), region, None);
        assert_eq!(
            url("s3://bucket/a key/ü+~.json", "eu-west-1"),
            "https://bucket.s3.eu-west-1.amazonaws.com/a%20key/%C3%BC%2B~.json"
        );
        assert_eq!(url("s3://my.bucket/k", "cn-north-1"), "https://s3.cn-north-1.amazonaws.com.cn/my.bucket/k");
        assert_eq!(url("s3://bucket/k", "us-gov-west-1"), "https://bucket.s3.us-gov-west-1.amazonaws.com/k");
    }

    fn variable(name: &str) -> Option<String> {
        matches!(name, "AWS_REGION" | "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" | "AWS_SESSION_TOKEN")
            .then(|| "eu-west-1".to_owned())
    }

    #[tokio::test]
    async fn an_object_is_asked_for_with_a_signature_until_s3_is_not_busy() {
        let s3 = MockServer::start().await;
        let get = || {
            let signed = "^AWS4-HMAC-SHA256 Credential=.*/eu-west-1/s3/aws4_request, \
                          SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$";
            let get = Mock::given(method("GET")).and(path("/bucket/a%20key/%C3%BC.json"));
            get.and(header_regex("authorization", signed))
        };
        get().respond_with(ResponseTemplate::new(503)).up_to_n_times(2).expect(2).mount(&s3).await;
        let object = ResponseTemplate::new(200).set_body_string("{}").insert_header("etag", "\"1\"");
        get().respond_with(object).expect(1).mount(&s3).await;
        let mut aws = Aws::new(variable);
        Arc::get_mut(&mut aws.shared).unwrap().s3_endpoint = Some(s3.uri());
        let object = aws.object(&uri()).await.unwrap();
        assert_eq!((object.text.as_str(), object.etag.as_str()), ("{}", "\"1\""));
    }
}
