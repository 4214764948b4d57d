//! A call of AWS that failed, in words: which action on which resource, and what to do next.

use std::{error::Error, fmt};

use aws::{ApiError, ApiErrorKind};
use aws_sdk_sfn::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
};

use crate::failure::Failure;

/// A call, for the case that it fails.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The purpose of the call: "start the execution".
    pub to: &'a str,
    /// The action, as IAM names it: `states:StartExecution`.
    pub action: &'a str,
    /// On what.
    pub on: &'a str,
}

impl Call<'_> {
    /// Why the program cannot go on.
    pub fn failed<E>(&self, error: &SdkError<E, HttpResponse>) -> Failure
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        self.explain(&ApiError::of("", error))
    }

    /// The same, of a call that the steps make, too.
    pub fn of(error: &ApiError, to: &str, on: impl fmt::Display) -> Failure {
        let service = match error.call {
            "GetResources" => "tag",
            "ListStackResources" => "cloudformation",
            "GetMetricData" => "cloudwatch",
            "GetLambdaFunctionRecommendations" => "compute-optimizer",
            "DescribeLogGroups" | "StartQuery" | "GetQueryResults" => "logs",
            "GetObject" | "PutObject" | "ListObjectsV2" => "s3",
            call if call.contains("Execution") => "states",
            _ => "lambda",
        };
        Call { to, action: &format!("{service}:{}", error.call), on: &on.to_string() }.explain(error)
    }

    fn explain(&self, error: &ApiError) -> Failure {
        let Self { to, action, on } = self;
        let why = error.message.as_str();
        // The last cause is the one that a person can do something about.
        let cause = why.rsplit(": ").next().unwrap_or(why);
        match error.kind {
            ApiErrorKind::NoCredentials => {
                Failure::other(format!("failed to {to}: there are no AWS credentials ({cause})"))
                    .hint("sign in (aws sso login, aws login), or name a profile: --profile NAME, AWS_PROFILE")
                    .hint("check with: aws sts get-caller-identity")
            }
            ApiErrorKind::Unclear | ApiErrorKind::Unreached => {
                Failure::passing(format!("failed to {to}: AWS did not answer ({cause})"))
                    .hint("check the network, the region, and AWS_ENDPOINT_URL if it is set")
            }
            ApiErrorKind::Denied => {
                let (action, on) = denied(why).unwrap_or((*action, *on));
                Failure::other(format!(
                    "failed to {to}: access denied: your credentials are not allowed to call {action} on {on}"
                ))
                .hint(format!("ask for a policy that allows {action} on {on}, or use another profile: --profile NAME"))
            }
            ApiErrorKind::Expired => Failure::other(format!("failed to {to}: your AWS credentials have expired"))
                .hint("sign in again: aws sso login, aws login, or new keys in the environment"),
            ApiErrorKind::BadCredentials => {
                Failure::other(format!("failed to {to}: AWS does not accept your credentials ({why})"))
                    .hint("check the keys and the profile, and that the clock is right: aws sts get-caller-identity")
            }
            ApiErrorKind::Throttled => {
                Failure::passing(format!("failed to {to}: AWS lets no more calls of {action} through for now"))
                    .hint("try again in a minute; a run that was started goes on")
            }
            ApiErrorKind::NotFound => self.not_found(),
            _ => Failure::other(format!("failed to {to}: AWS refused {action} on {on}: {why}")),
        }
    }

    fn not_found(&self) -> Failure {
        let Self { to, action, on } = self;
        match *action {
            "states:DescribeExecution" | "states:GetExecutionHistory" | "states:StopExecution" => {
                Failure::bad_input(format!("failed to {to}: there is no execution {on}"))
                    .hint("AWS forgets executions 90 days after their end; check the ARN, the region and the account")
            }
            action if action.starts_with("states:") => {
                Failure::other(format!("failed to {to}: there is no state machine {on}"))
                    .hint("check --state-machine, the region and the account; power-tuner doctor says what is deployed")
            }
            _ => Failure::other(format!("failed to {to}: {on} does not exist"))
                .hint("check the name, the region and the account"),
        }
    }
}

/// The code of AWS's refusal, if it was one.
pub fn code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> Option<&str> {
    error.as_service_error().and_then(ProvideErrorMetadata::code)
}

/// The action and the resource of "… is not authorized to perform: ACTION on resource: RESOURCE because …".
fn denied(message: &str) -> Option<(&str, &str)> {
    let (_, rest) = message.split_once("not authorized to perform: ")?;
    let (action, rest) = rest.split_once(" on resource: ")?;
    let resource = rest.split_whitespace().next()?;
    Some((action.trim(), resource.trim_end_matches([',', '.'])))
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Call<'_> = Call {
        to: "start the execution",
        action: "states:StartExecution",
        on: "arn:aws:states:us-east-1:1:stateMachine:m",
    };

    fn refused(kind: ApiErrorKind, message: &str) -> Failure {
        START.explain(&ApiError { call: "StartExecution", kind, message: message.to_owned() })
    }

    #[test]
    fn a_denied_call_names_the_action_and_the_resource_that_aws_names() {
        let message = "User: arn:aws:iam::1:user/a is not authorized to perform: states:StartExecution on resource: \
                       arn:aws:states:us-east-1:1:stateMachine:x because no identity-based policy allows it";
        insta::assert_snapshot!(refused(ApiErrorKind::Denied, message), @r"
        failed to start the execution: access denied: your credentials are not allowed to call states:StartExecution on arn:aws:states:us-east-1:1:stateMachine:x
        hint: ask for a policy that allows states:StartExecution on arn:aws:states:us-east-1:1:stateMachine:x, or use another profile: --profile NAME
        ");
        let silent = refused(ApiErrorKind::Denied, "Access denied").to_string();
        assert!(silent.contains("states:StartExecution on arn:aws:states:us-east-1:1:stateMachine:m"), "{silent}");
    }

    #[test]
    fn every_way_to_fail_says_what_to_do() {
        for kind in [
            ApiErrorKind::NoCredentials,
            ApiErrorKind::BadCredentials,
            ApiErrorKind::Expired,
            ApiErrorKind::Unclear,
            ApiErrorKind::Throttled,
            ApiErrorKind::NotFound,
        ] {
            assert!(!refused(kind, "m").hints.is_empty(), "{kind:?}");
        }
    }
}
