//! Payloads in S3.

use aws_sdk_lambda::config::Region;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tuning::{payload::LARGEST_BODY, s3_uri::S3Uri};

use super::{
    Aws,
    signed::{Answer, Call, dns_suffix},
};
use crate::object_store::{Object, ObjectError, ObjectStore};

/// What stays as it is in the path of an object.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

impl ObjectStore for Aws {
    /// It is the deployment's to read, whatever role the function takes.
    async fn object(&self, uri: &S3Uri) -> Result<Object, ObjectError> {
        let broken = |reason: String| ObjectError::Broken { uri: uri.clone(), reason };
        let region = self.region(None).ok_or_else(|| broken("the region is not known".to_owned()))?;
        let url = url(uri, &region, self.endpoint("S3").as_deref());
        let call = Call { url, service: "s3", region: &region, post: None, longest_answer: LARGEST_BODY };
        let answer = self.read(&call).await;
        answer.map_err(|error| broken(error.to_string())).and_then(|answer| read(uri, answer))
    }
}

/// Where an object is. A bucket whose name has dots is no host that a certificate is for.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html>
fn url(uri: &S3Uri, region: &Region, endpoint: Option<&str>) -> String {
    let (bucket, key) = (uri.bucket(), utf8_percent_encode(uri.key(), KEPT));
    let suffix = dns_suffix(region);
    match endpoint {
        Some(endpoint) => format!("{}/{bucket}/{key}", endpoint.trim_end_matches('/')),
        None if bucket.contains('.') => format!("https://s3.{region}.{suffix}/{bucket}/{key}"),
        None => format!("https://{bucket}.s3.{region}.{suffix}/{key}"),
    }
}

fn read(uri: &S3Uri, answer: Answer) -> Result<Object, ObjectError> {
    let uri = uri.clone();
    let says = |code: &str| answer.text().contains(&format!("<Code>{code}</Code>"));
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
        status => Err(ObjectError::Broken { uri, reason: format!("S3 answered {status}: {}", answer.text()) }),
    }
}

#[cfg(test)]
mod tests {
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
        let url = |uri: &str, region| super::url(&uri.parse().unwrap(), &Region::from_static(region), None);
        assert_eq!(
            url("s3://bucket/a key/ü+~.json", "eu-west-1"),
            "https://bucket.s3.eu-west-1.amazonaws.com/a%20key/%C3%BC%2B~.json"
        );
        assert_eq!(url("s3://my.bucket/k", "cn-north-1"), "https://s3.cn-north-1.amazonaws.com.cn/my.bucket/k");
        let local = super::url(&uri(), &Region::from_static("eu-west-1"), Some("http://local/"));
        assert_eq!(local, "http://local/bucket/a%20key/%C3%BC.json");
    }
}
