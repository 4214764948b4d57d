//! Payloads in S3.

use std::future::Future;

use tuning::{run::payload::LARGEST_BODY, units::s3_uri::S3Uri};

/// Where payloads lie.
pub trait ObjectStore {
    /// Reads an object that a synchronous invocation could take.
    fn object(&self, uri: &S3Uri) -> impl Future<Output = Result<Object, ObjectError>>;
}

/// An object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its content.
    pub text: String,
    /// The identity of this content.
    pub etag: String,
}

/// Why an object cannot be the payload.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ObjectError {
    /// 403. Without the permission to list the bucket, S3 says this of an object that does not exist, too.
    #[error(
        "S3 does not let this deployment read {uri} (403), or there is no such object: bucket {}, key {}. Deploy with the \
         parameters payloadS3Bucket and payloadS3Key that allow it, and kmsKeyArns if a key of AWS KMS encrypts it, and \
         check the policies of the bucket and of the key",
        .uri.bucket(), .uri.key()
    )]
    Denied {
        /// The object.
        uri: S3Uri,
    },
    /// 404.
    #[error(
        "there is no object {uri} (404): bucket {}, key {}. Check both, and the deployment's parameters payloadS3Bucket and \
         payloadS3Key",
        .uri.bucket(), .uri.key()
    )]
    NotFound {
        /// The object.
        uri: S3Uri,
    },
    /// 404 of the bucket.
    #[error(
        "there is no bucket {} (404), from which the key {} was to be read. Check the name, and the deployment's parameter \
         payloadS3Bucket",
        .uri.bucket(), .uri.key()
    )]
    NoBucket {
        /// The object.
        uri: S3Uri,
    },
    /// 301, 307, or 400 because the signature is for another region.
    #[error(
        "the bucket {} is in {}, and this deployment is not. Copy the object {uri} into a bucket of the deployment's \
         region",
        .uri.bucket(), .region.as_deref().unwrap_or("another region")
    )]
    ElsewhereInAws {
        /// The object.
        uri: S3Uri,
        /// The region of the bucket, if S3 says it.
        region: Option<String>,
    },
    /// It does not fit an invocation.
    #[error("{uri} has {bytes} bytes, too many for a synchronous invocation, which takes at most {LARGEST_BODY}")]
    TooLarge {
        /// The object.
        uri: S3Uri,
        /// Its size.
        bytes: usize,
    },
    /// It is neither JSON nor text.
    #[error("{uri} is neither JSON nor text: its bytes are not UTF-8")]
    NotText {
        /// The object.
        uri: S3Uri,
    },
    /// It is not the object any more that the input was checked with.
    #[error("{uri} was overwritten during the run: the memory sizes would not be measured with the same payload")]
    Overwritten {
        /// The object.
        uri: S3Uri,
    },
    /// S3 did not answer, or broke off.
    #[error("reading {uri} failed: {reason}")]
    Broken {
        /// The object.
        uri: S3Uri,
        /// The reason that the SDK gives.
        reason: String,
    },
}
