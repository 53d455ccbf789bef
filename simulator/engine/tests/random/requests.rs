//! Requests at random, and the settings under which they are decided.

use super::{ROLES, USERS};
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::select;
use rolegate_engine::search::Call;
use rolegate_engine::settings::{
    AnyValueIfExists, BoolVariables, BoundaryOnTrustedUser, ExtraActionKeys, InstanceRoleCap, MfaAfterHop,
    MfaInCallSeenByIdentity, MfaOfLogin, MultivaluedNegated, SessionPolicyOnTrustedSession,
    SourceIdentityChaining, SourceIdentityLength, TransitiveTagKeys, TrustActionWildcards,
    UncollectedControls, WildcardForServices,
};
use rolegate_engine::{
    AssumeRole, Caller, Environment, MfaInCall, Network, RoleSession, SessionMfa, Settings, UserSessionOrigin,
};
use rolegate_iam::{RoleArn, UserArn};

/// One request.
#[derive(Debug, Clone)]
pub struct Sample {
    pub call: Call,
}

impl Sample {
    /// The session that the call gives, if it is allowed.
    pub fn becomes(&self) -> Option<Caller> {
        let Call { caller, request, environment } = &self.call;
        let mfa = match caller {
            Caller::UserSession { mfa: Some(at), .. } => SessionMfa::FromMfaSession { at: Some(*at) },
            Caller::RoleSession(session) => session.mfa,
            _ => SessionMfa::False,
        };
        let role = request.role_arn.parse().ok()?;
        let session = RoleSession {
            mfa,
            source_identity: request.source_identity.clone(),
            ..RoleSession::plain(role, request.session_name.parse().ok()?, environment.time)
        };
        Some(Caller::RoleSession(Box::new(session)))
    }

    /// The same call by another caller.
    pub fn called_by(&self, caller: Caller) -> Self {
        let mut sample = self.clone();
        sample.call.request.mfa = MfaInCall::None;
        sample.call.request.source_identity = None;
        sample.call.caller = caller;
        sample
    }
}

fn caller() -> impl Strategy<Value = Caller> {
    let user =
        || select(&USERS[..]).prop_map(|name| format!("arn:aws:iam::{name}").parse::<UserArn>().unwrap());
    let role =
        || select(&ROLES[..]).prop_map(|name| format!("arn:aws:iam::{name}").parse::<RoleArn>().unwrap());
    let times = vec!["2026-11-24T11:59:30Z", "2026-11-24T11:30:00Z", "2026-11-24T05:00:00Z"];
    let time = move || select(times.clone()).prop_map(|at| at.parse::<Timestamp>().unwrap());
    let mfa = prop_oneof![
        Just(SessionMfa::False),
        time().prop_map(|at| SessionMfa::FromMfaSession { at: Some(at) }),
    ];
    prop_oneof![
        user().prop_map(|arn| Caller::UserKey { arn }),
        (user(), time(), prop::bool::ANY).prop_map(|(arn, at, mfa)| Caller::UserSession {
            arn,
            issued_at: at,
            mfa: mfa.then_some(at),
            origin: UserSessionOrigin::GetSessionToken,
        }),
        (role(), time(), mfa, select(vec!["deploy", "alice"])).prop_map(|(role, at, mfa, name)| {
            let session = RoleSession { mfa, ..RoleSession::plain(role, name.parse().unwrap(), at) };
            Caller::RoleSession(Box::new(session))
        }),
    ]
}

pub fn call() -> impl Strategy<Value = Sample> {
    let request = (
        select(&ROLES[..]),
        select(vec!["alice", "deploy", "deploy-7", "bo", "root"]),
        select(vec![None, Some("acme-1"), Some("acme-2"), Some("other")]),
        prop::bool::ANY,
        select(vec![None, None, None, Some("alice")]),
    );
    let place = (
        select(vec!["203.0.113.7", "203.0.113.200", "198.51.100.9", "192.0.2.1"]),
        select(vec!["2026-11-24T11:59:59Z", "2026-11-24T12:00:00Z", "2027-01-01T00:00:00Z"]),
    );
    (caller(), request, place).prop_map(|(caller, (role, name, external_id, mfa, identity), (ip, time))| {
        let mut request = AssumeRole::new(format!("arn:aws:iam::{role}"), name);
        request.external_id = external_id.map(Into::into);
        request.source_identity = identity.map(Into::into);
        if mfa && matches!(caller, Caller::UserKey { .. }) {
            request.mfa = MfaInCall::Valid;
        }
        let environment = Environment {
            network: Network::Public(ip.parse().unwrap()),
            user_agent: Some("test".into()),
            ..Environment::at(time.parse().unwrap())
        };
        Sample { call: Call { caller, request, environment } }
    })
}

/// Any combination of forced settings, or the default.
pub fn settings() -> impl Strategy<Value = Settings> {
    prop_oneof![Just(Settings::default()), (0..Settings::combinations()).prop_map(Settings::combination)]
}

/// Every open point reported.
pub fn reporting() -> Settings {
    Settings {
        boundary_on_trusted_user: BoundaryOnTrustedUser::Report,
        session_policy_on_trusted_session: SessionPolicyOnTrustedSession::Report,
        mfa_in_call: MfaInCallSeenByIdentity::Report,
        mfa_after_hop: MfaAfterHop::Report,
        trust_action_wildcards: TrustActionWildcards::Report,
        multivalued_negated: MultivaluedNegated::Report,
        any_value_if_exists: AnyValueIfExists::Report,
        bool_variables: BoolVariables::Report,
        source_identity_length: SourceIdentityLength::Report,
        transitive_tag_keys: TransitiveTagKeys::Report,
        instance_role_cap: InstanceRoleCap::Report,
        mfa_of_login: MfaOfLogin::Report,
        source_identity_chaining: SourceIdentityChaining::Report,
        wildcard_for_services: WildcardForServices::Report,
        extra_action_keys: ExtraActionKeys::Report,
        uncollected_controls: UncollectedControls::Report,
    }
}
