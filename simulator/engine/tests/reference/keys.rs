//! The condition keys of the second evaluator (§2.7).
#![expect(clippy::unwrap_used, reason = "a test stops where its input is not as expected")]

use crate::reference::{Asked, View, Who};
use crate::values::Value;
use rolegate_engine::search::Call;
use rolegate_engine::settings::{ExtraActionKeys, MfaAfterHop, MfaInCallSeenByIdentity};
use rolegate_engine::{Caller, MfaInCall, Network, SessionMfa};
use rolegate_iam::Tags;

impl Asked<'_> {
    /// §2.7: the state of a condition key.
    pub(crate) fn key(&self, key: &str, view: View<'_>) -> Value {
        let Call { caller, request, environment } = self.call;
        let optional = |text: Option<&str>| text.map_or(Value::Absent, |text| Value::One(text.to_owned()));
        let tag = |tags: &Tags, wanted: &str| optional(tags.get(wanted));
        let extra = view.action != "sts:AssumeRole";
        let seen = |value: Value| match self.settings.extra_action_keys {
            ExtraActionKeys::OwnOnly if extra => Value::Absent,
            ExtraActionKeys::Report if extra && !matches!(value, Value::Absent) => Value::Unknown,
            _ => value,
        };
        match key.to_lowercase().as_str() {
            "aws:multifactorauthpresent" => self.mfa(false, view),
            "aws:multifactorauthage" => self.mfa(true, view),
            "sts:externalid" => seen(optional(request.external_id.as_deref())),
            "sts:rolesessionname" => seen(Value::One(request.session_name.to_string())),
            "sts:sourceidentity" => optional(request.source_identity.as_deref()),
            "aws:tagkeys" | "sts:transitivetagkeys" => Value::Absent,
            "aws:sourceip" => match &environment.network {
                Network::Public(ip) => Value::One(ip.to_string()),
                _ => unreachable!(),
            },
            "aws:currenttime" | "aws:epochtime" => Value::One(environment.time.to_string()),
            "aws:useragent" => optional(environment.user_agent.as_deref()),
            "aws:tokenissuetime" => match caller {
                Caller::UserSession { issued_at, .. } => Value::One(issued_at.to_string()),
                Caller::RoleSession(session) => Value::One(session.issued_at.to_string()),
                _ => Value::Absent,
            },
            "aws:principaltag/team" => match self.who() {
                Who::User(user) => tag(&user.tags, "team"),
                Who::Role(role) => tag(&role.tags, "team"),
            },
            "aws:resourcetag/team" => tag(&self.snapshot.role(&self.target).unwrap().tags, "team"),
            "aws:principaltype" => Value::One(match self.who() {
                Who::User(_) => "User".to_owned(),
                Who::Role(_) => "AssumedRole".to_owned(),
            }),
            "aws:username" => match self.who() {
                Who::User(user) => Value::One(user.name.as_str().to_owned()),
                Who::Role(_) => Value::Absent,
            },
            "aws:userid" => Value::One(match (self.who(), caller) {
                (Who::Role(role), Caller::RoleSession(session)) => {
                    format!("{}:{}", role.id, session.session_name.as_str())
                }
                (Who::User(user), _) => user.id.to_string(),
                _ => unreachable!(),
            }),
            "aws:principalarn" => Value::One(match caller {
                Caller::UserKey { arn } | Caller::UserSession { arn, .. } => arn.to_string(),
                Caller::RoleSession(session) => session.role.to_string(),
                _ => unreachable!(),
            }),
            "aws:principalorgid" => match self.snapshot.organization_of(self.home()) {
                Some(organization) => Value::One(organization.id.to_string()),
                None if self.snapshot.standalone.contains(&self.home()) => Value::Absent,
                None => Value::Unknown,
            },
            other => unreachable!("{other} is in no statement"),
        }
    }

    /// The rows of §2.7 for MFA, with U3 and U4.
    fn mfa(&self, age: bool, view: View<'_>) -> Value {
        let Call { caller, request, environment } = self.call;
        let seen = view.trust || self.settings.mfa_in_call == MfaInCallSeenByIdentity::Seen;
        if request.mfa == MfaInCall::Valid {
            if seen {
                return Value::One(if age { "0" } else { "true" }.to_owned());
            }
            if self.settings.mfa_in_call == MfaInCallSeenByIdentity::Report {
                return Value::Unknown;
            }
        }
        let since =
            |at: jiff::Timestamp| Value::One((environment.time.as_second() - at.as_second()).to_string());
        let state = match caller {
            Caller::UserSession { mfa, .. } => *mfa,
            Caller::RoleSession(session) => match (session.mfa, self.settings.mfa_after_hop) {
                (SessionMfa::FromMfaSession { at }, MfaAfterHop::Kept) => at,
                (SessionMfa::FromMfaSession { .. }, MfaAfterHop::Report) => {
                    return if age { Value::Unknown } else { Value::Hidden };
                }
                _ => None,
            },
            _ => return Value::Absent,
        };
        match (state, age) {
            (Some(at), true) => since(at),
            (None, true) => Value::Absent,
            (state, false) => Value::One(state.is_some().to_string()),
        }
    }
}
