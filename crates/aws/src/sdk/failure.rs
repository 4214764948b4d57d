//! Turns what the SDK says of a call that failed into what the steps tell apart: by codes, or else by the status.

use std::{error::Error as StdError, iter::successors};

use aws_credential_types::provider::error::CredentialsError;
use aws_runtime::retries::classifiers::THROTTLING_ERRORS;
use aws_sdk_lambda::{
    error::{ProvideErrorMetadata, SdkError},
    operation::{invoke::InvokeError, update_function_configuration::UpdateFunctionConfigurationError},
};
use aws_sdk_sts::operation::assume_role::AssumeRoleError;

use super::{RawResponse, https::Unsent};
use crate::api::{ApiError, ApiErrorKind};

pub(super) const INVOKE: &str = "Invoke";
pub(super) const SET_MEMORY: &str = "UpdateFunctionConfiguration";

impl ApiError {
    /// Makes an error of what the SDK says of a call of this name.
    #[must_use]
    pub fn of<E>(call: &'static str, error: &SdkError<E, RawResponse>) -> Self
    where
        E: StdError + ProvideErrorMetadata + Send + Sync + 'static,
    {
        Self { call, kind: kind(error), message: message(error) }
    }
}

/// For calls that are made again while that may help. One that was not made at last may have been made before.
pub(super) fn failed<E>(call: &'static str) -> impl Fn(SdkError<E, RawResponse>) -> ApiError
where
    E: StdError + ProvideErrorMetadata + Send + Sync + 'static,
{
    move |error| ApiError::of(call, &error)
}

/// For an invocation, which is requested once.
pub(super) fn failed_to_invoke(error: SdkError<InvokeError, RawResponse>) -> ApiError {
    let never_sent = cause::<Unsent>(&error).is_some() || cause::<CredentialsError>(&error).is_some();
    let kind = match (error.as_service_error().and_then(kind_of_start), kind(&error)) {
        (Some(of_start), _) => of_start,
        (None, ApiErrorKind::Unclear) if never_sent => ApiErrorKind::Unreached,
        (None, kind) => kind,
    };
    ApiError { kind, ..failed(INVOKE)(error) }
}

/// Names the kind of failure that keeps Lambda from starting the function; `None` of any other error.
fn kind_of_start(error: &InvokeError) -> Option<ApiErrorKind> {
    use InvokeError as E;
    Some(match error {
        E::CodeArtifactUserPendingException(_)
        | E::Ec2ThrottledException(_)
        | E::Ec2UnexpectedException(_)
        | E::EfsMountConnectivityException(_)
        | E::EfsMountTimeoutException(_)
        | E::EniLimitReachedException(_)
        | E::EniNotReadyException(_)
        | E::ResourceNotReadyException(_)
        | E::S3FilesMountConnectivityException(_)
        | E::S3FilesMountTimeoutException(_)
        | E::SnapStartNotReadyException(_)
        | E::SnapStartRegenerationFailureException(_)
        | E::SnapStartTimeoutException(_)
        | E::SubnetIpAddressLimitReachedException(_) => ApiErrorKind::NotReady,
        E::CodeArtifactUserDeletedException(_)
        | E::CodeArtifactUserFailedException(_)
        | E::Ec2AccessDeniedException(_)
        | E::EfsMountFailureException(_)
        | E::InvalidRuntimeException(_)
        | E::InvalidSecurityGroupIdException(_)
        | E::InvalidSubnetIdException(_)
        | E::InvalidZipFileException(_)
        | E::KmsAccessDeniedException(_)
        | E::KmsDisabledException(_)
        | E::KmsInvalidStateException(_)
        | E::KmsNotFoundException(_)
        | E::S3FilesMountFailureException(_)
        | E::SnapStartException(_) => ApiErrorKind::Unstartable,
        // The file system failed while the function ran.
        E::EfsioException(_) => ApiErrorKind::Unclear,
        _ => return None,
    })
}

/// For setting the memory size: nothing else is set then. AWS has no code of its own for an account that allows less,
/// but says "'`MemorySize`' value failed to satisfy constraint: Member must have value less than or equal to 3008".
pub(super) fn failed_to_set_memory(error: SdkError<UpdateFunctionConfigurationError, RawResponse>) -> ApiError {
    let is_invalid = matches!(error.code(), Some("InvalidParameterValueException" | "ValidationException"));
    let is_of_memory = error.message().is_some_and(|message| message.to_lowercase().contains("memorysize"));
    let failure = failed(SET_MEMORY)(error);
    if is_invalid && is_of_memory { ApiError { kind: ApiErrorKind::MemoryNotAllowed, ..failure } } else { failure }
}

fn kind<E>(error: &SdkError<E, RawResponse>) -> ApiErrorKind
where
    E: StdError + ProvideErrorMetadata + Send + Sync + 'static,
{
    if let Some(credentials) = cause::<CredentialsError>(error) {
        return kind_without(credentials);
    }
    match error {
        SdkError::ServiceError(answer) => {
            let by_code = answer.err().code().and_then(kind_of_code);
            by_code.unwrap_or_else(|| kind_of_status(answer.raw().status().as_u16()))
        }
        SdkError::ConstructionFailure(_) => ApiErrorKind::Refused,
        _ => ApiErrorKind::Unclear,
    }
}

/// Of a call for which there were no credentials.
fn kind_without(credentials: &CredentialsError) -> ApiErrorKind {
    match cause::<SdkError<AssumeRoleError, RawResponse>>(credentials).map(kind) {
        None => ApiErrorKind::NoCredentials,
        Some(kind @ (ApiErrorKind::Denied | ApiErrorKind::BadCredentials | ApiErrorKind::Throttled)) => kind,
        Some(_) => ApiErrorKind::Unclear,
    }
}

/// Names the kind of failure that a code of AWS means whatever the status is, which is 400 for some services.
fn kind_of_code(code: &str) -> Option<ApiErrorKind> {
    match code {
        "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" => Some(ApiErrorKind::Denied),
        "ResourceNotFoundException" | "StateMachineDoesNotExist" | "ExecutionDoesNotExist" => {
            Some(ApiErrorKind::NotFound)
        }
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "IncompleteSignature"
        | "MissingAuthenticationToken" => Some(ApiErrorKind::BadCredentials),
        code if is_expired(code) => Some(ApiErrorKind::Expired),
        code if THROTTLING_ERRORS.contains(&code) => Some(ApiErrorKind::Throttled),
        _ => None,
    }
}

/// Returns true if a code says that credentials have expired.
pub(super) fn is_expired(code: &str) -> bool {
    matches!(code, "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" | "TokenRefreshRequired")
}

/// Names the kind of failure that a status means that is not that of success.
fn kind_of_status(status: u16) -> ApiErrorKind {
    match status {
        403 => ApiErrorKind::Denied,
        404 => ApiErrorKind::NotFound,
        409 => ApiErrorKind::Conflict,
        412 => ApiErrorKind::Stale,
        429 => ApiErrorKind::Throttled,
        400..=499 => ApiErrorKind::Refused,
        _ => ApiErrorKind::Unclear,
    }
}

/// As AWS says it, if it does. The SDK's own text of an error holds the whole response: with it the function's log,
/// payloads included.
fn message<E>(error: &SdkError<E, RawResponse>) -> String
where
    E: StdError + ProvideErrorMetadata + Send + Sync + 'static,
{
    if let Some(refused) = cause::<SdkError<AssumeRoleError, RawResponse>>(error) {
        return format!("assuming the role failed: {}", said(refused));
    }
    said(error)
}

fn said<E>(error: &SdkError<E, RawResponse>) -> String
where
    E: StdError + ProvideErrorMetadata + Send + Sync + 'static,
{
    match (error.code(), error.message()) {
        (Some(code), Some(message)) => format!("{code}: {}", message.trim_end_matches('.')),
        (Some(code), None) => code.to_owned(),
        (None, _) => {
            let status = error.raw_response().map(|response| format!("status {}", response.status().as_u16()));
            // What was tried one after the other, in lines of their own, is of no use to a person.
            let first_line =
                |text: String| text.lines().next().unwrap_or_default().trim_end_matches(". Attempted:").to_owned();
            let causes = causes(error).map(|cause| first_line(cause.to_string()));
            status.into_iter().chain(causes).collect::<Vec<_>>().join(": ")
        }
    }
}

/// An error, and what caused it.
fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    successors(Some(error), |error| (*error).source())
}

fn cause<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    causes(error).find_map(|error| error.downcast_ref())
}

