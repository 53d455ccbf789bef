//! The one place where an SDK error becomes a [`Failure`]: class, code, message and way out (§4.6). Retries nothing.

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};
use rolegate_plan::port::{ErrorClass, Failure};
use std::error::Error;

/// The class of an answer with this error code. Codes are AWS's, on the wire or in the service models (some end in
/// `Exception` in one of the two).
pub fn classify(code: &str, message: &str) -> ErrorClass {
    match code.strip_suffix("Exception").unwrap_or(code) {
        "Throttling"
        | "Throttled"
        | "RequestLimitExceeded"
        | "TooManyRequests"
        | "RequestThrottled"
        | "SlowDown"
        | "BandwidthLimitExceeded" => ErrorClass::Throttled,
        "ServiceFailure" | "ServiceUnavailable" | "InternalFailure" | "InternalError" | "RequestTimeout" => {
            ErrorClass::Unavailable
        }
        // AWS tells a principal that is not visible yet from a wrong document by its message alone (§4.6).
        "MalformedPolicyDocument" if message.contains("Invalid principal in policy") => {
            ErrorClass::Propagating
        }
        "ConcurrentModification"
        | "EntityTemporarilyUnmodifiable"
        | "EntityAlreadyExists"
        | "DeleteConflict"
        | "NoSuchEntity" => ErrorClass::Conflict,
        "LimitExceeded" | "PackedPolicyTooLarge" => ErrorClass::Quota,
        "MalformedPolicyDocument"
        | "UnmodifiableEntity"
        | "PolicyNotAttachable"
        | "InvalidInput"
        | "InvalidParameterValue"
        | "InvalidParameterCombination"
        | "ValidationError"
        | "Validation"
        | "PolicyEvaluation" => ErrorClass::Invalid,
        "AccessDenied"
        | "UnauthorizedOperation"
        | "NotAuthorized"
        | "ExpiredToken"
        | "InvalidClientTokenId"
        | "UnrecognizedClient"
        | "InvalidAccessKeyId"
        | "SignatureDoesNotMatch"
        | "IncompleteSignature"
        | "MissingAuthenticationToken"
        | "RequestExpired"
        | "OptInRequired"
        | "RegionDisabled"
        | "AccountNotManagementOrDelegatedAdministrator" => ErrorClass::Denied,
        _ => ErrorClass::Bug,
    }
}

/// Whether these credentials are dead and another try with new ones makes sense.
pub(crate) fn is_session_over(failure: &Failure) -> bool {
    let code = failure.code.as_deref().map(|code| code.strip_suffix("Exception").unwrap_or(code));
    matches!(code, Some("ExpiredToken" | "InvalidClientTokenId" | "UnrecognizedClient"))
}

/// Whether AWS says that what was to be removed is not there.
pub(crate) fn is_absent(failure: &Failure) -> bool {
    matches!(failure.code.as_deref(), Some("NoSuchEntity" | "NoSuchEntityException"))
}

/// Turns what a call gave into a failure.
#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err` everywhere")]
pub(crate) fn failure<E, R>(call: &'static str, error: SdkError<E, R>) -> Failure
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    R: std::fmt::Debug + HttpStatus + Send + Sync + 'static,
{
    match &error {
        SdkError::ServiceError(answer) => {
            let status = answer.raw().status_code();
            answered(call, answer.err().code(), answer.err().message(), status)
        }
        SdkError::TimeoutError(_) => {
            unanswered(call, "no answer within the time limit; the write may have happened".to_owned())
        }
        SdkError::ResponseError(answer) => {
            let status = answer.raw().status_code();
            unanswered(
                call,
                format!("the answer (HTTP status {status}) could not be read: {}", chain(&error)),
            )
        }
        SdkError::DispatchFailure(_) | SdkError::ConstructionFailure(_) => not_sent(call, &error),
        _ => Failure { call, class: ErrorClass::Bug, code: None, message: chain(&error) },
    }
}

/// Where an answer keeps its HTTP status; for the SDK's own answers and for tests.
pub(crate) trait HttpStatus {
    /// Such as 403.
    fn status_code(&self) -> u16;
}

impl HttpStatus for aws_sdk_iam::config::http::HttpResponse {
    fn status_code(&self) -> u16 {
        self.status().as_u16()
    }
}

fn answered(call: &'static str, code: Option<&str>, message: Option<&str>, status: u16) -> Failure {
    let message = message.unwrap_or("AWS gave no message");
    let class = match code.map(|code| classify(code, message)) {
        Some(ErrorClass::Bug) | None if status >= 500 => ErrorClass::Unavailable,
        Some(ErrorClass::Bug) | None if status == 429 => ErrorClass::Throttled,
        Some(class) => class,
        None => ErrorClass::Bug,
    };
    let message = match way_out(call, code.unwrap_or_default(), class) {
        Some(way_out) => format!("{message}; {way_out}"),
        None => message.to_owned(),
    };
    Failure { call, class, code: code.map(str::to_owned), message }
}

/// What a person can do about it, where AWS's own words do not say so.
fn way_out(call: &str, code: &str, class: ErrorClass) -> Option<&'static str> {
    match code.strip_suffix("Exception").unwrap_or(code) {
        "ExpiredToken" | "RequestExpired" => Some("sign in again: the credentials at hand are over"),
        "InvalidClientTokenId" | "UnrecognizedClient" | "InvalidAccessKeyId" => {
            Some("check AWS_ACCESS_KEY_ID and AWS_PROFILE: AWS does not know these credentials")
        }
        "SignatureDoesNotMatch" => Some("check AWS_SECRET_ACCESS_KEY: it does not belong to the key id"),
        "RegionDisabled" => Some("choose another region with --region"),
        _ => match (class, call) {
            (ErrorClass::Denied, "AssumeRole") => Some(
                "let the management role trust the caller (with the external id of spec.managementRole), and let the \
                 caller's own policies allow sts:AssumeRole on it",
            ),
            (ErrorClass::Denied, _) => Some("let a policy of the management role allow it"),
            (ErrorClass::Quota, _) => Some("ask AWS to raise the quota, or declare less"),
            (ErrorClass::Unavailable, _) => Some("the write may have happened"),
            _ => None,
        },
    }
}

fn unanswered(call: &'static str, message: String) -> Failure {
    Failure { call, class: ErrorClass::Unavailable, code: None, message }
}

/// The request never left: no credentials, or no connection.
fn not_sent<E, R>(call: &'static str, error: &SdkError<E, R>) -> Failure
where
    E: Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    if let Some(credentials) = find::<CredentialsError>(error) {
        let message = match credentials {
            CredentialsError::CredentialsNotLoaded(_) => {
                "no credentials found; sign in first: set AWS_PROFILE, or \
                AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run where a role is attached"
                    .to_owned()
            }
            other => format!("the credentials could not be loaded: {}; check AWS_PROFILE", chain(other)),
        };
        let class = match credentials {
            CredentialsError::ProviderTimedOut(_) => ErrorClass::Unavailable,
            _ => ErrorClass::Denied,
        };
        return Failure { call, class, code: None, message };
    }
    match error {
        SdkError::DispatchFailure(dispatch) if !dispatch.is_user() => unanswered(
            call,
            format!("AWS could not be reached: {}; check the network and --endpoint-url", chain(error)),
        ),
        _ => Failure { call, class: ErrorClass::Bug, code: None, message: chain(error) },
    }
}

fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// The error and its causes in one line.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let word = error.to_string();
        if words.last() != Some(&word) {
            words.push(word);
        }
        next = error.source();
    }
    words.join(": ")
}
