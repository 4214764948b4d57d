//! The calls of a fleet.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_s3::error::ProvideErrorMetadata;
use tuning::{
    fleet::{REGISTRY, Tags, schema_name},
    units::{arn::FunctionArn, s3_uri::S3Uri},
};

use super::{Aws, failure::failed};
use crate::{
    api::{ApiError, ApiErrorKind, Configuration},
    fleet::{Inventory, Kind, Objects},
};

impl Inventory for Aws {
    async fn all_functions(&self) -> Result<Vec<Configuration>, ApiError> {
        self.functions().await
    }

    async fn tags(&self) -> Result<HashMap<String, Tags>, ApiError> {
        let client = aws_sdk_resourcegroupstagging::Client::new(&self.own(None));
        let mut found = client.get_resources().resource_type_filters("lambda:function").into_paginator().items().send();
        let mut by_function = HashMap::new();
        while let Some(resource) = found.next().await {
            let resource = resource.map_err(failed("GetResources"))?;
            let tags = resource.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect();
            by_function.extend(resource.resource_arn.map(|arn| (arn, Tags(tags))));
        }
        Ok(by_function)
    }

    async fn functions_in_stack(&self, stack: &str) -> Result<BTreeSet<String>, ApiError> {
        Ok(self.in_stack(stack).await?.into_keys().collect())
    }

    async fn test_events(&self, function: &FunctionArn) -> Result<Option<String>, ApiError> {
        let client = aws_sdk_schemas::Client::new(&self.own(None));
        let described =
            client.describe_schema().registry_name(REGISTRY).schema_name(schema_name(function)).send().await;
        match described.map_err(failed("DescribeSchema")) {
            Ok(described) => Ok(described.content),
            Err(ApiError { kind: ApiErrorKind::NotFound, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Objects for Aws {
    async fn read(&self, object: &S3Uri) -> Result<Option<String>, ApiError> {
        const CALL: &str = "GetObject";
        let client = aws_sdk_s3::Client::new(&self.own(None));
        let read = match client.get_object().bucket(object.bucket()).key(object.key()).send().await {
            Ok(read) => read,
            Err(error) if error.code() == Some("NoSuchKey") => return Ok(None),
            Err(error) => return Err(failed(CALL)(error)),
        };
        let broken = |reason: String| ApiError {
            call: CALL,
            kind: ApiErrorKind::Unclear,
            message: format!("{object}: {reason}"),
        };
        let bytes = read.body.collect().await.map_err(|error| broken(error.to_string()))?.to_vec();
        String::from_utf8(bytes).map(Some).map_err(|_| broken("its bytes are not UTF-8".to_owned()))
    }

    async fn write(&self, object: &S3Uri, kind: Kind, text: String) -> Result<(), ApiError> {
        let client = aws_sdk_s3::Client::new(&self.own(None));
        let put = client.put_object().bucket(object.bucket()).key(object.key()).content_type(kind.media_type());
        put.body(text.into_bytes().into()).send().await.map(drop).map_err(failed("PutObject"))
    }

    async fn keys(&self, bucket: &str, prefix: &str) -> Result<Vec<String>, ApiError> {
        let client = aws_sdk_s3::Client::new(&self.own(None));
        let mut pages = client.list_objects_v2().bucket(bucket).prefix(prefix).into_paginator().send();
        let mut keys = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(failed("ListObjectsV2"))?;
            keys.extend(page.contents.unwrap_or_default().into_iter().filter_map(|object| object.key));
        }
        Ok(keys)
    }
}
