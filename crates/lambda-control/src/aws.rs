//! The calls, made with the AWS SDK.

use std::{
    collections::{BTreeMap, HashMap},
    error::Error as StdError,
    fmt::Write as _,
    sync::{Mutex, PoisonError},
};

use aws_config::{
    BehaviorVersion, SdkConfig, retry::RetryConfig, stalled_stream_protection::StalledStreamProtectionConfig,
};
use aws_sdk_lambda::{
    Client,
    config::{Builder, Region},
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
    operation::RequestId as _,
    primitives::Blob,
    types::{AliasConfiguration, FunctionConfiguration, LastUpdateStatus, LogType, State},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use tuning::{
    alias_name::AliasName,
    arn::{FunctionArn, FunctionReference},
    milliseconds::Milliseconds,
    plan::Fingerprint,
    power::Power,
    price::Architecture,
    version::VersionNumber,
};

use crate::api::{
    Alias, AliasChange, AliasTarget, ApiError, ApiErrorKind, CodeSha256, Configuration, FunctionError, Invocation,
    LambdaApi, LastUpdate, Revision, Version,
};

/// How often the SDK makes a call before it gives up, except for invocations.
const ATTEMPTS: u32 = 6;

/// AWS Lambda.
#[derive(Debug)]
pub struct AwsLambda {
    shared: SdkConfig,
    /// Connections are kept by clients: one pair for each region that was asked for.
    clients: Mutex<HashMap<Option<String>, Clients>>,
}

/// The clients of one region.
#[derive(Debug, Clone)]
struct Clients {
    /// For all calls that can be repeated.
    retrying: Client,
    /// Sends each request once, and waits for its answer as long as Lambda does.
    patient: Client,
}

type RawResponse = aws_sdk_lambda::config::http::HttpResponse;

impl AwsLambda {
    /// Credentials, region and endpoint from the environment. Connections are made when the first call needs one.
    pub async fn from_environment() -> Self {
        Self { shared: aws_config::load_defaults(BehaviorVersion::latest()).await, clients: Mutex::default() }
    }

    /// The clients of a region; without one, of the region that this runs in.
    fn clients(&self, region: Option<&str>) -> Clients {
        // The map is whole even if a thread died while it held the lock.
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients.entry(region.map(str::to_owned)).or_insert_with(|| self.connect(region)).clone()
    }

    fn connect(&self, region: Option<&str>) -> Clients {
        let mut config = Builder::from(&self.shared);
        config
            .set_region(region.map(|region| Region::new(region.to_owned())).or_else(|| self.shared.region().cloned()));
        let retrying = config.clone().retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS));
        let patient = config
            .retry_config(RetryConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        Clients { retrying: Client::from_conf(retrying.build()), patient: Client::from_conf(patient.build()) }
    }

    fn client(&self, region: Option<&str>) -> Client {
        self.clients(region).retrying
    }
}

impl LambdaApi for AwsLambda {
    async fn configuration(&self, function: &FunctionReference) -> Result<Configuration, ApiError> {
        let request = self.client(function.region.as_deref()).get_function().function_name(&function.function);
        let answer = request.set_qualifier(function.qualifier.clone()).send().await.map_err(failed("GetFunction"))?;
        let configuration = answer.configuration.ok_or_else(|| unexpected("GetFunction", "no configuration"))?;
        read_configuration(&configuration)
    }

    async fn set_memory(&self, function: &FunctionArn, memory: Power, revision: &Revision) -> Result<(), ApiError> {
        self.client(Some(function.region()))
            .update_function_configuration()
            .function_name(function.to_string())
            .memory_size(i32::try_from(memory.megabytes()).unwrap_or(i32::MAX))
            .revision_id(&revision.0)
            .send()
            .await
            .map(drop)
            .map_err(failed("UpdateFunctionConfiguration"))
    }

    async fn publish(
        &self,
        function: &FunctionArn,
        configuration: &Configuration,
        description: Option<&str>,
    ) -> Result<Version, ApiError> {
        let answer = self
            .client(Some(function.region()))
            .publish_version()
            .function_name(function.to_string())
            .revision_id(&configuration.revision.0)
            .code_sha256(&configuration.code.0)
            .set_description(description.map(str::to_owned))
            .send()
            .await
            .map_err(failed("PublishVersion"))?;
        read_version("PublishVersion", answer.version(), answer.memory_size(), answer.description())
    }

