//! The calls to AWS Lambda.

use std::time::Duration;

use aws_sdk_lambda::{
    Config,
    config::timeout::TimeoutConfig,
    operation::invoke::builders::InvokeFluentBuilder,
    types::{AliasConfiguration, LogType},
};
use tuning::units::{
    alias_name::AliasName,
    arn::{FunctionArn, FunctionReference, RoleArn},
    milliseconds::Milliseconds,
    power::Power,
    revision::Revision,
    version::VersionNumber,
};

use super::{
    Aws,
    answer::{self, Answer},
    failure::{failed, failed_to_invoke, failed_to_set_memory},
    read,
};
use crate::{
    api::{
        Alias, AliasChange, AliasTarget, ApiError, ApiErrorKind, Configuration, Invocation, LambdaApi, LastModified,
        Update, Version, Wanted,
    },
    body::Body,
};

/// The longest time limit that a function can have: that of a processor is not known.
const LONGEST_LIMIT: Duration = Duration::from_mins(15);

impl LambdaApi for Aws {
    fn acting_as(&self, role: Option<&RoleArn>) -> Self {
        Self { role: role.cloned(), ..self.clone() }
    }

    async fn configuration(&self, function: &FunctionReference) -> Result<Configuration, ApiError> {
        let request = self.lambda(function.region.as_deref()).await.get_function().function_name(&function.function);
        let answer = request.set_qualifier(function.qualifier.clone()).send().await.map_err(failed("GetFunction"))?;
        let configuration = answer.configuration.ok_or_else(|| read::unexpected("GetFunction", "no configuration"))?;
        read::configuration(&configuration, answer.concurrency.as_ref())
    }

    async fn unreserved_concurrency(&self, function: &FunctionArn) -> Result<u32, ApiError> {
        const CALL: &str = "GetAccountSettings";
        let settings =
            self.lambda(Some(function.region())).await.get_account_settings().send().await.map_err(failed(CALL))?;
        let limit = settings.account_limit.and_then(|limit| limit.unreserved_concurrent_executions);
        limit.and_then(|limit| u32::try_from(limit).ok()).ok_or_else(|| read::unexpected(CALL, "no concurrency"))
    }

    async fn set_memory(&self, function: &FunctionArn, memory: Power, revision: &Revision) -> Result<Update, ApiError> {
        self.lambda(Some(function.region()))
            .await
            .update_function_configuration()
            .function_name(function.to_string())
            .memory_size(i32::try_from(memory.megabytes()).unwrap_or(i32::MAX))
            .revision_id(&revision.0)
            .send()
            .await
            .map(|answer| Update {
                revision: Revision(answer.revision_id.unwrap_or_default()),
                last_modified: answer.last_modified.map(LastModified),
            })
            .map_err(failed_to_set_memory)
    }

    async fn publish(
        &self,
        function: &FunctionArn,
        revision: &Revision,
        description: &str,
    ) -> Result<Version, ApiError> {
        let client = self.lambda(Some(function.region())).await;
        let answer = client
            .publish_version()
            .function_name(function.to_string())
            .revision_id(&revision.0)
            .description(description)
            .send()
            .await
            .map_err(failed("PublishVersion"))?;
        read::version("PublishVersion", answer.version(), answer.memory_size(), answer.description())
    }

    async fn versions(&self, function: &FunctionArn) -> Result<Vec<Version>, ApiError> {
        let request = self.lambda(Some(function.region())).await.list_versions_by_function();
        let mut pages = request.function_name(function.to_string()).into_paginator().items().send();
        let mut versions = Vec::new();
        while let Some(item) = pages.next().await {
            let item = item.map_err(failed("ListVersionsByFunction"))?;
            if item.version() == Some("$LATEST") {
                continue;
            }
            versions.push(read::version(
                "ListVersionsByFunction",
                item.version(),
                item.memory_size(),
                item.description(),
            )?);
        }
        Ok(versions)
    }

    async fn aliases(&self, function: &FunctionArn) -> Result<Vec<Alias>, ApiError> {
        let request = self.lambda(Some(function.region())).await.list_aliases().function_name(function.to_string());
        let mut pages = request.into_paginator().items().send();
        let mut aliases = Vec::new();
        while let Some(item) = pages.next().await {
            aliases.push(read::alias("ListAliases", item.map_err(failed("ListAliases"))?)?);
        }
        Ok(aliases)
    }

