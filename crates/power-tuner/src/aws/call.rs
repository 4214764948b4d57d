//! A call of AWS that failed, in words: which action on which resource, and what to do next.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sfn::error::{ProvideErrorMetadata, SdkError};

use crate::failure::Failure;

/// A call, for the case that it fails.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// What it is for: "start the execution".
    pub to: &'a str,
    /// The action, as IAM names it: `states:StartExecution`.
    pub action: &'a str,
    /// On what.
    pub on: &'a str,
}

/// What came back instead of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Trouble {
    /// AWS refused the call.
    Refused { code: String, message: String },
    /// There is nothing to sign the call with.
    NoCredentials(String),
    /// Nobody answered.
    Unreachable(String),
}

impl Call<'_> {
    /// Why the program cannot go on.
    pub fn failed<E, R>(&self, error: &SdkError<E, R>) -> Failure
    where
        E: ProvideErrorMetadata + Error + 'static,
        R: std::fmt::Debug,
    {
        self.explain(trouble(error))
    }

    fn explain(&self, trouble: Trouble) -> Failure {
        let Self { to, action, on } = self;
        match trouble {
            Trouble::NoCredentials(why) => {
                Failure::other(format!("failed to {to}: there are no AWS credentials ({why})"))
                    .hint("sign in (aws sso login, aws login), or name a profile: --profile NAME, AWS_PROFILE")
                    .hint("check with: aws sts get-caller-identity")
            }
            Trouble::Unreachable(why) => Failure::passing(format!("failed to {to}: AWS did not answer ({why})"))
                .hint("check the network, the region, and AWS_ENDPOINT_URL if it is set"),
            Trouble::Refused { code, message } => match code.as_str() {
                "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" => {
                    let (action, on) = denied(&message).unwrap_or((*action, *on));
                    Failure::other(format!("failed to {to}: your credentials may not {action} on {on}")).hint(format!(
                        "ask for a policy that allows {action} on {on}, or use another profile: --profile NAME"
                    ))
                }
                "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" | "TokenRefreshRequired" => {
                    Failure::other(format!("failed to {to}: your AWS credentials have expired"))
                        .hint("sign in again: aws sso login, aws login, or new keys in the environment")
                }
                "UnrecognizedClientException"
                | "InvalidClientTokenId"
                | "InvalidSignatureException"
                | "SignatureDoesNotMatch"
                | "IncompleteSignature"
                | "MissingAuthenticationToken" => Failure::other(format!(
                    "failed to {to}: AWS does not accept your credentials ({code})"
                ))
                .hint("check the keys and the profile, and that the clock is right: aws sts get-caller-identity"),
                "ThrottlingException" | "Throttling" | "TooManyRequestsException" | "RequestLimitExceeded" => {
                    Failure::passing(format!("failed to {to}: AWS lets no more calls of {action} through for now"))
                        .hint("try again in a minute; a run that was started goes on")
                }
                "StateMachineDoesNotExist" => Failure::other(format!("failed to {to}: there is no state machine {on}"))
                    .hint(
                        "check --state-machine, the region and the account; power-tuner doctor says what is deployed",
                    ),
                "ExecutionDoesNotExist" => Failure::bad_input(format!("failed to {to}: there is no execution {on}"))
                    .hint("AWS forgets executions 90 days after their end; check the ARN, the region and the account"),
                "ResourceNotFoundException" => Failure::other(format!("failed to {to}: {on} does not exist"))
                    .hint("check the name, the region and the account"),
                _ => Failure::other(format!("failed to {to}: AWS refused {action} on {on}: {code}: {message}")),
            },
        }
    }
}

/// The code of AWS's refusal, if it was one.
pub fn code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> Option<&str> {
    error.as_service_error().and_then(ProvideErrorMetadata::code)
}

fn trouble<E, R>(error: &SdkError<E, R>) -> Trouble
where
    E: ProvideErrorMetadata + Error + 'static,
    R: std::fmt::Debug,
{
    if let Some(refusal) = error.as_service_error() {
        return Trouble::Refused {
            code: refusal.code().unwrap_or("an error without a code").to_owned(),
            message: refusal.message().unwrap_or("no message").to_owned(),
        };
    }
    let chain = || std::iter::successors(error.source(), |&error| error.source());
    let last = chain().last().map_or_else(|| "no reason was given".to_owned(), first_line);
    if chain().any(<dyn Error>::is::<CredentialsError>) {
        Trouble::NoCredentials(last)
    } else {
        Trouble::Unreachable(last)
    }
}

/// What was tried one after the other is of no use to a person.
fn first_line(error: &(dyn Error + 'static)) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().trim_end_matches(". Attempted:").to_owned()
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

    fn refused(code: &str, message: &str) -> String {
        START.explain(Trouble::Refused { code: code.to_owned(), message: message.to_owned() }).to_string()
    }

    #[test]
    fn a_denied_call_names_the_action_and_the_resource_that_aws_names() {
        let message = "User: arn:aws:iam::1:user/a is not authorized to perform: states:StartExecution on resource: \
                       arn:aws:states:us-east-1:1:stateMachine:x because no identity-based policy allows it";
        insta::assert_snapshot!(refused("AccessDeniedException", message), @r"
        failed to start the execution: your credentials may not states:StartExecution on arn:aws:states:us-east-1:1:stateMachine:x
        hint: ask for a policy that allows states:StartExecution on arn:aws:states:us-east-1:1:stateMachine:x, or use another profile: --profile NAME
        ");
        let silent = refused("AccessDenied", "Access denied");
        assert!(silent.contains("states:StartExecution on arn:aws:states:us-east-1:1:stateMachine:m"), "{silent}");
    }

    #[test]
    fn every_way_to_fail_says_what_to_do() {
        for code in
            ["ExpiredTokenException", "UnrecognizedClientException", "ThrottlingException", "StateMachineDoesNotExist"]
        {
            assert!(refused(code, "m").contains("\nhint: "), "{code}");
        }
        for trouble in [Trouble::NoCredentials("x".to_owned()), Trouble::Unreachable("x".to_owned())] {
            assert!(!START.explain(trouble).hints.is_empty());
        }
    }
}