#[cfg(test)]
mod tests {
    use aws_sdk_lambda::{
        config::http::HttpResponse, error::ErrorMetadata, operation::get_function::GetFunctionError,
        primitives::SdkBody,
    };

    use super::*;

    /// Makes the error of the SDK for an answer of AWS.
    fn answered<E>(
        status: u16,
        code: &str,
        message: &str,
        of: impl Fn(ErrorMetadata) -> E,
    ) -> SdkError<E, HttpResponse> {
        let metadata = ErrorMetadata::builder().code(code).message(message).build();
        SdkError::service_error(of(metadata), HttpResponse::new(status.try_into().unwrap(), SdkBody::empty()))
    }

    fn by(status: u16, code: &str) -> ApiError {
        failed("GetFunction")(answered(status, code, "some words.", GetFunctionError::generic))
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
            let error = by(status, "SomeException");
            assert_eq!(error.kind, kind, "{status}");
            assert_eq!(error.to_string(), "GetFunction failed: SomeException: some words");
        }
    }

    #[test]
    fn as_on_aws_a_code_says_more_than_its_status() {
        for (status, code, kind) in [
            (400, "AccessDeniedException", ApiErrorKind::Denied),
            (400, "ThrottlingException", ApiErrorKind::Throttled),
            (503, "SlowDown", ApiErrorKind::Throttled),
            (400, "ResourceNotFoundException", ApiErrorKind::NotFound),
            (403, "ExpiredToken", ApiErrorKind::Expired),
            (403, "ExpiredTokenException", ApiErrorKind::Expired),
            (400, "ExpiredTokenIsNotMeant", ApiErrorKind::Refused),
            (400, "ExecutionDoesNotExist", ApiErrorKind::NotFound),
            (403, "UnrecognizedClientException", ApiErrorKind::BadCredentials),
        ] {
            assert_eq!(by(status, code).kind, kind, "{code}");
        }
    }

    #[test]
    fn as_on_aws_what_keeps_a_function_from_starting_is_no_throttling_and_no_bad_payload() {
        use aws_sdk_lambda::types::error::{
            Ec2ThrottledException, EfsMountConnectivityException, EfsMountFailureException, EfsioException,
            EniLimitReachedException, KmsAccessDeniedException, KmsDisabledException,
        };
        macro_rules! refused {
            ($variant:ident, $exception:ident, $status:literal) => {{
                let code = ErrorMetadata::builder().code(stringify!($exception)).message("m").build();
                let error = InvokeError::$variant($exception::builder().meta(code).build());
                let response = HttpResponse::new($status.try_into().unwrap(), SdkBody::empty());
                failed_to_invoke(SdkError::service_error(error, response)).kind
            }};
        }
        assert_eq!(refused!(KmsAccessDeniedException, KmsAccessDeniedException, 502), ApiErrorKind::Unstartable);
        assert_eq!(refused!(KmsDisabledException, KmsDisabledException, 502), ApiErrorKind::Unstartable);
        assert_eq!(refused!(EfsMountFailureException, EfsMountFailureException, 403), ApiErrorKind::Unstartable);
        assert_eq!(refused!(EfsMountConnectivityException, EfsMountConnectivityException, 408), ApiErrorKind::NotReady);
        assert_eq!(refused!(EniLimitReachedException, EniLimitReachedException, 502), ApiErrorKind::NotReady);
        assert_eq!(refused!(Ec2ThrottledException, Ec2ThrottledException, 502), ApiErrorKind::NotReady);
        assert_eq!(refused!(EfsioException, EfsioException, 410), ApiErrorKind::Unclear);
        let other = |status, code| failed_to_invoke(answered(status, code, "m", InvokeError::generic)).kind;
        assert_eq!(other(429, "TooManyRequestsException"), ApiErrorKind::Throttled);
        assert_eq!(other(400, "InvalidRequestContentException"), ApiErrorKind::Refused);
    }

    #[test]
    fn an_account_that_allows_less_memory_is_told_from_a_wrong_request() {
        let limited =
            "'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to 3008";
        let refused = |code, message| {
            failed_to_set_memory(answered(400, code, message, UpdateFunctionConfigurationError::generic)).kind
        };
        for code in ["InvalidParameterValueException", "ValidationException"] {
            assert_eq!(refused(code, limited), ApiErrorKind::MemoryNotAllowed);
            assert_eq!(refused(code, "the runtime is not supported any more"), ApiErrorKind::Refused);
        }
        assert_eq!(refused("SomeException", limited), ApiErrorKind::Refused);
    }

    #[test]
    fn a_broken_connection_may_have_taken_effect() {
        let broken: SdkError<GetFunctionError, HttpResponse> = SdkError::timeout_error("no answer");
        assert_eq!(failed("GetFunction")(broken).kind, ApiErrorKind::Unclear);
    }

    #[test]
    fn no_message_repeats_a_response() {
        let secret = "SECRET in the log tail";
        let mut response = HttpResponse::new(200.try_into().unwrap(), SdkBody::from(secret));
        response.headers_mut().insert("x-amz-log-result", secret);
        let broken: SdkError<InvokeError, HttpResponse> =
            SdkError::response_error(std::io::Error::other("connection reset"), response);
        let error = failed_to_invoke(broken);
        assert_eq!(error.to_string(), "Invoke failed: status 200: response error: connection reset");
        assert_eq!(error.kind, ApiErrorKind::Unclear);
    }
}
