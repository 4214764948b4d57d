//! The bucket that the code of the functions is deployed from.

use aws_sdk_s3::{
    primitives::ByteStream,
    types::{
        BucketLocationConstraint, BucketVersioningStatus, CreateBucketConfiguration, Delete, ObjectIdentifier,
        PublicAccessBlockConfiguration, ServerSideEncryption, ServerSideEncryptionByDefault,
        ServerSideEncryptionConfiguration, ServerSideEncryptionRule, Tag, Tagging, VersioningConfiguration,
    },
};
use package::Package;
use serde_json::json;

use super::identity::Identity;
use crate::{
    account::{Account, Call, code},
    failure::Failure,
};

/// The tag that marks a bucket that this program has created: it may remove it again.
const TAG: (&str, &str) = ("power-tuner", "code");
/// Where a bucket is if no other place is given.
const NO_CONSTRAINT: &str = "us-east-1";

/// A bucket of an account.
#[derive(Debug)]
pub struct Bucket<'a> {
    /// Its name.
    pub name: String,
    pub(super) s3: aws_sdk_s3::Client,
    pub(super) region: &'a str,
    pub(super) identity: &'a Identity,
}

/// The state in which a bucket is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// There is none of this name.
    Absent,
    /// This program has created it.
    Ours,
    /// The account has it for something else, or made it by hand: it is used, and never removed.
    Theirs,
}

impl<'a> Bucket<'a> {
    /// The bucket of this name, or the one of the account and region.
    pub fn new(account: &'a Account, identity: &'a Identity, name: Option<&str>) -> Self {
        let default = || format!("power-tuner-{}-{}", identity.account, account.region);
        Self { name: name.map_or_else(default, str::to_owned), s3: account.s3(), region: &account.region, identity }
    }

    /// The state of the bucket.
    pub async fn state(&self) -> Result<State, Failure> {
        let head = self.s3.head_bucket().bucket(&self.name).expected_bucket_owner(&self.identity.account).send().await;
        if let Err(error) = head {
            let status = error.raw_response().map_or(0, |answer| answer.status().as_u16());
            return match status {
                404 => Ok(State::Absent),
                301 | 400 => Err(Failure::bad_input(format!("the bucket {} is not in {}", self.name, self.region))
                    .hint("functions are deployed from a bucket of their own region: give another one with --bucket")),
                403 => Err(self.foreign()),
                _ => Err(self.call("look at the bucket", "s3:ListBucket").failed(&error)),
            };
        }
        let tags = self.s3.get_bucket_tagging().bucket(&self.name).expected_bucket_owner(&self.identity.account);
        match tags.send().await {
            Ok(tags) if tags.tag_set().iter().any(|tag| (tag.key(), tag.value()) == TAG) => Ok(State::Ours),
            Ok(_) => Ok(State::Theirs),
            Err(error) if code(&error) == Some("NoSuchTagSet") => Ok(State::Theirs),
            Err(error) => Err(self.call("read the tags of the bucket", "s3:GetBucketTagging").failed(&error)),
        }
    }

    /// Creates it, for the code alone.
    pub async fn create(&self) -> Result<(), Failure> {
        let place = (self.region != NO_CONSTRAINT).then(|| {
            let place = BucketLocationConstraint::from(self.region);
            CreateBucketConfiguration::builder().location_constraint(place).build()
        });
        let created = self.s3.create_bucket().bucket(&self.name).set_create_bucket_configuration(place).send().await;
        match created {
            Ok(_) => {}
            Err(error) if code(&error) == Some("BucketAlreadyOwnedByYou") => {}
            Err(error) if code(&error) == Some("BucketAlreadyExists") => return Err(self.foreign()),
            Err(error) => return Err(self.call("create the bucket", "s3:CreateBucket").failed(&error)),
        }
        // The tag first: a bucket that is only half set up is still known as our own.
        self.tag().await?;
        self.protect().await
    }

    async fn tag(&self) -> Result<(), Failure> {
        let tag = Tag::builder().key(TAG.0).value(TAG.1).build().map_err(|error| invalid(&error))?;
        let tagging = Tagging::builder().tag_set(tag).build().map_err(|error| invalid(&error))?;
        let tagged = self.s3.put_bucket_tagging().bucket(&self.name).tagging(tagging);
        let tagged = tagged.expected_bucket_owner(&self.identity.account).send().await;
        tagged.map(drop).map_err(|error| self.call("tag the bucket", "s3:PutBucketTagging").failed(&error))
    }

    /// Private, encrypted, reached by TLS only, and with the versions of what was in it.
    pub async fn protect(&self) -> Result<(), Failure> {
        let (s3, name, owner) = (&self.s3, &self.name, &self.identity.account);
        let block = PublicAccessBlockConfiguration::builder()
            .block_public_acls(true)
            .block_public_policy(true)
            .ignore_public_acls(true)
            .restrict_public_buckets(true)
            .build();
        let blocked = s3.put_public_access_block().bucket(name).public_access_block_configuration(block);
        blocked.expected_bucket_owner(owner).send().await.map_err(|error| {
            self.call("block public access to the bucket", "s3:PutBucketPublicAccessBlock").failed(&error)
        })?;
        let by_default = ServerSideEncryptionByDefault::builder().sse_algorithm(ServerSideEncryption::Aes256).build();
        let rule = ServerSideEncryptionRule::builder()
            .apply_server_side_encryption_by_default(by_default.map_err(|error| invalid(&error))?)
            .build();
        let encryption =
            ServerSideEncryptionConfiguration::builder().rules(rule).build().map_err(|error| invalid(&error))?;
        let encrypted = s3.put_bucket_encryption().bucket(name).server_side_encryption_configuration(encryption);
        encrypted
            .expected_bucket_owner(owner)
            .send()
            .await
            .map_err(|error| self.call("encrypt the bucket", "s3:PutEncryptionConfiguration").failed(&error))?;
        let enabled = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
        let versioned = s3.put_bucket_versioning().bucket(name).versioning_configuration(enabled);
        versioned
            .expected_bucket_owner(owner)
            .send()
            .await
            .map_err(|error| self.call("have the bucket keep versions", "s3:PutBucketVersioning").failed(&error))?;
        let policy = s3.put_bucket_policy().bucket(name).policy(self.policy());
        policy
            .expected_bucket_owner(owner)
            .send()
            .await
            .map(drop)
            .map_err(|error| self.call("set the policy of the bucket", "s3:PutBucketPolicy").failed(&error))
    }

