//! Which functions there are.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use aws_sdk_resourcegroupstagging::types::TagFilter;
use tokio::time::interval;

use crate::{
    api::{ApiError, Configuration},
    sdk::{Aws, failure::failed, read},
    usage::Tag,
};

/// The Lambda API lets 15 calls a second through, which everybody in the account shares.
const BETWEEN_PAGES: Duration = Duration::from_millis(70);

impl Aws {
    /// The functions of the region, as `$LATEST` is configured (`ListFunctions`).
    pub async fn functions(&self) -> Result<Vec<Configuration>, ApiError> {
        const CALL: &str = "ListFunctions";
        let lambda = self.lambda(None).await;
        let mut pages = lambda.list_functions().into_paginator().send();
        let mut turns = interval(BETWEEN_PAGES);
        let mut all = Vec::new();
        loop {
            turns.tick().await;
            let Some(page) = pages.next().await else { return Ok(all) };
            for function in page.map_err(failed(CALL))?.functions() {
                all.push(read::configuration(function, None)?);
            }
        }
    }

    /// The ARNs of the functions of the region that have all of these tags (`tag:GetResources`).
    pub async fn tagged(&self, tags: &[Tag]) -> Result<BTreeSet<String>, ApiError> {
        let client = aws_sdk_resourcegroupstagging::Client::new(&self.own(None));
        let filters = tags.iter().map(|tag| TagFilter::builder().key(&tag.key).values(&tag.value).build()).collect();
        let request = client.get_resources().resource_type_filters("lambda:function").set_tag_filters(Some(filters));
        let mut found = request.into_paginator().items().send();
        let mut arns = BTreeSet::new();
        while let Some(resource) = found.next().await {
            arns.extend(resource.map_err(failed("GetResources"))?.resource_arn);
        }
        Ok(arns)
    }

    /// The functions of a stack, and of the stacks in it: the logical id of each by its name (`ListStackResources`).
    pub async fn in_stack(&self, stack: &str) -> Result<BTreeMap<String, String>, ApiError> {
        let client = aws_sdk_cloudformation::Client::new(&self.own(None));
        let (mut stacks, mut found) = (vec![stack.to_owned()], BTreeMap::new());
        while let Some(stack) = stacks.pop() {
            let mut resources = client.list_stack_resources().stack_name(stack).into_paginator().items().send();
            while let Some(resource) = resources.next().await {
                let resource = resource.map_err(failed("ListStackResources"))?;
                match resource.resource_type.as_deref() {
                    Some("AWS::Lambda::Function") => {
                        found.extend(resource.physical_resource_id.zip(resource.logical_resource_id));
                    }
                    Some("AWS::CloudFormation::Stack") => stacks.extend(resource.physical_resource_id),
                    _ => {}
                }
            }
        }
        Ok(found)
    }
}