    async fn versions(&self, function: &FunctionArn) -> Result<Vec<Version>, ApiError> {
        let request = self.client(Some(function.region())).list_versions_by_function();
        let mut pages = request.function_name(function.to_string()).into_paginator().items().send();
        let mut versions = Vec::new();
        while let Some(item) = pages.next().await {
            let item = item.map_err(failed("ListVersionsByFunction"))?;
            if item.version() == Some("$LATEST") {
                continue;
            }
            versions.push(read_version(
                "ListVersionsByFunction",
                item.version(),
                item.memory_size(),
                item.description(),
            )?);
        }
        Ok(versions)
    }

    async fn aliases(&self, function: &FunctionArn) -> Result<Vec<Alias>, ApiError> {
        let request = self.client(Some(function.region())).list_aliases().function_name(function.to_string());
        let mut pages = request.into_paginator().items().send();
        let mut aliases = Vec::new();
        while let Some(item) = pages.next().await {
            aliases.push(read_alias("ListAliases", item.map_err(failed("ListAliases"))?)?);
        }
        Ok(aliases)
    }

    async fn alias(&self, function: &FunctionReference, name: &AliasName) -> Result<Alias, ApiError> {
        let request = self.client(function.region.as_deref()).get_alias().function_name(&function.function);
        let answer = request.name(name.as_str()).send().await.map_err(failed("GetAlias"))?;
        let configuration = AliasConfiguration::builder()
            .set_name(answer.name)
            .set_function_version(answer.function_version)
            .set_description(answer.description)
            .set_revision_id(answer.revision_id)
            .build();
        read_alias("GetAlias", configuration)
    }

    async fn create_alias(
        &self,
        function: &FunctionArn,
        name: &AliasName,
        target: AliasTarget,
        description: &str,
    ) -> Result<(), ApiError> {
        let version = match target {
            AliasTarget::Latest => "$LATEST".to_owned(),
            AliasTarget::Version(number) => number.to_string(),
        };
        let request = self.client(Some(function.region())).create_alias().function_name(function.to_string());
        let request = request.name(name.as_str()).function_version(version).description(description);
        request.send().await.map(drop).map_err(failed("CreateAlias"))
    }

    async fn update_alias(
        &self,
        function: &FunctionArn,
        alias: &Alias,
        change: AliasChange<'_>,
    ) -> Result<(), ApiError> {
        let request = self.client(Some(function.region())).update_alias().function_name(function.to_string());
        let request = request.name(alias.name.as_str()).revision_id(&alias.revision.0);
        let request = match change {
            AliasChange::Target(version) => request.function_version(version.to_string()),
            AliasChange::Description(description) => request.description(description),
        };
        request.send().await.map(drop).map_err(failed("UpdateAlias"))
    }

    async fn delete_alias(&self, function: &FunctionArn, name: &AliasName) -> Result<(), ApiError> {
        let request = self.client(Some(function.region())).delete_alias().function_name(function.to_string());
        unless_gone(request.name(name.as_str()).send().await.map(drop).map_err(failed("DeleteAlias")))
    }

    async fn delete_version(&self, function: &FunctionArn, version: VersionNumber) -> Result<(), ApiError> {
        // Without a qualifier this call would delete the whole function; the type of `version` rules out $LATEST.
        let request = self.client(Some(function.region())).delete_function().function_name(function.to_string());
        unless_gone(request.qualifier(version.to_string()).send().await.map(drop).map_err(failed("DeleteFunction")))
    }

    async fn invoke(
        &self,
        function: &FunctionArn,
        version: VersionNumber,
        body: Option<String>,
    ) -> Result<Invocation, ApiError> {
        let answer = self
            .clients(Some(function.region()))
            .patient
            .invoke()
            .function_name(function.to_string())
            .qualifier(version.to_string())
            .log_type(LogType::Tail)
            .set_payload(body.map(Blob::new))
            .send()
            .await
            .map_err(failed("Invoke"))?;
        let tail = answer.log_result().and_then(|tail| STANDARD.decode(tail).ok()).unwrap_or_default();
        let payload = answer.payload().map(Blob::as_ref).unwrap_or_default();
        Ok(Invocation {
            request_id: answer.request_id().map(str::to_owned),
            tail: String::from_utf8_lossy(&tail).into_owned(),
            error: answer.function_error().map(|kind| read_function_error(kind, payload)),
        })
    }
}