    async fn alias(&self, function: &FunctionReference, name: &AliasName) -> Result<Alias, ApiError> {
        let request = self.lambda(function.region.as_deref()).await.get_alias().function_name(&function.function);
        let answer = request.name(name.as_str()).send().await.map_err(failed("GetAlias"))?;
        let configuration = AliasConfiguration::builder()
            .set_name(answer.name)
            .set_function_version(answer.function_version)
            .set_description(answer.description)
            .set_revision_id(answer.revision_id)
            .build();
        read::alias("GetAlias", configuration)
    }

    async fn create_alias(
        &self,
        function: &FunctionArn,
        name: &AliasName,
        target: AliasTarget,
        description: &str,
    ) -> Result<Revision, ApiError> {
        let version = match target {
            AliasTarget::Latest => "$LATEST".to_owned(),
            AliasTarget::Version(number) => number.to_string(),
        };
        let request = self.lambda(Some(function.region())).await.create_alias().function_name(function.to_string());
        let request = request.name(name.as_str()).function_version(version).description(description);
        let created = request.send().await.map_err(failed("CreateAlias"))?;
        Ok(Revision(created.revision_id.unwrap_or_default()))
    }

    async fn update_alias(
        &self,
        function: &FunctionArn,
        alias: &Alias,
        change: AliasChange<'_>,
    ) -> Result<Revision, ApiError> {
        let request = self.lambda(Some(function.region())).await.update_alias().function_name(function.to_string());
        let request = request.name(alias.name.as_str()).revision_id(&alias.revision.0);
        let request = match change {
            AliasChange::Target(version) => request.function_version(version.to_string()),
            AliasChange::Description(description) => request.description(description),
        };
        let updated = request.send().await.map_err(failed("UpdateAlias"))?;
        Ok(Revision(updated.revision_id.unwrap_or_default()))
    }

    async fn delete_alias(&self, function: &FunctionArn, name: &AliasName) -> Result<(), ApiError> {
        let client = self.access(Some(function.region())).await.patient;
        let request = client.delete_alias().function_name(function.to_string());
        unless_gone(request.name(name.as_str()).send().await.map(drop).map_err(failed("DeleteAlias")))
    }

    async fn delete_version(&self, function: &FunctionArn, version: VersionNumber) -> Result<(), ApiError> {
        // Without a qualifier this call would delete the whole function; the type of `version` rules out $LATEST.
        let request = self.lambda(Some(function.region())).await.delete_function().function_name(function.to_string());
        unless_gone(request.qualifier(version.to_string()).send().await.map(drop).map_err(failed("DeleteFunction")))
    }

    async fn invoke(
        &self,
        function: &FunctionArn,
        version: VersionNumber,
        limit: Milliseconds,
        body: Option<Body>,
        wanted: Wanted,
    ) -> Result<Invocation, ApiError> {
        let client = self.access(Some(function.region())).await.patient;
        let request = client.invoke().function_name(function.to_string()).qualifier(version.to_string());
        let limit = Duration::from_secs_f64(limit.0.max(0.0) / 1e3);
        let answer = Answer::new(wanted, &answer::RESPONSES);
        self.invoked(request.log_type(LogType::Tail), limit, body, answer).await
    }

    async fn invoke_processor(
        &self,
        processor: &FunctionReference,
        body: Option<Body>,
        wanted: Wanted,
    ) -> Result<Invocation, ApiError> {
        let client = self.access_as(None, processor.region.as_deref()).await.patient;
        let request = client.invoke().function_name(&processor.function).set_qualifier(processor.qualifier.clone());
        self.invoked(request, LONGEST_LIMIT, body, Answer::new(wanted, &answer::PAYLOADS)).await
    }
}

impl Aws {
    async fn invoked(
        &self,
        request: InvokeFluentBuilder,
        limit: Duration,
        body: Option<Body>,
        answer: Answer,
    ) -> Result<Invocation, ApiError> {
        let timeouts = TimeoutConfig::builder().read_timeout(limit + self.shared.margin).build();
        let mut request =
            request.customize().config_override(Config::builder().timeout_config(timeouts)).interceptor(answer.clone());
        if let Some(body) = body {
            request = request.mutate_request(move |request| answer::attach(request, &body));
        }
        let output = request.send().await.map_err(failed_to_invoke)?;
        Ok(read::invocation(output, &answer))
    }
}

fn unless_gone(result: Result<(), ApiError>) -> Result<(), ApiError> {
    result.or_else(|error| if error.kind == ApiErrorKind::NotFound { Ok(()) } else { Err(error) })
}
