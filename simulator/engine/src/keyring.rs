//! The condition keys of one request (§2.7), computed only when a statement asks for them. Decides nothing.

use crate::context::{Context, Entry};
use crate::decision::{Layer, OpenPoint};
use crate::facts::{Facts, Membership, Subject};
use crate::key::{CallerKey, EnvironmentKey, Key, Name, OrganizationKey, RequestKey};
use crate::request::{
    AssumeRole, Caller, Environment, MfaInCall, Network, RoleSession, SessionMfa, UserSessionOrigin,
};
use crate::settings::{
    ExtraActionKeys, MfaAfterHop, MfaInCallSeenByIdentity, MfaOfLogin, Settings, TransitiveTagKeys,
};
use crate::truth::Why;
use crate::values::{Fact, Keys, Scalar};
use rolegate_iam::{AccountId, RoleArn};
use smol_str::{SmolStr, ToSmolStr};

const UNKNOWN: Fact<'static> = Fact::Unknown(Why::Key);

/// All that the keys of one request are computed from.
#[derive(Clone, Copy)]
pub(crate) struct Situation<'a> {
    pub(crate) world: &'a dyn Facts,
    pub(crate) caller: &'a Caller,
    pub(crate) subject: Option<&'a Subject<'a>>,
    pub(crate) environment: &'a Environment,
    pub(crate) settings: &'a Settings,
    pub(crate) call: Call<'a>,
}

/// The keys of one request, as one layer sees them for one action.
#[derive(Clone, Copy)]
pub(crate) struct Keyring<'a> {
    pub(crate) situation: &'a Situation<'a>,
    /// The action being authorised, for U25.
    pub(crate) action: &'a str,
    /// The layer that asks, for U3.
    pub(crate) layer: Layer,
}

/// What is called.
#[derive(Clone, Copy)]
pub(crate) enum Call<'a> {
    AssumeRole { request: &'a AssumeRole, target: &'a RoleArn, role: Option<&'a Subject<'a>> },
    Other(&'a Context),
}

impl<'a> std::ops::Deref for Keyring<'a> {
    type Target = Situation<'a>;

    fn deref(&self) -> &Situation<'a> {
        self.situation
    }
}

impl<'a> Keyring<'a> {
    pub(crate) fn at(self, action: &'a str, layer: Layer) -> Self {
        Self { action, layer, ..self }
    }

