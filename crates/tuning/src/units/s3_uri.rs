//! Objects in S3, as a caller names them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::units::printable::printable;

/// An object in S3: `s3://<bucket>/<key>`.
///
/// The key is taken as it is written, as the AWS command line does it: nothing in it is percent-decoded.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct S3Uri {
    bucket: String,
    key: String,
}

/// A text that names no object in S3. What was received is cut to 80 printable characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAnS3Uri {
    /// It does not begin with `s3://`.
    #[error("\"{0}\" is no S3 URI: expected s3://<bucket>/<key>")]
    Scheme(String),
    /// There is a bucket and nothing else.
    #[error("\"{0}\" names no object: expected a / and a key behind the bucket, s3://<bucket>/<key>")]
    NoKey(String),
    /// The text in the place of the bucket is not the name of one.
    #[error(
        "\"{0}\" is not a valid name of an S3 bucket: expected 3 to 63 lowercase letters, digits, hyphens and dots, a letter or a \
         digit at both ends, no two dots in a row, and no IP address"
    )]
    Bucket(String),
    /// The text in the place of the key is too long.
    #[error("the key \"{received}\" has {bytes} bytes: expected 1 to 1024")]
    LongKey {
        /// The beginning of the key.
        received: String,
        /// Its length.
        bytes: usize,
    },
    /// The key has control characters.
    #[error("the key \"{0}\" has control characters, such as a line break: expected a key without")]
    ControlCharacters(String),
}

const SCHEME: &str = "s3://";
/// The longest piece of what was received that a message repeats, in characters.
const LONGEST_QUOTE: usize = 80;
/// Bytes of the longest key: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>.
const LONGEST_KEY: usize = 1024;

impl S3Uri {
    /// The bucket.
    #[must_use]
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// The key of the object within the bucket.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// Returns true if a text can be the name of a general purpose bucket:
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>. The prefixes and suffixes that are
/// kept from new buckets are let through, because the alias of an access point, which ends in `-s3alias`, can stand for
/// a bucket.
fn is_bucket(name: &str) -> bool {
    let is_end = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.';
    (3..=63).contains(&name.len())
        && name.bytes().all(allowed)
        && is_end(name.as_bytes().first())
        && is_end(name.as_bytes().last())
        && !name.contains("..")
        && !is_ip_address(name)
}

fn is_ip_address(name: &str) -> bool {
    name.split('.').count() == 4 && name.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

impl FromStr for S3Uri {
    type Err = NotAnS3Uri;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let quote = |text: &str| printable(text, LONGEST_QUOTE);
        let path = text.strip_prefix(SCHEME).ok_or_else(|| NotAnS3Uri::Scheme(quote(text)))?;
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        if !is_bucket(bucket) {
            Err(NotAnS3Uri::Bucket(quote(bucket)))
        } else if key.is_empty() {
            Err(NotAnS3Uri::NoKey(quote(text)))
        } else if key.len() > LONGEST_KEY {
            Err(NotAnS3Uri::LongKey { received: quote(key), bytes: key.len() })
        } else if key.contains(char::is_control) {
            Err(NotAnS3Uri::ControlCharacters(quote(key)))
        } else {
            Ok(Self { bucket: bucket.to_owned(), key: key.to_owned() })
        }
    }
}

impl TryFrom<String> for S3Uri {
    type Error = NotAnS3Uri;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<S3Uri> for String {
    fn from(uri: S3Uri) -> Self {
        uri.to_string()
    }
}

impl fmt::Display for S3Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bucket, key } = self;
        write!(f, "{SCHEME}{bucket}/{key}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> NotAnS3Uri {
        text.parse::<S3Uri>().unwrap_err()
    }

    #[test]
    fn bucket_and_key_are_told_apart() {
        let long = format!("s3://{}/{}", "b".repeat(63), "ä".repeat(512));
        for (text, bucket, key) in [
            ("s3://my-bucket/payload.json", "my-bucket", "payload.json"),
            ("s3://my.bucket.1/a/b//c/", "my.bucket.1", "a/b//c/"),
            ("s3://0ab//", "0ab", "/"),
            ("s3://abc/ä %20?#\u{1f980}", "abc", "ä %20?#\u{1f980}"),
            ("s3://1.2.3.4.5/k", "1.2.3.4.5", "k"),
            (
                "s3://ap-metadata-12345678901234567890123456789012-s3alias/k",
                "ap-metadata-12345678901234567890123456789012-s3alias",
                "k",
            ),
            (&long, &long[5..68], &long[69..]),
        ] {
            let uri: S3Uri = text.parse().unwrap();
            assert_eq!((uri.bucket(), uri.key(), uri.to_string().as_str()), (bucket, key, text));
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for text in [
            "",
            "s3:/bucket/key",
            "S3://bucket/key",
            " s3://bucket/key",
            "https://bucket.s3.amazonaws.com/key",
            "arn:aws:s3:::bucket/key",
        ] {
            assert_eq!(refusal(text), NotAnS3Uri::Scheme(text.to_owned()));
        }
        for text in ["s3://bucket", "s3://bucket/"] {
            assert_eq!(refusal(text), NotAnS3Uri::NoKey(text.to_owned()));
        }
        let long = "b".repeat(64);
        for bucket in [
            "",
            "ab",
            &long,
            "Bucket",
            "my_bucket",
            "-abc",
            "abc-",
            ".abc",
            "abc.",
            "a..b",
            "192.168.5.4",
            "büc",
            "a b",
            "arn:aws:s3:us-west-2:123456789012:accesspoint",
        ] {
            assert_eq!(refusal(&format!("s3://{bucket}/key")), NotAnS3Uri::Bucket(bucket.to_owned()));
        }
        let long = "k".repeat(1025);
        let received = format!("{}…", &long[..79]);
        assert_eq!(refusal(&format!("s3://bucket/{long}")), NotAnS3Uri::LongKey { received, bytes: 1025 });
        assert_eq!(refusal("s3://bucket/a\nb"), NotAnS3Uri::ControlCharacters("a b".to_owned()));
    }

    #[test]
    fn a_message_repeats_no_more_than_a_line_of_what_was_received() {
        for text in [
            format!("{}\n", "x".repeat(10_000)),
            format!("s3://{}", "x".repeat(10_000)),
            format!("s3://abc/{}", "\u{1b}".repeat(1024)),
        ] {
            let message = refusal(&text).to_string();
            assert!(message.len() < 400 && !message.contains(char::is_control), "{message}");
        }
    }

    #[test]
    fn in_json_it_is_a_string() {
        let uri: S3Uri = serde_json::from_str("\"s3://bucket/a/key\"").unwrap();
        assert_eq!(serde_json::to_string(&uri).unwrap(), "\"s3://bucket/a/key\"");
        assert!(serde_json::from_str::<S3Uri>("\"s3://bucket\"").is_err());
    }
}
