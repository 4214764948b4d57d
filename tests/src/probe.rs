//! The rights of the holder of a role. Calls that change something are made on what does not exist: where they are
//! allowed, they do nothing.

use aws_config::{SdkConfig, sts::AssumeRoleProvider};
use aws_credential_types::provider::ProvideCredentials;
use aws_sdk_lambda::{
    config::SharedCredentialsProvider,
    error::{ProvideErrorMetadata, SdkError},
    primitives::Blob,
};

use crate::{
    Aws,
    proxy::{
        call::Resource::{self, Account, Execution, Function, LogGroup, Object, QualifiedFunction, Role, Unknown},
        record::Use,
    },
    variable,
};

const FUNCTION: &str = "arn:aws:lambda:us-east-1:000000000000:function:end-to-end-nobody";
const QUALIFIER: &str = "7";
const ALIAS: &str = "live";
const OBJECT: &str = "end-to-end-probe.json";
const OTHER_BUCKET: &str = "end-to-end-nobodys";

/// A call that was tried.
#[derive(Debug)]
pub struct Tried {
    /// The call, as a step's. On [`Resource::Unknown`], it is one that nobody is granted.
    pub used: Use,
    /// True if it was allowed.
    pub allowed: bool,
}

/// The clients of the holder of a role.
struct Probe {
    config: SdkConfig,
    lambda: aws_sdk_lambda::Client,
    logs: aws_sdk_cloudwatchlogs::Client,
    s3: aws_sdk_s3::Client,
    sfn: aws_sdk_sfn::Client,
}

impl Aws {
    /// Tries every call that a step makes, and some that none should, with the role of each deployed step.
    pub async fn try_all(&self) -> Vec<Tried> {
        let role = self.role_to_assume("probed").await;
        // S3 looks for the bucket before it looks at permissions.
        self.put_payload(OBJECT, "null").await;
        let _ = self.s3.create_bucket().bucket(OTHER_BUCKET).send().await;
        let mut all = Vec::new();
        for (step, role_of_step) in self.roles_of_steps().await {
            let probe = Probe::holding(&role_of_step, &self.home).await;
            let mut tried = probe.try_lambda().await;
            tried.extend(probe.try_other_services(&self.state_machine).await);
            tried.push(("sts:AssumeRole", Role, probe.may_assume(&role).await));
            all.extend(tried.into_iter().map(|(action, resource, allowed)| {
                let used = Use { step: step.to_owned(), action: action.to_owned(), resource };
                Tried { used, allowed }
            }));
        }
        all
    }
}

impl Aws {
    /// The steps whose roles may look at one of the deployment's own functions, or invoke it.
    pub async fn steps_that_may_touch(&self, function: &str) -> Vec<&'static str> {
        let mut may = Vec::new();
        for (step, role) in self.roles_of_steps().await {
            let lambda = Probe::holding(&role, &self.home).await.lambda;
            let nothing = Blob::new("{}");
            let invoked = lambda.invoke().function_name(function).payload(nothing).send().await;
            let looked = lambda.get_function().function_name(function).send().await;
            if is_allowed(invoked) || is_allowed(looked) {
                may.push(step);
            }
        }
        may
    }
}

impl Probe {
    async fn holding(role: &str, home: &SdkConfig) -> Self {
        let provider = AssumeRoleProvider::builder(role).session_name("end-to-end").configure(home).build().await;
        let config = home.to_builder().credentials_provider(SharedCredentialsProvider::new(provider)).build();
        Self {
            lambda: aws_sdk_lambda::Client::new(&config),
            logs: aws_sdk_cloudwatchlogs::Client::new(&config),
            s3: aws_sdk_s3::Client::new(&config),
            sfn: aws_sdk_sfn::Client::new(&config),
            config,
        }
    }

