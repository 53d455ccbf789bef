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
    let skewed = message.contains("Signature expired") || message.contains("Signature not yet current");
    let way_out = if skewed {
        Some("set the clock of this machine: AWS takes requests of the last five minutes alone")
    } else {
        way_out(call, code.unwrap_or_default(), class)
    };
    let message = match way_out {
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

/// Why there are no credentials to begin with, and what to do.
pub(crate) fn no_credentials(call: &'static str, error: &CredentialsError) -> Failure {
    let message = match error {
        CredentialsError::CredentialsNotLoaded(_) => {
            "no credentials found; sign in first: set AWS_PROFILE, or \
            AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run where a role is attached"
                .to_owned()
        }
        other => format!("the credentials could not be loaded: {}; check AWS_PROFILE", chain(other)),
    };
    let class = match error {
        CredentialsError::ProviderTimedOut(_) => ErrorClass::Unavailable,
        _ => ErrorClass::Denied,
    };
    Failure { call, class, code: None, message }
}

/// The request never left: no credentials, or no connection.
fn not_sent<E, R>(call: &'static str, error: &SdkError<E, R>) -> Failure
where
    E: Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    if let Some(credentials) = find::<CredentialsError>(error) {
        return no_credentials(call, credentials);
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

#[cfg(test)]
mod tests {
    use super::*;
    use aws_credential_types::provider::error::CredentialsError;
    use aws_sdk_iam::error::ConnectorError;
    use aws_sdk_iam::error::ErrorMetadata;
    use aws_sdk_iam::operation::create_role::CreateRoleError;
    use std::io;

    /// An answer with nothing but a status.
    #[derive(Debug)]
    struct Status(u16);

    impl HttpStatus for Status {
        fn status_code(&self) -> u16 {
            self.0
        }
    }

    fn answer(status: u16, code: &str, message: &str) -> Failure {
        let metadata = ErrorMetadata::builder().code(code).message(message).build();
        failure("CreateRole", SdkError::service_error(CreateRoleError::generic(metadata), Status(status)))
    }

    fn sdk(error: SdkError<CreateRoleError, Status>) -> Failure {
        failure("CreateRole", error)
    }

    #[test]
    fn every_code_has_its_class() {
        use ErrorClass::{Bug, Conflict, Denied, Invalid, Propagating, Quota, Throttled, Unavailable};
        for (status, code, message, class) in [
            (400, "Throttling", "Rate exceeded", Throttled),
            (400, "ThrottlingException", "Rate exceeded", Throttled),
            (503, "RequestLimitExceeded", "", Throttled),
            (400, "TooManyRequestsException", "", Throttled),
            (503, "SlowDown", "", Throttled),
            (429, "Whatever", "", Throttled),
            (500, "ServiceFailure", "", Unavailable),
            (500, "ServiceFailureException", "", Unavailable),
            (503, "ServiceUnavailable", "", Unavailable),
            (500, "InternalFailure", "", Unavailable),
            (502, "Whatever", "", Unavailable),
            (504, "Whatever", "", Unavailable),
            (409, "ConcurrentModification", "", Conflict),
            (409, "EntityTemporarilyUnmodifiable", "", Conflict),
            (409, "EntityAlreadyExists", "", Conflict),
            (409, "DeleteConflict", "", Conflict),
            (404, "NoSuchEntity", "", Conflict),
            (409, "LimitExceeded", "Cannot exceed quota for GroupsPerAccount: 300", Quota),
            (400, "MalformedPolicyDocument", "Invalid principal in policy: \"AWS\":\"arn:x\"", Propagating),
            (400, "MalformedPolicyDocument", "This policy contains invalid Json", Invalid),
            (400, "MalformedPolicyDocumentException", "Syntax errors in policy.", Invalid),
            (400, "UnmodifiableEntity", "", Invalid),
            (400, "PolicyNotAttachable", "", Invalid),
            (400, "InvalidInput", "", Invalid),
            (400, "ValidationError", "", Invalid),
            (403, "AccessDenied", "", Denied),
            (403, "AccessDeniedException", "", Denied),
            (403, "ExpiredToken", "", Denied),
            (400, "ExpiredTokenException", "", Denied),
            (403, "InvalidClientTokenId", "", Denied),
            (403, "SignatureDoesNotMatch", "", Denied),
            (403, "RegionDisabledException", "", Denied),
            (400, "SomethingNew", "", Bug),
        ] {
            let failure = answer(status, code, message);
            assert_eq!(failure.class, class, "{status} {code} {message}");
            assert_eq!(failure.code.as_deref(), Some(code));
            assert!(failure.message.starts_with(message), "{failure}");
        }
    }

    #[test]
    fn a_denial_says_the_way_out() {
        for (code, word) in [
            ("AccessDenied", "policy of the management role"),
            ("ExpiredToken", "sign in again"),
            ("InvalidClientTokenId", "AWS_ACCESS_KEY_ID"),
            ("SignatureDoesNotMatch", "AWS_SECRET_ACCESS_KEY"),
            ("RegionDisabledException", "--region"),
        ] {
            let failure = answer(403, code, "no");
            assert!(failure.message.contains(word), "{failure}");
        }
        let quota = answer(409, "LimitExceeded", "Cannot exceed quota for RolesPerAccount: 1000");
        assert!(quota.message.contains("1000") && quota.message.contains("raise the quota"), "{quota}");
    }

    #[test]
    fn no_answer_is_unavailable() {
        let refused = || io::Error::from(io::ErrorKind::ConnectionRefused);
        for error in [
            SdkError::timeout_error("operation timed out"),
            SdkError::dispatch_failure(ConnectorError::io(refused().into())),
            SdkError::dispatch_failure(ConnectorError::timeout("connect".into())),
            SdkError::dispatch_failure(ConnectorError::other("reset".into(), None)),
            SdkError::response_error("half an answer", Status(200)),
        ] {
            let failure = sdk(error);
            assert_eq!(
                (failure.class, failure.code.as_deref()),
                (ErrorClass::Unavailable, None),
                "{failure}"
            );
        }
    }

    #[test]
    fn missing_credentials_are_a_denial_with_the_way_out() {
        let missing = CredentialsError::not_loaded("nothing in the chain");
        for error in [
            SdkError::construction_failure(missing),
            SdkError::dispatch_failure(ConnectorError::other(
                CredentialsError::not_loaded("nothing in the chain").into(),
                None,
            )),
        ] {
            let failure = sdk(error);
            assert_eq!(failure.class, ErrorClass::Denied);
            assert!(failure.message.contains("AWS_PROFILE"), "{failure}");
        }
        let broken =
            sdk(SdkError::construction_failure(CredentialsError::invalid_configuration("no such profile")));
        assert_eq!(broken.class, ErrorClass::Denied);
        assert!(broken.message.contains("no such profile"), "{broken}");
    }

    #[test]
    fn a_request_that_cannot_be_built_is_our_mistake() {
        assert_eq!(sdk(SdkError::construction_failure("role name missing")).class, ErrorClass::Bug);
        assert_eq!(
            sdk(SdkError::dispatch_failure(ConnectorError::user("bad uri".into()))).class,
            ErrorClass::Bug
        );
    }
}