fn unless_gone(result: Result<(), ApiError>) -> Result<(), ApiError> {
    result.or_else(|error| if error.kind == ApiErrorKind::NotFound { Ok(()) } else { Err(error) })
}

/// Turns what the SDK says into what the steps tell apart.
fn failed<E>(call: &'static str) -> impl Fn(SdkError<E, RawResponse>) -> ApiError
where
    E: StdError + ProvideErrorMetadata + 'static,
{
    move |error| {
        let status = error.raw_response().map(|response| response.status().as_u16());
        let kind = match (&error, status) {
            (SdkError::ServiceError(_), Some(403)) => ApiErrorKind::Denied,
            (SdkError::ServiceError(_), Some(404)) => ApiErrorKind::NotFound,
            (SdkError::ServiceError(_), Some(409)) => ApiErrorKind::Conflict,
            (SdkError::ServiceError(_), Some(412)) => ApiErrorKind::Stale,
            (SdkError::ServiceError(_), Some(429)) => ApiErrorKind::Throttled,
            (SdkError::ServiceError(_), Some(400..=499)) | (SdkError::ConstructionFailure(_), _) => {
                ApiErrorKind::Refused
            }
            _ => ApiErrorKind::Unclear,
        };
        let message = match (error.code(), error.message()) {
            (Some(code), Some(message)) => format!("{code}: {message}"),
            _ => DisplayErrorContext(&error).to_string(),
        };
        ApiError { call, kind, message }
    }
}

fn unexpected(call: &'static str, what: &str) -> ApiError {
    ApiError { call, kind: ApiErrorKind::Unclear, message: format!("AWS answered with {what}") }
}

fn read_power(call: &'static str, memory_size: Option<i32>) -> Result<Power, ApiError> {
    let power = memory_size.and_then(|mb| u32::try_from(mb).ok()).and_then(|mb| Power::new(mb).ok());
    power.ok_or_else(|| unexpected(call, &format!("a memory size of {memory_size:?} MB")))
}

fn read_version(
    call: &'static str,
    number: Option<&str>,
    memory_size: Option<i32>,
    description: Option<&str>,
) -> Result<Version, ApiError> {
    let number = number.and_then(|number| number.parse().ok());
    Ok(Version {
        number: number.ok_or_else(|| unexpected(call, "no version number"))?,
        memory: read_power(call, memory_size)?,
        description: description.unwrap_or_default().to_owned(),
    })
}

fn read_alias(call: &'static str, alias: AliasConfiguration) -> Result<Alias, ApiError> {
    let target = match alias.function_version.as_deref() {
        Some("$LATEST") => Some(AliasTarget::Latest),
        Some(number) => number.parse().ok().map(AliasTarget::Version),
        None => None,
    };
    let name = alias.name.and_then(|name| AliasName::try_from(name).ok());
    Ok(Alias {
        name: name.ok_or_else(|| unexpected(call, "an alias without a name"))?,
        target: target.ok_or_else(|| unexpected(call, "an alias that points nowhere"))?,
        description: alias.description.unwrap_or_default(),
        revision: Revision(alias.revision_id.unwrap_or_default()),
    })
}

fn read_configuration(configuration: &FunctionConfiguration) -> Result<Configuration, ApiError> {
    const CALL: &str = "GetFunction";
    let arn = configuration.function_arn().and_then(|arn| arn.parse().ok());
    let arm = configuration.architectures().contains(&aws_sdk_lambda::types::Architecture::Arm64);
    let obstacle = obstacle(configuration);
    let memory = match (read_power(CALL, configuration.memory_size()), &obstacle) {
        // Managed Instances may have more memory than there are power values; they are refused all the same.
        (Err(_), Some(_)) => Power::MAX,
        (power, _) => power?,
    };
    Ok(Configuration {
        function: arn.ok_or_else(|| unexpected(CALL, "no ARN"))?,
        memory,
        revision: Revision(configuration.revision_id().unwrap_or_default().to_owned()),
        code: CodeSha256(configuration.code_sha256().unwrap_or_default().to_owned()),
        fingerprint: fingerprint(configuration),
        architecture: if arm { Architecture::Arm } else { Architecture::X86 },
        timeout: Milliseconds::from_seconds(configuration.timeout().and_then(|s| u32::try_from(s).ok()).unwrap_or(3)),
        last_update: match configuration.last_update_status() {
            Some(LastUpdateStatus::InProgress) => LastUpdate::InProgress,
            Some(LastUpdateStatus::Failed) => {
                let reason = configuration.last_update_status_reason().unwrap_or("no reason given");
                LastUpdate::Failed { reason: reason.to_owned() }
            }
            _ => LastUpdate::Successful,
        },
        obstacle,
    })
}

fn obstacle(configuration: &FunctionConfiguration) -> Option<String> {
    if configuration.capacity_provider_config().is_some() {
        Some("it runs on Lambda Managed Instances, which are not billed by GB-second".to_owned())
    } else if configuration.durable_config().is_some() {
        Some("it is a durable function: one execution may span several invocations".to_owned())
    } else if configuration.state() == Some(&State::Failed) {
        let reason = configuration.state_reason().unwrap_or("no reason given");
        Some(format!("its state is Failed: {reason}"))
    } else {
        None
    }
}

/// Everything that a person sets on a function, except for its memory. What Lambda changes by itself, such as the
/// revision, the state or the patch level of the runtime, is left out.
fn fingerprint(configuration: &FunctionConfiguration) -> Fingerprint {
    let variables = configuration.environment().and_then(|environment| environment.variables());
    let variables: Option<BTreeMap<_, _>> = variables.map(|variables| variables.iter().collect());
    let layers: Vec<_> = configuration.layers().iter().map(aws_sdk_lambda::types::Layer::arn).collect();
    let network = configuration.vpc_config().map(|vpc| {
        let sorted = |ids: &[String]| {
            let mut ids = ids.to_vec();
            ids.sort();
            ids
        };
        (sorted(vpc.subnet_ids()), sorted(vpc.security_group_ids()))
    });
    let settings = (
        (configuration.code_sha256(), configuration.description(), configuration.role(), configuration.handler()),
        (configuration.runtime(), configuration.timeout(), configuration.package_type(), configuration.architectures()),
        (variables, layers, network, configuration.kms_key_arn(), configuration.ephemeral_storage()),
        (configuration.dead_letter_config(), configuration.tracing_config(), configuration.image_config_response()),
        (configuration.file_system_configs(), configuration.logging_config()),
    );
    let digest = Sha256::digest(format!("{settings:?}"));
    Fingerprint(digest.iter().take(16).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    }))
}