    fn policy(&self) -> String {
        let arn = format!("arn:{}:s3:::{}", self.identity.partition, self.name);
        json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Sid": "OnlyByTls",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [arn, format!("{arn}/*")],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}}
            }]
        })
        .to_string()
    }

    /// Puts into it what is missing of a package; returns how many objects that were.
    pub async fn upload(&self, package: &Package) -> Result<usize, Failure> {
        let mut uploaded = 0;
        for (key, content) in package.objects() {
            if self.has(&key, content.len()).await? {
                continue;
            }
            self.put(&key, content, "upload the code").await?;
            uploaded += 1;
        }
        Ok(uploaded)
    }

    /// Puts an object into it; returns which version that is, if the bucket keeps them.
    pub async fn put(&self, key: &str, content: &[u8], to: &str) -> Result<Option<String>, Failure> {
        let put = self.s3.put_object().bucket(&self.name).key(key).body(ByteStream::from(content.to_vec()));
        let put = put.expected_bucket_owner(&self.identity.account).send().await;
        let put = put.map_err(|error| {
            let on = format!("{}/{key}", self.name);
            Call { to, action: "s3:PutObject", on: &on }.failed(&error)
        })?;
        Ok(put.version_id)
    }

    /// Returns true if an object is there. Its key says what it holds; one of another length was not written to its
    /// end.
    async fn has(&self, key: &str, length: usize) -> Result<bool, Failure> {
        let head = self.s3.head_object().bucket(&self.name).key(key).expected_bucket_owner(&self.identity.account);
        match head.send().await {
            Ok(head) => Ok(head.content_length().and_then(|bytes| usize::try_from(bytes).ok()) == Some(length)),
            Err(error) if error.raw_response().is_some_and(|answer| answer.status().as_u16() == 404) => Ok(false),
            // Without s3:ListBucket, AWS does not say whether it is there.
            Err(error) if error.raw_response().is_some_and(|answer| answer.status().as_u16() == 403) => Ok(false),
            Err(error) => {
                let on = format!("{}/{key}", self.name);
                Err(Call { to: "look for the code", action: "s3:GetObject", on: &on }.failed(&error))
            }
        }
    }

    /// Deletes every version of every object, and the bucket.
    pub async fn remove(&self) -> Result<(), Failure> {
        let owner = &self.identity.account;
        loop {
            let listed = self.s3.list_object_versions().bucket(&self.name).expected_bucket_owner(owner).send().await;
            let listed = listed
                .map_err(|error| self.call("list what is in the bucket", "s3:ListBucketVersions").failed(&error))?;
            let versions = listed.versions().iter().map(|version| (version.key(), version.version_id()));
            let markers = listed.delete_markers().iter().map(|marker| (marker.key(), marker.version_id()));
            let objects = versions.chain(markers).map(|(key, version)| {
                let object = ObjectIdentifier::builder().key(key.unwrap_or_default());
                object.set_version_id(version.map(str::to_owned)).build().map_err(|error| invalid(&error))
            });
            let objects = objects.collect::<Result<Vec<_>, Failure>>()?;
            if objects.is_empty() {
                break;
            }
            let delete =
                Delete::builder().set_objects(Some(objects)).quiet(true).build().map_err(|error| invalid(&error))?;
            let deleted = self.s3.delete_objects().bucket(&self.name).delete(delete);
            let deleted = deleted.expected_bucket_owner(owner).send().await;
            let deleted =
                deleted.map_err(|error| self.call("empty the bucket", "s3:DeleteObjectVersion").failed(&error))?;
            if let Some(error) = deleted.errors().first() {
                return Err(Failure::other(format!(
                    "failed to empty the bucket {}: {}: {}",
                    self.name,
                    error.key().unwrap_or_default(),
                    error.message().or(error.code()).unwrap_or_default()
                )));
            }
        }
        let deleted = self.s3.delete_bucket().bucket(&self.name).expected_bucket_owner(owner).send().await;
        deleted.map(drop).map_err(|error| self.call("delete the bucket", "s3:DeleteBucket").failed(&error))
    }

    fn foreign(&self) -> Failure {
        Failure::other(format!(
            "the bucket {} is not one of the account {}, or your credentials are not allowed to look at it",
            self.name, self.identity.account
        ))
        .hint("give another bucket: --bucket NAME")
    }

    fn call<'b>(&'b self, to: &'b str, action: &'b str) -> Call<'b> {
        Call { to, action, on: &self.name }
    }
}

fn invalid(error: &aws_sdk_s3::error::BuildError) -> Failure {
    Failure::other(format!("failed to make a request of S3: {error}"))
}
