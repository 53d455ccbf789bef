//! The hard rules outside policies (§2.2) and the limits of the parameters (§2.10).

use crate::decision::{Decision, ErrorCode};
use crate::facts::Subject;
use crate::request::{AssumeRole, Caller, MfaInCall, UserSessionOrigin};
use rolegate_iam::RoleArn;
use rolegate_iam::arn::InvalidArn;
use smol_str::SmolStr;
use std::borrow::Cow;

/// A refusal, before it is an answer.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    code: ErrorCode,
    why: SmolStr,
}

impl From<Refusal> for Decision {
    fn from(Refusal { code, why }: Refusal) -> Self {
        Self::Refused { code, why }
    }
}

/// The role that is asked for, once the parameters pass their schema; `found` spares reading the ARN again.
pub(crate) fn target<'a>(
    request: &AssumeRole,
    found: Option<&'a Subject<'_>>,
) -> Result<Cow<'a, RoleArn>, Refusal> {
    parameters(request)?;
    if let Some(arn) = found.and_then(|subject| subject.prepared.role_arn.as_ref()) {
        return Ok(Cow::Borrowed(arn));
    }
    request
        .role_arn
        .parse()
        .map(Cow::Owned)
        .map_err(|fault: InvalidArn| refused(ErrorCode::ValidationError, &fault.to_string()))
}

/// What is refused because of the caller, whatever the role's policies say.
pub(crate) fn of_caller(caller: &Caller, request: &AssumeRole, target: &RoleArn) -> Result<(), Refusal> {
    match caller {
        Caller::Root { .. } => return Err(denied("roles may not be assumed by root accounts")),
        Caller::FederatedUser { .. } => {
            return Err(denied("a GetFederationToken session may not call AssumeRole"));
        }
        _ => {}
    }
    if request.mfa == MfaInCall::Invalid {
        return Err(denied("MultiFactorAuthentication failed with invalid MFA one time pass code"));
    }
    if caller.home().is_some_and(|(partition, _)| partition != target.partition) {
        return Err(denied("a role of another partition cannot be assumed"));
    }
    inherited(caller, request)
}

/// What is refused because of the role, before its policies are read.
pub(crate) fn of_role(caller: &Caller, role: &Subject<'_>) -> Result<(), Refusal> {
    let linked = role.as_role().is_some_and(|role| role.path.as_str().starts_with("/aws-service-role/"));
    if linked && !matches!(caller, Caller::Service { .. }) {
        return Err(denied("only its service may assume a service-linked role"));
    }
    Ok(())
}

/// Whether the duration passes; looked at after the policies allowed (U18).
pub(crate) enum Duration {
    Fits,
    Refused(Refusal),
    /// The role's maximum was not collected.
    NotKnown,
}

pub(crate) fn duration(caller: &Caller, request: &AssumeRole, role: Option<&Subject<'_>>) -> Duration {
    let Some(seconds) = request.duration_seconds else { return Duration::Fits };
    let maximum = role.and_then(|role| role.as_role()?.max_session_duration);
    if maximum.is_some_and(|maximum| seconds > i64::from(maximum)) {
        let why = "the requested DurationSeconds exceeds the MaxSessionDuration set for this role";
        return Duration::Refused(refused(ErrorCode::ValidationError, why));
    }
    let capped = match caller {
        Caller::UserSession { origin, .. } => *origin == UserSessionOrigin::GetSessionToken,
        Caller::RoleSession(_) => true,
        _ => false,
    };
    if capped && seconds > 3600 {
        let why = "the requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining";
        return Duration::Refused(refused(ErrorCode::ValidationError, why));
    }
    // No role can have a maximum below one hour.
    if maximum.is_none() && seconds > 3600 { Duration::NotKnown } else { Duration::Fits }
}

/// A chain cannot change what it inherited.
fn inherited(caller: &Caller, request: &AssumeRole) -> Result<(), Refusal> {
    if let (Some(passed), Some(carried)) = (&request.source_identity, caller.source_identity())
        && passed != carried
    {
        return Err(invalid("the source identity is already set for this assume role session"));
    }
    let repeated = caller
        .transitive_tags()
        .any(|(carried, _)| request.tags.iter().any(|(passed, _)| passed.eq_ignore_ascii_case(carried)));
    if repeated {
        return Err(invalid("a tag that was inherited as transitive cannot be passed again"));
    }
    Ok(())
}

fn parameters(request: &AssumeRole) -> Result<(), Refusal> {
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '=' | ',' | '.' | '@' | '-');
    let text = |name: &str, text: &str, length: std::ops::RangeInclusive<usize>, more: &[char]| {
        let fits =
            length.contains(&text.chars().count()) && text.chars().all(|c| word(c) || more.contains(&c));
        if fits {
            Ok(())
        } else {
            Err(invalid(&format!("`{text}` does not satisfy the constraints of {name}")))
        }
    };
    if !(20..=2048).contains(&request.role_arn.len()) {
        return Err(invalid("RoleArn must have 20 to 2048 characters"));
    }
    text("RoleSessionName", &request.session_name, 2..=64, &[])?;
    if let Some(external_id) = &request.external_id {
        text("ExternalId", external_id, 2..=1224, &[':', '/'])?;
    }
    if let Some(identity) = &request.source_identity {
        // U10: the model says 64, live AWS took 256.
        text("SourceIdentity", identity, 2..=256, &[])?;
        if identity.starts_with("aws:") {
            return Err(invalid("SourceIdentity must not start with aws:"));
        }
    }
    if request.duration_seconds.is_some_and(|seconds| !(900..=43200).contains(&seconds)) {
        return Err(invalid("DurationSeconds must be between 900 and 43200"));
    }
    tags(request)
}

fn tags(request: &AssumeRole) -> Result<(), Refusal> {
    if request.provided_contexts.len() > 5 {
        return Err(invalid("at most 5 contexts can be provided"));
    }
    if request.tags.len() > 50 || request.transitive_tag_keys.len() > 50 {
        return Err(invalid("at most 50 tags can be passed"));
    }
    for (at, (key, value)) in request.tags.iter().enumerate() {
        // §2.10: letters, separators, digits and a few signs.
        let legal = |text: &str| {
            text.chars().all(|c| {
                c.is_alphanumeric() || (c.is_whitespace() && !c.is_control()) || "_.:/=+-@".contains(c)
            })
        };
        let sized = (1..=128).contains(&key.chars().count()) && value.chars().count() <= 256;
        let reserved = key.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("aws:"));
        let repeated = request.tags.iter().take(at).any(|(other, _)| other.eq_ignore_ascii_case(key));
        if !sized || reserved || repeated || !legal(key) || !legal(value) {
            return Err(invalid(&format!(
                "the tag `{key}` is too long, reserved, passed twice, or has characters that no tag has"
            )));
        }
    }
    Ok(())
}

fn denied(why: &str) -> Refusal {
    refused(ErrorCode::AccessDenied, why)
}

fn invalid(why: &str) -> Refusal {
    refused(ErrorCode::ValidationError, why)
}

pub(crate) fn refused(code: ErrorCode, why: &str) -> Refusal {
    Refusal { code, why: why.into() }
}