    fn session(&self) -> Option<&'a RoleSession> {
        match self.caller {
            Caller::RoleSession(session) => Some(session),
            _ => None,
        }
    }

    fn is_user(&self) -> bool {
        matches!(self.caller, Caller::UserKey { .. } | Caller::UserSession { .. })
    }

    fn of_caller(&self, key: CallerKey, tag: &str) -> Fact<'a> {
        match key {
            CallerKey::Tag => self.principal_tag(tag),
            CallerKey::Arn => self.principal_arn(),
            CallerKey::Account => {
                self.caller.home().map_or(Fact::Absent, |(_, account)| Fact::text(account.as_str()))
            }
            CallerKey::Type => self.principal_type(),
            CallerKey::UserId => self.user_id(),
            CallerKey::UserName => match self.caller {
                Caller::UserKey { arn } | Caller::UserSession { arn, .. } => {
                    Fact::One(Scalar::Str(arn.name.as_str()))
                }
                _ => Fact::Absent,
            },
            CallerKey::IsService => Fact::One(Scalar::Bool(matches!(self.caller, Caller::Service { .. }))),
            CallerKey::SourceIdentity => Fact::optional(self.caller.source_identity().map(SmolStr::as_str)),
            CallerKey::TokenIssueTime => self.issued_at(),
            CallerKey::SourceAccount => self.source(false),
            CallerKey::SourceArn => self.source(true),
            CallerKey::FederatedProvider => {
                if self.session().is_some() {
                    UNKNOWN
                } else {
                    Fact::Absent
                }
            }
        }
    }

    fn principal_arn(&self) -> Fact<'a> {
        match self.subject {
            Some(subject) => Fact::One(Scalar::Str(&subject.arn)),
            None => self.caller.principal_arn().map_or(Fact::Absent, Fact::text),
        }
    }

    /// Session tags win over the role's own; keys are merged ignoring case.
    fn principal_tag(&self, tag: &str) -> Fact<'a> {
        if let Some(value) = self.caller.session_tags().and_then(|tags| tags.get(tag)) {
            return Fact::One(Scalar::Str(value));
        }
        match (self.subject, self.caller) {
            (Some(subject), _) => Fact::optional(subject.tags().get(tag)),
            (None, Caller::Root { .. } | Caller::Service { .. }) => Fact::Absent,
            (None, _) => UNKNOWN,
        }
    }

    fn principal_type(&self) -> Fact<'a> {
        Fact::One(Scalar::Str(match self.caller {
            Caller::UserKey { .. } | Caller::UserSession { .. } => "User",
            Caller::RoleSession(_) => "AssumedRole",
            Caller::Root { .. } => "Account",
            Caller::FederatedUser { .. } => "FederatedUser",
            Caller::Service { .. } => return UNKNOWN,
        }))
    }

    fn user_id(&self) -> Fact<'a> {
        match (self.caller, self.subject) {
            (Caller::RoleSession(session), Some(subject)) => {
                Fact::text(format!("{}:{}", subject.id(), session.session_name))
            }
            (Caller::UserKey { .. } | Caller::UserSession { .. }, Some(subject)) => {
                Fact::One(Scalar::Str(subject.id()))
            }
            (Caller::Root { account, .. }, _) => Fact::text(account.as_str()),
            (Caller::FederatedUser { account, name, .. }, _) => Fact::text(format!("{account}:{name}")),
            _ => UNKNOWN,
        }
    }

    fn issued_at(&self) -> Fact<'a> {
        match self.caller {
            Caller::UserKey { .. } | Caller::Root { .. } => Fact::Absent,
            Caller::UserSession { issued_at, .. } => Fact::One(Scalar::Time(*issued_at)),
            Caller::RoleSession(session) => Fact::One(Scalar::Time(session.issued_at)),
            Caller::FederatedUser { .. } | Caller::Service { .. } => UNKNOWN,
        }
    }

    fn source(&self, arn: bool) -> Fact<'a> {
        match self.caller {
            Caller::Service { source_arn, .. } if arn => Fact::optional(source_arn.as_deref()),
            Caller::Service { source_account, .. } => {
                Fact::optional(source_account.as_ref().map(AccountId::as_str))
            }
            _ => Fact::Absent,
        }
    }

    /// MFA parameters of this very call, if this layer sees them (U3): `Err` when that is not known.
    fn mfa_in_call(&self) -> Result<bool, Why> {
        let Call::AssumeRole { request, .. } = self.call else { return Ok(false) };
        match (request.mfa, self.layer, self.settings.mfa_in_call) {
            (MfaInCall::Valid, Layer::Trust, _) | (MfaInCall::Valid, _, MfaInCallSeenByIdentity::Seen) => {
                Ok(true)
            }
            (MfaInCall::Valid, _, MfaInCallSeenByIdentity::Report) => Err(Why::Open(OpenPoint::U3)),
            _ => Ok(false),
        }
    }

    fn mfa_present(&self) -> Fact<'a> {
        match self.mfa_in_call() {
            Ok(true) => return Fact::One(Scalar::Bool(true)),
            Err(why) => return Fact::Unknown(why),
            Ok(false) => {}
        }
        match self.caller {
            Caller::UserSession { origin: UserSessionOrigin::Login, mfa, .. } => {
                match self.settings.mfa_of_login {
                    MfaOfLogin::Report => Fact::Unknown(Why::Open(OpenPoint::U27)),
                    MfaOfLogin::Kept => Fact::One(Scalar::Bool(mfa.is_some())),
                    MfaOfLogin::Lost => Fact::One(Scalar::Bool(false)),
                }
            }
            Caller::UserSession { mfa, .. } => Fact::One(Scalar::Bool(mfa.is_some())),
            Caller::RoleSession(session) => match (session.mfa, self.settings.mfa_after_hop) {
                (SessionMfa::False, _) | (SessionMfa::FromMfaSession { .. }, MfaAfterHop::Lost) => {
                    Fact::One(Scalar::Bool(false))
                }
                (SessionMfa::FromMfaSession { .. }, MfaAfterHop::Kept) => Fact::One(Scalar::Bool(true)),
                (SessionMfa::FromMfaSession { .. }, MfaAfterHop::Report) => {
                    Fact::Hidden(Why::Open(OpenPoint::U4))
                }
                (SessionMfa::NotKnown, _) => Fact::Hidden(Why::Key),
            },
            Caller::FederatedUser { .. } => UNKNOWN,
            Caller::UserKey { .. } | Caller::Root { .. } | Caller::Service { .. } => Fact::Absent,
        }
    }

    fn mfa_age(&self) -> Fact<'a> {
        match self.mfa_in_call() {
            Ok(true) => return Fact::One(Scalar::Number(0)),
            Err(why) => return Fact::Unknown(why),
            Ok(false) => {}
        }
        let now = self.environment.time;
        let since =
            |at: jiff::Timestamp| Fact::One(Scalar::Number(now.as_second().saturating_sub(at.as_second())));
        match self.caller {
            Caller::UserSession { origin: UserSessionOrigin::Login, mfa, .. } => {
                match self.settings.mfa_of_login {
                    MfaOfLogin::Report => Fact::Unknown(Why::Open(OpenPoint::U27)),
                    MfaOfLogin::Kept => mfa.map_or(Fact::Absent, since),
                    MfaOfLogin::Lost => Fact::Absent,
                }
            }
            Caller::UserSession { mfa, .. } => mfa.map_or(Fact::Absent, since),
            Caller::RoleSession(session) => match (session.mfa, self.settings.mfa_after_hop) {
                (SessionMfa::False, _) | (SessionMfa::FromMfaSession { .. }, MfaAfterHop::Lost) => {
                    Fact::Absent
                }
                (SessionMfa::FromMfaSession { at: Some(at) }, MfaAfterHop::Kept) => since(at),
                (SessionMfa::FromMfaSession { .. }, MfaAfterHop::Report) => {
                    Fact::Unknown(Why::Open(OpenPoint::U4))
                }
                _ => UNKNOWN,
            },
            Caller::FederatedUser { .. } => UNKNOWN,
            Caller::UserKey { .. } | Caller::Root { .. } | Caller::Service { .. } => Fact::Absent,
        }
    }

    fn of_environment(&self, key: EnvironmentKey) -> Fact<'a> {
        let environment = self.environment;
        match key {
            EnvironmentKey::MfaPresent => self.mfa_present(),
            EnvironmentKey::MfaAge => self.mfa_age(),
            EnvironmentKey::Time => Fact::One(Scalar::Time(environment.time)),
            EnvironmentKey::SourceIp => match &environment.network {
                Network::Public(ip) => Fact::One(Scalar::Ip(*ip)),
                Network::VpcEndpoint { .. } => Fact::Absent,
                Network::Unknown => UNKNOWN,
            },
            EnvironmentKey::SourceVpce | EnvironmentKey::SourceVpc | EnvironmentKey::VpcSourceIp => {
                self.vpc(key)
            }
            EnvironmentKey::SecureTransport => Fact::One(Scalar::Bool(environment.secure_transport)),
            EnvironmentKey::UserAgent => {
                environment.user_agent.as_ref().map_or(UNKNOWN, |text| Fact::One(Scalar::Str(text)))
            }
            EnvironmentKey::Region => Fact::One(Scalar::Str(&environment.region)),
            EnvironmentKey::ViaService => match self.caller {
                Caller::Service { .. } => UNKNOWN,
                _ => Fact::One(Scalar::Bool(false)),
            },
        }
    }

    fn vpc(&self, key: EnvironmentKey) -> Fact<'a> {
        match (&self.environment.network, key) {
            (Network::Public(_), _) => Fact::Absent,
            (Network::Unknown, _) => UNKNOWN,
            (Network::VpcEndpoint { endpoint, .. }, EnvironmentKey::SourceVpce) => {
                Fact::One(Scalar::Str(endpoint))
            }
            (Network::VpcEndpoint { vpc, .. }, EnvironmentKey::SourceVpc) => {
                vpc.as_ref().map_or(UNKNOWN, |vpc| Fact::One(Scalar::Str(vpc)))
            }
            (Network::VpcEndpoint { source_ip, .. }, _) => {
                source_ip.map_or(UNKNOWN, |ip| Fact::One(Scalar::Ip(ip)))
            }
        }
    }

    fn of_organization(&self, key: OrganizationKey) -> Fact<'a> {
        use OrganizationKey as O;
        let account = match (key, self.call) {
            (O::PrincipalId | O::PrincipalPaths, _) => self.caller.home().map(|(_, account)| account),
            (O::ResourceId | O::ResourcePaths, Call::AssumeRole { target, .. }) => Some(target.account),
            (O::ResourceId | O::ResourcePaths, Call::Other(_)) => return UNKNOWN,
        };
        let Some(account) = account else { return Fact::Absent };
        match (self.world.membership(account), key) {
            (Membership::Unknown, _) => UNKNOWN,
            (Membership::Alone, _) => Fact::Absent,
            (Membership::Member { organization, .. }, O::PrincipalId | O::ResourceId) => {
                Fact::text(organization)
            }
            (Membership::Member { path, .. }, _) => {
                path.map_or(UNKNOWN, |path| Fact::Many(vec![Scalar::Text(path)]))
            }
        }
    }

    /// Keys of federation, which IAM users never carry and role sessions may.
    fn of_federation(&self) -> Fact<'a> {
        if self.is_user() || matches!(self.caller, Caller::Root { .. }) { Fact::Absent } else { UNKNOWN }
    }

    /// Keys of the AssumeRole call itself.
    fn of_request(
        &self,
        key: RequestKey,
        tag: &str,
        request: &'a AssumeRole,
        target: &'a RoleArn,
        role: Option<&'a Subject<'a>>,
    ) -> Fact<'a> {
        let seen = |fact: Fact<'a>| match self.settings.extra_action_keys {
            _ if self.action == "sts:AssumeRole" => fact,
            ExtraActionKeys::Same => fact,
            ExtraActionKeys::Report if matches!(fact, Fact::Absent) => fact,
            ExtraActionKeys::OwnOnly => Fact::Absent,
            ExtraActionKeys::Report => Fact::Unknown(Why::Open(OpenPoint::U25)),
        };
        match key {
            RequestKey::Tag => {
                let tag = request.tags.iter().find(|(name, _)| name.eq_ignore_ascii_case(tag));
                Fact::optional(tag.map(|(_, value)| value.as_str()))
            }
            RequestKey::ResourceTag => self.resource_tag(tag, role),
            RequestKey::ExternalId => seen(Fact::optional(request.external_id.as_deref())),
            RequestKey::SessionName => seen(Fact::One(Scalar::Str(&request.session_name))),
            RequestKey::SourceIdentity => Fact::optional(
                request.source_identity.as_ref().or(self.caller.source_identity()).map(SmolStr::as_str),
            ),
            RequestKey::TransitiveTagKeys => {
                let passed = many(request.transitive_tag_keys.iter().map(SmolStr::as_str));
                match self.settings.transitive_tag_keys {
                    _ if self.caller.is_temporary() || matches!(passed, Fact::Absent) => passed,
                    TransitiveTagKeys::RequestParameter => passed,
                    TransitiveTagKeys::TemporaryCredentials => Fact::Absent,
                    TransitiveTagKeys::Report => Fact::Unknown(Why::Open(OpenPoint::U11)),
                }
            }
            RequestKey::TagKeys => many(request.tags.iter().map(|(key, _)| key.as_str())),
            RequestKey::ResourceAccount => Fact::One(Scalar::Str(target.account.as_str())),
            RequestKey::Never => Fact::Absent,
        }
    }

    /// In a chain an inherited transitive tag replaces the role's own (§2.7).
    fn resource_tag(&self, tag: &str, role: Option<&'a Subject<'a>>) -> Fact<'a> {
        let inherited = self.caller.transitive_tags().find(|(key, _)| key.eq_ignore_ascii_case(tag));
        match (inherited, role) {
            (Some((_, value)), _) => Fact::One(Scalar::Text(value.to_smolstr())),
            (None, Some(role)) => Fact::optional(role.tags().get(tag)),
            (None, None) => UNKNOWN,
        }
    }
}

