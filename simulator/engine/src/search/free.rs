//! Which condition keys are free: chosen by the caller, carried by its session, or known only to it. Decides nothing.

use super::requirement::{Credentials, FreeKey};
use super::symbolic::{NO_ACCOUNT, Symbolic};
use crate::facts::Subject;
use crate::request::Caller;
use crate::settings::MfaAfterHop;
use crate::truth::Why;
use crate::values::{Fact, Keys as _};
use rolegate_iam::policy::Effect;
use smol_str::SmolStr;

/// A key that is free for this caller.
pub(crate) struct Free {
    pub(crate) key: FreeKey,
    /// What stands before the free part of its value.
    pub(crate) prefix: SmolStr,
    /// The state it has if the caller chooses nothing; `None` where there is no such state.
    pub(crate) default: Option<Fact<'static>>,
}

impl Symbolic<'_> {
    pub(crate) fn free(&self, key: &str) -> Option<Free> {
        let exact = |key| Some(Free { key, prefix: SmolStr::default(), default: None });
        let other = |default| {
            let key = FreeKey::Other(key.into());
            Some(Free { key, prefix: SmolStr::default(), default: Some(default) })
        };
        let lower = key.to_ascii_lowercase();
        match lower.as_str() {
            "sts:externalid" => exact(FreeKey::ExternalId),
            "sts:rolesessionname" => exact(FreeKey::SessionName),
            "sts:sourceidentity" => exact(FreeKey::SourceIdentity),
            "aws:sourceip" => exact(FreeKey::SourceIp),
            "aws:currenttime" | "aws:epochtime" if self.time.is_none() => exact(FreeKey::Time),
            "aws:useragent" => exact(FreeKey::UserAgent),
            "aws:requestedregion" => exact(FreeKey::Region),
            "aws:sourcevpc"
            | "aws:sourcevpce"
            | "aws:vpcsourceip"
            | "aws:tagkeys"
            | "sts:transitivetagkeys" => other(Fact::Absent),
            tag if tag.starts_with("aws:requesttag/") => other(Fact::Absent),
            tag if self.inherits && is_resource_tag(tag) => other(self.owned(key)),
            "aws:principalarn" if self.hides_path => {
                Some(Free { key: FreeKey::Theirs(key.into()), prefix: SmolStr::default(), default: None })
            }
            _ => self.free_of_caller(key, &lower),
        }
    }

    /// Keys of the caller's session, or of a caller that cannot be seen.
    fn free_of_caller(&self, key: &str, lower: &str) -> Option<Free> {
        let free = |key, prefix: &str, default| Some(Free { key, prefix: prefix.into(), default });
        let Some(credentials) = self.credentials else {
            let anywhere =
                matches!(self.keys.caller, Caller::Root { account, .. } if account.as_str() == NO_ACCOUNT);
            let theirs = (lower.starts_with("aws:principal")
                && (anywhere || lower != "aws:principalaccount"))
                || lower.starts_with("aws:multifactorauth")
                || is_of_provider(lower)
                || matches!(
                    lower,
                    "aws:userid"
                        | "aws:username"
                        | "aws:tokenissuetime"
                        | "aws:sourceidentity"
                        | "aws:federatedprovider"
                );
            return theirs.then(|| Free {
                key: FreeKey::Theirs(key.into()),
                prefix: "".into(),
                default: None,
            });
        };
        let role = matches!(credentials, Credentials::Role | Credentials::RoleAfterMfa);
        let aged = credentials == Credentials::SessionWithMfa
            || (credentials == Credentials::RoleAfterMfa
                && self.keys.settings.mfa_after_hop == MfaAfterHop::Kept);
        let temporary = role || matches!(credentials, Credentials::Session | Credentials::SessionWithMfa);
        match lower {
            "aws:multifactorauthage" if aged => free(FreeKey::MfaAge, "", None),
            "aws:tokenissuetime" if temporary => free(FreeKey::TokenIssueTime, "", None),
            "aws:userid" if role => {
                let prefix = format!("{}:", self.keys.subject?.id());
                free(FreeKey::CallerSession, &prefix, None)
            }
            "aws:sourceidentity" if role => free(FreeKey::Other(key.into()), "", Some(Fact::Absent)),
            tag if role && self.taggable && tag.starts_with("aws:principaltag/") => {
                free(FreeKey::Other(key.into()), "", Some(self.owned(key)))
            }
            _ => None,
        }
    }

    /// What a key is if the caller adds nothing.
    fn owned(&self, key: &str) -> Fact<'static> {
        match self.keys.fact(key) {
            Fact::One(value) => Fact::text(value.text()),
            Fact::Absent => Fact::Absent,
            _ => Fact::Unknown(Why::Key),
        }
    }
}

fn is_resource_tag(lower: &str) -> bool {
    lower.starts_with("aws:resourcetag/") || lower.starts_with("iam:resourcetag/")
}

/// Whether a key is one of a SAML or OIDC provider.
fn is_of_provider(lower: &str) -> bool {
    lower.split_once(':').is_some_and(|(provider, _)| provider == "saml" || provider.contains('.'))
}

/// Whether sessions of this role may carry tags: whether its trust policy lets anyone pass them.
pub(crate) fn is_taggable(subject: &Subject<'_>) -> bool {
    let Some(role) = subject.as_role() else { return false };
    let policy = role.trust.policy();
    !policy.broken.is_empty()
        || policy.statements.iter().any(|statement| {
            statement.effect == Effect::Allow
                && !crate::action::covers(
                    &statement.action,
                    "sts:TagSession",
                    crate::settings::TrustActionWildcards::Glob,
                )
                .is_no()
        })
}
