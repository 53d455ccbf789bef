//! Whether a caller may do what it asks: the request's action, resource and condition keys, handed to the engine.
//! Performs nothing.

mod keys;
mod simulate;
mod target;

pub(crate) use simulate::Simulation;

use crate::api::Request;
use crate::caller::{Term, Who};
use crate::error::AwsError;
use crate::state::Cloud;
use keys::tags_on_creation;
use rolegate_engine::facts::Subject;
use rolegate_engine::{
    Caller, Controls, Decision, DenyKind, Environment, ErrorCode, Exempt, Facts, Layer, Lookup, Membership,
    Settings, Verdict,
};
use rolegate_iam::organization::ControlType;
use rolegate_iam::{AccountId, Document, PolicyArn, RoleArn, Snapshot, UserArn};
use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr};
use target::{resource, target};

/// The world as the engine sees it: an account that no organization of the world names is in none.
pub(crate) struct World<'a>(pub(crate) &'a Snapshot);

impl Facts for World<'_> {
    fn user(&self, arn: &UserArn) -> Lookup<Cow<'_, Subject<'_>>> {
        Facts::user(self.0, arn)
    }

    fn role(&self, arn: &RoleArn) -> Lookup<Cow<'_, Subject<'_>>> {
        Facts::role(self.0, arn)
    }

    fn document(&self, arn: &PolicyArn) -> Option<&Document> {
        Facts::document(self.0, arn)
    }

    fn membership(&self, account: AccountId) -> Membership {
        match Facts::membership(self.0, account) {
            Membership::Unknown => Membership::Alone,
            known => known,
        }
    }

    fn controls(&self, account: AccountId, kind: ControlType) -> Controls<'_> {
        match self.0.organization_of(account) {
            Some(_) => Facts::controls(self.0, account, kind),
            None => Controls::Free(Exempt::NoOrganization),
        }
    }

    fn is_suspended(&self, account: AccountId) -> bool {
        Facts::is_suspended(self.0, account)
    }
}

impl Cloud {
    /// # Errors
    /// `AccessDenied`; `InvalidClientTokenId` for a session without MFA that calls IAM (§2.2).
    pub(crate) fn authorise(&self, who: &Who, request: &Request) -> Result<(), AwsError> {
        if request.service() == "sts" {
            // `AssumeRole` is decided by itself, the other two need no permission (§2.2).
            return match (request, who.term) {
                (Request::GetSessionToken { .. }, Term::Temporary) => {
                    Err(AwsError::access_denied("Cannot call GetSessionToken with session credentials"))
                }
                _ => Ok(()),
            };
        }
        match (&who.caller, who.term) {
            (Caller::UserSession { mfa: None, .. }, _) | (Caller::Root { .. }, Term::Temporary) => {
                return Err(AwsError::invalid_client_token());
            }
            // No policy of its account binds the root user, and no account here has an organization's.
            (Caller::Root { .. }, Term::Long) => return Ok(()),
            _ => {}
        }
        let account = self.account(who.account)?;
        let target = target(request);
        let resource = resource(account, &target);
        let context = self.context(account, &target, request);
        for action in [Some(request.action()), tags_on_creation(request)].into_iter().flatten() {
            let decision = rolegate_engine::authorize(
                &World(&self.snapshot),
                &who.caller,
                action,
                &resource,
                &context,
                &self.environment(),
                &Settings::default(),
            );
            settle(who, action, &resource, decision, Wording::WithReason)?;
        }
        Ok(())
    }

    /// Calls come over TLS from this machine.
    pub(crate) fn environment(&self) -> Environment {
        Environment::at(self.clock).from_ip(IpAddr::V4(Ipv4Addr::LOCALHOST))
    }
}

/// Whether a denial says which policies it is for want of. STS does not (§2.10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wording {
    Plain,
    WithReason,
}

/// The engine's answer as AWS gives it. What cannot be told is refused, unless the likelier answer is yes (§8).
pub(crate) fn settle(
    who: &Who,
    action: &str,
    resource: &str,
    decision: Decision,
    wording: Wording,
) -> Result<(), AwsError> {
    match decision {
        Decision::Allowed { .. } | Decision::Possible { default: Verdict::Allow, .. } => Ok(()),
        Decision::Denied { kind, layer, action, by: _ } => {
            let reason = match wording {
                Wording::Plain => String::new(),
                Wording::WithReason => reason(kind, layer, &action),
            };
            let AwsError { message, .. } = denied(who, &action, resource);
            Err(AwsError::access_denied(message + &reason))
        }
        // Neither what cannot be told nor a gate tells whether the resource exists (§2.2).
        Decision::Possible { default: Verdict::Deny, .. }
        | Decision::Refused { code: ErrorCode::AccessDenied, why: _ } => Err(denied(who, action, resource)),
        Decision::Refused { code: ErrorCode::ValidationError, why } => {
            Err(AwsError::validation(sentence(&why)))
        }
        Decision::Refused { code: ErrorCode::InvalidClientTokenId, why: _ } => {
            Err(AwsError::invalid_client_token())
        }
        Decision::Refused { code: ErrorCode::ExpiredToken, why: _ } => Err(AwsError::expired_token()),
        Decision::Refused { code: ErrorCode::MalformedPolicyDocument, why } => {
            Err(AwsError::malformed(sentence(&why)))
        }
        // No Region of this world needs to be activated.
        Decision::Refused { code: ErrorCode::RegionDisabledException, why } => {
            Err(AwsError::access_denied(sentence(&why)))
        }
    }
}

/// The engine's reason in AWS's form: a capital and a full stop.
fn sentence(why: &str) -> String {
    let mut letters = why.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).chain(['.']).collect()
}

/// The plain refusal, which does not tell why.
pub(crate) fn denied(who: &Who, action: &str, resource: &str) -> AwsError {
    let caller = &who.arn;
    AwsError::access_denied(format!(
        "User: {caller} is not authorized to perform: {action} on resource: {resource}"
    ))
}

fn reason(kind: DenyKind, layer: Layer, action: &str) -> String {
    let layer = match layer {
        Layer::Identity => "identity-based policy",
        Layer::Boundary => "permissions boundary",
        Layer::SessionPolicy => "session policy",
        Layer::Trust | Layer::Gate => "role trust policy",
        Layer::Scp => "service control policy",
        Layer::Rcp => "resource control policy",
        Layer::Endpoint => "VPC endpoint policy",
    };
    match kind {
        DenyKind::Explicit => {
            format!(" with an explicit deny in a {layer}").replace(" a identity", " an identity")
        }
        DenyKind::Implicit => format!(" because no {layer} allows the {action} action"),
    }
}