impl Keys for Keyring<'_> {
    fn fact(&self, key: &str) -> Fact<'_> {
        self.fact_of(Key::of(key))
    }

    fn fact_of(&self, key: Key<'_>) -> Fact<'_> {
        if let Call::Other(context) = self.call
            && let Some(entry) = context.get(key.text)
        {
            return match entry {
                Entry::Absent => Fact::Absent,
                Entry::One(text) => Fact::One(Scalar::Str(text)),
                Entry::Many(texts) => many(texts.iter().map(SmolStr::as_str)),
            };
        }
        match (key.name, self.call) {
            (Name::Caller(name), _) => self.of_caller(name, key.tag),
            (Name::Environment(name), _) => self.of_environment(name),
            (Name::Organization(name), _) => self.of_organization(name),
            (Name::Federation, _) => self.of_federation(),
            (Name::Request(name), Call::AssumeRole { request, target, role }) => {
                self.of_request(name, key.tag, request, target, role)
            }
            (Name::Request(_), Call::Other(_)) | (Name::Other, _) => UNKNOWN,
        }
    }

    fn settings(&self) -> &Settings {
        self.settings
    }
}

fn many<'a>(values: impl Iterator<Item = &'a str>) -> Fact<'a> {
    let values: Vec<_> = values.map(Scalar::Str).collect();
    if values.is_empty() { Fact::Absent } else { Fact::Many(values) }
}
