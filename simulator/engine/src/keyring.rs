//! The condition keys of one request (§2.7), computed only when a statement asks for them. Decides nothing.

use crate::context::{Context, Entry};
use crate::decision::{Layer, OpenPoint};
use crate::facts::{Facts, Membership, Subject};
use crate::request::{AssumeRole, Caller, Environment, MfaInCall, Network, RoleSession, SessionMfa};
use crate::settings::{ExtraActionKeys, MfaAfterHop, MfaInCallSeenByIdentity, Settings};
use crate::truth::Why;
use crate::values::{Fact, Keys, Scalar};
use rolegate_iam::{AccountId, RoleArn};
use smol_str::{SmolStr, ToSmolStr};

const UNKNOWN: Fact<'static> = Fact::Unknown(Why::Key);

/// All that the keys of one request are computed from.
#[derive(Clone, Copy)]
pub(crate) struct Keyring<'a> {
    pub(crate) world: &'a dyn Facts,
    pub(crate) caller: &'a Caller,
    pub(crate) subject: Option<&'a Subject<'a>>,
    pub(crate) environment: &'a Environment,
    pub(crate) settings: &'a Settings,
    pub(crate) call: Call<'a>,
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

    /// Keys of the caller itself; `None` when the key is not one of them.
    fn of_caller(&self, key: &str) -> Option<Fact<'a>> {
        let is = |name: &str| key.eq_ignore_ascii_case(name);
        if let Some(tag) = strip(key, "aws:PrincipalTag/") {
            return Some(self.principal_tag(tag));
        }
        Some(if is("aws:PrincipalArn") {
            self.principal_arn()
        } else if is("aws:PrincipalAccount") {
            self.caller.home().map_or(Fact::Absent, |(_, account)| Fact::text(account.as_str()))
        } else if is("aws:PrincipalType") {
            self.principal_type()
        } else if is("aws:userid") {
            self.user_id()
        } else if is("aws:username") {
            match self.caller {
                Caller::UserKey { arn } | Caller::UserSession { arn, .. } => {
                    Fact::One(Scalar::Str(arn.name.as_str()))
                }
                _ => Fact::Absent,
            }
        } else if is("aws:PrincipalIsAWSService") {
            Fact::One(Scalar::Bool(matches!(self.caller, Caller::Service { .. })))
        } else if is("aws:SourceIdentity") {
            Fact::optional(self.caller.source_identity().map(SmolStr::as_str))
        } else if is("aws:TokenIssueTime") {
            self.issued_at()
        } else if is("aws:SourceAccount") || is("aws:SourceArn") {
            self.source(is("aws:SourceArn"))
        } else if is("aws:FederatedProvider") {
            if self.session().is_some() { UNKNOWN } else { Fact::Absent }
        } else {
            return None;
        })
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

    /// Keys of time and way; `None` when the key is not one of them.
    fn of_environment(&self, key: &str) -> Option<Fact<'a>> {
        let is = |name: &str| key.eq_ignore_ascii_case(name);
        let environment = self.environment;
        Some(if is("aws:MultiFactorAuthPresent") {
            self.mfa_present()
        } else if is("aws:MultiFactorAuthAge") {
            self.mfa_age()
        } else if is("aws:CurrentTime") || is("aws:EpochTime") {
            Fact::One(Scalar::Time(environment.time))
        } else if is("aws:SourceIp") {
            match &environment.network {
                Network::Public(ip) => Fact::One(Scalar::Ip(*ip)),
                Network::VpcEndpoint { .. } => Fact::Absent,
                Network::Unknown => UNKNOWN,
            }
        } else if is("aws:SourceVpce") || is("aws:SourceVpc") || is("aws:VpcSourceIp") {
            self.vpc(key)
        } else if is("aws:SecureTransport") {
            Fact::One(Scalar::Bool(environment.secure_transport))
        } else if is("aws:UserAgent") {
            environment.user_agent.as_ref().map_or(UNKNOWN, |text| Fact::One(Scalar::Str(text)))
        } else if is("aws:RequestedRegion") {
            Fact::One(Scalar::Str(&environment.region))
        } else if is("aws:ViaAWSService") {
            match self.caller {
                Caller::Service { .. } => UNKNOWN,
                _ => Fact::One(Scalar::Bool(false)),
            }
        } else {
            return None;
        })
    }

    fn vpc(&self, key: &str) -> Fact<'a> {
        match &self.environment.network {
            Network::Public(_) => Fact::Absent,
            Network::Unknown => UNKNOWN,
            Network::VpcEndpoint { endpoint, .. } if key.eq_ignore_ascii_case("aws:SourceVpce") => {
                Fact::One(Scalar::Str(endpoint))
            }
            Network::VpcEndpoint { vpc, .. } if key.eq_ignore_ascii_case("aws:SourceVpc") => {
                vpc.as_ref().map_or(UNKNOWN, |vpc| Fact::One(Scalar::Str(vpc)))
            }
            Network::VpcEndpoint { source_ip, .. } => {
                source_ip.map_or(UNKNOWN, |ip| Fact::One(Scalar::Ip(ip)))
            }
        }
    }

    /// Keys of the organizations; `None` when the key is not one of them.
    fn of_organization(&self, key: &str) -> Option<Fact<'a>> {
        let is = |name: &str| key.eq_ignore_ascii_case(name);
        let resource = is("aws:ResourceOrgID") || is("aws:ResourceOrgPaths");
        if !(resource || is("aws:PrincipalOrgID") || is("aws:PrincipalOrgPaths")) {
            return None;
        }
        let account = match (resource, self.call) {
            (false, _) => self.caller.home().map(|(_, account)| account),
            (true, Call::AssumeRole { target, .. }) => Some(target.account),
            (true, Call::Other(_)) => return None,
        };
        let Some(account) = account else { return Some(Fact::Absent) };
        Some(match self.world.membership(account) {
            Membership::Unknown => UNKNOWN,
            Membership::Alone => Fact::Absent,
            Membership::Member { organization, .. }
                if is("aws:PrincipalOrgID") || is("aws:ResourceOrgID") =>
            {
                Fact::text(organization)
            }
            Membership::Member { path, .. } => {
                path.map_or(UNKNOWN, |path| Fact::Many(vec![Scalar::Text(path)]))
            }
        })
    }

    /// Keys of federation, which IAM users never carry and role sessions may.
    fn of_federation(&self, key: &str) -> Option<Fact<'a>> {
        let provider = key.split_once(':').map(|(provider, _)| provider)?;
        let known = provider.eq_ignore_ascii_case("saml") || provider.contains('.');
        let absent = self.is_user() || matches!(self.caller, Caller::Root { .. });
        known.then_some(if absent { Fact::Absent } else { UNKNOWN })
    }

    /// Keys of the AssumeRole call itself; `None` when the key is not one of them.
    fn of_request(
        &self,
        key: &str,
        request: &'a AssumeRole,
        target: &'a RoleArn,
        role: Option<&'a Subject<'a>>,
    ) -> Option<Fact<'a>> {
        let is = |name: &str| key.eq_ignore_ascii_case(name);
        if let Some(tag) = strip(key, "aws:RequestTag/") {
            let tag = request.tags.iter().find(|(name, _)| name.eq_ignore_ascii_case(tag));
            return Some(Fact::optional(tag.map(|(_, value)| value.as_str())));
        }
        if let Some(tag) = strip(key, "aws:ResourceTag/").or_else(|| strip(key, "iam:ResourceTag/")) {
            return Some(self.resource_tag(tag, role));
        }
        let seen = |fact: Fact<'a>| match self.settings.extra_action_keys {
            _ if self.action == "sts:AssumeRole" => fact,
            ExtraActionKeys::Same => fact,
            ExtraActionKeys::Report if matches!(fact, Fact::Absent) => fact,
            ExtraActionKeys::OwnOnly => Fact::Absent,
            ExtraActionKeys::Report => Fact::Unknown(Why::Open(OpenPoint::U25)),
        };
        Some(if is("sts:ExternalId") {
            seen(Fact::optional(request.external_id.as_deref()))
        } else if is("sts:RoleSessionName") {
            seen(Fact::One(Scalar::Str(&request.session_name)))
        } else if is("sts:SourceIdentity") {
            Fact::optional(
                request.source_identity.as_ref().or(self.caller.source_identity()).map(SmolStr::as_str),
            )
        } else if is("sts:TransitiveTagKeys") {
            many(request.transitive_tag_keys.iter().map(SmolStr::as_str))
        } else if is("aws:TagKeys") {
            many(request.tags.iter().map(|(key, _)| key.as_str()))
        } else if is("aws:ResourceAccount") {
            Fact::One(Scalar::Str(target.account.as_str()))
        } else if is("sts:DurationSeconds") || is("sts:RoleAuthorizedByIdp") {
            Fact::Absent
        } else {
            return None;
        })
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
        // No AssumeRole call has keys of its own that start like these, which are asked for most.
        let first = match (self.call, key.as_bytes().get(4)) {
            (Call::AssumeRole { .. }, Some(b'P' | b'p' | b'u')) => self.of_caller(key),
            (Call::AssumeRole { .. }, Some(b'M' | b'm')) => self.of_environment(key),
            _ => None,
        };
        if let Some(fact) = first {
            return fact;
        }
        let of_call = match self.call {
            Call::AssumeRole { request, target, role } => self.of_request(key, request, target, role),
            Call::Other(context) => context.get(key).map(|entry| match entry {
                Entry::Absent => Fact::Absent,
                Entry::One(text) => Fact::One(Scalar::Str(text)),
                Entry::Many(texts) => many(texts.iter().map(SmolStr::as_str)),
            }),
        };
        of_call
            .or_else(|| self.of_caller(key))
            .or_else(|| self.of_environment(key))
            .or_else(|| self.of_organization(key))
            .or_else(|| self.of_federation(key))
            .unwrap_or(UNKNOWN)
    }

    fn settings(&self) -> &Settings {
        self.settings
    }
}

fn many<'a>(values: impl Iterator<Item = &'a str>) -> Fact<'a> {
    let values: Vec<_> = values.map(Scalar::Str).collect();
    if values.is_empty() { Fact::Absent } else { Fact::Many(values) }
}

/// The rest of a key after a prefix, ignoring case.
fn strip<'k>(key: &'k str, prefix: &str) -> Option<&'k str> {
    let (head, tail) = key.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(tail)
}
