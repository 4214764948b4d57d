//! A run that failed, in words: what the execution says, and what to do next.

use tuning::contract::error_name::ErrorName;

use crate::{exit::Exit, failure::Failure};

/// The names that Step Functions gives the error of a state that outgrows its limit.
const DATA_LIMIT: [&str; 2] = ["States.DataLimitExceeded", "DataLimitExceeded"];

/// Why a run failed.
pub fn of(execution: &str, function: Option<&str>, status: &str, error: &str, cause: &str) -> Failure {
    let function = function.unwrap_or("FUNCTION");
    let name = ErrorName::ALL.into_iter().find(|name| name.as_str() == error);
    let exit = if name == Some(ErrorName::ValidationError) { Exit::BadInput } else { Exit::RunFailed };
    let what = match (status, error, cause) {
        ("ABORTED", _, _) => "the run was stopped from outside".to_owned(),
        (_, "", "") => format!("the run ended {status}, and did not say why"),
        (_, error, cause) => format!("the run failed: {error}: {}", cause.trim()),
    };
    let mut failure = Failure::new(exit, what);
    for hint in name.map(|name| hints(name, function)).unwrap_or_default() {
        failure = failure.hint(hint);
    }
    if DATA_LIMIT.contains(&error) {
        failure = failure.hint(
            "a step returned more than the 256 KiB that an execution can carry: leave out --include-samples, give \
                   fewer memory sizes or a smaller --num, or put the payload into S3 (--payload-s3)",
        );
    }
    if status == "TIMED_OUT" {
        failure = failure.hint("raise the parameter executionTimeLimit of the stack, or measure less");
    }
    if status != "FAILED" {
        failure =
            failure.hint(format!("the deployment puts the function back; to make sure: power-tuner clean {function}"));
    }
    failure.hint(format!("its steps are shown in the console of Step Functions: {execution}"))
}

fn hints(name: ErrorName, function: &str) -> Vec<String> {
    let hint = match name {
        ErrorName::FunctionBusy => format!(
            "wait for the other run (power-tuner watch with its ARN), or stop it: power-tuner clean {function} --stop"
        ),
        ErrorName::FunctionNotFound => {
            "check the name, and the region: a bare name is looked up in the region of power-tuner, an ARN anywhere"
                .to_owned()
        }
        ErrorName::FunctionChanged => "run it again when nobody deploys the function".to_owned(),
        ErrorName::FunctionError => {
            "try the payload (--payload) with the function itself; errors that are expected: --allowed-exceptions"
                .to_owned()
        }
        ErrorName::PowerValueInfeasible => {
            "leave that memory size out, or go on without it: --on-failure skip".to_owned()
        }
        ErrorName::InvocationRefused => "try the payload with the function itself: aws lambda invoke".to_owned(),
        ErrorName::PayloadUnavailable => {
            "check --payload-s3, and the parameters payloadS3Bucket and payloadS3Key of the stack".to_owned()
        }
        ErrorName::PermissionDenied => {
            "check the parameters lambdaResource, processorResource and assumableRoles of the stack, or the policy of \
             the role that --assume-role-arn names"
                .to_owned()
        }
        ErrorName::NoUsableSamples => {
            "see why at every memory size: --include-output-results, or try a dry run: --dry-run".to_owned()
        }
        ErrorName::RunTimedOut => "raise the parameter executionTimeLimit of the stack, or measure less".to_owned(),
        ErrorName::ServiceError => "try again; AWS did not answer as documented".to_owned(),
        ErrorName::CleanupFailed | ErrorName::CleanupIncomplete => {
            format!("put the function back: power-tuner clean {function}")
        }
        ErrorName::ValidationError
        | ErrorName::FunctionNotTunable
        | ErrorName::PreProcessorFailed
        | ErrorName::PostProcessorFailed => return Vec::new(),
    };
    vec![hint]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(status: &str, error: &str, cause: &str) -> String {
        of("arn:e", Some("f"), status, error, cause).to_string()
    }

    #[test]
    fn a_failed_run_says_what_to_do() {
        let all = [
            said("FAILED", "FunctionBusy", "arn:other is tuning f"),
            said("FAILED", "States.DataLimitExceeded", "too large"),
            said("FAILED", "CleanupFailed", "The function was measured, but could not be put back."),
            said("ABORTED", "", ""),
            said("TIMED_OUT", "", ""),
        ];
        insta::assert_snapshot!(all.join("\n\n"));
    }

    #[test]
    fn an_input_that_only_the_deployment_can_refuse_is_bad_input_all_the_same() {
        assert_eq!(of("arn:e", None, "FAILED", "ValidationError", "num: received 3").exit, Exit::BadInput);
        assert_eq!(of("arn:e", None, "FAILED", "FunctionError", "x").exit, Exit::RunFailed);
    }
}