fn read_function_error(kind: &str, payload: &[u8]) -> FunctionError {
    let payload: serde_json::Value = serde_json::from_slice(payload).unwrap_or_default();
    let text = |name: &str| payload.get(name).and_then(serde_json::Value::as_str).map(str::to_owned);
    FunctionError {
        error_type: text("errorType").unwrap_or_else(|| kind.to_owned()),
        message: text("errorMessage").unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_lambda::{
        config::http::HttpResponse,
        error::ErrorMetadata,
        operation::get_function::GetFunctionError,
        primitives::SdkBody,
        types::{
            CapacityProviderConfig, EnvironmentResponse, Layer, VpcConfigResponse,
            builders::FunctionConfigurationBuilder,
        },
    };

    use super::*;

    fn answered(status: u16) -> ApiError {
        let metadata = ErrorMetadata::builder().code("SomeException").message("some words").build();
        let response = HttpResponse::new(status.try_into().unwrap(), SdkBody::empty());
        failed("GetFunction")(SdkError::service_error(GetFunctionError::generic(metadata), response))
    }

    #[test]
    fn every_status_has_its_kind_and_keeps_what_aws_said() {
        for (status, kind) in [
            (400, ApiErrorKind::Refused),
            (403, ApiErrorKind::Denied),
            (404, ApiErrorKind::NotFound),
            (409, ApiErrorKind::Conflict),
            (412, ApiErrorKind::Stale),
            (413, ApiErrorKind::Refused),
            (429, ApiErrorKind::Throttled),
            (500, ApiErrorKind::Unclear),
            (502, ApiErrorKind::Unclear),
            (503, ApiErrorKind::Unclear),
        ] {
            let error = answered(status);
            assert_eq!(error.kind, kind, "{status}");
            assert_eq!(error.to_string(), "GetFunction failed: SomeException: some words");
        }
    }

    #[test]
    fn a_broken_connection_may_have_taken_effect() {
        let broken: SdkError<GetFunctionError, HttpResponse> = SdkError::timeout_error("no answer");
        assert_eq!(failed("GetFunction")(broken).kind, ApiErrorKind::Unclear);
    }

    fn configuration() -> FunctionConfigurationBuilder {
        let environment = EnvironmentResponse::builder().variables("TOKEN", "secret").variables("A", "b").build();
        FunctionConfiguration::builder()
            .function_arn("arn:aws:lambda:us-east-1:123456789012:function:f")
            .memory_size(512)
            .timeout(7)
            .revision_id("r1")
            .code_sha256("c1")
            .environment(environment)
            .layers(Layer::builder().arn("layer:1").build())
            .vpc_config(VpcConfigResponse::builder().subnet_ids("s1").subnet_ids("s2").build())
    }

    fn print(configuration: FunctionConfigurationBuilder) -> Fingerprint {
        fingerprint(&configuration.build())
    }

    #[test]
    fn a_fingerprint_does_not_change_with_what_lambda_or_a_run_changes() {
        let same = configuration()
            .memory_size(1024)
            .revision_id("r2")
            .last_modified("later")
            .state(State::Inactive)
            .last_update_status(LastUpdateStatus::InProgress)
            .vpc_config(VpcConfigResponse::builder().subnet_ids("s2").subnet_ids("s1").build());
        assert_eq!(print(same), print(configuration()));
    }

    #[test]
    fn a_fingerprint_changes_with_what_a_person_changes() {
        let environment = EnvironmentResponse::builder().variables("TOKEN", "other").variables("A", "b").build();
        let changed = [
            configuration().code_sha256("c2"),
            configuration().description("new"),
            configuration().timeout(8),
            configuration().role("new"),
            configuration().handler("new"),
            configuration().environment(environment),
            configuration().layers(Layer::builder().arn("layer:2").build()),
            configuration().vpc_config(VpcConfigResponse::builder().subnet_ids("s3").build()),
        ];
        for other in changed {
            assert_ne!(print(other), print(configuration()));
        }
    }

    #[test]
    fn a_configuration_is_read_into_the_domain_s_types() {
        let read =
            read_configuration(&configuration().last_update_status(LastUpdateStatus::InProgress).build()).unwrap();
        assert_eq!(read.function.name(), "f");
        assert_eq!((read.memory.megabytes(), read.timeout), (512, Milliseconds(7000.0)));
        assert_eq!((read.architecture, read.last_update), (Architecture::X86, LastUpdate::InProgress));
        assert_eq!(read.obstacle, None);
    }

    #[test]
    fn functions_whose_bill_is_not_by_gb_second_are_obstacles_at_any_memory() {
        let managed =
            configuration().memory_size(32_768).capacity_provider_config(CapacityProviderConfig::builder().build());
        let read = read_configuration(&managed.build()).unwrap();
        assert!(read.obstacle.unwrap().contains("Managed Instances"));
    }

    #[test]
    fn an_error_of_the_function_has_its_own_type_or_at_least_lambda_s() {
        let own = read_function_error("Unhandled", br#"{"errorType": "ValueError", "errorMessage": "no"}"#);
        assert_eq!((own.error_type.as_str(), own.message.as_str()), ("ValueError", "no"));
        assert_eq!(read_function_error("Unhandled", b"not JSON").error_type, "Unhandled");
    }

    #[test]
    fn a_version_or_alias_that_is_not_as_documented_is_no_value() {
        assert!(read_version("PublishVersion", Some("$LATEST"), Some(128), None).is_err());
        assert!(read_version("PublishVersion", Some("1"), Some(1), None).is_err());
        assert!(read_alias("GetAlias", AliasConfiguration::builder().name("live").build()).is_err());
    }
}
