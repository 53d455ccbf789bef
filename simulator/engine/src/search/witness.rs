//! Concrete calls that meet the requirements of a hop: to confirm what the symbolic search found, and for tests.

use super::PrincipalRef;
use super::entry::{Candidate, caller};
use super::requirement::{Constraint, Credentials, FreeKey, Requirement, Requirements};
use super::solve::{Choice, Solution, solve};
use crate::request::{
    AssumeRole, Caller, EndpointPolicy, Environment, MfaInCall, Network, RoleSession, SessionMfa,
    UserSessionOrigin,
};
use crate::truth::Truth;
use crate::values::Scalar;
use jiff::{SignedDuration, Timestamp};
use rolegate_iam::RoleArn;
use smol_str::{SmolStr, ToSmolStr};
use std::net::{IpAddr, Ipv4Addr};

/// One concrete call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Who calls.
    pub caller: Caller,
    /// With which parameters.
    pub request: AssumeRole,
    /// When and from where.
    pub environment: Environment,
}

/// Calls by `from` to `to` that meet `requirements`, one for each kind of credentials that does. `at` is the time, where
/// the requirements leave it open. Empty when `from` is nobody in particular, or the requirements cannot be met.
pub fn witness(from: &PrincipalRef, to: &RoleArn, requirements: &Requirements, at: Timestamp) -> Vec<Call> {
    use Credentials as C;
    let (candidate, all): (_, &[C]) = match from {
        PrincipalRef::User(arn) => {
            (Candidate::User(arn.clone()), &[C::Key, C::KeyWithMfa, C::Session, C::SessionWithMfa])
        }
        PrincipalRef::Role(arn) => (Candidate::Role(arn.clone()), &[C::Role, C::RoleAfterMfa]),
        _ => return Vec::new(),
    };
    let atoms = requirements.constraints().cloned().collect();
    let Solution::Met(choice) = solve(&atoms, None) else { return Vec::new() };
    let fits = |kind: &&C| requirements.credentials().is_none_or(|kinds| kinds.contains(kind));
    all.iter().filter(fits).filter_map(|kind| call(&candidate, *kind, to, &choice, at)).collect()
}

fn call(
    candidate: &Candidate,
    kind: Credentials,
    to: &RoleArn,
    choice: &Choice,
    at: Timestamp,
) -> Option<Call> {
    let text = |key: &FreeKey| -> Option<SmolStr> {
        choice.get(key).and_then(Option::as_ref).map(|value| value.text().to_smolstr())
    };
    let time = choice.get(&FreeKey::Time).and_then(|value| value.as_ref()?.time()).unwrap_or(at);
    let mut request =
        AssumeRole::new(to.to_smolstr(), text(&FreeKey::SessionName).unwrap_or("rolegate".into()));
    request.external_id = text(&FreeKey::ExternalId);
    request.source_identity = text(&FreeKey::SourceIdentity);
    if kind == Credentials::KeyWithMfa {
        request.mfa = MfaInCall::Valid;
    }
    let address = match choice.get(&FreeKey::SourceIp) {
        Some(Some(Scalar::Ip(ip))) => Network::Public(*ip),
        Some(_) => Network::VpcEndpoint {
            endpoint: "vpce-0123456789abcdef0".into(),
            vpc: None,
            source_ip: None,
            policy: EndpointPolicy::FullAccess,
        },
        None => Network::Public(IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1))),
    };
    let environment = Environment {
        network: address,
        region: text(&FreeKey::Region).unwrap_or("us-east-1".into()),
        user_agent: Some(text(&FreeKey::UserAgent).unwrap_or("rolegate".into())),
        ..Environment::at(time)
    };
    let age = choice.get(&FreeKey::MfaAge).and_then(|value| value.as_ref()?.number()).unwrap_or(0.0);
    #[expect(clippy::cast_possible_truncation, reason = "an age is a small whole number")]
    let given = time.checked_sub(SignedDuration::from_secs(age as i64)).ok()?;
    let issued =
        choice.get(&FreeKey::TokenIssueTime).and_then(|value| value.as_ref()?.time()).unwrap_or(given);
    let caller = match caller(candidate, Some(kind), time)? {
        Caller::UserSession { arn, mfa, .. } => Caller::UserSession {
            arn,
            issued_at: issued,
            mfa: mfa.map(|_| given),
            origin: UserSessionOrigin::GetSessionToken,
        },
        Caller::RoleSession(session) => {
            let mfa = match session.mfa {
                SessionMfa::FromMfaSession { .. } => SessionMfa::FromMfaSession { at: Some(given) },
                other => other,
            };
            let session_name = match text(&FreeKey::CallerSession) {
                Some(name) => name.parse().ok()?,
                None => session.session_name.clone(),
            };
            Caller::RoleSession(Box::new(RoleSession { mfa, session_name, issued_at: issued, ..*session }))
        }
        caller => caller,
    };
    Some(Call { caller, request, environment })
}