    async fn try_lambda(&self) -> Vec<(&'static str, Resource, bool)> {
        let lambda = &self.lambda;
        let get = || lambda.get_function().function_name(FUNCTION);
        let delete = || lambda.delete_function().function_name(FUNCTION);
        let invoke = || lambda.invoke().function_name(FUNCTION);
        let update = lambda.update_function_configuration().function_name(FUNCTION).memory_size(128);
        let publish = lambda.publish_version().function_name(FUNCTION);
        let versions = lambda.list_versions_by_function().function_name(FUNCTION);
        let create_alias = lambda.create_alias().function_name(FUNCTION).name(ALIAS).function_version(QUALIFIER);
        let get_alias = lambda.get_alias().function_name(FUNCTION).name(ALIAS);
        let update_alias = lambda.update_alias().function_name(FUNCTION).name(ALIAS).description("changed");
        let delete_alias = lambda.delete_alias().function_name(FUNCTION).name(ALIAS);
        let aliases = lambda.list_aliases().function_name(FUNCTION);
        let deploy = lambda.update_function_code().function_name(FUNCTION).zip_file(Blob::new("none"));
        let permit = lambda.add_permission().function_name(FUNCTION).statement_id("s").action("lambda:InvokeFunction");
        vec![
            ("lambda:GetFunction", Function, is_allowed(get().send().await)),
            ("lambda:GetFunction", QualifiedFunction, is_allowed(get().qualifier(QUALIFIER).send().await)),
            ("lambda:DeleteFunction", Function, is_allowed(delete().send().await)),
            ("lambda:DeleteFunction", QualifiedFunction, is_allowed(delete().qualifier(QUALIFIER).send().await)),
            ("lambda:InvokeFunction", Function, is_allowed(invoke().send().await)),
            ("lambda:InvokeFunction", QualifiedFunction, is_allowed(invoke().qualifier(QUALIFIER).send().await)),
            ("lambda:UpdateFunctionConfiguration", Function, is_allowed(update.send().await)),
            ("lambda:PublishVersion", Function, is_allowed(publish.send().await)),
            ("lambda:ListVersionsByFunction", Function, is_allowed(versions.send().await)),
            ("lambda:CreateAlias", Function, is_allowed(create_alias.send().await)),
            ("lambda:GetAlias", Function, is_allowed(get_alias.send().await)),
            ("lambda:UpdateAlias", Function, is_allowed(update_alias.send().await)),
            ("lambda:DeleteAlias", Function, is_allowed(delete_alias.send().await)),
            ("lambda:GetAccountSettings", Account, is_allowed(lambda.get_account_settings().send().await)),
            ("lambda:ListAliases", Function, is_allowed(aliases.send().await)),
            ("lambda:UpdateFunctionCode", Unknown, is_allowed(deploy.send().await)),
            ("lambda:AddPermission", Unknown, is_allowed(permit.principal("*").send().await)),
        ]
    }

    async fn try_other_services(&self, state_machine: &str) -> Vec<(&'static str, Resource, bool)> {
        let bucket = variable("POWER_TUNER_PAYLOAD_BUCKET");
        let object = |bucket: &str| self.s3.get_object().bucket(bucket).key(OBJECT);
        let put = self.s3.put_object().bucket(OTHER_BUCKET).key(OBJECT);
        let events = |group: &str| self.logs.filter_log_events().log_group_name(group);
        let own = state_machine.replace(":stateMachine:", ":execution:") + ":gone";
        let theirs = own.replace(":powerTuning", ":somebodyElses");
        let describe = |execution: &str| self.sfn.describe_execution().execution_arn(execution);
        let history = |execution: &str| self.sfn.get_execution_history().execution_arn(execution);
        let stop = self.sfn.stop_execution().execution_arn(&own);
        let start = self.sfn.start_execution().state_machine_arn(format!("{state_machine}-gone"));
        vec![
            ("s3:GetObject", Object, is_allowed(object(&bucket).send().await)),
            ("s3:GetObject", Unknown, is_allowed(object(OTHER_BUCKET).send().await)),
            ("s3:PutObject", Unknown, is_allowed(put.send().await)),
            ("logs:FilterLogEvents", LogGroup, is_allowed(events("/aws/lambda/end-to-end-nobody").send().await)),
            ("logs:FilterLogEvents", Unknown, is_allowed(events("/end-to-end/nobody").send().await)),
            ("states:DescribeExecution", Execution, is_allowed(describe(&own).send().await)),
            ("states:DescribeExecution", Unknown, is_allowed(describe(&theirs).send().await)),
            ("states:GetExecutionHistory", Execution, is_allowed(history(&own).send().await)),
            ("states:GetExecutionHistory", Unknown, is_allowed(history(&theirs).send().await)),
            ("states:StopExecution", Unknown, is_allowed(stop.send().await)),
            ("states:StartExecution", Unknown, is_allowed(start.send().await)),
        ]
    }

    async fn may_assume(&self, role: &str) -> bool {
        let provider = AssumeRoleProvider::builder(role).session_name("end-to-end").configure(&self.config).build();
        provider.await.provide_credentials().await.is_ok()
    }
}

/// True if a call got past the check of permissions.
fn is_allowed<T, E: ProvideErrorMetadata, R>(answer: Result<T, SdkError<E, R>>) -> bool {
    let Err(error) = answer else { return true };
    let code =
        error.as_service_error().and_then(ProvideErrorMetadata::code).expect("the service answers with an error");
    !["AccessDenied", "AccessDeniedException"].contains(&code)
}
