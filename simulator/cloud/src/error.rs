//! AWS's errors: code, HTTP status and message (§4.6). Builds them; decides nothing.

use std::fmt::Display;

/// An error as AWS answers it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code} ({http_status}): {message}")]
pub struct AwsError {
    /// The code on the wire, such as `NoSuchEntity`.
    pub code: &'static str,
    /// The HTTP status.
    pub http_status: u16,
    /// For people; never to be parsed, save "Invalid principal in policy" (§4.6).
    pub message: String,
}

impl AwsError {
    fn new(code: &'static str, http_status: u16, message: impl Into<String>) -> Self {
        Self { code, http_status, message: message.into() }
    }

    /// The entity does not exist.
    pub(crate) fn no_such_entity(message: impl Into<String>) -> Self {
        Self::new("NoSuchEntity", 404, message)
    }

    /// `The KIND with name NAME cannot be found.`
    pub(crate) fn missing(kind: &str, name: impl Display) -> Self {
        Self::no_such_entity(format!("The {kind} with name {name} cannot be found."))
    }

    /// The name is taken.
    pub(crate) fn exists(kind: &str, name: impl Display) -> Self {
        Self::new("EntityAlreadyExists", 409, format!("{kind} with name {name} already exists."))
    }

    /// The name is taken, in other words.
    pub(crate) fn already_exists(message: impl Into<String>) -> Self {
        Self::new("EntityAlreadyExists", 409, message)
    }

    /// A quota would be exceeded.
    pub(crate) fn limit(message: impl Into<String>) -> Self {
        Self::new("LimitExceeded", 409, message)
    }

    /// Something still hangs on the entity.
    pub(crate) fn delete_conflict(message: impl Into<String>) -> Self {
        Self::new("DeleteConflict", 409, message)
    }

    /// A document that IAM refuses.
    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        Self::new("MalformedPolicyDocument", 400, message)
    }

    /// A parameter outside its schema.
    pub fn validation(message: impl Into<String>) -> Self {
        Self::new("ValidationError", 400, message)
    }

    /// A parameter inside its schema that makes no sense.
    pub(crate) fn invalid_input(message: impl Into<String>) -> Self {
        Self::new("InvalidInput", 400, message)
    }

    /// Service-linked and Identity Center roles.
    pub(crate) fn unmodifiable(message: impl Into<String>) -> Self {
        Self::new("UnmodifiableEntity", 400, message)
    }

    /// A wrong one-time code at `EnableMFADevice`.
    pub(crate) fn invalid_code() -> Self {
        Self::new("InvalidAuthenticationCode", 403, "Authentication code for device is not valid.")
    }

    /// Not authorised.
    pub(crate) fn access_denied(message: impl Into<String>) -> Self {
        Self::new("AccessDenied", 403, message)
    }

    /// Unknown, deleted or inactive credentials; also what the wire answers when [`crate::Cloud::secret_for`] is `None`.
    pub fn invalid_client_token() -> Self {
        Self::new("InvalidClientTokenId", 403, "The security token included in the request is invalid.")
    }

    /// Temporary credentials after their end.
    pub(crate) fn expired_token() -> Self {
        Self::new("ExpiredToken", 403, "The security token included in the request is expired")
    }

    /// Too many calls; see [`crate::Faults`].
    pub(crate) fn throttling() -> Self {
        Self::new("Throttling", 400, "Rate exceeded")
    }

    /// The work was done and the answer was lost; see [`crate::Faults`].
    pub(crate) fn lost_response() -> Self {
        Self::new("ServiceFailure", 500, "The request processing has failed because of an unknown error.")
    }
}