impl Requirements {
    /// Whether a call meets these; `None` when a requirement speaks of something that a call does not show.
    pub fn met_by(&self, call: &Call) -> Option<bool> {
        let mut all = Some(true);
        for requirement in &self.0 {
            let met = match requirement {
                Requirement::Credentials(kinds) => credentials_of(call).map(|kind| kinds.contains(&kind)),
                Requirement::Value(constraint) => met(constraint, call),
            };
            match met {
                Some(false) => return Some(false),
                None => all = None,
                Some(true) => {}
            }
        }
        all
    }
}

/// The kind of credentials a call is made with.
fn credentials_of(call: &Call) -> Option<Credentials> {
    let in_call = call.request.mfa == MfaInCall::Valid;
    match &call.caller {
        Caller::UserKey { .. } => Some(if in_call { Credentials::KeyWithMfa } else { Credentials::Key }),
        Caller::UserSession { mfa, .. } => {
            Some(if mfa.is_some() || in_call { Credentials::SessionWithMfa } else { Credentials::Session })
        }
        Caller::RoleSession(session) => match session.mfa {
            SessionMfa::False => Some(Credentials::Role),
            SessionMfa::FromMfaSession { .. } => Some(Credentials::RoleAfterMfa),
            SessionMfa::NotKnown => None,
        },
        Caller::Root { .. } | Caller::FederatedUser { .. } | Caller::Service { .. } => None,
    }
}

fn met(constraint: &Constraint, call: &Call) -> Option<bool> {
    let Call { caller, request, environment } = call;
    let text = |text: &SmolStr| Some(Scalar::Text(text.clone()));
    let value = match &constraint.key {
        FreeKey::ExternalId => request.external_id.as_ref().and_then(text),
        FreeKey::SessionName => text(&request.session_name),
        FreeKey::SourceIdentity => {
            request.source_identity.as_ref().or(caller.source_identity()).and_then(text)
        }
        FreeKey::SourceIp => match &environment.network {
            Network::Public(ip) => Some(Scalar::Ip(*ip)),
            Network::VpcEndpoint { .. } => None,
            Network::Unknown => return None,
        },
        FreeKey::Time => Some(Scalar::Time(environment.time)),
        FreeKey::MfaAge => match (request.mfa, caller) {
            (MfaInCall::Valid, _) => Some(Scalar::Number(0)),
            (_, Caller::UserSession { mfa, .. }) => mfa.map(|at| age(environment, at)),
            (_, Caller::RoleSession(session)) => match session.mfa {
                SessionMfa::False => None,
                SessionMfa::FromMfaSession { at } => Some(age(environment, at?)),
                SessionMfa::NotKnown => return None,
            },
            _ => None,
        },
        FreeKey::TokenIssueTime => match caller {
            Caller::UserSession { issued_at, .. } => Some(Scalar::Time(*issued_at)),
            Caller::RoleSession(session) => Some(Scalar::Time(session.issued_at)),
            _ => None,
        },
        FreeKey::UserAgent => Some(Scalar::Text(environment.user_agent.clone()?)),
        FreeKey::Region => text(&environment.region),
        FreeKey::CallerSession => match caller {
            Caller::RoleSession(session) => Some(Scalar::Text(session.session_name.to_smolstr())),
            _ => None,
        },
        FreeKey::Other(_) | FreeKey::Theirs(_) => return None,
    };
    match constraint.met_by(value.as_ref()) {
        Truth::Yes => Some(true),
        Truth::No => Some(false),
        Truth::Unknown(_) => None,
    }
}

fn age(environment: &Environment, at: Timestamp) -> Scalar<'static> {
    Scalar::Number(environment.time.as_second().saturating_sub(at.as_second()))
}
