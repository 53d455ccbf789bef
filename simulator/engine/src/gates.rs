//! The hard rules outside policies (§2.2), and how long a session may be (§2.10).

use crate::decision::{Decision, Doubt, ErrorCode, OpenPoint};
use crate::facts::{Facts, Subject};
use crate::parameters;
use crate::request::{
    Activation, AssumeRole, Caller, Delivery, Environment, MfaInCall, UserSessionOrigin, Validity,
};
use crate::settings::{InstanceRoleCap, Settings};
use crate::truth::{Truth, Why};
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
    settings: &Settings,
) -> Result<Cow<'a, RoleArn>, Refusal> {
    parameters::check(request, settings)?;
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
    parameters::check_for(request, target)?;
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

/// What AWS makes of the credentials and of the endpoint.
pub(crate) fn of_environment(environment: &Environment) -> Result<(), Refusal> {
    match environment.validity {
        Validity::Valid => {}
        Validity::Expired => {
            return Err(refused(ErrorCode::ExpiredToken, "the caller's session has expired"));
        }
        Validity::KeyInactive => {
            return Err(refused(ErrorCode::InvalidClientTokenId, "the access key is inactive or deleted"));
        }
    }
    if environment.activation == Activation::Inactive {
        let why = format!("STS is not activated in {}", environment.region);
        return Err(refused(ErrorCode::RegionDisabledException, &why));
    }
    Ok(())
}

/// What is refused because AWS suspended or closed an account, whose code is not documented. One whose status was not
/// collected counts as active.
pub(crate) fn of_accounts(
    world: &dyn Facts,
    caller: &Caller,
    subject: Option<&Subject<'_>>,
    target: &RoleArn,
    role: Option<&Subject<'_>>,
) -> Result<(), Refusal> {
    let suspended = |subject: Option<&Subject<'_>>, account| {
        subject.map_or_else(|| world.is_suspended(account), |subject| subject.suspended)
    };
    if suspended(role, target.account) {
        return Err(denied("the account of the role is suspended or closed"));
    }
    if caller.home().is_some_and(|(_, account)| suspended(subject, account)) {
        return Err(denied("the account of the caller is suspended or closed"));
    }
    Ok(())
}

/// Whether the duration passes; looked at after the policies allowed (U18). `Some` where that is not known.
pub(crate) fn duration(
    caller: &Caller,
    request: &AssumeRole,
    role: Option<&Subject<'_>>,
    target: &RoleArn,
    settings: &Settings,
) -> Result<Option<Doubt>, Refusal> {
    let Some(seconds) = request.duration_seconds else { return Ok(None) };
    let maximum = role.and_then(|role| role.as_role()?.max_session_duration);
    if maximum.is_some_and(|maximum| seconds > i64::from(maximum)) {
        return Err(invalid(
            "the requested DurationSeconds exceeds the MaxSessionDuration set for this role",
        ));
    }
    // Every limit is one hour or more.
    if seconds <= 3600 {
        return Ok(None);
    }
    let capped = match caller {
        Caller::UserSession { origin, .. } => Truth::from(*origin != UserSessionOrigin::Console),
        Caller::RoleSession(session) if session.delivery == Delivery::Instance => {
            match settings.instance_role_cap {
                InstanceRoleCap::Capped => Truth::Yes,
                InstanceRoleCap::RoleMaximum => Truth::No,
                InstanceRoleCap::Report => Truth::Unknown(Why::Open(OpenPoint::U24)),
            }
        }
        Caller::RoleSession(_) => Truth::Yes,
        _ => Truth::No,
    };
    match capped {
        Truth::Yes => Err(invalid(
            "the requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
        )),
        Truth::Unknown(_) => Ok(Some(Doubt::Open(OpenPoint::U24))),
        Truth::No if maximum.is_none() => Ok(Some(Doubt::NotCollected {
            account: target.account,
            part: "role settings",
            why: "the maximum session duration of the role is not in the snapshot".into(),
        })),
        Truth::No => Ok(None),
    }
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

fn denied(why: &str) -> Refusal {
    refused(ErrorCode::AccessDenied, why)
}

pub(crate) fn invalid(why: &str) -> Refusal {
    refused(ErrorCode::ValidationError, why)
}

pub(crate) fn refused(code: ErrorCode, why: &str) -> Refusal {
    Refusal { code, why: why.into() }
}
