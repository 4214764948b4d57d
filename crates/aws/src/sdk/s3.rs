//! Payloads in S3.

use aws_sdk_s3::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::get_object::{GetObjectError, GetObjectOutput},
};
use tuning::{run::payload::LARGEST_BODY, units::s3_uri::S3Uri};

use super::{Aws, RawResponse, failure::failed};
use crate::{
    api::ApiErrorKind,
    object_store::{Object, ObjectError, ObjectStore},
};

/// In which region a bucket is, whatever S3 answers.
const BUCKET_REGION: &str = "x-amz-bucket-region";

impl ObjectStore for Aws {
    /// It is the deployment's to read, whatever role the function takes.
    async fn object(&self, uri: &S3Uri) -> Result<Object, ObjectError> {
        let asked = Client::new(&self.own(None)).get_object().bucket(uri.bucket()).key(uri.key()).send();
        read(uri, asked.await.map_err(|error| refused(uri, error))?).await
    }
}

async fn read(uri: &S3Uri, object: GetObjectOutput) -> Result<Object, ObjectError> {
    let uri = uri.clone();
    let bytes = object.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or_default();
    if bytes > LARGEST_BODY {
        return Err(ObjectError::TooLarge { uri, bytes });
    }
    let etag = object.e_tag.unwrap_or_default();
    match object.body.collect().await {
        Ok(body) => match String::from_utf8(body.to_vec()) {
            Ok(text) => Ok(Object { text, etag }),
            Err(_) => Err(ObjectError::NotText { uri }),
        },
        Err(error) => Err(ObjectError::Broken { uri, reason: error.to_string() }),
    }
}

fn refused(uri: &S3Uri, error: SdkError<GetObjectError, RawResponse>) -> ObjectError {
    let uri = uri.clone();
    let region = error.raw_response().and_then(|response| response.headers().get(BUCKET_REGION)).map(str::to_owned);
    let status = error.raw_response().map(|response| response.status().as_u16());
    match (error.code(), status) {
        (Some("AuthorizationHeaderMalformed" | "PermanentRedirect" | "TemporaryRedirect"), _)
        | (_, Some(301 | 307)) => ObjectError::ElsewhereInAws { uri, region },
        (Some("NoSuchBucket"), _) => ObjectError::NoBucket { uri },
        (Some("NoSuchKey"), _) | (None, Some(404)) => ObjectError::NotFound { uri },
        _ => {
            let failure = failed("GetObject")(error);
            match failure.kind {
                ApiErrorKind::Denied | ApiErrorKind::NoCredentials | ApiErrorKind::BadCredentials => {
                    ObjectError::Denied { uri }
                }
                ApiErrorKind::NotFound => ObjectError::NotFound { uri },
                _ => ObjectError::Broken { uri, reason: failure.message },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rustls::RootCertStore;
    use wiremock::{
        Mock, MockServer, ResponseTemplate,
        matchers::{header_exists, method, path},
    };

    use super::*;

    fn uri() -> S3Uri {
        "s3://bucket/a key/ü+~.json".parse().unwrap()
    }

    async fn answered(answer: ResponseTemplate) -> Result<Object, ObjectError> {
        let service = MockServer::start().await;
        let object = Mock::given(method("GET")).and(path("/bucket/a%20key/%C3%BC%2B~.json"));
        object.and(header_exists("authorization")).respond_with(answer).mount(&service).await;
        let aws = Aws::at(&service.uri(), RootCertStore::empty(), Duration::ZERO).await.unwrap();
        aws.object(&uri()).await
    }

    async fn refused(status: u16, code: &str) -> ObjectError {
        let body = format!("<Error><Code>{code}</Code><Message>some words</Message></Error>");
        answered(ResponseTemplate::new(status).set_body_raw(body, "application/xml")).await.unwrap_err()
    }

    #[tokio::test]
    async fn an_object_is_its_text_and_what_identifies_it() {
        let object = answered(ResponseTemplate::new(200).insert_header("etag", "\"e\"").set_body_string("{}")).await;
        assert_eq!(object, Ok(Object { text: "{}".to_owned(), etag: "\"e\"".to_owned() }));
        let binary = answered(ResponseTemplate::new(200).set_body_bytes([0xff])).await;
        assert_eq!(binary, Err(ObjectError::NotText { uri: uri() }));
    }

    #[tokio::test]
    async fn every_refusal_is_told_apart() {
        assert_eq!(refused(404, "NoSuchBucket").await, ObjectError::NoBucket { uri: uri() });
        assert_eq!(refused(404, "NoSuchKey").await, ObjectError::NotFound { uri: uri() });
        assert_eq!(refused(403, "AccessDenied").await, ObjectError::Denied { uri: uri() });
        let ObjectError::Broken { reason, .. } = refused(400, "KMS.DisabledException").await else { panic!() };
        assert_eq!(reason, "KMS.DisabledException: some words");
    }

    #[tokio::test]
    async fn as_on_aws_a_bucket_of_another_region_is_told_by_301_307_and_400_with_its_region_where_known() {
        for (status, code) in
            [(301, "PermanentRedirect"), (307, "TemporaryRedirect"), (400, "AuthorizationHeaderMalformed")]
        {
            let body = format!("<Error><Code>{code}</Code></Error>");
            let answer = ResponseTemplate::new(status).set_body_raw(body, "application/xml");
            let known = answered(answer.clone().insert_header(BUCKET_REGION, "sa-east-1")).await.unwrap_err();
            assert_eq!(known, ObjectError::ElsewhereInAws { uri: uri(), region: Some("sa-east-1".to_owned()) });
            assert!(known.to_string().contains("sa-east-1"), "{known}");
            let unknown = answered(answer).await.unwrap_err();
            assert_eq!(unknown, ObjectError::ElsewhereInAws { uri: uri(), region: None });
        }
        assert!(matches!(answered(ResponseTemplate::new(301)).await, Err(ObjectError::ElsewhereInAws { .. })));
    }

    #[tokio::test]
    async fn what_does_not_fit_an_invocation_is_refused_by_its_announced_length() {
        let large = ResponseTemplate::new(200).set_body_bytes(vec![b'1'; LARGEST_BODY + 1]);
        assert_eq!(answered(large).await, Err(ObjectError::TooLarge { uri: uri(), bytes: LARGEST_BODY + 1 }));
    }
}
