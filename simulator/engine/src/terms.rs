//! The formula of §2.4, step 4, over what trust policy and the caller's own policies say. Reads no policy.

use crate::decision::{Layer, OpenPoint};
use crate::layer::Reason;
use crate::own::Own;
use crate::request::SET_SOURCE_IDENTITY;
use crate::settings::{
    BoundaryOnTrustedUser, SessionPolicyOnTrustedSession, Settings, SourceIdentityChaining,
};
use crate::trust::Trust;
use crate::truth::{Truth, Why};

/// The terms of the formula of §2.4, step 4.
pub(crate) struct Terms<'s, R> {
    pub(crate) settings: &'s Settings,
    pub(crate) trust: &'s Trust<R>,
    pub(crate) own: &'s Own<R>,
    pub(crate) same: bool,
}

impl<'w, R: Reason<'w>> Terms<'_, R> {
    /// Whether an IAM caller is allowed.
    pub(crate) fn iam(&self) -> Truth {
        let identity = self.own.identity.allow.truth;
        if self.same {
            self.alone().or(self.trust.kinds.account.and(identity).and(self.own.limits()))
        } else {
            self.trust.kinds.any().and(identity).and(self.own.limits())
        }
    }

    /// Whether the trust policy's grant suffices without an identity policy; only in one account.
    pub(crate) fn alone(&self) -> Truth {
        if !self.same {
            return Truth::No;
        }
        let kinds = self.trust.kinds;
        let boundary = self.own.boundary.allow.truth;
        let session = self.own.session.allow.truth;
        kinds
            .wildcard
            .or(kinds.user.and(boundary.or(self.boundary_term())))
            .or(kinds.session.and(session.or(self.session_term())))
            .or(kinds.role.and(boundary).and(session))
    }

    fn boundary_term(&self) -> Truth {
        match self.settings.boundary_on_trusted_user {
            BoundaryOnTrustedUser::Report => Truth::Unknown(Why::Open(OpenPoint::U1)),
            BoundaryOnTrustedUser::NotLimited => Truth::Yes,
            BoundaryOnTrustedUser::Limited => Truth::No,
        }
    }

    fn session_term(&self) -> Truth {
        match self.settings.session_policy_on_trusted_session {
            SessionPolicyOnTrustedSession::Report => Truth::Unknown(Why::Open(OpenPoint::U2)),
            SessionPolicyOnTrustedSession::NotLimited => Truth::Yes,
            SessionPolicyOnTrustedSession::Limited => Truth::No,
        }
    }

    /// U22: whether the caller's own policies are needed for a source identity in a chain within one account.
    pub(crate) fn chained_identity(&self) -> Truth {
        let identity = self.own.identity.allow.truth;
        if !self.same {
            return Truth::Yes;
        }
        identity.or(match self.settings.source_identity_chaining {
            SourceIdentityChaining::Report => Truth::Unknown(Why::Open(OpenPoint::U22)),
            SourceIdentityChaining::TrustSuffices => Truth::Yes,
            SourceIdentityChaining::NeedsIdentity => Truth::No,
        })
    }

    /// The layer for want of whose Allow an action is denied.
    pub(crate) fn missing(&self, action: &str) -> Layer {
        let kinds = self.trust.kinds;
        if kinds.any().is_no() {
            return Layer::Trust;
        }
        if action == SET_SOURCE_IDENTITY && self.chained_identity().is_no() {
            return Layer::Identity;
        }
        let by_role = self.same && !kinds.role.or(kinds.user).or(kinds.session).is_no();
        if by_role { self.own.missing_limit() } else { self.own.missing() }
    }
}
