//! How a `Principal` element matches a caller (§1.2, §2.4): by which kinds, compared by unique id where the policy holds one.

use crate::decision::OpenPoint;
use crate::request::Caller;
use crate::settings::{Settings, WildcardForServices};
use crate::truth::{Truth, Why};
use rolegate_iam::policy::{Effect, Principal, PrincipalClause};
use rolegate_iam::{AccountId, Partition};

/// The match kinds of §2.4, each with its own truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kinds {
    pub(crate) wildcard: Truth,
    pub(crate) user: Truth,
    pub(crate) session: Truth,
    pub(crate) role: Truth,
    pub(crate) account: Truth,
    pub(crate) service: Truth,
}

impl Kinds {
    pub(crate) const NONE: Self = Self {
        wildcard: Truth::No,
        user: Truth::No,
        session: Truth::No,
        role: Truth::No,
        account: Truth::No,
        service: Truth::No,
    };

    /// Any kind may match.
    pub(crate) fn unknown(why: Why) -> Self {
        let unknown = Truth::Unknown(why);
        Self {
            wildcard: unknown,
            user: unknown,
            session: unknown,
            role: unknown,
            account: unknown,
            service: unknown,
        }
    }

    /// Whether any kind matches.
    pub(crate) fn any(self) -> Truth {
        let Self { wildcard, user, session, role, account, service } = self;
        wildcard.or(user).or(session).or(role).or(account).or(service)
    }

    pub(crate) fn or(self, other: Self) -> Self {
        self.zip(other, Truth::or)
    }

    /// Each kind, only where this holds too.
    pub(crate) fn and(self, truth: Truth) -> Self {
        self.zip(self, |kind, _| kind.and(truth))
    }

    fn zip(self, other: Self, join: impl Fn(Truth, Truth) -> Truth) -> Self {
        Self {
            wildcard: join(self.wildcard, other.wildcard),
            user: join(self.user, other.user),
            session: join(self.session, other.session),
            role: join(self.role, other.role),
            account: join(self.account, other.account),
            service: join(self.service, other.service),
        }
    }
}

/// A caller as a principal sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Who<'a> {
    pub(crate) caller: &'a Caller,
    /// `AIDA…` or `AROA…`, when known.
    pub(crate) id: Option<&'a str>,
    /// The partition of the role, which completes short account principals.
    pub(crate) partition: Partition,
}

impl Who<'_> {
    /// How the clause of a statement with this effect matches.
    pub(crate) fn matched_by(&self, clause: &PrincipalClause, effect: Effect, settings: &Settings) -> Kinds {
        match clause {
            PrincipalClause::Is(principals) => principals
                .iter()
                .map(|principal| self.matched_by_one(principal, effect, settings))
                .reduce(Kinds::or)
                .unwrap_or(Kinds::NONE),
            PrincipalClause::IsNot(principals) if effect == Effect::Deny => {
                Kinds { wildcard: self.outside(principals, settings), ..Kinds::NONE }
            }
            // Neither is ever stored by IAM in a trust policy, so what it would mean is not known.
            PrincipalClause::IsNot(_) | PrincipalClause::Absent => Kinds::unknown(Why::Odd),
        }
    }

    pub(crate) fn matched_by_one(&self, principal: &Principal, effect: Effect, settings: &Settings) -> Kinds {
        let mut kinds = Kinds::NONE;
        match principal {
            Principal::Any | Principal::BareStar => kinds.wildcard = self.wildcard(effect, settings),
            Principal::Account { partition, id } => kinds.account = self.in_account(*partition, *id),
            Principal::User(arn) => kinds.user = Truth::from(self.user() == Some(arn)),
            Principal::Role(arn) => {
                kinds.role =
                    Truth::from(matches!(self.caller, Caller::RoleSession(session) if session.role == *arn));
            }
            Principal::Session(arn) => {
                kinds.session = Truth::from(matches!(self.caller, Caller::RoleSession(session)
                    if session.session_name == arn.session
                        && session.role.name == arn.role
                        && session.role.account == arn.account
                        && session.role.partition == arn.partition));
            }
            Principal::UniqueId(id) => match self.caller {
                Caller::UserKey { .. } | Caller::UserSession { .. } => kinds.user = self.has_id(id),
                Caller::RoleSession(_) => kinds.role = self.has_id(id),
                _ => {}
            },
            Principal::Service(name) => {
                kinds.service = Truth::from(
                    matches!(self.caller, Caller::Service { principal, .. } if principal == name),
                );
            }
            // Federated callers do not call AssumeRole; federated users may not (§2.2).
            Principal::Federated(_)
            | Principal::FederatedUser(_)
            | Principal::CanonicalUser(_)
            | Principal::Invalid(_) => {}
        }
        kinds
    }

    fn user(&self) -> Option<&rolegate_iam::UserArn> {
        match self.caller {
            Caller::UserKey { arn } | Caller::UserSession { arn, .. } => Some(arn),
            _ => None,
        }
    }

    fn has_id(&self, wanted: &str) -> Truth {
        self.id.map_or(Truth::Unknown(Why::Id), |id| Truth::from(id == wanted))
    }

    fn in_account(&self, partition: Option<Partition>, wanted: AccountId) -> Truth {
        let Some((own, id)) = self.caller.home() else { return Truth::No };
        Truth::from(id == wanted && own == partition.unwrap_or(self.partition))
    }

    fn wildcard(&self, effect: Effect, settings: &Settings) -> Truth {
        match (self.caller, effect, settings.wildcard_for_services) {
            (Caller::Service { .. }, Effect::Allow, WildcardForServices::Report) => {
                Truth::Unknown(Why::Open(OpenPoint::U23))
            }
            (Caller::Service { .. }, Effect::Allow, WildcardForServices::DoesNotCover) => Truth::No,
            _ => Truth::Yes,
        }
    }

    /// `NotPrincipal` with `Deny`: an exempt caller must be named itself, and its account (and role) with it (§1.2).
    fn outside(&self, principals: &[Principal], settings: &Settings) -> Truth {
        let kinds = principals
            .iter()
            .map(|principal| self.matched_by_one(principal, Effect::Deny, settings))
            .fold(Kinds::NONE, Kinds::or);
        if kinds.any().is_no() {
            return Truth::Yes;
        }
        let exempt = match self.caller {
            Caller::RoleSession(_) => kinds.session.and(kinds.role).and(kinds.account),
            Caller::UserKey { .. } | Caller::UserSession { .. } => kinds.user.and(kinds.account),
            _ => kinds.any(),
        };
        if exempt.is_yes() || kinds.wildcard.is_yes() { Truth::No } else { Truth::Unknown(Why::Odd) }
    }
}
