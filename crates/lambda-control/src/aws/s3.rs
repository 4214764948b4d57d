//! Payloads in S3.

use aws_sdk_s3::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::get_object::GetObjectError,
};
use tuning::{payload::LARGEST_BODY, s3_uri::S3Uri};

use super::{Aws, RawResponse, failed};
use crate::object_store::{Object, ObjectError, ObjectStore};

impl ObjectStore for Aws {
    async fn object(&self, uri: &S3Uri) -> Result<Object, ObjectError> {
        // The object is the deployment's to read, whatever role the function takes.
        let s3 = Client::new(&self.config(None, None).await);
        let request = s3.get_object().bucket(uri.bucket()).key(uri.key());
        let answer = request.send().await.map_err(|error| refused(uri, error))?;
        let bytes = answer.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
        if bytes > LARGEST_BODY {
            return Err(ObjectError::TooLarge { uri: uri.clone(), bytes });
        }
        let etag = answer.e_tag().unwrap_or_default().to_owned();
        let content = answer.body.collect().await;
        let content = content.map_err(|error| ObjectError::Broken { uri: uri.clone(), reason: error.to_string() })?;
        let text = String::from_utf8(content.to_vec()).map_err(|_| ObjectError::NotText { uri: uri.clone() })?;
        Ok(Object { text, etag })
    }
}

fn refused(uri: &S3Uri, error: SdkError<GetObjectError, RawResponse>) -> ObjectError {
    let uri = uri.clone();
    let code = error.code().map(str::to_owned);
    let status = error.raw_response().map(|response| response.status().as_u16());
    match (status, code.as_deref()) {
        (_, Some("NoSuchBucket")) => ObjectError::NoBucket { uri },
        (Some(404), _) => ObjectError::NotFound { uri },
        (Some(403), _) => ObjectError::Denied { uri },
        (Some(301 | 307), _) => ObjectError::ElsewhereInAws { uri },
        _ => ObjectError::Broken { uri, reason: failed("GetObject")(error).to_string() },
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::{error::ErrorMetadata, primitives::SdkBody};

    use super::*;

    fn answered(status: u16, code: &str) -> ObjectError {
        let metadata = ErrorMetadata::builder().code(code).message("some words").build();
        let response = RawResponse::new(status.try_into().unwrap(), SdkBody::empty());
        let uri = "s3://bucket/key".parse().unwrap();
        refused(&uri, SdkError::service_error(GetObjectError::generic(metadata), response))
    }

    #[test]
    fn every_refusal_is_told_apart() {
        let uri: S3Uri = "s3://bucket/key".parse().unwrap();
        assert_eq!(answered(404, "NoSuchBucket"), ObjectError::NoBucket { uri: uri.clone() });
        assert_eq!(answered(404, "NoSuchKey"), ObjectError::NotFound { uri: uri.clone() });
        assert_eq!(answered(403, "AccessDenied"), ObjectError::Denied { uri: uri.clone() });
        assert_eq!(answered(301, "PermanentRedirect"), ObjectError::ElsewhereInAws { uri });
        assert!(matches!(answered(503, "SlowDown"), ObjectError::Broken { .. }));
    }
}
