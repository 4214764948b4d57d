//! A template that is too long to be sent: it lies in a bucket while AWS reads it.

use super::{
    bucket::{Bucket, State},
    change::{self, ChangeSet, Template, Wanted},
};
use crate::{
    account::{Account, Call},
    console::Console,
    failure::Failure,
};

/// The key of the object.
const KEY: &str = "monitoring/template.json";

/// Asks AWS what would change; `None`: nothing. A bucket that there is only for that is deleted again.
pub async fn create<'a>(
    bucket: &Bucket<'_>,
    account: &'a Account,
    stack: &str,
    template: &str,
    is_new: bool,
    console: Console,
) -> Result<Option<ChangeSet<'a>>, Failure> {
    let is_absent = bucket.state().await? == State::Absent;
    let meanwhile = if is_absent { ", which is created and deleted again" } else { "" };
    let (length, name) = (template.len(), &bucket.name);
    console.say(format_args!("the template has {length} bytes: AWS reads it from the bucket {name}{meanwhile}"));
    if is_absent {
        bucket.create().await?;
    }
    let created = from_bucket(bucket, account, stack, template, is_new).await;
    if is_absent {
        bucket.remove().await?;
    }
    created
}

async fn from_bucket<'a>(
    bucket: &Bucket<'_>,
    account: &'a Account,
    stack: &str,
    template: &str,
    is_new: bool,
) -> Result<Option<ChangeSet<'a>>, Failure> {
    let version = bucket.put(KEY, template.as_bytes(), "put the template into the bucket").await?;
    let template = Template::At(address(bucket));
    let created = change::create(account, Wanted { stack, template, parameters: Vec::new(), is_new }).await;
    delete(bucket, version).await?;
    created
}

/// The address of the object, as `CloudFormation` takes it.
fn address(bucket: &Bucket<'_>) -> String {
    let suffix = if bucket.identity.partition == "aws-cn" { ".cn" } else { "" };
    format!("https://s3.{}.amazonaws.com{suffix}/{}/{KEY}", bucket.region, bucket.name)
}

/// Deletes one version of the object, or the object of a bucket that keeps no versions.
async fn delete(bucket: &Bucket<'_>, version: Option<String>) -> Result<(), Failure> {
    let action = if version.is_some() { "s3:DeleteObjectVersion" } else { "s3:DeleteObject" };
    let delete = bucket.s3.delete_object().bucket(&bucket.name).key(KEY).set_version_id(version);
    let deleted = delete.expected_bucket_owner(&bucket.identity.account).send().await;
    deleted.map(drop).map_err(|error| {
        let on = format!("{}/{KEY}", bucket.name);
        Call { to: "delete the template from the bucket", action, on: &on }.failed(&error)
    })
}
