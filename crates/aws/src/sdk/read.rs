//! The answers of AWS Lambda, read into the domain's types.

use std::{collections::BTreeMap, fmt::Write as _};

use aws_sdk_lambda::{
    operation::{RequestId as _, invoke::InvokeOutput},
    types::{
        AliasConfiguration, Concurrency, FunctionConfiguration, LastUpdateStatus, LogFormat, SnapStartApplyOn,
        State as FunctionState, SystemLogLevel,
    },
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tuning::{
    measure::log_tail,
    price::Architecture,
    run::plan::{Fingerprint, Logs},
    units::{alias_name::AliasName, milliseconds::Milliseconds, power::Power, revision::Revision},
};

use super::answer::{Answer, Kept};
use crate::{
    api::{
        Alias, AliasTarget, ApiError, ApiErrorKind, CodeSha256, Configuration, FunctionError, Invocation, LastModified,
        LastUpdate, State, Version, Wanted,
    },
    body::Body,
};

/// So much of what a function says of an error is kept, in characters: more than anybody is shown.
const LONGEST_TEXT: usize = 4096;

pub(super) fn unexpected(call: &'static str, what: &str) -> ApiError {
    ApiError { call, kind: ApiErrorKind::Unclear, message: format!("AWS answered with {what}") }
}

pub(super) fn power(call: &'static str, memory_size: Option<i32>) -> Result<Power, ApiError> {
    let power = memory_size.and_then(|mb| u32::try_from(mb).ok()).and_then(|mb| Power::new(mb).ok());
    power.ok_or_else(|| unexpected(call, &format!("a memory size of {memory_size:?} MB")))
}

pub(super) fn version(
    call: &'static str,
    number: Option<&str>,
    memory_size: Option<i32>,
    description: Option<&str>,
) -> Result<Version, ApiError> {
    let number = number.and_then(|number| number.parse().ok());
    Ok(Version {
        number: number.ok_or_else(|| unexpected(call, "no version number"))?,
        memory: power(call, memory_size)?,
        description: description.unwrap_or_default().to_owned(),
    })
}

pub(super) fn alias(call: &'static str, alias: AliasConfiguration) -> Result<Alias, ApiError> {
    let target = match alias.function_version.as_deref() {
        Some("$LATEST") => Some(AliasTarget::Latest),
        Some(number) => number.parse().ok().map(AliasTarget::Version),
        None => None,
    };
    let name = alias.name.and_then(|name| AliasName::try_from(name).ok());
    let weights = alias.routing_config.and_then(|routing| routing.additional_version_weights);
    Ok(Alias {
        is_weighted: weights.is_some_and(|weights| !weights.is_empty()),
        name: name.ok_or_else(|| unexpected(call, "an alias without a name"))?,
        target: target.ok_or_else(|| unexpected(call, "an alias that points nowhere"))?,
        description: alias.description.unwrap_or_default(),
        revision: Revision(alias.revision_id.unwrap_or_default()),
    })
}

pub(super) fn configuration(
    configuration: &FunctionConfiguration,
    concurrency: Option<&Concurrency>,
) -> Result<Configuration, ApiError> {
    const CALL: &str = "GetFunction";
    let arn = configuration.function_arn().and_then(|arn| arn.parse().ok());
    let arm = configuration.architectures().contains(&aws_sdk_lambda::types::Architecture::Arm64);
    let obstacle = obstacle(configuration);
    let memory = match (power(CALL, configuration.memory_size()), &obstacle) {
        // Managed Instances may have more memory than there are memory sizes; they are refused all the same.
        (Err(_), Some(_)) => Power::MAX,
        (power, _) => power?,
    };
    Ok(Configuration {
        function: arn.ok_or_else(|| unexpected(CALL, "no ARN"))?,
        memory,
        revision: Revision(configuration.revision_id().unwrap_or_default().to_owned()),
        last_modified: configuration.last_modified().map(|moment| LastModified(moment.to_owned())),
        code: CodeSha256(configuration.code_sha256().unwrap_or_default().to_owned()),
        fingerprint: fingerprint(configuration),
        description: configuration.description().unwrap_or_default().to_owned(),
        architecture: if arm { Architecture::Arm } else { Architecture::X86 },
        timeout: Milliseconds::from_seconds(configuration.timeout().and_then(|s| u32::try_from(s).ok()).unwrap_or(3)),
        ephemeral_storage_mb: configuration
            .ephemeral_storage()
            .and_then(|s| u32::try_from(s.size()).ok())
            .unwrap_or(512),
        snap_start: configuration.snap_start().and_then(|snap_start| snap_start.apply_on())
            == Some(&SnapStartApplyOn::PublishedVersions),
        reserved_concurrency: concurrency
            .and_then(|concurrency| u32::try_from(concurrency.reserved_concurrent_executions()?).ok()),
        logs: logs(configuration),
        log_format: log_format(configuration),
        state: state(configuration),
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
    } else if configuration.tenancy_config().is_some() {
        Some("it isolates tenants: each invocation would need the id of one of them".to_owned())
    } else {
        None
    }
}

fn state(configuration: &FunctionConfiguration) -> State {
    match configuration.state() {
        None | Some(FunctionState::Active | FunctionState::Inactive) => State::Active,
        Some(FunctionState::Pending) => State::Pending,
        Some(other) => {
            let reason = configuration.state_reason().unwrap_or("AWS gives no reason");
            State::Unusable { reason: format!("its state is {other}: {reason}") }
        }
    }
}

/// Text logs always have a REPORT line; of JSON logs the system log level decides.
fn logs(configuration: &FunctionConfiguration) -> Logs {
    let config = configuration.logging_config();
    let own_group = config.and_then(|config| config.log_group()).map(str::to_owned);
    let is_json = log_format(configuration) == log_tail::LogFormat::Json;
    let is_silent = config.and_then(|config| config.system_log_level()) == Some(&SystemLogLevel::Warn);
    let name = configuration.function_name().unwrap_or_default();
    Logs { group: own_group.unwrap_or_else(|| format!("/aws/lambda/{name}")), reports: !(is_json && is_silent) }
}

fn log_format(configuration: &FunctionConfiguration) -> log_tail::LogFormat {
    match configuration.logging_config().and_then(|config| config.log_format()) {
        Some(LogFormat::Json) => log_tail::LogFormat::Json,
        _ => log_tail::LogFormat::Text,
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

/// The answer to an invocation, and what was kept apart from it.
pub(super) fn invocation(output: InvokeOutput, answer: &Answer) -> Invocation {
    let tail = output.log_result().and_then(|tail| STANDARD.decode(tail).ok()).unwrap_or_default();
    let request_id = output.request_id().map(str::to_owned);
    let Kept { took, body } = answer.take();
    let error = output.function_error.map(|kind| function_error(&kind, &body));
    let tail = String::from_utf8_lossy(&tail).into_owned();
    let response = if answer.wanted == Wanted::Response || error.is_none() { body } else { Body::default() };
    Invocation { request_id, took, tail, error, response }
}

fn function_error(kind: &str, payload: &[u8]) -> FunctionError {
    /// The other fields, such as a stack trace, are of no use.
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Payload {
        error_type: Value,
        error_message: Value,
    }
    let payload: Payload = serde_json::from_slice(payload).unwrap_or_default();
    let text = |value: &Value| Some(value.as_str()?.chars().take(LONGEST_TEXT).collect());
    FunctionError {
        error_type: text(&payload.error_type).unwrap_or_else(|| kind.to_owned()),
        message: text(&payload.error_message).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_lambda::types::{
        CapacityProviderConfig, DurableConfig, EnvironmentResponse, Layer, LoggingConfig, SnapStartResponse,
        TenancyConfig, TenantIsolationMode, VpcConfigResponse, builders::FunctionConfigurationBuilder,
    };

    use super::*;

    fn configuration() -> FunctionConfigurationBuilder {
        let environment = EnvironmentResponse::builder().variables("TOKEN", "secret").variables("A", "b").build();
        FunctionConfiguration::builder()
            .function_arn("arn:aws:lambda:us-east-1:123456789012:function:f")
            .function_name("f")
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
            .state(FunctionState::Inactive)
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
            super::configuration(&configuration().last_update_status(LastUpdateStatus::InProgress).build(), None)
                .unwrap();
        assert_eq!(read.function.name(), "f");
        assert_eq!((read.memory.megabytes(), read.timeout), (512, Milliseconds(7000.0)));
        assert_eq!((read.architecture, read.last_update), (Architecture::X86, LastUpdate::InProgress));
        assert_eq!(read.obstacle, None);
    }

    #[test]
    fn functions_whose_bill_is_not_by_gb_second_are_obstacles_at_any_memory() {
        let managed =
            configuration().memory_size(32_768).capacity_provider_config(CapacityProviderConfig::builder().build());
        let read = super::configuration(&managed.build(), None).unwrap();
        assert!(read.obstacle.unwrap().contains("Managed Instances"));
    }

    #[test]
    fn an_error_of_the_function_has_its_own_type_or_at_least_lambda_s() {
        let own = super::function_error("Unhandled", br#"{"errorType": "ValueError", "errorMessage": "no"}"#);
        assert_eq!((own.error_type.as_str(), own.message.as_str()), ("ValueError", "no"));
        for payload in [&b"not JSON"[..], b"", b"[]", br#"{"errorType": 7}"#] {
            assert_eq!(super::function_error("Unhandled", payload).error_type, "Unhandled");
        }
    }

    #[test]
    fn of_a_huge_error_the_beginning_is_kept() {
        let huge =
            format!(r#"{{"errorMessage": "{}", "stackTrace": [[], {{}}], "errorType": "E"}}"#, "x".repeat(6_000_000));
        let read = super::function_error("Unhandled", huge.as_bytes());
        assert_eq!((read.error_type.as_str(), read.message.len()), ("E", LONGEST_TEXT));
    }

    #[test]
    fn a_version_or_alias_that_is_not_as_documented_is_no_value() {
        assert!(super::version("PublishVersion", Some("$LATEST"), Some(128), None).is_err());
        assert!(super::version("PublishVersion", Some("1"), Some(1), None).is_err());
        assert!(super::alias("GetAlias", AliasConfiguration::builder().name("live").build()).is_err());
    }

    #[test]
    fn durable_functions_and_functions_of_tenants_are_obstacles() {
        let durable = configuration().durable_config(DurableConfig::builder().execution_timeout(60).build());
        let tenants = TenancyConfig::builder().tenant_isolation_mode(TenantIsolationMode::PerTenant).build().unwrap();
        for (special, word) in [(durable, "durable"), (configuration().tenancy_config(tenants), "tenants")] {
            let obstacle = super::configuration(&special.build(), None).unwrap().obstacle.unwrap();
            assert!(obstacle.contains(word), "{obstacle}");
        }
    }

    #[test]
    fn a_function_that_sleeps_can_be_invoked_and_one_that_failed_cannot() {
        let state =
            |state: FunctionState| super::configuration(&configuration().state(state).build(), None).unwrap().state;
        assert_eq!((state(FunctionState::Active), state(FunctionState::Inactive)), (State::Active, State::Active));
        assert_eq!(state(FunctionState::Pending), State::Pending);
        for other in [FunctionState::Failed, FunctionState::Deleting, FunctionState::Deactivated] {
            let State::Unusable { reason } = state(other.clone()) else { panic!("{other} can be used") };
            assert!(reason.contains(other.as_str()), "{reason}");
        }
    }

    #[test]
    fn json_logs_above_info_have_no_reports_and_every_other_log_has() {
        let logs = |config: aws_sdk_lambda::types::builders::LoggingConfigBuilder| {
            super::configuration(&configuration().logging_config(config.build()).build(), None).unwrap().logs
        };
        let json = || LoggingConfig::builder().log_format(LogFormat::Json);
        assert!(!logs(json().system_log_level(SystemLogLevel::Warn)).reports);
        assert!(logs(json().system_log_level(SystemLogLevel::Info)).reports);
        assert!(logs(json()).reports && logs(LoggingConfig::builder().system_log_level(SystemLogLevel::Warn)).reports);
        assert_eq!(logs(json()).group, "/aws/lambda/f");
        assert_eq!(logs(json().log_group("mine")).group, "mine");
        let format = |config: aws_sdk_lambda::types::builders::LoggingConfigBuilder| {
            super::configuration(&configuration().logging_config(config.build()).build(), None).unwrap().log_format
        };
        assert_eq!(format(json()), log_tail::LogFormat::Json);
        assert_eq!(format(LoggingConfig::builder()), log_tail::LogFormat::Text);
    }

    #[test]
    fn a_reserved_concurrency_is_read_and_none_is_none() {
        let read = |concurrency: Option<&Concurrency>| {
            super::configuration(&configuration().build(), concurrency).unwrap().reserved_concurrency
        };
        let reserved = |most| Concurrency::builder().reserved_concurrent_executions(most).build();
        assert_eq!((read(Some(&reserved(0))), read(Some(&reserved(7))), read(None)), (Some(0), Some(7), None));
        assert_eq!(read(Some(&Concurrency::builder().build())), None);
    }

    #[test]
    fn snapshots_are_those_of_published_versions() {
        let apply_on = |on: SnapStartApplyOn| SnapStartResponse::builder().apply_on(on).build();
        let read =
            |on| super::configuration(&configuration().snap_start(apply_on(on)).build(), None).unwrap().snap_start;
        assert!(read(SnapStartApplyOn::PublishedVersions) && !read(SnapStartApplyOn::None));
    }
}
